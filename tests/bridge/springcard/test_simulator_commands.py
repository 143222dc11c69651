"""What simulated readers make of commands."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.springcard.simulator import Commands, Discarded, Format, Received, Settings, Verify
from readers_bridge.families.springcard.simulator.commands import CommandDecoder

TEXT = Settings()
JSON = Settings(format=Format.JSON)


def decode(data: bytes, settings: Settings = TEXT) -> list[Received | Discarded]:
    decoder = CommandDecoder(settings)
    return decoder.feed(data) + decoder.flush()


def one(data: bytes, settings: Settings = TEXT) -> Received:
    (command,) = decode(data, settings)
    assert isinstance(command, Received), command
    return command


def reason(data: bytes, settings: Settings = TEXT) -> str:
    (discarded,) = decode(data, settings)
    assert isinstance(discarded, Discarded), discarded
    return discarded.reason


@pytest.mark.parametrize(
    ("text", "excluded", "included", "sequence", "leds", "buzzer"),
    [
        (b"$SCCMD;SEQ=0E", b"6E", b"60", 0x0E, None, None),
        (b"$SCCMD;SEQ=60", b"1D", b"13", 0x60, None, None),
        (b"$SCCMD;SEQ=61", b"1C", b"12", 0x61, None, None),
        (b"$SCCMD;LEDS=92929292;BUZZ=0064", b"51", b"5F", None, b"\x92\x92\x92\x92", 100),
        (b"$SCCMD;BUZZ=00C8", b"30", b"3E", None, None, 200),
        (b"$SCCMD", b"5A", b"54", None, None, None),
    ],
)
def test_every_vector(
    text: bytes, excluded: bytes, included: bytes, sequence: int | None, leds: bytes | None, buzzer: int | None
) -> None:
    wanted = (sequence, leds, buzzer)
    for ending in (b"\r\n", b"\n", b"\r", b""):
        for tail in (b"", b"*" + excluded, b"*" + included, b"*" + included.lower()):
            command = one(text + tail + ending)
            assert (command.sequence, command.leds, command.buzzer) == wanted
            assert command.raw == text + tail
    assert reason(text + b"*00\r\n") == "wrong checksum"
    strict = Settings(verify=Verify.EXCLUDED)
    assert one(text + b"*" + excluded, strict).sequence == sequence
    assert reason(text + b"*" + included, strict) == "wrong checksum"
    assert reason(text + b"*" + excluded, Settings(verify=Verify.INCLUDED)) == "wrong checksum"


def test_exact_bytes() -> None:
    assert one(bytes.fromhex("24 53 43 43 4D 44 3B 53 45 51 3D 30 45 0D 0A")).sequence == 0x0E
    leds_and_buzzer = one(
        bytes.fromhex("24 53 43 43 4D 44 3B 4C 45 44 53 3D 39 32 39 32 39 32 39 32 3B 42 55 5A 5A 3D 30 30 36 34 0D 0A")
    )
    assert (leds_and_buzzer.leds, leds_and_buzzer.buzzer) == (bytes.fromhex("92929292"), 100)


def test_unknown_fields_are_ignored() -> None:
    assert one(b"$SCCMD;TEXT=hello;SEQ=60;RELAY=1;SEQ:0E\r\n").sequence == 0x60


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"$SCCMD;SEQ=6\r\n", "SEQ must be 2 hex digits"),
        (b"$SCCMD;LEDS=9292\r\n", "LEDS must be 8 hex digits"),
        (b"$SCCMD;BUZZ=100 \x00\r\n", "BUZZ must be 4 hex digits"),
        (b"$SCCMD;SEQ=60;BUZZ=0064\r\n", "SEQ together with LEDS or BUZZ"),
        (b"$SCXYZ;1\r\n", "not a $SCCMD Message"),
        (b"hello\r\n", "not a command"),
        (b'{"Sequence":"60"}\r\n', "JSON is not understood in this format"),
    ],
)
def test_what_is_discarded_and_why(text: bytes, why: str) -> None:
    assert reason(text) == why


def test_255_characters_are_executed_and_256_discarded() -> None:
    longest = b"$SCCMD;SEQ=60;X=" + b"9" * 239
    assert len(longest) == 255
    assert one(longest + b"\r\n").sequence == 0x60
    assert reason(longest + b"9\r\n") == "too long"
    assert reason(longest + b"9") == "too long"


def test_after_something_too_long_the_next_command_is_executed() -> None:
    decoder = CommandDecoder(TEXT)
    items = decoder.feed(b"$SCCMD;X=" + b"9" * 70_000) + decoder.feed(b"99") + decoder.feed(b"9\r\n$SCCMD;SEQ=60\r\n")
    assert [type(item) for item in items] == [Discarded, Received]
    assert not decoder.pending


def test_frames_of_other_protocols_on_the_line_are_skipped() -> None:
    discarded, command = decode(bytes.fromhex("16 00 02 90 0E") + b"$SCCMD;SEQ=60\r\n")
    assert isinstance(discarded, Discarded)
    assert isinstance(command, Received)


def test_a_dollar_sign_ends_the_command_before_it() -> None:
    decoder = CommandDecoder(TEXT)
    (first,) = decoder.feed(b"$SCCMD;SEQ=60$SCCMD;SEQ=61")
    (second,) = decoder.flush()
    assert isinstance(first, Received)
    assert isinstance(second, Received)
    assert (first.sequence, second.sequence) == (0x60, 0x61)


@pytest.mark.parametrize(
    ("text", "sequence", "leds", "buzzer"),
    [
        (b'{"Sequence":"60"}', 0x60, None, None),
        (b'{"Sequence":60}', 0x3C, None, None),
        (b'{"Sequence":"e"}', 0x0E, None, None),
        (b'{"Leds":"92929292","Buzzer":"0064"}', None, b"\x92\x92\x92\x92", 100),
        (b'{ "Buzzer" : 100,\r\n "Unknown" : {} }', None, None, 100),
        (b"{}", None, None, None),
    ],
)
def test_reader_commands(text: bytes, sequence: int | None, leds: bytes | None, buzzer: int | None) -> None:
    command = one(text, JSON)
    assert (command.sequence, command.leds, command.buzzer) == (sequence, leds, buzzer)


def test_relays_and_colours_are_kept_as_they_came() -> None:
    assert one(b'{"Relay":true,"Relays":[1],"RgbColor":"FF0000"}', JSON).other == {
        "Relay": True,
        "Relays": [1],
        "RgbColor": "FF0000",
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b'{"Sequence":"60","Buzzer":1}', "Sequence together with Leds, Rgb or Buzzer"),
        (b'{"Sequence":"60","RgbMode":1}', "Sequence together with Leds, Rgb or Buzzer"),
        (b'{"Sequence":256}', "Sequence must be a hex string or an integer, at most 255"),
        (b'{"Sequence":true}', "Sequence must be a hex string or an integer, at most 255"),
        (b'{"Sequence":"0x60"}', "Sequence must be a hex string or an integer, at most 255"),
        (b'{"Buzzer":1.5}', "Buzzer must be a hex string or an integer, at most 65535"),
        (b'{"Leds":"9292"}', "Leds must be 8 hex digits"),
        (b"{Sequence:60}", "not JSON"),
        (b"$SCCMD;SEQ=60\r\n", "$SCCMD is not understood in this format"),
        (b'{"Sequence":"60"', "not JSON"),
        (b"[60]", "not a command"),
    ],
)
def test_reader_commands_that_are_discarded(text: bytes, why: str) -> None:
    assert reason(text, JSON) == why


def test_reader_commands_in_a_stream() -> None:
    decoder = CommandDecoder(JSON)
    items = decoder.feed(b'{"Sequence":"60"}{"Buz') + decoder.feed(b'zer":1}\r\n rubbish {"a":"}","Sequence":"61"}')
    commands = [item for item in items if isinstance(item, Received)]
    assert [(command.sequence, command.buzzer) for command in commands] == [(0x60, None), (None, 1), (0x61, None)]
    too_long = decoder.feed(b'{"a":"' + b"x" * 5000)
    assert [getattr(item, "reason", None) for item in too_long] == ["too long"]


def test_both_kinds_where_the_reader_understands_both() -> None:
    both = Settings(commands=Commands.BOTH)
    items = decode(b'$SCCMD;SEQ=60\r\n{"Sequence":"61"}$SCCMD;SEQ=0E', both)
    assert [getattr(item, "sequence", None) for item in items] == [0x60, 0x61, 0x0E]


def test_mk1_understands_nothing() -> None:
    assert reason(b"$SCCMD;SEQ=60\r\n", Settings(format=Format.MK1)) == "$SCCMD is not understood in this format"


COMMANDS = b'$SCCMD;SEQ=60\r\n{"Sequence":"61"}\r\n$SCCMD;LEDS=92929292;BUZZ=0064*51\r\nrubbish\n$SCCMD;SEQ=0E\n'


@given(st.lists(st.integers(0, len(COMMANDS)), max_size=12))
def test_any_split_of_the_stream_gives_the_same(cuts: list[int]) -> None:
    both = Settings(commands=Commands.BOTH)
    decoder = CommandDecoder(both)
    borders = [0, *sorted(cuts), len(COMMANDS)]
    items = [item for a, b in itertools.pairwise(borders) for item in decoder.feed(COMMANDS[a:b])]
    assert items == CommandDecoder(both).feed(COMMANDS)
    assert len(items) == 5


@given(st.lists(st.binary(max_size=400), max_size=5), st.sampled_from(Format), st.sampled_from(Commands))
def test_rubbish_never_raises_and_the_next_command_is_executed(
    chunks: list[bytes], wire: Format, commands: Commands
) -> None:
    decoder = CommandDecoder(Settings(format=wire, commands=commands))
    for chunk in chunks:
        decoder.feed(chunk)
    decoder.flush()
    item = decoder.feed(b'{"Sequence":"60"}' if wire is Format.JSON else b"$SCCMD;SEQ=60\r\n")[0]
    if wire is not Format.MK1 or commands is Commands.BOTH:
        assert isinstance(item, Received)
        assert item.sequence == 0x60
