"""What the bridge prints, on the paper of simulated printers, whose interpreter knows nothing of how it was made.

The pictures in ``golden`` have been looked at. After a change that is meant, run these tests once with
READERS_WRITE_GOLDEN=1, and look at the new ones.
"""

from __future__ import annotations

import base64
import io
import os
import random
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from readers_bridge.families.star import printing
from readers_bridge.families.star.printing import Paper
from readers_bridge.families.star.simulator import Barcode, Line, Picture, Qr, SimulatedPrinter
from readers_bridge.families.star.typedefs import Emulation, Peripheral
from tests.bridge.star.receipts import LANGUAGES, everything, on_paper, paper_of, png, receipt_in
from tests.bridge.star.simulator.host import printed

GOLDEN = Path(__file__).parent / "golden"
INK = 1
"""In the palette of a picture of the paper."""
IS_WRITING = bool(os.environ.get("READERS_WRITE_GOLDEN"))
WITH_PICTURES = [emulation for emulation in Emulation if emulation is not Emulation.STAR_DOT]
WITH_FONTS = [emulation for emulation in Emulation if emulation is not Emulation.STAR_GRAPHIC]


def compare(printer: SimulatedPrinter, name: str) -> None:
    """The paper is the same, dot for dot and word for word, as what was looked at."""
    picture, text = GOLDEN / f"{name}.png", GOLDEN / f"{name}.txt"
    if IS_WRITING:
        picture.write_bytes(printer.png())
        text.write_text(printer.transcript(), encoding="utf-8")
    assert printer.transcript() == text.read_text(encoding="utf-8")
    found, expected = Image.open(io.BytesIO(printer.png())), Image.open(picture)
    assert found.size == expected.size
    assert found.convert("RGB").tobytes() == expected.convert("RGB").tobytes()


def check(printer: SimulatedPrinter, paper: Paper, job: int) -> None:
    """The printer understood every byte, and said that the job is printed."""
    assert printer.unknown == []
    assert not printer.is_damaged
    confirmation = printing.confirmation(paper)
    assert printer.jobs[-1].print_ends == ([job] if confirmation is printing.Confirmation.PRINT_END else [])
    assert printer.jobs[-1].etbs == (confirmation is not printing.Confirmation.PAPER_STATUS)
    assert printer.jobs[-1].discarded == 0


@pytest.mark.parametrize("emulation", list(Emulation))
async def test_every_kind_of_line(emulation: Emulation) -> None:
    paper = paper_of(emulation)
    rendered = printing.receipt(paper, everything(emulation))
    assert (rendered.replaced, rendered.dropped) == ((), 0)
    printer = await on_paper(paper, rendered, 0xFEDC)
    check(printer, paper, 0xFEDC)
    compare(printer, f"{emulation}_everything")
    assert printer.cuts == (["full"] if emulation is Emulation.STAR_DOT else ["partial", "full"])
    assert [(kick.drawer, kick.on, kick.immediate) for kick in printer.kicks] == [(1, 200, False)]


@pytest.mark.parametrize("language", list(LANGUAGES))
@pytest.mark.parametrize("emulation", list(Emulation))
async def test_text_in_five_languages(emulation: Emulation, language: str) -> None:
    paper = paper_of(emulation)
    rendered = printing.receipt(paper, receipt_in(language))
    assert rendered.replaced == ()
    printer = await on_paper(paper, rendered)
    check(printer, paper, 0x1234)
    compare(printer, f"{emulation}_{language}")
    words = LANGUAGES[language]
    if emulation is not Emulation.STAR_GRAPHIC:
        for text in (words["title"], words["place"], *words["total"], *(price for _, price in words["items"])):
            assert text in printer.transcript()
    assert printer.kicks == []


@pytest.mark.parametrize("emulation", WITH_FONTS)
async def test_one_line_in_many_scripts(emulation: Emulation) -> None:
    """The code page changes within the line, as often as it must."""
    paper = paper_of(emulation)
    text = "Öl, œuvre, żółw, мир, 5 €"
    rendered = printing.text(paper, text, cut="none")
    assert rendered.replaced == ()
    printer = await on_paper(paper, rendered)
    check(printer, paper, 0x1234)
    assert printer.transcript() == text + "\n"


