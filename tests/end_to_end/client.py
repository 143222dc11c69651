"""A client that asks a bridge and waits for the answer, and a broker's address that can be cut off."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from typing import Any

from tests.conftest import Broker, wait_until
from tests.end_to_end.harness import BridgeProcess, Subscriber

_numbers = itertools.count(1)


def ask(seen: Subscriber, verb: str, /, within: float = 10.0, **body: Any) -> dict[str, Any]:
    """A request to the bridge ``home``; its response."""
    transaction = f"ask{next(_numbers)}"
    seen.publish(f"readers/home/bridge/request/{verb}", {**body, "transaction": transaction})
    response: dict[str, Any] = seen.wait_where(
        f"readers/home/bridge/response/{verb}", lambda answer: answer["transaction"] == transaction, within
    )
    return response


def insist(seen: Subscriber, verb: str, seconds: float = 30.0) -> dict[str, Any]:
    """Ask the bridge ``home`` until it answers, as a client does while connections come and go; its response."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline - 2:
        with contextlib.suppress(AssertionError):
            return ask(seen, verb, within=2)
    return ask(seen, verb, within=2)


def start_again(broker: Broker, seen: Subscriber, bridge: BridgeProcess) -> None:
    """Start a broker that was away; the bridge finds it only when the subscriber is back, which misses nothing that way."""
    before = seen.subscriptions
    with bridge.held():
        broker.start()
        wait_until(lambda: seen.subscriptions > before, "the subscriber to be back")


class Gate:
    """A TCP port that leads to another one, for as many connections as it lets through."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.open = True
        self.pairs: list[tuple[socket.socket, socket.socket]] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                inner, _ = self._server.accept()
            except OSError:
                return
            if not self.open:
                inner.close()
                continue
            try:
                outer = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                inner.close()
                continue
            self.pairs.append((inner, outer))
            for source, sink in ((inner, outer), (outer, inner)):
                threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pass_on(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def wait_for(self, connections: int) -> None:
        wait_until(lambda: len(self.pairs) >= connections, f"{connections} connections through the gate")

    def cut(self, index: int) -> None:
        """End one connection, on both sides."""
        for end in self.pairs[index]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.open = False
        self._server.close()
        for index in range(len(self.pairs)):
            self.cut(index)
