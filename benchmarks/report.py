"""The tables, with the meaning of every column."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.figures import (
    ACKNOWLEDGED_MOST,
    ACKNOWLEDGED_P50,
    ACKNOWLEDGED_P99,
    CPU,
    CPU_PLAIN,
    CPU_POLL,
    CPU_SHARE,
    DISORDERED,
    FLOOD,
    LEAST,
    LOST,
    MEMORY,
    MOST,
    P50,
    P99,
    POLLS,
    RATE,
    REPEATED,
    RESENT,
    Figure,
)
from benchmarks.goals import C_LIMIT, ECP, NODE_RED, POLLER, Verdict
from benchmarks.scenarios import Case, Measured, Results

HEADINGS = {
    "flood": "Flood: every reader sends all of its lines at once; how fast are they published at QoS 1?",
    "steady": "Steady: 10 readers send at an even pace; how late is a read, and what does it cost?",
    "fairness": "Fairness: 9 readers send 10 lines/s each, without and with a tenth one that floods; how late are theirs?",
    "outage": "Outage: 10 readers send 100 lines/s together, and the broker is killed in the middle; what is lost?",
    "baltech": "BALTECH: 10 cards/s in all are held to readers that must be polled; how late is a read? Far: answers take 10 ms.",
    "baltech idle": "BALTECH, idle: readers without a card; what does polling them cost?",
    "transcore": "TransCore: 50 readers send all that 9600 baud take; how late is a read, and what does it cost?",
    "transcore ecp": "TransCore, ECP: the same, with an ACK for each read; how long does it take, also while another one floods?",
}
FIRST = {
    "flood": "readers",
    "steady": "load",
    "fairness": "tenth",
    "outage": "away",
    "baltech": "readers",
    "baltech idle": "readers",
    "transcore": "protocol",
    "transcore ecp": "durability",
}
COLUMNS: dict[str, tuple[Figure, ...]] = {
    "flood": (RATE, CPU, MEMORY, LOST, REPEATED, DISORDERED),
    "steady": (P50, P99, CPU, MEMORY, LOST, REPEATED, DISORDERED),
    "fairness": (P50, P99, MOST, MEMORY, LOST),
    "outage": (LOST, REPEATED, DISORDERED, MOST, CPU_PLAIN, MEMORY),
    "baltech": (LEAST, P50, P99, MOST, POLLS, LOST, REPEATED, DISORDERED),
    "baltech idle": (POLLS, CPU_SHARE, CPU_POLL, MEMORY),
    "transcore": (RATE, P50, P99, MOST, CPU_SHARE, CPU, MEMORY, LOST, REPEATED, DISORDERED),
    "transcore ecp": (
        RATE,
        ACKNOWLEDGED_P50,
        ACKNOWLEDGED_P99,
        ACKNOWLEDGED_MOST,
        P50,
        P99,
        CPU_SHARE,
        CPU,
        MEMORY,
        RESENT,
        LOST,
        REPEATED,
        DISORDERED,
        FLOOD,
    ),
}
COMPARED: dict[str, tuple[Figure, ...]] = {
    "flood": (RATE, CPU),
    "steady": (P50, P99, CPU),
    "fairness": (P99,),
    "outage": (),
    "baltech": (P50, P99),
    "baltech idle": (CPU_SHARE, CPU_POLL, MEMORY),
    "transcore": (P50, P99, CPU),
    "transcore ecp": (ACKNOWLEDGED_P99, P99, CPU),
}
"""The figures that are also shown as ratios to others."""
OTHERS = {"/ N-R": (NODE_RED, "Node-RED"), "/ C": (C_LIMIT, "the C program")}
POLLERS = {"/ poller": (POLLER, "the poller")}
SCRIPTS = {"/ script": (ECP, "the short script called ecp")}


def tables(results: Results) -> Iterator[str]:
    """The report, line by line."""
    for scenario, heading in HEADINGS.items():
        chosen = {case: peers for case, peers in results.items() if case.scenario == scenario}
        if not chosen:
            continue
        yield ""
        yield heading
        yield from _aligned([_titles(scenario), *(row for item in chosen.items() for row in _rows(*item))])
        yield from _legend(scenario)


def _titles(scenario: str) -> list[str]:
    titles = [FIRST[scenario], "peer"]
    for figure in COLUMNS[scenario]:
        titles.append(figure.title)
        if figure in COMPARED[scenario]:
            titles += _others(scenario)
    return titles


def _others(scenario: str) -> dict[str, tuple[str, str]]:
    """Those that a scenario's figures are compared with: title of the column, peer, words for it."""
    if scenario.startswith("transcore"):
        return SCRIPTS
    return POLLERS if scenario.startswith("baltech") else OTHERS


