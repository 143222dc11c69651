"""What each command set leaves on the paper."""

from __future__ import annotations

import itertools

import barcode
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers_bridge.families.star.simulator import Barcode, Buzz, Feed, Line, Picture, Qr, Style
from readers_bridge.families.star.simulator.escpos_language import LANGUAGE as ESC_POS
from readers_bridge.families.star.simulator.star_language import language
from readers_bridge.families.star.simulator.symbols import bars, check_barcode, qr_modules, shown, with_check_digit
from readers_bridge.families.star.simulator.tokens import Tokenizer
from readers_bridge.families.star.typedefs import Emulation, Peripheral
from tests.bridge.star.simulator.host import printed, printing

H = bytes.fromhex


async def test_text_styles_of_star_line() -> None:
    printer = await printed(
        H("1B 1D 61 01 1B 69 01 02 1B 45") + b"Big" + H("1B 46 1B 69 00 00 1B 2D 01") + b"u" + H("1B 2D 00 1B 34")
        + b"i" + H("1B 35 0A 1B 1D 61 02") + b"right\n" + H("0F") + b"down\n"
    )  # fmt: skip
    first, second, third = printer.roll.of_job()
    assert isinstance(first, Line)
    assert [(span.text, span.style) for span in first.spans] == [
        ("Big", Style(bold=True, width=3, height=2)),
        ("u", Style(underline=True)),
        ("i", Style(invert=True)),
    ]
    assert first.align == "center"
    assert isinstance(second, Line)
    assert isinstance(third, Line)
    assert third.spans[0].style.upside_down
    assert printer.transcript() == " " * 18 + "Bigui\n" + " " * 43 + "right\n" + " " * 44 + "down\n"
    assert printer.unknown == []


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (32, "Zólw €"),
        (33, "Żółw"),
        (34, "Привет"),
        (15, "Γειά"),
        (4, "1 €"),
        (10, "мир"),
    ],
)
async def test_code_pages(number: int, text: str) -> None:
    codec = {32: "cp1252", 33: "cp1250", 34: "cp1251", 15: "cp737", 4: "cp858", 10: "cp866"}[number]
    printer = await printed(H("1B 1D 74") + bytes((number,)) + text.encode(codec) + b"\n")
    assert printer.transcript() == text + "\n"


async def test_a_line_that_is_full_goes_on_below() -> None:
    printer = await printed(b"x" * 50 + b"\n" + H("1B 69 00 01") + b"y" * 25 + b"\n")
    assert printer.transcript() == "x" * 48 + "\nxx\n" + "y" * 24 + "\ny\n"


async def test_symbols_of_star_line() -> None:
    printer = await printed(
        H("1B 62 03 02 02 50") + b"400638133393\x1e"
        + H("1B 1D 79 53 30 02 1B 1D 79 53 31 01 1B 1D 79 53 32 05 1B 1D 79 44 31 00 05 00 48 45 4C 4C 4F 1B 1D 79 50")
    )  # fmt: skip
    assert printer.roll.of_job() == [
        Barcode("ean13", "400638133393", 80, 3, True, "left"),
        Qr(b"HELLO", 2, "M", 5, "left"),
    ]
    assert printer.transcript().splitlines() == ["|||| ean13 4006381333931 ||||", "[QR code: HELLO]"]


async def test_what_a_printer_cannot_do_is_told() -> None:
    printer = await printed(H("1B 62 03 02 02 50") + b"ABC\x1e" + H("1B 1D 74 63 1B 99 00 1D 56 00 1B 52 02"))
    assert printer.unknown == [
        H("1B 62 03 02 02 50 41 42 43 1E"),
        H("1B 1D 74 63"),
        H("1B 99"),
        H("00"),
        H("1D 56"),
        H("00"),
        H("1B 52 02"),
    ]


async def test_drawers_of_thermal_and_dot_impact_printers() -> None:
    data = H("1B 07 0A 14 07 1A 19 1C")
    printer = await printed(data)
    assert sorted((kick.drawer, kick.on, kick.off, kick.immediate) for kick in printer.kicks) == [
        (1, 100, 200, False),
        (1, 200, 200, True),
        (2, 200, 200, False),
        (2, 200, 200, False),
    ]
    printer = await printed(data, Emulation.STAR_DOT)
    assert [kick.immediate for kick in printer.kicks if kick.drawer == 2] == [True, True]


