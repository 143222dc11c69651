"""AEI tags: the published ones, every field's extremes, and what is no AEI tag."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.transcore.aei import Decoded, EquipmentGroup, decode, tag_hex

# 128 bits as github.com/tbornon/aei-tag-parser and live reads have them, 120 bits, and the characters that a reader prints
PUBLISHED: list[tuple[str, str, str, dict[str, Any]]] = [
    (
        "2F3E06C007DB1E139000000000000331",
        "2F3E06C007DB1E1900000000000033",
        "+SX&P ?;'AD        S",
        {
            "equipment_group": "locomotive",
            "equipment_group_code": 5,
            "mark": "QNSL",
            "number": 502,
            "side": "right",
            "length_dm": 286,
        },
    ),
    (
        "9EA488C030426A179000000000000331",
        "9EA488C030426A1900000000000033",
        'GJ2(P#!":AD        S',
        {
            "equipment_group": "railcar",
            "equipment_group_code": 19,
            "mark": "IOCC",
            "number": 3088,
            "side": "right",
            "length_dm": 106,
        },
    ),
    (
        "9EA488C5320CC01B9000000000000331",
        "9EA488C5320CC01900000000000033",
        "GJ2(Q3(,P!D        S",
        {"mark": "IOCC", "number": 85123, "side": "left", "length_dm": 192, "security": 0},
    ),
    (
        "9E3BAA94C61CC81390000000002E8739",
        "9E3BAA94C61CC8190000000002E873",
        "GCNJE,8<R!D      NAS",
        {"mark": "DBUX", "number": 340359, "side": "left", "length_dm": 200, "security": 2977},
    ),
    (
        "9A7497CC8E4AC91790000000002E8739",
        "9A7497CC8E4AC9190000000002E873",
        "FG27S(Y*R1D      NAS",
        {"mark": "GATX", "number": 205714, "side": "right", "length_dm": 201, "tag_type": 2, "security": 2977},
    ),
]


@pytest.mark.parametrize(("full", "bits", "characters", "content"), PUBLISHED)
def test_the_published_tags_in_all_three_forms(full: str, bits: str, characters: str, content: dict[str, Any]) -> None:
    for form in (full, full.lower(), bits, bits.lower(), characters):
        decoded = decode(form)
        assert decoded is not None
        data = decoded.as_data()
        assert {key: data[key] for key in content} == content
        assert (data["axles"], data["data_format"], data["decoded"]) == (4, "aar", True)
        assert tag_hex(form) == bits


def test_everything_that_a_railcar_and_a_locomotive_tell() -> None:
    assert decode("FG27S(Y*R1D      NAS") == Decoded(
        EquipmentGroup.RAILCAR, 2, "GATX", 205714, "aar", "right", 201, 4, 1, 0, 2977, end_of_train_type=None
    )
    locomotive = decode("+SX&P ?;'AD        S")
    assert locomotive is not None
    assert "platform" not in locomotive.as_data()
    assert locomotive.security == 0


# An encoder of its own: the layouts as lists of (name, width), written as a string of binary digits.
HEAD = [("group", 5), ("type", 2), ("mark", 19), ("number", 20)]
CAR = [("side", 1), ("length_low", 9), ("axles", 5), ("bearing", 3), ("platform", 4), ("spare", 22), ("length_high", 3)]
TAIL = [("reserved", 9), ("security", 12), ("format", 6)]
END_OF_TRAIN = [("eot_type", 2), ("side", 1), ("spare", 44)]


def encode(layout: list[tuple[str, int]], **values: int) -> str:
    """The 20 characters of a tag."""
    digits = "".join(format(values.pop(name, 0), f"0{width}b") for name, width in layout)
    assert len(digits) == 120
    assert not values
    return "".join(chr(0x20 + int(digits[at : at + 6], 2)) for at in range(0, 120, 6))


def mark_code(mark: str) -> int:
    code = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(mark[0])
    for letter in mark[1:].ljust(3):
        code = code * 27 + " ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter)
    return code


def car(group: int = 19, kind: int = 1, mark: str = "UP", number: int = 1, dfc: int = 51, **values: int) -> str:
    return encode(HEAD + CAR + TAIL, group=group, type=kind, mark=mark_code(mark), number=number, format=dfc, **values)


def test_the_encoder_makes_a_published_tag() -> None:
    tag = car(mark="DBUX", number=340359, length_low=200, kind=3, axles=3, bearing=1, security=2977)
    assert tag == "GCNJE,8<R!D      NAS"


@pytest.mark.parametrize(
    ("values", "field", "value"),
    [
        ({"kind": 0}, "tag_type", 1),
        ({"kind": 3}, "tag_type", 4),
        ({"mark": "A"}, "mark", "A"),
        ({"mark": "ZZZZ"}, "mark", "ZZZZ"),
        ({"mark": "A B"}, "mark", "A B"),
        ({"number": 0}, "number", 0),
        ({"number": 999_999}, "number", 999_999),
        ({"side": 0}, "side", "left"),
        ({"side": 1}, "side", "right"),
        ({"length_low": 0}, "length_dm", 0),
        ({"length_low": 511}, "length_dm", 511),
        ({"length_high": 1}, "length_dm", 512),
        ({"length_low": 511, "length_high": 7}, "length_dm", 4095),
        ({"axles": 0}, "axles", 1),
        ({"axles": 31}, "axles", 32),
        ({"bearing": 0}, "bearing_type", 0),
        ({"bearing": 7}, "bearing_type", 7),
        ({"platform": 0}, "platform", 0),
        ({"platform": 15}, "platform", 15),
        ({"security": 0}, "security", 0),
        ({"security": 4095}, "security", 4095),
        ({"group": 5, "length_low": 511, "length_high": 7}, "length_dm", 511),
        ({"group": 5, "axles": 31}, "axles", 32),
        ({"group": 5, "bearing": 7}, "bearing_type", 7),
        ({"group": 5, "security": 4095}, "security", 4095),
        ({"group": 5, "platform": 15}, "platform", None),
    ],
)
def test_the_extremes_of_every_field(values: dict[str, Any], field: str, value: object) -> None:
    plain = decode(car(group=values.get("group", 19)))
    decoded = decode(car(**values))
    assert plain is not None
    assert decoded is not None
    assert getattr(decoded, field) == value
    for other in ("tag_type", "mark", "number", "side", "length_dm", "axles", "bearing_type", "platform", "security"):
        if other != field:
            assert getattr(decoded, other) == getattr(plain, other)


@pytest.mark.parametrize("eot_type", [0, 3])
@pytest.mark.parametrize(("side", "word"), [(0, "left"), (1, "right")])
def test_an_end_of_train_device(eot_type: int, side: int, word: str) -> None:
    layout = HEAD + END_OF_TRAIN + [("reserved", 9), ("security", 12), ("format", 6)]
    layout[-3] = ("reserved", 120 - sum(width for _, width in layout) + 9)
    tag = encode(
        layout, group=6, mark=mark_code("BNSF"), number=12345, eot_type=eot_type, side=side, security=7, format=51
    )
    decoded = decode(tag)
    assert decoded is not None
    assert decoded.as_data() == {
        "decoded": True,
        "equipment_group": "end_of_train_device",
        "equipment_group_code": 6,
        "tag_type": 1,
        "mark": "BNSF",
        "number": 12345,
        "data_format": "aar",
        "side": word,
        "security": 7,
        "end_of_train_type": eot_type,
    }


COMMON = {"decoded", "equipment_group", "equipment_group_code", "tag_type", "mark", "number", "data_format"}


@pytest.mark.parametrize("group", sorted({0, 1, 4, 8, 10, 12, 14, 17, 18, 20, 21, 24, 27, 28, 31}))
def test_of_other_layouts_only_the_common_fields_are_known(group: int) -> None:
    decoded = decode(car(group=group, side=1, length_low=300, axles=5))
    assert decoded is not None
    assert decoded.as_data().keys() == COMMON
    assert (decoded.mark, decoded.number) == ("UP", 1)


def test_of_a_dynamic_tag_only_the_common_fields_are_known() -> None:
    decoded = decode(car(group=5, dfc=37, side=1, length_low=300))
    assert decoded is not None
    assert decoded.as_data().keys() == COMMON
    assert decoded.data_format == "dynamic"


@pytest.mark.parametrize("group", [2, 3, 7, 9, 11, 13, 15, 16, 22, 23, 25, 26, 29, 30])
def test_a_reserved_group_is_not_decoded(group: int) -> None:
    assert decode(car(group=group)) is None


@pytest.mark.parametrize("dfc", sorted(set(range(64)) - {37, 51}))
def test_another_data_format_is_not_decoded(dfc: int) -> None:
    assert decode(car(dfc=dfc)) is None


def test_values_that_no_tag_has_are_not_decoded() -> None:
    assert decode(car(number=1_000_000)) is None
    values = {"group": 19, "number": 1, "format": 51}
    assert decode(encode(HEAD + CAR + TAIL, mark=26 * 27**3 - 1, **values)) is not None
    assert decode(encode(HEAD + CAR + TAIL, mark=26 * 27**3, **values)) is None


@pytest.mark.parametrize(
    "tag_id",
    [
        "",
        "KING 1302",
        " " * 20,
        "HELLO RAILWAY WORLD ",
        'GJ2(P#!":AD        s',
        'GJ2(P#!":AD        S ',
        'GJ2(P#!":AD        S\n',
        "9EA488C030426A1900000000000033\n",
        "9EA488C030426A190000000000003",
        "9EA488C030426A17900000000000033",
        "²EA488C030426A1900000000000033",
        "E2801160600002089A6C1F2E",
    ],
)
def test_what_is_no_aei_tag_is_passed_through(tag_id: str) -> None:
    assert decode(tag_id) is None


def test_the_digits_of_a_tag() -> None:
    assert tag_hex("_" * 20) == "F" * 30
    assert tag_hex(" " * 20) == "0" * 30
    assert tag_hex("KING 1302") is None


LARGEST = {"kind": 3, "side": 1, "axles": 31, "bearing": 7, "platform": 15, "security": 4095, "number": 999_999}


@given(
    group=st.sampled_from([5, 19]),
    mark=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=4),
    length=st.integers(0, 4095),
    values=st.fixed_dictionaries({name: st.integers(0, largest) for name, largest in LARGEST.items()}),
)
def test_what_is_encoded_is_decoded(group: int, mark: str, length: int, values: dict[str, int]) -> None:
    tag = car(group, mark=mark, length_low=length & 511, length_high=length >> 9, **values)
    locomotive = group == 5
    expected = Decoded(
        EquipmentGroup(group),
        values["kind"] + 1,
        mark,
        values["number"],
        "aar",
        ("left", "right")[values["side"]],
        length & 511 if locomotive else length,
        values["axles"] + 1,
        values["bearing"],
        None if locomotive else values["platform"],
        values["security"],
    )
    assert decode(tag) == expected
    bits = tag_hex(tag)
    assert bits is not None
    assert decode(bits) == expected
    assert decode(f"{bits[:15]}7{bits[15:]}1") == expected


@given(
    st.one_of(
        st.text(max_size=40), st.text(st.characters(min_codepoint=0x20, max_codepoint=0x5F), min_size=20, max_size=20)
    )
)
def test_no_text_raises(tag_id: str) -> None:
    decoded = decode(tag_id)
    assert decoded is None or decoded.as_data()
    tag_hex(tag_id)


@given(st.integers(0, 2**120 - 1))
def test_both_forms_of_any_tag_agree(bits: int) -> None:
    tag = "".join(chr(0x20 + (bits >> shift & 63)) for shift in range(114, -6, -6))
    assert tag_hex(tag) == f"{bits:030X}"
    assert decode(tag) == decode(f"{bits:030X}")
