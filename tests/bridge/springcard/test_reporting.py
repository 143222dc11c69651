"""What is published of a reader's messages: reads, repeats, presence, restarts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.springcard import presence, repeats
from readers_bridge.families.springcard.messages import Alive, Message, Move, Reading, Started, Uptime
from readers_bridge.families.springcard.options import Options
from readers_bridge.families.springcard.presence import Presence
from readers_bridge.families.springcard.repeats import Repeats
from readers_bridge.families.springcard.reporting import Reporter
from readers_bridge.model import Event, Read, State
from tests.bridge.springcard.vectors import JSON_READING, PADDED, UID, V1, V2, V3, V4, V5, V6, V9, V10, V11

WALL = 1_772_366_400.0


class Desk:
    """A reporter with a clock to turn."""

    def __init__(self, **options: Any) -> None:
        self.reporter = Reporter(Options.of(options))
        self.now = 1000.0

    def report(self, *messages: Message, after: float = 0.0) -> list[Read | Event | State]:
        self.now += after
        return self.reporter.report(messages, self.now, WALL)

    def reads(self, *messages: Message, after: float = 0.0) -> list[Read]:
        return [item for item in self.report(*messages, after=after) if isinstance(item, Read)]

    def state(self, *messages: Message, after: float = 0.0) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for item in self.report(*messages, after=after):
            if isinstance(item, State):
                values |= item.values
        return values

    def events(self, *messages: Message) -> list[Event]:
        return [item for item in self.report(*messages) if isinstance(item, Event)]


# -- what a read says


def test_read_of_scrdr() -> None:
    (read,) = Desk().reads(V2.message)
    assert read.credential == PADDED
    assert read.data == {
        "interface": "13",
        "interface_label": "NFC/RFID HF",
        "protocol": "01",
        "template": 1,
        "tag_id": UID,
        "tag_data": PADDED,
    }
    assert {"tag_id", "tag_data", "tag_details", "raw"} <= read.sensitive
    assert not read.repeat


def test_read_of_json() -> None:
    (read,) = Desk().reads(JSON_READING)
    assert read.credential == PADDED
    assert read.data == {
        "interface": "13.56",
        "interface_label": "NFC/RFID HF",
        "protocol": "NFC-A",
        "template": 1,
        "tag_id": UID,
        "tag_data": PADDED,
        "uptime": 16.85,
        "startups": 699,
    }


def test_rssi_and_unknown_codes_are_published_raw() -> None:
    (read,) = Desk().reads(V11.message)
    assert read.data == {
        "interface": "90",
        "protocol": "01",
        "template": 7,
        "rssi": 196,
        "rssi_dbm_guess": -60,
        "tag_id": "E2801160600002054D8A1B2C",
    }


def test_labels_of_the_operator() -> None:
    desk = Desk(labels={"interfaces": {"90": "Bluetooth"}, "protocols": {"01": "NFC-A"}})
    (read,) = desk.reads(V11.message)
    assert (read.data["interface_label"], read.data["protocol_label"]) == ("Bluetooth", "NFC-A")


def test_ambiguous_line_is_published_with_all_of_it() -> None:
    (read,) = Desk().reads(Reading("13", "01", 2, None, "AABB", Move.NONE, "a;b;", "", "$SCRDR;…"))
    assert read.credential == "a;b;", "never the part before the first semicolon, which might be another's credential"
    assert (read.data["ambiguous"], read.data["raw"]) == (True, "$SCRDR;…")


@pytest.mark.parametrize(
    ("choice", "message", "credential"),
    [
        ("auto", V1.message, UID),
        ("auto", V2.message, PADDED),
        ("tag_id", V2.message, UID),
        ("tag_data", V2.message, PADDED),
        ("tag_data", V1.message, ""),
        ("auto", V9.message, "00000000262BA1B0"),
    ],
)
def test_which_field_is_the_credential(choice: str, message: Message, credential: str) -> None:
    desk = Desk(credential_from=choice)
    (read,) = desk.reads(message)
    assert read.credential == credential
    assert desk.reporter.counted["without_credential"] == (not credential)


def test_empty_message_is_no_card_event() -> None:
    desk = Desk()
    assert desk.reads(V10.message) == []
    assert desk.reporter.counted == {"empty_messages": 1}


# -- repeats


def test_a_card_that_stays_on_the_reader_is_read_once() -> None:
    desk = Desk()
    assert len(desk.reads(V2.message)) == 1
    for _ in range(20):
        assert desk.reads(V2.message, after=3.0) == []
    assert desk.reporter.counted == {"repeats": 20}
    assert len(desk.reads(V2.message, after=3.5)) == 1, "the window is 3.5 s"


def test_twice_in_one_receive_is_a_repeat() -> None:
    assert len(Desk().reads(V1.message, V1.message)) == 1


def test_the_same_id_with_other_data_is_no_repeat() -> None:
    assert len(Desk().reads(V1.message, V2.message, V1.message)) == 2


def test_repeats_are_marked_where_wanted() -> None:
    assert [read.repeat for read in Desk(repeats="mark").reads(V1.message, V1.message)] == [False, True]


@pytest.mark.parametrize("window", [0, 10])
def test_the_window_can_be_set(window: float) -> None:
    desk = Desk(repeat_window=window)
    desk.reads(V1.message)
    assert len(desk.reads(V1.message, after=9.0)) == (window == 0)


def test_a_reader_that_tracks_movements_has_no_repeats() -> None:
    desk = Desk()
    desk.reads(V3.message, V4.message)
    assert len(desk.reads(V3.message, V6.message, V1.message, V1.message)) == 4


def test_the_same_datagram_twice_is_told_by_the_uptime() -> None:
    inserted = Reading("13.56", "NFC-A", 1, None, UID, Move.INSERTED, uptime=Uptime(1, 2.0))
    later = Reading("13.56", "NFC-A", 1, None, UID, Move.INSERTED, uptime=Uptime(1, 3.0))
    desk = Desk()
    assert len(desk.reads(inserted, inserted, later)) == 2
    assert desk.reporter.counted == {"duplicates": 1}


def test_memory_of_repeats_is_bounded() -> None:
    seen = Repeats(3.5)
    for number in range(repeats.LIMIT + 1):
        assert not seen.seen((str(number), ""), 0.0)
    assert seen.seen(("1", ""), 1.0)
    assert not seen.seen(("0", ""), 1.0), "forgotten"


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 6)), max_size=40))
def test_a_repeat_follows_within_the_window(script: list[tuple[str, float]]) -> None:
    seen, last, now = Repeats(3.5), dict[str, float](), 0.0
    for token, wait in script:
        now += wait
        assert seen.seen((token, ""), now) == (token in last and now - last[token] < 3.5)
        last[token] = now


# -- presence


def test_presence() -> None:
    desk = Desk()
    assert desk.state(V3.message)["present"] is True
    assert desk.state(V3.message).get("present") is None, "no change"
    assert desk.state(V4.message) == {"present": False}
    assert "present" not in Desk().state(V1.message), "the reader does not track movements"


def test_removal_is_an_event_and_no_read() -> None:
    desk = Desk()
    assert desk.reads(V4.message) == []
    (event,) = desk.events(V4.message)
    assert (event.event_type, event.data["tag_id"]) == ("removed", UID)
    assert "tag_id" in event.sensitive


def test_removal_without_id_clears_its_interface() -> None:
    desk = Desk()
    desk.report(V3.message, Reading("90", "", None, None, "E2", Move.INSERTED))
    assert desk.state(V5.message) == {}, "a tag is present on the other interface"
    assert desk.state(Reading("90", move=Move.REMOVED)) == {"present": False}


def test_short_appearance_is_one_read_and_leaves_nothing() -> None:
    desk = Desk()
    items = desk.report(V6.message)
    assert [type(item) for item in items] == [Read, State]
    assert isinstance(items[1], State)
    assert items[1].values["present"] is False


def test_a_new_connection_resets_presence() -> None:
    desk = Desk()
    assert desk.reporter.begin() == [], "nothing is known of a reader that has not tracked movements"
    desk.report(V3.message)
    assert desk.reporter.begin() == [State({"present": False})]
    assert desk.reporter.begin() == []


def test_presence_is_bounded() -> None:
    here = Presence()
    for number in range(presence.LIMIT + 10):
        here.apply(Reading("13", tag_id=str(number), move=Move.INSERTED))
    assert len(here._tokens) == presence.LIMIT


# -- the reader itself


def test_restart_is_seen_by_the_start_up_counter() -> None:
    desk = Desk()
    assert desk.state(Alive(Uptime(7, 1.0)))["startups"] == 7
    desk.report(Reading("13.56", tag_id="A", move=Move.INSERTED, uptime=Uptime(7, 2.0)))
    items = desk.report(Reading("13.56", tag_id="B", uptime=Uptime(8, 0.5)))
    assert items[0] == Event("restarted", {"startups": 8, "previous": 7})
    assert isinstance(items[1], Read)
    assert items[2] == State({"startups": 8, "present": False})
    assert desk.events(Alive(Uptime(3, 1.0))) == [], "another reader in its place"


def test_restart_within_one_receive() -> None:
    desk = Desk()
    desk.report(Alive(Uptime(7, 1.0)))
    state = desk.state(Reading("13.56", tag_id="A", move=Move.INSERTED, uptime=Uptime(7, 2.0)), Alive(Uptime(8, 0.5)))
    assert state["present"] is False


def test_start_up_line_of_mk1() -> None:
    assert Desk().events(Started("M519")) == [Event("restarted", {"product": "M519"})]


def test_last_seen_is_not_updated_with_each_message() -> None:
    desk = Desk()
    assert desk.state(V10.message) == {"last_seen": "2026-03-01T12:00:00.000Z"}
    assert desk.state(V10.message, after=4.9) == {}
    desk.reporter._state.clear()
    assert "last_seen" in desk.state(V10.message, after=0.2)


def test_what_the_decoder_found_out_is_told_once() -> None:
    desk = Desk()
    told = {"dialect": "scrdr", "checksum": None}
    (first,) = desk.reporter.report([V10.message], desk.now, WALL, **told)
    assert isinstance(first, State)
    assert first.values == {"last_seen": "2026-03-01T12:00:00.000Z", "dialect": "scrdr"}
    assert desk.reporter.report([V10.message], desk.now, WALL, **told) == []
