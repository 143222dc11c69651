"""What a message says: tags, reports, errors and the sign-on, with what the reader appends to them.

Content is what stands between ``#`` and CR in the basic form, and between sequence number and CRC in ECP. Source: MPRX User
Guide, chapter 5 (time and date, auxiliary data: page 62), and MPRX System Guide, chapters 5 and 6.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from readers_bridge.families.transcore.framing import candidates

TAG_LENGTH = 20
"""Characters of six bits in the ID of a full-frame tag."""


@dataclass(frozen=True, slots=True)
class Auxiliary:
    """``%xx-y-zz-q[-sss]``.

    ``reader_id``: two hexadecimal digits as printed. ``previous_reads``: how often the tag before this one was read on this
    antenna. ``inputs``: bit 0 is input 0, bit 1 is input 1. ``strength``: relative strength of the tag, as printed.
    """

    reader_id: str
    antenna: int
    previous_reads: int
    inputs: int
    strength: str | None = None


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag was read. ``id`` as printed, spaces at both ends included; ``clock`` is the reader's own, without a zone."""

    id: str
    clock: datetime | None
    auxiliary: Auxiliary | None
    text: str


@dataclass(frozen=True, slots=True)
class ErrorMessage:
    """``ErrorNN``; ``code`` is NN, or empty for the plain ``Error`` that refuses a command."""

    code: str
    clock: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class SignOn:
    """The reader restarted, or tells its version.

    ``serial``: None if it was never programmed (``SN000000``) or is not told. ``boot``: the boot ROM speaks, because the
    reader's program is damaged.
    """

    model: str
    version: str
    serial: str | None
    boot: bool
    text: str


@dataclass(frozen=True, slots=True)
class Copyright:
    """The second half of a sign-on."""

    text: str


@dataclass(frozen=True, slots=True)
class RfStatus:
    """The status of the radio, sent on request or as a sign of life; ``fields`` are its values by letter, as printed."""

    fields: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """Anything else, an answer or a report whose text the guides do not tell; never a tag."""

    text: str
    clock: datetime | None = None
    auxiliary: Auxiliary | None = None


Message = Tag | ErrorMessage | SignOn | Copyright | RfStatus | Report

_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{2} [0-9]{2}/[0-9]{2}/[0-9]{2}"
_AUX = r"[0-9A-Fa-f]{2}-[0-9A-Fa-f]-[0-9A-Fa-f]{2}-[0-3](?:-[^-%&]*)?"
# At most one of each at the end, in either order, '&' accepted before both.
_APPENDED = re.compile(
    rf"(?:(?:&(?P<clock>{_TIME}))?(?:[%&](?P<aux>{_AUX}))?|[%&](?P<aux_first>{_AUX})&(?P<clock_last>{_TIME}))\Z"
)
_TAG_ID = re.compile(rf"[ -_]{{1,{TAG_LENGTH}}}")
_HEX_ID = re.compile(r"(?:[0-9A-Fa-f]{32}(?![0-9A-Fa-f])|[0-9A-Fa-f]{30})")
_ERROR = re.compile(r"Error ?([0-9A-F]*)")
_SIGN_ON = re.compile(
    r"Model (?P<model>.*?) ?(?:\bVer\.? ?|(?=\b[0-9]+\.[0-9]))(?P<version>\S+?)(?=\s|SN ?[0-9]|Copyright|\Z)"
    r"(?: *SN ?(?P<serial>[0-9A-Za-z]+?)(?=[^0-9A-Za-z]|Copyright|\Z))?"
)
_FIELD = re.compile(r"([A-Z])([0-9A-FX]*)")
_RF_STATUS = re.compile(r"RFST(?: [A-Z][0-9A-FX]*)+")
_CLOCK = re.compile(_TIME)
# Answers that could be taken for the ID of a tag if they come late or unasked.
_STATUS = re.compile(
    r"(?:ECPS|IOST|MAIN|IDAP|PRST|SSTC|SYNC|PWRB|PCKS|RF0S)(?: [A-Z][0-9A-FX]{1,5})+"
    r"|PWRB [01]|ECHO [01]|RDID [0-9A-F]{2}|BCKS [0-9A-F]{4}|MUX [0-3] MPRX|HDSH(?: C[0-3] [0-9A-F]{2,4})+"
    r"|WTI [0-9A-F]{2}|T0F [0-9A-F]{1,2}|RF FPGA VER = \S+|C[01] O[0-3] I[0-3] D[0-9A-F]{1,2}"
)
_ANSWERS = frozenset({"Done", "Error"})
_PRINTABLE = re.compile(r"[ -~]*")


