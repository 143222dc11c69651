"""Questions that wait for their answer: commands to devices and requests to the bridge, told apart by ``transaction``."""

import asyncio
import inspect
import json
import math
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from homeassistant.components import mqtt
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from .errors import failure
from .models import Json, JsonObject, Response, Result

QOS: Final = 1

ANSWER_MARGIN: Final = 5.0
"""Seconds beside the command's own limits that an answer may take."""

TAKES_EXPIRY: Final = "message_expiry_interval" in inspect.signature(mqtt.async_publish).parameters
NO_EXPIRY: Final = "mqtt_message_expiry_interval_not_supported"


class Calls:
    """What was asked and not answered yet."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._waiting: dict[str, asyncio.Future[Result | Response]] = {}
        self._names: dict[str, str] = {}

    def named(self, result: Result) -> Result:
        """The same, with the name of the command that waits for it where it does not tell its own."""
        name = self._names.get(result.transaction or "")
        return replace(result, command=name) if name and not result.command else result

    def answered(self, answer: Result | Response) -> None:
        """An answer came, perhaps to somebody else's question."""
        waiting = self._waiting.get(answer.transaction or "")
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def cancel(self) -> None:
        """No answer will be heard any more; whoever waits gets the error ``no_response``."""
        for waiting in self._waiting.values():
            waiting.cancel()

    async def command(
        self,
        topic: str,
        name: str,
        args: Mapping[str, Json],
        *,
        ttl: float,
        timeout: float,
        transaction: str | None = None,
    ) -> Result:
        """Send a command, and wait for its result.

        Args:
            topic: the command's.
            name: the command's, for the error.
            args: its arguments.
            ttl: seconds that it may be old when its execution begins.
            timeout: seconds that the answer may take in all.
            transaction: one of your own; the bridge executes each only once.

        Raises:
            HomeAssistantError: there was no answer in time (``no_response``), or MQTT is not set up.
        """
        payload = {**args, "issued_at": now(), "ttl": ttl}
        answer = await self._ask(
            topic, name, payload, expiry=max(1, math.ceil(ttl)), timeout=timeout, transaction=transaction
        )
        if not isinstance(answer, Result):
            raise failure("no_response", name=name, seconds=f"{timeout:g}")
        return answer

    async def request(self, topic: str, verb: str, payload: Mapping[str, Json], *, timeout: float) -> Response:
        """Ask the bridge. The arguments and errors are those of ``command``."""
        answer = await self._ask(topic, verb, payload, expiry=max(1, math.ceil(timeout)), timeout=timeout)
        if not isinstance(answer, Response):
            raise failure("no_response", name=verb, seconds=f"{timeout:g}")
        return answer

    async def _ask(
        self,
        topic: str,
        name: str,
        payload: Mapping[str, Json],
        *,
        expiry: int,
        timeout: float,
        transaction: str | None = None,
    ) -> Result | Response:
        transaction = transaction or secrets.token_hex(12)
        waiting: asyncio.Future[Result | Response] = self._hass.loop.create_future()
        self._waiting[transaction] = waiting
        self._names[transaction] = name
        try:
            async with asyncio.timeout(timeout):
                await async_publish(self._hass, topic, {**payload, "transaction": transaction}, expiry=expiry)
                await asyncio.wait([waiting])
        except TimeoutError:
            raise failure("no_response", name=name, seconds=f"{timeout:g}") from None
        finally:
            del self._waiting[transaction], self._names[transaction]
        if waiting.cancelled():
            raise failure("no_response", name=name, seconds=f"{timeout:g}")
        return waiting.result()


async def async_publish(hass: HomeAssistant, topic: str, payload: JsonObject, *, expiry: int) -> None:
    """Publish JSON that the broker drops after ``expiry`` seconds, where it speaks MQTT 5."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    if TAKES_EXPIRY:
        try:
            await mqtt.async_publish(hass, topic, text, qos=QOS, retain=False, message_expiry_interval=expiry)
        except ServiceValidationError as error:
            if error.translation_key != NO_EXPIRY:
                raise
        else:
            return
    await mqtt.async_publish(hass, topic, text, qos=QOS, retain=False)


def now() -> str:
    """The time as the contract writes it: RFC 3339 in UTC with milliseconds."""
    return dt_util.utcnow().isoformat(timespec="milliseconds").replace("+00:00", "Z")
