from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import ABORT, LARGEST_PAYLOAD, Parser, Response, command, crc16
from readers_bridge.families.baltech.commands import Request
from readers_bridge.families.baltech.typedefs import AutoReadMode, CardFamilies, IoPort

EVENTS, MESSAGES = 0x0501, 0x0502
ON_ACCEPTED, ON_ENABLED_PROTOCOL = 0x44, 0x46
SEED_SCRIPT = bytes.fromhex("44 04 04 44 04 80 03 02 03 05 06 00 01 1E")
INFO = b"1100 IDE Z     1.14.00 12/18/19 43893126\0"
INFO_ANSWER = (
    "0C 00 04 29 00 31 31 30 30 20 49 44 45 20 5A 20 20 20 20 20 31 2E 31 34 2E 30 30 20 31 32 2F 31 38 2F 31 39 20 34 33 38 39"
    " 33 31 32 36 00"
)

COMMANDS = {
    "0C 00 04 00 00": commands.get_info(),
    "0C 01 00 04 00 FF FF 00 00": Request(0x0100, b"\xff\xff\x00\x00"),
    "0C 05 01 00 00": commands.get_message(),
    "0C 05 00 01 00 01": commands.set_mode(AutoReadMode.Enabled),
    "0C 05 00 01 00 00": commands.set_mode(AutoReadMode.Disabled),
    "0C 05 03 03 00 02 01 00": commands.run_script(b"\x01\x00"),
    "0C 05 03 09 00 08 03 02 03 02 06 01 01 0C": commands.run_script(bytes.fromhex("03 02 03 02 06 01 01 0C")),
    "0C 05 03 02 00 01 04": commands.run_script(b"\x04"),
    "0C 05 03 03 00 02 0D 7B": commands.run_script(b"\x0d\x7b"),
    "0C 05 04 02 00 00 05": commands.restrict_card_families(CardFamilies.Iso14443A | CardFamilies.Iso15693),
    "0C 0A 01 01 00 00": commands.enable(IoPort.GreenLed),
    "0C 0A 02 01 00 03": commands.disable(IoPort.Relay),
    "0C 0A 03 07 00 02 03 00 C8 00 C8 00": commands.toggle(IoPort.Beeper, 3, 200, 200, inverted=False),
    "0C 0A 03 07 00 03 01 0B B8 00 64 00": commands.toggle(IoPort.Relay, 1, 3000, 100, inverted=False),
    "0C 0A 04 01 00 04": commands.sense(IoPort.Input0),
    "0C 0A 20 08 00 00 06 00 FF 80 00 01 F4": commands.set_rgb(6, 0xFF8000, 500),
    "0C 00 09 12 00 05 01 44 0E 44 04 04 44 04 80 03 02 03 05 06 00 01 1E": commands.cfg_set_value(
        EVENTS, ON_ACCEPTED, SEED_SCRIPT
    ),
    "0C 00 09 06 00 05 01 46 02 01 00": commands.cfg_set_value(EVENTS, ON_ENABLED_PROTOCOL, b"\x01\x00"),
    "0C 00 08 03 00 05 01 44": commands.cfg_get_value(EVENTS, ON_ACCEPTED),
    "0C 00 0A 03 00 05 01 44": commands.cfg_del_values(EVENTS, ON_ACCEPTED),
    "0C 00 0C 02 00 05 01": commands.cfg_get_value_list(EVENTS),
    "0C 00 03 00 00": commands.reset(),
    "0C 07 0A 00 00": commands.get_cur_ac_mask(),
    "0C FF FF 00 00": commands.abort(),
}

