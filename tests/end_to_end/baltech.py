"""A house with BALTECH readers: a real bridge and a real broker, and simulated readers that tests steer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from readers_bridge.families.baltech.simulator import ConnectLink, SerialLink, Settings, SimulatedReader, TcpLink
from readers_bridge.families.baltech.typedefs import IoPort
from readers_bridge.simulation.link import Link
from tests.conftest import wait_until
from tests.end_to_end.device import Device
from tests.end_to_end.machines import Machines
from tests.end_to_end.site import Site

GET_INFO, RESET, SET_MODE, GET_MESSAGE, RUN_SCRIPT, RESTRICT = 0x0004, 0x0003, 0x0500, 0x0501, 0x0503, 0x0504
CFG_GET, CFG_SET, CFG_DELETE = 0x0008, 0x0009, 0x000A
ENABLE, DISABLE, TOGGLE, SENSE = 0x0A01, 0x0A02, 0x0A03, 0x0A04
FORBIDDEN = {0x0016: "CfgLoadBlock", 0x0018: "CfgReset", 0x0028: "FactoryReset"}
NO_MESSAGE = 0x01


@dataclass
class Door(Device):
    """A device with its simulated reader."""

    reader: SimulatedReader
    readers: Machines
    may_discard: bool = False
    """Whether the reader may have received what is no command."""
    killed: bool = False
    """Whether its bridge was killed, so that reads may come again, under the same id."""

    def card(self, *cards: str | bytes, **how: Any) -> None:
        """Hold cards to the reader, one right after the other."""

        def present() -> None:
            for card in cards:
                self.reader.present(card, **how)

        self.readers.do(present)

    def fault(self, name: str, value: float | None = None, count: int = 1, code: int | None = None) -> None:
        self.readers.do(lambda: self.reader.fault(name, value, count, code))

    def asked(self, code: int) -> list[bytes]:
        """The payloads of the commands with this code that the reader received, oldest first."""
        return self.readers.do(lambda: [command.payload for command in self.reader.asked(code)])

    def asked_but_polls(self) -> list[int]:
        """The codes of all commands but polls and looks at inputs."""
        codes = self.readers.do(lambda: [command.code for command in self.reader.commands])
        return [code for code in codes if code not in {GET_MESSAGE, SENSE}]

    def stored(self, key: int, number: int) -> bytes | None:
        return self.readers.do(lambda: self.reader.stored.get((key, number)))

    def ports(self) -> list[tuple[float, str, bool]]:
        """Every change of a port: seconds since the first one here, name, on."""
        log = self.readers.do(lambda: list(self.reader.port_log))
        return [(entry.time, IoPort(entry.port).name, entry.on) for entry in log]

    def switched(self, port: str, since: float = 0.0) -> list[tuple[float, bool]]:
        return [(time, on) for time, name, on in self.ports() if name == port and time > since]

    def wait_empty(self, since: float | None = None) -> None:
        """Wait until the reader was asked for messages (after ``since``, monotonic; None: now), and had none."""
        after = time.monotonic() if since is None else since

        def empty() -> bool:
            polls = self.reader.asked(GET_MESSAGE)
            return bool(polls) and polls[-1].status == NO_MESSAGE and polls[-1].time > after

        wait_until(lambda: self.readers.do(empty), f"{self.id} to be asked in vain")

    def check(self) -> None:
        """Nothing came twice, and the reader was never told anything dangerous or incomprehensible."""
        ids = [read["id"] for read in self.reads()]
        assert self.killed or len(set(ids)) == len(ids), "a read was published twice"
        for command in self.readers.do(lambda: list(self.reader.commands)):
            assert command.code not in FORBIDDEN, FORBIDDEN[command.code]
            if command.code in {CFG_SET, CFG_DELETE}:
                assert command.payload[:2] in {b"\x05\x01", b"\x05\x02"}, command
                assert command.payload[2] != 0xFF, command
        discarded = self.readers.do(lambda: list(self.reader.discarded))
        assert self.may_discard or not discarded


class House(Site[Door]):
    """Doors of one bridge. Add them, then ``start``."""

    @property
    def doors(self) -> dict[str, Door]:
        return self.devices

    def add(
        self, name: str, how: Settings | None = None, *, link: Link | None = None, connection: str = "", **options: Any
    ) -> Door:
        """A device; ``connection``: other than the reader's address."""
        reader = self.machines.add(lambda: SimulatedReader(link or TcpLink(), how, name=name))
        entry = {"id": name, "family": "baltech", "connection": connection or reader.address, **options}
        self.devices[name] = door = Door(name, self.seen, entry, reader, self.machines)
        return door


__all__ = ["ConnectLink", "Door", "House", "SerialLink", "Settings", "TcpLink"]
