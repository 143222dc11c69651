"""With a privacy setting, the credential leaves the bridge in its published form only, and the disk has nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Broker, wait_until
from tests.end_to_end.client import ask, start_again
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, scrdr, settings, springcard

CARD = "04A1B2C3D4E5F6"
OTHER = "04A1B2C3D4E5F7"
SECTOR = "5EC7042DA7A5"
DOOR = "readers/home/door"


@dataclass
class Setup:
    broker: Broker
    bridge: BridgeProcess
    seen: Subscriber
    reader: RawReader
    data: Path

    def read(self, *lines: bytes) -> list[dict[str, Any]]:
        """Let the reader say something; the reads that come of it, one per line."""
        before = len(self.seen.on(f"{DOOR}/read"))
        for line in lines:
            self.reader.say(line)
        return [message.json for message in self.seen.wait_for(f"{DOOR}/read", before + len(lines))[before:]]

    def wait_online(self) -> None:
        self.reader.wait_for_client()
        topic = "readers/home/bridge/state"
        wait_until(
            lambda: (states := self.seen.on(topic)) and states[-1].json["state"] == "online",
            "the bridge to be online",
            20,
        )

    def on_disk(self) -> bytes:
        """Every byte that the bridge keeps."""
        assert self.bridge.stop() == 0
        return b"".join(path.read_bytes() for path in self.data.rglob("*") if path.is_file())

    def published(self) -> bytes:
        return b"\n".join(message.topic.encode() + b" " + message.payload for message in self.seen.messages)


@pytest.fixture
def run(
    broker: Broker,
    reader: RawReader,
    make_bridge: Callable[..., BridgeProcess],
    subscribe: Callable[..., Subscriber],
    tmp_path: Path,
) -> Callable[..., Setup]:
    def start(**options: Any) -> Setup:
        seen = subscribe(broker.port)
        bridge = make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port, **options)]))
        setup = Setup(broker, bridge, seen, reader, tmp_path / "data")
        setup.wait_online()
        return setup

    return start


def test_plain_is_the_default(run: Callable[..., Setup]) -> None:
    setup = run()
    read = setup.read(scrdr(CARD, data=SECTOR))[0]
    assert read["credential"] == SECTOR
    assert read["data"]["tag_id"] == CARD
    assert CARD.encode() in setup.on_disk()


def test_masked_shows_the_end_only(run: Callable[..., Setup]) -> None:
    setup = run(credential="masked")
    read = setup.read(scrdr(CARD))[0]
    assert read["credential"] == "*" * 10 + "E5F6"
    assert "tag_id" not in read["data"]


def test_hashed_tells_equal_cards_from_others(run: Callable[..., Setup]) -> None:
    setup = run(credential="hashed", repeat_window=0)
    first, other, again = (read["credential"] for read in setup.read(scrdr(CARD), scrdr(OTHER), scrdr(CARD)))
    assert first == again != other
    assert len(first) == 32
    assert setup.bridge.stop() == 0
    setup.bridge.start()
    setup.wait_online()
    assert setup.read(scrdr(CARD))[0]["credential"] == first, "the key outlives a restart"


@pytest.mark.parametrize("setting", ["masked", "hashed"])
def test_nothing_else_leaves_the_bridge_or_stays_on_its_disk(setting: str, run: Callable[..., Setup]) -> None:
    """Reads, events, replays, health, diagnostics, logs and files: after an outage and with the broker there."""
    setup = run(credential=setting)
    setup.read(scrdr(CARD, "I", SECTOR))
    setup.reader.say(scrdr(CARD, "R", SECTOR) + b"$SCRDR;" + CARD.encode() + b"*00\r\n" + SECTOR.encode() + b"\r\n")
    setup.seen.wait_for(f"{DOOR}/event")
    setup.broker.kill()
    wait_until(lambda: "trying again" in setup.bridge.log, "the bridge to miss its broker")
    setup.reader.say(scrdr(OTHER, "I", SECTOR))
    start_again(setup.broker, setup.seen, setup.bridge)
    setup.wait_online()
    setup.seen.wait_for(f"{DOOR}/read", 2, 30)
    assert ask(setup.seen, "replay", within=30)["reads"]
    ask(setup.seen, "diagnostics")
    published = setup.published()
    kept = setup.on_disk()
    assert b"tag" in published or b"credential" in published
    for secret in (CARD, OTHER, SECTOR):
        for place in (published, kept, setup.bridge.log.encode()):
            assert secret.encode() not in place
            assert secret.lower().encode() not in place
            assert bytes.fromhex(secret) not in place


def test_a_changed_setting_holds_for_what_comes_after_it(run: Callable[..., Setup]) -> None:
    setup = run(credential="masked")
    setup.read(scrdr(CARD))
    config = settings(setup.broker.port, setup.data, [springcard("door", setup.reader.port, credential="plain")])
    setup.bridge.write(config)
    ask(setup.seen, "reload")
    wait_until(lambda: setup.reader.connections == 2, "the reader to be connected anew")
    assert setup.read(scrdr(OTHER))[0]["credential"] == OTHER
    assert [read["credential"] for read in ask(setup.seen, "replay")["reads"]] == ["*" * 10 + "E5F6", OTHER]
