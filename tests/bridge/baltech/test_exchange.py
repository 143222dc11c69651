"""One command at a time over one connection: answers, timeouts, repeats, late answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from readers_bridge.errors import DeviceError, TransportError
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import Response
from readers_bridge.families.baltech.exchange import Exchange, NoAnswerError

GET_INFO = commands.get_info()
NO_MESSAGE = bytes.fromhex("8C 05 01 01 00 01")
CARD = bytes.fromhex("0C 05 01 0C 00 00 0A 30 31 32 33 34 35 36 37 38 39")


class Reader:
    """The other end: answers each command with what ``answer`` makes of it."""

    def __init__(self, answer: Callable[[bytes], bytes | None], *, network: bool = False) -> None:
        self.sent: list[bytes] = []
        self.late: list[Response] = []
        self.counted: Counter[str] = Counter()
        self._answer = answer
        self.exchange = Exchange(
            self,
            network=network,
            byte_time=0.0,
            crc=False,
            late=self.late.append,
            count=lambda name: self.counted.update([name]),
        )

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        if (answer := self._answer(data)) is not None:
            asyncio.get_running_loop().call_soon(self.exchange.receive, answer)


@pytest.fixture(autouse=True)
def short_allowances(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NETWORK_ALLOWANCE", "LINE_ALLOWANCE"):
        monkeypatch.setattr(f"readers_bridge.families.baltech.exchange.{name}", 0.01)


def quick(request: commands.Request) -> commands.Request:
    return replace(request, timeout=0.01)


async def test_an_answer_and_an_error_status() -> None:
    reader = Reader(lambda frame: CARD if len(frame) == 5 else NO_MESSAGE)
    assert (await reader.exchange.ask(commands.get_message())).data[2:] == b"0123456789"
    reader = Reader(lambda _: NO_MESSAGE)
    assert (await reader.exchange.ask(commands.get_message())).status == 1


async def test_commands_wait_for_their_turn() -> None:
    reader = Reader(lambda frame: bytes((0x0C, *frame[1:3], 0, 0)))
    await asyncio.gather(*(reader.exchange.ask(commands.enable(port)) for port in (0, 1, 2)))
    assert [frame[-1] for frame in reader.sent] == [0, 1, 2]


async def test_a_command_that_the_reader_could_not_read_is_sent_again_once() -> None:
    answers = [bytes.fromhex("8C 00 00 01 00 82"), NO_MESSAGE]
    reader = Reader(lambda _: answers.pop(0))
    assert (await reader.exchange.ask(commands.get_message())).status == 1
    assert len(reader.sent) == 2


async def test_a_line_on_which_nothing_can_be_read_is_given_up() -> None:
    reader = Reader(lambda _: bytes.fromhex("8C 00 00 01 00 84"))
    with pytest.raises(DeviceError) as caught:
        await reader.exchange.ask(commands.get_message())
    assert caught.value.code == "line_disturbed"
    assert reader.exchange.ended.done()


async def test_a_serial_line_stands_one_timeout_but_not_two() -> None:
    reader = Reader(lambda _: None)
    with pytest.raises(NoAnswerError):
        await reader.exchange.ask(quick(GET_INFO))
    assert not reader.exchange.ended.done()
    with pytest.raises(NoAnswerError):
        await reader.exchange.ask(quick(GET_INFO))
    assert reader.exchange.ended.done()
    with pytest.raises(TransportError, match="nothing was sent"):
        await reader.exchange.ask(GET_INFO)
    assert len(reader.sent) == 2


async def test_a_network_connection_is_opened_anew_after_one_timeout() -> None:
    reader = Reader(lambda _: None, network=True)
    with pytest.raises(NoAnswerError):
        await reader.exchange.ask(quick(GET_INFO))
    assert reader.exchange.ended.done()


async def test_a_late_answer_is_not_taken_for_the_next_one() -> None:
    reader = Reader(lambda frame: NO_MESSAGE if frame[1] == 5 else None)
    with pytest.raises(NoAnswerError):
        await reader.exchange.ask(quick(commands.enable(0)))
    reader.exchange.receive(bytes.fromhex("0C 0A 01 00 00"))
    assert (await reader.exchange.ask(commands.get_message())).status == 1
    assert [answer.code for answer in reader.late] == [0x0A01]
    assert reader.counted["unasked_frames"] == 1


async def test_a_message_that_comes_too_late_is_handed_on() -> None:
    reader = Reader(lambda _: None)
    with pytest.raises(NoAnswerError):
        await reader.exchange.ask(quick(commands.get_message()))
    reader.exchange.receive(CARD)
    assert [commands.message(answer.data).data for answer in reader.late] == [b"0123456789"]


async def test_garbage_on_a_line_is_passed_over_after_a_silence() -> None:
    reader = Reader(lambda _: NO_MESSAGE)
    reader.exchange.receive(b"\x00garbage")
    assert (await reader.exchange.ask(commands.get_message())).status == 1
    assert reader.counted["garbage"] == 1


async def test_garbage_in_a_connection_ends_it() -> None:
    reader = Reader(lambda _: b"HTTP/1.1 400 Bad Request", network=True)
    with pytest.raises(NoAnswerError, match="not BRP"):
        await reader.exchange.ask(commands.get_message())
    with pytest.raises(DeviceError, match="not BRP"):
        await reader.exchange.ended


async def test_what_waits_when_the_connection_ends_is_told() -> None:
    reader = Reader(lambda _: None)
    asking = asyncio.ensure_future(reader.exchange.ask(GET_INFO))
    while not reader.sent:
        await asyncio.sleep(0)
    reader.exchange.end(TransportError("unplugged"))
    with pytest.raises(NoAnswerError, match="may have been executed"):
        await asking
