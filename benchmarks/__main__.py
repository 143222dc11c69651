"""``python -m benchmarks``: the bridge and its peers, one after the other, and a table of ratios."""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.goals import verdicts
from benchmarks.home_assistant import load as home_assistant
from benchmarks.home_assistant import report as home_assistant_report
from benchmarks.peers import Peer, UnavailableError
from benchmarks.peers.bridge import BRIDGE, BRIDGE_ON_ASYNCIO
from benchmarks.peers.c_limit import C_LIMIT
from benchmarks.peers.node_red import NODE_RED
from benchmarks.peers.scripts import AIOMQTT, ECP, PAHO, POLLER
from benchmarks.peers.shell import SHELL
from benchmarks.scenarios import SCENARIOS, Case, cases, run

PEERS = (BRIDGE, BRIDGE_ON_ASYNCIO, NODE_RED, SHELL, PAHO, AIOMQTT, C_LIMIT, POLLER, ECP)


IN_HOME_ASSISTANT = "component"
"""A scenario of its own: what is measured is Home Assistant, not the bridge and its peers."""


def words(allowed: Sequence[str], text: str) -> list[str]:
    """A comma-separated choice, in the order of ``allowed``."""
    chosen = text.split(",")
    if unknown := [word for word in chosen if word not in allowed]:
        raise argparse.ArgumentTypeError(f"there is no {' and no '.join(unknown)}; there are {', '.join(allowed)}")
    return [word for word in allowed if word in chosen]


def numbers(text: str) -> list[int]:
    """Comma-separated counts of readers."""
    try:
        counts = [int(word) for word in text.split(",")]
    except ValueError:
        counts = [0]
    if not all(1 <= count <= 500 for count in counts):
        raise argparse.ArgumentTypeError("expected numbers from 1 to 500 with commas between them")
    return counts


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="short and once: to see that everything works, not for figures"
    )
    parser.add_argument(
        "--only",
        type=lambda text: words((*SCENARIOS, IN_HOME_ASSISTANT), text),
        default=[*SCENARIOS, IN_HOME_ASSISTANT],
        metavar="SCENARIO,...",
        help=f"some of {', '.join(SCENARIOS)}, {IN_HOME_ASSISTANT} (default: all)",
    )
    parser.add_argument(
        "--peers",
        type=lambda text: words([peer.name for peer in PEERS], text),
        metavar="PEER,...",
        help=f"some of {', '.join(peer.name for peer in PEERS)} (default: all but bridge-asyncio)",
    )
    parser.add_argument(
        "--readers", type=numbers, default=[1, 10, 100, 500], metavar="N,...", help="for flood (default: 1,10,100,500)"
    )
    parser.add_argument("--repeats", type=int, metavar="N", help="measure N times (default: 3; with --quick: 1)")
    parser.add_argument("--no-uvloop", action="store_true", help="measure the bridge without uvloop as well")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every single outcome to FILE")
    return parser.parse_args()


def available(chosen: Sequence[str], work: Sequence[Case]) -> list[Peer]:
    """The chosen peers that can do any of this work and can be had here; says a line about each that cannot be had."""
    peers = []
    for peer in PEERS:
        if peer.name in chosen and any(case.suits(peer) for case in work):
            try:
                peer.prepare()
            except UnavailableError as error:
                print(f"{peer.name} is left out: {error}", flush=True)
            else:
                peers.append(peer)
    return peers


def noise() -> str:
    """Measure how even the machine is."""
    times = []
    for _ in range(60):
        begin = time.perf_counter()
        sum(number * number for number in range(100_000))
        times.append(time.perf_counter() - begin)
    return report.noise(times)


def sync() -> str:
    """What a sync of the disk takes; acknowledgements wait for it."""
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(60):
            file.write(bytes(4096))
            file.flush()
            begin = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begin)
    return report.syncs(times)


def in_home_assistant(quick: bool) -> dict[str, home_assistant.Cost]:
    """Measure what the component costs, once, and print it with its goals; nothing where there is no Home Assistant."""
    if missing := home_assistant.missing():
        print(f"{IN_HOME_ASSISTANT} is left out: {missing}", flush=True)
        return {}
    plan = home_assistant.Plan.quick() if quick else home_assistant.Plan()
    costs = home_assistant.run(plan)
    for line in (
        *home_assistant_report.table(costs, plan),
        "",
        *report.goals(list(home_assistant_report.verdicts(costs))),
    ):
        print(line)
    return costs


def main() -> int:
    args = arguments()
    chosen = args.peers or [peer.name for peer in PEERS if peer is not BRIDGE_ON_ASYNCIO or args.no_uvloop]
    repeats = args.repeats or (1 if args.quick else 3)
    work = cases([scenario for scenario in args.only if scenario in SCENARIOS], args.readers, args.quick)
    peers = available(chosen, work)
    python, load = platform.python_version(), os.getloadavg()[0]
    machine = f"{os.cpu_count()} processors, Python {python}, load {load:.1f}; {sync()}; {noise()}"
    print(machine, flush=True)
    begin = time.monotonic()
    results = run(work, peers, repeats)
    print(f"\nmeasured in {time.monotonic() - begin:.0f} s, {repeats} times each (outages once), on {machine}")
    for line in report.tables(results):
        print(line)
    goals = {peer.name: verdicts(results, peer.name) for peer in peers if peer in (BRIDGE, BRIDGE_ON_ASYNCIO)}
    for name, reached in goals.items():
        print(f"\nGoals of {name}")
        for line in report.goals(reached):
            print(line)
    costs = in_home_assistant(args.quick) if IN_HOME_ASSISTANT in args.only else {}
    if args.json:
        shown = {kind: dataclasses.asdict(cost) for kind, cost in costs.items()}
        outcomes = {"machine": machine, "results": report.as_json(results), IN_HOME_ASSISTANT: shown}
        args.json.write_text(json.dumps(outcomes, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
