"""The access control list in docs/mqtt.md, tried on a real Mosquitto."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from readers_bridge.mqtt.asyncapi import DOCS
from tests.conftest import Broker, wait_until

TOPICS_OF_CARDS = (
    "readers/home/front-door/read",
    "readers/home/bridge/response/replay",
    "readers/home/front-door/result",
)


class Client:
    """Somebody at the broker; ``inbox`` holds the topics that arrived."""

    def __init__(self, port: int, user: str) -> None:
        self.inbox: list[str] = []
        self._subscribed = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.username_pw_set(user)
        self._client.on_message = lambda _client, _userdata, message: self.inbox.append(message.topic)
        self._client.on_subscribe = self._on_subscribe
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("#", 1)
        wait_until(lambda: self._subscribed, f"the subscription of {user}")

    def _on_subscribe(self, *_: object) -> None:
        self._subscribed += 1

    def publish(self, topic: str) -> bool:
        """Whether the broker lets us."""
        reasons: list[int] = []
        self._client.on_publish = lambda _client, _userdata, _mid, reason, _properties: reasons.append(reason.value)
        self._client.publish(topic, "{}", qos=1)
        wait_until(lambda: reasons, f"the acknowledgement of {topic}")
        return reasons[0] < 0x80

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def clients(make_broker: Callable[..., Broker], tmp_path: Path) -> Iterator[dict[str, Client]]:
    """The three roles, each subscribed to everything that it is allowed to see."""
    guide = (DOCS / "mqtt.md").read_text("utf-8")
    example = re.search(r"```text\n(# The bridge.*?)```", guide, re.DOTALL)
    assert example is not None
    rules = tmp_path / "acl"
    rules.write_text(example[1])
    rules.chmod(0o600)
    broker = make_broker(lines=("allow_anonymous true", f"acl_file {rules}"))
    clients = {user: Client(broker.port, user) for user in ("bridge", "homeassistant", "viewer")}
    yield clients
    for client in clients.values():
        client.close()


def test_the_bridge_may_say_what_it_says_and_hears_what_it_must(clients: dict[str, Client]) -> None:
    bridge, others = clients["bridge"], clients["homeassistant"]
    for topic in (
        *TOPICS_OF_CARDS,
        "readers/discovery/home",
        "readers/home/bridge/state",
        "readers/home/front-door/availability",
        "homeassistant/device/readers_home/front-door/config",
        "clients/me/answers",
    ):
        assert bridge.publish(topic), topic
    assert not bridge.publish("readers/other/front-door/read")
    assert not bridge.publish("homeassistant/device/readers_other/front-door/config")
    heard = (
        "readers/home/front-door/command/beep",
        "readers/home/bridge/request/replay",
        "readers/home/homeassistant/claim",
        "homeassistant/status",
    )
    for topic in heard:
        assert others.publish(topic), topic
    wait_until(lambda: set(heard) <= set(bridge.inbox), "the bridge to hear all")


def test_home_assistant_operates_but_does_not_speak_for_the_bridge(clients: dict[str, Client]) -> None:
    for topic in ("readers/home/front-door/read", "readers/home/bridge/state", "readers/discovery/home"):
        assert not clients["homeassistant"].publish(topic), topic


def test_a_viewer_sees_no_cards_and_operates_nothing(clients: dict[str, Client]) -> None:
    viewer = clients["viewer"]
    for topic in (
        "readers/home/front-door/command/beep",
        "readers/home/bridge/request/replay",
        "readers/home/front-door/state",
    ):
        assert not viewer.publish(topic), topic
    for topic in (*TOPICS_OF_CARDS, "readers/home/front-door/event"):
        assert clients["bridge"].publish(topic)
    wait_until(lambda: viewer.inbox, "the event")
    assert viewer.inbox == ["readers/home/front-door/event"]
