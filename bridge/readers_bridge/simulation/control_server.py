"""Where the lines of the control interface come from: TCP connections and standard input."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import Callable
from typing import Any

from readers_bridge.simulation.control import Control


async def serve(control: Control[Any], host: str, port: int) -> asyncio.Server:
    """Offer the control interface on TCP: one line in, one answer out; an answer in text ends with an empty line.

    Raises:
        OSError: the address cannot be had.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while line := await _line(reader, writer, control.longest_line):
                text = line.decode("utf-8", "replace")
                if text.strip():
                    answer = control.execute(text)
                    writer.write(answer.encode() + (b"\n" if answer.startswith("{") else b"\n\n"))
                    await writer.drain()
        writer.close()

    return await asyncio.start_server(talk, host, port, limit=control.longest_line)


async def _line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, longest: int) -> bytes:
    try:
        return await reader.readline()
    except ValueError:
        writer.write(f"error: a line has at most {longest} bytes\n\n".encode())
        return b""


def watch_stdin(control: Control[Any], answer: Callable[[str], None]) -> Callable[[], None]:
    """Execute the lines of standard input, where a person or a program is there to write any; gives a way to stop."""
    try:
        source = sys.stdin.fileno()
        mode = os.fstat(source).st_mode
    except (AttributeError, OSError, ValueError):  # there is no standard input
        return lambda: None
    if not (os.isatty(source) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return lambda: None
    loop = asyncio.get_running_loop()
    rest = bytearray()

    def readable() -> None:
        data = os.read(source, 65_536)
        if not data:
            stop()
        rest.extend(data or b"\n")
        *lines, last = rest.split(b"\n")
        rest[:] = last[: control.longest_line]
        for line in lines:
            if line.strip():
                answer(control.execute(line.decode("utf-8", "replace")))

    def stop() -> None:
        loop.remove_reader(source)

    loop.add_reader(source, readable)
    return stop
