"""A yard with TransCore readers: a real bridge and a real broker, simulated readers that tests steer, lines that can be cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from readers_bridge.families.transcore.simulator import SerialLink, Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity, Profile, Protocol
from readers_bridge.simulation.link import Link
from tests.end_to_end.device import Device
from tests.end_to_end.harness import RawReader
from tests.end_to_end.line import Line
from tests.end_to_end.machines import Machines
from tests.end_to_end.site import Site

ECP_ACKS = re.compile(rb"(?:#[02468ACE]@[0-9A-F`]{4}\r)*")
"""What a host may send in ECP without an effect on the radio."""


@dataclass
class Scripted(Device):
    """A device whose reader says what a test tells it to, byte for byte."""

    reader: RawReader

    def say(self, data: bytes | str) -> None:
        self.reader.say(data if isinstance(data, bytes) else data.encode("latin-1"))


@dataclass
class Track(Device):
    """A device with a simulated reader; ``line`` where there is one between the bridge and the reader."""

    reader: SimulatedReader
    readers: Machines
    line: Line | None = None

    def tag(self, *tags: str, **how: Any) -> None:
        """Tags come by, one right after the other."""

        def present() -> None:
            for tag in tags:
                assert self.reader.present(tag, **how), tag

        self.readers.do(present)

    def fault(self, name: str, share: float | None = None, count: int = 1) -> None:
        self.readers.do(lambda: self.reader.fault(name, share, count))

    def commands(self) -> list[str]:
        """What the reader executed, oldest first."""
        return self.readers.do(lambda: [command.text for command in self.reader.commands])

    def accepted(self) -> list[str]:
        return self.readers.do(lambda: self.reader.accepted)

    @property
    def in_data_mode(self) -> bool:
        return self.readers.do(lambda: not self.reader.device.command_mode)

    def wait_settled(self, seconds: float = 30.0) -> None:
        """Wait until the reader has given everything away."""
        self.readers.run(self.reader.settled(seconds), seconds + 5)

    def wait_connected(self) -> None:
        self.readers.run(self.reader.client_connected())

    def wait_left(self) -> None:
        self.readers.run(self.reader.client_disconnected())

    def sent(self) -> bytes:
        """What the bridge sent to it."""
        line = self.line
        assert line is not None
        return self.readers.do(lambda: bytes(line.sent))


class Yard(Site[Device]):
    """The devices of one bridge. Add them, then ``start``."""

    def add(
        self,
        name: str,
        how: Settings | None = None,
        /,
        *,
        link: Link | None = None,
        lined: bool = False,
        query: str = "",
        **options: Any,
    ) -> Track:
        """A device with a simulated reader, spoken to in its protocol unless told otherwise.

        ``lined``: over a line that can be cut. ``query``: what follows the address, as ``?parity=E``.
        """
        given = how or Settings()
        reader = self.machines.add(lambda: SimulatedReader(link or TcpLink(), given, name=name))
        line = self.machines.add(lambda: Line(reader.port)) if lined else None
        address = reader.address if line is None else f"tcp://127.0.0.1:{line.port}"
        entry = {
            "id": name,
            "family": "transcore",
            "connection": address + query,
            "protocol": str(given.protocol),
            "profile": str(given.profile),
            **options,
        }
        track = Track(name, self.seen, entry, reader, self.machines, line)
        self.devices[name] = track
        return track

    def scripted(self, name: str, /, *, query: str = "", **options: Any) -> Scripted:
        """A device whose reader says what it is told to."""
        raw = RawReader()
        self.ends.callback(raw.close)
        entry = {"id": name, "family": "transcore", "connection": f"tcp://127.0.0.1:{raw.port}{query}", **options}
        device = Scripted(name, self.seen, entry, raw)
        self.devices[name] = device
        return device


def ecp(body: str, crc: CrcVariant = CrcVariant.VENDOR, end: str = "\r\n") -> bytes:
    """A message in ECP, from its sequence number on, with a CRC computed bit by bit."""
    data = body.encode("latin-1")
    value = 0
    for byte in data + (b"\0\0" if crc is CrcVariant.XMODEM else b""):
        for bit in range(7, -1, -1):
            value = value << 1 | byte >> bit & 1
            if value & 0x10000:
                value ^= 0x11021
    return b"#" + data + b"%04X" % value + end.encode()


def numbered(count: int, first: int = 0) -> list[str]:
    """Tags that are all different."""
    return [f"CAR {number:06d}" for number in range(first, first + count)]


def in_order(reads: Sequence[dict[str, Any]]) -> list[str]:
    """The credentials by id, each once, in the order of ``seq``."""
    by_seq: dict[int, str] = {}
    ids: dict[str, str] = {}
    for read in reads:
        assert ids.setdefault(read["id"], read["credential"]) == read["credential"]
        by_seq[read["seq"]] = read["credential"]
    assert len(by_seq) == len(ids)
    return [by_seq[seq] for seq in sorted(by_seq)]


__all__ = [
    "CrcVariant",
    "Line",
    "Parity",
    "Profile",
    "Protocol",
    "SerialLink",
    "Settings",
    "Track",
    "Yard",
    "ecp",
    "in_order",
    "numbered",
]
