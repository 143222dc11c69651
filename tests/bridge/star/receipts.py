"""Receipts in the words of ``print_receipt``, and the printers that they are printed on."""
# ruff: noqa: RUF001 - it is the languages' own spelling

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageDraw

from readers_bridge.families.star.printing import Paper, Rendered, framed
from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from readers_bridge.families.star.typedefs import Emulation, Peripheral
from tests.bridge.star.printing.papers import DOT, ESC_POS, GRAPHIC, STAR_LINE, STAR_PRNT
from tests.bridge.star.simulator.host import printed

PAPERS: Mapping[Emulation, Paper] = {paper.emulation: paper for paper in (STAR_LINE, STAR_PRNT, GRAPHIC, DOT, ESC_POS)}

ENGLISH = {
    "title": "HARBOUR CAFÉ",
    "place": "12 Quay Street, Whitby",
    "items": [("2 × Crème brûlée", "£11.00"), ("1 × “Flat white” – large", "£3.60")],
    "total": ("Total", "£14.60"),
    "thanks": "Thank you — see you soon…",
}
GERMAN = {
    "title": "BÄCKEREI GROß",
    "place": "Königstraße 7, 70173 Stuttgart",
    "items": [("3 × Brötchen", "2,70 €"), ("1 × Süßer Käsekuchen „Öl“", "4,20 €")],
    "total": ("Summe", "6,90 €"),
    "thanks": "Vielen Dank für Ihren Einkauf!",
}
FRENCH = {
    "title": "PÂTISSERIE ŒUVRE",
    "place": "8, rue de l’Église, Besançon",
    "items": [("2 × Éclair à la crème", "7,80 €"), ("1 × Thé glacé « maison »", "3,50 €")],
    "total": ("Total à payer", "11,30 €"),
    "thanks": "Merci, à bientôt ! Où ça ? Ici même.",
}
POLISH = {
    "title": "ŻÓŁTA ŁÓDŹ",
    "place": "ul. Świętojańska 5, Gdańsk",
    "items": [("2 × Pączek z różą", "9,00 zł"), ("1 × Żurek w chlebie", "24,50 zł")],
    "total": ("Do zapłaty", "33,50 zł"),
    "thanks": "Dziękujemy! Zażółć gęślą jaźń.",
}
RUSSIAN = {
    "title": "КАФЕ «У МОРЯ»",
    "place": "Морская ул., д. 10, Выборг",
    "items": [("2 × Борщ со сметаной", "480,00"), ("1 × Чёрный чай №5", "120,00")],
    "total": ("ИТОГО", "600,00"),
    "thanks": "Спасибо! Съешь ещё этих мягких булок.",
}
LANGUAGES: Mapping[str, Mapping[str, Any]] = {
    "english": ENGLISH,
    "german": GERMAN,
    "french": FRENCH,
    "polish": POLISH,
    "russian": RUSSIAN,
}


def receipt_in(language: str) -> list[Any]:
    """A short receipt."""
    words = LANGUAGES[language]
    name, sum_ = words["total"]
    return [
        {"text": words["title"], "align": "center", "width": 2, "height": 2},
        {"text": words["place"], "align": "center"},
        {"rule": True},
        *(
            {"columns": [{"text": text}, {"text": price, "width": 10, "align": "right"}]}
            for text, price in words["items"]
        ),
        {"rule": "="},
        {"columns": [{"text": name, "bold": True}, {"text": sum_, "width": 12, "align": "right", "bold": True}]},
        words["thanks"],
    ]


def drawn_ship() -> str:
    """A small picture in black and white, as Base64 of a PNG."""
    image = Image.new("1", (96, 64), 1)
    draw = ImageDraw.Draw(image)
    draw.polygon([(8, 44), (88, 44), (76, 60), (20, 60)], fill=0)
    draw.rectangle((46, 6, 48, 44), fill=0)
    draw.polygon([(50, 8), (50, 40), (80, 40)], fill=0)
    draw.polygon([(44, 14), (44, 40), (20, 40)], outline=0)
    return png(image)


def png(image: Image.Image) -> str:
    """Base64 of a PNG."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode("ascii")


WORDS: Sequence[Any] = (
    {"text": "EVERYTHING", "align": "center", "width": 2, "height": 3, "bold": True},
    "left, and so long that the line is wrapped at a blank because the paper ends",
    {"text": "centred", "align": "center"},
    {"text": "right", "align": "right"},
    {"text": "bold", "bold": True},
    {"text": "underlined", "underline": True},
    {"text": " inverted ", "invert": True},
    {"text": "double width", "width": 2},
    {"text": "double height", "height": 2},
    {"text": "largest", "width": 6, "height": 6},
    {"rule": True},
    {"columns": [{"text": "No"}, {"text": "Tea"}, {"text": "Price", "align": "right"}]},
    {
        "columns": [
            {"text": "1", "width": 4},
            {"text": "Assam Tea from the first harvest of the year", "bold": True},
            {"text": "12.50", "align": "right", "width": 8},
        ]
    },
    {"rule": "*"},
    {"feed": 2},
)
DRAWN: Sequence[Any] = (
    {"barcode": "400638133393", "type": "ean13", "align": "center", "height": 60},
    {"barcode": "9638507", "type": "ean8", "module_width": 3},
    {"barcode": "READERS", "type": "code128", "align": "right", "height": 40, "module_width": 1},
    {"barcode": "AB-12", "type": "code39", "text": False, "height": 40, "module_width": 1},
    {"barcode": "03600029145", "type": "upc_a", "height": 40, "module_width": 1},
    {"barcode": "12345678", "type": "itf", "height": 40, "module_width": 1},
    {"barcode": "A40156B", "type": "nw7", "height": 40, "module_width": 1},
    {"barcode": "(01)04012345123456", "type": "gs1_128", "height": 40, "module_width": 1},
    {"qr": "https://example.org/r/2026", "align": "center", "size": 4, "error_correction": "Q"},
    {"image": drawn_ship(), "align": "right"},
    {"cut": "partial"},
)
LAST: Sequence[Any] = ("behind the cut", {"drawer": 1}, {"cut": "full"})


def everything(emulation: Emulation) -> list[Any]:
    """Every kind of line that this command set can print."""
    drawn = () if emulation is Emulation.STAR_DOT else DRAWN
    return [*WORDS, *drawn, *LAST]


def paper_of(emulation: Emulation, **changes: Any) -> Paper:
    known = PAPERS[emulation]
    return Paper(
        **{
            "emulation": emulation,
            "dots": known.dots,
            "columns": known.columns,
            "code_page": known.code_page,
            "peripheral": Peripheral.DRAWER,
            **changes,
        }
    )


async def on_paper(paper: Paper, rendered: Rendered, job: int = 0x1234, **settings: Any) -> SimulatedPrinter:
    """A printer that has printed a whole job as the bridge sends it."""
    return await printed(framed(paper, rendered, job), paper.emulation, dots=paper.dots, **settings)


__all__ = ["LANGUAGES", "Settings", "everything", "on_paper", "paper_of", "png", "receipt_in"]
