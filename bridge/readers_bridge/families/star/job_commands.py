"""From a print command to what is printed."""

from __future__ import annotations

import asyncio

from readers_bridge.errors import CommandError, ConfigError
from readers_bridge.families.star import printing
from readers_bridge.families.star.printing import Paper, Rendered
from readers_bridge.model import Command, Status

RAW_BYTES_OF_A_LINE = 72

AT_ONCE = frozenset({"open_drawer", "buzz"})
"""They do not wait for a printer that is not ready: it would keep them and act when nobody expects it."""


async def rendered(paper: Paper, command: Command) -> Rendered:
    """The bytes of the job, without the frame.

    Raises:
        CommandError: ``invalid`` or ``refused``.
    """
    try:
        return await asyncio.to_thread(_rendered, paper, command)
    except ConfigError as error:
        raise CommandError(str(error), status=Status.REFUSED, code=error.code) from error


def _rendered(paper: Paper, command: Command) -> Rendered:
    args = command.args
    match command.name:
        case "print_text":
            return printing.text(
                paper,
                args["text"],
                align=args.get("align", "left"),
                bold=args.get("bold", False),
                width=args.get("width", 1),
                height=args.get("height", 1),
                cut=args.get("cut", "partial"),
            )
        case "print_receipt":
            return printing.receipt(paper, args["lines"])
        case "print_raw":
            data = bytes.fromhex(args["data"])
            return Rendered(data, lines=len(data) // RAW_BYTES_OF_A_LINE)
        case "open_drawer":
            return printing.drawer(paper, args.get("drawer", 1))
        case "buzz":
            return printing.buzzer(paper, args.get("times", 1))
        case "cut":
            return printing.cut(paper, args.get("kind", "partial"))
    raise CommandError(f"a Star printer has no command {command.name}", status=Status.INVALID, code="unknown_command")


def is_repeatable(command: Command) -> bool:
    """Whether a part of it may be done a second time without harm."""
    if command.name == "print_receipt":
        return not any(isinstance(line, dict) and "drawer" in line for line in command.args["lines"])
    return command.name in {"print_text", "cut"}
