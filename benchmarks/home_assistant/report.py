"""The table of what was measured in Home Assistant, and its goals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.goals import Verdict
from benchmarks.home_assistant.load import ALONE, COMPONENT, DISCOVERY, Cost, Phase, Plan

LONGEST_BLOCK = 500.0
"""Milliseconds for which the event loop may be kept from other work, at most."""

MOST_CPU = 1.2

_HEAD = "| kind | start | next start | memory | CPU at rest | CPU | lag p50 | p99 | max | event p50 | p99 | max | lost | twice |"


def table(costs: Mapping[str, Cost], plan: Plan) -> Iterator[str]:
    """Lines of Markdown: under load, then the burst."""
    yield f"\nHome Assistant: {plan.devices} devices, {plan.rate:g} reads/s, {plan.reads:,} reads; times in s and ms"
    yield _HEAD
    yield "|---" * (_HEAD.count("|") - 1) + "|"
    for kind, cost in costs.items():
        phase = cost.loaded or cost.resting
        shown = f"{cost.first_start:.1f} | {cost.next_start:.1f} | {cost.loaded_mb:.0f} MB | {cost.resting.cpu_percent:.1f} %"
        yield f"| {kind} | {shown} | {_phase(phase)} |"
    yield f"\n{plan.burst:,} reads at once"
    for kind, cost in costs.items():
        if cost.burst is not None:
            yield f"| {kind} | {_phase(cost.burst)} |"


def _phase(phase: Phase) -> str:
    late = " | ".join(f"{value:.1f}" for value in (*phase.lags, *phase.delays))
    return f"{phase.cpu_percent:.1f} % | {late} | {phase.lost} | {phase.repeated}"


def verdicts(costs: Mapping[str, Cost]) -> Iterator[Verdict]:
    """The goals of the component."""
    mine, alone, other = costs.get(COMPONENT), costs.get(ALONE), costs.get(DISCOVERY)
    for name, phase in (("load", mine.loaded if mine else None), ("burst", mine.burst if mine else None)):
        if phase is None:
            yield Verdict(f"Home Assistant, {name}: no event lost or doubled", None, "not measured")
            continue
        wrong = phase.lost + phase.repeated + phase.disordered
        yield Verdict(f"Home Assistant, {name}: no event lost, doubled or out of order", wrong == 0, f"{wrong} events")
        goal = f"Home Assistant, {name}: its loop is never blocked for more than {LONGEST_BLOCK:.0f} ms"
        yield Verdict(goal, phase.lags[2] <= LONGEST_BLOCK, f"{phase.lags[2]:.0f} ms")
    if mine and other and mine.loaded and other.loaded:
        ratio = mine.loaded.cpu_percent / other.loaded.cpu_percent
        goal = f"Home Assistant, load: at most {MOST_CPU:g} x the processor time of discovery"
        yield Verdict(goal, ratio <= MOST_CPU, f"{ratio:.2f} x")
        if alone:
            ratio = (mine.loaded_mb - alone.loaded_mb) / (other.loaded_mb - alone.loaded_mb)
            yield Verdict("Home Assistant: no more memory for the devices than discovery", ratio <= 1, f"{ratio:.2f} x")
        ratio = mine.first_start / other.first_start
        yield Verdict("Home Assistant: no later start than with discovery", ratio <= 1, f"{ratio:.2f} x")
