from __future__ import annotations

import pytest

from readers_bridge.errors import ProtocolError
from readers_bridge.families.star.status import ASB_OFF, ASB_ON, ASB_REQUEST, REQUEST, Asb, Enq, Eot

BITS = {
    "switch_offline": (2, 6),
    "cover_open": (2, 5),
    "offline": (2, 3),
    "drawer_switch": (2, 2),
    "etb": (2, 1),
    "head_hot": (3, 6),
    "non_recoverable_error": (3, 5),
    "cutter_error": (3, 3),
    "mechanical_error": (3, 2),
    "receive_buffer_overflow": (4, 6),
    "page_mode_error": (4, 5),
    "black_mark_error": (4, 3),
    "presenter_jam": (4, 2),
    "head_up": (4, 1),
    "black_mark_seen": (5, 5),
    "roll_position_error": (5, 5),
    "paper_end": (5, 3),
    "paper_near_end_inner": (5, 2),
    "paper_near_end_outer": (5, 1),
    "paper_present": (6, 1),
}
SAME_BIT = {"black_mark_seen", "roll_position_error"}
STOPS_PRINTING = {
    "cover_open",
    "paper_end",
    "cutter_error",
    "non_recoverable_error",
    "head_hot",
    "mechanical_error",
    "head_up",
    "presenter_jam",
    "black_mark_error",
    "offline",
}
GOOD = bytes.fromhex("23 86 00 00 00 00 00 00 00")


def with_bit(index: int, bit: int) -> Asb:
    raw = bytearray(GOOD)
    raw[index] |= 1 << bit
    return Asb(bytes(raw))


def on(asb: Asb) -> set[str]:
    return {name for name in BITS if getattr(asb, name)}


def test_requests() -> None:
    assert b"2" + bytes(50) == REQUEST
    assert bytes.fromhex("1B 06 01") == ASB_REQUEST
    assert (bytes.fromhex("1B 1E 61 00"), bytes.fromhex("1B 1E 61 01")) == (ASB_OFF, ASB_ON)


@pytest.mark.parametrize(("name", "place"), BITS.items(), ids=BITS)
def test_bit(name: str, place: tuple[int, int]) -> None:
    asb = with_bit(*place)
    assert on(asb) == ({name} if name not in SAME_BIT else SAME_BIT)
    assert asb.errors == ((name,) if name in STOPS_PRINTING else ())