ANSWERS = {
    INFO_ANSWER: Response(0x0004, 0, INFO),
    "8C 01 00 01 00 01": Response(0x0100, 0x01),
    "0C 05 01 0C 00 00 0A 30 31 32 33 34 35 36 37 38 39": Response(0x0501, 0, b"\x00\x0a0123456789"),
    "8C 05 01 01 00 01": Response(0x0501, 0x01),
    "8C 05 01 01 00 10": Response(0x0501, 0x10),
    "CC 05 01 01 00 01": Response(0x0501, 0x01, critical=True),
    "8C 05 01 01 00 40": Response(0x0501, 0x40),
    "0E 05 01 02 00 01 00": Response(0x0501, 0, b"\x01\x00", phase=2),
    "0D 05 01 00 00": Response(0x0501, 0, phase=1),
    "0C 05 03 00 00": Response(0x0503),
    "8C 05 03 01 00 04": Response(0x0503, 0x04),
    "0C 0A 04 01 00 01": Response(0x0A04, 0, b"\x01"),
    "8C 0A 20 01 00 41": Response(0x0A20, 0x41),
    "8C 00 08 01 00 03": Response(0x0008, 0x03),
    "8C 05 01 03 00 02 AB CD": Response(0x0501, 0x02, b"\xab\xcd"),
}

WITH_CRC = {
    "2C 00 04 00 00 4E 53": commands.get_info(),
    "2C 05 01 00 00 19 E6": commands.get_message(),
    "2C 05 03 03 00 02 01 00 5F 25": commands.run_script(b"\x01\x00"),
}

ANSWERS_WITH_CRC = {
    "2C" + INFO_ANSWER[2:] + " E8 84": Response(0x0004, 0, INFO),
    "AC 05 01 01 00 01 96 29": Response(0x0501, 0x01),
}


def written(response: Response, *, crc: bool = False) -> bytes:
    """A response frame as a reader writes it."""
    flags = 0x0C + (0x20 if crc else 0) + (0x80 if response.status else 0) + (0x40 if response.critical else 0)
    payload = (bytes([response.status]) if response.status else b"") + response.data
    frame = (
        bytes([flags + response.phase])
        + response.code.to_bytes(2, "big")
        + len(payload).to_bytes(2, "little")
        + payload
    )
    if not crc:
        return frame
    register = 0xFFFF
    for byte in frame:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ 0x1021 if register & 0x8000 else register << 1) & 0xFFFF
    return frame + bytes([register >> 8, register & 0xFF])


responses = st.builds(
    Response,
    code=st.integers(0, 0xFFFF),
    status=st.sampled_from([0, 0, 1, 0x10, 0x40, 0x84, 0xFF]),
    data=st.binary(max_size=60) | st.just(bytes(LARGEST_PAYLOAD - 1)),
    critical=st.booleans(),
    phase=st.integers(0, 2),
)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[begin:end] for begin, end in pairwise(at)]


def test_crc16_is_ccitt_false() -> None:
    assert crc16(b"123456789") == 0x29B1


@pytest.mark.parametrize(("frame", "request_"), COMMANDS.items(), ids=COMMANDS)
def test_command(frame: str, request_: Request) -> None:
    assert command(request_.code, request_.payload).hex(" ").upper() == frame


@pytest.mark.parametrize(("frame", "request_"), WITH_CRC.items(), ids=WITH_CRC)
def test_command_with_crc16(frame: str, request_: Request) -> None:
    assert command(request_.code, request_.payload, crc=True).hex(" ").upper() == frame


@pytest.mark.parametrize(("frame", "response"), ANSWERS.items(), ids=ANSWERS)
def test_answer(frame: str, response: Response) -> None:
    parser = Parser()
    assert parser.receive(bytes.fromhex(frame)) == [response]
    assert not parser.partial
    assert not parser.broken


@pytest.mark.parametrize(("frame", "response"), ANSWERS_WITH_CRC.items(), ids=ANSWERS_WITH_CRC)
def test_answer_with_crc16(frame: str, response: Response) -> None:
    assert Parser(crc=True).receive(bytes.fromhex(frame)) == [response]


def test_command_that_fits_no_frame() -> None:
    assert len(command(ABORT, bytes(LARGEST_PAYLOAD))) == 5 + LARGEST_PAYLOAD
    with pytest.raises(ValueError, match="at most 1020 bytes, not 1021"):
        command(ABORT, bytes(LARGEST_PAYLOAD + 1))
    with pytest.raises(ValueError, match="16 bits"):
        command(0x10000)


