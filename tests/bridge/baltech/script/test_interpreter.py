from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers_bridge.families.baltech.script.bytecode import decode
from readers_bridge.families.baltech.script.finding import ScriptError
from readers_bridge.families.baltech.script.happenings import (
    CardMessageSent,
    DefaultActionDone,
    Happening,
    MessageSent,
    PortChanged,
    ScriptRun,
    TimerFired,
    TimerSet,
    Traced,
    VariableChanged,
)
from readers_bridge.families.baltech.script.interpreter import Ending, Given, Machine
from readers_bridge.families.baltech.script.program import Program
from readers_bridge.families.baltech.typedefs import IoPort

GREEN, RED, BEEPER, RELAY, BLUE = IoPort.GreenLed, IoPort.RedLed, IoPort.Beeper, IoPort.Relay, IoPort.BlueLed
ON_ACCEPTED, BY_HOST, DENIED = 0x44, 0x7B, 0x7C


def script(text: str) -> Program:
    return decode(bytes.fromhex(text))


def facts(**numbers: set[int]) -> Given:
    return Given(**{name: frozenset(values) for name, values in numbers.items()})


def ended(text: str, **found: set[int]) -> Machine:
    machine = Machine(facts(**found))
    assert machine.run(script(text), 0.0) is Ending.DONE
    return machine


def changes(happenings: list[Happening], port: int) -> list[tuple[float, bool]]:
    return [
        (change.time, change.on) for change in happenings if isinstance(change, PortChanged) and change.port == port
    ]


def switched(machine: Machine, until: float, port: int) -> list[tuple[float, bool]]:
    machine.advance(until)
    return changes(machine.happenings(), port)


@pytest.mark.parametrize(
    ("text", "found", "on"),
    [
        ("45 01 01 00 80 01 01", {"variables": {1}}, {GREEN}),
        ("45 01 01 00 80 01 01", {}, {RED}),
        ("44 04 44 05 01 03", {"inputs": {5}}, {RELAY}),  # only the top counts
        ("44 04 44 05 01 03", {"inputs": {4}}, set()),
        ("44 04 01 03 43 01 00", {"inputs": {4}}, {RELAY, GREEN}),
        ("44 04 01 03 43 01 00", {}, {GREEN}),
        ("45 08 42 03 80 82 01 03", {"variables": {8}}, {RELAY}),
        ("45 08 42 03 80 82 01 03", {"variables": {8}, "dip_switches": {3}}, set()),
        ("45 08 42 03 80 82 01 03", {}, set()),
        *(("45 00 45 01 81 01 06", {"variables": true}, {BLUE}) for true in ({0}, {1}, {0, 1})),
        ("45 00 45 01 81 01 06", {}, set()),
        ("41 05 01 00 41 86 01 01", {"protocols": {5}}, {GREEN}),
        ("40 03 01 00 40 09 01 01", {"states": {3, 9}}, {GREEN}),  # states from 8 on are the variables
        ("40 03 01 00 40 09 01 01", {"variables": {3, 9}}, {RED}),
        ("44 08 01 00", {"inputs": {8}}, {GREEN}),  # a Gpio that nobody switched
        ("02 08 44 08 01 00", {"inputs": {8}}, set()),  # its own level once it is switched
        ("01 03 44 03 01 00", {}, {RELAY, GREEN}),  # the state of an output
        ("44 03 01 00", {"on": {RELAY}}, {RELAY, GREEN}),
        ("01 04 44 04 01 00", {}, set()),  # an input cannot be switched
    ],
)
def test_conditions(text: str, found: dict[str, set[int]], on: set[int]) -> None:
    ports = ended(text, **found).ports
    assert {port for port, is_on in ports.items() if is_on} == on


@pytest.mark.parametrize(
    ("text", "found", "variables"),
    [
        ("08 0F", {}, {15}),
        ("09 00", {"variables": {0, 3}}, {3}),
        ("44 05 0A 05", {"inputs": {5}}, {5}),
        ("44 05 0A 05", {"variables": {5}}, set()),
        ("43 80 43 0A 02", {}, set()),  # under a false second flag nothing is assigned,
        ("43 80 43 0A 02 08 03", {}, set()),  # and the flag goes all the same: false is the top now
        ("43 80 43 0A 02 80 08 03", {}, {3}),
        ("43 0A 01 08 02", {}, {1, 2}),  # the stack is empty again
    ],
)
def test_variables(text: str, found: dict[str, set[int]], variables: set[int]) -> None:
    assert ended(text, **found).variables == variables


