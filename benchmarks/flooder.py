"""One SpringCard reader that floods: it keeps a peer's journal busy while others are measured.

A process of its own. It says ``listening PORT`` and ``connected``, floods from the word ``go`` to the next one, and then says
``flooded RATE``, the lines per second that were taken.
"""

from __future__ import annotations

import select
import socket
import sys
import time
from dataclasses import dataclass
from typing import ClassVar

from benchmarks.child import say
from benchmarks.lines import Kind, encode
from benchmarks.load import ballast
from benchmarks.peers import LOCALHOST


@dataclass(frozen=True, slots=True)
class Flooder:
    """Nothing has to be said to it."""

    module: ClassVar[str] = "benchmarks.flooder"


def flood(client: socket.socket) -> float:
    """Send as fast as it is taken, until standard input says something; lines per second."""
    client.setblocking(False)
    blocks, block, taken = ballast(), b"", 0
    began = time.monotonic()
    while True:
        ready, _, _ = select.select([sys.stdin.fileno()], [client], [])
        if ready:
            return taken / len(encode(Kind.BALLAST, 0)) / (time.monotonic() - began)
        block = block or next(blocks)
        sent = client.send(block)
        taken += sent
        block = block[sent:]


def main() -> None:
    with socket.create_server((LOCALHOST, 0)) as server:
        say(f"listening {server.getsockname()[1]}")
        client, _ = server.accept()
    say("connected")
    with client:
        if sys.stdin.readline():
            say(f"flooded {flood(client)}")
            sys.stdin.read()


if __name__ == "__main__":
    main()
