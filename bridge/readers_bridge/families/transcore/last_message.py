"""The last message of an ECP reader, remembered for good: what comes again after a crash or a power failure is recognised."""

from __future__ import annotations

import hashlib

from readers_bridge.families import Host
from readers_bridge.families.transcore.ecp import EVEN, Data
from readers_bridge.families.transcore.messages import Copyright, Message, RfStatus, SignOn
from readers_bridge.model import JsonObject

LAST_FACT = "ecp_last"
BEFORE_FACT = "ecp_before_restart"
"""What was the last message when the reader signed on; gone as soon as the reader has told something else."""


class LastMessage:
    """What is stored of it are its number and a digest, since its text may be a credential that must not be stored."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @property
    def seq(self) -> str | None:
        """Its number; None where nothing is remembered."""
        last = self._kept(LAST_FACT)
        return None if last is None else last[0]

    def is_again(self, data: Data) -> bool:
        """Whether this is the last message under its number."""
        return self._kept(LAST_FACT) == (data.seq, _digest(data.seq, data.content))

    def next_seq(self) -> str | None:
        """The number after that of the last message; None where nothing is remembered."""
        last = self._kept(LAST_FACT)
        return None if last is None else EVEN[(EVEN.index(last[0]) + 1) % len(EVEN)]

    def is_resent(self, data: Data, message: Message) -> bool:
        """Whether this is the last message under a new number: the reader lost its power before it heard the acknowledgement.

        It is told by the reader's own time, to a hundredth of a second. Without that it may be the same tag, read anew.
        """
        if isinstance(message, SignOn | Copyright | RfStatus) or message.clock is None:
            return False
        last = self._kept(BEFORE_FACT)
        if last is None and data.seq != self.next_seq():
            last = self._kept(LAST_FACT)
        return last is not None and last[1] == _digest(last[0], data.content)

    def to_keep(self, data: Data, message: Message) -> JsonObject:
        """What to store together with a message."""
        kept: JsonObject = {LAST_FACT: [data.seq, _digest(data.seq, data.content)]}
        before = self._kept(BEFORE_FACT)
        if isinstance(message, SignOn):
            if before is None and (last := self._kept(LAST_FACT)) is not None:
                kept[BEFORE_FACT] = [*last]
        elif before is not None and not isinstance(message, Copyright):
            kept[BEFORE_FACT] = None
        return kept

    def _kept(self, name: str) -> tuple[str, str] | None:
        match self._host.facts.get(name):
            case [str(seq), str(digest)] if len(seq) == 1 and seq in EVEN:
                return seq, digest
        return None


def _digest(seq: str, content: bytes) -> str:
    return hashlib.blake2b(seq.encode() + content, digest_size=8).hexdigest()
