"""Stored scripts: when they take effect, which events run them, and what they do over time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from readers_bridge.families.baltech.simulator import Activation, Settings, SimulatedReader, TcpLink
from readers_bridge.families.baltech.typedefs import IoPort
from tests.bridge.baltech.simulator.host import RESET, Clock, connected, frame, host_of, run_script

SEED = "44 04 04 44 04 80 03 02 03 05 06 00 01 1E"
STORE_SEED = "0C 00 09 12 00 05 01 44 0E 44 04 04 44 04 80 03 02 03 05 06 00 01 1E"
STORE_GREEN = "0C 00 09 06 00 05 01 46 02 01 00"
GREEN, RED, BEEPER, RELAY = IoPort.GreenLed, IoPort.RedLed, IoPort.Beeper, IoPort.Relay


def stored(scripts: Mapping[int, str], messages: Mapping[int, bytes] | None = None) -> Settings:
    config = {(0x0501, event): bytes.fromhex(script) for event, script in scripts.items()}
    config |= {(0x0502, number): text for number, text in (messages or {}).items()}
    return Settings(config=config)


def changes(reader: SimulatedReader, since: float) -> list[tuple[float, int, bool]]:
    return [(round(time - since, 3), port, on) for time, port, on in reader.port_log]


async def test_the_example_of_the_vendor() -> None:
    clock = Clock()
    settings = stored({0x44: SEED, 0x46: "01 00"})
    async with SimulatedReader(TcpLink(), settings, clock=clock) as reader, host_of(reader) as host:
        assert changes(reader, 1000.0) == [(0, GREEN, True)]
        reader.present("1")
        assert await host.messages() == ["0 1"]
        reader.set_input(IoPort.Input0, False)
        clock.now = 1010.0
        reader.present("2")
        assert await host.messages() == []
        for clock.now in (1011.0, 1020.0):
            reader.tick()
        assert changes(reader, 1010.0)[1:] == [
            *[(0.0, BEEPER, True), (0.0, GREEN, False), (0.5, BEEPER, False)],
            *[(1.0, BEEPER, True), (1.5, BEEPER, False), (2.0, BEEPER, True), (2.5, BEEPER, False), (3.0, GREEN, True)],
        ]
        reader.set_input(IoPort.Input0, True)
        reader.present("3")
        assert await host.messages() == ["0 3"]


async def test_a_script_goes_on_in_real_time() -> None:
    async with connected() as (reader, host):
        assert await host.ask(run_script("03 02 02 01")) == "0C 05 03 00 00"
        await reader.until(lambda: len(reader.port_log) == 4, "the last beep to end")
        began = reader.port_log[0].time
        assert changes(reader, began) == [
            *[(0, BEEPER, True), (0.1, BEEPER, False), (0.2, BEEPER, True), (0.3, BEEPER, False)]
        ]


async def test_a_stored_script_takes_effect_after_a_reset() -> None:
    settings = Settings(reset_time=0.05)
    async with SimulatedReader(TcpLink(), settings) as reader:
        async with host_of(reader) as host:
            assert await host.ask(STORE_SEED) == "0C 00 09 00 00"
            assert await host.ask(STORE_GREEN) == "0C 00 09 00 00"
            assert await host.ask("0C 00 08 03 00 05 01 44") == f"0C 00 08 0F 00 0E {SEED}"
            reader.set_input(IoPort.Input0, False)
            reader.present("still sent")
            assert await host.messages() == ["0 still sent"]
            assert await host.ask(RESET) == "0C 00 03 00 00"
            assert await host.end() == ""
        await reader.wait_for("started")
        assert reader.machine.ports == {GREEN: True}
        async with host_of(reader) as host:
            reader.present("not sent")
            assert await host.messages() == []
            assert reader.machine.ports[BEEPER]


async def test_a_lenient_reader_applies_it_at_once() -> None:
    async with connected(Settings(activation=Activation.LENIENT)) as (reader, host):
        await host.ask(frame(0x0009, "0501 44 02 0103"))
        reader.present("a")
        assert await host.messages() == []
        assert reader.machine.ports == {RELAY: True}
        await host.ask(frame(0x000A, "0501 44"))
        reader.present("b")
        assert await host.messages() == ["0 b"]


async def test_a_reset_forgets_what_scripts_did() -> None:
    async with SimulatedReader(TcpLink(), Settings(reset_time=0.01)) as reader:
        async with host_of(reader) as host:
            await host.ask(run_script("08 05 01 03 0B 00 00 01"))
            assert reader.machine.variables == {5}
            reader.present("lost")
            await host.ask(RESET)
        await reader.wait_for("started")
        assert reader.machine.variables == frozenset()
        assert not reader.machine.ports
        assert [(port, on) for _, port, on in reader.port_log] == [(RELAY, True), (RELAY, False)]
        async with host_of(reader) as host:
            assert await host.messages() == []


@pytest.mark.parametrize("script", ["01 03", "80", "FF"])
async def test_a_script_replaces_the_default_action(script: str) -> None:
    async with connected(stored({0x44: script})) as (reader, host):
        reader.present("a")
        assert await host.messages() == []


async def test_a_card_on_its_way() -> None:
    settings = stored({0x40: "01 00 04", 0x45: "01 01", 0x44: "01 03 04", 0x7A: "02 00", 0x73: "01 06"})
    async with connected(settings) as (reader, host):
        reader.present("good")
        assert await host.messages() == ["0 good"]
        reader.present("bad", valid=False)
        assert await host.messages() == []
        log = [(port, on) for _, port, on in reader.port_log]
        assert log == [(6, True), (0, True), (3, True), (0, False), (0, True), (1, True), (0, False)]


async def test_scripts_that_stop_the_reading() -> None:
    for event in (0x40, 0x75):
        async with connected(stored({event: "43"})) as (reader, host):
            reader.present("a")
            assert await host.messages() == []


async def test_inputs_and_tamper() -> None:
    settings = stored(
        {0x04: "07 03 00 00", 0x24: "07 03 01 86", 0x07: "01 03", 0x27: "04", 0x05: "07 03 01 05"},
        {0: b"up", 1: b"down"},
    )
    async with connected(settings) as (reader, host):
        reader.set_input(IoPort.Input0, False)
        reader.set_input(IoPort.Input0, True)
        reader.set_input(IoPort.Input1, False)
        reader.set_input(IoPort.Input1, True)
        assert await host.messages() == ["3 up", "3 down"]
        reader.tamper()
        assert await host.messages() == []
        assert reader.machine.ports == {RELAY: True}
        reader.tamper(False)
        assert await host.messages() == ["2"]


async def test_pin_removal_and_the_card_message() -> None:
    settings = stored({0x3C: "07 05 00 00", 0x79: "01 01", 0x40: "05 04"}, {0: b"someone"})
    async with connected(settings) as (reader, host):
        reader.pin("1234")
        assert await host.messages() == ["5 someone"]
        reader.present("a")
        assert await host.messages() == ["0 a", "0 a"]
        assert reader.machine.ports == {}


async def test_every_command_is_an_event() -> None:
    async with connected(stored({0x78: "08 00", 0x7B: "01 00"})) as (reader, host):
        await host.ask("0C 00 04 00 00")
        assert reader.machine.variables == {0}
        assert await host.ask(run_script("0D 7B")) == "0C 05 03 00 00"
        assert reader.machine.ports == {GREEN: True}


async def test_a_timer_that_sets_itself_anew() -> None:
    clock = Clock()
    settings = stored({0x72: "0B 02 00 0A", 0x6A: "03 02 01 01 0B 02 00 0A"})
    async with SimulatedReader(TcpLink(), settings, clock=clock) as reader:
        clock.now += 3.5
        reader.tick()
        assert [time for time, _, on in changes(reader, 1000.0) if on] == [1.0, 2.0, 3.0]


async def test_switching_by_the_host_is_an_event() -> None:
    async with connected(stored({0x4B: "03 03 01 0A", 0x53: "04"})) as (reader, host):
        await host.ask(frame(0x0A01, "03"))
        await host.ask(frame(0x0A01, "02"))
        await host.ask(frame(0x0A02, "03"))
        assert [(port, on) for _, port, on in reader.port_log] == [(RELAY, True), (BEEPER, True), (RELAY, False)]


async def test_a_toggle() -> None:
    clock = Clock()
    async with SimulatedReader(TcpLink(), clock=clock) as reader, host_of(reader) as host:
        await host.ask(frame(0x0A03, "02 02 00C8 0064 00"))
        clock.now += 10
        reader.tick()
        log = [(0, BEEPER, True), (0.2, BEEPER, False), (0.3, BEEPER, True), (0.5, BEEPER, False)]
        assert changes(reader, 1000.0) == log
        await host.ask(frame(0x0A03, "00 FF 03E8 03E8 01"))
        clock.now += 100
        await host.ask(frame(0x0A02, "00"))
        assert len(reader.port_log) > 100
        assert not reader.machine.ports[GREEN]


async def test_scripts_know_the_protocol() -> None:
    async with connected() as (reader, host):
        await host.ask(run_script("41 86 01 00 80 01 01 41 03 01 03"))
        assert reader.machine.ports == {GREEN: True}
