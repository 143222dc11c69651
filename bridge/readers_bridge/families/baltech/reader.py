"""What a reader tells about itself when a connection begins (Sys.GetInfo, GetFeatures, GetBootStatus and others)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from readers_bridge.errors import CommandError, DeviceError, ProtocolError, TransportError
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import Response
from readers_bridge.families.baltech.channel import Channel
from readers_bridge.families.baltech.commands import BufferSize, Info, Request
from readers_bridge.families.baltech.exchange import Exchange, NoAnswerError
from readers_bridge.families.baltech.status import error_code, explain
from readers_bridge.families.baltech.typedefs import GPIOS, INPUTS, AccessConditions, IoPort
from readers_bridge.model import Status

T = TypeVar("T")

SILENCES = 2
"""Questions without an answer after which no more of them are asked."""

ACCESS_DENIED = 0x42
GUARANTEED = BufferSize(128, 128, 128)
"""What every reader holds of a command and its answer together (docs.baltech.de, refman/cmds/genstatuscodes)."""


@dataclass(frozen=True, slots=True)
class About:
    """What a reader told of itself; None: it does not know the command, or does not let us use it."""

    info: Info
    features: frozenset[int] | None = None
    boot_status: int | None = None
    buffer: BufferSize = GUARANTEED
    part_number: str = ""
    hardware_revision: str = ""
    configuration: str = ""
    inputs: tuple[IoPort, ...] = ()
    """Input ports that answer, and the configured GPIOs that do."""
    sensed: dict[IoPort, bool] = field(default_factory=dict)


async def authenticate(exchange: Exchange, channel: Channel) -> None:
    """Establish the secure channel (docs.baltech.de, refman/cmds/sec).

    Raises:
        DeviceError: ``wrong_key``, ``access_denied``, or the connection ended.
    """
    first = channel.phase1()
    if first is not None:
        second = channel.phase2((await _authentication_step(exchange, first)).data)
        await _authentication_step(exchange, second)
        channel.established()
    exchange.secure(channel)


async def _authentication_step(exchange: Exchange, request: Request) -> Response:
    response = await exchange.ask(request)
    if response.status:
        raise DeviceError(
            f"the reader refuses the AES key: {explain(request.code, response.status)}; check key and key_level, and that "
            "the reader has this key",
            code="wrong_key",
        )
    return response


async def get_to_know(exchange: Exchange, outputs: tuple[IoPort, ...]) -> About:
    """Ask the reader everything; ``outputs`` are the ports that the configuration names.

    Raises:
        DeviceError: ``access_denied`` when it lets us do nothing, ``protocol``, or the connection ended.
    """
    response = await exchange.ask(commands.get_info())
    if response.status == ACCESS_DENIED:
        rights = await access_rights(exchange)
        raise DeviceError(
            f"the reader allows this connection nothing (status 42); what it does allow: {rights}. An Ethernet reader wants "
            "an encrypted connection: give this device its AES key with key: !secret ..., and its key_level",
            code="access_denied",
        )
    if response.status:
        raise DeviceError(f"Sys.GetInfo: {explain(response.code, response.status)}", code="protocol")
    info = commands.info(response.data)
    optional = _Optional(exchange)
    features = await optional.ask(commands.get_features(), commands.features)
    boot_status = await optional.ask(commands.get_boot_status(), commands.boot_status)
    buffer = await optional.ask(commands.get_buffer_size(), commands.buffer_size)
    part = await optional.ask(commands.get_part_number(), commands.part_number)
    configuration = await optional.ask(commands.cfg_get_id(), commands.cfg_id)
    sensed = {
        port: state
        for port in sorted((*INPUTS, *(port for port in outputs if port in GPIOS)))
        if (state := await optional.ask(commands.sense(port), commands.sensed)) is not None
    }
    return About(
        info,
        features,
        boot_status,
        buffer or GUARANTEED,
        *(part or ("", "")),
        configuration=" ".join(filter(None, configuration or ())),
        inputs=tuple(sensed),
        sensed=sensed,
    )


class _Optional:
    """Questions that a reader may refuse, or, if it is an odd one, pass over in silence."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._unanswered: set[int] = set()

    async def ask(self, request: Request, parse: Callable[[bytes], T]) -> T | None:
        """What the reader tells, None: nothing. One that was silent twice is not asked any more, nor the same twice."""
        if request.code in self._unanswered or len(self._unanswered) >= SILENCES:
            return None
        try:
            response = await self._exchange.ask(request, patient=True)
            return None if response.status else parse(response.data)
        except NoAnswerError:
            if self._exchange.ended.done():
                raise
            self._unanswered.add(request.code)
            return None
        except ProtocolError:
            if self._exchange.ended.done():
                raise
            return None


async def access_rights(exchange: Exchange) -> str:
    """The rights that this connection has, by their names in the manufacturer's configuration."""
    mask = await _Optional(exchange).ask(commands.get_cur_ac_mask(), commands.ac_mask)
    if mask is None:
        return "unknown"
    return ", ".join(right.name or "" for right in AccessConditions if right & mask) or "nothing"


async def demand(exchange: Exchange, request: Request, *also: int) -> Response:
    """The answer of a command that must succeed, or end with one of the statuses ``also``.

    Raises:
        CommandError: ``failed``, with the reader's status; ``unknown`` when no answer came.
        TransportError: nothing was sent.
    """
    response = await carry_out(exchange.ask(request))
    if response.status and response.status not in also:
        text = explain(request.code, response.status)
        if response.status == ACCESS_DENIED:
            text += f". What this connection may do: {await access_rights(exchange)}"
        raise CommandError(text, status=Status.FAILED, code=error_code(request.code, response.status))
    return response


async def carry_out(answer: Awaitable[Response]) -> Response:
    """An answer to something that acts.

    Raises:
        CommandError: ``unknown``, it was sent, but no answer came that can be trusted.
        TransportError: nothing was sent.
    """
    try:
        return await answer
    except TransportError:
        raise
    except DeviceError as error:
        raise CommandError(
            f"{error}; whether the command was executed is not known", status=Status.UNKNOWN, code=error.code
        ) from error