def test_variables_survive_scripts_but_no_reset() -> None:
    machine = ended("08 03 01 00 03 02 05 05 0B 00 00 05 13 81 10 F1")
    assert machine.run(script("45 03 01 01"), 0.0) is Ending.DONE
    assert machine.ports[RED]
    machine.reset()
    assert machine.variables == frozenset()
    assert not machine.ports
    assert machine.next_due() is None


@pytest.mark.parametrize("text", ["80", "43 82", "43 81", "0A 01", "82 01 00", "01 00 43 43 82 82"])
def test_too_few_flags(text: str) -> None:
    assert Machine().run(script(text), 0.0) is Ending.RUNTIME_ERROR


def test_happenings_are_told_once() -> None:
    machine = ended("07 03 02 86 05 0C A5 08 01 08 01 09 01 0B 01 00 32 0B 01 00 00")
    assert machine.happenings() == [
        MessageSent(0.0, 3, 2, 0x86),
        CardMessageSent(0.0),
        Traced(0.0, 0xA5),
        VariableChanged(0.0, 1, True),
        VariableChanged(0.0, 1, False),
        TimerSet(0.0, 1, 5.0),
        TimerSet(0.0, 1, None),
    ]
    assert machine.happenings() == []


# DefaultAction and Run


def test_default_action_of_a_host_ends_the_script() -> None:
    machine = Machine()
    assert machine.run(script("01 00 04 01 01"), 0.0) is Ending.DEFAULT_ACTION
    assert machine.happenings() == [PortChanged(0.0, GREEN, True)]


def test_default_action_of_an_event_is_performed_and_ends_the_script() -> None:
    machine = Machine()
    assert machine.run(script("04 01 01"), 2.0, ON_ACCEPTED) is Ending.DEFAULT_ACTION
    assert machine.happenings() == [DefaultActionDone(2.0, ON_ACCEPTED)]


def test_run_goes_on_with_the_stored_script_and_an_empty_stack() -> None:
    machine = Machine(scripts={BY_HOST: script("01 00")})
    assert machine.run(script("43 80 43 0D 7B 01 01"), 1.0) is Ending.DONE
    assert machine.happenings() == [ScriptRun(1.0, BY_HOST), PortChanged(1.0, GREEN, True)]


def test_run_of_an_event_without_a_script() -> None:
    machine = Machine()
    assert machine.run(script("0D 7B 01 01"), 0.0) is Ending.DEFAULT_ACTION
    assert machine.happenings() == []
    assert machine.run(script("0D 7B 01 01"), 0.0, ON_ACCEPTED) is Ending.DEFAULT_ACTION
    assert machine.happenings() == [DefaultActionDone(0.0, ON_ACCEPTED)]


def test_scripts_that_run_each_other_end() -> None:
    machine = Machine(scripts={BY_HOST: script("0D 7C"), DENIED: script("0D 7B")})
    assert machine.run(script("0D 7B"), 0.0) is Ending.RUNTIME_ERROR


# Toggle


def test_toggle_ends_low() -> None:
    machine = ended("03 02 03 05")
    assert machine.next_due() == 0.5
    assert switched(machine, 60, BEEPER) == [
        *((0.0, True), (0.5, False), (1.0, True), (1.5, False), (2.0, True), (2.5, False)),
    ]
    assert machine.next_due() is None


def test_toggle_inverted_ends_high_and_tells_of_the_first_low() -> None:
    assert switched(ended("06 00 01 1E"), 60, GREEN) == [(0.0, False), (3.0, True)]


def test_a_port_that_is_on_is_not_told_again() -> None:
    machine = ended("01 00 02 01 02 01", on={GREEN})
    assert machine.happenings() == [PortChanged(0.0, RED, False)]


def test_toggles_of_two_ports_run_side_by_side() -> None:
    machine = ended("03 02 02 0A 03 00 01 0F")
    machine.advance(10)
    happened = machine.happenings()
    assert changes(happened, BEEPER) == [(0.0, True), (1.0, False), (2.0, True), (3.0, False)]
    assert changes(happened, GREEN) == [(0.0, True), (1.5, False)]
    assert [happening.time for happening in happened] == sorted(happening.time for happening in happened)


