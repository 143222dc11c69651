"""What the bridge has to reach, compared with others in the same run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.figures import (
    ACKNOWLEDGED_P99,
    CPU,
    CPU_SHARE,
    LEAST,
    LOST,
    MEMORY,
    P50,
    P99,
    RATE,
    RESENT,
    Figure,
    find,
)
from benchmarks.scenarios import Measured, Results

NODE_RED, C_LIMIT, POLLER, ECP = "node-red", "c", "poller", "ecp"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One goal; ``reached`` is None where this run cannot tell."""

    goal: str
    reached: bool | None
    measured: str


def verdicts(results: Results, bridge: str) -> list[Verdict]:
    """Every goal, for the peer called ``bridge``."""
    judges = (_flood, _steady, _fairness, _outage, _baltech, _transcore)
    return [verdict for judge in judges for verdict in judge(results, bridge)]


def _peers(results: Results, scenario: str, name: str) -> dict[str, Measured]:
    found = find(results, scenario, name)
    return found[1] if found else {}


def _ratio(
    goal: str, figure: Figure, peers: dict[str, Measured], names: tuple[str, str], limits: tuple[float, float]
) -> Verdict:
    ratio = figure.ratio(peers, *names)
    if ratio is None:
        return Verdict(goal, None, "not measured")
    return Verdict(goal, limits[0] <= ratio <= limits[1], f"{ratio:.2f} x")


def _most(goal: str, value: float | None, limit: float, unit: str) -> Verdict:
    if value is None:
        return Verdict(goal, None, "not measured")
    return Verdict(goal, value <= limit, f"{value:,.1f} {unit}")


def _readers(count: int) -> str:
    return "1 reader" if count == 1 else f"{count} readers"


def _flood(results: Results, bridge: str) -> Iterator[Verdict]:
    for readers in (1, 10, 100, 500):
        peers = _peers(results, "flood", str(readers))
        yield _most(f"flood, {_readers(readers)}: no read lost", LOST.of(peers.get(bridge)), 0, "reads")
        goal = f"flood, {_readers(readers)}: at least 2 x the reads/s of Node-RED"
        yield _ratio(goal, RATE, peers, (bridge, NODE_RED), (2, float("inf")))
    for readers, limit in ((10, 70), (500, 110)):
        peers = _peers(results, "flood", str(readers))
        yield _most(f"flood, {_readers(readers)}: at most {limit} MB", MEMORY.of(peers.get(bridge)), limit, "MB")


def _steady(results: Results, bridge: str) -> Iterator[Verdict]:
    peers = _peers(results, "steady", "1000/s")
    names = (bridge, NODE_RED)
    yield _ratio("1,000 reads/s: at most 0.8 x the processor time of Node-RED", CPU, peers, names, (0, 0.8))
    yield _ratio("1,000 reads/s: p50 no later than Node-RED's", P50, peers, names, (0, 1))
    yield _ratio("1,000 reads/s: p99 no later than Node-RED's", P99, peers, names, (0, 1))


def _fairness(results: Results, bridge: str) -> Iterator[Verdict]:
    quiet, flooded = (P99.of(_peers(results, "fairness", name).get(bridge)) for name in ("quiet", "flooded"))
    delay = None if quiet is None or flooded is None else flooded - quiet
    yield _most("a flood from one reader delays the others by at most 50 ms at p99", delay, 50, "ms")


def _outage(results: Results, bridge: str) -> Iterator[Verdict]:
    for case, peers in results.items():
        if case.scenario == "outage":
            yield _most(f"broker killed for {case.name}: no read lost", LOST.of(peers.get(bridge)), 0, "reads")


def _baltech(results: Results, bridge: str) -> Iterator[Verdict]:
    for case, words in (("1", "1 reader"), ("50", "50 readers"), ("1, far", "1 far reader")):
        peers = _peers(results, "baltech", case)
        name = f"BALTECH, {words}"
        yield _most(f"{name}: no read lost", LOST.of(peers.get(bridge)), 0, "reads")
        late, way = P99.of(peers.get(bridge)), LEAST.of(peers.get(POLLER))
        added = None if late is None or way is None else late - way
        yield _most(f"{name}: at most 100 ms added to a read at p99", added, 100, "ms")
        yield _ratio(f"{name}: p99 at most 1.2 x the poller's", P99, peers, (bridge, POLLER), (0, 1.2))
    peers = _peers(results, "baltech idle", "50")
    yield _ratio(
        "50 idle BALTECH readers: at most 2.5 x the processor time of the poller",
        CPU_SHARE,
        peers,
        (bridge, POLLER),
        (0, 2.5),
    )


def _transcore(results: Results, bridge: str) -> Iterator[Verdict]:
    for case in ("basic", "inquiry"):
        peers = _peers(results, "transcore", case)
        yield from _carried(f"50 TransCore readers, {case}", peers, bridge, 2)
    for case in ("power", "process"):
        peers = _peers(results, "transcore ecp", case)
        name = f"50 TransCore readers, ECP, {case}"
        yield from _carried(name, peers, bridge, 2.5)
        for load, words in ((case, name), (f"{case}, flood", f"{name}, while another one floods")):
            mine = _peers(results, "transcore ecp", load).get(bridge)
            yield _most(f"{words}: ACK within 500 ms at p99", ACKNOWLEDGED_P99.of(mine), 500, "ms")
            yield _most(f"{words}: none sent again", RESENT.of(mine), 0, "reads")
        flooded = _peers(results, "transcore ecp", f"{case}, flood").get(bridge)
        yield _most(f"{name}, while another one floods: no read lost", LOST.of(flooded), 0, "reads")


def _carried(name: str, peers: dict[str, Measured], bridge: str, cost: float) -> Iterator[Verdict]:
    yield _most(f"{name}: no read lost", LOST.of(peers.get(bridge)), 0, "reads")
    yield _most(f"{name}: p99 at most 100 ms", P99.of(peers.get(bridge)), 100, "ms")
    yield _ratio(f"{name}: at most {cost} x the processor time of the script", CPU, peers, (bridge, ECP), (0, cost))
