"""Command mode, in which a reader reads nothing: it is closed again whatever breaks, and never opened without a command."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.conftest import wait_until
from tests.end_to_end.transcore import ECP_ACKS, Protocol, Settings, Track, Yard

SESSIONS = {
    Protocol.BASIC: (len("#01_#6401_#00_"), len("#Done__") * 3),
    Protocol.DATA_INQUIRY: (len("#01_#6401_#00_"), len("#Done__") * 3),
    Protocol.ECP: (
        len("#101CCCC_#3505CCCC_#56401CCCC_#700CCCC_"),
        len("#1DoneCCCC__") * 3 + len("#3Model E4 Series Ver 1.12 SN081234CCCC__"),
    ),
}
"""Bytes of one session to the reader and to the host; with ECP it begins with a probe, since no number is known yet."""

PLACES = [
    (protocol, direction, place)
    for protocol, lengths in SESSIONS.items()
    for direction, length in zip(("to_reader", "to_host"), lengths, strict=True)
    for place in range(length - (direction == "to_host"))  # the last one is an LF that nobody needs
]
GROUP_COUNT = 2
GROUPS = [PLACES[start::GROUP_COUNT] for start in range(GROUP_COUNT)]


def closing(track: Track) -> bool:
    """Whether the first thing that the reader heard after the interruption closes command mode."""
    assert track.line is not None
    later = track.sent()[track.line.heard :]
    return re.match(rb"#(?:[13579BDF])?00(?:[0-9A-F`]{4})?\r", later) is not None


@pytest.mark.parametrize("group", range(GROUP_COUNT))
@pytest.mark.parametrize("how", ["killed", "cut"])
def test_a_session_interrupted_at_every_byte(tmp_path: Path, how: str, group: int) -> None:
    with Yard(tmp_path) as yard:
        tracks = []
        for protocol, direction, place in GROUPS[group]:
            name = f"{protocol}-{direction}-{place}".replace("_", "-")
            track = yard.add(name, Settings(protocol=protocol, sign_on=False, ecp_timeout=1), lined=True)
            assert track.line is not None
            track.line.cut_after(place, direction, hang_up=how == "cut")
            tracks.append((track, track.line))
        yard.start()
        yard.wait_online()
        for track, _ in tracks:
            track.send("set_rf", on=True)
        wait_until(lambda: all(line.heard is not None for _, line in tracks), "all sessions to be interrupted", 30)
        if how == "killed":
            yard.bridge.kill()
            assert not all(track.in_data_mode for track, _ in tracks), "the point of it"
            for _, line in tracks:
                line.mend()
            yard.bridge.start()
        for track, _ in tracks:
            wait_until(lambda track=track: closing(track), f"00 to {track.id}: {track.sent()!r}", 30)  # type: ignore[misc]
            wait_until(lambda track=track: track.in_data_mode, f"{track.id} to be in data mode")  # type: ignore[misc]
            track.tag("AFTER")
        for track, _ in tracks:
            track.wait_read("AFTER")
            assert track.in_data_mode


def test_without_a_command_nothing_is_sent_that_could_blind_a_reader(tmp_path: Path) -> None:
    harmless = {Protocol.BASIC: b"", Protocol.DATA_INQUIRY: b"\x05*", Protocol.ECP: ECP_ACKS.pattern}
    with Yard(tmp_path) as yard:
        tracks = {
            protocol: [
                yard.add(
                    f"{str(protocol).replace('_', '-')}-{number}",
                    Settings(protocol=protocol, ecp_timeout=0.5),
                    lined=True,
                )
                for number in range(2)
            ]
            for protocol in Protocol
        }
        yard.start()
        yard.wait_online()
        for run in range(2):
            for pair in tracks.values():
                for track in pair:
                    track.tag(f"RUN {run}")
            for protocol, pair in tracks.items():
                for track in pair:
                    track.wait_read(f"RUN {run}")
                    assert re.fullmatch(harmless[protocol], track.sent()), track.sent()
            yard.restart()
        used: dict[str, int] = {}
        for pair in tracks.values():
            track = pair[0]
            track.done("send_command", command="525")
            assert track.commands()[0] == "01"
            assert track.commands()[-2:] == ["525", "00"]
            used[track.id] = len(track.commands())
        said = {track.id: len(track.sent()) for pair in tracks.values() for track in pair}
        yard.restart()
        for pair in tracks.values():
            for track in pair:
                track.tag("LAST")
        for protocol, pair in tracks.items():
            for track in pair:
                track.wait_read("LAST")
                later = track.sent()[said[track.id] :]
                assert re.fullmatch(harmless[protocol], later), later
                assert len(track.commands()) == used.get(track.id, 0)


def test_a_bridge_that_is_stopped_closes_command_mode(tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        tracks = [
            yard.add(
                str(protocol).replace("_", "-"), Settings(protocol=protocol, baud=1200, ecp_timeout=1, sign_on=False)
            )
            for protocol in Protocol
        ]
        yard.start()
        yard.wait_online()
        for track in tracks:
            track.send("query_status")
        for track in tracks:
            wait_until(lambda track=track: "505" in track.commands(), f"command mode of {track.id}")  # type: ignore[misc]
            assert not track.in_data_mode
        yard.bridge.signal(signal.SIGTERM)
        assert yard.bridge.wait(30) == 0
        for track in tracks:
            assert track.in_data_mode
            assert track.commands()[-1] == "00"
            assert "577" not in track.commands(), "what was not asked yet is not asked any more"
