"""The communication charts of the IFBD-HE07/08/BE07 user's manual (3.1.5), byte for byte, on real sockets.

Both ways: the bridge's client against a card that a test plays, and the simulated card against a computer that a test plays.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from readers_bridge.errors import CommandError
from readers_bridge.families.star.management_client import ManagementClient
from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from readers_bridge.model import Status
from tests.bridge.star.simulator.host import connect
from tests.bridge.star.vectors import CAPTURED
from tests.conftest import eventually

H = bytes.fromhex
RESET = H("1C 30 75 73 65 72 00 67 75 65 73 74 00")
DISCOVERY = H("1D 30 00")
SETTING = H("1D 31 00")
RELEASE = H("1C 33 22 C8 00")
RELEASES = [
    (256, H("1C 33 00 01 00")),
    (12_300, H("1C 33 0C 30 00")),
    (65_530, H("1C 33 FA FF 00")),
    (51_234, RELEASE),
]
TSP100LAN = Settings(
    name="TSP100LAN",
    model="TSP143IIILAN (STR_T-001)",
    ip="192.168.0.132",
    gateway="192.168.0.1",
    firmware="V2.2",
    mac="00:11:62:13:DE:EF",
)


# -- the bridge's side: "PC" in the charts


@dataclass
class ScriptedCard:
    """Plays "Printer (TCP#22222)": takes a command of a known length, answers, disconnects; notes what it sees, in order."""

    answer: bytes
    length: int
    pieces: int = 0
    """Bytes that are sent at a time; 0: all."""
    hangs: bool = False
    """It never disconnects."""
    seen: list[tuple[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._server.accept()
            with connection:
                connection.settimeout(5)
                self.seen.append(("connected", b""))
                command = b""
                while len(command) < self.length:
                    command += connection.recv(self.length - len(command))
                self.seen.append(("command", command))
                for start in range(0, len(self.answer), self.pieces or max(1, len(self.answer))):
                    connection.sendall(self.answer[start : start + (self.pieces or len(self.answer))])
                if not self.hangs:
                    connection.shutdown(socket.SHUT_WR)
                self.seen.append(("more", connection.recv(100)))

    def close(self) -> None:
        self.thread.join(5)
        self._server.close()


@pytest.fixture
def play() -> Iterator[Callable[..., ScriptedCard]]:
    cards: list[ScriptedCard] = []

    def make(answer: bytes, command: bytes, **how: Any) -> ScriptedCard:
        cards.append(ScriptedCard(answer, len(command), **how))
        return cards[-1]

    yield make
    for card in cards:
        card.close()


async def charted(card: ScriptedCard, command: bytes) -> None:
    """TCP connection request, command, response, disconnect: and nothing else came."""
    await asyncio.to_thread(card.thread.join, 5)
    assert card.seen == [("connected", b""), ("command", command), ("more", b"")]


@pytest.mark.parametrize("hangs", [False, True])
async def test_pc_authentication_reset_accepted(play: Callable[..., ScriptedCard], *, hangs: bool) -> None:
    """Done at the accepting byte, whether the card has disconnected yet or not."""
    card = play(b"\x00", RESET, hangs=hangs)
    await ManagementClient("127.0.0.1", card.port).restart("guest")
    await charted(card, RESET)


async def test_pc_authentication_reset_rejected(play: Callable[..., ScriptedCard]) -> None:
    card = play(b"\x01", RESET)
    with pytest.raises(CommandError) as caught:
        await ManagementClient("127.0.0.1", card.port).restart("guest")
    assert (caught.value.status, caught.value.code) == (Status.FAILED, "rejected")
    await charted(card, RESET)


async def test_pc_authentication_reset_without_an_answer(play: Callable[..., ScriptedCard]) -> None:
    """The card may have reset all the same: unknown, and never sent again, nor in the misprinted form 1F 30."""
    card = play(b"", RESET)
    with pytest.raises(CommandError) as caught:
        await ManagementClient("127.0.0.1", card.port).restart("guest")
    assert (caught.value.status, caught.value.code) == (Status.UNKNOWN, "closed_early")
    await charted(card, RESET)


@pytest.mark.parametrize("pieces", [0, 1, 7])
async def test_pc_discovery_data(play: Callable[..., ScriptedCard], pieces: int) -> None:
    card = play(DISCOVERY + b"\x01\x2e" + CAPTURED, DISCOVERY, pieces=pieces)
    assert await ManagementClient("127.0.0.1", card.port).discovery_data() == CAPTURED
    await charted(card, DISCOVERY)


@pytest.mark.parametrize("pieces", [0, 1])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("1D 31 00 00 03 30 31 31", (True, True, True)),
        ("1D 31 00 00 03 31 30 30", (False, False, False)),
        ("1D 31 00 00 03 30 30 31", (True, False, True)),
        ("1D 31 00 00 05 30 31 30 FF 00", (True, True, False)),
    ],
)
async def test_pc_status_setting(
    play: Callable[..., ScriptedCard], answer: str, expected: tuple[bool, bool, bool], pieces: int
) -> None:
    card = play(H(answer), SETTING, pieces=pieces)
    setting = await ManagementClient("127.0.0.1", card.port).status_setting()
    assert (setting.expanded, setting.nsb, setting.asb) == expected
    await charted(card, SETTING)


@pytest.mark.parametrize(("port", "command"), RELEASES)
async def test_pc_forced_release(play: Callable[..., ScriptedCard], port: int, command: bytes) -> None:
    """The polarity is the other way round: 01 is done, 00 is not."""
    card = play(b"\x01", command)
    await ManagementClient("127.0.0.1", card.port).release(port)
    await charted(card, command)
    card = play(b"\x00", command)
    with pytest.raises(CommandError) as caught:
        await ManagementClient("127.0.0.1", card.port).release(port)
    assert (caught.value.status, caught.value.code) == (Status.FAILED, "rejected")
    await charted(card, command)


# -- the printer's side: the simulated card


class WatchedPrinter(SimulatedPrinter):
    """Notes what a computer has received at the moment in which the reset is applied."""

    computer: socket.socket
    at_reset: list[bytes]

    def down(self, *, silent: bool = False) -> None:
        self.at_reset = []
        with contextlib.suppress(BlockingIOError):
            while not self.at_reset or self.at_reset[-1]:
                self.at_reset.append(self.computer.recv(100))
        super().down(silent=silent)


async def exchange(port: int, command: bytes, *, piecewise: bool = False) -> bytes:
    """All that a computer receives up to the card's FIN; a TCP reset instead of it is an error."""
    host = await connect(port)
    try:
        for part in (bytes((byte,)) for byte in command) if piecewise else (command,):
            host.writer.write(part)
            await host.writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            return await host.reader.read()
    finally:
        host.writer.close()


