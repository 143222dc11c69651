"""The claim decides who shows the devices in Home Assistant, also when the broker forgets it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from readers_bridge import announcements
from readers_bridge.announcements import Announcements
from readers_bridge.config import HomeAssistantConfig
from readers_bridge.errors import BrokerUnreachableError
from readers_bridge.mqtt.topics import Topics
from tests.conftest import eventually

TOPICS = Topics("readers", "home")
BRIDGE_CONFIG = "homeassistant/device/readers_home/bridge/config"
CLAIM = b'{"instance": "ha", "component": "0.1.0", "since": "2026-03-01T12:00:00.000Z"}'


class Link:
    """Keeps what is retained; stands for the real link and the broker behind it."""

    version = "5"

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.held: dict[str, bytes] = {}
        self.broken = False
        self.looks = 0

    def retain(self, topic: str, payload: bytes) -> None:
        self.kept[topic] = payload

    def withhold(self, topic: str) -> None:
        self.kept.pop(topic, None)

    def owns(self, topic: str) -> bytes | None:
        return self.kept.get(topic)

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> None:
        raise AssertionError(f"nothing is to be published on {topic}")

    async def retained_at_broker(self, filters: Sequence[str]) -> dict[str, bytes]:
        assert filters
        self.looks += 1
        if self.broken:
            raise BrokerUnreachableError("gone")
        return dict(self.held)


@pytest.fixture
def link() -> Link:
    return Link()


def make(link: Link, mode: str = "auto") -> Announcements:
    config = HomeAssistantConfig(discovery=mode)
    made: Any = Announcements(config, TOPICS, link, list, lambda: None)  # type: ignore[arg-type]
    return made  # type: ignore[no-any-return]


async def reconnect(announced: Announcements, claim: bytes | None) -> None:
    """The connection breaks and comes back; the broker shows the claim that it holds, if it does."""
    announced.suspend()
    if claim is not None:
        announced.claimed(claim)
    await announced.settle()


async def test_a_claim_that_outlived_the_break_stays(link: Link) -> None:
    announced = make(link)
    await reconnect(announced, CLAIM)
    await reconnect(announced, CLAIM)
    assert not announced.discovery_active
    assert BRIDGE_CONFIG not in link.kept


async def test_a_claim_that_the_broker_forgot_gets_a_grace(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "CLAIM_GRACE", 0.05)
    announced = make(link)
    await reconnect(announced, CLAIM)
    await reconnect(announced, None)
    assert not announced.discovery_active, "Home Assistant may only be slower"
    await eventually(lambda: announced.discovery_active, "the end of the grace")
    assert link.kept[BRIDGE_CONFIG]
    announced.stop()


async def test_a_claim_within_the_grace_ends_it(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "CLAIM_GRACE", 0.05)
    announced = make(link)
    await reconnect(announced, CLAIM)
    await reconnect(announced, None)
    announced.claimed(CLAIM)
    await asyncio.sleep(0.1)  # longer than the grace
    assert not announced.discovery_active
    assert BRIDGE_CONFIG not in link.kept


async def test_a_break_within_the_grace_begins_a_new_one(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "CLAIM_GRACE", 0.05)
    announced = make(link)
    await reconnect(announced, CLAIM)
    await reconnect(announced, None)
    announced.suspend()
    await asyncio.sleep(0.1)  # longer than the grace
    assert announced.claim is not None, "without a connection nothing is known"
    await announced.settle()
    await eventually(lambda: announced.claim is None, "the end of the second grace")


@pytest.mark.parametrize("payload", [b"[]", b"{", b"\xff", b"true"])
async def test_what_is_no_claim_is_ignored(payload: bytes, link: Link) -> None:
    announced = make(link)
    announced.claimed(payload)
    await announced.settle()
    assert announced.discovery_active


async def test_a_claim_is_kept_to_what_info_may_show(link: Link) -> None:
    announced = make(link)
    announced.claimed(json.dumps({"instance": "x" * 5000, "component": 7, "since": "now", "z": "y" * 5000}).encode())
    assert announced.claim == {"since": "now"}
    assert not announced.discovery_active


async def test_the_birth_message_while_the_connection_breaks_does_no_harm(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcements, "BIRTH_WAIT", (0.0, 0.0))
    announced = make(link)
    announced.home_assistant_started()
    await asyncio.sleep(0.01)  # nothing is settled yet, so nothing is looked at
    assert link.looks == 0
    await announced.settle()
    link.broken = True
    announced.home_assistant_started()
    await eventually(lambda: link.looks == 2, "the look")
    link.broken = False
    announced.home_assistant_started()
    await eventually(lambda: link.looks == 3, "another look")
    announced.stop()
