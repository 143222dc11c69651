"""``readers-bridge discover``: look for devices."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from typing import Any

import yaml

from readers_bridge.cli import FAILED, NO_ANSWER
from readers_bridge.errors import ConfigError, ReadersError
from readers_bridge.families import Family, Found, families

DONE = 0
LONGEST = 300.0
"""Seconds."""


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "discover",
        description="Ask the network and this machine for devices, with each family's own means. Nothing is changed on a device. "
        "Shows family, address, identity and model of each, and an entry for the devices of the configuration. "
        "Exit codes: 0 something was found, 1 the search failed, 5 nothing answered.",
        epilog="example: readers-bridge discover --seconds 10 --family springcard",
    )
    parser.add_argument(
        "--seconds",
        type=_seconds,
        default=3.0,
        metavar="S",
        help="how long to wait for answers, in seconds (default: 3)",
    )
    parser.add_argument(
        "--family", action="append", metavar="F", help="only this family; may be repeated (default: every family)"
    )
    parser.add_argument(
        "--json", action="store_true", help="a JSON list of objects: family, address, identity, model, entry"
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Look, and show what was found; the exit code."""
    chosen = _chosen(args.family)
    print(
        f"looking for devices for {args.seconds:g} s ({', '.join(family.name for family in chosen)})", file=sys.stderr
    )
    found, failures = asyncio.run(_search(chosen, args.seconds))
    for failure in failures:
        print(f"readers-bridge: {failure}", file=sys.stderr)
    if args.json:
        print(json.dumps([_plain(one) for one in found], ensure_ascii=False, indent=2))
    elif found:
        print(_table(found))
    if found:
        return DONE
    if failures:
        return FAILED
    print(
        "nothing was found; devices behind routers, and on serial lines that do not tell what they are, "
        "have to be entered by hand",
        file=sys.stderr,
    )
    return NO_ANSWER


async def _search(chosen: Sequence[Family], seconds: float) -> tuple[list[Found], list[str]]:
    found: list[Found] = []
    failures: list[str] = []

    async def search(family: Family) -> None:
        assert family.discover is not None
        try:
            async for one in family.discover(seconds):
                found.append(one)  # noqa: PERF401  what came before a failure counts
        except (ReadersError, OSError) as error:
            failures.append(f"{family.name}: {error}")

    await asyncio.gather(*map(search, chosen))
    return found, failures


def _chosen(names: Sequence[str] | None) -> list[Family]:
    able = {name: family for name, family in families().items() if family.discover is not None}
    if not able:
        raise ConfigError("no family can look for its devices; enter them by hand")
    for name in names or ():
        if name not in able:
            raise ConfigError(f"no family {name} can look for its devices; choose from {', '.join(able)}")
    return [able[name] for name in dict.fromkeys(names or able)]


def _table(found: Sequence[Found]) -> str:
    rows = [("FAMILY", "ADDRESS", "IDENTITY", "MODEL")]
    rows += [(one.family, one.address, one.identity, one.model) for one in found]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    entries = yaml.safe_dump([dict(one.entry) for one in found], sort_keys=False, allow_unicode=True)
    return "\n".join([*lines, "", "devices:", *(f"  {line}" for line in entries.splitlines())])


def _plain(one: Found) -> dict[str, Any]:
    return {
        "family": one.family,
        "address": one.address,
        "identity": one.identity,
        "model": one.model,
        "entry": dict(one.entry),
    }


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST:
        raise argparse.ArgumentTypeError(f"a number of seconds above 0 and up to {LONGEST:.0f} is needed, not {text!r}")
    return seconds
