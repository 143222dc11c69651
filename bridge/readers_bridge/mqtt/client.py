"""A short connection to the broker for a person's command (``send``, ``monitor``), and what it shares with the bridge's own."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from readers_bridge.config import MqttConfig
from readers_bridge.errors import BrokerError, BrokerRefusedError, BrokerUnreachableError, TakenOverError
from readers_bridge.mqtt.reasons import TAKEN_OVER, UNSUPPORTED_VERSION, plain_words
from readers_bridge.mqtt.tls import tls_context, tls_refusal

UNSPECIFIED = 0x80


def explained(error: aiomqtt.MqttError, broker: str, version: int) -> BrokerError:
    """An error of aiomqtt in our words. ``broker``: host and port; ``version``: MQTT's protocol level, 5 or 4."""
    cause: BaseException | None = error
    while cause is not None:
        code = getattr(cause, "rc", None)
        if isinstance(code, ReasonCode):
            words = plain_words(code.value, version=version)
            if code.value == TAKEN_OVER:
                return TakenOverError(words)
            if isinstance(cause, aiomqtt.exceptions.MqttConnectError):
                return BrokerRefusedError(f"the broker at {broker} refuses us: {words}")
            if code.value != UNSPECIFIED:  # paho says so when nobody has said anything
                return BrokerUnreachableError(f"the broker at {broker} ended the connection: {words}")
            return BrokerUnreachableError(f"the connection to the broker at {broker} broke; is it still there?")
        cause = cause.__cause__
    return BrokerUnreachableError(f"the connection to the broker at {broker} broke ({error})")


@asynccontextmanager
async def connect(config: MqttConfig) -> AsyncIterator[tuple[aiomqtt.Client, int]]:
    """A client of the first broker that answers, and the MQTT version it speaks: 5, or 4 for 3.1.1.

    Raises:
        BrokerUnreachableError: none answers, or the connection broke.
        BrokerRefusedError: it answered and said no.
    """
    versions = {"5": [5], "3.1.1": [4]}.get(config.protocol, [5, 4])
    problem: BrokerError = BrokerUnreachableError("no broker is configured")
    for host, port in config.hosts:
        for version in versions:
            client = aiomqtt.Client(
                host,
                port,
                username=config.username,
                password=config.password,
                protocol=aiomqtt.ProtocolVersion(version),
                tls_context=None if config.tls is None else tls_context(config.tls),
                timeout=5,
            )
            try:
                await client.__aenter__()
            except aiomqtt.MqttError as error:
                problem = _unanswered(error, host, port, version)
                if not _may_be_the_version(error):
                    break
                continue
            try:
                yield client, version
            except aiomqtt.MqttError as error:
                raise BrokerUnreachableError(
                    f"the connection to the broker at {host}:{port} broke ({error})"
                ) from error
            finally:
                with suppress(aiomqtt.MqttError):  # it broke, and that has been said
                    await client.__aexit__(None, None, None)
            return
    raise problem


def _may_be_the_version(error: aiomqtt.MqttError) -> bool:
    code = getattr(error, "rc", None)
    if isinstance(code, ReasonCode):
        return bool(code.value == UNSUPPORTED_VERSION)
    return code is None and "timed out" in str(error)


def _unanswered(error: aiomqtt.MqttError, host: str, port: int, version: int) -> BrokerError:
    if isinstance(getattr(error, "rc", None), ReasonCode):
        return explained(error, f"{host}:{port}", version)
    if isinstance(error.__context__, ssl.SSLError):
        return tls_refusal(f"{host}:{port}", error.__context__)
    return BrokerUnreachableError(
        f"no broker answers at {host}:{port} ({error}); check host and port, and that it runs"
    )
