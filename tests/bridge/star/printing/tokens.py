"""Takes what goes to the print port apart, by the command tables alone; it shares nothing with the code that writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Token(NamedTuple):
    name: str
    data: bytes = b""


STAR: dict[bytes, tuple[str, int]] = {
    b"\x1b@": ("initialize", 0),
    b"\x1b\x1dt": ("code page", 1),
    b"\x1bR": ("international", 1),
    b"\x1b\x1da": ("align", 1),
    b"\x1bE": ("bold on", 0),
    b"\x1bF": ("bold off", 0),
    b"\x1b-": ("underline", 1),
    b"\x1b4": ("invert on", 0),
    b"\x1b5": ("invert off", 0),
    b"\x1bi": ("size", 2),
    b"\x1bW": ("wide", 1),
    b"\x1bh": ("high", 1),
    b"\x1bd": ("cut", 1),
    b"\x1b\x07": ("drawer pulse", 2),
    b"\x07": ("drawer 1", 0),
    b"\x1a": ("drawer 2", 0),
    b"\x1b\x1d\x07": ("buzzer", 3),
    b"\x1b\x1dyS": ("qr setting", 2),
    b"\x1b\x1dyP": ("qr print", 0),
    b"\x1b\x1d\x03": ("document", 3),
    b"\x17": ("etb", 0),
    b"\n": ("line feed", 0),
}
ESC_POS: dict[bytes, tuple[str, int]] = {
    b"\x1b@": ("initialize", 0),
    b"\x1bt": ("code page", 1),
    b"\x1bR": ("international", 1),
    b"\x1ba": ("align", 1),
    b"\x1bE": ("bold", 1),
    b"\x1b-": ("underline", 1),
    b"\x1dB": ("invert", 1),
    b"\x1d!": ("size", 1),
    b"\x1dV": ("cut", 2),
    b"\x1bp": ("drawer", 3),
    b"\x1dh": ("barcode height", 1),
    b"\x1dw": ("barcode width", 1),
    b"\x1dH": ("barcode text", 1),
    b"\x1dr": ("status", 1),
    b"\n": ("line feed", 0),
}


def star(data: bytes) -> list[Token]:
    """Star Line, StarPRNT, Star Graphic and dot impact."""
    return list(_tokens(data, STAR, _star_counted))


def esc_pos(data: bytes) -> list[Token]:
    return list(_tokens(data, ESC_POS, _esc_pos_counted))


def printed(tokens: list[Token], pages: dict[int, str]) -> str:
    """The text on the paper; ``pages``: the codec of each code page number."""
    codec, text = "ascii", ""
    for token in tokens:
        match token.name:
            case "code page":
                codec = pages[token.data[0]]
            case "text":
                text += token.data.decode(codec)
            case "line feed":
                text += "\n"
    return text


def _tokens(data: bytes, table: dict[bytes, tuple[str, int]], counted: object) -> Iterator[Token]:
    assert callable(counted)
    at = 0
    while at < len(data):
        found = counted(data, at)
        if found is not None:
            token, at = found
            yield token
            continue
        if data[at] >= 0x20:
            end = at
            while end < len(data) and data[end] >= 0x20:
                end += 1
            assert b"\x7f" not in data[at:end]
            yield Token("text", data[at:end])
            at = end
            continue
        for length in (4, 3, 2, 1):
            command = data[at : at + length]
            if len(command) == length and command in table:
                name, size = table[command]
                yield Token(name, data[at + length : at + length + size])
                at += length + size
                break
        else:
            raise AssertionError(f"no command at {at}: {data[at : at + 8].hex(' ')}")
    assert at == len(data), "the last command is cut off"


def _star_counted(data: bytes, at: int) -> tuple[Token, int] | None:
    if data.startswith(b"\x1bb", at):
        end = data.index(0x1E, at + 6)
        assert all(byte >= 0x20 for byte in data[at + 6 : end])
        return Token("barcode", data[at + 2 : end]), end + 1
    if data.startswith(b"\x1b\x1dyD1\x00", at):
        size = int.from_bytes(data[at + 6 : at + 8], "little")
        return Token("qr data", data[at + 8 : at + 8 + size]), at + 8 + size
    if data.startswith(b"\x1b*rR", at):
        return _raster(data, at + 4)
    return None


def _raster(data: bytes, at: int) -> tuple[Token, int]:
    """From ESC * r R to ESC * r B: the rows and, in front of them, the EOT mode and a blank."""
    assert data.startswith(b"\x1b*rA\x1b*rP0\x00\x1b*rE", at)
    at += 14
    end = data.index(0, at)
    eot, at, rows = data[at:end], end + 1, bytearray()
    while data[at : at + 1] == b"b":
        size = int.from_bytes(data[at + 1 : at + 3], "little")
        rows += data[at + 3 : at + 3 + size]
        at += 3 + size
    assert data.startswith(b"\x1b*rB", at)
    return Token("raster", eot + b" " + rows), at + 4


def _esc_pos_counted(data: bytes, at: int) -> tuple[Token, int] | None:
    if data.startswith(b"\x1dk", at):
        size = data[at + 3]
        return Token("barcode", data[at + 2 : at + 3] + data[at + 4 : at + 4 + size]), at + 4 + size
    if data.startswith(b"\x1d(k", at):
        size = int.from_bytes(data[at + 3 : at + 5], "little")
        return Token("qr", data[at + 5 : at + 5 + size]), at + 5 + size
    if data.startswith(b"\x1dv0", at):
        width, high = (int.from_bytes(data[at + 4 + n : at + 6 + n], "little") for n in (0, 2))
        return Token("image", data[at + 4 : at + 8 + width * high]), at + 8 + width * high
    return None
