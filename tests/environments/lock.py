"""Writes the exact packages of the environments with Home Assistant: ``newest.txt`` and ``oldest.txt`` beside this file.

    .venv/bin/python tests/environments/lock.py "$(scripts/python314)"

Needed after a change of ``newest.in`` or ``oldest.in``. Home Assistant pins what it and its integrations import, the plugin
for tests pins what Home Assistant needed when the plugin was made: where they differ, Home Assistant's own pins hold.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
UV = Path(sys.executable).with_name("uv")

FRONTEND = ("frontend", "isal", "config", "logbook", "history")
COMPILED = {"pymicro-vad", "pyspeex-noise"}
"""Their pinned releases need a compiler, later ones do not. Only microphones use them."""

ALWAYS = "from homeassistant import bootstrap as b; print(*b.CORE_INTEGRATIONS, *b.DEFAULT_INTEGRATIONS)"
"""What every server sets up, whatever its configuration says."""


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def name(requirement: str) -> str:
    return re.split(r"[=<>!\[;~ ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def requirements_of(components: Path, domains: list[str]) -> set[str]:
    """What the integrations and those they depend on ask for in their manifests."""
    todo, seen, found = list(domains), set(), set()
    while todo:
        domain = todo.pop()
        manifest = components / domain / "manifest.json"
        if domain in seen or not manifest.exists():
            continue
        seen.add(domain)
        told = json.loads(manifest.read_text())
        found |= set(told.get("requirements", []))
        todo += told.get("dependencies", [])
    return found


def lock(kind: str, python: str, folder: Path) -> None:
    wanted = HERE / f"{kind}.in"
    release = next(line for line in wanted.read_text().splitlines() if line.startswith("homeassistant=="))
    environment = folder / kind
    output(UV, "venv", "-q", "--python", python, environment)
    interpreter = environment / "bin" / "python"
    output(UV, "pip", "install", "-q", "--python", interpreter, release)
    package = next(environment.glob("lib/python*/site-packages/homeassistant"))

    domains = ["mqtt", "hassio"]  # mqtt's config flow imports hassio
    if kind == "newest":
        domains += [*output(interpreter, "-c", ALWAYS).split(), *FRONTEND]
    needed = {item for item in requirements_of(package / "components", domains) if name(item) not in COMPILED}
    constraints = (package / "package_constraints.txt").read_text().splitlines()
    pins = [line for line in constraints if re.match(r"[A-Za-z0-9._-]+[=<>]", line) and name(line) not in COMPILED]
    (folder / "pins.txt").write_text("\n".join(line for line in pins if "==1000000000" not in line))
    (folder / "overrides.txt").write_text("\n".join([release, *needed]))
    (folder / "wanted.txt").write_text(
        "\n".join([wanted.read_text(), *needed, *(COMPILED if kind == "newest" else ())])
    )
    output(
        UV, "pip", "compile", "-q", "--python", interpreter, "--no-header", "--no-annotate", "--upgrade",
        "--overrides", folder / "pins.txt", "--overrides", folder / "overrides.txt",
        folder / "wanted.txt", "--output-file", HERE / f"{kind}.txt",
    )  # fmt: skip


def main() -> None:
    os.environ |= {"UV_SYSTEM_CERTS": "1", "UV_NO_CONFIG": "1"}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("newest", "oldest"):
            lock(kind, sys.argv[1], Path(folder))


main()