@pytest.mark.parametrize("piecewise", [False, True])
async def test_printer_authentication_reset_accepted(*, piecewise: bool) -> None:
    """Response 00, then the TCP connection is cut, then the reset is applied: in this order."""
    async with WatchedPrinter(Settings(reset_time=0.2)) as printer:
        loop = asyncio.get_running_loop()
        session = await connect(printer.print_port)
        await printer.printing()
        with socket.create_connection(("127.0.0.1", printer.management_port)) as computer:
            computer.setblocking(False)
            printer.computer = computer
            for part in (bytes((byte,)) for byte in RESET) if piecewise else (RESET,):
                await loop.sock_sendall(computer, part)
            assert await session.end() == "RST", "the reset drops whoever prints"
            assert printer.at_reset == [b"\x00", b""], "the response and the FIN were there before it"
            assert not printer.is_powered
            for port in (printer.management_port, printer.print_port, printer.status_port):
                with pytest.raises(ConnectionRefusedError):
                    await connect(port)
        session.writer.transport.abort()
        await eventually(lambda: printer.is_powered, "the printer back")
        assert await exchange(printer.management_port, SETTING) == H("1D 31 00 00 03 30 31 31")


async def test_printer_does_not_check_that_the_computer_got_the_response() -> None:
    async with SimulatedPrinter(Settings(reset_time=0.05)) as printer:
        host = await connect(printer.management_port)
        host.writer.write(RESET)
        await host.writer.drain()
        host.writer.transport.abort()
        assert (await printer.wait_for("resetting")).what == "resetting"
        await printer.wait_for("started")


