"""Simulated readers on a pseudo-terminal."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import serial

from readers_bridge.families.springcard.simulator import (
    Card,
    Format,
    Hello,
    SerialLink,
    Settings,
    SimulatedReader,
    TcpLink,
)

ANN = Card("047DAE02C84080")
V1 = b"$SCRDR;13;01;01;;047DAE02C84080;;;*50\r\n"


def open_port(reader: SimulatedReader) -> serial.Serial:
    assert isinstance(reader.link, SerialLink)
    return serial.Serial(reader.link.path, 38_400, timeout=5)


async def receive(port: serial.Serial, size: int) -> bytes:
    return await asyncio.to_thread(port.read, size)


async def test_messages_and_commands_on_a_serial_line() -> None:
    async with SimulatedReader(SerialLink()) as reader:
        assert reader.address.startswith("serial:///dev/")
        reader.tap(ANN)
        assert reader.lost == 1
        with open_port(reader) as port:
            await reader.client_connected()
            reader.tap(ANN)
            assert await receive(port, len(V1)) == V1
            port.write(b"\x16\x00\x02\x90\x0e$SCCMD;SEQ=60\r\n")
            await reader.commands_received(1)
            assert reader.commands[0].sequence == 0x60
        await reader.client_disconnected()
        with open_port(reader) as port:
            await reader.client_connected()
            reader.tap(ANN)
            assert await receive(port, len(V1)) == V1


async def test_frames_of_the_direct_protocol_in_between() -> None:
    async with SimulatedReader(SerialLink(), Settings(direct_frames=2)) as reader:
        with open_port(reader) as port:
            await reader.client_connected()
            for _ in range(3):
                reader.tap(ANN)
            wanted = bytes.fromhex("1600 04 24 0A 2A 01") + V1 + V1 + bytes.fromhex("1600 04 24 0A 2A 01") + V1
            assert await receive(port, len(wanted)) == wanted
    with pytest.raises(ValueError, match="serial line"):
        SimulatedReader(TcpLink(), Settings(direct_frames=1))


async def test_mk1() -> None:
    settings = Settings(format=Format.MK1, hello=Hello.EMPTY, boot_time=0.01)
    async with SimulatedReader(SerialLink(), settings) as reader:
        with open_port(reader) as port:
            await reader.client_connected()
            reader.tap(ANN)
            wanted = b"# M519/RDR\r\n+047DAE02C84080\r\n"
            assert await receive(port, len(wanted)) == wanted
            reader.place(ANN)
            reader.remove(ANN)
            assert await receive(port, 17) == b"+047DAE02C84080\r\n"
            reader.fault("reboot")
            await reader.until(lambda: reader.startups == 2, "the reboot")
            assert await receive(port, 12) == b"# M519/RDR\r\n"


async def test_more_than_the_line_takes_at_once() -> None:
    async with SimulatedReader(SerialLink()) as reader:
        with open_port(reader) as port:
            await reader.client_connected()
            reader.tap(Card("0401", data="5A" * 32_768))
            data = await receive(port, 65_536)
            assert data.count(b"5A") > 32_000


async def test_a_name_that_does_not_change(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    link.symlink_to("/nowhere")
    async with SimulatedReader(SerialLink(link)) as reader:
        assert reader.address == f"serial://{link}"
        with open_port(reader):
            await reader.client_connected()
    assert not link.is_symlink()