def is_answer(message: Message) -> bool:
    """Whether this is the plain answer to a command, which nothing but a basic reader sends by itself or unasked."""
    match message:
        case ErrorMessage(code=""):
            return True
        case Report(text=text):
            return text in _ANSWERS or _STATUS.fullmatch(text) is not None
    return False


def parse(content: bytes) -> Message:
    """What the content says. Never raises; whatever is not known for sure is a Report with the whole text."""
    text = content.decode("latin-1")
    return _known(text) or _report(text)


def parse_line(line: bytes) -> Message | None:
    """The message in a line of the basic form; None: noise without any ``#``.

    The first ``#`` from which the rest has a known layout begins the message; if there is none, all from the first ``#`` is
    a Report. What stands before the message is lost: its ``text`` is then shorter than the line without its first ``#``.
    """
    found = [candidate.decode("latin-1") for candidate in candidates(line)]
    if not found:
        return None
    if (message := _known(found[0])) is not None:
        return message
    damaged = _PRINTABLE.fullmatch(found[0]) is None
    for text in found[1:]:
        message = _known(text)
        if message is None or (isinstance(message, Tag) and not damaged and _may_be_words(message)):
            continue
        return message
    return _report(found[0])


def clock(text: str) -> datetime | None:
    """``HH:MM:SS.hh MM/DD/YY``; None for a time that does not exist. Years 69 to 99 are in the twentieth century."""
    hour, minute, second, hundredths, month, day, year = (int(number) for number in re.split(r"[:. /]", text))
    century = 1900 if year >= 69 else 2000
    try:
        return datetime(century + year, month, day, hour, minute, second, hundredths * 10_000)  # noqa: DTZ001
    except ValueError:
        return None


def _known(text: str) -> Message | None:
    """A message of a known layout, or None."""
    identifier, appended = _taken_apart(text)
    if error := _ERROR.fullmatch(identifier):
        return ErrorMessage(error[1], appended.clock, text)
    if text.startswith("Model "):
        return _sign_on(text)
    if text.startswith("Copyright"):
        return Copyright(text)
    bare = identifier == text
    if text.startswith("RFST ") and (_RF_STATUS.fullmatch(text) or len(identifier) > TAG_LENGTH):
        fields = {match[1]: match[2] for token in text.split()[1:] if (match := _FIELD.fullmatch(token))}
        return RfStatus(fields, text) if fields else None
    if bare and _STATUS.fullmatch(text):
        return Report(text)
    if bare and _CLOCK.fullmatch(text):
        return Report(text, clock(text))
    if _PRINTABLE.fullmatch(text) is None:
        return None
    if _TAG_ID.fullmatch(identifier):
        return Tag(identifier, appended.clock, appended.auxiliary, text)
    if hexadecimal := _HEX_ID.match(text):
        return Tag(hexadecimal[0], appended.clock, appended.auxiliary, text)
    return None


@dataclass(frozen=True, slots=True)
class _Appended:
    clock: datetime | None
    auxiliary: Auxiliary | None


def _taken_apart(text: str) -> tuple[str, _Appended]:
    """What the message is about, and what is appended to it.

    The ID of a tag is 20 characters wide where something is appended right behind them: a shorter one may be cut off from
    the end, but a full one may look like an appendix itself.
    """
    match = _APPENDED.match(text, TAG_LENGTH) if len(text) > TAG_LENGTH else None
    if match is None:
        match = _APPENDED.search(text)
    if match is None:
        return text, _Appended(None, None)
    when, auxiliary = match["clock"] or match["clock_last"], match["aux"] or match["aux_first"]
    appended = _Appended(
        None if when is None else clock(when),
        None if auxiliary is None else _auxiliary(auxiliary),
    )
    return text[: match.start()], appended


def _auxiliary(text: str) -> Auxiliary:
    reader_id, antenna, reads, inputs, *strength = text.split("-")
    return Auxiliary(
        reader_id.upper(), int(antenna, 16), int(reads, 16), int(inputs), strength[0] if strength else None
    )


def _sign_on(text: str) -> SignOn:
    match = _SIGN_ON.match(text)
    if match is None:
        return SignOn(text.removeprefix("Model "), "", None, boot=False, text=text)
    serial = match["serial"]
    boot = serial is None and match["version"].startswith("0.00")
    programmed = serial is not None and serial.strip("0") != ""
    return SignOn(match["model"].strip("[]"), match["version"], serial if programmed else None, boot, text)


def _report(text: str) -> Report:
    _, appended = _taken_apart(text)
    return Report(text, appended.clock, appended.auxiliary)


def _may_be_words(tag: Tag) -> bool:
    """Whether a tag behind a later ``#`` may just be the end of a report such as "input #1"."""
    return tag.id == tag.text and len(tag.id) < TAG_LENGTH
