"""ECP: each message is stored before it is acknowledged, and each command is numbered; nothing is lost, and nothing done twice.

Source: MPRX System Guide, chapter 6.
"""

from __future__ import annotations

import asyncio

from readers_bridge.errors import CommandError, DeviceError, JournalError
from readers_bridge.families.transcore.command_table import answers
from readers_bridge.families.transcore.connection import Connection
from readers_bridge.families.transcore.ecp import EcpHost
from readers_bridge.families.transcore.ecp_listener import Asked, DamagedAnswerError, EcpListener
from readers_bridge.families.transcore.talk import (
    COMMAND_MODE,
    DATA_MODE,
    TRIES,
    Context,
    NoAnswerError,
    silent,
)
from readers_bridge.model import Status

ODD_FACT = "ecp_odd"

VERSION = "505"


class EcpTalk(EcpListener):
    """One connection to a reader in ECP, with what it is asked."""

    def __init__(self, connection: Connection, context: Context, ecp: EcpHost, *, in_step: bool) -> None:
        """``in_step``: the number of the last command is known, so that no old answer can be taken for a new one."""
        super().__init__(connection, context, ecp)
        self._in_step = in_step

    async def ask(self, body: str, *, tries: int = 1) -> str:  # noqa: ARG002  a reader executes a number once
        """See ``Talk.ask``. Messages that come meanwhile are not acknowledged; the reader sends them again."""
        self._may_ask(body)
        if self._context.wrong_protocol.is_basic:
            raise DeviceError(
                "the reader speaks the basic protocol or data inquiry, which would take an ECP command for another one; nothing "
                "was sent. Correct protocol for this device",
                code="wrong_protocol",
            )
        self._asking = True
        self._context.backlog.disturbed()
        self._accepted = 0
        try:
            seq = await self._next_odd(must=body == DATA_MODE)
            return await self._ask(seq, body)
        finally:
            self._asked = None
            self._asking = False
            self._context.backlog.disturbed()
            self._ecp.abandon()

    async def _next_odd(self, *, must: bool) -> str:
        async def store() -> str:
            seq = self._ecp.next_odd()
            try:
                await self._host.commit([], facts={ODD_FACT: seq})
            except JournalError:
                if not must:
                    raise
            return seq

        return await self._context.ledger.do(store)

    async def _ask(self, seq: str, body: str) -> str:
        for _ in range(TRIES):
            self._may_ask(body)
            asked = Asked(body, seq, self._loop.create_future())
            self._asked = asked
            self._connection.stream.write(self._ecp.command(seq, body.encode("ascii")))
            try:
                async with asyncio.timeout(self._response_time):
                    return await asked.answer
            except TimeoutError:
                error = self._unanswered(body)
            except DamagedAnswerError:
                error = NoAnswerError(f"the reader's answers to {body} are damaged; is the line disturbed?")
        raise error

    async def enter(self) -> None:
        """Open command mode, and make sure that the answers are not old ones.

        A reader that has seen our number before does not execute the command, but repeats its last answer.
        """
        for _ in range(TRIES):
            try:
                await self.ask(COMMAND_MODE)
                if self._in_step:
                    return
                answer = await self.ask(VERSION)
            except NoAnswerError as error:
                raise silent(error) from error
            if answers(VERSION, answer.encode("latin-1")) and answer != "Error":
                self._in_step = True
                return
            self._host.count("old_answers")
        raise CommandError(
            "the reader's answers do not belong to what it is asked, so nothing was done; does another host talk to it, too?",
            status=Status.FAILED,
            code="out_of_step",
        )

    async def leave(self) -> str:
        """Close command mode."""
        answer = await self.ask(DATA_MODE)
        return answer if self._in_step else await self.ask(DATA_MODE)

    @property
    def ready(self) -> bool:
        """Whether the number of the last command is known."""
        return self._in_step

    def _give_up(self, error: DeviceError, *, patient: bool = False) -> None:
        asked = self._asked
        if asked is not None and not asked.answer.done() and not (patient and asked.body == DATA_MODE):
            asked.answer.set_exception(NoAnswerError(f"{error}; the command may have been executed"))
