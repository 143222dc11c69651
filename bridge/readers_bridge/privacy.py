"""What of a credential leaves the bridge: the plain text, a masked form, or a keyed hash.

Applied before the journal, so that nothing else is ever stored.
"""

from __future__ import annotations

import errno
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
        OSError: an existing key cannot be read, or is cut off; using another one would silently change every hash.
    """
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = secrets.token_bytes(KEY_BYTES)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
    if len(key) < KEY_BYTES:
        raise OSError(errno.EIO, f"the key has {len(key)} bytes instead of {KEY_BYTES}; restore it, or delete it", path)
    return key


class Veil:
    """One device's privacy setting. ``setting`` None is the default: plain, but masked for what is typed on a keypad.

    ``plain``: the kinds whose credentials are published as they are.
    """

    def __init__(self, setting: Privacy | None, key: bytes = b"") -> None:
        self._hashes = setting is Privacy.HASHED
        self._key = key
        match setting:
            case None:
                self.plain = frozenset(Kind) - {Kind.KEYPAD}
            case Privacy.PLAIN:
                self.plain = frozenset(Kind)
            case _:
                self.plain = frozenset()

    def credential(self, read: Read) -> str:
        """The published form of the credential."""
        if read.kind in self.plain:
            return read.credential
        if self._hashes:
            return hmac.new(self._key, read.credential.encode(), hashlib.sha256).hexdigest()[:32].upper()
        if read.kind is Kind.KEYPAD or len(read.credential) < 2 * VISIBLE:
            return "*" * VISIBLE
        return "*" * (len(read.credential) - VISIBLE) + read.credential[-VISIBLE:]

    def read_data(self, read: Read) -> Mapping[str, Json]:
        """``data`` without whatever tells the credential."""
        if read.kind in self.plain:
            return read.data
        needle = read.credential.casefold()
        return {
            key: value
            for key, value in read.data.items()
            if key not in read.sensitive and not (needle and needle in str(value).casefold())
        }

    def event_data(self, event: Event) -> Mapping[str, Json]:
        """``data`` without whatever tells a credential."""
        if self.plain:
            return event.data
        return {key: value for key, value in event.data.items() if key not in event.sensitive}