@pytest.mark.parametrize("emulation", list(Emulation))
async def test_what_cannot_be_printed_and_what_must_not(emulation: Emulation) -> None:
    paper = paper_of(emulation)
    rendered = printing.text(
        paper, "snow\x07 ☃\x1c\x1a 漢字 \x1bp\x00\x19\x19 \x1b@end\x10\x14\x01\x00\x01", cut="none"
    )
    assert rendered.replaced == ("☃", "漢", "字")
    assert rendered.dropped == 13
    printer = await on_paper(paper, rendered)
    check(printer, paper, 0x1234)
    assert printer.kicks == []
    if emulation is not Emulation.STAR_GRAPHIC:
        assert printer.transcript() == "snow ? ?? p @end\n"


@pytest.mark.parametrize("emulation", list(Emulation))
async def test_a_job_of_five_hundred_lines(emulation: Emulation) -> None:
    paper = paper_of(emulation)
    lines = [{"text": f"line {number:03d}", "bold": number % 2 == 0} for number in range(500)]
    rendered = printing.receipt(paper, lines)
    assert rendered.lines == 500
    printer = await on_paper(paper, rendered)
    check(printer, paper, 0x1234)
    if emulation is Emulation.STAR_GRAPHIC:
        (picture,) = printer.roll.of_job()
        assert isinstance(picture, Picture)
        assert len(picture.rows) == 500 * 30
    else:
        assert printer.transcript().splitlines() == [line["text"] for line in lines]


