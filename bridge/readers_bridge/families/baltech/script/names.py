"""The names that may be written in a script, in any case, and which was meant by one that does not exist."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from readers_bridge.families.baltech.script.operations import COMMANDS, SEQUENCE_ITEMS, Operation

_LONGEST = 40


def _by_name(operations: Mapping[int, Operation]) -> dict[str, Operation]:
    return {operation.name.lower(): operation for operation in operations.values()}


def _aliases() -> dict[str, Operation]:
    """Ways to write the short items that differ from the manufacturer's names in a word only."""
    aliases: dict[str, Operation] = {}
    for code, operation in SEQUENCE_ITEMS.items():
        name = operation.name.lower()
        if 0x10 <= code < 0x40:
            name += "led" if name.endswith("blue") else ""
            aliases |= dict.fromkeys(
                (name, name.replace("port", ""), operation.name.lower().replace("port", "")), operation
            )
        elif 0x51 <= code <= 0x5F:
            count = code - 0x50
            aliases |= dict.fromkeys((f"repeat{count}times", f"repeatloop{count}times"), operation)
        elif 0x81 <= code <= 0xBF:
            aliases[name.removesuffix("ms")] = operation
    return aliases


_COMMANDS = _by_name(COMMANDS)
_ITEMS = _by_name(SEQUENCE_ITEMS)
_ITEMS_AND_ALIASES = _aliases() | _ITEMS


def command(name: str) -> Operation | None:
    """The command of this name."""
    return _COMMANDS.get(name.lower())


def item(name: str) -> Operation | None:
    """The sequence item of this name: the manufacturer's (``EnablePortBlue``), or without Port, as ``EnableBlueLed``."""
    return _ITEMS_AND_ALIASES.get(name.lower())


def close_command(name: str) -> Operation | None:
    """The command that was probably meant."""
    return _COMMANDS.get(close(name, _COMMANDS))


def close_item(name: str) -> Operation | None:
    """The sequence item that was probably meant."""
    return _ITEMS_AND_ALIASES.get(close(name, _ITEMS_AND_ALIASES))


def close(name: str, names: Iterable[str]) -> str:
    """The one of these lower-case names that is most like the given one; empty when none is."""
    if len(name) > _LONGEST:
        return ""
    return next(iter(difflib.get_close_matches(name.lower(), names, 1)), "")
