"""Command mode never stays open: whatever is cut off, and wherever, the next start closes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from readers_bridge.errors import CommandError, TransportError
from readers_bridge.families.transcore import command_mode as command_mode_module
from readers_bridge.families.transcore import connection as connection_module
from readers_bridge.families.transcore import talk as talk_module
from readers_bridge.families.transcore.simulator import Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.typedefs import CrcVariant, Protocol
from tests.bridge.desk import Desk
from tests.bridge.transcore.fake_reader import fake_reader, listening
from tests.bridge.transcore.served import kept, served
from tests.conftest import eventually


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_module, "RESPONSE", 0.1)
    monkeypatch.setattr(talk_module, "NETWORK_ALLOWANCE", 0.0)
    monkeypatch.setattr(connection_module, "SILENCE", 0.005)
    monkeypatch.setattr(connection_module, "LONGEST_MESSAGE", 10)


class Wire:
    """Carries so many bytes between bridge and reader, both ways together, then breaks for good."""

    def __init__(self, reader: SimulatedReader, carries: int) -> None:
        self._reader = reader
        self.left = carries
        self.address = ""
        self._writers: list[asyncio.StreamWriter] = []

    async def connect(self, ours: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.left <= 0:
            writer.transport.abort()
            return
        theirs, far = await asyncio.open_connection("127.0.0.1", self._reader.port)
        self._writers += [writer, far]
        await asyncio.gather(self._carry(ours, far), self._carry(theirs, writer))

    async def _carry(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while self.left > 0 and (data := await source.read(64)):
            part = data[: self.left]
            self.left -= len(part)
            target.write(part)
            await target.drain()
        for one in self._writers:
            one.close()  # what was carried arrives


@asynccontextmanager
async def wire(reader: SimulatedReader, carries: int) -> AsyncIterator[Wire]:
    it = Wire(reader, carries)
    async with listening(it.connect) as it.address:
        yield it


def bytes_of(protocol: Protocol) -> int:
    """How many bytes a session with one command has, both ways, questions of data inquiry not counted."""
    if protocol is Protocol.ECP:
        return len("#1011643\r#1DoneC0B1\r\n#36401xxxx\r#3Donexxxx\r\n#500xxxx\r#5Donexxxx\r\n")
    return len("#01\r#Done\r\n#6401\r#Done\r\n#00\r#Done\r\n")


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_cut_off_at_every_byte(protocol: Protocol) -> None:
    """The connection breaks after every possible number of bytes, and the bridge is gone; the next start closes command mode."""
    settings = Settings(protocol=protocol, ecp_timeout=0.1, sign_on=False, crc=CrcVariant.VENDOR)
    was_open = 0
    async with SimulatedReader(TcpLink(), settings) as reader:
        for carries in range(1, bytes_of(protocol) + 3):
            desk = Desk({"ecp_odd": f"{'13579BDF'[carries % 8]}"} if protocol is Protocol.ECP else {})
            options: dict[str, Any] = {"protocol": str(protocol)}
            if protocol is Protocol.ECP:
                options["crc"] = "vendor"
            async with wire(reader, carries) as cut:
                async with served(cut.address, desk, **options) as it:
                    with suppress(CommandError, TransportError):
                        await it.command("set_rf", on=True)
                    await eventually(lambda it=it: it.ends, "the end") if cut.left <= 0 else None  # type: ignore[misc]
                facts = kept(desk)
            await reader.client_disconnected()
            was_open += reader.device.command_mode
            if reader.device.command_mode:
                assert facts["command_mode"] is True
            async with served(reader.address, Desk(facts), **options) as it:
                await eventually(lambda it=it: not it.desk.facts.get("command_mode"), "the end")  # type: ignore[misc]
                assert not reader.device.command_mode
                reader.present("KING 1")
                await it.read("KING 1")
            await reader.client_disconnected()
    assert was_open > 5


async def test_nothing_is_sent_when_it_was_closed() -> None:
    async with fake_reader() as reader, served(reader.address, Desk({"command_mode": False})) as it:
        await reader.connected()
        await asyncio.sleep(0.05)  # no condition: nothing is to come
        assert not reader.received
        assert it.desk.is_online


async def test_it_is_closed_when_the_command_is_cancelled() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        reader.answer = lambda line: b"#Done\r\n" if line in {b"#01", b"#00"} else None
        task = asyncio.create_task(it.command("query_status"))
        await reader.got(b"#01", b"#505")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert reader.messages == [b"#01", b"#505", b"#00", b"#00"]  # the first answer could be that to 505, come late
        assert it.desk.facts["command_mode"] is False


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_it_is_closed_when_the_bridge_stops(protocol: Protocol) -> None:
    settings = Settings(protocol=protocol, sign_on=False, baud=9600)
    async with SimulatedReader(TcpLink(), settings) as reader:
        async with served(reader.address, protocol=str(protocol)) as it:
            task = asyncio.create_task(it.command("query_status"))
            await eventually(lambda: reader.device.command_mode, "command mode")
        await asyncio.gather(task, return_exceptions=True)
        assert not reader.device.command_mode
        assert it.desk.facts["command_mode"] is False


async def test_the_bridge_stops_while_it_is_being_closed() -> None:
    async with fake_reader() as reader:
        async with served(reader.address) as it:
            reader.answer = lambda line: None if line == b"#00" else b"#Done\r\n"
            task = asyncio.create_task(it.command("set_rf", on=True))
            await reader.got(b"#6401", b"#00")
            reader.answer = lambda _line: b"#Done\r\n"
        await asyncio.gather(task, return_exceptions=True)
        assert reader.messages[-1] == b"#00"
        assert it.desk.facts["command_mode"] is False


async def test_what_cannot_be_closed_is_told_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_mode_module, "FIRST_PAUSE", 0.05)
    async with fake_reader() as reader, served(reader.address) as it:
        reader.answer = lambda line: None if line == b"#00" else b"#Done\r\n"
        await it.command("set_rf", on=True)
        await eventually(lambda: reader.messages.count(b"#00") >= 9, "attempts")
        assert it.desk.facts["command_mode"] is True
        assert it.desk.events == ["error"]
        assert it.desk.told[0].data["code"] == "command_mode"
        assert it.desk.state["problem"] is True
        reader.answer = lambda _line: b"#Done\r\n"
        await eventually(lambda: it.desk.facts["command_mode"] is False, "the end")
        assert it.desk.state["problem"] is False
        count = len(reader.messages)
        await asyncio.sleep(0.3)  # no condition: nothing is to come
        assert len(reader.messages) == count


async def test_a_tag_proves_data_mode() -> None:
    """Some readers do not answer 00 in data mode; a tag comes in no other."""
    async with fake_reader() as reader, served(reader.address, Desk({"command_mode": True})) as it:
        await eventually(lambda: it.desk.counters["command_mode_left_open"], "silence")
        reader.send(b"#KING 1\r\n")
        await eventually(lambda: it.desk.facts["command_mode"] is False, "the proof")
        await it.read("KING 1")


async def test_polling_goes_on_with_a_reader_that_is_silent_in_data_mode() -> None:
    settings = Settings(protocol=Protocol.DATA_INQUIRY, data_mode_errors=False, sign_on=False)
    async with (
        SimulatedReader(TcpLink(), settings) as reader,
        served(reader.address, Desk({"command_mode": True}), protocol="data_inquiry") as it,
    ):
        reader.present("KING 1")
        await it.read("KING 1")
        await eventually(lambda: it.desk.facts["command_mode"] is False, "the proof")


async def test_error_is_believed_only_when_it_is_said_again() -> None:
    """A disturbed line may make another command of 00."""
    answers = iter([b"#Done\r\n", b"#Done\r\n", b"#Error\r\n", b"#Done\r\n"])
    async with fake_reader(lambda _line: next(answers)) as reader, served(reader.address) as it:
        await it.command("set_rf", on=True)
        assert reader.messages == [b"#01", b"#6401", b"#00", b"#00"]
        assert it.desk.facts["command_mode"] is False
