"""The paper as a picture."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from readers_bridge.families.star.simulator import SimulatedPrinter
from readers_bridge.families.star.simulator.escpos_interpreter import CODE_PAGES as ESC_POS_CODE_PAGES
from readers_bridge.families.star.simulator.glyphs import has_glyph
from readers_bridge.families.star.simulator.star_interpreter import CODE_PAGES
from readers_bridge.families.star.typedefs import Emulation
from tests.bridge.star.simulator.host import printed

MARGIN = 16


def drawn(printer: SimulatedPrinter) -> Any:
    return Image.open(io.BytesIO(printer.png()))


def dots(picture: Any, y: int, start: int, end: int) -> str:
    return "".join(".#r-"[picture.getpixel((MARGIN + x, MARGIN + y))] for x in range(start, end))


async def test_a_letter_stands_in_a_cell_of_12_by_24_dots() -> None:
    picture = drawn(await printed(b"A\n"))
    assert picture.size == (576 + 2 * MARGIN, 32 + 2 * MARGIN)
    rows = [dots(picture, y, 0, 12) for y in range(24)]
    assert rows[4:18] == [
        "............",
        ".....##.....",
        "....####....",
        "...##..##...",
        "...##..##...",
        "..##....##..",
        "..##....##..",
        "..##....##..",
        "..########..",
        "..##....##..",
        "..##....##..",
        "..##....##..",
        "..##....##..",
        "..##....##..",
    ]
    assert (await printed(b"A\n")).png() == (await printed(b"A\n")).png()


async def test_a_large_bold_letter_keeps_its_gaps() -> None:
    plain = drawn(await printed(bytes.fromhex("1B 1D 74 0A 1B 69 01 01 98 0A")))  # Ш in code page 866
    bold = drawn(await printed(bytes.fromhex("1B 1D 74 0A 1B 69 01 01 1B 45 98 0A")))
    thin, thick = dots(plain, 20, 0, 24), dots(bold, 20, 0, 24)
    assert thick == "".join("#" if "#" in thin[max(0, x - 1) : x + 1] else "." for x in range(24))
    assert thin.strip(".").count("..") == thick.strip(".").replace("#.#", "#..#").count("..") == 2


async def test_styles_and_widths() -> None:
    picture = drawn(await printed(bytes.fromhex("1B 69 01 01") + b"A\n"))
    assert dots(picture, 10, 0, 24) == "..........####.........."
    picture = drawn(await printed(b"\x1b4 \n"))
    assert dots(picture, 10, 0, 12) == "#" * 12
    picture = drawn(await printed(b"\x1b-\x01 \n"))
    assert dots(picture, 23, 0, 13) == "#" * 12 + "."
    picture = drawn(await printed(bytes.fromhex("1B 1D 74 01 C4 C4 0A")))
    assert "#" * 24 in [dots(picture, y, 0, 24) for y in range(24)]


async def test_the_red_of_a_dot_impact_printer() -> None:
    picture = drawn(await printed(b"\x1b4A\n", Emulation.STAR_DOT))
    assert picture.size[0] == 42 * 12 + 2 * MARGIN
    assert dots(picture, 5, 0, 12) == ".....rr....."


async def test_symbols_pictures_and_cuts() -> None:
    picture = drawn(await printed(bytes.fromhex("1B 62 03 01 01 20") + b"400638133393\x1e"))
    assert dots(picture, 0, 0, 20) == "##..##......####..##"
    assert picture.size[1] == 32 + 2 * MARGIN
    picture = drawn(await printed(bytes.fromhex("1B 64 01")))
    assert dots(picture, 16, 0, 20) == "-" * 8 + "." * 8 + "-" * 4
    picture = drawn(await printed(bytes.fromhex("1B 1D 53 01 01 00 02 00 00 AA 55")))
    assert [dots(picture, y, 0, 8) for y in range(2)] == ["#.#.#.#.", ".#.#.#.#"]


async def test_a_qr_code() -> None:
    picture = drawn(await printed(bytes.fromhex("1B 1D 79 53 32 02 1B 1D 79 44 31 00 02 00 48 69 1B 1D 79 50")))
    assert picture.size[1] == 2 * 21 + 2 * MARGIN
    assert dots(picture, 0, 0, 16) == "#" * 14 + ".."
    assert dots(picture, 2, 0, 16) == "##" + "." * 10 + "##.."


def test_the_font_has_every_character_of_the_code_pages() -> None:
    for codec in {*CODE_PAGES.values(), *ESC_POS_CODE_PAGES.values()} - {"cp851", "cp853"}:
        text = bytes([*range(0x20, 0x7F), *range(0xA0, 0x100)]).decode(codec, "ignore")
        missing = [character for character in text if not has_glyph(character)]
        assert [character for character in missing if character.isprintable()] == []
