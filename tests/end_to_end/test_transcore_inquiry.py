"""Data inquiry and basic protocol: what can be lost, what is counted, and that a reader's buffer is used as long as it has to."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.conftest import wait_until
from tests.end_to_end.client import start_again
from tests.end_to_end.transcore import Protocol, Settings, Yard, in_order, numbered

CARS = 240
KILLS = 3


def test_a_kill_loses_at_most_the_answer_in_flight(tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        track = yard.add("track", Settings(protocol=Protocol.DATA_INQUIRY, baud=38_400, sign_on=False))
        yard.start()
        yard.wait_online()
        track.tag(*numbered(CARS))
        cut_off = 0
        for kill in range(KILLS):
            wanted = (kill + 1) * CARS // (KILLS + 1)
            wait_until(lambda wanted=wanted: track.reader.counts.delivered >= wanted, f"{wanted} tags", 20)  # type: ignore[misc]
            yard.restart()
            cut_off += track.counters()["cut_off_questions"]
        assert cut_off == KILLS
        track.wait_settled()
        track.wait_read(numbered(CARS)[-1])
        everything = in_order(track.reads() + yard.replayed())
        lost = set(numbered(CARS)) - set(everything)
        assert len(lost) <= KILLS
        assert everything == [tag for tag in numbered(CARS) if tag not in lost]


@pytest.mark.parametrize("protocol", [Protocol.DATA_INQUIRY, Protocol.ECP])
def test_without_room_in_the_journal_tags_stay_in_the_reader(tmp_path: Path, protocol: Protocol) -> None:
    inquiry = protocol is Protocol.DATA_INQUIRY
    options = {"idle_interval": 0.1} if inquiry else {"durability": "process", "ecp_timeout": 0.5}
    with Yard(tmp_path) as yard:
        how = Settings(protocol=protocol, sign_on=False, ecp_timeout=0.5)
        track = yard.add("track", how, late_after=1, **options)
        yard.start(journal={"max_size": "1MiB"})
        yard.wait_online()
        yard.broker.kill()
        presented = 0
        given, since = -1, time.monotonic()

        def given_up() -> bool:
            nonlocal presented, given, since
            counts, memory = track.reader.counts, track.reader.device.memory
            if len(memory) < 100:
                track.tag(*numbered(300, presented))
                presented += 300
            taken = counts.polls if inquiry else counts.delivered
            if taken != given:
                given, since = taken, time.monotonic()
            return time.monotonic() - since > 1.2

        wait_until(given_up, "the bridge to take no more", 60)
        waiting = len(track.reader.device.memory)
        assert 100 <= waiting <= 500
        assert "dropped" not in yard.bridge.log
        start_again(yard.broker, yard.seen, yard.bridge)
        track.wait_settled()
        track.wait_read(numbered(presented)[-1])
        assert in_order(track.reads() + yard.replayed()) == numbered(presented)
        assert in_order(track.reads())[-waiting:] == numbered(presented)[-waiting:]
        assert {read["event_type"] for read in track.reads()[-waiting:]} == {"late_read"}
        counters = track.counters()
        assert counters.get("not_stored", 0) == 0
        assert inquiry or counters["no_room"] > 0


def test_one_message_for_each_question_at_the_pace_of_the_buffer(tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        slow = yard.add("slow", Settings(protocol=Protocol.DATA_INQUIRY), idle_interval=30)
        quick = yard.add("quick", Settings(protocol=Protocol.DATA_INQUIRY, empty_answer=True), idle_interval=0.05)
        yard.start()
        yard.wait_online()
        wait_until(lambda: quick.reader.counts.polls > 20, "questions", 20)
        assert slow.reader.counts.polls < 12, "pauses grow while there is nothing"
        quick.tag(*numbered(50))
        assert [read["credential"] for read in quick.wait_reads(50)] == numbered(50)
        assert quick.reader.counts.transmissions < quick.reader.counts.polls
        assert not slow.reads()


NOISY = {Protocol.BASIC: 150, Protocol.DATA_INQUIRY: 60}
"""Tags on a bad line; without an answer to a question the next tag has to wait."""


def test_damage_is_counted_as_far_as_it_can_be_seen(tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        tracks = [
            yard.add("basic", Settings(protocol=Protocol.BASIC, seed=11)),
            yard.add("inquiry", Settings(protocol=Protocol.DATA_INQUIRY, seed=12), idle_interval=0.05),
        ]
        yard.start()
        yard.wait_online()
        counts = {track.id: NOISY[track.reader.settings.protocol] for track in tracks}
        for track in tracks:
            for fault, share in (("damage_out", 0.1), ("noise", 0.05), ("lose_data", 0.03)):
                track.fault(fault, share, 0)
            track.tag(*numbered(counts[track.id]))
        for track in tracks:
            track.wait_settled()
            track.fault("none")
            track.tag("LAST")
        for track in tracks:
            track.wait_read("LAST", 30)
            counters, count = track.counters(), counts[track.id]
            right = set(track.credentials()) & set(numbered(count))
            assert counters["damaged_lines"] >= count * 0.05
            assert len(right) >= count * 0.8
            told = len(track.reads()) + len(track.events("report"))
            assert told >= count * 0.85, "what is damaged is told as far as it can be"
            track.wait_state(damaged_lines=counters["damaged_lines"])
