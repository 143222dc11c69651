"""What stays at the broker is published once per change and connection, a few at a time, and never forgotten on failure."""

from __future__ import annotations

import asyncio

import pytest

from readers_bridge.mqtt.retained import AT_A_TIME, Retained


class Broker:
    """Takes messages, or breaks at one of them."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes]] = []
        self.under_way = 0
        self.most = 0
        self.breaks_at = ""

    async def publish(self, topic: str, payload: bytes) -> None:
        self.got.append((topic, payload))
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0)
        self.under_way -= 1
        if topic == self.breaks_at:
            raise ConnectionError("gone")


async def test_each_change_is_published_once() -> None:
    retained, broker = Retained(), Broker()
    retained.keep("a", b"1")
    retained.keep("b", b"1")
    retained.keep("a", b"2")
    await retained.flush(broker.publish)
    await retained.flush(broker.publish)
    assert broker.got == [("a", b"2"), ("b", b"1")]
    assert retained.complete


async def test_a_new_connection_gets_everything() -> None:
    retained, broker = Retained(), Broker()
    retained.keep("a", b"1")
    await retained.flush(broker.publish)
    retained.begin()
    await retained.flush(broker.publish)
    assert broker.got == [("a", b"1")] * 2


async def test_what_is_cleared_is_forgotten_after_that() -> None:
    retained, broker = Retained(), Broker()
    retained.keep("a", b"1")
    retained.keep("a", b"")
    assert retained["a"] == b""
    await retained.flush(broker.publish)
    retained.begin()
    await retained.flush(broker.publish)
    assert broker.got == [("a", b"")]
    assert retained["a"] is None


async def test_what_is_dropped_is_left_alone() -> None:
    retained, broker = Retained(), Broker()
    retained.keep("a", b"1")
    retained.drop("a")
    retained.drop("never kept")
    await retained.flush(broker.publish)
    assert broker.got == []


async def test_only_a_few_are_under_way() -> None:
    retained, broker = Retained(), Broker()
    for number in range(100):
        retained.keep(f"t{number}", b"1")
    await retained.flush(broker.publish)
    assert [topic for topic, _ in broker.got] == [f"t{number}" for number in range(100)]
    assert 1 < broker.most <= AT_A_TIME


async def test_a_failure_leaves_it_due() -> None:
    retained, broker = Retained(), Broker()
    for number in range(30):
        retained.keep(f"t{number}", b"1")
    broker.breaks_at = "t20"
    with pytest.raises(ConnectionError):
        await retained.flush(broker.publish)
    assert not retained.complete
    await asyncio.sleep(0)
    under_way = len(broker.got)
    await asyncio.sleep(0.01)  # no condition: nothing is to come
    assert len(broker.got) == under_way, "the other workers have ended too"
    broker.breaks_at = ""
    await retained.flush(broker.publish)
    assert {topic for topic, _ in broker.got} == {f"t{number}" for number in range(30)}
    assert broker.got.count(("t20", b"1")) > 1, "it came again after the failure"
    assert retained.complete
