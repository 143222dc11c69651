"""``readers-bridge simulate FAMILY`` as a child process: devices on free ports, steered by lines on its control port."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readers_bridge.families import families
from tests.conftest import wait_until

QUIET_ON_FREE_PORTS = {
    "springcard": ("--port", "0", "--rate", "0"),
    "baltech": ("--port", "0", "--rate", "0"),
    "transcore": ("--port", "0", "--rate", "0"),
    "star": ("--management-port", "0", "--print-port", "0", "--status-port", "0"),
}
"""Arguments for devices that do nothing by themselves."""


def known_families() -> list[str]:
    """The families that this bridge has and these tests know."""
    return [name for name in QUIET_ON_FREE_PORTS if name in families()]


@dataclass
class Simulator:
    """The simulated devices of one family; what they tell is in ``lines``."""

    family: str
    folder: Path
    arguments: tuple[str, ...] = ()
    count: int = 1
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> Simulator:
        self.folder.mkdir(parents=True, exist_ok=True)
        arguments = self.arguments or QUIET_ON_FREE_PORTS[self.family]
        command = [sys.executable, "-m", "readers_bridge", "simulate", self.family, *arguments]
        with self._output.open("wb") as output, (self.folder / f"{self.family}.err").open("wb") as errors:
            self.process = subprocess.Popen(
                [*command, "--count", str(self.count), "--control", "0", "--json"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
            )  # fmt: skip
        wait_until(self._listens, f"the simulator of {self.family} to listen")
        return self

    @property
    def _output(self) -> Path:
        return self.folder / f"{self.family}.jsonl"

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / f"{self.family}.err").read_text()
        return bool(self.told("control"))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Everything it has told, oldest first."""
        complete = self._output.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in complete.splitlines()]

    def told(self, what: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("what") == what]

    def wait_told(self, what: str, count: int = 1, seconds: float = 10.0) -> list[dict[str, Any]]:
        wait_until(lambda: len(self.told(what)) >= count, f"{self.family} to tell of {count} {what}", seconds)
        return self.told(what)

    @property
    def addresses(self) -> list[str]:
        """The addresses of its devices, for ``connection``."""
        return [line["address"] for line in self.told("listening")]

    def control(self, line: str) -> str:
        """Steer it: ``control("tap 0401")``, ``control("@reader-2 fault close")``; the answer."""
        host, _, port = self.told("control")[0]["address"].rpartition(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            connection.sendall(f"{line}\n".encode())
            answer, end = b"", b"\n" if line.startswith("{") else b"\n\n"
            while not answer.endswith(end) and (more := connection.recv(65536)):
                answer += more
        text = answer.decode().strip()
        assert not text.startswith(("error", '{"ok": false')), f"{self.family}: {line}: {text}"
        return text

    def report(self, what: str) -> dict[str, Any]:
        """What it tells of its first device: ``report("state")``."""
        answer = json.loads(self.control(json.dumps({"do": what})))
        assert answer.get("ok"), answer
        devices: list[dict[str, Any]] = next(value for value in answer.values() if isinstance(value, list))
        return devices[0]

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
