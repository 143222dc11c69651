"""No read is lost, none comes twice under two ids, and each device's order is kept: whatever is killed."""

from __future__ import annotations

import json
import resource
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Broker, wait_until
from tests.end_to_end.client import start_again
from tests.end_to_end.entrance import Entrance
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, scrdr, settings, springcard

READERS = 20


class Crowd:
    """Twenty readers, a hundred cards a second, each card with its own number."""

    def __init__(self, readers: list[RawReader]) -> None:
        self.readers = readers
        self.said: dict[str, list[str]] = {f"gate{n}": [] for n in range(len(readers))}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._number = 0

    def _talk(self) -> None:
        began = time.monotonic()
        while not self._stop.wait(max(0.0, began + self._number / 100 - time.monotonic())):
            index = self._number % len(self.readers)
            card = f"{self._number:08X}"
            try:
                self.readers[index].say(scrdr(card))
            except (OSError, AssertionError):
                continue  # nobody is connected: a reader reads only for a host
            finally:
                self._number += 1
            self.said[f"gate{index}"].append(card)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def total(self) -> int:
        return sum(map(len, self.said.values()))


def crowd_settings(port: int, folder: Path, readers: list[RawReader], **sections: Any) -> dict[str, Any]:
    return settings(port, folder, [springcard(f"gate{n}", reader.port) for n, reader in enumerate(readers)], **sections)


def heard(seen: Subscriber) -> tuple[dict[str, list[str]], dict[str, set[str]]]:
    """By device: the cards in the order of their first arrival; by card: the ids under which it came."""
    order: dict[str, list[str]] = defaultdict(list)
    ids: dict[str, set[str]] = defaultdict(set)
    for message in list(seen.messages):
        if message.topic.endswith("/read"):
            read = message.json
            if read["credential"] not in ids:
                order[read["device"]].append(read["credential"])
            ids[read["credential"]].add(read["id"])
    return order, ids


def wait_for_all(seen: Subscriber, expected: int, seconds: float = 30) -> None:
    wait_until(lambda: len(heard(seen)[1]) >= expected, f"{expected} cards, have {len(heard(seen)[1])}", seconds)


@pytest.fixture
def readers(make_reader: Callable[..., RawReader]) -> list[RawReader]:
    return [make_reader() for _ in range(READERS)]


@pytest.fixture
def seen(broker: Broker, subscribe: Callable[..., Subscriber]) -> Subscriber:
    return subscribe(broker.port, "readers/home/+/read", "readers/home/+/availability", "readers/home/bridge/+")


@pytest.fixture
def bridge(
    broker: Broker,
    readers: list[RawReader],
    seen: Subscriber,
    make_bridge: Callable[..., BridgeProcess],
    tmp_path: Path,
) -> BridgeProcess:
    bridge = make_bridge(crowd_settings(broker.port, tmp_path / "data", readers))
    for reader in readers:
        reader.wait_for_client()
    return bridge


@pytest.fixture
def crowd(readers: list[RawReader], bridge: BridgeProcess) -> Iterator[Crowd]:
    crowd = Crowd(readers)
    crowd.start()
    yield crowd
    crowd.stop()


def test_the_broker_dies_for_ten_seconds(broker: Broker, seen: Subscriber, bridge: BridgeProcess, crowd: Crowd) -> None:
    wait_until(lambda: crowd.total >= 100, "a second of cards")
    broker.kill()
    before = crowd.total
    wait_until(lambda: crowd.total >= before + 1000, "ten seconds of cards", 30)
    start_again(broker, seen, bridge)
    after = crowd.total
    wait_until(lambda: crowd.total >= after + 200, "two more seconds of cards")
    crowd.stop()

    wait_for_all(seen, crowd.total)
    order, ids = heard(seen)
    assert dict(order) == crowd.said, "every read, in the order of its device"
    assert all(len(found) == 1 for found in ids.values()), "none under two ids"
    late = {
        message.json["credential"]
        for message in list(seen.messages)
        if message.topic.endswith("/read") and message.json["event_type"] == "late_read"
    }
    assert late, "what waited for more than ten seconds does not act as live"
    assert bridge.log.count("trying again") <= 4, "one line when it breaks, not one for each attempt"
    numbers = sorted(message.json["seq"] for message in list(seen.messages) if message.topic.endswith("/read"))
    assert set(numbers) == set(range(1, crowd.total + 1)), "no gap in seq"


def test_the_bridge_is_killed(seen: Subscriber, bridge: BridgeProcess, crowd: Crowd, tmp_path: Path) -> None:
    for _ in range(3):
        before = len(heard(seen)[1])
        wait_until(lambda before=before: len(heard(seen)[1]) > before + 50, "cards to arrive", 20)  # type: ignore[misc]
        bridge.kill()
        bridge.start()
    before = len(heard(seen)[1])
    wait_until(lambda: len(heard(seen)[1]) > before + 50, "cards to arrive", 20)
    crowd.stop()
    bridge.kill()
    stored = stored_reads(tmp_path / "data")
    assert len(stored) > 200
    bridge.start()
    wait_until(lambda: stored <= set(heard(seen)[1]), f"the {len(stored)} journalled reads", 20)
    order, ids = heard(seen)
    assert all(len(found) == 1 for found in ids.values()), "none under two ids"
    seqs: dict[str, str] = {}
    for message in list(seen.messages):
        if message.topic.endswith("/read"):
            assert seqs.setdefault(message.json["id"], message.json["credential"]) == message.json["credential"]
    for device, cards in order.items():
        wanted = [card for card in crowd.said[device] if card in ids]
        assert cards == wanted, f"the order of {device}"


