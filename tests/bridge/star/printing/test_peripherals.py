"""A drawer or a buzzer: each refuses the other's command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing import (
    Confirmation,
    Paper,
    buzzer,
    confirmation,
    cut,
    drawer,
    framed,
    receipt,
)
from readers_bridge.families.star.typedefs import Peripheral
from tests.bridge.star.printing import tokens
from tests.bridge.star.printing.papers import ALL, DOT, ESC_POS, GRAPHIC, STAR_LINE


@pytest.mark.parametrize("peripheral", [Peripheral.NONE, Peripheral.BUZZER])
@pytest.mark.parametrize("paper", ALL, ids=lambda paper: paper.emulation)
def test_without_a_drawer_none_is_opened(paper: Paper, peripheral: Peripheral) -> None:
    without = replace(paper, peripheral=peripheral)
    with pytest.raises(CommandError, match="set the option peripheral to drawer") as caught:
        drawer(without)
    assert (caught.value.status, caught.value.code, caught.value.path) == ("refused", "no_drawer", None)
    with pytest.raises(CommandError) as caught:
        receipt(without, ["x", {"drawer": 1}])
    assert (caught.value.status, caught.value.code, caught.value.path) == ("refused", "no_drawer", "lines.1.drawer")


@pytest.mark.parametrize("peripheral", [Peripheral.NONE, Peripheral.DRAWER])
def test_without_a_buzzer_none_sounds(peripheral: Peripheral) -> None:
    with pytest.raises(CommandError, match="set the option peripheral to buzzer") as caught:
        buzzer(replace(STAR_LINE, peripheral=peripheral))
    assert (caught.value.status, caught.value.code) == ("refused", "no_buzzer")


@pytest.mark.parametrize("paper", [STAR_LINE, GRAPHIC])
def test_buzzing(paper: Paper) -> None:
    assert buzzer(replace(paper, peripheral=Peripheral.BUZZER), 2).data == b"\x1b\x1d\x07\x01\x0a\x0a" * 2


@pytest.mark.parametrize("paper", [DOT, ESC_POS])
def test_dialects_without_an_external_buzzer(paper: Paper) -> None:
    with pytest.raises(CommandError) as caught:
        buzzer(replace(paper, peripheral=Peripheral.BUZZER))
    assert caught.value.code == "not_supported"


def test_wrong_numbers() -> None:
    calls: list[Callable[[], object]] = [lambda: drawer(STAR_LINE, 3), lambda: buzzer(STAR_LINE, 0)]
    for call in calls:
        with pytest.raises(CommandError) as caught:
            call()
        assert caught.value.status == "invalid"
    with pytest.raises(ValueError, match="65535"):
        framed(STAR_LINE, cut(STAR_LINE), 65536)


def test_a_drawer_between_the_blocks_of_a_raster_printer() -> None:
    found = tokens.star(receipt(GRAPHIC, ["before", {"drawer": 1}, "after", {"cut": "partial"}]).data)
    assert [token.name for token in found] == ["raster", "drawer pulse", "drawer 1", "raster"]
    assert [token.data.split(b" ")[0] for token in found if token.name == "raster"] == [b"1", b"13"]


def test_how_each_dialect_confirms_a_job() -> None:
    assert [confirmation(paper) for paper in ALL] == [
        Confirmation.PRINT_END,
        Confirmation.PRINT_END,
        Confirmation.PRINT_END,
        Confirmation.ETB,
        Confirmation.PAPER_STATUS,
    ]
