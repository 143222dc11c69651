"""The vendor's own sample programs, as separate processes, against simulated readers."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from readers_bridge.families.springcard.simulator import Card, SimulatedReader, TcpLink, UdpLink
from tests.conftest import eventually, free_port

SAMPLES = Path(__file__).parent / "vendor_samples"
V1 = "$SCRDR;13;01;01;;047DAE02C84080;;;*50"
V2 = "$SCRDR;13;01;01;;047DAE02C84080;;00047DAE02C84080;*56"


class Sample:
    """A running sample program and what it has printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.output = ""

    async def read(self) -> None:
        assert self.process.stdout is not None
        while data := await self.process.stdout.read(4096):
            self.output += data.decode()

    async def shows(self, text: str) -> None:
        await eventually(lambda: text in self.output, f"{text!r} in the output of the sample; it is {self.output!r}")


@contextlib.asynccontextmanager
async def sample(script: str, *options: str) -> AsyncIterator[Sample]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SAMPLES / script),
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    running = Sample(process)
    reading = asyncio.create_task(running.read())
    try:
        yield running
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
        await process.wait()
        await reading
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        reading.cancel()


@pytest.mark.parametrize(("option", "sequence"), [("--wink", 0x0E), ("--accept", 0x60), ("--deny", 0x61)])
async def test_the_tcp_sample_shows_messages_and_replies_to_each(option: str, sequence: int) -> None:
    async with SimulatedReader(TcpLink()) as reader:
        assert isinstance(reader.link, TcpLink)
        async with sample("scrdr_tcp_client.py", "--addr=127.0.0.1", f"--port={reader.link.port}", option) as program:
            await program.shows("connected, use Ctrl+C to exit")
            reader.tap(Card("047DAE02C84080"))
            await reader.commands_received(1)
            reader.tap(Card("047DAE02C84080", data="00047DAE02C84080"))
            await reader.commands_received(2)
            await program.shows(V2)
        assert [command.sequence for command in reader.commands] == [sequence, sequence]
        assert not reader.discarded
        await reader.client_disconnected()
    assert V1 in program.output
    assert program.output.count("Sending reply") == 2
    assert program.output.endswith("INFO:root:Done.\n")
    assert program.process.returncode == 0


async def test_the_tcp_sample_does_not_reply_unless_told_to() -> None:
    async with SimulatedReader(TcpLink()) as reader:
        assert isinstance(reader.link, TcpLink)
        async with sample("scrdr_tcp_client.py", "--addr=127.0.0.1", f"--port={reader.link.port}") as program:
            await program.shows("connected")
            reader.tap(Card("047DAE02C84080"))
            await program.shows(V1)
    assert "Sending reply" not in program.output
    assert not reader.commands


async def test_the_udp_listener_shows_what_readers_send() -> None:
    port = free_port(socket.SOCK_DGRAM)
    async with sample("scrdr_udp_listener.py", f"--port={port}") as program:
        await program.shows("waiting for messages")
        async with (
            SimulatedReader(UdpLink("127.0.0.2", port)) as front,
            SimulatedReader(UdpLink("127.0.0.3", port)) as back,
        ):
            front.tap(Card("047DAE02C84080"))
            back.tap(Card("047DAE02C84080", data="00047DAE02C84080"))
            await program.shows(V1)
            await program.shows(V2)
    assert program.output.endswith("INFO:root:Done.\n")


@pytest.mark.parametrize(
    ("message", "sequence"),
    [([], 0x0E), (["--message=$SCCMD;SEQ=60"], 0x60), (["--message=$SCCMD;SEQ=61"], 0x61)],
)
async def test_the_udp_sender_is_obeyed_without_cr_lf(message: list[str], sequence: int) -> None:
    port = free_port(socket.SOCK_DGRAM)
    async with SimulatedReader(UdpLink("127.0.0.2", port)) as reader:
        async with sample("scrdr_udp_sender.py", "--addr=127.0.0.2", f"--port={port}", *message) as program:
            await program.process.wait()
        await reader.commands_received(1)
    assert program.process.returncode == 0
    command = reader.commands[0]
    assert command.sequence == sequence
    assert not command.raw.endswith(b"\n")


async def test_the_udp_sender_does_not_pass_the_port_check() -> None:
    port = free_port(socket.SOCK_DGRAM)
    async with SimulatedReader(UdpLink("127.0.0.2", port, check_port=True)) as reader:
        async with sample("scrdr_udp_sender.py", "--addr=127.0.0.2", f"--port={port}") as program:
            await program.process.wait()
        await reader.until(lambda: bool(reader.discarded), "the datagram")
    assert reader.discarded[0].reason == "wrong source port"
    assert not reader.commands