@pytest.mark.parametrize(
    ("later", "then"), [("01 02", [(0.7, True)]), ("02 02", []), ("03 02 01 02", [(0.7, True), (0.9, False)])]
)
def test_the_next_command_for_the_port_ends_a_toggle(later: str, then: list[tuple[float, bool]]) -> None:
    machine = ended("03 02 05 05")
    assert switched(machine, 0.7, BEEPER) == [(0.0, True), (0.5, False)]
    machine.run(script(later), 0.7)
    assert switched(machine, 60, BEEPER) == then


def test_a_toggle_with_repeat_255_never_ends() -> None:
    machine = ended("03 02 FF 05")
    assert len(switched(machine, 1000, BEEPER)) == 2001
    machine.switch(BEEPER, False, 1000.2)
    assert machine.next_due() is None


def test_toggle_of_the_host() -> None:
    machine = Machine()
    machine.toggle(RELAY, 2, 3.0, 0.1, False, 100.0)
    machine.toggle(GREEN, 1, 0.2, 0.3, True, 100.0)
    machine.advance(200.0)
    happened = machine.happenings()
    assert changes(happened, RELAY) == [(100.0, True), (103.0, False), (103.1, True), (106.1, False)]
    assert changes(happened, GREEN) == [(100.0, False), (100.2, True)]


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(("count", "t1", "t2"), [(0, 0.1, 0.1), (3, 0.0, 0.0), (255, 0.0, 0.0)])
def test_a_toggle_that_is_not_defined_only_reaches_its_end(count: int, t1: float, t2: float, inverted: bool) -> None:
    machine = Machine()
    machine.toggle(RELAY, count, t1, t2, inverted, 0.0)
    assert machine.happenings() == [PortChanged(0.0, RELAY, inverted)]
    assert machine.next_due() is None


def test_switches_of_the_host() -> None:
    machine = Machine()
    machine.switch(RELAY, True, 1.0)
    machine.switch(RELAY, True, 2.0)
    machine.switch(RELAY, False, 3.0)
    assert machine.happenings() == [PortChanged(1.0, RELAY, True), PortChanged(3.0, RELAY, False)]


def test_inputs_change() -> None:
    machine = Machine()
    machine.set_input(IoPort.Input0, True)
    machine.run(script("44 04 01 00"), 0.0)
    machine.set_input(IoPort.Input0, False)
    machine.run(script("44 04 80 01 01"), 0.0)
    assert machine.ports == {GREEN: True, RED: True}


# RunSequence


def test_the_published_sequence() -> None:
    machine = ended("13 F2 F2 10 08 32 20 08 32 53 11 09 02 21 05 04 F3 02 01 01 40 F1 01 03")
    assert machine.ports[RELAY]  # the script did not wait
    machine.advance(60)
    happened = machine.happenings()
    rounds = (0.0, 2.3, 4.6, 6.9)
    assert changes(happened, GREEN) == [(round(begin + n * 0.05, 3), n % 2 == 0) for begin in rounds for n in range(6)]
    assert changes(happened, RED) == [
        change for begin in rounds for change in ((round(begin + 0.3, 3), True), (round(begin + 2.3, 3), False))
    ]
    assert changes(happened, IoPort.CustomVled0) == [(9.2, True)]  # the clean-up block, also at the normal end
    assert changes(happened, RELAY) == [(0.0, True)]


@pytest.mark.parametrize(
    ("items", "times"),
    [
        ("10 81 20 BF 10", [(0.0, True), (0.1, False), (6.4, True)]),
        ("10 08 FF 20 09 05 10", [(0.0, True), (0.255, False), (5.255, True)]),
        ("F2 30 82 52", [(0.0, True), (0.2, False)]),  # two executions in all
        ("F2 30 82 51", [(0.0, True)]),
        ("F2 30 82 05 03", [(0.0, True), (0.2, False), (0.4, True)]),
        ("01 00 81 02 00 81 30", [(0.0, True), (0.1, False), (0.2, True)]),
        ("F2 F2 30 81 52 81 52", [(0.0, True), (0.1, False), (0.3, True), (0.4, False)]),
    ],
)
def test_items_of_a_sequence(items: str, times: list[tuple[float, bool]]) -> None:
    assert switched(ended(f"13 {items} F1"), 60, GREEN) == times


def test_every_short_item() -> None:
    machine = ended("13 10 11 12 13 16 F1")
    assert machine.ports == dict.fromkeys((GREEN, RED, BEEPER, RELAY, BLUE), True)
    machine.run(script("13 20 21 22 23 26 F1"), 0.0)
    assert machine.ports == dict.fromkeys((GREEN, RED, BEEPER, RELAY, BLUE), False)
    machine.run(script("13 30 31 32 33 36 F1"), 0.0)
    assert machine.ports == dict.fromkeys((GREEN, RED, BEEPER, RELAY, BLUE), True)


