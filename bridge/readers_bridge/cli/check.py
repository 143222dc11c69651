"""``readers-bridge check``: everything that is wrong with a configuration."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from readers_bridge.config import Config, examine, warnings
from readers_bridge.errors import ConfigError
from readers_bridge.validation import Problem

DONE, BAD_CONFIG = 0, 2


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "check",
        description="Check a configuration file, and the secrets.yaml beside it. Every problem is shown with its line, path and "
        "value, what is allowed, and what was probably meant; warnings tell what is allowed but hardly wise. Nothing is "
        "connected and nothing is changed. Exit codes: 0 the bridge can use it, 2 it cannot.",
        epilog="example: readers-bridge check --config /etc/readers-bridge/config.yaml",
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration file")
    parser.add_argument(
        "--json", action="store_true", help="one JSON object: file, valid, problems, warnings, bridge, devices"
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Check; the exit code."""
    try:
        config, problems = examine(args.config)
    except ConfigError as error:
        config, problems = None, (Problem((), str(error)),)
    found = () if config is None else warnings(config)
    print(_json(args.config, config, problems, found) if args.json else _text(args.config, config, problems, found))
    return BAD_CONFIG if problems else DONE


def _text(path: Path, config: Config | None, problems: tuple[Problem, ...], found: tuple[str, ...]) -> str:
    lines = [f"problem  {problem}" for problem in problems] + [f"warning  {text}" for text in found]
    if config is None:
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        return "\n".join([*lines, f"{path} cannot be used: {count}"])
    mqtt = config.mqtt
    brokers = ", ".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in mqtt.hosts)
    encrypted = " with TLS" if mqtt.tls else ""
    lines.append(
        f"{path} is fine: bridge {config.bridge.id}, broker {brokers}{encrypted}, devices: {len(config.devices)}"
    )
    widths = [max((len(row[column]) for row in _rows(config)), default=0) for column in range(3)]
    lines += ["  " + "  ".join(map(str.ljust, row, [*widths, 0])) for row in _rows(config)]
    return "\n".join(lines)


def _rows(config: Config) -> list[tuple[str, str, str, str]]:
    return [(device.id, device.family, str(device.address), device.name) for device in config.devices]


def _json(path: Path, config: Config | None, problems: tuple[Problem, ...], found: tuple[str, ...]) -> str:
    report: dict[str, Any] = {
        "file": str(path),
        "valid": config is not None,
        "problems": [{"line": one.line, "path": one.path, "message": one.message} for one in problems],
        "warnings": list(found),
    }
    if config is not None:
        report["bridge"] = config.bridge.id
        report["devices"] = [
            {"id": name, "family": family, "connection": connection, "name": title}
            for name, family, connection, title in _rows(config)
        ]
    return json.dumps(report, ensure_ascii=False, indent=2)
