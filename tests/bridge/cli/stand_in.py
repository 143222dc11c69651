"""What stands in for a running bridge, so that a test decides what it says and when."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from paho.mqtt.enums import MQTTProtocolVersion

from tests.bridge.cli.command import PROGRAM, SECONDS
from tests.end_to_end.harness import Seen, Subscriber


class StandIn(Subscriber):
    """At a broker as ``prefix/bridge``."""

    def __init__(
        self,
        port: int,
        root: str = "readers/home",
        state: str = "online",
        version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5,
        **login: str,
    ) -> None:
        self.port = port
        self.root = root
        super().__init__(port, version=version, **login)
        prefix, bridge = root.split("/")
        self.keep(f"readers/discovery/{bridge}", {"contract": 1, "version": "1", "prefix": prefix, "bridge": bridge})
        self.keep(f"{root}/bridge/state", {"state": state})

    def keep(self, topic: str, payload: dict[str, Any]) -> None:
        self.publish(topic, payload, retain=True)
        self.wait_for(topic)

    def command(self, device: str, name: str) -> Seen:
        return self.wait_for(f"{self.root}/{device}/command/{name}")[0]

    def answer(self, command: Seen, status: str, **more: Any) -> None:
        _, _, device, _, name = command.topic.split("/")
        result = {
            "transaction": command.json["transaction"],
            "command": name,
            "status": status,
            "error": None,
            "data": {},
        }
        self.publish(f"{self.root}/{device}/result", {**result, **more})


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """A command while it runs."""
    running = subprocess.Popen(
        [*PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def ended(running: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code, output and messages."""
    out, err = running.communicate(timeout=SECONDS)
    return running.returncode, out, err


def result_of(out: str) -> Any:
    """The one line of JSON that a command prints."""
    (line,) = out.splitlines()
    return json.loads(line)
