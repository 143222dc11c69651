from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.transcore.parity import with_parity, without_parity
from readers_bridge.families.transcore.typedefs import Parity

ON_THE_WIRE = bytes.fromhex("B4 4B C9 4E 47 A0 B1 33 30 B2")


def test_the_known_message() -> None:
    assert with_parity(b"4KING 1302", Parity.EVEN) == ON_THE_WIRE
    assert without_parity(ON_THE_WIRE) == b"4KING 1302"
    assert with_parity(b"4KING 1302", Parity.NONE) == b"4KING 1302"


@given(st.binary())
def test_every_byte_has_its_parity(data: bytes) -> None:
    assert all(byte.bit_count() % 2 == 0 for byte in with_parity(data, Parity.EVEN))
    assert all(byte.bit_count() % 2 == 1 for byte in with_parity(data, Parity.ODD))
    assert with_parity(data, Parity.NONE) == data


@given(st.binary().map(lambda data: bytes(byte & 0x7F for byte in data)), st.sampled_from(Parity))
def test_parity_bits_come_off_again(text: bytes, parity: Parity) -> None:
    assert without_parity(with_parity(text, parity)) == text


def test_a_stray_bit_is_damage_and_stays() -> None:
    assert without_parity(b"K\xc9NG 1302") == b"K\xc9NG 1302"
