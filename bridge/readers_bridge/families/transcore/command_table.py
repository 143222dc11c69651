"""The commands that readers know, what each does to the reader, and which of them may be sent by hand.

Sources: MPRX System Guide 16-0079-001, chapter 7 and appendix D; MPRX User Guide (2020), chapter 5; Encompass 4 System Guide,
chapter 7 and appendix D. A command is its code and its argument without a blank between them, ``420`` and ``3`` as ``4203``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from readers_bridge.errors import CommandError
from readers_bridge.families.transcore.typedefs import Profile
from readers_bridge.model import Status


class CommandClass(StrEnum):
    """What a command does to the reader."""

    READ_ONLY = "R"
    ACTION = "A"
    """It has an effect, but changes no setting that is kept."""
    CONFIGURATION = "C"
    """It changes a setting, which the next ``00`` stores."""
    NEVER = "X"
    """It can make the reader unreachable or its radio unlawful; never sent."""


class Care(StrEnum):
    """Why a command is not sent like the others of its class."""

    SESSION = "session"
    """It opens or closes command mode; the driver does that, and never leaves it open."""
    PROTOCOL = "protocol"
    """It switches the protocol between reader and host; a matter of maintenance, at the reader."""
    CONFIRM = "confirm"
    """Tags are lost; the sender has to confirm it."""


@dataclass(frozen=True, slots=True)
class CommandInfo:
    """One command. ``argument`` and ``answer`` are patterns of the whole argument and of what the answer begins with.

    ``profiles``: which readers' guides have it. ``data_mode``: a reader takes it in data mode too (440 and 81xx: when it is in
    MPRX mode); every other command but 01 needs command mode, in which no tag is read.
    """

    code: str
    name: str
    command_class: CommandClass
    argument: str = ""
    answer: str = "Done"
    profiles: frozenset[Profile] = frozenset(Profile)
    data_mode: bool = False
    care: Care | None = None


_R, _A, _C, _X = CommandClass.READ_ONLY, CommandClass.ACTION, CommandClass.CONFIGURATION, CommandClass.NEVER
_MPRX: Final = frozenset({Profile.MPRX})
_ENCOMPASS: Final = frozenset({Profile.ENCOMPASS})
_NEITHER: Final[frozenset[Profile]] = frozenset()
"""Only the AI1422E's guide has it."""
_BYTE = "[0-9A-F]{2}"
_ANY = "[ -~]*"
_ANYTHING = "(?!Done|#)."
"""The guides do not print the answer."""

