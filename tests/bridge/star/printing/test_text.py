"""What becomes of the characters of a text."""

# ruff: noqa: RUF001
from __future__ import annotations

import pytest

from readers_bridge.errors import CommandError, ConfigError
from readers_bridge.families.star.printing import Paper, code_page_names, text
from readers_bridge.families.star.printing.text import Cleaner
from readers_bridge.families.star.typedefs import Emulation
from tests.bridge.star.printing import tokens
from tests.bridge.star.printing.papers import DOT, ESC_POS, ESC_POS_PAGES, GRAPHIC, STAR_LINE, STAR_PAGES, WITH_FONTS

ASCII = frozenset(map(chr, range(0x20, 0x7F)))

LANGUAGES = {
    "English": "Thank you! £3.50 & 20% off - see you soon",
    "German": "Grüße aus Köln, Straße 5: 3,50 €",
    "French": "Ça coûte 12,90 €, s’il vous plaît. Œuvre",
    "Polish": "Zażółć gęślą jaźń, cena: 15 zł",
    "Czech": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "Russian": "Спасибо за покупку, ёлка",
    "Greek": "Ευχαριστώ για την αγορά",
    "Turkish": "Teşekkür ederiz, iyi günler ığ",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_come_out_as_they_are(language: str) -> None:
    rendered = text(STAR_LINE, LANGUAGES[language], cut="none")
    assert rendered.replaced == ()
    assert tokens.printed(tokens.star(rendered.data), STAR_PAGES) == LANGUAGES[language] + "\n"


def test_all_languages_in_one_job() -> None:
    whole = "\n".join(LANGUAGES.values())
    rendered = text(STAR_LINE, whole, cut="none")
    assert tokens.printed(tokens.star(rendered.data), STAR_PAGES) == whole + "\n"
    switches = [token for token in tokens.star(rendered.data) if token.name == "code page"]
    assert len(switches) < 12, "the page changes with the language, not with every word"


@pytest.mark.parametrize("language", ["English", "German", "French", "Polish", "Czech", "Russian"])
def test_languages_in_esc_pos(language: str) -> None:
    rendered = text(ESC_POS, LANGUAGES[language], cut="none")
    assert tokens.printed(tokens.esc_pos(rendered.data), ESC_POS_PAGES) == LANGUAGES[language] + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_on_a_printer_without_fonts(language: str) -> None:
    assert text(GRAPHIC, LANGUAGES[language]).replaced == ()


@pytest.mark.parametrize("paper", WITH_FONTS)
def test_the_chosen_code_page_comes_first(paper: Paper) -> None:
    first = next(
        token
        for token in (tokens.esc_pos if paper is ESC_POS else tokens.star)(text(paper, "é").data)
        if token.name == "code page"
    )
    assert first.data[0] == {"cp858": 4, "cp1252": 16 if paper is ESC_POS else 32}[paper.code_page]


def test_what_cannot_be_printed_is_replaced_and_reported_once() -> None:
    rendered = text(STAR_LINE, "日本日 カ", cut="none")
    assert rendered.data.endswith(b"??? ?\n")
    assert rendered.replaced == ("日", "本", "カ")


def test_another_replacement() -> None:
    paper = Paper(Emulation.STAR_LINE, 576, 48, replacement="*")
    assert text(paper, "日", cut="none").data.endswith(b"*\n")


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("„quoted“ - ‘single’", "\"quoted\" - 'single'"),
        ("a–b—c…", "a-b-c..."),
        ("e\u0301", "e"),
        ("ﬁnal", "final"),
        ("Ａ１", "A1"),
        ("Łódź", "Lodz"),
        ("5 €", "5 EUR"),
        ("a\u00a0b", "a b"),
        ("soft\u00adhyphen\u200b", "softhyphen"),
        ("a\tb", "a       b"),
        ("❤\ufe0f", "?"),
    ],
)
def test_the_nearest_characters(given: str, printed: str) -> None:
    assert Cleaner(ASCII).lines(given) == [printed]


def test_line_ends_of_every_kind() -> None:
    assert Cleaner(ASCII).lines("a\r\nb\rc\nd\u2028e\u0085f") == ["a", "b", "c", "d", "e", "f"]


def test_half_a_surrogate_pair_is_dropped() -> None:
    cleaner = Cleaner(ASCII)
    assert cleaner.lines("a\ud800b") == ["ab"]
    assert cleaner.dropped == 1
    assert cleaner.replaced == ()


def test_national_characters_keep_their_place() -> None:
    assert b"\x1bR\x00" in text(STAR_LINE, "[#5] a@b $").data
    assert b"\x1bR" not in text(STAR_LINE, "plain").data


def test_the_length_limit() -> None:
    assert text(STAR_LINE, "x" * 20_000).lines > 400
    with pytest.raises(CommandError, match="20001 bytes") as caught:
        text(STAR_LINE, "x" * 20_001)
    assert (caught.value.status, caught.value.code, caught.value.path) == ("invalid", "out_of_range", "text")


def test_a_code_page_that_does_not_exist() -> None:
    with pytest.raises(ConfigError, match="cp1252"):
        text(Paper(Emulation.STAR_LINE, 576, 48, code_page="cp928"), "x")
    assert "cp1252" in code_page_names(Emulation.STAR_LINE)
    assert code_page_names(Emulation.STAR_GRAPHIC) == ()


def test_dot_printers_double_at_most_and_align_with_blanks() -> None:
    found = tokens.star(text(DOT, "Hi", align="right", width=4, height=2, cut="none").data)
    assert [token.name for token in found if token.name != "code page"] == [
        "wide",
        "high",
        "text",
        "line feed",
        "high",
        "wide",
    ]
    assert next(token.data for token in found if token.name == "text") == b" " * 19 + b"Hi"
