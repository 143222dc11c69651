"""The commands of a device that are being executed, kept in the journal, so that a crash leaves none without an answer."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, NamedTuple

from readers_bridge.errors import JournalError

if TYPE_CHECKING:
    from readers_bridge.journal import Journal
    from readers_bridge.model import Command, JsonObject

PATIENCE = 0.25
"""Seconds that a command waits for being written down; with a disk that is slower, it goes on without."""


class CutOff(NamedTuple):
    """A command of an earlier run that has no result, for it was executed when that run was cut off."""

    command: str
    transaction: str | None


class UnderWay:
    """One command at most in each lane."""

    def __init__(self, journal: Journal, device: str) -> None:
        self._journal = journal
        self._scope = f"{device}/under_way"
        self._stores: set[asyncio.Task[None]] = set()

    async def begin(self, lane: str, command: Command) -> None:
        """The command is executed next."""
        await asyncio.wait({self._store({lane: [command.name, command.transaction]})}, timeout=PATIENCE)

    def end(self, lane: str) -> None:
        """Its result was handed to the journal."""
        self._store({lane: None})

    async def cut_off(self) -> list[CutOff]:
        """What an earlier run left; it is forgotten."""
        try:
            found = await self._journal.facts(self._scope)
            if found:
                await self._journal.set_facts(self._scope, None)
        except JournalError:
            return []
        return [CutOff(*value) for value in found.values() if value is not None]

    async def close(self) -> None:
        """Return when everything is written down."""
        await asyncio.gather(*self._stores)

    def _store(self, values: JsonObject) -> asyncio.Task[None]:
        async def store() -> None:
            with contextlib.suppress(JournalError):  # the journal says itself what is wrong with it
                await self._journal.set_facts(self._scope, values)

        task = asyncio.create_task(store())
        self._stores.add(task)
        task.add_done_callback(self._stores.discard)
        return task
