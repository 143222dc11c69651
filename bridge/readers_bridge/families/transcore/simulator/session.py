"""What goes on between a simulated reader and its host."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from readers_bridge.families.transcore.simulator.commands import ERROR, execute
from readers_bridge.families.transcore.simulator.delivery import Delivery
from readers_bridge.families.transcore.simulator.device import Device
from readers_bridge.families.transcore.simulator.ecp import Answer, EcpDevice, Heard
from readers_bridge.families.transcore.simulator.faults import Faults
from readers_bridge.families.transcore.simulator.hostline import CR, CTRL_E, LF, XOFF, XON, Flow, HostLine, Message
from readers_bridge.families.transcore.simulator.outlet import Outlet
from readers_bridge.families.transcore.simulator.records import Kind, Record
from readers_bridge.families.transcore.simulator.settings import StaleAck
from readers_bridge.families.transcore.typedefs import Protocol
from readers_bridge.simulation.timers import Timers

REMEMBERED = 5_000
"""Commands, the newest."""

SHORTEST_PARTIAL = 1.0
"""Seconds after which a partial message is dropped where the ECP time-out is off."""


@dataclass(frozen=True, slots=True)
class HostCommand:
    """A command that was executed. ``text`` without som, sequence number, CRC and eom; no response: silence."""

    text: str
    response: str | None
    at: float


class Session:
    """The protocols of one reader. ``tell`` is called for what happens, ``clock`` gives seconds that never jump."""

    def __init__(
        self,
        device: Device,
        outlet: Outlet,
        faults: Faults,
        fail: Callable[[], None],
        tell: Callable[..., None],
        clock: Callable[[], float],
    ) -> None:
        self.device = device
        self.commands: deque[HostCommand] = deque(maxlen=REMEMBERED)
        self.ecp = EcpDevice(device.settings.crc, lambda: device.now.parity)
        self.connected = False
        self._outlet = outlet
        self._faults = faults
        self._delivery = Delivery(outlet, faults, fail)
        self._tell = tell
        self._clock = clock
        self._line = HostLine()
        self._timers = Timers()
        self._busy: Record | None = None
        self._pumping = False

    # power

    def start(self) -> None:
        """The reader has started."""
        self._told()
        self.pump()

    def stop(self) -> None:
        """The power is off."""
        self._timers.cancel("ecp", "heartbeat")
        self._delivery.forget()
        self._line.reset()
        self.ecp.restart()
        self._busy = None

    # what the host sends

    def received(self, data: bytes) -> None:
        """Bytes of the host, while the power is on."""
        p = self.device.now
        if self._faults.waiting:
            data = b"".join(self._heard_as(piece) for piece in _pieces(data))
        if p.echo and p.protocol is not Protocol.ECP:
            self._echo(data)
        timeout = p.timeout if p.timeout < math.inf else SHORTEST_PARTIAL
        for item in self._line.feed(data, self._clock(), timeout, flow=p.flow == 1):
            if not self.device.powered:
                return
            if isinstance(item, Message):
                self._message(item.body)
            elif isinstance(item, Flow):
                self._outlet.hold(not item.on)
            else:
                self._poll()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._delivery.plain(data)

    def pump(self) -> None:
        """Send what can be sent."""
        if self._pumping:
            return
        self._pumping = True
        while self._busy is None and (record := self._next()) is not None:
            self._transmit(record)
        self._pumping = False

    # inside: what comes

    def _heard_as(self, piece: bytes) -> bytes:
        if self._faults.take("damage_in"):
            piece = self._faults.damaged(piece)
        return self._faults.shortened(piece) if piece and self._faults.take("lose_byte") else piece

    def _echo(self, data: bytes) -> None:
        echo = bytes(byte for byte in data if byte not in {XON, XOFF})
        if self.device.settings.echo_lf:
            echo = echo.replace(bytes((CR,)), bytes((CR, LF)))
        self._delivery.plain(echo)

    def _message(self, body: bytes) -> None:
        if self.device.protocol is not Protocol.ECP:
            if not self._faults.take("lose_command"):
                self._command(body, lambda response: b"#" + response.encode("latin-1"))
            return
        heard = self.ecp.hear(body)
        counts = self.device.counts
        match heard.answer:
            case Answer.ACK:
                if self._faults.take("lose_ack"):
                    return
                counts.acks += 1
                self._acknowledged()
            case Answer.REPEAT:
                counts.naks += 1
                self._repeat()
            case Answer.STALE:
                counts.stale += 1
                if self.device.settings.stale_ack is StaleAck.REPEAT:
                    self._repeat()
            case Answer.BAD:
                counts.bad += 1
                self._tell("discarded", f"discarded {body!r}", data=body.decode("latin-1"))
            case Answer.COMMAND | Answer.UNCHANGED:
                if not self._faults.take("lose_command"):
                    self._ecp_command(heard)

    def _ecp_command(self, heard: Heard) -> None:
        waiting = self.ecp.outstanding
        if heard.answer is Answer.UNCHANGED and self.ecp.response is not None:
            self.device.counts.unchanged += 1
            self._delivery.response(self._spoilt(self.ecp.response))
        else:
            self._command(heard.command, lambda response: self._spoilt(self.ecp.respond(heard.seq, response)))
        # the command had priority; what waited is sent again
        if waiting is not None and self.ecp.outstanding is waiting:
            self._repeat()

    def _command(self, body: bytes, framed: Callable[[str], bytes]) -> None:
        device = self.device
        before = device.protocol
        text = body.decode("latin-1")
        response = execute(device, text)
        device.counts.commands += 1
        self.commands.append(HostCommand(text, response, self._clock()))
        self._tell("command", f"command {text}: {response}", command=text, response=response)
        if device.protocol is not before:
            self._switched()
            framed = _basic
        if text == "63" and response not in {None, ERROR}:
            self.ecp.rewind()
        if response is not None:
            self._delivery.response(framed(response))
            if text == "63" and response != ERROR and device.protocol is not Protocol.ECP:
                self._delivery.response(b"#" + device.settings.copyright.encode("latin-1"))
        if device.command_mode:
            self._timers.cancel("ecp")
        self._told()
        self.pump()

    def _switched(self) -> None:
        """From here on the other protocol; what waits for its ACK is in the buffer still."""
        self._timers.cancel("ecp")
        if self.ecp.outstanding in self.device.signing_on:
            self.device.signing_on.clear()
        self.ecp.rewind()

    def _poll(self) -> None:
        device = self.device
        if device.protocol is not Protocol.DATA_INQUIRY or device.command_mode:
            return
        device.counts.polls += 1
        record = device.memory.first
        if record is not None:
            self._remove(record)
            self._transmit(record, alone=False)
        elif device.settings.empty_answer:
            self._delivery.plain(b"#\r\n")

    # inside: what goes

    def _next(self) -> Record | None:
        """The message to send now, if any."""
        device = self.device
        if not device.powered or device.command_mode:
            return None
        if device.protocol is Protocol.ECP:
            if self.ecp.outstanding is None:
                self.ecp.outstanding = device.signing_on[0] if device.signing_on else device.memory.first
                return self.ecp.outstanding
            return None
        if device.signing_on:
            return device.signing_on.popleft()
        if device.protocol is Protocol.BASIC and (record := device.memory.first) is not None:
            self._remove(record)
            return record
        return None

    def _transmit(self, record: Record, *, alone: bool = True) -> None:
        """Send a message; ``alone``: the next one waits until it has left."""
        device = self.device
        device.counts.transmissions += 1
        if record.transmissions:
            device.counts.retransmissions += 1
            self._tell("retransmitted", f"sent again: {record.content!r}", message=record.content)
        record.transmissions += 1
        if device.protocol is Protocol.ECP:
            self._timers.cancel("ecp")
            message = self._spoilt(self.ecp.message(record.content))
        else:
            message = _basic(record.content)
        if alone:
            self._busy = record
        self._delivery.data(message, lambda: self._left(record))

    def _spoilt(self, message: bytes) -> bytes:
        if not self._faults.take("bad_crc"):
            return message
        return message[:-1] + (b"0" if message[-1:] != b"0" else b"1")

    def _left(self, record: Record) -> None:
        """The last character of this message has left."""
        if self._busy is record:
            self._busy = None
        if record.sent is None:
            record.sent = self._clock()
            self._told()
        if self.device.protocol is Protocol.ECP:
            if self.ecp.outstanding is record and not self.device.command_mode and self.device.now.timeout < math.inf:
                self._timers.set("ecp", self.device.now.timeout, self._timed_out)
        elif record.settled is None:
            self._settled(record, heard=self.connected)
        self.pump()

    def _timed_out(self) -> None:
        self.device.counts.timeouts += 1
        self._repeat()

    def _repeat(self) -> None:
        record = self.ecp.outstanding
        if record is not None and self._busy is None and not self.device.command_mode and self.device.powered:
            self._transmit(record)

    def _acknowledged(self) -> None:
        record = self.ecp.acknowledged()
        self._timers.cancel("ecp")
        if record is not None:
            if self.device.signing_on and self.device.signing_on[0] is record:
                self.device.signing_on.popleft()
            else:
                self._remove(record)
            self._settled(record, heard=True)
        self.pump()

    def _remove(self, record: Record) -> None:
        self.device.memory.remove(record)
        self.device.room_again()

    def _settled(self, record: Record, *, heard: bool) -> None:
        if heard:
            record.settled = self._clock()
        if record.kind is Kind.TAG:
            counts = self.device.counts
            counts.delivered += heard
            counts.unheard += not heard
        self._tell("delivered" if heard else "unheard", f"{record.content!r}", message=record.content)

    def _told(self) -> None:
        """Something was sent; the periodic report can wait again."""
        p = self.device.now
        if p.heartbeat and self.device.encompass and self.device.powered:
            self._timers.set("heartbeat", self.device.settings.heartbeat_interval, self._heartbeat)
        else:
            self._timers.cancel("heartbeat")

    def _heartbeat(self) -> None:
        if not self.device.command_mode:
            self.device.heartbeat()
        self._told()
        self.pump()


def _basic(content: str) -> bytes:
    return b"#" + content.encode("latin-1")


def _pieces(data: bytes) -> list[bytes]:
    """Messages, and CTRL-Es by themselves."""
    pieces: list[bytes] = []
    start = 0
    for at, byte in enumerate(data):
        if byte in {CR, CTRL_E}:
            pieces.append(data[start : at + 1])
            start = at + 1
    return pieces + ([data[start:]] if start < len(data) else [])
