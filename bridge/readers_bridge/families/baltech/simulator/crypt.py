"""The reader's end of the AES secure channel (docs.baltech.de, refman/cmds/sec/tunnel and the pages of AuthPhase1, 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from readers_bridge.families.baltech.simulator.status import ERR_CRYPTO, Refused, Status

CONTINUOUS_IV = 0x80
ENCRYPTED = 0x40
MACED = 0x20
SESSION_KEY = 0x10
LEVEL = 0x03

BLOCK = 16
LEAST_PADDING = 8
MAC = 8
MODES = CONTINUOUS_IV | ENCRYPTED | MACED
"""What AuthPhase1 says of the modes."""


class SecureChannel:
    """The state of one connection: the phases, the session key, the running IV."""

    def __init__(self, keys: Mapping[int, bytes], random: Callable[[int], bytes], *, stateless: bool) -> None:
        self._keys = keys
        self._random = random
        self._stateless = stateless
        self._iv = bytes(BLOCK)
        self._key = b""
        self._pending: tuple[int, bytes, bytes] | None = None
        self.level = 0
        """The level of the session; 0: there is none."""

    def forget(self) -> None:
        """The connection ended."""
        self._pending = None
        self.level = 0

    def phase1(self, level: int, rnd_a: bytes) -> bytes:
        """Raises: Refused."""
        self.forget()
        key = self._keys.get(level)
        if key is None:
            raise Refused(ERR_CRYPTO)
        rnd_b = self._random(BLOCK)
        self._pending = level, rnd_a, rnd_b
        return _encrypt(key, _encrypt(key, rnd_a)) + rnd_b + bytes((MODES,))

    def phase2(self, proof: bytes) -> None:
        """Raises: Refused."""
        if self._pending is None:
            raise Refused(ERR_CRYPTO)
        level, rnd_a, rnd_b = self._pending
        self._pending = None
        key = self._keys[level]
        if proof != _encrypt(key, _encrypt(key, rnd_b)):
            raise Refused(ERR_CRYPTO)
        self._key = _encrypt(key, rnd_a)[:8] + _encrypt(key, rnd_b)[8:]
        self._iv = bytes(BLOCK)
        self.level = level

    def open(self, flags: int, body: bytes) -> tuple[int, bytes]:
        """The code and the payload of the command in this Tunnel.

        Raises: Refused.
        """
        key, iv = self._key_and_iv(flags)
        if flags & ENCRYPTED:
            if not body or len(body) % BLOCK:
                raise Refused(ERR_CRYPTO)
            plain, after = _cbc_decrypt(key, iv, body), body[-BLOCK:]
        else:
            plain, mac = body[:-MAC], body[-MAC:]
            after = _mac(key, iv, plain)
            if len(mac) < MAC or mac != after[:MAC]:
                raise Refused(ERR_CRYPTO)
        end = 4 + int.from_bytes(plain[2:4], "big")
        inner = plain[:end]
        if len(inner) < 4 or plain != (_padded(inner) if flags & ENCRYPTED else inner):
            raise Refused(ERR_CRYPTO)
        if flags & SESSION_KEY:
            self._iv = after
        return int.from_bytes(inner[:2], "big"), inner[4:]

    def seal(self, flags: int, status: int, data: bytes) -> bytes:
        """The response to the command that was opened last."""
        inner = bytes((status,)) + len(data).to_bytes(2, "big") + data
        key = self._key if flags & SESSION_KEY else self._keys[flags & LEVEL]
        iv = self._iv if flags & SESSION_KEY else bytes(BLOCK)
        if flags & ENCRYPTED:
            sealed = _cbc_encrypt(key, iv, _padded(inner))
            after = sealed[-BLOCK:]
        else:
            after = _mac(key, iv, inner)
            sealed = inner + after[:MAC]
        if flags & SESSION_KEY:
            self._iv = after
        return sealed

    def _key_and_iv(self, flags: int) -> tuple[bytes, bytes]:
        level = flags & LEVEL
        if not flags & MACED or bool(flags & SESSION_KEY) != bool(flags & CONTINUOUS_IV):
            raise Refused(Status.ErrAccessDenied)
        if flags & SESSION_KEY:
            if not self.level or level != self.level:
                raise Refused(Status.ErrAccessDenied)
            return self._key, self._iv
        if not self._stateless or level == self.level:
            raise Refused(Status.ErrAccessDenied)
        if level not in self._keys:
            raise Refused(ERR_CRYPTO)
        return self._keys[level], bytes(BLOCK)


def _encrypt(key: bytes, block: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES128(key), modes.ECB()).encryptor()  # noqa: S305 - one block of random numbers
    return encryptor.update(block) + encryptor.finalize()


def _cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES128(key), modes.CBC(iv)).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES128(key), modes.CBC(iv)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _mac(key: bytes, iv: bytes, data: bytes) -> bytes:
    """The last block of the data, filled with zeros up to a whole block."""
    return _cbc_encrypt(key, iv, data + bytes(-len(data) % BLOCK))[-BLOCK:]


def _padded(data: bytes) -> bytes:
    """With the zeros that the receiver verifies."""
    padding = -len(data) % BLOCK
    if padding < LEAST_PADDING:
        padding += BLOCK
    return data + bytes(padding)
