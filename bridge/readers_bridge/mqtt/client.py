"""A short connection to the broker for a person's command: ``send``, ``monitor``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from readers_bridge.config import MqttConfig
from readers_bridge.errors import BrokerError, BrokerRefusedError, BrokerUnreachableError
from readers_bridge.mqtt.link import tls_context
from readers_bridge.mqtt.reasons import plain_words

UNSUPPORTED_VERSION = 0x84


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
                problem = _explained(error, host, port, version)
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
                try:
                    await client.__aexit__(None, None, None)
                except aiomqtt.MqttError:
                    pass  # it broke, and that has been said
            return
    raise problem


def _may_be_the_version(error: aiomqtt.MqttError) -> bool:
    code = getattr(error, "rc", None)
    return (
        code is None and "timed out" in str(error) or isinstance(code, ReasonCode) and code.value == UNSUPPORTED_VERSION
    )


def _explained(error: aiomqtt.MqttError, host: str, port: int, version: int) -> BrokerError:
    code = getattr(error, "rc", None)
    if isinstance(code, ReasonCode):
        return BrokerRefusedError(f"the broker at {host}:{port} refuses us: {plain_words(code.value, version=version)}")
    return BrokerUnreachableError(
        f"no broker answers at {host}:{port} ({error}); check host and port, and that it runs"
    )
