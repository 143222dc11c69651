"""Inputs are looked at one at a time, so that no card waits for all of them."""

from __future__ import annotations

from typing import cast

from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import Response
from readers_bridge.families.baltech.commands import Info, Request
from readers_bridge.families.baltech.exchange import Exchange
from readers_bridge.families.baltech.reader import About
from readers_bridge.families.baltech.sensing import EVERY, Sensing
from readers_bridge.families.baltech.typedefs import IoPort
from tests.bridge.desk import Desk, TurnedClock

NOTHING = Response(0x0501, 0x01)
INPUTS = (IoPort.Input0, IoPort.Input1, IoPort.TamperAlarm)


class HandClock(TurnedClock):
    """It goes only when it is turned."""

    def monotonic(self) -> float:
        return self.ahead


class Reader:
    """Every input is high; what was asked; ``Exchange`` as far as sensing needs it."""

    def __init__(self) -> None:
        self.asked: list[Request] = []

    async def ask(self, request: Request) -> Response:
        self.asked.append(request)
        return Response(request.code, 0, b"\x01")


async def test_one_input_after_each_poll_and_each_once_a_second() -> None:
    desk, reader = Desk(), Reader()
    desk.clock = clock = HandClock()
    about = About(Info("1100", "IDE Z", "1.0", "", "12345678", ""), inputs=INPUTS)
    sensing = Sensing(cast("Exchange", reader), desk, about)
    asked = []
    for poll in range(21):
        clock.ahead = poll * EVERY / 10
        await sensing.look(NOTHING)
        asked.append(len(reader.asked))
    assert asked == [0] * 10 + [1, 2] + [3] * 8 + [4]
    assert reader.asked == [commands.sense(port) for port in (*INPUTS, INPUTS[0])]
    assert [desk.state[key] for key in ("input0", "input1", "tamper")] == [True] * 3
