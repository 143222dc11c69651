"""Tags that the simulator makes up, against published ones."""

from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from readers_bridge.families.transcore.simulator.pace import numbered_tags
from readers_bridge.families.transcore.simulator.tags import LENGTH, LOCOMOTIVE, RAILCAR, encode, plain, train


@pytest.mark.parametrize(
    ("made", "published"),
    [
        (encode(RAILCAR, "IOCC", 3088, right=True, length=106, tag_type=4), 'GJ2(P#!":AD        S'),
        (encode(RAILCAR, "IOCC", 85123, length=192, tag_type=4), "GJ2(Q3(,P!D        S"),
        (encode(LOCOMOTIVE, "QNSL", 502, right=True, length=286, tag_type=4), "+SX&P ?;'AD        S"),
        (encode(RAILCAR, "GATX", 205714, right=True, length=201, security=2977), "FG27S(Y*R1D      NAS"),
        (encode(RAILCAR, "DBUX", 340359, length=200, security=2977, tag_type=4), "GCNJE,8<R!D      NAS"),
    ],
)
def test_published_tags(made: str, published: str) -> None:
    assert made == published


def test_a_train() -> None:
    tags = list(train(60, Random(1)))
    assert len(set(tags)) == 60
    assert {len(tag) for tag in tags} == {LENGTH}
    assert {ord(tag[0]) - 0x20 >> 1 for tag in (tags[0], tags[-1])} == {LOCOMOTIVE}
    assert {ord(tag[0]) - 0x20 >> 1 for tag in tags[1:-1]} == {RAILCAR}
    assert all(0x20 <= ord(character) < 0x60 for tag in tags for character in tag)
    assert len(list(train(1, Random(1)))) == 1


def test_numbered_tags_are_all_different() -> None:
    tags = [tag for reader in range(50) for tag in islice(numbered_tags(reader), 200)]
    assert len(set(tags)) == 10_000


def test_text() -> None:
    assert plain("KING 1302") == "KING 1302           "
    assert plain("X" * 30) == "X" * 19 + " "


@pytest.mark.parametrize(
    "wrong",
    [
        {"mark": "ABCDE"},
        {"mark": "ab"},
        {"mark": ""},
        {"number": 1 << 20},
        {"axles": 0},
        {"length": 4096},
        {"group": LOCOMOTIVE, "length": 512},
    ],
)
def test_what_has_no_room_in_a_tag(wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"group": RAILCAR, "mark": "UP", "number": 1, **wrong}
    with pytest.raises(ValueError):
        encode(**values)  # type: ignore[arg-type]
