"""Options of the commands that talk to a running bridge over MQTT."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path

import aiomqtt
import orjson

from readers_bridge.config import MqttConfig, TlsConfig, load
from readers_bridge.errors import ConfigError, ReadersError

DISCOVERY_TIMEOUT = 2.0
"""Seconds to wait for the announcements of the bridges."""


def add_broker_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--config``, or host, port, user and so on one by one."""
    group = parser.add_argument_group("the broker and the bridge")
    group.add_argument(
        "--config", type=Path, metavar="FILE", help="take all of it from the bridge's configuration file"
    )
    group.add_argument("--host", default=None, help="the broker (default: localhost)")
    group.add_argument("--port", type=int, default=None, help="its port (default: 1883, with --tls 8883)")
    group.add_argument(
        "--username", help="user name; the password comes from --password-file or $READERS_MQTT_PASSWORD"
    )
    group.add_argument("--password-file", type=Path, metavar="FILE", help="file with the password in its first line")
    group.add_argument("--tls", action="store_true", help="use TLS with the system's certificates")
    group.add_argument("--ca", type=Path, metavar="FILE", help="use TLS with this CA certificate")
    group.add_argument("--prefix", help="topic prefix (default: readers, or as the bridge announces)")
    group.add_argument("--bridge", metavar="ID", help="bridge id (default: the only bridge there is)")


def broker_of(args: argparse.Namespace) -> tuple[MqttConfig, str | None]:
    """The broker's settings and the bridge id, where it is known.

    Raises:
        ConfigError: the configuration or the password file cannot be read.
    """
    if args.config is not None:
        loaded = load(args.config)
        return loaded.mqtt, args.bridge or loaded.bridge.id
    tls = TlsConfig(ca=args.ca, certificate=None, key=None) if args.tls or args.ca else None
    port = args.port or (8883 if tls else 1883)
    password = os.environ.get("READERS_MQTT_PASSWORD")
    if args.password_file is not None:
        try:
            password = args.password_file.read_text().partition("\n")[0]
        except OSError as error:
            raise ConfigError(f"cannot read the password file {args.password_file}: {error.strerror}") from error
    config = MqttConfig(
        hosts=((args.host or "localhost", port),),
        username=args.username,
        password=password if args.username else None,
        prefix=args.prefix or "readers",
        tls=tls,
    )
    return config, args.bridge


async def find_bridge(client: aiomqtt.Client, config: MqttConfig, bridge: str | None) -> str:
    """``prefix/bridge`` of the bridge to talk to, from what the bridges announce where it was not given.

    Raises:
        ReadersError: there is none, or more than one.
    """
    if bridge is not None:
        return f"{config.prefix}/{bridge}"
    await client.subscribe("readers/discovery/+", 1)
    found: dict[str, str] = {}
    try:
        async with asyncio.timeout(DISCOVERY_TIMEOUT) as limit:
            async for message in client.messages:
                if not message.retain:
                    continue
                try:
                    told = orjson.loads(bytes(message.payload))
                    found[told["bridge"]] = f"{told['prefix']}/{told['bridge']}"
                except (orjson.JSONDecodeError, KeyError, TypeError):
                    continue
                limit.reschedule(asyncio.get_running_loop().time() + 0.3)
    except TimeoutError:
        pass
    await client.unsubscribe("readers/discovery/+")
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        raise ReadersError("no bridge announces itself at this broker; is it running? Name it with --bridge otherwise")
    raise ReadersError(f"there are several bridges ({', '.join(sorted(found))}); name one with --bridge")
