"""What a person says that a script finds: ports and protocols by their names."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from readers_bridge.families.baltech.script.use import Use
from readers_bridge.families.baltech.typedefs import GPIOS, INPUTS, OUTPUTS, IoPort, ProtocolID

USES = {"stored": Use.STORED, "run": Use.RUN, "secure": Use.SECURE_RUN}
"""How a person names what a script is for."""

VARIABLES = range(16)
DIP_SWITCHES = range(256)
STATES = range(8)
"""Those that are no variables."""


def input_port(text: str) -> int:
    """The port of this name that can be read.

    Raises:
        ValueError: there is none.
    """
    return _named(text, (port for port in IoPort if port in INPUTS or port in GPIOS), "input port")


def output_port(text: str) -> int:
    """The port of this name that can be switched.

    Raises:
        ValueError: there is none.
    """
    return _named(text, OUTPUTS, "output port")


def protocol(text: str) -> int:
    """The protocol of this name.

    Raises:
        ValueError: there is none.
    """
    return _named(text, (known for known in ProtocolID if known is not ProtocolID.All), "protocol")


def _named(text: str, values: Iterable[IoPort | ProtocolID], what: str) -> int:
    by_name = {value.name.lower(): value for value in values}
    found = by_name.get(text.strip().lower())
    if found is not None:
        return int(found)
    close = difflib.get_close_matches(text.strip().lower()[:40], by_name, 1)
    names = ", ".join(value.name for value in by_name.values())
    hint = f"did you mean {by_name[close[0]].name}?" if close else f"there are {names}"
    raise ValueError(f"{text[:40]!r} is no {what}; {hint}")
