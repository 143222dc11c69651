"""Readers that lose their power, tags that waited, signs of life; and what Home Assistant is told."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import wait_until
from tests.end_to_end.transcore import Profile, Protocol, Settings, Track, Yard, ecp, in_order, numbered

OLD, NOW = datetime(2020, 1, 1, 12, 0, 0), datetime.now  # noqa: DTZ001 - the reader knows no zone


def stamped(seq: str, tag: str, when: datetime) -> bytes:
    return ecp(f"{seq}{tag}&{when:%H:%M:%S}.{when.microsecond // 10_000:02d} {when:%m/%d/%y}")


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with Yard(tmp_path_factory.mktemp("yard")) as yard:
        for fault in ("cut", "lose_ack"):
            how = Settings(protocol=Protocol.ECP, ecp_timeout=2, boot_time=0.05)
            yard.add(fault.replace("_", "-"), how, ecp_timeout=2)
        yard.add("cut-inquiry", Settings(protocol=Protocol.DATA_INQUIRY, boot_time=0.05), idle_interval=0.05)
        yard.add("cut-basic", Settings(boot_time=0.05))
        yard.add("alive", Settings(profile=Profile.ENCOMPASS, heartbeat=True, heartbeat_interval=0.3), heartbeat=1)
        yard.add("mute", Settings(profile=Profile.ENCOMPASS), heartbeat=1)
        yard.start()
        yield yard


def track_of(yard: Yard, name: str) -> Track:
    device = yard.devices[name]
    assert isinstance(device, Track)
    device.wait_online()
    return device


# -- power


def test_a_power_failure_within_messages_of_ecp(yard: Yard) -> None:
    track = track_of(yard, "cut")
    track.wait_settled()
    for failure in range(5):

        def present(failure: int = failure) -> None:
            """All at once, since no tag is read any more when the power is gone within the first one."""
            for tag in numbered(4, 4 * failure):
                assert track.reader.device.present(tag)
            track.reader.session.pump()

        track.fault("cut")
        track.readers.do(present)
        wait_until(lambda failure=failure: track.reader.counts.power_cycles == failure + 1, "the power failure")  # type: ignore[misc]
        track.wait_settled()
    track.wait_read(numbered(20)[-1])
    assert track.credentials() == numbered(20)
    assert len(track.events("restarted")) == 6


def test_a_power_failure_that_swallows_the_acknowledgement(yard: Yard) -> None:
    """The reader sends the tag again under another number; only its own time tells that it is not a new one."""
    track = track_of(yard, "lose-ack")
    track.wait_settled()
    for round_ in range(3):
        track.fault("lose_ack")
        track.tag(f"LOST {round_}", f"NEXT {round_}")
        track.wait_read(f"LOST {round_}")
        track.readers.do(track.reader.power_cycle)
        track.wait_read(f"NEXT {round_}")
        track.wait_settled()
    assert track.credentials() == [f"{what} {round_}" for round_ in range(3) for what in ("LOST", "NEXT")]
    assert track.counters()["repeats"] >= 3
    assert track.counters().get("sequence_jumps", 0) == 0


@pytest.mark.parametrize("name", ["cut-inquiry", "cut-basic"])
def test_a_power_failure_within_a_message_without_a_check(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    track.fault("cut")
    track.tag("CUT OFF")
    wait_until(lambda: track.reader.counts.power_cycles == 1, "the power failure")
    track.wait_event("restarted")
    track.tag("AFTER")
    track.wait_read("AFTER")
    assert track.credentials()[-1] == "AFTER"
    assert track.counters()["damaged_lines"] >= 1


# -- signs of life


def test_a_reader_without_a_heartbeat_is_gone(yard: Yard) -> None:
    mute, alive = yard.devices["mute"], track_of(yard, "alive")
    assert isinstance(mute, Track)
    mute.wait_offline("no_heartbeat")
    wait_until(
        lambda: mute.readers.do(lambda: mute.reader.present("HERE I AM")) and mute.credentials(), "a sign of life"
    )
    mute.wait_online(2)
    alive.wait_state(rf_on=True)
    since = time.monotonic()
    wait_until(lambda: time.monotonic() - since > 1.5, "one and a half heartbeats")
    assert alive.availability()[-1][0] == "online"
    assert ("offline", "no_heartbeat") not in alive.availability()
    alive.readers.do(alive.reader.power_off)
    alive.wait_offline("no_heartbeat")
    alive.readers.do(alive.reader.power_on)
    alive.wait_online(2)


# -- tags that waited


def test_what_waited_is_late_unless_the_clock_proves_it_fresh(tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        device = yard.scripted("track", protocol="ecp", ecp_timeout=0.1)
        yard.start()

        def say(seq: str, tag: str, when: datetime) -> None:
            device.say(stamped(seq, tag, when))
            device.wait_read(tag)

        device.reader.wait_for_client()
        say("0", "WAITED", OLD)
        since = time.monotonic()
        wait_until(lambda: time.monotonic() - since > 1, "a pause that shows an empty buffer")
        say("2", "LIVE", NOW())
        device.reader.drop()
        wait_until(lambda: device.reader.connections == 2, "the next connection")
        device.reader.wait_for_client()
        say("4", "OLD", NOW() - timedelta(minutes=1))
        say("6", "FRESH", NOW() - timedelta(seconds=1))
        found = {read["credential"]: read["event_type"] for read in device.reads()}
        assert found == {"WAITED": "late_read", "LIVE": "read", "OLD": "late_read", "FRESH": "read"}
        assert all(read["late"] is (read["event_type"] == "late_read") for read in device.reads())


@pytest.mark.parametrize("protocol", [Protocol.ECP, Protocol.DATA_INQUIRY])
def test_the_backlog_of_a_reader_is_late(tmp_path: Path, protocol: Protocol) -> None:
    with Yard(tmp_path) as yard:
        options: dict[str, Any] = {"ecp_timeout": 0.2} if protocol is Protocol.ECP else {"idle_interval": 0.05}
        track = yard.add("track", Settings(protocol=protocol, ecp_timeout=0.2, sign_on=False, time=False), **options)
        track.tag(*numbered(100))
        yard.start()
        assert [read["event_type"] for read in track.wait_reads(100)] == ["late_read"] * 100
        track.wait_settled()
        since = time.monotonic()
        wait_until(lambda: time.monotonic() - since > 1, "a pause that shows an empty buffer")
        track.tag("LIVE")
        assert track.wait_read("LIVE")["event_type"] == "read"
        track.fault("close")
        track.tag("WAITED")
        assert track.wait_read("WAITED")["event_type"] == "late_read"
        assert in_order(track.reads()) == [*numbered(100), "LIVE", "WAITED"]


# -- what Home Assistant is told


def test_the_largest_descriptions(tmp_path: Path) -> None:
    reports = {f"a_long_name_for_an_event_type_{n:02d}": "A" * 100 + str(n) for n in range(16)}
    with Yard(tmp_path) as yard:
        for profile in Profile:
            for protocol in Protocol:
                name = f"{profile}-{protocol}".replace("_", "-")
                how = Settings(profile=profile, protocol=protocol)
                yard.add(name, how, allow_configuration=True, reports=reports, name="N" * 60)
        yard.start(home_assistant={"discovery": "on"})
        yard.wait_online()
        for device in yard.devices.values():
            assert isinstance(device, Track)
            device.done("query_status")
            config = yard.seen.wait_for(f"homeassistant/device/readers_home/{device.id}/config")[-1].payload
            description = yard.seen.wait_for(f"{device.topic}/description")[-1].payload
            assert len(config) < 16_384, device.id
            assert len(description) < 16_384, device.id
            components = json.loads(config)["components"]
            platforms = {component["platform"] for component in components.values() if "platform" in component}
            assert {"event", "sensor", "binary_sensor", "button", "switch"} <= platforms
            for topic in ("state", "availability"):
                retained = yard.seen.wait_for(f"{device.topic}/{topic}")[-1].payload
                assert len(retained) < 4096
