"""The lines of a receipt: what they become, and what is said about mistakes."""

from __future__ import annotations

import time
from typing import Any

import pytest

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing import Paper, receipt
from tests.bridge.star.printing import tokens
from tests.bridge.star.printing.papers import ALL, DOT, ESC_POS, STAR_LINE, STAR_PRNT


def names(paper: Paper, *lines: Any) -> list[str]:
    data = receipt(paper, lines).data
    return [token.name for token in (tokens.esc_pos if paper is ESC_POS else tokens.star)(data)]


def data(paper: Paper, *lines: Any) -> str:
    return receipt(paper, lines).data.hex(" ")


def test_a_style_is_undone_behind_its_text() -> None:
    line = {"text": "x", "bold": True, "underline": True, "invert": True, "width": 2, "height": 3, "align": "center"}
    assert data(STAR_LINE, line) == (
        "1b 1d 61 01 1b 69 02 01 1b 2d 01 1b 34 1b 45 1b 1d 74 20 78 1b 46 0a 1b 35 1b 2d 00 1b 69 00 00 1b 1d 61 00"
    )
    assert data(ESC_POS, line) == (
        "1b 61 01 1d 21 12 1b 2d 01 1d 42 01 1b 45 01 1b 74 10 78 1b 45 00 0a 1d 42 00 1b 2d 00 1d 21 00 1b 61 00"
    )


def test_bold_in_one_column() -> None:
    line = {"columns": [{"text": "a", "width": 2}, {"text": "b", "bold": True}, {"text": "c", "width": 2}]}
    found = tokens.star(receipt(STAR_LINE, [line]).data)
    assert [token for token in found if token.name in {"bold on", "bold off"}] == [
        tokens.Token("bold on"),
        tokens.Token("bold off"),
    ]


def test_feed_cut_and_drawer() -> None:
    lines = [{"feed": 3}, {"cut": "full"}, {"drawer": 1}, {"drawer": 2}]
    assert data(STAR_LINE, *lines) == "0a 0a 0a 1b 64 02 1b 07 14 14 07 1a"
    assert data(ESC_POS, *lines) == "0a 0a 0a 1d 56 41 00 1b 70 00 64 64 1b 70 01 64 64"


def test_bar_codes_in_star_line() -> None:
    line = {"barcode": "400638133393", "type": "ean13", "height": 60, "module_width": 3, "text": False}
    assert data(STAR_LINE, line) == "1b 62 03 01 03 3c " + b"4006381333931".hex(" ") + " 1e"
    assert data(STAR_LINE, {"barcode": "5%", "text": True}) == "1b 62 06 02 02 50 35 25 30 1e"


def test_bar_codes_in_esc_pos() -> None:
    line = {"barcode": "a{b", "height": 60, "module_width": 1, "align": "right"}
    assert data(ESC_POS, line) == ("1b 61 02 1d 68 3c 1d 77 02 1d 48 02 1d 6b 49 06 7b 42 61 7b 7b 62 1b 61 00")
    assert "1d 6b 43 0d" in data(ESC_POS, {"barcode": "4006381333931", "type": "ean13"})


def test_a_qr_code_in_esc_pos() -> None:
    assert data(ESC_POS, {"qr": "HELLO", "size": 6, "error_correction": "Q"}) == (
        "1d 28 6b 04 00 31 41 32 00 1d 28 6b 03 00 31 43 06 1d 28 6b 03 00 31 45 32 "
        "1d 28 6b 08 00 31 50 30 48 45 4c 4c 4f 1d 28 6b 03 00 31 51 30"
    )


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        ("upc_e", "01234500005"),
        ("upc_a", "01234567890"),
        ("upc_a", "012345678905"),
        ("ean8", "1234567"),
        ("ean8", "12345670"),
        ("ean13", "4006381333931"),
        ("code39", "AB-12 $%"),
        ("itf", "1234"),
        ("code128", "Hello, World"),
        ("code93", "abc%"),
        ("nw7", "A123-4B"),
        ("gs1_128", "(01)04012345123456(10)ABC"),
    ],
)
def test_every_kind_of_bar_code(kind: str, good: str) -> None:
    assert names(STAR_LINE, {"barcode": good, "type": kind, "module_width": 1}) == ["barcode"]
    assert names(ESC_POS, {"barcode": good, "type": kind, "module_width": 1})[-1] == "barcode"