def test_a_second_sequence_aborts_the_first_which_cleans_up() -> None:
    machine = ended("13 10 09 0A 11 F3 20 12 F1")
    machine.run(script("13 13 F1"), 4.0)
    assert machine.happenings() == [
        PortChanged(0.0, GREEN, True),
        PortChanged(4.0, GREEN, False),
        PortChanged(4.0, BEEPER, True),
        PortChanged(4.0, RELAY, True),
    ]
    assert machine.next_due() is None


def test_a_wait_in_the_clean_up_block_does_not_wait() -> None:
    machine = ended("13 10 F3 81 20 F1")
    assert machine.happenings() == [PortChanged(0.0, GREEN, True), PortChanged(0.0, GREEN, False)]


def test_a_sequence_and_a_command_for_its_port_do_not_know_of_each_other() -> None:
    machine = ended("13 10 85 20 85 10 F1")
    machine.run(script("02 00"), 0.2)
    assert switched(machine, 60, GREEN) == [(0.0, True), (0.2, False), (1.0, True)]


def test_a_sequence_that_never_waits_is_aborted() -> None:
    machine = Machine()
    assert machine.run(script("13 F2 F2 F2 30 05 FF 05 FF 05 FF F3 11 F1"), 0.0) is Ending.RUNTIME_ERROR
    assert machine.ports[RED]
    assert machine.next_due() is None


def test_a_sequence_of_days_goes_on_step_by_step() -> None:
    machine = ended("13" + "F2" * 4 + "30 BF" + "05 FF" * 4 + "F1")
    assert len(switched(machine, 63, GREEN)) == 11
    assert machine.next_due() == 69.3


# Timers


def test_a_timer_runs_its_script_once() -> None:
    machine = Machine(scripts={0x69: script("01 03 04")})
    machine.run(script("0B 01 00 32"), 10.0)
    assert machine.next_due() == 15.0
    machine.advance(100.0)
    assert machine.happenings() == [
        TimerSet(10.0, 1, 15.0),
        TimerFired(15.0, 1),
        ScriptRun(15.0, 0x69),
        PortChanged(15.0, RELAY, True),
        DefaultActionDone(15.0, 0x69),
    ]
    assert machine.next_due() is None


def test_a_timer_can_be_set_again_by_its_own_script() -> None:
    machine = Machine(scripts={0x68: script("0B 00 00 0A 13 31 F1")})
    machine.run(script("0B 00 00 0A"), 0.0)
    assert switched(machine, 3.5, RED) == [(1.0, True), (2.0, False), (3.0, True)]


def test_timers_without_scripts_and_cancelled_ones() -> None:
    machine = ended("0B 00 12 34 0B 02 00 01 0B 00 00 00")
    machine.happenings()
    machine.advance(1000)
    assert machine.happenings() == [TimerFired(0.1, 2)]


def test_the_script_of_one_timer_cancels_another_that_is_due() -> None:
    machine = Machine(scripts={0x68: script("0B 01 00 00")})
    machine.run(script("0B 00 00 01 0B 01 00 01"), 0.0)
    machine.advance(1)
    assert TimerFired(0.1, 1) not in machine.happenings()


# Time


def test_time_never_goes_back() -> None:
    machine = Machine()
    machine.advance(5.0)
    machine.run(script("01 00"), 4.0)
    assert machine.happenings() == [PortChanged(5.0, GREEN, True)]


@settings(max_examples=200)
@given(
    st.binary(max_size=40).map(lambda data: bytes((0x13,)) + data if data[:1] < b"\x40" else data),
    st.lists(st.floats(0, 20), max_size=6),
)
def test_whatever_decodes_runs_the_same_however_time_passes(data: bytes, moments: list[float]) -> None:
    try:
        program = decode(data)
    except ScriptError:
        return
    at_once, in_steps = Machine(), Machine()
    assert at_once.run(program, 0.0) is in_steps.run(program, 0.0)
    for moment in sorted(moments):
        in_steps.advance(moment)
    at_once.advance(20)
    in_steps.advance(20)
    assert at_once.happenings() == in_steps.happenings()
    assert at_once.next_due() == in_steps.next_due()
