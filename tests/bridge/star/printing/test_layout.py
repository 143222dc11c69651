"""Wrapping and columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing import Align, receipt
from readers_bridge.families.star.printing.layout import aligned, width_of, wrapped
from tests.bridge.star.printing import tokens
from tests.bridge.star.printing.papers import STAR_PAGES, STAR_PRNT


def lines_of(*lines: object) -> list[str]:
    text = tokens.printed(tokens.star(receipt(STAR_PRNT, lines).data), STAR_PAGES)
    return text.removesuffix("\n").split("\n")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("   ", [""]),
        ("short", ["short"]),
        ("exactly10!", ["exactly10!"]),
        ("two words here", ["two words", "here"]),
        ("supercalifragilistic", ["supercalif", "ragilistic"]),
        ("  indented text", ["  indented", "text"]),
        ("日本日本日本", ["日本日本日", "本"]),
    ],
)
def test_wrapping_at_ten_columns(text: str, lines: list[str]) -> None:
    assert wrapped(text, 10) == lines


@given(st.text(alphabet="ab 日é", max_size=80), st.integers(2, 20))
def test_no_line_is_too_wide_and_no_word_is_lost(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert all(width_of(line) <= columns for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_aligning() -> None:
    assert aligned("ab", 5, Align.LEFT) == "ab   "
    assert aligned("ab", 5, Align.CENTER) == " ab  "
    assert aligned("ab", 5, Align.RIGHT) == "   ab"


def test_columns_share_the_paper() -> None:
    line = {"columns": [{"text": "2 Coffee"}, {"text": "7,00", "align": "right"}]}
    assert lines_of(line) == ["2 Coffee                    7,00"]


def test_given_widths_and_wrapping_inside_a_column() -> None:
    line = {
        "columns": [{"text": "A long description of it", "width": 20}, {"text": "1.00", "width": 12, "align": "right"}]
    }
    assert lines_of(line) == ["A long description          1.00", "of it"]


def test_columns_that_do_not_fit() -> None:
    with pytest.raises(CommandError, match="need 40 characters, the paper has 32") as caught:
        receipt(STAR_PRNT, [{"columns": [{"text": "a", "width": 20}, {"text": "b", "width": 20}]}])
    assert caught.value.path == "lines.0.columns"


def test_rules() -> None:
    assert lines_of({"rule": True}, {"rule": "="}) == ["-" * 32, "=" * 32]
    assert lines_of({"rule": "─"}) == ["─" * 32]
    assert lines_of({"rule": "\x1c"}) == ["-" * 32]


def test_wide_characters_wrap_earlier() -> None:
    assert lines_of({"text": "one two three four", "width": 2}) == ["one two three", "four"]


def test_a_tab_and_a_line_end_in_a_column() -> None:
    assert lines_of({"columns": [{"text": "a\nb"}, {"text": "\tc"}]}) == ["a                        c", "b"]


def test_blanks_at_the_end_stay_where_one_can_see_them() -> None:
    assert lines_of({"text": " paid ", "invert": True}) == [" paid "]
    assert lines_of({"text": "Signature:      ", "underline": True}) == ["Signature:      "]
    assert lines_of({"text": "plain  "}) == ["plain"]