COMMANDS: Final = (
    CommandInfo("00", "data mode, save parameters", _A, care=Care.SESSION),
    CommandInfo("01", "command mode", _A, data_mode=True, care=Care.SESSION),
    CommandInfo("100", "baud rate", _X, _ANY),
    CommandInfo("101", "stop bits", _X, _ANY),
    CommandInfo("102", "parity", _X, _ANY),
    CommandInfo("20", "set time", _A, r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"),
    CommandInfo("21", "set date", _A, r"(?:0[1-9]|1[0-2])/(?:0[1-9]|[12][0-9]|3[01])/[0-9]{2}"),
    CommandInfo("22", "show clock", _R, answer=r"[0-9]{2}:[0-9]{2}:[0-9]{2}"),
    CommandInfo("300", "append no time and date", _C),
    CommandInfo("302", "append time and date", _C),
    CommandInfo("310", "append no auxiliary information", _C),
    CommandInfo("311", "append auxiliary information", _C),
    CommandInfo("40", "transmit all IDs", _C),
    CommandInfo("410", "unique ID separation", _C, "[0-3]"),
    CommandInfo("420", "number of reads for a valid ID", _C, "[0-3]"),
    CommandInfo("440", "reset uniqueness", _A, data_mode=True),
    CommandInfo("441", "uniqueness timeout 2 minutes", _C),
    CommandInfo("442", "uniqueness timeout 15 seconds", _C),
    CommandInfo("443", "uniqueness timeout 30 seconds", _C),
    CommandInfo("450", "Wiegand output off", _C, profiles=_ENCOMPASS),
    CommandInfo("451", "Wiegand output on", _C, profiles=_ENCOMPASS),
    *(
        CommandInfo(code, "alternative group select", _C, profiles=_ENCOMPASS)
        for code in ("452", "453", "492", "493", "494", "495")
    ),
    CommandInfo("46", "Wiegand retransmit interval", _C, _BYTE, profiles=_ENCOMPASS),
    CommandInfo("486", "IAG protocol off", _C, profiles=_ENCOMPASS),
    CommandInfo("487", "IAG protocol on", _C, profiles=_ENCOMPASS),
    CommandInfo("505", "version", _R, answer="Model "),
    *(
        CommandInfo(code, "RF FPGA and filter version", _R, answer="[A-Za-z ]+=", profiles=_ENCOMPASS)
        for code in ("510", "511", "512")
    ),
    CommandInfo("520", "power-fail bit", _R, answer="PWRB "),
    CommandInfo("521", "reader ID", _R, answer="RDID "),
    CommandInfo("522", "port parameters", _R, answer="MAIN "),
    CommandInfo("524", "appended information", _R, answer="IDAP "),
    CommandInfo("525", "protocol status", _R, answer="ECPS "),
    CommandInfo("526", "input and output status", _R, answer="IOST |C[01] O[0-3]", profiles=_ENCOMPASS),
    CommandInfo("527", "RF status", _R, answer="RFST "),
    CommandInfo("528", "full RF status", _R, answer="RFST ", profiles=_NEITHER),
    CommandInfo("529", "presence and RF-off parameters", _R, answer="PRST "),
    CommandInfo("530", "ID filter status", _R, answer="RF0S "),
    CommandInfo("531", "Wiegand format", _R, answer=_ANYTHING, profiles=_ENCOMPASS),
    CommandInfo("532", "Wiegand output status", _R, answer="T0F ", profiles=_ENCOMPASS),
    CommandInfo("533", "Wiegand retransmit interval", _R, answer="WTI ", profiles=_ENCOMPASS),
    CommandInfo("537", "echo status", _R, answer="ECHO "),
    CommandInfo("540", "flash checksum", _R, answer="PCKS "),
    CommandInfo("543", "boot checksum", _R, answer="BCKS "),
    CommandInfo("549", "GSE filter data", _R, answer=rf"{_BYTE} {_BYTE}"),
    CommandInfo("552", "antenna multiplexing", _R, answer="MUX ", profiles=_MPRX),
    CommandInfo("560", "input change reporting", _R, answer="SSTC "),
    CommandInfo("570", "tag protocols", _R, answer="ATA:"),
    CommandInfo("577", "buffered handshakes", _R, answer=rf"HDSH |{_BYTE}\s*\Z"),
    CommandInfo("582", "synchronisation values", _R, answer="SYNC ", profiles=_NEITHER),
    CommandInfo("60", "set reader ID", _C, _BYTE),
    CommandInfo("610", "basic protocol", _C, care=Care.PROTOCOL),
    CommandInfo("611", "ECP", _C, care=Care.PROTOCOL),
    CommandInfo("613", "data inquiry protocol", _C, care=Care.PROTOCOL),
    CommandInfo("612", "ECP timeout", _C, "(?!00)" + _BYTE),
    CommandInfo("614", "flow control", _C, "[0-2]"),
    CommandInfo("617", "echo", _C, "[01]"),
    CommandInfo("620", "set outputs", _A, "[0-3]", profiles=_ENCOMPASS),
    CommandInfo("621", "predefined output mode", _A, profiles=_ENCOMPASS),
    CommandInfo("63", "reset reader", _A, answer="Model ", care=Care.CONFIRM),
    CommandInfo("640", "RF off or on", _A, "[01]"),
    CommandInfo("6402", "diagnostic continuous wave", _X, _ANY),
    CommandInfo("641", "RF by presence input", _C),
    CommandInfo("642", "RF frequency", _X, _ANY),
    CommandInfo("643", "ATA range", _X, _ANY),
    CommandInfo("644", "RF attenuation", _X, _ANY),
    CommandInfo("645", "SeGo and eGo range", _X, _ANY),
    CommandInfo("646", "IAG attenuation", _X, _ANY),
    CommandInfo("647", "RF frequency", _X, _ANY),
    CommandInfo("648", "synchronisation", _X, _ANY),
    CommandInfo("649", "synchronisation", _X, _ANY),
    CommandInfo("65", "clear power-fail bit", _A),
    CommandInfo("66", "factory parameters", _X, _ANY),
    CommandInfo("67", "output pulse duration", _C, "[0-9A-F]", profiles=_ENCOMPASS),
    CommandInfo("690", "reports of presence without tag", _C, "[01]"),
    CommandInfo("692", "RF-off algorithm", _C, "[0-2]"),
    CommandInfo("693", "RF timeout", _C, "[0-9A-F]"),
    CommandInfo("694", "input inversion", _C, "[01]"),
    CommandInfo("695", "serial number", _X, _ANY),
    CommandInfo("696", "hardware string", _X, _ANY),
    CommandInfo("697", "GSE filter", _X, _ANY),
    CommandInfo("811", "check tag", _A, "[0-3]", profiles=_MPRX, data_mode=True),
    CommandInfo("815", "check-tag address", _C, "0[0-9A-F ]*", profiles=_MPRX, data_mode=True),
    CommandInfo("82", "input change reports", _C, "[0-3]", profiles=_ENCOMPASS),
    CommandInfo("830", "periodic RF status off", _C, profiles=_ENCOMPASS),
    CommandInfo("831", "periodic RF status on", _C, profiles=_ENCOMPASS),
    CommandInfo("837", "MPRX mode", _C, profiles=_MPRX),
    CommandInfo("871", "26-bit Wiegand", _C, profiles=_ENCOMPASS),
)

LONGEST_COMMAND: Final = 24
"""Four characters of code and 20 of data (MPRX User Guide, page 47)."""

_BY_CODE: Final = {info.code: info for info in COMMANDS}
_LONGEST_CODE: Final = max(map(len, _BY_CODE))


def classify(body: str) -> CommandInfo | None:
    """The command that a text is; None: no reader is known to have it, or its argument is not one.

    The longest code wins; letters may be small, as readers take them (MPRX System Guide, page 91).

    Args:
        body: code and argument, without ``#`` and without line end, such as ``505`` or ``4203``.
    """
    if len(body) > LONGEST_COMMAND:
        return None
    for size in range(_LONGEST_CODE, 1, -1):
        info = _BY_CODE.get(body[:size]) if len(body) >= size else None
        if info is not None:
            return info if re.fullmatch(info.argument, body[size:], re.IGNORECASE | re.ASCII) else None
    return None


def answers(body: str, content: bytes) -> bool:
    """Whether this content of a message can be the answer to that command: what is expected of it, or ``Error``.

    ``ErrorNN`` is a message of its own and no answer. Of a command that is not known, ``Done`` is expected.
    """
    text = content.decode("latin-1")
    if text.rstrip() == "Error":
        return True
    info = classify(body)
    if info is None or info.answer == "Done":
        return text.rstrip() == "Done"
    return re.match(info.answer, text) is not None


def admit(body: str, profile: Profile, *, configuration: bool, confirmed: bool) -> CommandInfo:
    """The command, if it may be sent on somebody's request.

    Args:
        body: as for ``classify``.
        profile: of the reader; reading is allowed whatever it is, for at worst the reader answers ``Error``.
        configuration: whether the configuration of the bridge allows commands that change the reader's.
        confirmed: whether the sender says that the loss of tags in the reader's buffer is meant.

    Raises:
        CommandError: it may not be sent; nothing was.
    """
    info = classify(body)
    if info is None:
        raise CommandError(
            f"{body!r} is not a command known of TransCore readers; give the code and its argument as the reader's guide has "
            "them, without #, such as 505",
            status=Status.INVALID,
            code="unknown_reader_command",
            path="command",
        )
    if info.command_class is CommandClass.NEVER:
        raise _refused(
            info,
            "is never sent from here, because it can make the reader unreachable or its radio unlawful; do it at the reader",
            "never_sent",
        )
    if info.care is Care.SESSION:
        raise _refused(
            info,
            "is not sent by hand; the bridge opens command mode for a command and closes it afterwards by itself",
            "command_mode",
        )
    if info.care is Care.PROTOCOL:
        raise _refused(
            info,
            "is not sent from here, because it switches the protocol of the reader; do it at the reader, then change the "
            "protocol in the configuration of the bridge",
            "switches_protocol",
        )
    if info.command_class is not CommandClass.READ_ONLY and profile not in info.profiles:
        raise _refused(
            info,
            f"is not a command of the profile {profile.value}; correct the profile in the configuration if the reader has it",
            "not_in_profile",
        )
    if info.command_class is CommandClass.CONFIGURATION and not configuration:
        raise _refused(
            info,
            "changes the configuration of the reader; allow that in the configuration of the bridge first",
            "configuration_locked",
        )
    if info.care is Care.CONFIRM and not confirmed:
        raise _refused(
            info,
            'loses the tags that the reader has buffered; send it with "confirm": true if that is meant',
            "not_confirmed",
        )
    return info


def _refused(info: CommandInfo, why: str, code: str) -> CommandError:
    return CommandError(f"{info.code} ({info.name}) {why}", status=Status.REFUSED, code=code, path="command")
