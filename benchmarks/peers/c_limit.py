"""A small C program at the broker's limit: what a complete bridge is compared with to see how far it is from the end."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from benchmarks.child import ROOT
from benchmarks.peers import Peer, Place, UnavailableError

SOURCE = Path(__file__).with_name("limit.c")
PROGRAM = ROOT / ".cache" / "benchmarks" / "limit"


def prepare() -> None:
    if PROGRAM.exists() and PROGRAM.stat().st_mtime > SOURCE.stat().st_mtime:
        return
    if shutil.which("gcc") is None:
        raise UnavailableError("gcc is not there (on Debian: apt-get install gcc libc6-dev)")
    PROGRAM.parent.mkdir(parents=True, exist_ok=True)
    built = subprocess.run(
        ["gcc", "-O2", "-Wall", "-Wextra", "-o", str(PROGRAM), str(SOURCE)], capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise UnavailableError(f"gcc could not build it: {built.stderr.strip()[-300:]}")


def command(place: Place) -> list[str]:
    return [str(PROGRAM), str(place.broker_port), *place.endpoints]


C_LIMIT = Peer("c", command, prepare=prepare, reconnects=False)
