"""Commands to the reader: $SCCMD Messages and READER COMMAND Messages (JSON).

Sources: SpringCore documentation, "$SCCMD Message", "READER COMMAND Message", "PLAY SEQUENCE", "SET LED RGB". Nothing answers
a command. A $SCCMD goes out without its checksum, which is optional: the vendor's pages contradict each other about it, and
a wrong one makes the reader drop the command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from readers_bridge.errors import CommandError
from readers_bridge.families.springcard.messages import Dialect
from readers_bridge.model import Command, Json, Status

LONGEST = 255
"""Characters of a command; the reader discards longer ones ("$SCCMD Message")."""

LONGEST_BEEP = 3000
"""Milliseconds; longer ones are cut to this."""

SEQUENCES = {"wink": "0E", "accept": "60", "deny": "61"}

MAINTENANCE = frozenset({"0A", "0B", "0C"})
"""Sequences that look like a firmware update or a cleared configuration ("SpringPark")."""

_END = b"\r\n"


def sccmd(**fields: str) -> bytes:
    """A $SCCMD Message: ``SEQ``, ``LEDS``, ``BUZZ``, each in hex."""
    return _line(";".join(["$SCCMD", *(f"{name}={value}" for name, value in fields.items())]))


def reader_command(**fields: Json) -> bytes:
    """A READER COMMAND Message. Numbers must be hex strings: the reader takes an integer for a decimal number."""
    return _line(json.dumps(fields, separators=(",", ":")))


def encode(
    command: Command, dialect: Dialect | None, *, raw_commands: bool = False
) -> tuple[bytes, Mapping[str, Json]]:
    """The bytes of a command, and what its result has to tell. ``dialect`` None: not told yet, which means $SCCMD.

    Raises:
        CommandError: ``refused`` or ``invalid``; nothing must be sent.
    """
    if dialect is Dialect.MK1:
        raise _refused(
            "the reader speaks MK1, in which it takes no commands; configure it for $SCRDR or JSON (register 02A0)",
            "not_supported",
        )
    args = command.args
    match command.name:
        case "wink" | "accept" | "deny":
            return _sequence(SEQUENCES[command.name], dialect), {}
        case "play_sequence":
            sequence = str(args["sequence"]).upper()
            if sequence in MAINTENANCE and not raw_commands:
                raise _refused(
                    f"sequence {sequence} makes the reader look as if it was being updated or reset; "
                    "set raw_commands: true for this device if you want that",
                    "maintenance_sequence",
                )
            return _sequence(sequence, dialect), {"sequence": sequence}
        case "set_leds":
            leds = str(args["leds"]).upper()
            beep = args.get("beep_ms")
            return _outputs(dialect, leds, beep), {"leds": leds} | ({} if beep is None else {"beep_ms": _clamped(beep)})
        case "beep":
            return _outputs(dialect, None, args["ms"]), {"ms": _clamped(args["ms"])}
        case "set_relay":
            _needs_json(command, dialect)
            number = args.get("relay")
            if number is None:
                return reader_command(Relay=args["on"]), {}
            return reader_command(Relays=[None] * (number - 1) + [args["on"]]), {}
        case "set_rgb":
            _needs_json(command, dialect)
            return reader_command(RgbColor=str(args["rgb"]).removeprefix("#").upper()), {}
        case "send_raw":
            return _line(args["line"]), {}
        case name:
            raise CommandError(
                f"a SpringCard reader has no command {name}", status=Status.INVALID, code="unknown_command"
            )


def _sequence(sequence: str, dialect: Dialect | None) -> bytes:
    return reader_command(Sequence=sequence) if dialect is Dialect.JSON else sccmd(SEQ=sequence)


def _outputs(dialect: Dialect | None, leds: str | None, beep: Any) -> bytes:
    names = ("Leds", "Buzzer") if dialect is Dialect.JSON else ("LEDS", "BUZZ")
    values = (leds, None if beep is None else f"{_clamped(beep):04X}")
    fields = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    return reader_command(**fields) if dialect is Dialect.JSON else sccmd(**fields)


def _clamped(milliseconds: Any) -> int:
    return max(0, min(int(milliseconds), LONGEST_BEEP))


def _line(text: str) -> bytes:
    if not (text.isascii() and text.isprintable()):
        raise CommandError(
            "a command to the reader may hold printable ASCII only, without line ends; leave the others out",
            status=Status.INVALID,
            code="bad_character",
            path="line",
        )
    if len(text) > LONGEST:
        raise CommandError(
            f"the command has {len(text)} characters; the reader takes at most {LONGEST}, so shorten it",
            status=Status.INVALID,
            code="too_long",
            path="line",
        )
    return text.encode("ascii") + _END


def _needs_json(command: Command, dialect: Dialect | None) -> None:
    if dialect is not Dialect.JSON:
        raise _refused(
            f"{command.name} exists in the JSON dialect only; configure the reader for JSON (register 02A0), "
            "and this device with dialect: json, or wait for its first read",
            "not_supported",
        )


def _refused(message: str, code: str) -> CommandError:
    return CommandError(message, status=Status.REFUSED, code=code)
