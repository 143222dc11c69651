"""Raster mode: lines of dots, page settings, and what is done at the end (STAR Graphic Mode Command Specifications)."""

from __future__ import annotations

from readers_bridge.families.star.simulator.composer import HEIGHT, Composer
from readers_bridge.families.star.simulator.machine import Machine
from readers_bridge.families.star.simulator.roll import Feed, Picture
from readers_bridge.families.star.simulator.tokens import Token

_AT_END: dict[int, tuple[bool, str]] = {
    0: (True, "partial"),
    1: (False, ""),
    2: (True, ""),
    3: (True, ""),
    8: (False, "full"),
    9: (True, "full"),
    12: (False, "partial"),
    13: (True, "partial"),
}
"""EOT modes: whether the paper is fed to the cutter, and the cut. 0 is the usual one."""

_DOTS_OF_MARGIN = 8
_TO_CUTTER = 96


class StarRaster:
    """The picture that is being sent."""

    def __init__(self, composer: Composer, mechanism: Machine) -> None:
        self._composer = composer
        self._mechanism = mechanism
        self._picture: Picture | None = None
        self._at_end = 0
        self._left = 0
        self._has_printed = False

    def drop(self) -> None:
        """No more lines; those that came are on the paper."""
        if self._picture is not None:
            self._composer.end(self._picture)
            self._picture = None

    def execute(self, token: Token) -> bool:
        """Do a command; False: there is no such."""
        if token.name != "raster":
            return self._line(token.args[2:])
        letter = token.args[:1]
        if letter in {b"R", b"A", b"B", b"C"}:
            self._mode(letter)
            return True
        side = token.args[1:2] if letter == b"m" else b""
        number = token.args[1 + len(side) : -1]
        if not number.isdigit():
            return False
        return self._set((letter + side).decode("latin-1"), int(number))

    def _mode(self, letter: bytes) -> None:
        if letter in {b"R", b"A"}:
            self.drop()
            self._composer.flush()
            self._at_end, self._left, self._has_printed = 0, 0, False
        else:
            self.drop()
            if letter == b"B":
                self._end()

    def _set(self, what: str, number: int) -> bool:
        match what:
            case "E":
                if number not in _AT_END:
                    return False
                self._at_end = number
            case "ml":
                self._left = number * _DOTS_OF_MARGIN
                self.drop()
            case "Y":
                self.drop()
                self._composer.put(Feed(number))
                self._composer.fed(number / HEIGHT)
            case "D":
                if number not in {1, 2}:
                    return False
                self._mechanism.kick(number, 200, 200)
            case "P" | "Q" | "F" | "mr" | "T" | "K":
                pass
            case _:
                return False
        return True

    def _line(self, row: bytes) -> bool:
        self._has_printed = True
        if self._picture is None:
            self._picture = Picture([], "left", self._left)
            self._composer.begin(self._picture)
        self._picture.rows.append(row[: self._composer.dots // 8])
        self._composer.fed(1 / HEIGHT)
        return True

    def _end(self) -> None:
        feed, kind = _AT_END[self._at_end]
        if not self._has_printed:
            return
        self._has_printed = False
        if kind:
            self._composer.cut(kind, feed=feed)
        elif feed:
            self._composer.put(Feed(_TO_CUTTER))
            self._composer.fed(_TO_CUTTER / HEIGHT)
