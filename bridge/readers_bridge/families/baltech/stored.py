"""Scripts, and messages for SendMsg, in the reader's configuration: store, read, delete, list.

Source: docs.baltech.de, refman/cfg/scripts and refman/cmds/sys. Only values of the keys 0x0501 and 0x0502 are touched, each
by its own id; the reader works by a change when it has restarted.
"""

from __future__ import annotations

from dataclasses import dataclass

from readers_bridge.errors import CommandError
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.exchange import Exchange
from readers_bridge.families.baltech.reader import demand
from readers_bridge.families.baltech.script.events import EVENTS, EVENTS_KEY, MESSAGES_KEY
from readers_bridge.model import Status

NOT_FOUND = 0x03
"""Sys.ErrCfgNotFound."""

ACCESS_DENIED = 0x05
"""Sys.ErrCfgAccessDenied: the value can be written, and not read."""

WRITE_ONLY = range(0x81, 0xFF)
"""Ids of values that readers do not give back (refman/cfg)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a value was before, and whether it was written. None: there was none.

    ``verified``: that was read; else the reader does not give this value back, and nothing is known but that it took it.
    """

    before: bytes | None
    written: bool
    verified: bool = True


async def read(exchange: Exchange, key: int, value_id: int) -> bytes | None:
    """A stored value, None: there is none.

    Raises:
        CommandError, TransportError: see ``reader.demand``.
    """
    response = await demand(exchange, commands.cfg_get_value(key, value_id), NOT_FOUND)
    return None if response.status else commands.value(response.data)


async def write(exchange: Exchange, key: int, value_id: int, content: bytes) -> Change:
    """Store a value, unless it is there already, and compare what the reader stored.

    Raises:
        CommandError, TransportError: see ``reader.demand``; ``failed`` when the reader has stored something else.
    """
    if await _hidden(exchange, key, value_id):
        await demand(exchange, commands.cfg_set_value(key, value_id, content))
        return Change(None, written=True, verified=False)
    before = await read(exchange, key, value_id)
    if before == content:
        return Change(before, written=False)
    await demand(exchange, commands.cfg_set_value(key, value_id, content))
    after = await read(exchange, key, value_id)
    if after != content:
        found = "nothing" if after is None else after.hex(" ").upper()
        raise CommandError(
            f"the reader took the value, but reading it back gives {found}; try again, and if this stays so, the reader's "
            "configuration memory may be damaged",
            status=Status.FAILED,
            code="verification_failed",
        )
    return Change(before, written=True)


async def delete(exchange: Exchange, key: int, value_id: int) -> Change:
    """Delete a value; that there is none is not an error.

    Raises:
        CommandError, TransportError: see ``reader.demand``.
    """
    if await _hidden(exchange, key, value_id):
        response = await demand(exchange, commands.cfg_del_values(key, value_id), NOT_FOUND)
        return Change(None, written=response.status != NOT_FOUND, verified=False)
    before = await read(exchange, key, value_id)
    if before is None:
        return Change(None, written=False)
    await demand(exchange, commands.cfg_del_values(key, value_id), NOT_FOUND)
    return Change(before, written=True)


async def _hidden(exchange: Exchange, key: int, value_id: int) -> bool:
    """Whether the reader keeps this value to itself."""
    if value_id not in WRITE_ONLY:
        return False
    response = await demand(exchange, commands.cfg_get_value(key, value_id), NOT_FOUND, ACCESS_DENIED)
    return response.status == ACCESS_DENIED


async def every(exchange: Exchange, key: int) -> dict[int, bytes | None]:
    """All values of a key, by id; None for one that cannot be read.

    Raises:
        CommandError, TransportError: see ``reader.demand``.
    """
    response = await demand(exchange, commands.cfg_get_value_list(key), NOT_FOUND)
    ids = () if response.status else commands.value_list(response.data)
    known = {EVENTS_KEY: EVENTS.keys(), MESSAGES_KEY: range(0x80)}[key]
    found: dict[int, bytes | None] = {}
    for value_id in sorted(ids):
        hidden = value_id not in known or await _hidden(exchange, key, value_id)
        found[value_id] = None if hidden else await read(exchange, key, value_id)
    return found
