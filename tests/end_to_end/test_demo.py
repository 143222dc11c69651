from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from readers_bridge.demo.show import Options, show
from readers_bridge.families import families
from tests.conftest import free_port, wait_until
from tests.end_to_end.harness import Subscriber

READ = re.compile(r"^\d\d:\d\d:\d\d\.\d{3}  [\w-]+ +read +\w+ \S+", re.MULTILINE)
COMMAND = re.compile(r"^\S+  ([\w-]+) +command +(\w+) .*demo-1", re.MULTILINE)
START = 30.0
"""Seconds; a machine with much to do needs some of them."""


@dataclass
class Demo:
    """A running ``readers-bridge demo`` whose temporary files are in ``folder``."""

    process: subprocess.Popen[str]
    folder: Path
    port: int

    @property
    def shown(self) -> str:
        return (self.folder / "stdout").read_text()

    @property
    def complaints(self) -> str:
        return (self.folder / "stderr").read_text()

    def wait_for(self, pattern: str | re.Pattern[str]) -> re.Match[str]:
        wait_until(lambda: re.search(pattern, self.shown) or self.process.poll() is not None, f"{pattern}", START)
        found = re.search(pattern, self.shown)
        assert found, f"{self.shown}\n{self.complaints}"
        return found

    def child(self, word: str) -> psutil.Process:
        """The one child process with this word in its command line."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        (found,) = [child for child in children if any(word in part for part in child.cmdline())]
        return found

    def end(self, number: signal.Signals = signal.SIGINT) -> tuple[int, list[psutil.Process]]:
        """The exit code after a signal, and the processes that outlived it."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        assert children
        self.process.send_signal(number)
        return self.process.wait(10), [child for child in children if child.is_running()]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    demos: list[Demo] = []

    def start(*arguments: str) -> Demo:
        folder = tmp_path / f"demo{len(demos)}"
        (folder / "tmp").mkdir(parents=True)
        port = free_port()
        with (folder / "stdout").open("w") as stdout, (folder / "stderr").open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "readers_bridge", "demo", "--port", str(port), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                text=True,
                env={**os.environ, "TMPDIR": str(folder / "tmp")},
            )
        demos.append(Demo(process, folder, port))
        return demos[-1]

    yield start
    for demo in demos:
        if demo.process.poll() is None:
            demo.process.terminate()
            demo.process.wait(10)


def test_reads_commands_and_results_are_shown_and_ctrl_c_ends_it_all(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.wait_for(READ)
    device, command = demo.wait_for(COMMAND).groups()
    demo.wait_for(rf"\S+  {device} +result +{command} (sent|done)")
    assert f"mqtt://127.0.0.1:{demo.port}" in demo.shown
    assert "\x1b" not in demo.shown, "colours are for terminals"

    code, orphans = demo.end()
    assert (code, orphans, demo.complaints) == (0, [], "")
    assert list((demo.folder / "tmp").iterdir()) == []
    with socket.socket() as sock:
        assert sock.connect_ex(("127.0.0.1", demo.port)) != 0, "the broker still listens"


def test_any_client_can_join_in_as_the_lines_to_paste_say(start: Callable[..., Demo]) -> None:
    demo = start("--readers", "1")
    sub = demo.wait_for(r"mosquitto_sub -h (?P<host>\S+) -p (?P<port>\d+) -v -t '(?P<reads>\S+)' -t '(?P<results>\S+)'")
    pub = demo.wait_for(r"mosquitto_pub -h \S+ -p \d+ -t (?P<root>\S+)/command/(?P<command>\S+) -m (?P<payload>\S+)")
    client = Subscriber(int(sub["port"]), sub["reads"], sub["results"])
    try:
        client.publish(f"{pub['root']}/command/{pub['command']}", {"transaction": "mine"})
        result = client.wait_where(f"{pub['root']}/result", lambda result: result["transaction"] == "mine")
        assert result["command"] == pub["command"]
        assert result["status"] in {"done", "sent"}
        assert client.wait_for(f"{pub['root']}/read", seconds=START)
    finally:
        client.close()
    demo.wait_for(rf"command +{pub['command']} .*mine")


def test_the_pasted_monitor_and_send_lines_work(start: Callable[..., Demo]) -> None:
    demo = start("--readers", "1")
    send = demo.wait_for(r"readers-bridge (send --host .*) '?\{.*\}'?\n")[1].split()
    monitor = demo.wait_for(r"readers-bridge (monitor --host .*)\n")[1].split()
    done = subprocess.run(
        [sys.executable, "-m", "readers_bridge", *send], capture_output=True, text=True, timeout=START, check=False
    )
    assert done.returncode == 0, done.stderr
    with subprocess.Popen(
        [sys.executable, "-m", "readers_bridge", *monitor], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as watching:
        assert watching.stdout is not None
        assert any("  online" in text for text in watching.stdout)
        watching.terminate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_ways_to_end_are_as_clean(start: Callable[..., Demo], number: signal.Signals) -> None:
    demo = start("--readers", "1")
    demo.wait_for(READ)
    code, orphans = demo.end(number)
    assert (code, orphans, demo.complaints) == (0, [], "")


def test_it_can_be_ended_while_it_starts(start: Callable[..., Demo]) -> None:
    demo = start()
    demo.wait_for("Broker")
    code, orphans = demo.end()
    assert (code, orphans, demo.complaints) == (0, [], "")
    assert list((demo.folder / "tmp").iterdir()) == []


def test_a_duration_ends_it_by_itself(start: Callable[..., Demo]) -> None:
    demo = start("--readers", "1", "--duration", "3")
    assert demo.process.wait(START) == 0
    assert demo.complaints == ""


def test_a_reader_of_the_lines_may_go_away(tmp_path: Path) -> None:
    arguments = ["demo", "--readers", "1", "--port", str(free_port())]
    with subprocess.Popen(
        [sys.executable, "-m", "readers_bridge", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("Broker")
        process.stdout.close()
        assert process.wait(START) == 0
        assert process.stderr.read() == ""


def test_when_the_bridge_dies_its_last_words_are_shown(start: Callable[..., Demo]) -> None:
    demo = start("--readers", "1")
    demo.wait_for(READ)
    demo.child("readers.yaml").kill()
    assert demo.process.wait(10) == 1
    assert "the bridge ended with code -9" in demo.complaints
    assert "Traceback" not in demo.complaints


def test_when_the_broker_dies_the_demo_says_so(start: Callable[..., Demo]) -> None:
    demo = start("--readers", "1")
    demo.wait_for(READ)
    bridge = demo.child("readers.yaml")
    demo.child("broker.conf").kill()
    assert demo.process.wait(10) == 3
    assert "Mosquitto ended with code -9" in demo.complaints
    assert "Traceback" not in demo.complaints
    assert not bridge.is_running()


def test_an_unknown_family_is_an_error_of_arguments(start: Callable[..., Demo]) -> None:
    demo = start("--family", "nonsense")
    assert demo.process.wait(START) == 2
    assert "choose from" in demo.complaints


async def test_without_mosquitto_the_pure_python_broker_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda *_args, **_kwargs: None)
    able = [family for family in families().values() if family.demo is not None]
    lines: list[str] = []
    stop = asyncio.Event()
    showing = asyncio.create_task(show(Options(able, readers=1, port=free_port(), colours=False), lines.append, stop))
    try:
        async with asyncio.timeout(START):
            while not showing.done() and not any("  result  " in text for text in lines):
                await asyncio.sleep(0.02)
    finally:
        stop.set()
        await showing
    text = "\n".join(lines)
    assert "speaks MQTT 3.1.1 only" in text
    assert READ.search(text), text
