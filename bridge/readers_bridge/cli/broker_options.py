"""Options of the commands that talk to a running bridge over MQTT."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import voluptuous as vol

from readers_bridge.config import PORT as PLAIN_PORT
from readers_bridge.config import TLS_PORT, MqttConfig, TlsConfig, load
from readers_bridge.config_schema import HOST, PORT, identifier
from readers_bridge.errors import ConfigError
from readers_bridge.mqtt.tls import tls_context
from readers_bridge.mqtt.topics import RESERVED_BRIDGES
from readers_bridge.validation import EnvironmentText, problems, worded

LONGEST = 86400
"""Seconds that a command may wait."""

OF_THE_FILE = ("host", "port", "username", "password_file", "tls", "ca")
"""Options that a configuration file answers."""


@dataclass(frozen=True, slots=True)
class Target:
    """Which bridge, at which broker; without ``prefix`` or ``bridge``, what the bridges announce decides."""

    broker: MqttConfig
    prefix: str | None
    bridge: str | None


def checked(schema: Any) -> Callable[[str], Any]:
    """A type for argparse: what the schema makes of a word, or its complaint."""
    check = worded(schema)

    def take(text: str) -> Any:
        try:
            return check(EnvironmentText(text))
        except vol.Invalid as error:
            raise argparse.ArgumentTypeError(str(problems(error, text)[0])) from None

    return take


SECONDS = checked(vol.All(float, vol.Range(0, LONGEST, min_included=False)))
TOPIC_LEVEL = checked(identifier())


def add_broker_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--config``, or host, port, user and so on one by one; for a parser with raw descriptions."""
    group = parser.add_argument_group(
        "the broker and the bridge",
        "Either --config, or what differs from the defaults. The password stands in\n"
        "--password-file or in the environment variable READERS_MQTT_PASSWORD.",
    )
    group.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="take broker, user, prefix and bridge from the bridge's configuration",
    )
    group.add_argument("--host", type=checked(HOST), help="the broker (default: localhost)")
    group.add_argument(
        "--port", type=checked(PORT), help=f"its TCP port (default: {PLAIN_PORT}, with --tls or --ca {TLS_PORT})"
    )
    group.add_argument("--username", help="user name at the broker (default: none)")
    group.add_argument("--password-file", type=Path, metavar="FILE", help="file with the password in its first line")
    group.add_argument("--tls", action="store_true", help="encrypt, and trust the system's certificates")
    group.add_argument("--ca", type=Path, metavar="FILE", help="encrypt, and trust only this authority (PEM)")
    group.add_argument(
        "--prefix", type=TOPIC_LEVEL, help="first level of the topics (default: as the bridge announces it)"
    )
    group.add_argument(
        "--bridge",
        type=checked(identifier(RESERVED_BRIDGES)),
        metavar="ID",
        help="id of the bridge (default: the only one that announces itself)",
    )


def target_of(args: argparse.Namespace) -> Target:
    """What the options say.

    Raises:
        ConfigError: they contradict each other, or a file that they name cannot be used.
    """
    if args.config is not None:
        for name in OF_THE_FILE:
            if getattr(args, name):
                option = f"--{name.replace('_', '-')}"
                raise ConfigError(f"{option} stands beside --config, which says it already; leave one of them out")
        loaded = load(args.config)
        return Target(loaded.mqtt, args.prefix or loaded.mqtt.prefix, args.bridge or loaded.bridge.id)
    tls = TlsConfig(ca=args.ca) if args.tls or args.ca else None
    if tls is not None:
        _check_authority(tls)
    if args.password_file is not None and args.username is None:
        raise ConfigError("--password-file needs --username; add the name of the user")
    broker = MqttConfig(
        hosts=((args.host or "localhost", args.port or (PLAIN_PORT if tls is None else TLS_PORT)),),
        username=args.username,
        password=None if args.username is None else _password(args.password_file),
        tls=tls,
    )
    return Target(broker, args.prefix, args.bridge)


def _check_authority(tls: TlsConfig) -> None:
    try:
        tls_context(tls)
    except ConfigError as error:
        why = error.__cause__
        reason = why.strerror if isinstance(why, OSError) and why.strerror else str(why)
        raise ConfigError(f"--ca {tls.ca} cannot be used ({reason}); name a file of certificates (PEM)") from None


def _password(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get("READERS_MQTT_PASSWORD")
    try:
        return file.read_text(encoding="utf-8").partition("\n")[0]
    except OSError as error:
        raise ConfigError(
            f"cannot read the password file {file}: {error.strerror}; check its name and rights"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"the password file {file} is not UTF-8; save the password as UTF-8") from None
