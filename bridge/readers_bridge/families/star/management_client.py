"""The I/O side of the card's management port: one command for each connection, each outcome told apart.

Source: IFBD-HE07X/08X/BE07X user's manual, 3.1.5: four sessions, 30 s, the card closes after its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from readers_bridge.errors import CommandError, ProtocolError, TransportError
from readers_bridge.families.star import management
from readers_bridge.families.star.link import connected, receive, send
from readers_bridge.families.star.management import Reply, StatusSetting
from readers_bridge.model import Status

T = TypeVar("T")

SETTLE = 0.1
"""Seconds in which a card that has no session left breaks the connection; nothing is sent before they are over."""

ANSWER_TIMEOUT = 10.0
"""Seconds."""


class ManagementClient:
    """Commands to TCP port 22222. It can send nothing else, and nowhere else."""

    def __init__(self, host: str, port: int, *, answer_timeout: float = ANSWER_TIMEOUT) -> None:
        self._host = host
        self._port = port
        self._answer_timeout = answer_timeout

    async def restart(self, password: str) -> None:
        """Authentication reset; returns at the accepting byte.

        Raises:
            CommandError: ``failed`` with the code rejected, ``busy``, ``unknown``, ``no_answer``.
            TransportError: nothing was sent.
        """
        request = management.authentication_reset(password)
        if await self._ask(request, management.reset_reply) is Reply.REJECTED:
            raise CommandError(
                "the card rejects the reset; is the password that of its user account?",
                status=Status.FAILED,
                code="rejected",
            )

    async def release(self, port: int) -> None:
        """Cut the session on the print port that this host holds from its own port ``port``.

        Raises:
            CommandError: ``failed`` with the code rejected: the card knows no such session of this host; else as ``restart``.
            TransportError: nothing was sent.
        """
        if await self._ask(management.forced_release(port), management.release_reply) is Reply.REJECTED:
            raise CommandError(
                f"the card has no session from this host's port {port}, or does not take this host for its owner",
                status=Status.FAILED,
                code="rejected",
            )

    async def discovery_data(self) -> bytes:
        """Get the discovery data, as they come.

        Raises:
            CommandError: as ``restart``; ``failed`` with the code protocol.
            TransportError: nothing was sent.
        """
        return await self._ask(management.discovery_data(), management.discovery_reply)

    async def status_setting(self) -> StatusSetting:
        """Get the printer status setting.

        Raises:
            CommandError: as ``discovery_data``.
            TransportError: nothing was sent.
        """
        return await self._ask(management.status_setting(), management.status_setting_reply)

    async def _ask(self, request: bytes, understood: Callable[[bytes], T | None]) -> T:
        try:
            async with connected(self._host, self._port) as (reader, writer):
                await self._settle(reader)
                await send(writer, request)
                return await self._answer(reader, understood)
        except TransportError as error:
            if error.code in {"connection_refused", "connection_reset"}:
                raise _busy() from None
            raise

    async def _settle(self, reader: asyncio.StreamReader) -> None:
        try:
            async with asyncio.timeout(SETTLE):
                await receive(reader)
        except TimeoutError:
            return
        raise _busy()  # closed, or speaks unasked: either way nothing was sent

    async def _answer(self, reader: asyncio.StreamReader, understood: Callable[[bytes], T | None]) -> T:
        received = b""
        try:
            async with asyncio.timeout(self._answer_timeout):
                while True:
                    try:
                        data = await receive(reader)
                    except TransportError:
                        data = b""
                    received += data
                    answer = understood(received) if received else None
                    if answer is not None:
                        return answer
                    if not data:
                        raise _cut_off(received)
        except ProtocolError as error:
            raise CommandError(str(error), status=Status.FAILED, code=error.code) from error
        except TimeoutError:
            raise CommandError(
                f"the card took the command, but did not answer within {self._answer_timeout:g} s; it may have happened",
                status=Status.NO_ANSWER,
                code="no_answer",
            ) from None


def _busy() -> CommandError:
    return CommandError(
        "the card takes no further connection to its management port: all of its four sessions may be in use, or it restarts;"
        " nothing was sent, try again later",
        status=Status.BUSY,
        code="busy",
    )


def _cut_off(received: bytes) -> CommandError:
    if received:
        return CommandError(
            f"the card closed the connection in the middle of its answer, after {len(received)} bytes",
            status=Status.FAILED,
            code="protocol",
        )
    return CommandError(
        "the card closed the connection before it answered; the command may have been executed, or the card does not know it",
        status=Status.UNKNOWN,
        code="closed_early",
    )
