"""Medians over the repeats, and their ratios to the peers that everybody is compared with."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.measure import Outcome
from benchmarks.scenarios import Case, Measured, Results


@dataclass(frozen=True, slots=True)
class Figure:
    """One column: how it is got from an outcome, how it is written, what it means."""

    title: str
    value: Callable[[Outcome], float]
    form: str
    meaning: str

    def of(self, measured: Measured | None) -> float | None:
        """The median over the repeats; None where nothing was measured."""
        if measured is None or not measured.outcomes:
            return None
        return statistics.median(map(self.value, measured.outcomes))

    def ratio(self, peers: Mapping[str, Measured], name: str, other: str) -> float | None:
        mine, its = self.of(peers.get(name)), self.of(peers.get(other))
        return mine / its if mine is not None and its else None


RATE = Figure(
    "reads/s",
    lambda o: o.rate,
    ",.0f",
    "reads that arrived, divided by the time from the first sending to the last arrival",
)
LEAST = Figure("min ms", lambda o: o.least, ".2f", "the fastest read: what the way takes without waiting for a poll")
P50 = Figure("p50 ms", lambda o: o.p50, ".2f", "half of the reads arrive within this time after the reader sent them")
P99 = Figure("p99 ms", lambda o: o.p99, ".2f", "99 of 100 reads arrive within this time")
MOST = Figure("max ms", lambda o: o.most, ".1f", "the latest read")
CPU = Figure(
    "CPU s/10k", lambda o: o.cpu_per_10k, ".2f", "processor seconds of the peer, all its processes, for 10,000 reads"
)
CPU_SHARE = Figure("CPU %", lambda o: o.cpu_percent, ".1f", "processor time of the peer; 100 is one processor")
POLLS = Figure("polls/s", lambda o: o.polls, ",.0f", "how often the readers together were asked for messages")
CPU_POLL = Figure(
    "CPU µs/poll",
    lambda o: o.cpu_percent * 10_000 / o.polls if o.polls else 0,
    ",.0f",
    "processor time of the peer, all that it does, for one poll",
)
CPU_PLAIN = Figure("CPU s", lambda o: o.cpu_seconds, ".1f", "processor seconds of the peer")
MEMORY = Figure("memory MB", lambda o: o.memory_mb, ",.0f", "resident memory at its highest, all processes added up")
LOST = Figure("lost", lambda o: o.lost, ",.0f", "reads that were sent and never arrived")
REPEATED = Figure(
    "repeated", lambda o: o.repeated, ",.0f", "messages that came twice (QoS 1 allows it after an outage)"
)
DISORDERED = Figure("disorder", lambda o: o.disordered, ",.0f", "reads that came after a later one of the same reader")


ACKNOWLEDGED_P50 = Figure(
    "ACK p50",
    lambda o: o.acknowledged_p50,
    ".2f",
    "milliseconds from the sending of a tag to the reader's receipt of its ACK",
)
ACKNOWLEDGED_P99 = Figure(
    "ACK p99", lambda o: o.acknowledged_p99, ".2f", "99 of 100 tags are acknowledged within this time"
)
ACKNOWLEDGED_MOST = Figure("ACK max", lambda o: o.acknowledged_most, ".1f", "the latest acknowledgement")
RESENT = Figure("resent", lambda o: o.resent, ",.0f", "tags that readers sent again, for want of an ACK within 500 ms")
FLOOD = Figure("flood/s", lambda o: o.flood, ",.0f", "lines per second that the flooding reader could hand over")


def find(results: Results, scenario: str, name: str) -> tuple[Case, dict[str, Measured]] | None:
    """A case by its name, with what was measured."""
    for case, peers in results.items():
        if (case.scenario, case.name) == (scenario, name):
            return case, peers
    return None
