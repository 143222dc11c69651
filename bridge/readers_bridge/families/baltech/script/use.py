"""What a script is for, which decides how long it may be."""

from __future__ import annotations

from enum import StrEnum


class Use(StrEnum):
    """How the script reaches the reader. ``limit``: the most bytes every reader takes that way."""

    STORED = "stored"
    RUN = "run"
    SECURE_RUN = "secure_run"

    @property
    def limit(self) -> int:
        """Bytes.

        Stored: a configuration value (docs.baltech.de, refman/prot/template/continuetmpl). Run: AR.RunScript, 6 bytes of
        frame and length before the script and 6 of answer, in the 128 bytes of buffer that every reader has
        (docs.baltech.de, Sys.GetBufferSize). In a secure channel the script and its 5 bytes of header are padded to
        a multiple of 16, with 8 zeros at least.
        """
        return _LIMITS[self]

    @property
    def by_host(self) -> bool:
        """Whether the host starts the script, and not an event."""
        return self is not Use.STORED


_LIMITS = {Use.STORED: 128, Use.RUN: 116, Use.SECURE_RUN: 83}

LONGEST = 255
"""Bytes of a script that AR.RunScript can announce at all."""