@given(st.lists(responses, max_size=4), st.lists(st.integers(0, 5000), max_size=6), st.booleans())
def test_every_split_gives_the_same_responses(sent: list[Response], cuts: list[int], crc: bool) -> None:
    parser = Parser(crc=crc)
    stream = b"".join(written(response, crc=crc) for response in sent)
    assert [response for piece in pieces(stream, cuts) for response in parser.receive(piece)] == sent
    assert not parser.partial
    assert not parser.broken


@pytest.mark.parametrize("crc", [False, True])
def test_byte_by_byte(crc: bool) -> None:
    parser = Parser(crc=crc)
    frame = written(Response(0x0501, 0x01), crc=crc)
    for byte in frame[:-1]:
        assert parser.receive(bytes([byte])) == []
        assert parser.partial
    assert parser.receive(frame[-1:]) == [Response(0x0501, 0x01)]


# -- what cannot be understood

GOOD = written(Response(0x0501, 0x01))


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        ("00", "not the beginning of an answer"),
        ("FF 05 01 01 00 01", "with BCC16 where"),
        ("08 01", "not the beginning"),
        ("04 01", "not the beginning"),
        ("2C 05 01 00 00", "with CRC16 where the commands are sent with no checksum"),
        ("1C 05 01 00 00", "with BCC8 where"),
        ("0C 05 01 FD 03", "announces 1021 bytes"),
        ("8C 05 01 00 00", "without a status"),
        ("8C 05 01 01 00 00", "the status 0"),
    ],
)
def test_broken(frame: str, why: str) -> None:
    parser = Parser()
    assert parser.receive(GOOD + bytes.fromhex(frame)) == [Response(0x0501, 0x01)], "what came before is not lost"
    assert why in parser.broken
    assert not parser.partial
    assert parser.receive(GOOD) == [], "nothing is believed any more"
    parser.reset()
    assert not parser.broken
    assert parser.receive(GOOD) == [Response(0x0501, 0x01)]


def test_longest_frame_that_is_believed() -> None:
    longest = Response(0x0501, 0, bytes(LARGEST_PAYLOAD))
    assert Parser().receive(written(longest)) == [longest]


def test_missing_checksum() -> None:
    parser = Parser(crc=True)
    assert parser.receive(GOOD) == []
    assert "with no checksum where the commands are sent with CRC16" in parser.broken


@pytest.mark.parametrize("position", range(8))
def test_every_changed_byte_breaks_the_crc16(position: int) -> None:
    frame = bytearray.fromhex("AC 05 01 01 00 01 96 29")
    frame[position] ^= 0x01
    parser = Parser(crc=True)
    assert parser.receive(bytes(frame)) == []
    assert parser.broken or parser.partial


def test_wrong_crc16() -> None:
    parser = Parser(crc=True)
    assert parser.receive(bytes.fromhex("AC 05 01 01 00 01 96 28")) == []
    assert parser.broken == "a frame has a wrong CRC16"


def test_reset_in_the_middle_of_a_frame() -> None:
    parser = Parser()
    parser.receive(GOOD[:4])
    parser.reset()
    assert not parser.partial
    assert parser.receive(GOOD) == [Response(0x0501, 0x01)]


@given(st.lists(st.binary(max_size=40), max_size=8), st.booleans())
def test_garbage_never_raises(chunks: list[bytes], crc: bool) -> None:
    parser = Parser(crc=crc)
    for chunk in chunks:
        for response in parser.receive(chunk):
            assert 0 <= response.code <= 0xFFFF
        assert not (parser.broken and parser.partial)
    parser.reset()
    good = Response(0x0004, 0, INFO)
    assert parser.receive(written(good, crc=crc)) == [good]


@given(st.lists(responses, min_size=1, max_size=3), st.binary(max_size=30), st.lists(st.integers(0, 5000), max_size=4))
def test_what_came_before_garbage_is_the_same_in_every_split(
    sent: list[Response], garbage: bytes, cuts: list[int]
) -> None:
    stream = b"".join(map(written, sent)) + garbage
    whole, split = Parser(), Parser()
    expected = whole.receive(stream)
    assert expected[: len(sent)] == sent
    assert [response for piece in pieces(stream, cuts) for response in split.receive(piece)] == expected
    assert (split.broken, split.partial) == (whole.broken, whole.partial)
