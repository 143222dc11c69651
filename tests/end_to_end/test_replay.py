"""Who was away asks for what was missed: page by page, never on the live topics, whatever else goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Broker, wait_until
from tests.end_to_end.client import ask
from tests.end_to_end.entrance import Entrance
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, scrdr, settings, springcard

PAGE_BYTES = 256_000
DOOR = "readers/home/door"


@dataclass
class Setup:
    bridge: BridgeProcess
    seen: Subscriber
    readers: list[RawReader]

    @property
    def journal(self) -> str:
        name: str = self.seen.on("readers/home/bridge/info")[-1].json["journal"]
        return name

    def read(self, cards: list[str], device: int = 0) -> None:
        """Hold cards to a reader, and wait until the broker has all of them."""
        topic = f"readers/home/{('door', 'gate')[device]}/read"
        before = len(self.seen.on(topic))
        self.readers[device].say(b"".join(map(scrdr, cards)))
        self.seen.wait_for(topic, before + len(cards), 30)

    def replay(self, **body: Any) -> dict[str, Any]:
        return ask(self.seen, "replay", **body)

    def pages(self, **body: Any) -> list[dict[str, Any]]:
        """All pages from a cursor on."""
        pages = [self.replay(**body)]
        while not pages[-1]["complete"]:
            assert len(pages) < 100
            pages.append(self.replay(**{**body, "after": pages[-1]["next"]}))
        return pages

    def wait_online(self) -> None:
        for reader in self.readers:
            reader.wait_for_client()
        topic = "readers/home/bridge/state"
        wait_until(
            lambda: (states := self.seen.on(topic)) and states[-1].json["state"] == "online", "the bridge to be online"
        )
        self.seen.wait_for("readers/home/bridge/info")


@pytest.fixture
def setup(
    broker: Broker,
    make_reader: Callable[..., RawReader],
    make_bridge: Callable[..., BridgeProcess],
    subscribe: Callable[..., Subscriber],
    tmp_path: Path,
) -> Setup:
    readers = [make_reader(), make_reader()]
    seen = subscribe(broker.port, "readers/home/#")
    devices = [
        springcard(name, reader.port, late_after=3600) for name, reader in zip(("door", "gate"), readers, strict=True)
    ]
    bridge = make_bridge(settings(broker.port, tmp_path / "data", devices))
    setup = Setup(bridge, seen, readers)
    setup.wait_online()
    return setup


def cards(number: int, first: int = 0) -> list[str]:
    return [f"{index:08X}" for index in range(first, first + number)]


def credentials(pages: list[dict[str, Any]]) -> list[str]:
    return [read["credential"] for page in pages for read in page["reads"]]


def test_a_page_follows_the_cursor(setup: Setup) -> None:
    setup.read(cards(5))
    published = [seen.json for seen in setup.seen.on(f"{DOOR}/read")]
    page = setup.replay(after={"journal": setup.journal, "seq": published[1]["seq"]})
    assert page["status"] == "done"
    assert page["reads"] == published[2:]
    assert page["events"] == []
    assert (page["complete"], page["reset"]) == (True, False)
    assert page["next"] == {"journal": setup.journal, "seq": published[-1]["seq"]}
    assert page["oldest"] == published[0]["seq"]


def test_without_a_cursor_a_page_begins_at_the_oldest(setup: Setup) -> None:
    setup.read(cards(3))
    for body in ({}, {"after": None}):
        page = setup.replay(**body)
        assert credentials([page]) == cards(3)
        assert (page["complete"], page["reset"]) == (True, False)


def test_an_empty_journal_gives_an_empty_page(setup: Setup) -> None:
    page = setup.replay()
    assert (page["reads"], page["events"], page["complete"], page["oldest"]) == ([], [], True, None)
    setup.read(cards(1))
    page = setup.replay(after=page["next"])
    assert credentials([page]) == cards(1)


def test_a_foreign_cursor_starts_at_the_oldest(setup: Setup) -> None:
    setup.read(cards(3))
    page = setup.replay(after={"journal": "somebodyelses", "seq": 2})
    assert page["reset"] is True
    assert credentials([page]) == cards(3)
    assert page["next"]["journal"] == setup.journal


def test_only_some_devices(setup: Setup) -> None:
    setup.read(cards(3))
    setup.read(cards(3, first=10), device=1)
    setup.read(cards(3, first=20))
    assert credentials(setup.pages(devices=["gate"])) == cards(3, first=10)
    assert credentials(setup.pages(devices=["door", "gate"])) == cards(3) + cards(3, first=10) + cards(3, first=20)
    nobody = setup.replay(devices=["no-such-device"])
    assert (nobody["reads"], nobody["complete"]) == ([], True)
    assert nobody["next"]["seq"] == 9, "what was looked at need not be looked at again"


def test_limit_and_pages(setup: Setup) -> None:
    setup.read(cards(10))
    pages = setup.pages(limit=4)
    assert [len(page["reads"]) for page in pages][:3] == [4, 4, 2]
    assert credentials(pages) == cards(10)
    assert [page["complete"] for page in pages[:2]] == [False, False]


def test_a_page_has_at_most_256_kilobytes(setup: Setup) -> None:
    setup.read(cards(2000))
    pages = setup.pages()
    assert credentials(pages) == cards(2000)
    sizes = [len(seen.payload) for seen in setup.seen.on("readers/home/bridge/response/replay")]
    assert len(sizes) > 2, "this was too little for a second page"
    assert max(sizes) <= PAGE_BYTES
    assert max(sizes) > PAGE_BYTES / 2, "a page could hold more"


def test_events_and_reads_in_the_order_of_their_numbers(setup: Setup) -> None:
    for card in cards(2):
        setup.readers[0].say(scrdr(card, "I") + scrdr(card, "R"))
    setup.seen.wait_for(f"{DOOR}/event", 2)
    setup.seen.wait_for(f"{DOOR}/read", 2)
    page = setup.replay()
    assert credentials([page]) == cards(2)
    assert [event["event_type"] for event in page["events"]] == ["removed", "removed"]
    numbers = sorted(message["seq"] for message in [*page["reads"], *page["events"]])
    assert numbers == list(range(numbers[0], numbers[0] + 4))


def test_it_is_never_published_on_the_live_topics(setup: Setup) -> None:
    setup.read(cards(3))
    setup.replay()
    setup.read(cards(1, first=100))
    assert [seen.json["credential"] for seen in setup.seen.on(f"{DOOR}/read")] == cards(3) + cards(1, first=100)


def test_what_an_earlier_run_accepted_is_late_in_a_page(setup: Setup) -> None:
    setup.read(cards(2))
    journal = setup.journal
    assert [read["event_type"] for read in setup.replay()["reads"]] == ["read", "read"]
    assert setup.bridge.stop() == 0
    setup.bridge.start()
    setup.wait_online()
    setup.read(cards(1, first=50))
    reads = setup.replay(after={"journal": journal, "seq": 1})["reads"]
    assert [(read["credential"], read["event_type"], read["late"]) for read in reads] == [
        (cards(2)[1], "late_read", True),
        (cards(1, first=50)[0], "read", False),
    ]


def test_what_is_older_than_late_after_is_late_in_a_page(entrance: Entrance) -> None:
    setup = Setup(entrance.start(entrance.door(late_after=0.5)), entrance.seen, [entrance.reader])
    setup.wait_online()
    setup.read(cards(1))
    assert setup.seen.on(f"{DOOR}/read")[0].json["event_type"] == "read"
    wait_until(lambda: setup.replay()["reads"][0]["event_type"] == "late_read", "the read to become late")


def test_while_reads_flow(setup: Setup) -> None:
    """Pages overlap the live reads without a gap, and hold nobody up."""
    flowing = threading.Event()

    def flow() -> None:
        for number in range(1000):
            setup.readers[0].say(scrdr(f"{number:08X}"))
            if flowing.wait(0.002):
                return

    flow_thread = threading.Thread(target=flow, daemon=True)
    flow_thread.start()
    got: list[str] = []
    cursor: dict[str, Any] | None = None
    try:
        while len(got) < 500:
            page = setup.replay(after=cursor, limit=100)
            assert page["status"] == "done"
            got += [read["credential"] for read in page["reads"]]
            cursor = page["next"]
    finally:
        flowing.set()
        flow_thread.join()
    assert got == cards(len(got))
    live = [seen.json["credential"] for seen in setup.seen.on(f"{DOOR}/read")]
    assert live == cards(len(live))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"after": {"journal": "x"}}, "after.seq"),
        ({"after": {"journal": "x", "seq": -1}}, "after.seq"),
        ({"after": 7}, "after"),
        ({"limit": 0}, "limit"),
        ({"limit": 100_000}, "limit"),
        ({"devices": "door"}, "devices"),
        ({"since": 7}, "since"),
    ],
)
def test_what_is_wrong_with_a_request_is_told(body: dict[str, Any], path: str, setup: Setup) -> None:
    answer = setup.replay(**body)
    assert (answer["status"], answer["error"]["path"]) == ("invalid", path), answer


def test_pages_shrink_to_what_the_broker_takes(
    make_broker: Callable[..., Broker],
    reader: RawReader,
    make_bridge: Callable[..., BridgeProcess],
    subscribe: Callable[..., Subscriber],
    tmp_path: Path,
) -> None:
    broker = make_broker(before=("max_packet_size 20000",), lines=("allow_anonymous true",))
    seen = subscribe(broker.port, "readers/home/#")
    setup = Setup(
        make_bridge(settings(broker.port, tmp_path / "data", [springcard("door", reader.port)])), seen, [reader]
    )
    setup.wait_online()
    setup.read(cards(200))
    assert credentials(setup.pages(limit=200)) == cards(200)
    assert seen.on("readers/home/bridge/info")[-1].json["mqtt"]["largest_packet"] == 20000
