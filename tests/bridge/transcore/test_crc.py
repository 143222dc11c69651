"""Both CRCs against their check values, the published routine bit by bit, and each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.transcore.crc import WILD_CARD, Crc, vendor, xmodem
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity

CHECK = b"123456789"

DIGITS = {  # body: vendor, XMODEM
    b"4KING 1302": ("9A91", "64B8"),
    b"4@": ("3440", "8195"),
    b"4?": ("343F", "0EED"),
    b"0@": ("3040", "4D51"),
    b"2@": ("3240", "2B33"),
    b"6@": ("3640", "E7F7"),
    b"8@": ("3840", "C4F8"),
    b"A@": ("4140", "7639"),
    b"C@": ("4340", "105B"),
    b"E@": ("4540", "BAFD"),
    b"0Model E4 Series Ver 1.12 SN081234": ("D6F1", "40BF"),
    b"2Copyright 2008 TransCore": ("8B26", "83C6"),
    b"101": ("1643", "D172"),
    b"1Done": ("C0B1", "A1AE"),
    b"3505": ("0605", "FA03"),
    b"3Model E4 Series Ver 1.12 SN081234": ("3D3B", "F4F1"),
    b"5520": ("AEA6", "EB5D"),
    b"5PWRB P0 R0": ("0F01", "001F"),
    b"7527": ("C8C3", "76D2"),
    b"7RFST C0 O1 T1 F20 R1F G1F A00 I04": ("11C9", "7827"),
    b"9440": ("FDEA", "39F9"),
    b"9Done": ("6910", "A383"),
    b"B00": ("58B6", "400B"),
    b"BDone": ("41E9", "52FA"),
    b"D610": ("A6AD", "D39F"),
    b"DError": ("0DAC", "023A"),
    b'6GJ2(P#!":AD        S&14:03:07.25 03/09/26%00-0-04-0': ("B5AD", "85BF"),
    b"8Error06&14:03:09.00 03/09/26": ("44B5", "3676"),
    CHECK: ("BEEF", "31C3"),
}


def bit_by_bit(data: bytes) -> int:
    """The manufacturer's C routine: each message bit enters at the low end; a one that leaves at the top takes 0x1021."""
    register = 0
    for byte in data:
        for bit in range(7, -1, -1):
            leaves = register & 0x8000
            register = (register << 1) & 0xFFFF | byte >> bit & 1
            if leaves:
                register ^= 0x1021
    return register


def settled(crc: Crc) -> CrcVariant | None:
    return crc.settled


def test_check_values() -> None:
    assert vendor(CHECK) == 0xBEEF
    assert xmodem(CHECK) == 0x31C3


@pytest.mark.parametrize("body", DIGITS)
def test_digits_of_known_messages(body: bytes) -> None:
    of_vendor, of_xmodem = DIGITS[body]
    assert f"{vendor(body):04X}" == of_vendor
    assert f"{xmodem(body):04X}" == of_xmodem
    assert Crc(CrcVariant.VENDOR).digits(body) == of_vendor.encode()
    assert Crc(CrcVariant.XMODEM).digits(body) == of_xmodem.encode()
    crc = Crc(CrcVariant.AUTO)
    assert crc.verify(body, of_vendor.encode())
    assert settled(crc) is CrcVariant.VENDOR
    assert crc.verify(body, of_xmodem.lower().encode())
    assert settled(crc) is CrcVariant.XMODEM


@given(st.binary(max_size=80))
def test_the_vendors_routine_bit_by_bit(data: bytes) -> None:
    assert vendor(data) == bit_by_bit(data)
    assert xmodem(data) == bit_by_bit(data + bytes(2))


@pytest.mark.parametrize(
    ("body", "parity", "digits"),
    [
        (b"4KING 1302", Parity.EVEN, b"9372"),
        (b"4KING 1302", Parity.ODD, b"DF08"),
        (b"4@", Parity.EVEN, b"B4C0"),
        (b"4@", Parity.ODD, b"3440"),
        (b"4@", Parity.NONE, b"3440"),
    ],
)
def test_parity_bits_are_covered(body: bytes, parity: Parity, digits: bytes) -> None:
    crc = Crc(CrcVariant.VENDOR, parity)
    assert crc.digits(body) == digits
    assert crc.verify(body, digits)


def test_the_wild_card_is_sent_until_the_reader_has_told() -> None:
    crc = Crc(CrcVariant.AUTO)
    assert crc.digits(b"0@") == WILD_CARD == b"\x60\x60\x60\x60"
    assert settled(crc) is None
    assert crc.verify(b"4KING 1302", b"64B8")
    assert settled(crc) is CrcVariant.XMODEM
    assert crc.digits(b"0@") == b"4D51"


def test_a_configured_variant_stays_what_is_sent() -> None:
    crc = Crc(CrcVariant.VENDOR)
    assert settled(crc) is CrcVariant.VENDOR
    assert crc.verify(b"4KING 1302", b"64B8")
    assert settled(crc) is CrcVariant.XMODEM
    assert crc.digits(b"4@") == b"3440"

    crc = Crc(CrcVariant.WILDCARD)
    assert crc.verify(b"4KING 1302", b"9A91")
    assert settled(crc) is CrcVariant.VENDOR
    assert crc.digits(b"4@") == WILD_CARD


@pytest.mark.parametrize(
    "digits", [WILD_CARD, b"", b"9A9", b"9A911", b" A91", b"+A91", b"9_91", b"0x91", b"9A92", b"\xff" * 4]
)
def test_what_a_reader_may_not_send(digits: bytes) -> None:
    crc = Crc(CrcVariant.AUTO)
    assert not crc.verify(b"4KING 1302", digits)
    assert settled(crc) is None


def test_a_message_that_fits_both_settles_nothing() -> None:
    assert vendor(b"") == xmodem(b"") == 0
    crc = Crc(CrcVariant.AUTO)
    assert crc.verify(b"", b"0000")
    assert settled(crc) is None


@given(st.binary(max_size=40), st.binary(max_size=6), st.sampled_from(Parity))
def test_garbage_never_raises(body: bytes, digits: bytes, parity: Parity) -> None:
    Crc(CrcVariant.AUTO, parity).verify(body, digits)
