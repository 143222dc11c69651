from __future__ import annotations

from pathlib import Path

import pytest

from readers_bridge.model import Event, Kind, Privacy, Read
from readers_bridge.privacy import Veil, load_key

CARD = Read(
    "00047DAE02C84080",
    data={"tag_id": "047DAE02C84080", "interface": "13", "note": "card 00047dae02c84080"},
    sensitive=frozenset({"tag_id"}),
)
PIN = Read("4711", kind=Kind.KEYPAD, data={"keys": "4711", "length": 4})


def test_plain_is_plain_but_a_pin_is_masked_unless_somebody_asks_for_it() -> None:
    assert Veil(None).credential(CARD) == "00047DAE02C84080"
    assert Veil(None).read_data(CARD) == CARD.data
    assert Veil(None).credential(PIN) == "****"
    assert Veil(None).read_data(PIN) == {"length": 4}
    assert Veil(Privacy.PLAIN).credential(PIN) == "4711"


def test_masked_shows_the_end_of_a_long_credential_only() -> None:
    assert Veil(Privacy.MASKED).credential(CARD) == "************4080"
    assert Veil(Privacy.MASKED).credential(Read("1234567")) == "****"


def test_whatever_tells_the_credential_is_left_out() -> None:
    assert Veil(Privacy.MASKED).read_data(CARD) == {"interface": "13"}
    event = Event("removed", {"tag_id": "047DAE02C84080", "interface": "13"}, frozenset({"tag_id"}))
    assert Veil(Privacy.HASHED, b"key").event_data(event) == {"interface": "13"}
    assert Veil(None).event_data(event) == event.data


def test_a_hash_depends_on_card_and_key_only() -> None:
    veil = Veil(Privacy.HASHED, b"key")
    assert veil.credential(CARD) == veil.credential(Read("00047DAE02C84080"))
    assert veil.credential(CARD) != Veil(Privacy.HASHED, b"other").credential(CARD)
    assert veil.credential(CARD) != veil.credential(Read("00047DAE02C84081"))
    # HMAC-SHA256 of "The quick brown fox …" under "key" is a published example
    fox = Read("The quick brown fox jumps over the lazy dog")
    assert veil.credential(fox) == "F7BC83F430538424B13298E6AA6FB143"


def test_the_key_is_kept_for_nobody_else_to_read(tmp_path: Path) -> None:
    path = tmp_path / "data" / "credential.key"
    key = load_key(path)
    assert load_key(path) == key
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_cut_off_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "credential.key"
    path.write_bytes(b"short")
    with pytest.raises(OSError, match="5 bytes instead of 32"):
        load_key(path)
