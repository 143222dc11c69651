"""The load on Home Assistant is a real one, and its report tells the truth. Home Assistant itself is not started here."""

from __future__ import annotations

from dataclasses import replace

import orjson

from benchmarks.home_assistant.devices import devices, event_entities, read_of, state_of
from benchmarks.home_assistant.load import Cost, Phase, Plan
from benchmarks.home_assistant.report import table, verdicts
from readers_bridge.description import problems

CALM = Phase(cpu_percent=1.0, lags=(0.1, 2.0, 3.0))
LOADED = Phase(cpu_percent=8.0, lags=(0.1, 3.0, 9.0), sent=100, arrived=100, delays=(1.0, 4.0, 9.0))
COST = Cost(first_start=9.0, next_start=8.0, resting_mb=390, loaded_mb=400, resting=CALM, loaded=LOADED, burst=LOADED)
ALONE = Cost(first_start=7.0, next_start=7.0, resting_mb=270, loaded_mb=270, resting=CALM)


def test_all_families_are_there_with_valid_descriptions() -> None:
    found = list(devices(8))
    assert {device.family for device, _ in found} == {"springcard", "baltech", "transcore", "star"}
    assert len({device.id for device, _ in found}) == 8
    for _, description in found:
        assert problems(description) == ()
        shown = {entity.state_key for entity in description.entities if entity.state_key is not None}
        assert state_of(description).keys() == shown
        assert len(orjson.dumps(state_of(description))) < 4096
    assert event_entities(4) == sum(len(description.events) for _, description in found[:4])
    assert read_of("star") is None


def test_the_goals_are_judged() -> None:
    assert all(verdict.reached for verdict in verdicts({"alone": ALONE, "component": COST, "discovery": COST}))
    lossy = replace(COST, loaded=replace(LOADED, arrived=99), burst=replace(LOADED, lags=(1.0, 2.0, 900.0)))
    wrong = [verdict.goal for verdict in verdicts({"component": lossy}) if verdict.reached is False]
    assert len(wrong) == 2
    assert [verdict.reached for verdict in verdicts({})] == [None, None]


def test_the_table_has_a_row_for_each_kind() -> None:
    lines = list(table({"alone": ALONE, "component": COST}, Plan()))
    rows = [line for line in lines if line.startswith(("| alone", "| component"))]
    assert len(rows) == 3, "two under load, one in the burst"
    head = next(line for line in lines if line.startswith("| kind"))
    assert {row.count("|") for row in rows[:2]} == {head.count("|")}
