from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from readers_bridge.mqtt import reads
from readers_bridge.mqtt.codec import V5, V311
from readers_bridge.mqtt.reads import ReadsSender
from tests.bridge.mqtt.sending import Message, Outbox, messages
from tests.conftest import Broker, eventually

MANY = 30_000
"""Takes longer than CROWDED_AFTER with a window of 20."""


@asynccontextmanager
async def connected(broker: Broker, protocol: str = "auto") -> AsyncIterator[tuple[Outbox, asyncio.Task[None]]]:
    outbox = Outbox(protocol, kind=ReadsSender)
    await outbox.sender.connect("127.0.0.1", broker.port)
    closed = asyncio.create_task(outbox.sender.closed())
    yield outbox, closed
    await outbox.sender.close()
    await asyncio.gather(closed, return_exceptions=True)


async def test_a_flood_behind_a_small_window_goes_on_with_3_1_1_and_nothing_is_sent_twice(broker: Broker) -> None:
    flood = messages(MANY, size=300)
    async with connected(broker) as (outbox, closed):
        assert (outbox.sender.version, outbox.sender.window) == (V5, 20)
        outbox.sender.send(flood)
        await eventually(lambda: outbox.sender.version == V311 and outbox.sender.window > 20, "the change")
        await eventually(lambda: len(outbox.acked) >= MANY, "all acknowledgements", 30)
        assert outbox.acked == flood
        assert not closed.done(), "the change is not an end"


async def test_a_calm_minute_brings_mqtt_5_back(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "CALM", 0.05)
    async with connected(broker) as (outbox, closed):
        outbox.sender.send(messages(MANY))
        await eventually(lambda: outbox.sender.version == V311, "the change")
        await eventually(lambda: outbox.sender.version == V5, "the change back", 30)
        await eventually(lambda: len(outbox.acked) >= MANY, "all acknowledgements", 30)
        outbox.sender.send([Message("a", b"after")])
        await eventually(lambda: outbox.acked[-1].payload == b"after", "what came after the changes")
        assert not closed.done()


async def test_a_few_reads_change_nothing(broker: Broker) -> None:
    async with connected(broker) as (outbox, _):
        for _ in range(20):
            outbox.sender.send(messages(40))
            await eventually(
                lambda: len(outbox.acked) % 40 == 0 and not outbox.sender.in_flight, "the acknowledgements"
            )
        assert outbox.sender.version == V5


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_version_that_was_asked_for_stays(protocol: str, broker: Broker) -> None:
    async with connected(broker, protocol) as (outbox, _):
        outbox.sender.send(messages(MANY))
        await eventually(lambda: len(outbox.acked) == MANY, "all acknowledgements", 30)
        assert outbox.sender.version == (V5 if protocol == "5" else V311)


async def test_who_has_seen_a_refusal_keeps_looking(make_broker: Callable[..., Broker], tmp_path: Path) -> None:
    (tmp_path / "acl").write_text("topic readwrite #\ntopic deny denied\n")
    broker = make_broker(lines=("allow_anonymous true", f"acl_file {tmp_path / 'acl'}"))
    async with connected(broker) as (outbox, _):
        outbox.sender.send([Message("denied", b"")])
        await eventually(lambda: outbox.refused, "the refusal")
        outbox.sender.send(messages(MANY))
        await eventually(lambda: len(outbox.acked) == MANY, "all acknowledgements", 30)
        assert outbox.sender.version == V5


async def test_the_end_is_told_after_a_change_too(broker: Broker) -> None:
    async with connected(broker) as (outbox, closed):
        outbox.sender.send(messages(MANY))
        await eventually(lambda: outbox.sender.version == V311, "the change")
        await eventually(lambda: len(outbox.acked) == MANY, "all acknowledgements", 30)
        broker.kill()
        await eventually(closed.done, "the end")
        assert closed.exception() is not None
        assert outbox.sender.forget() == []
