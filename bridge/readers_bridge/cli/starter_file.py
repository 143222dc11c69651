"""A first configuration file, with comments, and the secrets.yaml beside it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from readers_bridge import yaml_file
from readers_bridge.config import load
from readers_bridge.errors import ConfigError
from readers_bridge.yaml_file import SECRETS_FILE

SECRET = "mqtt_password"  # noqa: S105  the name of one

TEMPLATE = """\
# Configuration of readers-bridge. After a change: readers-bridge check --config {file}
version: 1

bridge:
  id: {bridge:<28}# a level of every topic: readers/{bridge}/...
  # data_dir: /var/lib/readers-bridge   # journal and remembered facts

mqtt:
  host: {host}
  port: {port}
{login}  # tls: true                         # usually on port 8883

home_assistant:
  discovery: {discovery:<21}# auto | on | off

# name, credential (plain | masked | hashed) and late_after can be set for every device; each family adds keys of its own.
devices:{devices}
"""
LOGIN = """\
  username: {username}
  password: !secret {secret}
"""
NO_LOGIN = """\
  # username: readers
  # password: !secret mqtt_password   # a line in secrets.yaml
"""
DEVICE = """
  - id: {id}
    family: {family}
    connection: {connection}"""
NO_DEVICE = """ []
  # - id: front-door
  #   family: springcard
  #   connection: tcp://192.0.2.10:4000"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A device to begin with."""

    id: str
    family: str
    connection: str


@dataclass(frozen=True, slots=True)
class Answers:
    """What a first configuration needs to know."""

    bridge: str
    host: str
    port: int
    username: str | None
    password: str | None
    discovery: str
    devices: tuple[Entry, ...]


def write(path: Path, answers: Answers, *, force: bool) -> Path | None:
    """Write the configuration, checked; gives the path of secrets.yaml when a password went there.

    Raises:
        ConfigError: the answers contradict each other, a file cannot be written, or (without ``force``) secrets.yaml has
            another password already.
    """
    if not path.parent.is_dir():
        raise ConfigError(f"{path} cannot be written: there is no directory {path.parent}; create it first")
    draft = path.with_name(f".{path.name}.new")
    try:
        secrets = None if answers.password is None else _keep_secret(path.parent, answers.password, force=force)
        draft.write_text(render(path, answers), encoding="utf-8")
        load(draft)
        draft.replace(path)
    except ConfigError as error:
        why = "the answers do not fit together" if error.problems else error
        raise ConfigError(f"{path} was not written: {why}", error.problems) from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}; choose another place, or change its rights"
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    return secrets


def render(path: Path, answers: Answers) -> str:
    """The text of the file."""
    login = NO_LOGIN
    if answers.username is not None:
        login = LOGIN.format(username=_scalar(answers.username), secret=SECRET)
    devices = [
        DEVICE.format(id=_scalar(entry.id), family=_scalar(entry.family), connection=_scalar(entry.connection))
        for entry in answers.devices
    ]
    return TEMPLATE.format(
        file=path,
        bridge=_scalar(answers.bridge),
        host=_scalar(answers.host),
        port=answers.port,
        login=login,
        discovery=answers.discovery,
        devices="".join(devices) or NO_DEVICE,
    )


def _scalar(value: str) -> str:
    """A text as YAML in one line, quoted where it has to be."""
    text: str = yaml.safe_dump({"": str(value)}, allow_unicode=True, width=2**30)
    return text.partition(": ")[2].strip()


def _keep_secret(folder: Path, password: str, *, force: bool) -> Path:
    file = folder / SECRETS_FILE
    line = f"{SECRET}: {_scalar(password)}\n"
    if not file.exists():
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as new:
            new.write(f"# Secrets of the configuration beside it, used there as: !secret NAME\n{line}")
        return file
    known = yaml_file.read(file).data or {}
    if not isinstance(known, dict):
        raise ConfigError(f"{file} must have lines `name: secret`; repair it first")
    text = file.read_text(encoding="utf-8")
    if SECRET not in known:
        file.write_text(f"{text.rstrip()}\n{line}".lstrip(), encoding="utf-8")
    elif known[SECRET] != password:
        if not force:
            raise ConfigError(f"{file} has another {SECRET} already; change it there, or replace it with --force")
        file.write_text(re.sub(rf"(?m)^{SECRET}:.*\n?", lambda _: line, text), encoding="utf-8")
    return file