@pytest.mark.parametrize(
    "command",
    [
        RESET.replace(b"guest", b"Guest"),
        RESET.replace(b"guest", b""),
        RESET.replace(b"guest", b"guest2"),
        RESET.replace(b"user", b"root"),
    ],
)
async def test_printer_authentication_reset_rejected(command: bytes) -> None:
    """Response 01, then the connection is cut; no reset is executed."""
    async with SimulatedPrinter() as printer:
        session = await connect(printer.print_port)
        await printer.printing()
        assert await exchange(printer.management_port, command) == b"\x01"
        session.say("1B 1D 03 00 00 00")
        assert await session.heard(8) == "1B 1D 03 00 00 00 00 00"
        assert not [one for one in printer.happenings if one.what == "resetting"]
        session.writer.transport.abort()


@pytest.mark.parametrize("piecewise", [False, True])
async def test_printer_discovery_data(*, piecewise: bool) -> None:
    async with SimulatedPrinter(TSP100LAN) as printer:
        answer = await exchange(printer.management_port, DISCOVERY, piecewise=piecewise)
        assert answer == H("1D 30 00 01 2E") + CAPTURED


@pytest.mark.parametrize(
    ("how", "answer"),
    [
        ({}, "1D 31 00 00 03 30 31 31"),
        ({"expanded": False, "nsb": False, "asb": False}, "1D 31 00 00 03 31 30 30"),
    ],
)
async def test_printer_status_setting(how: dict[str, Any], answer: str) -> None:
    async with SimulatedPrinter(Settings(**how)) as printer:
        assert await exchange(printer.management_port, SETTING, piecewise=True) == H(answer)


@pytest.mark.parametrize(("port", "command"), RELEASES)
async def test_printer_forced_release(port: int, command: bytes) -> None:
    async with SimulatedPrinter() as printer:
        assert await exchange(printer.management_port, command) == b"\x00", "there is no such session"
        printer.hold(port)
        assert await exchange(printer.management_port, command, piecewise=True) == b"\x01"
        assert await exchange(printer.management_port, command) == b"\x00", "it is gone"
        printer.hold(port, "192.0.2.1")
        assert await exchange(printer.management_port, command) == b"\x00", "it is another host's"


async def test_printer_forced_release_of_a_session_that_is_open() -> None:
    async with SimulatedPrinter() as printer:
        session = await connect(printer.print_port)
        await printer.printing()
        command = H("1C 33") + session.port.to_bytes(2, "little") + b"\0"
        assert await exchange(printer.management_port, command) == b"\x01"
        assert await session.end() == "RST"
        assert await exchange(printer.management_port, command) == b"\x00"


@pytest.mark.parametrize(
    "command",
    [
        "1F 30 75 73 65 72 00 67 75 65 73 74 00",
        "1D 32 00",
        "1C 31 00",
        "1C 32 00",
        "00",
        "41 42",
        "1D 30 01",
        "1C 33 01 02 03",
    ],
)
async def test_printer_disconnects_at_what_is_no_command(command: str) -> None:
    async with SimulatedPrinter() as printer:
        assert await exchange(printer.management_port, H(command)) == b""
        assert printer.is_powered


# -- one against the other


async def test_the_client_and_the_simulated_card_understand_each_other() -> None:
    async with SimulatedPrinter(Settings(reset_time=0.05, fragment=1)) as printer:
        client = ManagementClient("127.0.0.1", printer.management_port)
        assert (await client.status_setting()).raw == "303131"
        assert (await client.discovery_data()).startswith(b"STR_BCAST")
        printer.hold(256)
        await client.release(256)
        with pytest.raises(CommandError, match="no session from this host's port 256"):
            await client.release(256)
        with pytest.raises(CommandError, match="rejects the reset"):
            await client.restart("wrong")
        await client.restart("guest")
        assert (await printer.wait_for("resetting")).what == "resetting"
