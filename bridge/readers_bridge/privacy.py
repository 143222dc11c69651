"""What of a credential leaves the bridge: the plain text, a masked form, or a keyed hash.

Applied before the journal, so that nothing else is ever stored.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from readers_bridge.model import Event, Json, Kind, Privacy, Read

VISIBLE = 4
"""Characters at the end that a masked credential of at least twice this length still shows."""

KEY_BYTES = 32


def load_key(path: Path) -> bytes:
    """The key of the hashes, made at the first use; a key that cannot be kept holds for this run only.

    Raises:
        OSError: an existing key cannot be read; using another one would silently change every hash.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(KEY_BYTES)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
        return key


class Veil:
    """One device's privacy setting. ``setting`` None is the default: plain, but masked for what is typed on a keypad."""

    def __init__(self, setting: Privacy | None, key: bytes = b"") -> None:
        self._setting = setting
        self._key = key
        self.transparent = setting is Privacy.PLAIN

    def credential(self, read: Read) -> str:
        """The published form of the credential."""
        match self._of(read.kind):
            case Privacy.PLAIN:
                return read.credential
            case Privacy.HASHED:
                digest = hmac.new(self._key, read.credential.encode(), hashlib.sha256)
                return digest.hexdigest()[:32].upper()
            case _:
                if read.kind is Kind.KEYPAD or len(read.credential) < 2 * VISIBLE:
                    return "*" * VISIBLE
                return "*" * (len(read.credential) - VISIBLE) + read.credential[-VISIBLE:]

    def data(self, item: Read | Event) -> Mapping[str, Json]:
        """``data`` without whatever tells the credential."""
        if isinstance(item, Read):
            if self._of(item.kind) is Privacy.PLAIN:
                return item.data
            needle = item.credential.casefold()
            return {
                key: value
                for key, value in item.data.items()
                if key not in item.sensitive and not (needle and needle in str(value).casefold())
            }
        if self._setting in {None, Privacy.PLAIN}:
            return item.data
        return {key: value for key, value in item.data.items() if key not in item.sensitive}

    def _of(self, kind: Kind) -> Privacy:
        if self._setting is None:
            return Privacy.MASKED if kind is Kind.KEYPAD else Privacy.PLAIN
        return self._setting
