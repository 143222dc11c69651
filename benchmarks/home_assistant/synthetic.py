"""A bridge without devices: publishes what a real one would publish of them, and answers what the component asks.

A process of its own. It says ``online`` when all that is retained has been published; each ``go RATE COUNT`` on standard input
makes it publish COUNT reads, RATE a second (0: all at once), from all readers in turn; then it says ``sent COUNT``.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.child import say
from benchmarks.home_assistant.devices import devices, read_of, state_of
from readers_bridge.description import to_json
from readers_bridge.model import DeviceConfig, JsonObject
from readers_bridge.mqtt.homeassistant import bridge_payload, device_payload, encode
from readers_bridge.mqtt.topics import TOPICS, Topics

BRIDGE = "bench"
JOURNAL = "bench"
QOS = 1
CHANGES = 5
"""After so many reads, one device tells a new state."""


@dataclass(frozen=True, slots=True)
class Task:
    """``discovery``: publish discovery of one's own, too."""

    port: int
    devices: int
    discovery: bool


class Synthetic:
    """The bridge."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._topics = Topics("readers", BRIDGE)
        self._base = f"readers/{BRIDGE}/"
        self._devices = list(devices(task.devices))
        self._readers = [(device, read) for device, _ in self._devices if (read := read_of(device.family)) is not None]
        self._states = [state_of(description) for _, description in self._devices]
        self._seq = 0
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.max_inflight_messages_set(500)
        self._client.on_message = self._asked

    def connect(self) -> None:
        self._client.connect("127.0.0.1", self._task.port)
        self._client.loop_start()
        self._client.subscribe(f"{self._base}bridge/request/#", QOS)

    def publish_retained(self) -> None:
        """All that a bridge retains; returns when the broker has it."""
        sent = [self._say(topic, payload, retain=True) for topic, payload in self._retained()]
        for message in sent:
            message.wait_for_publish(60)

    def _retained(self) -> Iterator[tuple[str, bytes]]:
        examples: dict[str, Any] = {topic.name: topic.example for topic in TOPICS}
        mode = {"mode": "on" if self._task.discovery else "off", "active": self._task.discovery}
        yield f"readers/discovery/{BRIDGE}", _json(examples["announcement"] | {"bridge": BRIDGE})
        yield self._topics.bridge_state, _json({"state": "online"})
        if self._task.discovery:
            yield self._config("bridge"), encode(bridge_payload(self._topics))
        online = {"state": "online", "reason": "connected", "since": "2026-03-01T12:00:00.000Z"}
        for (device, description), state in zip(self._devices, self._states, strict=True):
            at = self._base + device.id
            if self._task.discovery:
                yield self._config(device.id), encode(device_payload(self._topics, device, description))
            yield f"{at}/description", _json(to_json(description, device=device.id, name=device.name))
            yield f"{at}/availability", _json(online)
            yield f"{at}/state", _json(state)
        yield (
            f"{self._base}bridge/info",
            _json(examples["bridge_info"] | {"bridge": BRIDGE, "journal": JOURNAL, "discovery": mode}),
        )

    def _config(self, device: str) -> str:
        return f"homeassistant/device/readers_{BRIDGE}/{device}/config"

    def publish_reads(self, rate: float, count: int) -> None:
        begin = time.monotonic()
        for number in range(count):
            if rate and (wait := begin + number / rate - time.monotonic()) > 0:
                time.sleep(wait)
            self._read(*self._readers[self._seq % len(self._readers)])
            if number % CHANGES == 0:
                self._change()

    def _read(self, device: DeviceConfig, read: JsonObject) -> None:
        self._seq += 1
        payload = {
            "id": f"{JOURNAL}-{self._seq}",
            "seq": self._seq,
            "device_seq": self._seq,
            "time": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
            "device": device.id,
            "event_type": "read",
            "late": False,
            "credential": f"{self._seq:014X}",
            "kind": read["kind"],
            "data": {**read["data"], "sent_ns": time.monotonic_ns()},
        }
        self._say(f"{self._base}{device.id}/read", _json(payload))

    def _change(self) -> None:
        """One value of one device becomes another."""
        at = self._seq % len(self._devices)
        state = self._states[at]
        key = next((key for key, value in state.items() if isinstance(value, bool)), None)
        if key is not None:
            state[key] = not state[key]
            self._say(f"{self._base}{self._devices[at][0].id}/state", _json(state), retain=True)

    def _asked(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        verb = message.topic.rpartition("/")[2]
        asked = json.loads(message.payload)
        response = {
            "transaction": asked.get("transaction"), "status": "done", "error": None, "reads": [], "events": [],
            "next": {"journal": JOURNAL, "seq": self._seq}, "complete": True, "oldest": 1, "reset": False,
        }  # fmt: skip
        self._say(f"{self._base}bridge/response/{verb}", _json(response))

    def _say(self, topic: str, payload: bytes, *, retain: bool = False) -> mqtt.MQTTMessageInfo:
        return self._client.publish(topic, payload, QOS, retain)


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), default=dict).encode()


def main() -> None:
    """Be a bridge until standard input is closed."""
    bridge = Synthetic(Task(**json.loads(sys.argv[1])))
    bridge.connect()
    bridge.publish_retained()
    say("online")
    for line in sys.stdin:
        _, rate, count = line.split()
        bridge.publish_reads(float(rate), int(count))
        say(f"sent {count}")


if __name__ == "__main__":
    main()
