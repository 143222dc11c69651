"""A command to the reader, before it becomes a frame, and the guard on what is written to its configuration.

Sys.CfgDelValues takes wildcards: value 0xFF deletes a key, a key 0x..FF a whole master key, a key 0xFF.. everything. So nothing
but scripts (key 0x0501) and stored messages (key 0x0502) can be addressed, and only by an id that names a single value.

Sources: docs.baltech.de, refman/cfg/index and refman/cmds/sys; the manufacturer's C library, ``sys.h``.
"""

from __future__ import annotations

from dataclasses import dataclass

from readers_bridge.families.baltech.script.events import EVENTS, EVENTS_KEY, MESSAGES_KEY

LONGEST_CONTENT = {EVENTS_KEY: 128, MESSAGES_KEY: 30}
"""Bytes of a stored script and of a stored message."""

LAST_MESSAGE = 127

CFG_SET_VALUE = 0x0009
CFG_DEL_VALUES = 0x000A

_NEVER_SENT = {
    0x0016: "Sys.CfgLoadBlock",
    0x0018: "Sys.CfgReset",
    0x0026: "Sys.CfgLoadPrepare",
    0x0027: "Sys.CfgLoadFinish",
    0x0028: "Sys.FactoryReset",
}


@dataclass(frozen=True, slots=True)
class Request:
    """A command: ``code`` is group << 8 | command; ``timeout`` the seconds that the reader may take, without the link's share.

    Raises:
        ValueError: it would delete or change something else than one script or one stored message.
    """

    code: int
    payload: bytes = b""
    timeout: float = 0.1

    def __post_init__(self) -> None:
        if self.code in _NEVER_SENT:
            raise ValueError(f"{_NEVER_SENT[self.code]} replaces the reader's whole configuration and is never sent")
        if self.code in (CFG_SET_VALUE, CFG_DEL_VALUES):
            if len(self.payload) < 3:
                raise ValueError("a configuration value is addressed by a key of two bytes and an id of one")
            check_value(int.from_bytes(self.payload[:2], "big"), self.payload[2])


def check_key(key: int) -> None:
    """Raise ValueError unless ``key`` is that of the scripts or that of the stored messages."""
    if key not in LONGEST_CONTENT:
        raise ValueError(
            f"only scripts (key {EVENTS_KEY:#06x}) and stored messages (key {MESSAGES_KEY:#06x}) can be used, not {key:#06x}"
        )


def check_value(key: int, value: int) -> None:
    """Raise ValueError unless ``key`` and ``value`` name one script or one stored message."""
    check_key(key)
    if key == EVENTS_KEY and value not in EVENTS:
        raise ValueError(f"there is no event {value:#04x} to which a script could be assigned")
    if key == MESSAGES_KEY and not 0 <= value <= LAST_MESSAGE:
        raise ValueError(f"stored messages have the ids 0 to {LAST_MESSAGE}, not {value}")


def check_content(key: int, content: bytes) -> None:
    """Raise ValueError unless ``content`` can be stored at ``key``: 1 to 128 bytes of script, up to 30 of a message."""
    longest = LONGEST_CONTENT[key]
    what = "script" if key == EVENTS_KEY else "message"
    if key == EVENTS_KEY and not content:
        raise ValueError("an empty script cannot be stored; delete the stored one instead")
    if len(content) > longest:
        raise ValueError(f"a stored {what} has at most {longest} bytes, this one has {len(content)}")
