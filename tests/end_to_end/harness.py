"""A whole bridge as a user runs it: its own process, a real broker, readers on real sockets."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import yaml
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from tests.conftest import free_port, wait_until


@dataclass(frozen=True)
class Seen:
    """A message that a subscriber received."""

    topic: str
    payload: bytes
    retained: bool
    qos: int
    at: float
    properties: Any = None

    @property
    def json(self) -> Any:
        return json.loads(self.payload)


class Subscriber:
    """An integrator's MQTT client: everything it sees, in order."""

    def __init__(self, port: int, *filters: str, version: MQTTProtocolVersion = mqtt.MQTTv5, **login: str) -> None:
        self.messages: list[Seen] = []
        self.subscriptions = 0
        """How often the broker has granted what it subscribes to: once more after each break."""
        self._filters = filters or ("#",)
        self._version = version
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"test-{uuid.uuid4().hex[:8]}", protocol=version
        )
        if login:
            self.client.username_pw_set(login["username"], login["password"])
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(0.05, 0.2)  # type: ignore[arg-type]  # it takes fractions
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        wait_until(lambda: self.subscriptions, "the subscriptions")

    def _on_connect(self, *_: Any) -> None:
        if self._version == mqtt.MQTTv5:
            options = SubscribeOptions(qos=1, retainAsPublished=True)
            self.client.subscribe([(name, options) for name in self._filters])
        else:
            self.client.subscribe([(name, 1) for name in self._filters])

    def _on_subscribe(self, *_: Any) -> None:
        self.subscriptions += 1

    def _on_message(self, _client: Any, _userdata: Any, message: mqtt.MQTTMessage) -> None:
        self.messages.append(
            Seen(
                message.topic,
                bytes(message.payload),
                message.retain,
                message.qos,
                time.time(),
                getattr(message, "properties", None),
            )
        )

    def on(self, topic: str) -> list[Seen]:
        """What came on one topic."""
        return [seen for seen in list(self.messages) if seen.topic == topic]

    def wait_for(self, topic: str, count: int = 1, seconds: float = 10.0) -> list[Seen]:
        wait_until(
            lambda: len(self.on(topic)) >= count, f"{count} messages on {topic}, have {len(self.on(topic))}", seconds
        )
        return self.on(topic)

    def wait_where(self, topic: str, condition: Callable[[Any], object], seconds: float = 10.0) -> Any:
        """The JSON of the first message on a topic that fulfils a condition."""
        found: list[Any] = []

        def look() -> bool:
            found[:] = [seen.json for seen in self.on(topic) if seen.payload and condition(seen.json)]
            return bool(found)

        wait_until(
            look, f"a certain message on {topic}; have {[seen.payload for seen in self.on(topic)][-5:]}", seconds
        )
        return found[0]

    def publish(
        self, topic: str, payload: str | bytes | dict[str, Any] = b"", *, retain: bool = False, **properties: Any
    ) -> None:
        body = json.dumps(payload) if isinstance(payload, dict) else payload
        packed = None
        if properties:
            packed = Properties(PacketTypes.PUBLISH)
            for name, value in properties.items():
                setattr(packed, name, value)
        self.client.publish(topic, body, 1, retain, packed).wait_for_publish(10)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


@dataclass
class RawReader:
    """A TCP server that says exactly what a test tells it to, and keeps what it is told. One client at a time."""

    port: int = field(default_factory=free_port)
    host: str = "127.0.0.1"
    received: bytearray = field(default_factory=bytearray)
    connections: int = 0

    def __post_init__(self) -> None:
        self._server = socket.create_server((self.host, self.port), reuse_port=False)
        self._client: socket.socket | None = None
        self._ended = False
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while not self._ended:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self._client = client
            self.connections += 1
            try:
                while data := client.recv(65536):
                    self.received += data
            except OSError:
                pass
            self._client = None
            client.close()

    def wait_for_client(self, seconds: float = 15.0) -> None:
        wait_until(lambda: self._client is not None, f"a client on port {self.port}", seconds)

    def say(self, data: bytes) -> None:
        client = self._client
        assert client is not None, "nobody is connected to the reader"
        client.sendall(data)

    def drop(self) -> None:
        """Close the present connection."""
        client = self._client
        if client is not None:
            client.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._ended = True
        self._server.close()
        with contextlib.suppress(OSError):
            self.drop()


class BridgeProcess:
    """``readers-bridge run`` as a child process."""

    def __init__(self, folder: Path, config: dict[str, Any], environment: dict[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / "config.yaml"
        self.log_path = folder / "bridge.log"
        self.environment = environment or {}
        self.write(config)
        self.process: subprocess.Popen[bytes] | None = None

    def write(self, config: dict[str, Any]) -> None:
        self.path.write_text(yaml.safe_dump(config, sort_keys=False))

    def start(self, *arguments: str) -> BridgeProcess:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "readers_bridge", "run", "--config", str(self.path), *arguments],
                stderr=log,
                stdout=log,
                env={**os.environ, **self.environment},
            )
        return self

    @property
    def log(self) -> str:
        return self.log_path.read_text()

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def stop(self) -> int:
        """End it as a service manager would; the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
        return self.process.wait(15)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """It does nothing meanwhile."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def wait(self, seconds: float = 15.0) -> int:
        assert self.process is not None
        return self.process.wait(seconds)


def settings(
    port: int, data_dir: Path, devices: Sequence[dict[str, Any]], *, bridge: str = "home", **sections: Any
) -> dict[str, Any]:
    """A configuration file's content."""
    config: dict[str, Any] = {
        "version": 1,
        "bridge": {"id": bridge, "data_dir": str(data_dir)},
        "mqtt": {"host": "127.0.0.1", "port": port},
        "devices": list(devices),
    }
    for name, section in sections.items():
        config[name] = {**config.get(name, {}), **section}
    return config


def springcard(device: str, port: int, **options: Any) -> dict[str, Any]:
    """The entry of a reader behind TCP on this machine."""
    return {"id": device, "family": "springcard", "connection": f"tcp://127.0.0.1:{port}", **options}


def xor(body: bytes) -> int:
    """XOR of all bytes, plainly."""
    value = 0
    for byte in body:
        value ^= byte
    return value


def scrdr(tag: str, move: str = "", data: str = "", template: str = "01") -> bytes:
    """A $SCRDR line with its checksum, composed by hand."""
    body = f"SCRDR;13;01;{template};;{tag};{move};{data};".encode()
    return b"$" + body + b"*%02X\r\n" % xor(body)