def noise(wide: int, high: int) -> Any:
    """Black and white dots that no compression makes smaller."""
    return Image.frombytes("1", (wide, high), random.Random(5).randbytes(wide // 8 * high))


@pytest.mark.parametrize("emulation", WITH_PICTURES)
async def test_an_image_dot_for_dot(emulation: Emulation) -> None:
    paper = paper_of(emulation, dots=576, columns=48)
    image = noise(560, 300)
    out = io.BytesIO()
    image.convert("L").save(out, "PNG", compress_level=0)
    rendered = printing.receipt(paper, [{"image": base64.b64encode(out.getvalue()).decode(), "align": "center"}])
    printer = await on_paper(paper, rendered)
    check(printer, paper, 0x1234)
    pictures = [item for item in printer.roll.of_job() if isinstance(item, Picture)]
    rows = [row for picture in pictures for row in picture.rows]
    black = bytes(255 - byte for byte in image.tobytes())
    assert rows == [b"\0" + black[start : start + 70] + b"\0" for start in range(0, len(black), 70)]


@pytest.mark.parametrize("emulation", WITH_PICTURES)
async def test_a_photograph_of_two_megabytes_is_scaled_to_the_paper(emulation: Emulation) -> None:
    paper = paper_of(emulation, dots=576, columns=48)
    out = io.BytesIO()
    Image.linear_gradient("L").resize((1600, 1400)).save(out, "PNG", compress_level=0)
    assert len(out.getvalue()) > 2_000_000
    printer = await on_paper(paper, printing.receipt(paper, [{"image": base64.b64encode(out.getvalue()).decode()}]))
    check(printer, paper, 0x1234)
    rows = [row for item in printer.roll.of_job() if isinstance(item, Picture) for row in item.rows]
    assert len(rows) == 504
    black = [sum(byte.bit_count() for row in rows[start : start + 56] for byte in row) for start in range(0, 504, 56)]
    assert black == sorted(black, reverse=True), "black on top, white below"
    assert black[0] > 0.9 * 56 * 576 > 9 * black[-1]


BARCODES = {
    "upc_e": ("01234500005", "012345000058"),
    "upc_a": ("01234567890", "012345678905"),
    "ean8": ("1234567", "12345670"),
    "ean13": ("4006381333931", "4006381333931"),
    "code39": ("AB-12 $%", "AB-12 $%"),
    "itf": ("1234", "1234"),
    "code128": ("Hello, {World}", "Hello, {World}"),
    "code93": ("abc%", "abc%"),
    "nw7": ("a123-4b", "a123-4b"),
    "gs1_128": ("(01)04012345123456(10)ABC", "(01)04012345123456(10)ABC"),
}


@pytest.mark.parametrize("kind", list(BARCODES))
@pytest.mark.parametrize("emulation", [Emulation.STAR_LINE, Emulation.STAR_PRNT, Emulation.ESC_POS])
async def test_every_bar_code_arrives_as_it_was_meant(emulation: Emulation, kind: str) -> None:
    given, shown = BARCODES[kind]
    paper = paper_of(emulation)
    line = {"barcode": given, "type": kind, "height": 50, "module_width": 1, "align": "right"}
    printer = await on_paper(paper, printing.receipt(paper, [line]))
    check(printer, paper, 0x1234)
    (barcode,) = printer.roll.of_job()
    assert isinstance(barcode, Barcode)
    assert (barcode.kind, barcode.height, barcode.module, barcode.text, barcode.align) == (kind, 50, 2, True, "right")
    assert f" {shown} " in printer.transcript().replace("%0", "%")


@pytest.mark.parametrize("kind", [kind for kind in BARCODES if kind not in {"upc_e", "code93"}])
async def test_drawn_bars_are_those_of_a_printer_that_makes_them_itself(kind: str) -> None:
    """Module for module: what the bridge draws for a printer without fonts, and what the simulator draws itself."""
    line = {"barcode": BARCODES[kind][0], "type": kind, "height": 8, "text": False, "module_width": 1}
    rows = []
    for emulation in (Emulation.STAR_GRAPHIC, Emulation.STAR_LINE):
        paper = paper_of(emulation)
        printer = await on_paper(paper, printing.receipt(paper, [line]))
        check(printer, paper, 0x1234)
        paper_image = Image.open(io.BytesIO(printer.png()))
        rows.append([paper_image.getpixel((x, 16)) for x in range(paper_image.width)])
    assert rows[0] == rows[1]
    assert rows[0].count(INK) > 20


@pytest.mark.parametrize("emulation", [Emulation.STAR_LINE, Emulation.STAR_PRNT, Emulation.ESC_POS])
async def test_a_qr_code_of_any_text(emulation: Emulation) -> None:
    paper = paper_of(emulation)
    text = "Grüße, мир\n\x1c\x07 https://example.org"
    rendered = printing.receipt(paper, [{"qr": text, "size": 3, "error_correction": "H", "align": "center"}])
    assert rendered.dropped == 2
    printer = await on_paper(paper, rendered)
    check(printer, paper, 0x1234)
    (code,) = printer.roll.of_job()
    assert code == Qr("Grüße, мир\n https://example.org".encode(), 2, "H", 3, "center")
    assert printer.kicks == []


@pytest.mark.parametrize("emulation", list(Emulation))
async def test_one_job_leaves_no_style_for_the_next(emulation: Emulation) -> None:
    paper = paper_of(emulation)
    style = {"align": "right", "bold": True, "underline": True, "invert": True, "width": 2, "height": 2}
    first = printing.framed(paper, printing.receipt(paper, [{"text": "ж", **style}]), 1)
    second = printing.framed(paper, printing.receipt(paper, ["x"]), 2)
    printer = await printed(first + second, emulation, dots=paper.dots)
    alone = await printed(second, emulation, dots=paper.dots)
    assert printer.unknown == []
    last, expected = printer.roll.of_job()[-1], alone.roll.of_job()[-1]
    if emulation is Emulation.STAR_GRAPHIC:
        assert last == expected
    else:
        assert isinstance(last, Line)
        assert last == expected
        assert last.text == "x"


@pytest.mark.parametrize("emulation", list(Emulation))
@pytest.mark.parametrize("number", [1, 2])
async def test_drawers(emulation: Emulation, number: int) -> None:
    paper = paper_of(emulation)
    printer = await on_paper(paper, printing.drawer(paper, number))
    check(printer, paper, 0x1234)
    assert [(kick.drawer, kick.on) for kick in printer.kicks] == [(number, 200)]
    assert printer.roll.of_job() == printer.kicks, "and nothing else"


@pytest.mark.parametrize("emulation", [Emulation.STAR_LINE, Emulation.STAR_PRNT, Emulation.STAR_GRAPHIC])
async def test_a_buzzer(emulation: Emulation) -> None:
    paper = paper_of(emulation, peripheral=Peripheral.BUZZER)
    printer = await on_paper(paper, printing.buzzer(paper, 3), peripheral=Peripheral.BUZZER)
    check(printer, paper, 0x1234)
    assert printer.transcript() == "[buzzer]\n" * 3


@pytest.mark.parametrize("emulation", list(Emulation))
@pytest.mark.parametrize("kind", ["partial", "full"])
async def test_cuts(emulation: Emulation, kind: str) -> None:
    paper = paper_of(emulation)
    printer = await on_paper(paper, printing.cut(paper, kind))
    check(printer, paper, 0x1234)
    assert printer.cuts == [kind]


def test_the_golden_pictures_are_small_and_all_used() -> None:
    used = {f"{emulation}_{name}" for emulation in Emulation for name in ("everything", *LANGUAGES)}
    assert {path.stem for path in GOLDEN.glob("*.*")} == used
    assert sum(path.stat().st_size for path in GOLDEN.iterdir()) < 150_000
    assert png(Image.new("1", (8, 8)))
