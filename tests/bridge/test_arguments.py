from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.arguments import arguments
from readers_bridge.errors import CommandError
from readers_bridge.model import Arg, CommandSpec

LEDS = CommandSpec(
    "set_leds",
    "Set the LEDs",
    {"leds": Arg("hex", min=4, max=4, required=True), "beep_ms": Arg("integer", min=1, max=60000, default=100)},
)


def spec(arg: Arg, **more: Any) -> CommandSpec:
    return CommandSpec("command", "", {"value": arg}, **more)


def refusal(spec: CommandSpec, payload: dict[str, Any]) -> CommandError:
    with pytest.raises(CommandError) as error:
        arguments(spec, payload)
    assert error.value.status == "invalid"
    return error.value


def test_arguments_come_out_complete_and_in_their_normal_form() -> None:
    assert arguments(LEDS, {"leds": "9a 9a:9A9a"}) == {"leds": "9A9A9A9A", "beep_ms": 100}


def test_a_number_is_a_text_only_where_that_is_allowed() -> None:
    assert arguments(spec(Arg("string", or_number=True)), {"value": 68}) == {"value": "68"}
    assert refusal(spec(Arg("string")), {"value": 68}).code == "wrong_type"
    assert refusal(spec(Arg("string", or_number=True)), {"value": True}).code == "wrong_type"


def test_an_argument_without_default_may_be_absent() -> None:
    assert arguments(spec(Arg("string")), {}) == {}


def test_a_missing_argument() -> None:
    error = refusal(LEDS, {})
    assert (error.code, error.path) == ("missing_argument", "leds")
    assert str(error) == "leds: missing; expected hexadecimal digits of exactly 4 bytes"


def test_an_unknown_argument() -> None:
    error = refusal(LEDS, {"leds": "92929292", "beep": 5})
    assert (error.code, error.path) == ("unknown_argument", "beep")
    assert "did you mean beep_ms?" in str(error)
    assert "leds, beep_ms" in str(error)


def test_everything_that_is_wrong_is_said_at_once() -> None:
    error = refusal(LEDS, {"leds": "9", "beep_ms": 0})
    assert error.path == "leds"
    assert "beep_ms: expected a whole number from 1 to 60000, not 0" in str(error)


@pytest.mark.parametrize(
    ("arg", "value", "taken"),
    [
        (Arg("string"), "", ""),
        (Arg("string", min=1, max=3), "äöü", "äöü"),
        (Arg("text"), "two\nlines", "two\nlines"),
        (Arg("integer"), 5, 5),
        (Arg("integer"), 5.0, 5),
        (Arg("number", min=0), 0.5, 0.5),
        (Arg("boolean"), False, False),
        (Arg("enum", options=("drop", "mark")), "mark", "mark"),
        (Arg("hex"), "", ""),
        (Arg("hex", max=2), " 0a\n0B ", "0A0B"),
        (Arg("rgb"), "#ff8000", "#FF8000"),
        (Arg("rgb"), [255, 128, 0], "#FF8000"),
        (Arg("list", max=2), [1, "a"], [1, "a"]),
        (Arg("object"), {"a": 1}, {"a": 1}),
        (Arg("image"), "iVBO\nRw0K", "iVBORw0K"),
        (Arg("image"), "data:image/png;base64,iVBORw0K", "iVBORw0K"),
    ],
)
def test_values_that_fit(arg: Arg, value: Any, taken: Any) -> None:
    assert arguments(spec(arg), {"value": value}) == {"value": taken}