async def test_a_buzzer_damages_a_drawer() -> None:
    assert (await printed("1B 1D 07 01 0A 0A")).is_damaged
    printer = await printed("1B 1D 07 01 0A 0A", peripheral=Peripheral.BUZZER)
    assert not printer.is_damaged
    (buzz,) = printer.roll.of_job()
    assert isinstance(buzz, Buzz)
    assert buzz.numbers == (1, 10, 10)


async def test_a_raster_line_of_star_graphic_which_ignores_text() -> None:
    printer = await printed(
        b"ignored\n" + H("1B 2A 72 52 1B 2A 72 41 1B 2A 72 50 30 00 1B 2A 72 45 31 33 00 62 02 00 FF 00 1B 2A 72 42"),
        Emulation.STAR_GRAPHIC,
    )
    picture, feed, _ = printer.roll.of_job()
    assert picture == Picture([H("FF 00")])
    assert feed == Feed(96)
    assert printer.cuts == ["partial"]
    assert printer.mechanism.interpreter.ignored == 8
    assert printer.unknown == []


@pytest.mark.parametrize(
    ("mode", "cuts"),
    [
        (b"1", []),
        (b"2", []),
        (b"3", []),
        (b"8", ["full"]),
        (b"9", ["full"]),
        (b"12", ["partial"]),
        (b"13", ["partial"]),
    ],
)
async def test_the_end_of_a_raster(mode: bytes, cuts: list[str]) -> None:
    printer = await printed(b"\x1b*rR\x1b*rA\x1b*rE" + mode + b"\0b\x01\0\xff\x1b*rB", Emulation.STAR_GRAPHIC)
    assert printer.cuts == cuts
    assert printer.unknown == []


async def test_paper_ends_within_a_picture() -> None:
    async with printing(Emulation.STAR_GRAPHIC, paper=2) as (printer, host):
        host.say(b"\x1b*rR\x1b*rA\x1b*rE13\0" + b"b\x01\0\xff" * 100 + b"\x1b*rB")
        await printer.until(lambda: printer.condition.is_offline, "paper end")
        (picture,) = printer.roll.of_job()
        assert isinstance(picture, Picture)
        assert len(picture.rows) == 48


async def test_esc_pos() -> None:
    printer = await printed(
        H("1B 40 1B 74 10 1B 61 01 1D 21 11 1B 45 01") + "Öl".encode("cp1252") + H("0A 1B 45 00 1D 21 00 1B 61 00")
        + H("1B 21 B8") + b"mode" + H("1B 21 00 1D 42 01") + b"inv" + H("1D 42 00 0A")
        + H("1D 68 40 1D 77 02 1D 48 02 1D 6B 49 06") + b"{BABCD" + H("1D 6B 02") + b"400638133393\0"
        + H("1D 28 6B 04 00 31 41 32 00 1D 28 6B 03 00 31 43 04 1D 28 6B 03 00 31 45 32 1D 28 6B 05 00 31 50 30")
        + b"Hi" + H("1D 28 6B 03 00 31 51 30") + H("1D 76 30 00 01 00 02 00 AA 55") + H("1B 64 02 1B 70 00 19 19 1D 56 42 00"),
        Emulation.ESC_POS,
        peripheral=Peripheral.BUZZER,
    )  # fmt: skip
    assert printer.unknown == []
    items = printer.roll.of_job()
    assert isinstance(items[0], Line)
    assert items[0].spans[0].style == Style(bold=True, width=2, height=2)
    assert isinstance(items[1], Line)
    assert items[1].spans[0].style == Style(bold=True, underline=True, width=2, height=2)
    assert items[2:6] == [
        Barcode("code128", "{BABCD", 64, 2, True, "left"),
        Barcode("ean13", "400638133393", 64, 2, True, "left"),
        Qr(b"Hi", 2, "Q", 4, "left"),
        Picture([b"\xaa", b"\x55"]),
    ]
    assert [(kick.drawer, kick.on) for kick in printer.kicks] == [(1, 50)]
    assert printer.cuts == ["partial"]


