"""A reader that speaks another protocol than the configured one: it is told, and never switched.

A single line proves nothing: a tag may look like an ECP message by chance, and a damaged ECP message like a basic one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from readers_bridge.families.transcore.messages import (
    Copyright,
    ErrorMessage,
    Message,
    Report,
    RfStatus,
    SignOn,
    Tag,
    is_answer,
    parse_line,
)
from readers_bridge.families.transcore.typedefs import Protocol
from readers_bridge.model import Event

PROOF = 3
"""Lines in a row without a valid CRC, all of them different and sensible, that make a reader in basic protocol."""

HELD_LIMIT = 64
"""Lines that wait for the judgement."""

_SENSIBLE = Tag | ErrorMessage | SignOn | Copyright | RfStatus
_PLAIN = ErrorMessage | SignOn | Copyright | RfStatus
_ECP_FORM = re.compile(rb"#[02468ACE].*[0-9A-Fa-f]{4}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a line without a valid CRC comes to: messages to publish, and whether it may be a damaged one in ECP."""

    messages: list[Message]
    damaged: bool


class WrongProtocol:
    """What speaks against the configured protocol; outlives connections."""

    def __init__(self, configured: Protocol) -> None:
        self._configured = configured
        self._ecp_lines = 0
        self._proof: list[bytes] = []
        self._held: list[bytes] = []
        self._given_up: set[bytes] = set()
        """Lines in the form of ECP that were held in vain; their repeats are not told again."""
        self.held_since: float | None = None
        """When the oldest line came that waits for the judgement; monotonic seconds."""
        self.is_basic = False
        """The reader, configured for ECP, speaks basic protocol or data inquiry."""
        self.told = False
        """The event has been told, and nothing has been heard in the configured protocol since."""

    def ecp_line(self) -> bool:
        """An ECP message came though ECP is not configured; whether it is proved now."""
        self._ecp_lines += 1
        return self._ecp_lines > 1

    def right(self) -> None:
        """A message came in the configured protocol: what is held is damage, and the reader repeats it."""
        self._ecp_lines = 0
        self._forget()
        self._given_up.clear()
        self.is_basic = self.told = False

    def unverified(self, line: bytes, now: float) -> Unverified:
        """A line without a valid CRC came though ECP is configured; it is held until it is known what the reader speaks."""
        message = parse_line(line)
        if message is None:
            return Unverified([], damaged=not self.is_basic)
        whole = len(message.text) == len(line) - 1
        if whole and is_answer(message):
            return Unverified([message], damaged=False)
        if self.is_basic:
            return Unverified([message], damaged=False)
        sensible = whole and isinstance(message, _SENSIBLE)
        plain = whole and isinstance(message, _PLAIN)
        if not sensible:
            self._proof.clear()
        elif line not in self._proof:  # repeated, as ECP does and basic does not
            self._proof.append(line)
        if len(self._proof) >= PROOF:
            self.is_basic = True
            lines = [*self._held, line]
            self._forget()
            return Unverified([found for one in lines if (found := parse_line(one)) is not None], damaged=False)
        messages: list[Message] = []
        repeated = line in self._held or line in self._given_up
        if not (repeated and _ECP_FORM.fullmatch(line)):
            if len(self._held) >= HELD_LIMIT:
                messages = self.give_up()
            self._held.append(line)
            self.held_since = now if self.held_since is None else self.held_since
        return Unverified(messages, damaged=not plain)

    def give_up(self) -> list[Message]:
        """The time for a judgement is over; the lines that were held, as they came."""
        lines = list(self._held)
        self._given_up.update(line for line in lines if _ECP_FORM.fullmatch(line))
        if len(self._given_up) > HELD_LIMIT:
            self._given_up.clear()
        self._held.clear()
        self.held_since = None
        return [Report(line.partition(b"#")[2].decode("latin-1")) for line in lines]

    def _forget(self) -> None:
        self._proof.clear()
        self._held.clear()
        self.held_since = None

    def event(self, found: str) -> Event:
        """The event that tells it."""
        self.told = True
        return Event("wrong_protocol", {"configured": str(self._configured), "found": found})
