"""Both sides of an AES channel, for the tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import Parser, Response
from readers_bridge.families.baltech.channel import Channel, Mode
from readers_bridge.families.baltech.commands import Request

KEY = bytes(range(16))
RND_A = bytes(range(0xA0, 0xB0))
RND_B = bytes(range(0xB0, 0xC0))
PHASE1 = "0C 07 04 11 00 01 A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF"
PHASE1_ANSWER = (
    "0C 07 04 21 00 EB ED F5 C9 F1 AB 3C 71 E1 4F AF B2 E3 C6 16 B8 B0 B1 B2 B3 B4 B5 B6 B7 B8 B9 BA BB BC BD BE BF E0"
)
PHASE2 = "0C 07 05 10 00 0E 85 9A 74 A4 83 51 EA B3 5E 78 0B 2F 30 C0 71"
INFO = b"1100 IDE Z     1.14.00 12/18/19 43893126\0"
GREEN_ON = commands.run_script(b"\x01\x00")

each_mode = pytest.mark.parametrize("mode", Mode)
with_session = pytest.mark.parametrize("mode", [Mode.STANDARD, Mode.PLAIN])


def channel(mode: Mode = Mode.STANDARD, key: bytes = KEY, level: int = 1, rnd_a: bytes = RND_A) -> Channel:
    return Channel(key, level, mode, lambda count: rnd_a[:count])


def answer(frame: str) -> Response:
    (response,) = Parser().receive(bytes.fromhex(frame))
    return response


class Reader:
    """The reader's side, written from the documentation without the bridge's code."""

    def __init__(self, key: bytes = KEY, level: int = 1, rnd_b: bytes = RND_B) -> None:
        self._base = key
        self._level = level
        self._rnd_b = rnd_b
        self._session = b""
        self._iv = bytes(16)

    @staticmethod
    def _aes(key: bytes, block: bytes) -> bytes:
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)

    @staticmethod
    def _xor(left: bytes, right: bytes) -> bytes:
        return bytes(a ^ b for a, b in zip(left, right, strict=True))

    def phase1(self, payload: bytes) -> bytes:
        assert payload[0] == self._level
        once = self._aes(self._base, payload[1:])
        self._session = once[:8] + self._aes(self._base, self._rnd_b)[8:]
        return self._aes(self._base, once) + self._rnd_b + b"\xe0"

    def phase2(self, payload: bytes) -> bytes:
        assert payload == self._aes(self._base, self._aes(self._base, self._rnd_b))
        self._iv = bytes(16)
        return b""

    def tunnel(self, payload: bytes, execute: Callable[[int, bytes], tuple[int, bytes]]) -> bytes:
        flags, body = payload[0], payload[1:]
        assert flags & 0x03 == self._level
        assert flags & 0x20
        key = self._session if flags & 0x10 else self._base
        if not flags & 0x80:
            self._iv = bytes(16)
        inner = self._decrypt(key, body) if flags & 0x40 else self._check_mac(key, body)
        code, length = inner[0] << 8 | inner[1], inner[2] << 8 | inner[3]
        rest = inner[4 + length :]
        if flags & 0x40:
            assert not any(rest)
            assert 8 <= len(rest) <= 23
        else:
            assert rest == b""
        if not flags & 0x80:
            self._iv = bytes(16)
        status, data = execute(code, inner[4 : 4 + length])
        reply = bytes([status, len(data) >> 8, len(data) & 0xFF]) + data
        return self._encrypt(key, reply) if flags & 0x40 else reply + self._mac(key, reply)[:8]

    def _encrypt(self, key: bytes, content: bytes) -> bytes:
        zeros = next(count for count in range(8, 24) if (len(content) + count) % 16 == 0)
        content += bytes(zeros)
        sealed = b""
        for at in range(0, len(content), 16):
            self._iv = self._aes(key, self._xor(content[at : at + 16], self._iv))
            sealed += self._iv
        return sealed

    def _decrypt(self, key: bytes, sealed: bytes) -> bytes:
        content = b""
        for at in range(0, len(sealed), 16):
            block = sealed[at : at + 16]
            content += self._xor(Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(block), self._iv)
            self._iv = block
        return content

    def _mac(self, key: bytes, content: bytes) -> bytes:
        content += bytes(-len(content) % 16)
        for at in range(0, len(content), 16):
            self._iv = self._aes(key, self._xor(content[at : at + 16], self._iv))
        return self._iv

    def _check_mac(self, key: bytes, body: bytes) -> bytes:
        assert self._mac(key, body[:-8])[:8] == body[-8:]
        return body[:-8]


def connect(ours: Channel, reader: Reader) -> None:
    first = ours.phase1()
    if first is not None:
        reader.phase2(ours.phase2(reader.phase1(first.payload)).payload)
        ours.established()


def connected(mode: Mode = Mode.STANDARD, **arguments: Any) -> tuple[Channel, Reader]:
    ours, reader = channel(mode, **arguments), Reader()
    connect(ours, reader)
    return ours, reader


def ask(ours: Channel, reader: Reader, request: Request, status: int = 0, data: bytes = b"") -> Response:
    body = reader.tunnel(ours.seal(request).payload, lambda code, payload: (status, data))
    return ours.open(request, Response(0x0706, 0, body))