async def test_status_of_esc_pos() -> None:
    async with printing(Emulation.ESC_POS) as (printer, host):
        host.say("10 04 01 10 04 02 10 04 03 10 04 04 1D 72 01 1D 72 02 1D 61 FF")
        assert await host.heard(10) == "12 12 12 12 00 00 10 00 00 00"
        printer.cover(is_open=True)
        assert await host.heard(4) == "38 00 00 00"
        host.say("10 04 01 10 04 02")
        assert await host.heard(2) == "1A 16"
        printer.cover(is_open=False)
        host.say("1D 28 48 06 00 30 30 41 42 43 44")
        assert await host.heard(11) == "10 00 00 00 37 22 41 42 43 44 00"
        printer.paper(0)
        host.say("10 04 04 10 04 02")
        assert await host.heard(6) == "18 00 0C 00 72 32"


async def test_text_of_one_mode_in_the_other() -> None:
    assert (await printed("1B 70 00 19 19 41 0A")).unknown[0] == H("1B 70")
    printer = await printed("1B 64 03 07 41 0A", Emulation.ESC_POS)
    assert printer.cuts == []
    assert printer.unknown == [b"\x07"]


def test_bars() -> None:
    assert with_check_digit("400638133393") == "4006381333931"
    assert shown("upc_a", "03600029145") == "036000291452"
    assert len(bars("ean13", "4006381333931") or "") == 95
    assert len(bars("ean8", "9638507") or "") == 67
    assert len(bars("upc_e", "0123456") or "") == 51
    assert bars("code128", "A") == "11010010000" + "10100011000" + "10001011000" + "1100011101011"
    assert bars("code39", "A") == bars("code39", "*A*")
    assert bars("itf", "12") == "1010" + "1110" + "1000" + "10" + "10" + "111000" + "11101"
    assert bars("code93", "A") is None
    assert check_barcode("ean8", "12") == "ean8 cannot hold '12'"
    assert qr_modules(b"HELLO", "M") == 21
    assert qr_modules(b"x" * 3000, "L") == 0


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("ean13", "400638133393"),
        ("ean8", "9638507"),
        ("upca", "03600029145"),
        ("code128", "READERS-2026"),
        ("code128", "ab12345678cd"),
        ("codabar", "A40156B"),
        ("itf", "12345678"),
    ],
)
def test_bars_are_those_of_another_library(kind: str, data: str) -> None:
    made = barcode.get_barcode_class(kind)(data)
    expected = "".join(made.build())
    found = bars({"upca": "upc_a", "codabar": "nw7"}.get(kind, kind), data)
    assert found is not None
    if kind in {"codabar", "itf"}:  # two widths, whose ratio is free
        assert widths(found) == widths(expected.replace("G", "1"))
    else:
        assert found.strip("0") == expected.replace("G", "1").strip("0")


def test_parentheses_are_no_part_of_gs1_128() -> None:
    for shown_as, encoded in [
        ("(01)04012345123456(15)261231", "010401234512345615261231"),
        ("(10)1234AB(21)CD", "101234AB\xf121CD"),
    ]:
        expected = barcode.get_barcode_class("gs1_128")(encoded).build()[0]
        assert bars("gs1_128", shown_as) == expected


def widths(modules: str) -> str:
    runs = [len(list(run)) for _, run in itertools.groupby(modules.strip("0"))]
    return "".join("w" if run > min(runs) else "n" for run in runs)


@pytest.mark.parametrize("kind", ["star", "graphic", "esc_pos"])
@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 200), max_size=6))
@settings(max_examples=60, deadline=None)
def test_tokens_do_not_depend_on_where_the_stream_was_cut(kind: str, data: bytes, cuts: list[int]) -> None:
    emulation = {"star": Emulation.STAR_LINE, "graphic": Emulation.STAR_GRAPHIC}.get(kind)
    data = b"\x1b\x1d\x1b*rAb" + data if kind == "graphic" else data
    whole, cut = (Tokenizer(ESC_POS if emulation is None else language(emulation)) for _ in range(2))
    expected = [(token.name, token.data) for token in whole.feed(data)]
    found = []
    places = [0, *sorted(min(place, len(data)) for place in cuts), len(data)]
    for start, end in itertools.pairwise(places):
        found += [(token.name, token.data) for token in cut.feed(data[start:end])]
    assert b"".join(each for _, each in found) == b"".join(each for _, each in expected)
    assert [each for each in found if each[0] != "text"] == [each for each in expected if each[0] != "text"]
