"""Messages read back from an independent encoder, and garbage."""

# The clock of a reader has no zone.
# ruff: noqa: DTZ001

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hypothesis import example, given
from hypothesis import strategies as st

from readers_bridge.families.transcore.messages import Auxiliary, Tag, parse, parse_line
from tests.bridge.transcore.test_messages import AT, AUX, HEX_30, SPACES, TIME


@dataclass(frozen=True)
class Printed:
    """A data message as a reader prints it, from its parts."""

    tag: str
    at: datetime | None
    aux: tuple[int, int, int, int] | None
    strength: str | None
    swapped: bool

    def __str__(self) -> str:
        when = "" if self.at is None else self.at.strftime("&%H:%M:%S.") + f"{self.at.microsecond // 10_000:02}"
        if self.at is not None:
            when += self.at.strftime(" %m/%d/%y")
        aux = ""
        if self.aux is not None:
            aux = "%{:02X}-{:X}-{:02X}-{}".format(*self.aux)
            if self.strength is not None:
                aux += "-" + self.strength
        return self.tag + (aux + when if self.swapped else when + aux)


FULL_IDS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x5F), min_size=20, max_size=20)
# Short IDs without a separator: what a separator in them means depends on what follows.
SHORT_IDS = st.text("ABCXYZ0189 #\"'()", min_size=1, max_size=20).filter(lambda tag: "RF" not in tag)
PRINTED = st.builds(
    Printed,
    st.one_of(FULL_IDS, SHORT_IDS),
    st.none()
    | st.datetimes(datetime(1969, 1, 1), datetime(2068, 12, 31)).map(
        lambda at: at.replace(microsecond=at.microsecond // 10_000 * 10_000)
    ),
    st.none() | st.tuples(st.integers(0, 255), st.integers(0, 15), st.integers(0, 255), st.integers(0, 3)),
    st.none() | st.text("0123456789", min_size=1, max_size=3),
    st.just(False),
)


@given(PRINTED)
@example(Printed("KING 13021", None, (0, 0, 4, 0), None, swapped=False))
@example(Printed("KING 13021", AT, (0, 0, 4, 0), None, swapped=False))
@example(Printed(SPACES, AT, (0, 0, 4, 0), None, swapped=True))
@example(Printed("KING 1302", AT, (255, 15, 255, 3), "001", swapped=True))
def test_what_is_printed_is_read_back(printed: Printed) -> None:
    text = str(printed)
    tag = parse(text.encode("ascii"))
    assert isinstance(tag, Tag)
    assert (tag.id, tag.clock, tag.text) == (printed.tag, printed.at, text)
    if printed.aux is None:
        assert tag.auxiliary is None
    else:
        reader, antenna, reads, inputs = printed.aux
        assert tag.auxiliary == Auxiliary(f"{reader:02X}", antenna, reads, inputs, printed.strength)
    assert parse_line(b"noise\x7f#" + text.encode("ascii")) == tag


FRAGMENTS = st.sampled_from(
    [
        b"Error",
        b"Model ",
        b"Ver ",
        b"SN",
        b"RFST ",
        b"Copyright",
        TIME.encode(),
        AUX.encode(),
        b"&",
        b"%",
        b"#",
        HEX_30.encode(),
    ]
)


@given(st.lists(FRAGMENTS | st.binary(max_size=8), max_size=12).map(b"".join))
def test_garbage_never_raises_and_is_never_lost(content: bytes) -> None:
    assert parse(content).text == content.decode("latin-1")
    message = parse_line(content)
    assert (message is None) == (b"#" not in content)
    assert message is None or content.endswith(message.text.encode("latin-1"))


@given(st.binary(min_size=1, max_size=40).filter(lambda content: not content.isascii()))
def test_what_is_not_ascii_is_no_tag(content: bytes) -> None:
    assert not isinstance(parse(content), Tag)
