from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("readers", deadline=None)
settings.load_profile("readers")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell's background job; what it starts would ignore Ctrl-C

collect_ignore = ["component", "home_assistant"]  # they need Home Assistant; scripts/test runs them

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def _own_ports() -> Iterator[int]:
    """Ports that no connection gets by itself, and no other test process of this run takes."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw15").removeprefix("gw")) % 16
    ports = range(10_000 + worker, 32_000, 16)
    start = os.getpid() * 97 % len(ports)  # far from those of the next process
    return itertools.cycle([*ports[start:], *ports[:start]])


_ports = _own_ports()


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nobody uses now, and that was not given for a long time."""
    for port in _ports:
        with socket.socket(socket.AF_INET, kind) as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port
    raise AssertionError("unreachable")


def wait_until(condition: Callable[[], object], what: str, seconds: float = 10.0) -> None:
    """Block until ``condition()`` is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    pause = iter([0.001] * 20)
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(next(pause, 0.01))  # a poll with a deadline


async def eventually(condition: Callable[[], object], what: str, seconds: float = 10.0) -> None:
    """Let the loop run until ``condition()`` is true; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        await asyncio.sleep(0.002)  # a poll with a deadline


def answers(port: int) -> bool:
    """Whether somebody listens on this TCP port of 127.0.0.1."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Broker:
    """A private Mosquitto on 127.0.0.1 that can be stopped, killed and started again on the same port."""

    folder: Path
    port: int = field(default_factory=free_port)
    lines: tuple[str, ...] = ("allow_anonymous true",)
    """Lines of mosquitto.conf after the listener."""
    before: tuple[str, ...] = ()
    """Lines of mosquitto.conf before the listener."""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> Broker:
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "mosquitto.conf"
        config.write_text(
            "\n".join(
                [
                    *self.before,
                    "max_queued_messages 1000000",
                    f"listener {self.port} 127.0.0.1",
                    *self.lines,
                    "user root",
                    "",
                ]
            )
        )
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen([MOSQUITTO, "-c", str(config)], stdout=log, stderr=log)
        wait_until(self._answers, "mosquitto to listen")
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "mosquitto.log").read_text()
        others = [int(line.split()[1]) for line in self.lines if line.startswith("listener ")]
        return all(answers(port) for port in (self.port, *others))

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running private Mosquitto that lets anybody in."""
    broker = Broker(tmp_path / "mosquitto").start()
    yield broker
    broker.stop()


@pytest.fixture
def make_broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Start Mosquittos with other settings: ``make_broker(lines=(...), before=(...))``."""
    brokers: list[Broker] = []

    def make(**settings: tuple[str, ...]) -> Broker:
        broker = Broker(tmp_path / f"mosquitto{len(brokers)}", **settings)  # type: ignore[arg-type]
        brokers.append(broker)
        return broker.start()

    yield make
    for broker in brokers:
        broker.stop()