def stored_reads(data_dir: Path) -> set[str]:
    """The cards in the journal, read by another program while nobody writes it."""
    with sqlite3.connect(f"file:{data_dir / 'journal.db'}?mode=ro", uri=True) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            if "payload" in columns and "kind" in columns:
                rows = database.execute(f"SELECT payload FROM {table} WHERE kind = 'read'").fetchall()
                return {json.loads(row[0])["credential"] for row in rows}
    raise AssertionError(tables)


def test_a_bridge_that_cannot_write_its_journal_goes_on(entrance: Entrance) -> None:
    seen, reader = entrance.seen, entrance.reader
    entrance.data.mkdir()
    (entrance.data / "journal.db").mkdir()  # nobody can write a file there
    bridge = entrance.start()
    entrance.wait_online()
    reader.say(scrdr("01"))
    read = seen.wait_for("readers/home/door/read")[0].json
    assert read["journaled"] is False
    assert read["event_type"] == "read"
    seen.publish("readers/home/door/command/wink", {"transaction": "t"})
    assert seen.wait_for("readers/home/door/result")[0].json["status"] == "sent"
    assert "journal" in bridge.log


def test_a_full_disk_is_loud_and_reads_go_on(entrance: Entrance) -> None:
    seen, reader = entrance.seen, entrance.reader
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, before[1]))  # inherited by the bridge
    try:
        bridge = entrance.start()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    entrance.wait_online()
    for number in range(3000):
        reader.say(scrdr(f"{number:08X}"))
    wait_until(lambda: len(seen.on("readers/home/door/read")) >= 3000, "all reads", 30)
    reads = [message.json for message in seen.on("readers/home/door/read")]
    assert [read["credential"] for read in reads] == [f"{number:08X}" for number in range(3000)]
    assert len({read["id"] for read in reads}) == 3000
    assert any(read.get("journaled") is False for read in reads)
    assert bridge.log.lower().count("journal") >= 1
    seen.publish("readers/home/door/command/wink", {"transaction": "t"})
    assert seen.wait_for("readers/home/door/result")[0].json["status"] == "sent"


@pytest.mark.parametrize("content", [b"this is no database" * 1000, b"SQLite format 3\0" + bytes(range(256)) * 64, b""])
def test_a_corrupt_journal_is_set_aside(content: bytes, entrance: Entrance) -> None:
    seen, data = entrance.seen, entrance.data
    data.mkdir()
    (data / "journal.db").write_bytes(content)
    bridge = entrance.start()
    entrance.reader.wait_for_client()
    entrance.reader.say(scrdr("01"))
    assert "journaled" not in seen.wait_for("readers/home/door/read")[0].json
    if content:
        aside = [path for path in data.iterdir() if "corrupt" in path.name]
        assert [path.read_bytes()[:19] for path in aside] == [content[:19]]
        assert "corrupt" in bridge.log


def test_a_message_that_the_broker_refuses_does_not_hold_up_the_others(
    make_broker: Callable[..., Broker],
    make_reader: Callable[..., RawReader],
    subscribe: Callable[..., Subscriber],
    make_bridge: Callable[..., BridgeProcess],
    tmp_path: Path,
) -> None:
    rules = tmp_path / "acl"
    rules.write_text("topic readwrite #\ntopic deny readers/home/bad/read\n")
    broker = make_broker(lines=("allow_anonymous true", f"acl_file {rules}"))
    bad, good = make_reader(), make_reader()
    seen = subscribe(broker.port, "readers/home/#")
    config = settings(broker.port, tmp_path / "data", [springcard("bad", bad.port), springcard("good", good.port)])
    bridge = make_bridge(config)
    for reader in (bad, good):
        reader.wait_for_client()
    seen.wait_where("readers/home/bridge/state", lambda state: state["state"] == "online")
    for number in range(50):
        bad.say(scrdr(f"BAD{number:05X}"))
        good.say(scrdr(f"{number:08X}"))
    seen.wait_for("readers/home/good/read", 50)
    assert seen.on("readers/home/bad/read") == []
    wait_until(lambda: "set aside" in bridge.log, "a word about what is not allowed")
    bridge.stop()
    bridge.start()
    good.wait_for_client()
    good.say(scrdr("FF"))
    seen.wait_where("readers/home/good/read", lambda read: read["credential"] == "FF")
    assert bridge.log.count("set aside") <= 60, "what was set aside is not tried again at the next start"
