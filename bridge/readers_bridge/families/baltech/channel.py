"""The AES-128 channel: commands and answers inside Sec.Tunnel.

A command travels as ``code(2) length(2) parameters``, an answer as ``status(1) length(2) data``, all MSB first.

- ``standard``: encrypted with a session key, AES-CBC. At least 8 zeros follow the content, up to a multiple of 16 bytes; they are
  the proof that it was not changed. The last cipher block is the initialisation vector (IV) of what comes next, in either
  direction.
- ``plain``: not encrypted; the first 8 bytes of the CBC-MAC follow. The whole MAC is the next IV.
- ``stateless``: encrypted with the key itself and an IV of zero, without authentication; an old frame can be played again.

The zeros of the encrypted modes prove the last block of an answer, and with it the order of all answers; the length proves the
first block, with 16 bits. A change in the blocks between makes 16 bytes of the answer random, and is not noticed. That is how
the readers' protocol is made; the MAC of ``plain`` covers every byte.

Sources: docs.baltech.de, refman/cmds/sec/authphase1, authphase2, tunnel; the manufacturer's C library, ``security_protocol.c``.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from readers_bridge.errors import ConfigError, ProtocolError
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import Response
from readers_bridge.families.baltech.request import Request

_BLOCK = 16
_PROOF = 8
_ZERO = bytes(_BLOCK)
_ERR_CRYPTO = 0x01


class Mode(StrEnum):
    """How commands are protected."""

    STANDARD = "standard"
    PLAIN = "plain"
    STATELESS = "stateless"


_FLAGS = {Mode.STANDARD: 0xF0, Mode.PLAIN: 0xB0, Mode.STATELESS: 0x60}
"""0x80 continuous IV, 0x40 encrypted, 0x20 MACed, 0x10 session key; the security level is added."""


class ChannelError(ProtocolError):
    """The reader does not have our key (``wrong_key``), or the channel cannot be used any more (``channel_broken``)."""

    code = "channel_broken"


class _Aes(Protocol):
    def block(self, key: bytes, content: bytes) -> bytes: ...
    def encrypt(self, key: bytes, iv: bytes, content: bytes) -> bytes: ...
    def decrypt(self, key: bytes, iv: bytes, content: bytes) -> bytes: ...


def _aes() -> _Aes:
    try:
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            "an AES key needs the Python package cryptography, which is not installed; install it, or remove the key"
        ) from error

    class Aes:
        def block(self, key: bytes, content: bytes) -> bytes:
            return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(content)  # noqa: S305

        def encrypt(self, key: bytes, iv: bytes, content: bytes) -> bytes:
            return Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor().update(content)

        def decrypt(self, key: bytes, iv: bytes, content: bytes) -> bytes:
            return Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor().update(content)

    return Aes()


class Channel:
    """One side of a channel to one reader, over one connection.

    ``key``: AES-128, of the security level ``level`` (1 to 3). ``random`` gives that many random bytes.
    After a ChannelError the channel stays unusable: connect again, with a new one.

    Raises:
        ValueError: the key does not have 16 bytes, or there is no such level.
        ConfigError: the library for AES is not installed.
    """

    def __init__(
        self,
        key: bytes,
        level: int = 1,
        mode: Mode = Mode.STANDARD,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        if len(key) != _BLOCK:
            raise ValueError(f"an AES-128 key has 16 bytes, this one has {len(key)}")
        if level not in {1, 2, 3}:
            raise ValueError(f"a security level with a key is 1, 2 or 3, not {level}")
        self._aes = _aes()
        self._key = key
        self._level = level
        self._mode = mode
        self._random = random
        self._rnd_a = b""
        self._session_key = key if mode is Mode.STATELESS else b""
        self._iv = _ZERO
        self._usable = mode is Mode.STATELESS
        self._awaiting = False
        self._proven = False
        self._broken = ""

    def __repr__(self) -> str:
        return f"Channel(level={self._level}, mode={self._mode})"

    # -- authentication

    def phase1(self) -> Request | None:
        """The first command of the authentication; None in the stateless mode, which has none."""
        if self._mode is Mode.STATELESS:
            return None
        self._check()
        self._rnd_a = self._random(_BLOCK)
        return commands.auth_phase1(self._level, self._rnd_a)

    def phase2(self, answer: bytes) -> Request:
        """The second command; ``answer`` is the data of the answer to the first.

        Raises:
            ChannelError: ``wrong_key`` when the reader does not prove that it has our key, ``channel_broken`` when what it
                sent is no answer to the first command.
        """
        self._check()
        if len(answer) != 2 * _BLOCK + 1 or not self._rnd_a:
            raise self._break(f"the answer to Sec.AuthPhase1 has 33 bytes, this one has {len(answer)}")
        proof, rnd_b = answer[:_BLOCK], answer[_BLOCK:-1]
        a, b = self._encrypt(self._rnd_a), self._encrypt(rnd_b)
        self._rnd_a = b""
        if not hmac.compare_digest(proof, self._encrypt(a)):
            raise self._break(
                f"the reader has another AES key than ours at security level {self._level}; check the key and its level",
                "wrong_key",
            )
        self._session_key = a[: _BLOCK // 2] + b[_BLOCK // 2 :]
        return commands.auth_phase2(self._encrypt(b))

    def established(self) -> None:
        """The reader accepted the second command: from now on everything is protected.

        Raises:
            ChannelError: the authentication did not come that far.
        """
        self._check()
        if not self._session_key:
            raise self._break("the authentication is not finished")
        self._iv = _ZERO
        self._usable = True

    def _encrypt(self, block: bytes) -> bytes:
        return self._aes.block(self._key, block)

    # -- protected commands

    def seal(self, request: Request) -> Request:
        """The command inside Sec.Tunnel, with the timeout of the command.

        Raises:
            ChannelError: the channel is not established, is broken, or still waits for an answer: once an answer is lost, no
                other can be understood.
        """
        self._check()
        if not self._usable:
            raise self._break("the authentication is not finished")
        if self._awaiting and self._mode is not Mode.STATELESS:
            raise self._break("the answer to the last command is missing")
        inner = request.code.to_bytes(2, "big") + len(request.payload).to_bytes(2, "big") + request.payload
        if self._mode is Mode.PLAIN:
            body = inner + self._mac(inner)
        else:
            body = self._aes.encrypt(self._session_key, self._start(), _padded(inner))
            self._iv = body[-_BLOCK:]
        self._awaiting = True
        outer = commands.tunnel(_FLAGS[self._mode] | self._level, body)
        return Request(outer.code, outer.payload, request.timeout)

    def open(self, request: Request, answer: Response) -> Response:
        """The answer to ``request`` that is inside ``answer``, the one to the sealed command.

        Raises:
            ChannelError: the reader could not read the command, or the answer was changed, is late, or is made with another key.
        """
        self._check()
        if not self._awaiting:
            raise self._break("an answer came that nothing was asked for")
        self._awaiting = False
        if answer.status:
            raise self._refused(answer.status)
        inner = self._verified(answer.data) if self._mode is Mode.PLAIN else self._decrypted(answer.data)
        self._proven = True
        return Response(request.code, inner[0], inner[3:], answer.critical)

    def _start(self) -> bytes:
        return _ZERO if self._mode is Mode.STATELESS else self._iv

    def _mac(self, content: bytes) -> bytes:
        self._iv = self._aes.encrypt(self._session_key, self._iv, _filled(content))[-_BLOCK:]
        return self._iv[:_PROOF]

    def _verified(self, body: bytes) -> bytes:
        inner, mac = body[:-_PROOF], body[-_PROOF:]
        if len(inner) < 3:
            raise self._break("an answer is too short")
        if not hmac.compare_digest(mac, self._mac(inner)):
            raise self._break("an answer has a wrong MAC")
        if len(inner) != 3 + int.from_bytes(inner[1:3], "big"):
            raise self._break("an answer has a wrong length")
        return inner

    def _decrypted(self, body: bytes) -> bytes:
        if not body or len(body) % _BLOCK:
            raise self._break(f"an answer of {len(body)} bytes is not a multiple of 16")
        content = self._aes.decrypt(self._session_key, self._start(), body)
        self._iv = body[-_BLOCK:]
        length = 3 + int.from_bytes(content[1:3], "big")
        inner, zeros = content[:length], content[length:]
        if len(zeros) < _PROOF or not hmac.compare_digest(zeros, bytes(len(zeros))):
            raise self._break("an answer does not end with the zeros that prove it", self._unproven())
        return inner

    def _unproven(self) -> str:
        """Without an authentication the first answer tells whether the key is right."""
        return "wrong_key" if self._mode is Mode.STATELESS and not self._proven else "channel_broken"

    def _refused(self, status: int) -> ChannelError:
        if status == _ERR_CRYPTO:
            return self._break("the reader cannot decrypt the command (status 01, ErrCrypto)", self._unproven())
        return self._break(f"the reader does not accept the protected command (status {status:02X})")

    # -- what went wrong

    def _check(self) -> None:
        if self._broken:
            raise ChannelError(f"the protected connection ended before: {self._broken}; connect again")

    def _break(self, why: str, code: str = "channel_broken") -> ChannelError:
        self._broken = why
        self._usable = False
        self._session_key = b""
        return ChannelError(f"the protected connection to the reader cannot be used: {why}", code=code)


def _filled(content: bytes) -> bytes:
    return content + bytes(-len(content) % _BLOCK)


def _padded(content: bytes) -> bytes:
    return _filled(content + bytes(_PROOF))
