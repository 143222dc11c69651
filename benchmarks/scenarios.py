"""What is measured: cases, each a load that every peer gets, and the run through all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.child import ChildError
from benchmarks.line_rate import AT_LINE_RATE, LineRate
from benchmarks.load import Load
from benchmarks.measure import Outage, Outcome, measure
from benchmarks.peers import Peer
from benchmarks.polled import Polled

SCENARIOS = ("flood", "steady", "fairness", "outage", "baltech", "transcore")
OTHERS = 9  # readers beside the one that floods
OTHERS_RATE = 10.0  # lines per second of each of them
FAR = 0.01  # seconds that every answer of a far reader takes


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a table: what every peer has to carry."""

    scenario: str
    name: str
    load: Load | Polled | LineRate
    outage: Outage | None = None

    def suits(self, peer: Peer) -> bool:
        able = self.load.family in peer.families and self.load.sockets <= peer.most_readers
        return able and (self.outage is None or peer.reconnects)


@dataclass(slots=True)
class Measured:
    """What a peer did in a case: an outcome for each repeat that went through, a text for each that did not."""

    outcomes: list[Outcome] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


Results = dict[Case, dict[str, Measured]]


def cases(scenarios: Sequence[str], readers: Sequence[int], quick: bool) -> list[Case]:
    """The cases of the chosen scenarios. ``quick`` makes them short: good for trying, not for figures."""
    makers = {
        "flood": _flood,
        "steady": _steady,
        "fairness": _fairness,
        "outage": _outage,
        "baltech": _baltech,
        "transcore": _transcore,
    }
    return [case for scenario in scenarios for case in makers[scenario](readers, quick)]


def _flood(readers: Sequence[int], quick: bool) -> Iterator[Case]:
    for count in readers:
        yield Case("flood", f"{count}", Load(count, 10_000 if quick else 50_000))


def _steady(_readers: Sequence[int], quick: bool) -> Iterator[Case]:
    for rate, seconds in ((100, 5 if quick else 10), (1_000, 3 if quick else 10)):
        yield Case("steady", f"{rate}/s", Load(10, rate * seconds, rate))


def _fairness(_readers: Sequence[int], quick: bool) -> Iterator[Case]:
    rate = OTHERS * OTHERS_RATE
    count = int(rate * (4 if quick else 8))
    yield Case("fairness", "quiet", Load(OTHERS, count, rate, silent=True))
    yield Case("fairness", "flooded", Load(OTHERS, count, rate, ballast=True))


def _outage(_readers: Sequence[int], quick: bool) -> Iterator[Case]:
    seconds, outage = (12, Outage(after=3, length=3)) if quick else (40, Outage(after=10, length=10))
    yield Case("outage", f"{outage.length:.0f} s", Load(10, 100 * seconds, 100), outage)


def _baltech(_readers: Sequence[int], quick: bool) -> Iterator[Case]:
    count = 50 if quick else 200
    for readers in (1, 50):
        yield Case("baltech", f"{readers}", Polled(readers, count, rate=10))
    yield Case("baltech", "1, far", Polled(1, count, rate=10, answer_after=FAR))
    yield Case("baltech idle", "50", Polled(50, idle=3 if quick else 20))


def _transcore(_readers: Sequence[int], quick: bool) -> Iterator[Case]:
    readers = 50
    count = readers * round((1 if quick else 10) * AT_LINE_RATE)
    for protocol, name in (("basic", "basic"), ("data_inquiry", "inquiry")):
        yield Case("transcore", name, LineRate(readers, count, protocol))
    for durability in ("power", "process"):
        yield Case("transcore ecp", durability, LineRate(readers, count, durability=durability))
        yield Case(
            "transcore ecp", f"{durability}, flood", LineRate(readers, count, durability=durability, flooded=True)
        )


def run(chosen: Sequence[Case], peers: Sequence[Peer], repeats: int) -> Results:
    """Measure every peer in every case ``repeats`` times, one peer after the other, each time beginning with another one."""
    results: Results = {}
    for case in chosen:
        able = [peer for peer in peers if case.suits(peer)]
        measured = results[case] = {peer.name: Measured() for peer in able}
        # lost reads are counted, not timed: once is enough
        for repeat in range(1 if case.outage else repeats):
            turn = repeat % max(len(able), 1)
            for peer in able[turn:] + able[:turn]:
                try:
                    outcome = measure(peer, case.load, case.outage)
                except ChildError as error:
                    measured[peer.name].failures.append(str(error))
                    print(f"{case.scenario} {case.name:>8} {peer.name:<14} failed: {error}", flush=True)
                else:
                    measured[peer.name].outcomes.append(outcome)
                    print(f"{case.scenario} {case.name:>8} {peer.name:<14} {_line(outcome)}", flush=True)
    return results


def _line(outcome: Outcome) -> str:
    lost = f", lost {outcome.lost:,}" if outcome.lost else ""
    late = f", p50 {outcome.p50:.2f} ms, p99 {outcome.p99:.2f} ms" if outcome.p50 else ""
    if not outcome.sent:
        return f"no reads, {outcome.polls:.0f} polls/s, {outcome.cpu_percent:.1f} % CPU"
    polled = f", {outcome.polls:.0f} polls/s, {outcome.cpu_percent:.1f} % CPU" if outcome.polls else ""
    acknowledged = f", acknowledged p99 {outcome.acknowledged_p99:.2f} ms" if outcome.acknowledged_p99 else ""
    return f"{outcome.arrived:,} reads in {outcome.seconds:.2f} s{late}{acknowledged}{polled}{lost}"