@pytest.mark.parametrize(
    ("arg", "value", "code", "words"),
    [
        (Arg("string"), 5, "wrong_type", "expected a text in one line, not 5; put it in quotes"),
        (Arg("string"), "two\nlines", "wrong_type", "in one line"),
        (Arg("string", min=1), "", "out_of_range", "of at least 1 character"),
        (Arg("text", max=3), "abcd", "out_of_range", "of at most 3 characters"),
        (Arg("integer"), True, "wrong_type", "expected a whole number, not true"),
        (Arg("integer"), "5", "wrong_type", "expected a whole number"),
        (Arg("integer"), 5.5, "wrong_type", "expected a whole number"),
        (Arg("integer", min=1, max=5), 6, "out_of_range", "from 1 to 5, not 6"),
        (Arg("number", min=0), -0.5, "out_of_range", "at least 0, not -0.5"),
        (Arg("number"), None, "wrong_type", "expected a number, not nothing"),
        (Arg("boolean"), 1, "wrong_type", "expected true or false, not 1"),
        (Arg("boolean"), "on", "wrong_type", "expected true or false"),
        (
            Arg("enum", options=("drop", "mark")),
            "dorp",
            "not_an_option",
            'one of drop, mark, not "dorp"; did you mean drop?',
        ),
        (Arg("enum", options=("60", "61")), 60, "wrong_type", "one of 60, 61"),
        (Arg("hex"), "6", "wrong_type", "hexadecimal digits"),
        (Arg("hex"), "6 0", "wrong_type", "hexadecimal digits"),
        (Arg("hex"), "60:", "wrong_type", "hexadecimal digits"),
        (Arg("hex"), "0x60", "wrong_type", "hexadecimal digits"),
        (Arg("hex"), 60, "wrong_type", "hexadecimal digits"),
        (Arg("hex", min=1, max=1), "6061", "out_of_range", "of exactly 1 byte"),
        (Arg("rgb"), "red", "wrong_type", "#RRGGBB"),
        (Arg("rgb"), [1, 2], "wrong_type", "[red, green, blue]"),
        (Arg("rgb"), [1, 2, 256], "wrong_type", "0 to 255"),
        (Arg("rgb"), [1, 2, True], "wrong_type", "0 to 255"),
        (Arg("list", min=1), [], "out_of_range", "a list of at least 1 item"),
        (Arg("list"), {}, "wrong_type", "expected a list"),
        (Arg("object"), [], "wrong_type", "expected an object"),
        (Arg("image"), "???", "wrong_type", "Base64"),
        (Arg("image"), "", "wrong_type", "Base64"),
    ],
)
def test_values_that_do_not_fit(arg: Arg, value: Any, code: str, words: str) -> None:
    error = refusal(spec(arg), {"value": value})
    assert (error.code, error.path) == (code, "value")
    assert words in str(error)


def test_a_secret_is_never_shown() -> None:
    error = refusal(spec(Arg("string", max=3, secret=True)), {"value": "geheim"})
    assert "geheim" not in str(error)


def test_a_long_value_is_cut() -> None:
    assert len(str(refusal(spec(Arg("hex")), {"value": "x" * 1_000_000}))) < 200


def test_a_default_is_normalised_like_a_value() -> None:
    assert arguments(spec(Arg("rgb", default=[1, 2, 3])), {}) == {"value": "#010203"}


def test_a_command_that_needs_confirmation() -> None:
    risky = spec(Arg("string"), confirm=True)
    for payload in ({}, {"confirm": False}, {"confirm": "true"}, {"confirm": 1}):
        error = refusal(risky, payload)
        assert (error.code, error.path) == ("not_confirmed", "confirm")
    assert arguments(risky, {"confirm": True, "value": "x"}) == {"value": "x"}


def test_confirmation_is_unknown_where_none_is_needed() -> None:
    assert refusal(spec(Arg("string")), {"confirm": True}).code == "unknown_argument"


def test_a_type_of_a_newer_version() -> None:
    assert refusal(spec(Arg("colour_temperature")), {"value": 1}).code == "unknown_type"


def test_two_commands_of_one_name_keep_their_own_rules() -> None:
    assert arguments(spec(Arg("integer", max=5)), {"value": 5}) == {"value": 5}
    assert refusal(spec(Arg("integer", max=4)), {"value": 5}).code == "out_of_range"


@given(st.binary(max_size=64), st.sampled_from(["", " ", ":", "  ", "\n"]), st.booleans())
def test_every_way_to_write_bytes(data: bytes, separator: str, upper: bool) -> None:
    written = separator.join(f"{byte:02X}" if upper else f"{byte:02x}" for byte in data)
    assert arguments(spec(Arg("hex")), {"value": written}) == {"value": data.hex().upper()}


@given(st.text())
def test_any_text_is_hexadecimal_or_refused(text: str) -> None:
    try:
        taken = arguments(spec(Arg("hex")), {"value": text})["value"]
    except CommandError:
        return
    assert bytes.fromhex(taken).hex().upper() == taken


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_both_ways_to_write_a_colour(colour: tuple[int, int, int]) -> None:
    written = "#" + bytes(colour).hex()
    assert arguments(spec(Arg("rgb")), {"value": written}) == arguments(spec(Arg("rgb")), {"value": list(colour)})


@given(st.binary(min_size=1, max_size=200))
def test_images(data: bytes) -> None:
    written = base64.encodebytes(data).decode()
    assert base64.b64decode(arguments(spec(Arg("image")), {"value": written})["value"]) == data


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
KINDS = ("string", "text", "integer", "number", "boolean", "enum", "hex", "rgb", "list", "object", "image")
ANY = CommandSpec("any", "", {kind: Arg(kind, options=("a", "b"), min=0, max=10) for kind in KINDS})


@given(st.dictionaries(st.sampled_from(KINDS) | st.text(max_size=4), json_values, max_size=4))
def test_any_json_is_taken_or_refused(payload: dict[str, Any]) -> None:
    try:
        taken = arguments(ANY, payload)
    except CommandError:
        return
    assert arguments(ANY, taken) == taken
