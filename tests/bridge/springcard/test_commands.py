from __future__ import annotations

from typing import Any

import pytest

from readers_bridge.errors import CommandError
from readers_bridge.families.springcard.commands import encode, sccmd
from readers_bridge.families.springcard.messages import Dialect
from readers_bridge.model import Command, Status


@pytest.mark.parametrize(
    ("name", "args", "text", "json"),
    [
        ("wink", {}, b"$SCCMD;SEQ=0E", b'{"Sequence":"0E"}'),
        ("accept", {}, b"$SCCMD;SEQ=60", b'{"Sequence":"60"}'),
        ("deny", {}, b"$SCCMD;SEQ=61", b'{"Sequence":"61"}'),
        ("play_sequence", {"sequence": "2f"}, b"$SCCMD;SEQ=2F", b'{"Sequence":"2F"}'),
        ("set_leds", {"leds": "92929292"}, b"$SCCMD;LEDS=92929292", b'{"Leds":"92929292"}'),
        (
            "set_leds",
            {"leds": "92929292", "beep_ms": 100},
            b"$SCCMD;LEDS=92929292;BUZZ=0064",
            b'{"Leds":"92929292","Buzzer":"0064"}',
        ),
        ("beep", {"ms": 200}, b"$SCCMD;BUZZ=00C8", b'{"Buzzer":"00C8"}'),
        ("send_raw", {"line": "$SCCMD;SEQ=60*1D"}, b"$SCCMD;SEQ=60*1D", b"$SCCMD;SEQ=60*1D"),
    ],
)
def test_bytes(name: str, args: dict[str, Any], text: bytes, json: bytes) -> None:
    command = Command(name, args)
    assert encode(command, None)[0] == text + b"\r\n", "as long as the dialect is not told, $SCCMD"
    assert encode(command, Dialect.SCRDR)[0] == text + b"\r\n"
    assert encode(command, Dialect.JSON)[0] == json + b"\r\n"


def test_bytes_as_published() -> None:
    assert sccmd(SEQ="0E") == bytes.fromhex("24 53 43 43 4D 44 3B 53 45 51 3D 30 45 0D 0A")
    assert sccmd() == b"$SCCMD\r\n"


@pytest.mark.parametrize(
    ("name", "args", "json"),
    [
        ("set_relay", {"on": True}, b'{"Relay":true}'),
        ("set_relay", {"on": False, "relay": 1}, b'{"Relays":[false]}'),
        ("set_relay", {"on": True, "relay": 3}, b'{"Relays":[null,null,true]}'),
        ("set_rgb", {"rgb": "#FF8000"}, b'{"RgbColor":"FF8000"}'),
    ],
)
def test_outputs_exist_in_json_only(name: str, args: dict[str, Any], json: bytes) -> None:
    assert encode(Command(name, args), Dialect.JSON)[0] == json + b"\r\n"
    for dialect in (None, Dialect.SCRDR):
        with pytest.raises(CommandError, match="JSON") as caught:
            encode(Command(name, args), dialect)
        assert (caught.value.status, caught.value.code) == (Status.REFUSED, "not_supported")


def test_a_long_beep_is_cut_and_the_result_says_so() -> None:
    assert encode(Command("beep", {"ms": 60_000}), None) == (b"$SCCMD;BUZZ=0BB8\r\n", {"ms": 3000})
    data, told = encode(Command("set_leds", {"leds": "00000000", "beep_ms": 65535}), Dialect.JSON)
    assert data == b'{"Leds":"00000000","Buzzer":"0BB8"}\r\n'
    assert told == {"leds": "00000000", "beep_ms": 3000}


@pytest.mark.parametrize("sequence", ["0A", "0b", "0C"])
def test_sequences_that_look_like_maintenance_are_refused(sequence: str) -> None:
    command = Command("play_sequence", {"sequence": sequence})
    with pytest.raises(CommandError, match="raw_commands") as caught:
        encode(command, None)
    assert (caught.value.status, caught.value.code) == (Status.REFUSED, "maintenance_sequence")
    assert encode(command, None, raw_commands=True)[0] == f"$SCCMD;SEQ={sequence.upper()}\r\n".encode()


@pytest.mark.parametrize("name", ["wink", "accept", "deny", "send_raw"])
def test_mk1_takes_no_commands(name: str) -> None:
    with pytest.raises(CommandError, match="MK1") as caught:
        encode(Command(name, {"line": "x"}), Dialect.MK1)
    assert (caught.value.status, caught.value.code) == (Status.REFUSED, "not_supported")


def test_a_command_of_more_than_255_characters_is_refused() -> None:
    assert len(encode(Command("send_raw", {"line": "x" * 255}), None)[0]) == 257
    with pytest.raises(CommandError, match="255") as caught:
        encode(Command("send_raw", {"line": "x" * 256}), None)
    assert (caught.value.status, caught.value.code, caught.value.path) == (Status.INVALID, "too_long", "line")


@pytest.mark.parametrize("line", ["$SCCMD;SEQ=60\r\n$SCCMD;SEQ=61", "é", "\0"])
def test_a_raw_command_is_one_line_of_ascii(line: str) -> None:
    with pytest.raises(CommandError) as caught:
        encode(Command("send_raw", {"line": line}), None)
    assert (caught.value.status, caught.value.code) == (Status.INVALID, "bad_character")


def test_unknown_command() -> None:
    with pytest.raises(CommandError) as caught:
        encode(Command("explode"), None)
    assert caught.value.status == Status.INVALID
