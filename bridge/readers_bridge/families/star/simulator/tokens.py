"""Splitting what a host sends into commands and text, at whatever places the stream was cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

Rule = int | Callable[[bytes], int | None]
"""How many bytes follow a command's code; a function of those that are there tells it, or None: it needs more to tell."""

LONGEST_TEXT = 4096
"""Bytes of text in one token."""


@dataclass(frozen=True, slots=True)
class Token:
    """One command, or a run of text.

    Attributes:
        name: of the command; ``text``; ``unknown``.
        data: all of its bytes.
        args: those after its code.
    """

    name: str
    data: bytes
    args: bytes = b""


@dataclass(frozen=True, slots=True)
class Language:
    """The commands of an emulation."""

    commands: Mapping[bytes, tuple[str, Rule]]
    raster: Mapping[bytes, tuple[str, Rule]]
    """Those that exist in raster mode only."""
    enters_raster: bytes = b"-"
    leaves_raster: tuple[bytes, ...] = ()
    """How the commands begin that end raster mode."""


def until(end: int, *, longest: int, start: int = 0) -> Callable[[bytes], int | None]:
    """A rule: up to and with this byte, which is looked for from ``start`` on."""

    def length(args: bytes) -> int | None:
        at = args.find(end, start)
        if at >= 0:
            return at + 1
        return None if len(args) < longest else longest

    return length


class Tokenizer:
    """Keeps what is not complete; a host that vanishes within a command leaves it so."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._rest = bytearray()
        self.in_raster = False

    @property
    def pending(self) -> int:
        """Bytes of a command that is not complete."""
        return len(self._rest)

    def reset(self) -> None:
        """Forget everything."""
        self._rest.clear()
        self.in_raster = False

    def feed(self, data: bytes) -> Iterator[Token]:
        """The tokens that are complete now."""
        self._rest += data
        at = 0
        rest = bytes(self._rest)
        try:
            while at < len(rest):
                token = self._next(rest, at)
                if token is None:
                    break
                at += len(token.data)
                if token.data == self._language.enters_raster:
                    self.in_raster = True
                elif token.data.startswith(self._language.leaves_raster):
                    self.in_raster = False
                yield token
        finally:
            del self._rest[:at]

    def _next(self, data: bytes, at: int) -> Token | None:
        if self.in_raster:
            found = self._command(data, at, self._language.raster)
            if found is not None and found.name != "unknown":
                return found if found.data else None
        if data[at] >= 0x20:
            return _text(data, at) if not self.in_raster else Token("unknown", data[at : at + 1])
        found = self._command(data, at, self._language.commands)
        if found is None:
            return None
        return found if found.data else None

    def _command(self, data: bytes, at: int, commands: Mapping[bytes, tuple[str, Rule]]) -> Token | None:
        """The command; an empty one: more bytes are needed."""
        for size in range(1, _LONGEST_CODE + 1):
            code = data[at : at + size]
            if code in commands:
                name, rule = commands[code]
                start = at + len(code)
                count = rule if isinstance(rule, int) else rule(data[start : start + _LOOK])
                if count is None or len(data) < start + count:
                    return Token("more", b"")
                return Token(name, data[at : start + count], data[start : start + count])
        head = data[at : at + _LONGEST_CODE]
        if any(code.startswith(head) for code in commands):
            return Token("more", b"")
        size = _unknown_size(head)
        return Token("unknown", head[:size]) if size <= len(head) else Token("more", b"")


_LONGEST_CODE = 6
_LOOK = 8192
"""How far a rule may look for the end of a command."""
_ESC, _GS, _RS, _FS = 0x1B, 0x1D, 0x1E, 0x1C


def _unknown_size(head: bytes) -> int:
    if head[0] == _ESC:
        return 3 if head[1:2] in {b"\x1d", b"\x1e"} else 2
    return 2 if head[0] in {_GS, 0x10} else 1


def _text(data: bytes, at: int) -> Token:
    end = at
    limit = min(len(data), at + LONGEST_TEXT)
    while end < limit and data[end] >= 0x20:
        end += 1
    return Token("text", data[at:end])
