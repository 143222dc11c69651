"""What goes on between a simulated reader and its host: commands, responses, and the times between them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from readers_bridge.families.baltech.simulator import frames
from readers_bridge.families.baltech.simulator.commands import AUTH_PHASE_2, GET_INFO, GET_MESSAGE, Answer, execute
from readers_bridge.families.baltech.simulator.delivery import Delivery
from readers_bridge.families.baltech.simulator.device import Device
from readers_bridge.families.baltech.simulator.faults import Faults
from readers_bridge.families.baltech.simulator.frames import Command, Inbox, Unreadable
from readers_bridge.families.baltech.simulator.looping import Looping
from readers_bridge.families.baltech.simulator.outlet import Outlet
from readers_bridge.families.baltech.simulator.status import Status
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.timers import Timers
from readers_bridge.simulation.watched import REMEMBERED, Watched

RESYNCHRONISED = 0.02
"""Seconds of silence after which what comes is a new frame."""

ABORT = 0xFFFF
_HOPELESS = frozenset({Status.ErrInvalidCmd, Status.ErrAccessDenied})
_NO_NEWS = frozenset({0x01, 0x10})


class HostCommand(NamedTuple):
    """A command of the host, and how it ended; ``time`` in seconds of the reader's clock.

    ``secure``: it came in a Tunnel, and this is what was in there.
    """

    time: float
    code: int
    payload: bytes
    status: int
    secure: bool = False


class Session:
    """One reader's talk with its host, over one connection after the other.

    Attributes:
        commands: what the host commanded, newest last.
        discarded: what the host sent in vain, newest last.
        polls: how often the host that is there asked for a message.
        ever_polled: whether any host did.
    """

    def __init__(
        self,
        device: Device,
        link: Link,
        faults: Faults,
        watched: Watched,
        *,
        clock: Callable[[], float],
        reset: Callable[[], None],
    ) -> None:
        """``reset``: called when the answer to Sys.Reset is sent."""
        self.commands: deque[HostCommand] = deque(maxlen=REMEMBERED)
        self.discarded: deque[Unreadable] = deque(maxlen=REMEMBERED)
        self.polls = 0
        self.ever_polled = False
        self._device = device
        self._settings = settings = device.settings
        self._link = link
        self._faults = faults
        self._watched = watched
        self._clock = clock
        self._reset = reset
        self._inbox = Inbox(settings.buffer.max_send)
        self._outlet = Outlet(link.write)
        self._delivery = Delivery(self._outlet, faults, link.hang_up, critical=settings.is_critical)
        self._looping = Looping()
        self._timers = Timers()
        self._last_command = 0.0

    @property
    def waits(self) -> bool:
        """Whether a command has begun to arrive, or the reader waits for silence."""
        return self._inbox.partial

    def opened(self) -> None:
        """A host is there."""
        self.polls = 0
        if self._settings.raw_serial is not None:
            return
        self._last_command = asyncio.get_running_loop().time()
        if self._faults.take("unsolicited", GET_INFO):
            answer = execute(self._device, GET_INFO, b"", self._clock(), lambda _: Status.OK)
            self._delivery.response(0, GET_INFO, answer.status, answer.data)
        self._watch_idle()

    def closed(self) -> None:
        """The host is gone."""
        self.polls = 0
        self._inbox.clear()
        self._looping.stop()
        self._delivery.forget()
        self._device.channel.forget()
        self._timers.cancel("gap", "idle")

    def received(self, data: bytes) -> None:
        """Bytes from the host."""
        if self._settings.raw_serial is not None:
            return
        self._timers.cancel("gap")
        for item in self._inbox.receive(data):
            if isinstance(item, Command):
                self._take(item)
            else:
                self._discard(item)
        pause = RESYNCHRONISED if self._inbox.lost else self._settings.gap
        if self._inbox.partial:
            if pause:
                self._timers.set("gap", pause, self._silence)
            self._watched.look_again()

    def _silence(self) -> None:
        item = self._inbox.silence()
        if item is not None:
            self._discard(item)
        self._watched.look_again()

    def _discard(self, item: Unreadable) -> None:
        self.discarded.append(item)
        raw = item.raw.hex(" ").upper()
        self._watched.say("discarded", f"discarded, {item.reason}: {raw}", raw=raw, reason=item.reason)
        self._delivery.response(item.flags, item.code, item.status, b"")

    def _take(self, command: Command) -> None:
        self._last_command = asyncio.get_running_loop().time()
        self._looping.stop()
        if command.code == ABORT:
            self._outlet.clear()
            return
        mode = command.flags & frames.MODE
        if mode == 0:
            self._respond(command, self._execute(command))
        elif mode == frames.CONTINUOUS:
            self._looping.continuous(lambda: self._attempt(command), lambda: self._at_work(command))
        elif mode == frames.REPEAT:
            self._looping.repeat(lambda: self._respond(command, self._execute(command)))
        else:
            self._respond(command, Answer(Status.ErrInvalidCmd, b""))

    def _attempt(self, command: Command) -> bool:
        answer = self._execute(command)
        if answer.status and answer.status not in _HOPELESS:
            return False
        self._respond(command, answer, phase=frames.CONTINUOUS)
        return True

    def _at_work(self, command: Command) -> None:
        self._delivery.response(command.flags, command.code, Status.CmdWork, b"")

    def _execute(self, command: Command) -> Answer:
        now = self._clock()
        answer = execute(self._device, command.code, command.payload, now, self._refusal)
        code, payload, status = answer.inner or (command.code, command.payload, answer.status)
        self.commands.append(HostCommand(now, code, payload, status, answer.inner is not None))
        if code == GET_MESSAGE:
            self.polls += 1
            self.ever_polled = True
        if code == GET_MESSAGE and status in _NO_NEWS:
            self._watched.look_again()
        else:
            shown = f"{code:04X} {payload.hex(' ').upper()}".rstrip()
            told = {"code": f"{code:04X}", "payload": payload.hex().upper(), "status": status}
            self._watched.say("command", f"command {shown}, status {status:02X}", **told, secure=bool(answer.inner))
        if code == AUTH_PHASE_2 and not status:
            self._watched.say("security", f"secure channel, level {self._device.channel.level}")
        return answer

    def _refusal(self, code: int) -> int:
        fault = self._faults.take("status", code)
        return 0 if fault is None else int(fault.value or 0)

    def _respond(self, command: Command, answer: Answer, *, phase: int = 0) -> None:
        status = answer.status
        size = frames.HEADER + len(answer.data) + (2 if command.flags & frames.CRC16 else 0)
        buffer = self._settings.buffer
        if not status and (size > buffer.max_receive or command.size + size > buffer.total):
            status = Status.ErrResponseTooLong
        inner = answer.inner[0] if answer.inner else None
        self._delivery.response(command.flags, command.code, status, answer.data, phase=phase, inner=inner)
        if self._device.reset_asked:
            self._device.reset_asked = False
            self._outlet.put((0.0, self._reset))

    def _watch_idle(self) -> None:
        limit = self._settings.idle_close
        if not limit or not self._link.has_connections:
            return
        left = self._last_command + limit - asyncio.get_running_loop().time()
        if left > 0:
            self._timers.set("idle", left, self._watch_idle)
        else:
            self._watched.say("idle", f"no command for {limit:g} s, connection closed")
            self._link.hang_up()
