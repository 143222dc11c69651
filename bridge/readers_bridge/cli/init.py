"""``readers-bridge init``: ask a few questions, write a valid configuration."""

from __future__ import annotations

import argparse
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import voluptuous as vol

from readers_bridge.addresses import example
from readers_bridge.cli.questions import Questions
from readers_bridge.cli.starter_file import Answers, Entry, write
from readers_bridge.config import load, warnings
from readers_bridge.config_schema import BRIDGE, DEVICE_ID, DISCOVERY_MODES, HOME_ASSISTANT, MQTT, connection
from readers_bridge.errors import ConfigError
from readers_bridge.families import families

DONE = 0


def add(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "init",
        description="Ask a few questions and write a configuration with comments; the password of the broker goes into a "
        "secrets.yaml beside it that nobody else can read. Answers can be typed, piped in (one a line, in the order of the "
        "questions) or given as options; what an option tells is not asked. The result is checked at once.",
        epilog="example: readers-bridge init --config config.yaml --yes --host broker.local "
        "--device front-door springcard tcp://192.0.2.10:4000",
    )
    parser.add_argument(
        "--config",
        type=Path,
        default=Path("config.yaml"),
        metavar="FILE",
        help="the file to write (default: config.yaml)",
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing; what no option tells has its default")
    parser.add_argument("--force", action="store_true", help="replace a file, or a password, that is there already")
    group = parser.add_argument_group("answers")
    group.add_argument("--bridge", metavar="ID", help="id of the bridge, a level of every topic (default: home)")
    group.add_argument("--host", help="the broker (default: localhost)")
    group.add_argument("--port", help="its port (default: 1883)")
    group.add_argument("--username", help="user name at the broker (default: none)")
    group.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="file with the password in its first line (default: $READERS_MQTT_PASSWORD, else it is asked)",
    )
    group.add_argument("--discovery", choices=DISCOVERY_MODES, help="Home Assistant discovery (default: auto)")
    group.add_argument(
        "--device",
        nargs=3,
        action="append",
        metavar=("ID", "FAMILY", "CONNECTION"),
        help="a device, as: front-door springcard tcp://192.0.2.10:4000; may be repeated",
    )
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """Ask and write; the exit code."""
    if args.config.exists() and not args.force:
        raise ConfigError(f"{args.config} exists already; choose another name, or replace it with --force")
    answers = _ask(args, Questions(silent=args.yes))
    secrets = write(args.config, answers, force=args.force)
    for text in warnings(load(args.config)):
        print(f"warning: {text}", file=sys.stderr)
    print(f"wrote {args.config}" + (f" and {secrets}" if secrets is not None else ""))
    print(f"next: readers-bridge run --config {args.config}")
    return DONE


def _ask(args: argparse.Namespace, questions: Questions) -> Answers:
    ask = questions.ask
    bridge = ask("Id of the bridge", _of(BRIDGE, "id"), given=args.bridge, default="home")
    host = ask("Host of the MQTT broker", _of(MQTT, "host"), given=args.host, default="localhost")
    port = ask("Port of the broker", _of(MQTT, "port"), given=args.port, default="1883")
    username = ask("User name at the broker (empty: none)", str, given=args.username, default="")
    password = _password(args, questions) if username else None
    discovery = ask(
        "Home Assistant discovery (auto, on, off)",
        _of(HOME_ASSISTANT, "discovery"),
        given=args.discovery,
        default="auto",
    )
    return Answers(bridge, host, port, username or None, password, discovery, tuple(_devices(args, questions)))


def _of(section: dict[Any, Any], key: str) -> Any:
    """The validator of one key."""
    return next(validator for marker, validator in section.items() if str(marker) == key)


def _password(args: argparse.Namespace, questions: Questions) -> str:
    if args.password_file is not None:
        try:
            password: str = args.password_file.read_text(encoding="utf-8").partition("\n")[0]
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"cannot read the password file {args.password_file}: {error}") from None
        return password
    if (from_environment := os.environ.get("READERS_MQTT_PASSWORD")) is not None:
        return from_environment
    if args.yes:
        raise ConfigError(
            "there is a user name, but no password; give one with --password-file or $READERS_MQTT_PASSWORD"
        )
    return questions.ask_secret("Password of this user")


def _devices(args: argparse.Namespace, questions: Questions) -> Iterator[Entry]:
    taken: set[str] = set()
    for given in args.device or ():
        yield _device(questions, taken, *given)
    if args.device or args.yes:
        return
    while questions.agree("Add another device" if taken else "Add a device", default=not taken):
        yield _device(questions, taken)


def _device(
    questions: Questions,
    taken: set[str],
    name: str | None = None,
    family: str | None = None,
    address: str | None = None,
) -> Entry:
    known = families()
    chosen = known[
        questions.ask(f"Its family ({', '.join(known)})", vol.In(known), given=family, default=next(iter(known)))
    ]
    scheme, port = next(iter(chosen.schemes.items()))
    link = questions.ask(f"Its connection, as {example(scheme, port)}", connection(chosen), given=address)

    def free(text: str) -> str:
        if text in taken:
            raise vol.Invalid("is the id of another device")
        return text

    free_name = next(text for number in itertools.count(1) if (text := f"{chosen.name}-{number}") not in taken)
    schema = vol.All(DEVICE_ID, free)
    identity: str = questions.ask("Its id, a level of its topics", schema, given=name, default=free_name)
    taken.add(identity)
    return Entry(identity, chosen.name, str(link))