@pytest.mark.parametrize(
    ("kind", "bad", "words"),
    [
        ("upc_e", "12345678901", "starts with 0"),
        ("upc_e", "01234567890", "use upc_a"),
        ("upc_a", "123", "11 digits, or 12"),
        ("ean8", "12345678", "should be 0"),
        ("ean13", "4006381333932", "should be 1"),
        ("ean13", "40063813339x1", "12 digits, or 13"),
        ("code39", "lower", "capital letters"),
        ("itf", "123", "0 in front"),
        ("code128", "", "1 to 80"),
        ("nw7", "123", "start and a stop letter"),
        ("gs1_128", "0104012345123456", "parentheses"),
        ("code128", "x" * 80, "dots wide"),
    ],
)
def test_data_that_do_not_fit_a_bar_code(kind: str, bad: str, words: str) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        receipt(STAR_PRNT, ["fine", {"barcode": bad, "type": kind}])
    assert (caught.value.status, caught.value.path) == ("invalid", "lines.1.barcode")


def wrong(*lines: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        receipt(STAR_LINE, lines)
    assert caught.value.status == "invalid"
    return caught.value


@pytest.mark.parametrize(
    ("line", "path", "message"),
    [
        (3, "lines.0", "expected a text or an object, not 3"),
        ({"txt": "a"}, "lines.0", "did you mean text?"),
        ({}, "lines.0", "expected one of the keys columns, rule,"),
        ({"text": "a", "qr": "b"}, "lines.0", "make two lines of it"),
        ({"text": 5}, "lines.0.text", "expected a text, not 5; put it in quotes"),
        ({"text": "a", "algin": "left"}, "lines.0.algin", "did you mean align?"),
        ({"text": "a", "align": "centre"}, "lines.0.align", "did you mean center?"),
        ({"text": "a", "width": 7}, "lines.0.width", "1 to 6"),
        ({"text": "a", "bold": 1}, "lines.0.bold", "expected true or false"),
        ({"columns": []}, "lines.0.columns", "expected"),
        ({"columns": [{"text": "a"}, {"txt": "b"}]}, "lines.0.columns.1.t", "t"),
        ({"rule": "--"}, "lines.0.rule", "true or one character"),
        ({"rule": False}, "lines.0.rule", "true or one character"),
        ({"barcode": "1", "type": "ean12"}, "lines.0.type", "did you mean ean13?"),
        ({"qr": ""}, "lines.0.qr", "at least 1 character"),
        ({"qr": "a", "size": 9}, "lines.0.size", "1 to 8"),
        ({"qr": "a", "error_correction": "X"}, "lines.0.error_correction", "L, M, Q"),
        ({"qr": "x" * 3000}, "lines.0.qr", "does not hold these 3000 bytes"),
        ({"qr": "x" * 400, "size": 8}, "lines.0.qr", "use a smaller size"),
        ({"image": "no"}, "lines.0.image", "PNG image in Base64"),
        ({"feed": 0}, "lines.0.feed", "1 to 100"),
        ({"cut": "half"}, "lines.0.cut", "one of partial, full"),
        ({"drawer": 3}, "lines.0.drawer", "from 1 to 2"),
    ],
)
def test_a_mistake_has_a_place_and_a_remedy(line: Any, path: str, message: str) -> None:
    error = wrong(line)
    assert (error.path or "").startswith(path)
    assert message in str(error)


def test_every_mistake_is_told() -> None:
    error = wrong("fine", {"text": "a", "align": "up"}, {"feed": -1})
    assert [line.split(":")[0] for line in str(error).splitlines()] == ["lines.1.align", "lines.2.feed"]
    assert error.path == "lines.1.align"


def test_no_lines_and_too_many() -> None:
    assert wrong().path == "lines"
    assert "1 to 2000 lines, not 2001" in str(wrong(*["x"] * 2001))
    assert "20000" in str(wrong(*["x" * 11] * 1900))
    with pytest.raises(CommandError, match="expected a list"):
        receipt(STAR_LINE, "text")


@pytest.mark.parametrize("paper", ALL, ids=lambda paper: paper.emulation)
def test_two_thousand_lines(paper: Paper) -> None:
    start = time.perf_counter()
    rendered = receipt(paper, [f"line {n}" for n in range(2000)])
    assert rendered.lines == 2000
    assert time.perf_counter() - start < 10


@pytest.mark.parametrize("line", [{"qr": "x"}, {"barcode": "x"}])
def test_dot_printers_print_text_only(line: Any) -> None:
    with pytest.raises(CommandError, match="star_dot prints no") as caught:
        receipt(DOT, ["fine", line])
    assert (caught.value.status, caught.value.code) == ("refused", "not_supported")
    assert (caught.value.path or "").startswith("lines.1.")