def _rows(case: Case, peers: dict[str, Measured]) -> Iterator[list[str]]:
    others = _others(case.scenario).values()
    for name, measured in peers.items():
        row = [case.name, name]
        for figure in COLUMNS[case.scenario]:
            row.append(_cell(figure.of(measured), figure.form))
            if figure in COMPARED[case.scenario]:
                row += [_cell(figure.ratio(peers, name, other), ".2f") for other, _ in others]
        if measured.failures:
            row[-1] += f"  ({len(measured.failures)} x failed)"
        yield row


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _aligned(rows: Sequence[list[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    before = ""
    for row in rows:
        if before not in ("", row[0]):
            yield ""
        before = row[0]
        cells = (
            cell.ljust(width) if column == 1 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  " + "  ".join(cells).rstrip()


def _legend(scenario: str) -> Iterator[str]:
    for figure in COLUMNS[scenario]:
        yield f"    {figure.title}: {figure.meaning}"
    if COMPARED[scenario]:
        others = _others(scenario)
        whose = " and of ".join(name for _, name in others.values())
        yield f"    {', '.join(others)}: the figure before, divided by that of {whose}"
    if scenario != "outage":
        yield "    medians over the repeats; lost, repeated and disorder should be 0"
    if scenario == "transcore ecp":
        yield "    durability: what an ACK of the bridge waits for; flood: a SpringCard reader floods meanwhile"
    if scenario == "baltech":
        yield "    (a card that comes while others are fetched may be published before them, marked as order: inferred)"


def goals(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """One line for each goal that this run can judge."""
    judged = [verdict for verdict in verdicts if verdict.reached is not None]
    width = max((len(verdict.goal) for verdict in judged), default=0)
    for verdict in judged:
        yield f"  {'pass' if verdict.reached else 'FAIL'}  {verdict.goal.ljust(width)}  {verdict.measured}"
    if left := len(verdicts) - len(judged):
        yield f"  {left} not judged: what they compare was not measured in this run"


def as_json(results: Results) -> list[dict[str, Any]]:
    """Every outcome, for programs."""
    return [
        {
            "scenario": case.scenario,
            "case": case.name,
            "load": dataclasses.asdict(case.load),
            "peer": name,
            "failures": measured.failures,
            "outcomes": [
                dataclasses.asdict(outcome) | {"lost": outcome.lost, "rate": outcome.rate}
                for outcome in measured.outcomes
            ],
        }
        for case, peers in results.items()
        for name, measured in peers.items()
    ]


def noise(times: Sequence[float]) -> str:
    """How even the machine is: the same bit of work, again and again (seconds)."""
    low, middle, high = (1000 * pick(times) for pick in (min, statistics.median, max))
    return f"the same fixed bit of Python took {low:.1f} to {high:.1f} ms, median {middle:.1f}: compare ratios, not figures"


def syncs(times: Sequence[float]) -> str:
    """How long the disk takes until something is there for good (seconds)."""
    middle, high = (1000 * pick(times) for pick in (statistics.median, max))
    return f"a sync of the disk took {middle:.1f} ms, {high:.1f} ms at most"
