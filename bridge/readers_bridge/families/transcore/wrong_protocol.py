"""A reader that speaks another protocol than the configured one: it is told, and never switched.

A single line proves nothing: a tag may look like an ECP message by chance, and a damaged ECP message like a basic one.
"""

from __future__ import annotations

from readers_bridge.families.transcore.messages import (
    Copyright,
    ErrorMessage,
    Message,
    RfStatus,
    SignOn,
    Tag,
    parse_line,
)
from readers_bridge.families.transcore.typedefs import Protocol
from readers_bridge.model import Event

PROOF = 3
"""Lines in a row without a valid CRC, all of them different and sensible, that make a reader in basic protocol."""

_SENSIBLE = Tag | ErrorMessage | SignOn | Copyright | RfStatus


class WrongProtocol:
    """What speaks against the configured protocol; outlives connections."""

    def __init__(self, configured: Protocol) -> None:
        self._configured = configured
        self._ecp_lines = 0
        self._lines: list[bytes] = []
        self.is_basic = False
        """The reader, configured for ECP, speaks basic protocol or data inquiry."""
        self.told = False
        """The event has been told, and nothing has been heard in the configured protocol since."""

    def ecp_line(self) -> bool:
        """An ECP message came though ECP is not configured; whether it is proved now."""
        self._ecp_lines += 1
        return self._ecp_lines > 1

    def right(self) -> None:
        """A message came in the configured protocol."""
        self._ecp_lines = 0
        self._lines.clear()
        self.is_basic = self.told = False

    def unverified(self, line: bytes) -> list[Message]:
        """A line without a valid CRC came though ECP is configured; those messages that are basic for certain now."""
        message = parse_line(line)
        if not isinstance(message, _SENSIBLE) or len(message.text) != len(line) - 1:
            if not self.is_basic:
                self._lines.clear()
                return []
            return [] if message is None else [message]
        if self.is_basic:
            return [message]
        if line in self._lines:  # repeated, as ECP does and basic does not
            return []
        self._lines.append(line)
        if len(self._lines) < PROOF:
            return []
        self.is_basic = True
        lines, self._lines = self._lines, []
        return [found for one in lines if (found := parse_line(one)) is not None]

    def event(self, found: str) -> Event:
        """The event that tells it."""
        self.told = True
        return Event("wrong_protocol", {"configured": str(self._configured), "found": found})
