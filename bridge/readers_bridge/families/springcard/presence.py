"""Presence: which tokens are on the reader, from the Move field ("$SCRDR Message"; register 02A0 byte 0 bit 4 enables it).

What a removal carries is not documented: with an identifier it removes that token, without one all tokens of its interface.
"""

from __future__ import annotations

from collections import OrderedDict

from readers_bridge.families.springcard.messages import Move, Reading

LIMIT = 64
"""Tokens present at most; beyond it the one that came first is taken for removed."""


class Presence:
    """The tokens on one reader. Unknown, and taken for none, after each connect."""

    def __init__(self) -> None:
        self.tracking = False
        """Whether the reader has shown, since the last reset, that it tracks movements."""
        self._tokens: OrderedDict[tuple[str, str], None] = OrderedDict()

    @property
    def present(self) -> bool:
        """Whether any token is on the reader."""
        return bool(self._tokens)

    def reset(self) -> None:
        """The connection is new, or the reader has restarted."""
        self.tracking = False
        self._tokens.clear()

    def apply(self, reading: Reading) -> None:
        """Take a movement into account; a reading without one changes nothing."""
        if not reading.move:
            return
        self.tracking = True
        token = (reading.interface, reading.tag_id)
        if reading.move is Move.INSERTED:
            self._tokens[token] = None
            if len(self._tokens) > LIMIT:
                self._tokens.popitem(last=False)
        elif reading.tag_id:
            self._tokens.pop(token, None)
        elif reading.move is Move.REMOVED:
            for gone in [one for one in self._tokens if one[0] == reading.interface]:
                del self._tokens[gone]