@pytest.mark.parametrize("index", range(2, 9))
@pytest.mark.parametrize("bit", [6, 5, 3, 2, 1])
def test_every_bit_has_one_meaning(index: int, bit: int) -> None:
    asb = with_bit(index, bit)
    named = {name for name, place in BITS.items() if place == (index, bit)}
    assert on(asb) == named
    numbers = (asb.slip_state, asb.slip_sensors, asb.etb_counter, asb.presenter)
    expected = {
        (6, 6): (2, 0, 0, 0),
        (6, 5): (1, 0, 0, 0),
        (6, 3): (0, 2, 0, 0),
        (6, 2): (0, 1, 0, 0),
        (7, 6): (0, 0, 16, 0),
        (7, 5): (0, 0, 8, 0),
        (7, 3): (0, 0, 4, 0),
        (7, 2): (0, 0, 2, 0),
        (7, 1): (0, 0, 1, 0),
        (8, 3): (0, 0, 0, 4),
        (8, 2): (0, 0, 0, 2),
        (8, 1): (0, 0, 0, 1),
    }
    assert numbers == expected.get((index, bit), (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("byte", "counter"),
    [(0x00, 0), (0x02, 1), (0x0E, 7), (0x20, 8), (0x2E, 15), (0x40, 16), (0x6E, 31)],
)
def test_etb_counter(byte: int, counter: int) -> None:
    assert Asb(GOOD[:7] + bytes([byte])).etb_counter == counter


def test_every_etb_counter_differs() -> None:
    bytes_ = [byte for byte in range(0x80) if not byte & 0x11]
    assert sorted(Asb(GOOD[:7] + bytes([byte])).etb_counter or 0 for byte in bytes_) == list(range(32))


@pytest.mark.parametrize(("byte", "version"), [(0x02, 1), (0x06, 3), (0x0A, 5), (0x20, 8), (0x86, 3), (0x8A, 5)])
def test_version(byte: int, version: int) -> None:
    assert Asb(b"\x23" + bytes([byte]) + bytes(7)).version == version


def test_a_short_asb_has_no_counter_and_no_presenter() -> None:
    short = Asb(bytes.fromhex("0F 82 02 00 00 00 00"))
    assert short.etb
    assert (short.etb_counter, short.presenter) == (None, None)
    assert Asb(short.raw + b"\x0e").etb_counter == 7
    assert Asb(short.raw + b"\x0e").presenter is None


@pytest.mark.parametrize(
    ("raw", "attributes", "errors"),
    [
        ("23 86 00 00 00 00 00 00 00", set(), ()),
        ("23 86 02 00 00 00 00 02 00", {"etb"}, ()),
        ("23 86 28 00 00 00 00 00 00", {"cover_open", "offline"}, ("cover_open", "offline")),
        (
            "23 86 08 00 00 0C 00 00 00",
            {"offline", "paper_end", "paper_near_end_inner"},
            ("paper_end", "offline"),
        ),
        ("23 86 00 00 00 04 00 00 00", {"paper_near_end_inner"}, ()),
        ("23 86 08 08 00 00 00 00 00", {"offline", "cutter_error"}, ("cutter_error", "offline")),
        ("23 86 04 00 00 00 00 00 00", {"drawer_switch"}, ()),
        ("29 8A 02 00 00 00 00 02 00 00 00 06", {"etb"}, ()),
    ],
)
def test_states(raw: str, attributes: set[str], errors: tuple[str, ...]) -> None:
    asb = Asb(bytes.fromhex(raw))
    assert on(asb) == attributes
    assert asb.errors == errors


def test_either_near_end_sensor() -> None:
    assert not Asb(GOOD).paper_near_end
    assert with_bit(5, 2).paper_near_end
    assert with_bit(5, 1).paper_near_end


# -- ENQ and EOT


def bits_of(answer: Enq | Eot) -> set[str]:
    return {name for name in answer.__slots__ if getattr(answer, name)}


@pytest.mark.parametrize(
    ("byte", "expected"),
    [
        (0x00, set()),
        (0x80, {"drawer_switch"}),
        (0x40, {"receive_buffer_overflow"}),
        (0x20, {"receive_buffer_empty"}),
        (0x08, {"paper_end"}),
        (0x04, {"error"}),
        (0x02, {"framing_error"}),
        (0x01, {"parity_error"}),
        (0xEF, set(Enq.__slots__)),
    ],
)
def test_enq(byte: int, expected: set[str]) -> None:
    assert bits_of(Enq.of(byte)) == expected


@pytest.mark.parametrize(
    ("byte", "expected"),
    [
        (0x10, set()),
        (0x90, {"drawer_switch"}),
        (0x50, {"presenter_jam"}),
        (0x30, {"paper_near_end_outer"}),
        (0x18, {"paper_end"}),
        (0x14, {"paper_near_end_inner"}),
        (0x12, {"black_mark_error"}),
        (0xFE, set(Eot.__slots__)),
    ],
)
def test_eot(byte: int, expected: set[str]) -> None:
    assert bits_of(Eot.of(byte)) == expected


def test_the_fixed_bits_tell_enq_and_eot_apart() -> None:
    for byte in range(256):
        if byte & 0x10:
            with pytest.raises(ProtocolError, match=f"{byte:02X} is no answer to ENQ"):
                Enq.of(byte)
        if not byte & 0x10 or byte & 0x01:
            with pytest.raises(ProtocolError, match=f"{byte:02X} is no answer to EOT"):
                Eot.of(byte)
