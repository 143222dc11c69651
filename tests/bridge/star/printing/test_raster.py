"""What is drawn for printers without fonts."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import Any

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing import Align, Paper, glyphs, receipt, text
from readers_bridge.families.star.printing.qr import ErrorCorrection, Qr
from tests.bridge.star.printing import tokens
from tests.bridge.star.printing.papers import ESC_POS, GRAPHIC, STAR_LINE

WIDE = 576


def dots(*lines: Any) -> list[str]:
    """The rows on the paper, a black dot is ``#``."""
    found = tokens.star(receipt(GRAPHIC, lines).data)
    data = b"".join(token.data.split(b" ", 1)[1] for token in found if token.name == "raster")
    bits = "".join(f"{byte:08b}" for byte in data).replace("0", ".").replace("1", "#")
    return [bits[start : start + WIDE] for start in range(0, len(bits), WIDE)]


def test_a_letter() -> None:
    drawn = [row[:12] for row in dots("T")]
    black = [row for row in drawn if "#" in row]
    assert len(black) == 15
    assert black[0].count("#") >= 10
    assert all(row.count("#") <= 2 for row in black[2:])


def test_a_line_is_30_rows_and_an_empty_one_too() -> None:
    assert len(dots("x")) == len(dots("")) == 30
    assert len(dots({"text": "x", "height": 3})) == 90
    assert len(dots({"feed": 2})) == 60


def test_sizes_bold_underline_invert_and_alignment() -> None:
    normal, wide = dots("I")[:24], dots({"text": "I", "width": 2, "height": 2})[:48]
    assert [row[:24] for row in wide] == ["".join(dot * 2 for dot in row[:12]) for row in normal for _ in range(2)]
    assert sum(row.count("#") for row in dots({"text": "I", "bold": True})) > sum(row.count("#") for row in normal)
    assert dots({"text": "I", "underline": True})[22][:13] == "#" * 12 + "."
    inverted = dots({"text": "I", "invert": True})[:24]
    assert [row[:12] for row in inverted] == [row[:12].translate(str.maketrans("#.", ".#")) for row in normal]
    assert [row[-12:] for row in dots({"text": "I", "align": "right"})[:24]] == [row[:12] for row in normal]
    assert [row[282:294] for row in dots({"text": "I", "align": "center"})[:24]] == [row[:12] for row in normal]


def test_long_lines_wrap_at_48_columns() -> None:
    assert len(dots("x" * 49)) == 60


def test_every_character_of_the_font_is_drawn() -> None:
    blank = {" ", "\u00a0"}
    for bold in (False, True):
        assert all(glyphs.glyph(char, bold=bold).getbbox() for char in glyphs.REPERTOIRE - blank)


@pytest.mark.parametrize("level", list(ErrorCorrection))
@settings(max_examples=40, deadline=None)
@given(st.one_of(st.text("0123456789", min_size=1), st.text("ABC $%*+-./:19", min_size=1), st.text(min_size=1)))
def test_how_large_a_qr_code_becomes(level: ErrorCorrection, data: str) -> None:
    data = "".join(char for char in data if char.isprintable()) or "x"
    code = Qr.checked(data, "qr", size=1, error_correction=level, align=Align.LEFT)
    assert code.modules == len(segno.make(data.encode(), error=level.value, micro=False, boost_error=False).matrix)


@pytest.mark.parametrize("length", [17, 78, 230, 666, 1367, 2331])
def test_how_large_a_long_qr_code_becomes(length: int) -> None:
    for more in (0, 1):
        if length + more <= 2331:
            code = Qr.checked("x" * (length + more), "qr", size=1, error_correction=ErrorCorrection.M, align=Align.LEFT)
            made = segno.make(b"x" * (length + more), error="M", micro=False, boost_error=False)
            assert code.modules == len(made.matrix)


def test_the_dots_of_a_qr_code() -> None:
    drawn = dots({"qr": "HELLO", "size": 3, "align": "center"})
    matrix = segno.make("HELLO", error="M", micro=False, boost_error=False).matrix
    left = (WIDE - 63) // 2
    assert len(drawn) == 12 + 63 + 12
    for y, row in enumerate(matrix):
        expected = "".join(("#" if dot else ".") * 3 for dot in row)
        assert all(drawn[12 + y * 3 + n][left : left + 63] == expected for n in range(3))


def test_the_bars_of_an_ean13() -> None:
    # GS1 General Specifications, section 5.2: 4006381333931
    modules = "10100011010100111010111101111010001001011001101010100001010000101000010111010010000101100110101"
    drawn = dots({"barcode": "4006381333931", "type": "ean13", "height": 10, "module_width": 1, "text": False})
    assert drawn[0].rstrip(".") == "".join(("#" if bar == "1" else ".") * 2 for bar in modules)
    assert drawn[0] == drawn[9]


@pytest.mark.parametrize("kind", ["upc_e", "code93"])
def test_bar_codes_that_are_not_drawn(kind: str) -> None:
    with pytest.raises(CommandError, match="use one of upc_a") as caught:
        receipt(GRAPHIC, [{"barcode": "01234500005", "type": kind}])
    assert (caught.value.status, caught.value.code, caught.value.path) == (
        "refused",
        "not_supported",
        "lines.0.barcode",
    )


def test_a_bar_code_that_is_too_wide_once_it_is_drawn() -> None:
    with pytest.raises(CommandError, match="dots wide"):
        receipt(GRAPHIC, [{"barcode": "1a" * 12, "module_width": 1}])


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise ImportError(f"No module named {name!r}")

    glyphs.glyph.cache_clear()
    glyphs._sheet.cache_clear()
    monkeypatch.setattr(importlib, "import_module", missing)


@pytest.mark.usefixtures("without_extra")
@pytest.mark.parametrize("line", ["x", {"qr": "x"}, {"barcode": "x"}])
def test_what_is_missing_is_told_with_its_remedy(line: Any) -> None:
    with pytest.raises(CommandError, match=r"pip install 'readers-bridge\[receipts\]'") as caught:
        receipt(GRAPHIC, [line])
    assert (caught.value.status, caught.value.code) == ("refused", "not_installed")


@pytest.mark.usefixtures("without_extra")
@pytest.mark.parametrize("paper", [STAR_LINE, ESC_POS])
def test_printers_with_fonts_need_no_libraries(paper: Paper) -> None:
    assert text(paper, "x").data
    assert receipt(paper, [{"qr": "x"}, {"barcode": "x"}]).data


def test_the_libraries_are_not_loaded_before_they_are_needed() -> None:
    code = "import sys, readers_bridge.families.star.printing; print({'PIL', 'segno', 'barcode'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout == "set()\n"
