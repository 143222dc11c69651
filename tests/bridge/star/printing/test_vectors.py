"""Published and composed vectors for printing, byte for byte."""

from __future__ import annotations

from readers_bridge.families.star.printing import cut, drawer, framed, raster, receipt, text
from readers_bridge.families.star.printing.job import PRINT_END
from tests.bridge.star.printing.papers import GRAPHIC, STAR_LINE, STAR_PRNT


def test_feed_and_partial_cut() -> None:
    assert cut(STAR_LINE).data == bytes.fromhex("1B 64 03")
    assert cut(STAR_LINE, "full").data == bytes.fromhex("1B 64 02")


def test_drawer_1_with_200_ms_on_and_off() -> None:
    assert drawer(STAR_LINE).data == bytes.fromhex("1B 07 14 14 07")
    assert drawer(STAR_LINE, 2).data == bytes.fromhex("1A")


def test_a_whole_job() -> None:
    job = framed(STAR_PRNT, text(STAR_PRNT, "Hello €"), 0x1234)
    assert job == bytes.fromhex(
        "1B 1D 03 03 00 001B 401B 1D 74 2048 65 6C 6C 6F 20 80 0A1B 64 031B 1D 03 04 00 001B 1D 03 01 34 1217"
    )


def test_the_print_end_check_names_the_job() -> None:
    assert framed(STAR_LINE, cut(STAR_LINE), 0x1102)[-7:-1] == PRINT_END + bytes.fromhex("02 11")


def test_a_qr_code() -> None:
    rendered = receipt(STAR_LINE, [{"qr": "HELLO", "size": 5, "error_correction": "M"}])
    assert rendered.data == bytes.fromhex(
        "1B 1D 79 53 30 02 1B 1D 79 53 31 01 1B 1D 79 53 32 05 1B 1D 79 44 31 00 05 00 48 45 4C 4C 4F 1B 1D 79 50"
    )


def test_control_characters_are_taken_out() -> None:
    rendered = text(STAR_LINE, "A\x1c\x07\x1bd\x00B", cut="none")
    assert rendered.data == bytes.fromhex("1B 1D 74 20  41 64 42  0A")
    assert rendered.dropped == 4


def test_a_raster_line() -> None:
    assert raster.block([bytes.fromhex("FF 00")], raster.Eot.FEED_PARTIAL_CUT) == bytes.fromhex(
        "1B 2A 72 52 1B 2A 72 41 1B 2A 72 50 30 00 1B 2A 72 45 31 33 00 62 02 00 FF 00 1B 2A 72 42"
    )


def test_a_raster_cut_is_the_end_of_a_block() -> None:
    assert cut(GRAPHIC, "full").data.hex(" ").startswith("1b 2a 72 52 1b 2a 72 41 1b 2a 72 50 30 00 1b 2a 72 45 39 00")
