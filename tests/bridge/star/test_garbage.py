"""A printer that answers nonsense on every port never stops the device, and is used again as soon as it makes sense."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import AsyncIterator, Callable

import pytest

from readers_bridge.errors import CommandError, TransportError
from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from readers_bridge.model import Outcome, Status
from tests.bridge.star.shop import QUICK, Served, served
from tests.conftest import eventually

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
READY = bytes.fromhex("23 86 00 00 00 00 00 00 00 00 00")
SENSIBLE = [
    READY,
    bytes.fromhex("23 86 28 00 00 00 00 00 00 00 00"),
    bytes.fromhex("1B 1D 03 01 34 12 01 00"),
    bytes.fromhex("1D 31 00 00 03 30 31 31"),
    bytes.fromhex("1D 30 00 01 2E") + b"STR_BCAST" + bytes(293),
    bytes.fromhex("23 86 00 00 00 00 00 00 00 02 00"),
    bytes.fromhex("10 00 00 00"),
    b"\x00",
    b"\x01",
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
]


def nonsense(dice: random.Random) -> bytes:
    """Random bytes, or an answer that was damaged, cut off, or is of another port."""
    match dice.randrange(4):
        case 0:
            return dice.randbytes(dice.randrange(200))
        case 1:
            return dice.choice(SENSIBLE)
        case 2:
            answer = bytearray(dice.choice(SENSIBLE))
            answer[dice.randrange(len(answer))] = dice.randrange(256)
            return bytes(answer[: dice.randrange(1, len(answer) + 1)])
        case _:
            return b"".join(dice.choice(SENSIBLE) for _ in range(dice.randrange(40)))


class Interpreter:
    """Stands before each port of a printer: passes on, or (``wild``) makes up what it says."""

    def __init__(self, seed: int, targets: list[int]) -> None:
        self.dice = random.Random(seed)
        self.wild = True
        self.spoken = 0
        self._targets = targets
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> list[int]:
        for target in self._targets:
            self._servers.append(await asyncio.start_server(self._talker(target), "127.0.0.1", 0))
        return [server.sockets[0].getsockname()[1] for server in self._servers]

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _talker(self, target: int) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]:
        def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            work = self._babble(reader, writer) if self.wild else self._pass_on(reader, writer, target)
            task = asyncio.ensure_future(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        return accepted

    async def _babble(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dice = self.dice
        with contextlib.suppress(OSError):
            for _ in range(dice.randrange(4)):
                if dice.random() < 0.5:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.02):
                            await reader.read(4096)
                writer.write(nonsense(dice))
                self.spoken += 1
                await writer.drain()
            if dice.random() < 0.3:
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                writer.transport.abort()
            elif dice.random() < 0.2:
                await asyncio.sleep(0.3)  # a host that is only silent
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: int) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(self._pump(reader, outer), self._pump(inner, writer))

    @staticmethod
    async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
            sink.write_eof()


class Babbler(asyncio.DatagramProtocol):
    """Answers searches with nonsense, on the number of the management port."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        for _ in range(3):
            self.transport.sendto(nonsense(self.dice), addr)  # type: ignore[attr-defined]


@contextlib.asynccontextmanager
async def babbling(seed: int, **options: object) -> AsyncIterator[tuple[SimulatedPrinter, Interpreter, Served]]:
    async with SimulatedPrinter(Settings(reset_time=0.05)) as printer:
        between = Interpreter(seed, [printer.management_port, printer.print_port, printer.status_port])
        management, print_, status = await between.start()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Babbler(between.dice), local_addr=("127.0.0.1", management)
        )
        address = f"tcp://127.0.0.1?management={management}&print={print_}&status={status}"
        try:
            async with served(address, **{**QUICK, "poll": 0.02, "print_timeout": 0.5, **options}) as it:
                yield printer, between, it
        finally:
            transport.close()
            await between.stop()


@pytest.mark.parametrize("emulation", ["star_line", "star_dot", "esc_pos"])
@pytest.mark.parametrize("seed", range(2))
async def test_a_printer_that_babbles(seed: int, emulation: str) -> None:
    async with babbling(seed, emulation=emulation) as (printer, between, it):
        tries = 0

        async def command(name: str, **args: object) -> None:
            nonlocal tries
            try:
                async with asyncio.timeout(10):
                    outcome = await it.command(name, **args)
                assert isinstance(outcome, Outcome)
            except (CommandError, TransportError, TimeoutError):
                pass
            tries += 1

        deadline = asyncio.get_running_loop().time() + 0.4
        while asyncio.get_running_loop().time() < deadline or between.spoken <= 30:
            await asyncio.gather(
                command("read_discovery"),
                command("read_settings"),
                command("release_session", port=4711),
                command("restart"),
            )
        job = asyncio.ensure_future(command("print_text", text="nonsense"))
        await asyncio.sleep(0.2)  # no condition: a time of nonsense
        between.wild = False
        await job
        await eventually(lambda: between.spoken > 30, "nonsense")
        assert tries >= 5
        await it.online()
        for is_open in (True, False):
            printer.cover(is_open=is_open)
            await eventually(lambda: it.desk.state.get("error") == ("cover_open" if is_open else "none"), "its status")  # noqa: B023
        if emulation != "esc_pos":  # the printer speaks Star Line
            done = await it.command("print_text", text="sense")
            assert done.status is Status.DONE
            assert "sense" in printer.transcript()
        assert (await it.command("read_settings")).data["raw"] == "303131"
