"""Nothing that people write can become a command: every byte is either printed or written by the dialect itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing import Paper, framed, receipt, text
from tests.bridge.star.printing import tokens
from tests.bridge.star.printing.papers import ALL, DOT, ESC_POS, GRAPHIC, STAR_LINE, STAR_PRNT

PLAIN = {
    "code page",
    "international",
    "align",
    "bold on",
    "bold off",
    "bold",
    "underline",
    "invert on",
    "invert off",
    "invert",
    "size",
    "wide",
    "high",
    "line feed",
    "text",
    "raster",
    "barcode",
    "barcode height",
    "barcode width",
    "barcode text",
    "qr",
    "qr setting",
    "qr data",
    "qr print",
}
"""What a receipt may hold that neither cuts nor opens a drawer."""

hostile = st.text(
    alphabet=st.one_of(
        st.characters(max_codepoint=0x20),
        st.sampled_from("\x07\x1b\x1c\x1a\x19@d\x1d\x03pÄж\u03b1日€\x7f\x80\x9b"),
        st.characters(),
    ),
    max_size=30,
)
align = st.sampled_from(["left", "center", "right"])
scale = st.integers(1, 6)
texts = st.fixed_dictionaries(
    {"text": hostile},
    optional={
        "align": align,
        "width": scale,
        "height": scale,
        "bold": st.booleans(),
        "underline": st.booleans(),
        "invert": st.booleans(),
    },
)
columns = st.fixed_dictionaries(
    {"columns": st.lists(st.fixed_dictionaries({"text": hostile}, optional={"align": align}), min_size=1, max_size=4)}
)
rules = st.fixed_dictionaries({"rule": st.one_of(st.just(True), st.characters())})
codes = st.fixed_dictionaries({"qr": hostile}, optional={"align": align, "size": st.integers(1, 4)})
bars = st.fixed_dictionaries(
    {"barcode": hostile},
    optional={"type": st.sampled_from(["code128", "code39", "code93", "gs1_128", "nw7"]), "align": align},
)


def taken_apart(paper: Paper, data: bytes) -> list[tokens.Token]:
    return tokens.esc_pos(data) if paper is ESC_POS else tokens.star(data)


@pytest.mark.parametrize("paper", ALL, ids=lambda paper: paper.emulation)
@settings(max_examples=60, deadline=None)
@given(hostile)
def test_text(paper: Paper, written: str) -> None:
    rendered = text(paper, written, cut="none")
    assert {token.name for token in taken_apart(paper, rendered.data)} <= PLAIN
    "".join(rendered.replaced).encode()


@pytest.mark.parametrize("paper", ALL, ids=lambda paper: paper.emulation)
@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(hostile, texts, columns, rules, codes, bars), min_size=1, max_size=5))
def test_receipts(paper: Paper, lines: list[object]) -> None:
    try:
        rendered = receipt(paper, lines)
    except CommandError as error:
        refused: CommandError | None = error
    else:
        refused = None
    if refused is not None:
        assert refused.status in {"invalid", "refused"}
        assert refused.path is None or refused.path.startswith("lines.")
        return
    found = taken_apart(paper, rendered.data)
    assert {token.name for token in found} <= PLAIN
    for token in found:
        if token.name == "barcode":
            assert all(byte >= 0x20 for byte in token.data[4 if paper is not ESC_POS else 1 :])


@pytest.mark.parametrize("paper", ALL, ids=lambda paper: paper.emulation)
def test_every_command_byte_in_every_field(paper: Paper) -> None:
    every = "".join(map(chr, range(0x20))) + "\x7f" + "".join(map(chr, range(0x80, 0xA0)))
    lines: list[object] = [every, {"text": every, "bold": True}, {"columns": [{"text": every}, {"text": every}]}]
    lines += [{"rule": char} for char in every]
    if paper is not DOT:
        lines.append({"qr": f"a{every} b"})
    rendered = receipt(paper, lines)
    found = taken_apart(paper, rendered.data)
    assert {token.name for token in found} <= PLAIN
    assert rendered.dropped > 100
    for token in found:
        if token.name in {"qr data", "qr"}:
            assert b"a" not in token.data or token.data.endswith(b"a\t\n\r b")


@pytest.mark.parametrize("data", ["A\x1eB", "A\x07", "A\x1c", "A\n", "é"])
@pytest.mark.parametrize("kind", ["code128", "code93", "code39"])
def test_a_bar_code_with_a_control_character_is_refused(kind: str, data: str) -> None:
    with pytest.raises(CommandError) as caught:
        receipt(STAR_LINE, [{"barcode": data, "type": kind}])
    assert (caught.value.status, caught.value.path) == ("invalid", "lines.0.barcode")


@pytest.mark.parametrize("paper", [STAR_LINE, STAR_PRNT, GRAPHIC, DOT, ESC_POS], ids=lambda paper: paper.emulation)
def test_every_job_begins_clean_and_ends_with_its_check(paper: Paper) -> None:
    lines = [{"text": "x", "bold": True, "underline": True, "invert": True, "width": 2, "align": "right"}]
    found = taken_apart(paper, framed(paper, receipt(paper, lines), 7))
    names = [token.name for token in found]
    assert found[0] in {tokens.Token("document", b"\x03\x00\x00"), tokens.Token("initialize")}
    if paper in {STAR_LINE, STAR_PRNT, GRAPHIC}:
        assert found[-3:] == [
            tokens.Token("document", b"\x04\x00\x00"),
            tokens.Token("document", b"\x01\x07\x00"),
            tokens.Token("etb"),
        ]
    elif paper is DOT:
        assert names[-2:] == ["initialize", "etb"]
    else:
        assert found[-2:] == [tokens.Token("initialize"), tokens.Token("status", b"\x01")]
