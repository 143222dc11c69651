"""Scripts from files and standard input, and what there is to say on them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from readers_bridge.errors import ConfigError
from readers_bridge.families.baltech.script import (
    Finding,
    Program,
    ScriptError,
    Severity,
    Use,
    check,
    check_text,
    decode,
    parse_input,
)
from readers_bridge.families.baltech.script.hexadecimal import read_hex
from readers_bridge.families.baltech.script_cli.output import say

STDIN = "-"

MAX_BYTES = 0x40000
"""No script that is not refused for its length has more in UTF-8; the rest is not read."""


def read(name: str) -> str:
    """The text of a file; ``-``: of standard input. Bytes that are not UTF-8 are left to whoever reads the script.

    Raises:
        ConfigError: it cannot be read.
    """
    what = "standard input" if name == STDIN else name
    try:
        if name == STDIN:
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot read {what}: {error.strerror}; check its name and rights") from None
    except ValueError:
        raise ConfigError(f"{name!r} is no name of a file") from None
    return content.decode("utf-8-sig", "surrogateescape")


def tell(findings: Iterable[Finding], prefix: str = "") -> bool:
    """Say them on stderr, one in a line; whether there was no error among them."""
    fine = True
    for finding in findings:
        say(f"{prefix}{finding}")
        fine = fine and finding.severity is not Severity.ERROR
    return fine


def checked(
    text: str, use: Use, event: int | None = None, limit: int | None = None, *, prefix: str = ""
) -> Program | None:
    """The script, when it has no errors; what there is to say is said on stderr."""
    fine = tell(check_text(text, use, event, limit), prefix)
    return parse_input(text) if fine else None


def checked_bytes(text: str, use: Use) -> Program | None:
    """The script in these hexadecimal digits, when it has no errors."""
    try:
        data, places = read_hex(text)
        program = decode(data, places.__getitem__)
    except ScriptError as error:
        tell(error.findings)
        return None
    return program if tell(check(program, use)) else None
