"""The driver with a simulated printer: its status, its availability, and its management port."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from readers_bridge.description import problems
from readers_bridge.errors import CommandError
from readers_bridge.families.star import driver as driver_module
from readers_bridge.families.star import management_client
from readers_bridge.families.star.simulator import Happening, Settings, SimulatedPrinter, StatusPort, Switch
from readers_bridge.families.star.typedefs import Emulation
from readers_bridge.model import Status
from tests.bridge.star.shop import QUICK, bridge, served, shop
from tests.conftest import eventually, free_port

SWITCHES = [
    (Switch.COVER, "cover_open", "cover_open"),
    (Switch.PAPER_END, "paper_end", "paper_end"),
    (Switch.NEAR_END, "paper_near_end", "none"),
    (Switch.NEAR_END_OUTER, "paper_near_end", "none"),
    (Switch.HEAD_HOT, "head_hot", "head_hot"),
    (Switch.CUTTER, "cutter_error", "cutter_error"),
    (Switch.UNRECOVERABLE, "non_recoverable_error", "non_recoverable_error"),
    (Switch.MECHANICAL, "mechanical_error", "mechanical_error"),
    (Switch.HEAD_UP, "head_up", "head_up"),
    (Switch.BLACK_MARK, "black_mark_error", "black_mark_error"),
    (Switch.PRESENTER_JAM, "presenter_jam", "presenter_jam"),
    (Switch.BUFFER_OVERFLOW, "receive_buffer_overflow", "none"),
    (Switch.OFFLINE, "offline", "offline"),
]


async def test_a_printer_is_described_by_what_it_tells() -> None:
    async with shop(Settings(emulation=Emulation.STAR_GRAPHIC)) as (_, it):
        description = it.driver.description
        assert problems(description) == ()
        assert (description.model, description.serial) == ("TSP143IIILAN (STR_T-001)", "00:11:62:13:DE:EF")
        assert description.firmware == "V2.2"
        assert description.attributes["emulation"] == "star_graphic"
        assert description.attributes["dots"] == 576
        assert description.attributes["status_setting"] == "011"
        assert it.desk.described[-1] == description
        assert it.desk.state["offline"] is False
        assert it.desk.state["error"] == "none"
        assert it.desk.state["asb"] == "238600000000000000"


@pytest.mark.parametrize(("switch", "key", "error"), SWITCHES, ids=[str(one[0]) for one in SWITCHES])
async def test_every_bit_of_the_status_becomes_a_value(switch: Switch, key: str, error: str) -> None:
    settings = Settings(reset_time=0.1)
    async with SimulatedPrinter(settings) as printer:
        printer.switch(switch)
        async with served(printer.address, **QUICK) as it:
            await it.online()
            assert it.desk.state[key] is True
            assert it.desk.state["error"] == error
            assert it.desk.state["offline"] is (error != "none")


@pytest.mark.parametrize("length", [7, 9, 12])
@pytest.mark.parametrize("double", [False, True])
async def test_the_first_of_several_frames_counts(length: int, *, double: bool) -> None:
    settings = Settings(asb_length=length, double_status=double, fragment=3, noise=b"\0\0")
    async with SimulatedPrinter(settings) as printer:
        printer.cover(is_open=True)
        async with served(printer.address, **QUICK) as it:
            await it.online()
            assert it.desk.state["cover_open"] is True
            printer.cover(is_open=False)
            await eventually(lambda: it.desk.state["cover_open"] is False, "the cover closed")
            assert it.desk.events == ["cover_closed"]


async def test_changes_are_told_as_events() -> None:
    async with shop() as (printer, it):
        turns: tuple[Callable[[], None], ...] = (
            lambda: printer.cover(is_open=True),
            lambda: printer.cover(is_open=False),
            lambda: printer.paper(0),
            lambda: printer.paper(None),
            lambda: printer.switch(Switch.CUTTER),
            lambda: printer.switch(Switch.CUTTER, on=False),
            lambda: printer.switch(Switch.DRAWER),
        )
        for turn in turns:
            told = len(it.desk.events)
            turn()
            await eventually(lambda told=told: len(it.desk.events) > told, "the event")  # type: ignore[misc]
        assert it.desk.events == [
            "cover_opened",
            "cover_closed",
            "paper_end",
            "paper_loaded",
            "error",
            "error_cleared",
            "drawer_opened",
        ]


async def test_the_drawers_contact_may_be_the_other_way_round() -> None:
    async with shop(invert_drawer=True) as (printer, it):
        assert it.desk.state["drawer_open"] is True
        printer.switch(Switch.DRAWER)
        await eventually(lambda: it.desk.state["drawer_open"] is False, "the drawer closed")


@pytest.mark.parametrize("mode", [StatusPort.REFUSE, StatusPort.CLOSE])
async def test_without_a_status_port_the_print_port_tells(mode: StatusPort) -> None:
    happened: list[Happening] = []
    async with SimulatedPrinter(Settings(status_port_mode=mode), on_happening=happened.append) as printer:
        printer.cover(is_open=True)
        async with served(printer.address, **QUICK) as it:
            await it.online()
            assert it.desk.state["cover_open"] is True
            printer.cover(is_open=False)
            before = len(happened)
            await eventually(lambda: len(happened) > before + 4, "some looks, by way of the management port")
            assert it.desk.state["cover_open"] is True
            assert len(printer.jobs) == 1
            assert it.desk.is_online


async def test_a_printer_in_esc_pos_mode_tells_by_way_of_the_print_port() -> None:
    async with SimulatedPrinter(Settings(emulation=Emulation.ESC_POS)) as printer:
        printer.cover(is_open=True)
        async with served(printer.address, **QUICK) as it:
            await it.online()
            assert it.desk.state["cover_open"] is True
            assert it.desk.state["offline"] is True
            assert printer.unknown == []


async def test_one_missed_look_is_nothing_two_are_the_end() -> None:
    async with shop() as (printer, it):
        printer.fault("silent", port="status")
        await eventually(lambda: it.desk.counters["polls_missed"] == 1, "a look that was missed")
        printer.cover(is_open=True)
        await eventually(lambda: it.desk.state["cover_open"] is True, "the next look")
        assert it.ends == []
        printer.power(on=False)
        await eventually(lambda: it.ends, "the end")
        assert it.desk.counters["polls_missed"] >= 3
        printer.power(on=True)
        await it.online()


# -- the management port


async def test_the_card_tells_what_it_is() -> None:
    async with shop() as (_, it):
        told = await it.command("read_discovery")
        assert told.status is Status.DONE
        assert told.data["mac"] == "00:11:62:13:DE:EF"
        assert told.data["raw"].startswith("5354525F4243415354")
        settings = await it.command("read_settings")
        assert settings.data == {"expanded": True, "nsb": True, "asb": True, "raw": "303131"}


async def test_a_restart_is_done_at_the_accepting_byte_and_offline_until_it_answers(tmp_path: Path) -> None:
    async with SimulatedPrinter(Settings(reset_time=1.5)) as printer, bridge(tmp_path, printer.address) as it:
        it.send("restart", transaction="r")
        result = await it.result("r")
        assert (result["status"], result["error"]) == ("done", None)
        await eventually(lambda: it.availability() == ("offline", "restarting"), "restarting")
        seen = set()

        def back() -> bool:
            if not it.device.is_online:
                seen.add(it.availability())
            return it.device.is_online

        await eventually(back, "the printer back")
        assert seen == {("offline", "restarting")}


async def test_a_card_that_still_answers_before_it_resets_is_not_back() -> None:
    happened: list[Happening] = []
    settings = Settings(reset_delay=0.4, reset_time=0.3)
    async with (
        SimulatedPrinter(settings, on_happening=happened.append) as printer,
        served(printer.address, **QUICK) as it,
    ):
        await it.online()
        await it.command("restart")
        await eventually(lambda: it.ends, "the end of the session")
        await it.online()
        assert [one.what for one in happened if one.what in {"resetting", "started"}] == ["resetting", "started"]


async def test_a_printer_that_was_not_seen_to_be_away_is_back_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_module, "STILL_UP", 0.3)
    async with shop(Settings(reset_delay=60)) as (_, it):
        await it.command("restart")
        await eventually(lambda: it.ends, "the end of the session")
        await it.online()


async def test_a_printer_that_does_not_come_back_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_module, "BACK_WITHIN", 0.2)
    async with shop(Settings(reset_time=60)) as (_, it):
        await it.command("restart")
        await eventually(lambda: "not_back" in it.ends, "the end of waiting")
        assert it.ends[0] == "restarting"


async def test_a_no_is_a_failure_with_the_code_rejected() -> None:
    async with shop() as (printer, it):
        printer.fault("reject")
        error = await it.refused("restart")
        assert (error.status, error.code) == (Status.FAILED, "rejected")
        error = await it.refused("release_session", port=4711)
        assert (error.status, error.code) == (Status.FAILED, "rejected")
        assert it.desk.is_online


async def test_a_wrong_password_is_rejected_and_never_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with shop(password="S3cret-word") as (_, it):
        error = await it.refused("restart")
        assert error.code == "rejected"
        told = f"{error} {error.data} {caplog.text} {it.desk.items} {it.driver.description} {it.driver._options!r}"
        assert "S3cret-word" not in told


async def test_without_a_password_there_is_no_restart() -> None:
    async with shop(password=None) as (printer, it):
        error = await it.refused("restart")
        assert (error.status, error.code) == (Status.REFUSED, "no_password")
        assert "password" in str(error)
        assert printer.is_powered
        assert not any(entity.key == "restart" for entity in it.driver.description.entities)


@pytest.mark.parametrize("name", ["restart", "read_discovery", "read_settings", "release_session"])
async def test_a_fifth_session_is_busy(name: str) -> None:
    async with shop(poll=60) as (printer, it):
        held = [socket.create_connection(("127.0.0.1", printer.management_port)) for _ in range(4)]
        try:
            await eventually(lambda: printer.connections["management"], "the sessions")
            error = await it.refused(name, **({"port": 4711} if name == "release_session" else {}))
            assert error.status is Status.BUSY
        finally:
            for one in held:
                one.close()


async def test_a_card_whose_management_port_is_closed_is_busy() -> None:
    async with SimulatedPrinter() as printer:
        elsewhere = printer.address.replace(f"management={printer.management_port}", f"management={free_port()}")
        async with served(elsewhere, **QUICK) as it:
            await it.online()
            error = await it.refused("read_settings")
            assert error.status is Status.BUSY
            assert it.driver.description.model == "Ethernet printer"


async def test_closed_before_a_byte_is_unknown_and_nothing_is_sent_again() -> None:
    async with shop() as (_, it):
        asked = 0

        async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal asked
            asked += 1
            assert (await reader.read(100)).startswith(b"\x1c0user\0")
            writer.close()

        server = await asyncio.start_server(close, "127.0.0.1", 0)
        async with server:
            client = management_client.ManagementClient("127.0.0.1", server.sockets[0].getsockname()[1])
            with pytest.raises(CommandError) as caught:
                await client.restart("guest")
            assert (caught.value.status, caught.value.code) == (Status.UNKNOWN, "closed_early")
            assert asked == 1
        assert it.desk.is_online


async def test_silence_is_no_answer() -> None:
    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(nothing, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        client = management_client.ManagementClient("127.0.0.1", port, answer_timeout=0.1)
        with pytest.raises(CommandError) as caught:
            await client.release(4711)
        assert caught.value.status is Status.NO_ANSWER


@pytest.mark.parametrize("answer", [b"\x02", b"\x1d1\0\xff\xff", b"HTTP/1.1 400", b"\x1d1\0\0"])
async def test_nonsense_is_a_failure_not_a_crash(answer: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        client = management_client.ManagementClient("127.0.0.1", server.sockets[0].getsockname()[1])
        with pytest.raises(CommandError) as caught:
            await client.status_setting()
        assert (caught.value.status, caught.value.code) == (Status.FAILED, "protocol")
