"""YAML files with ``!secret`` and ``!env``, and with the line of every key.

Stricter than YAML 1.1 where that surprises people: a key that stands twice is a problem, ``0123`` is a text and not octal,
``12:30:00`` is a text and not a number of seconds, dates are texts.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from readers_bridge.errors import ConfigError
from readers_bridge.validation import EnvironmentText, Keys, Problem, suggestion

MAX_BYTES = 1024 * 1024
MAX_NODES = 200_000
"""Limits of a file; aliases count as often as they are used."""

SECRETS_FILE = "secrets.yaml"
"""Beside the configuration file."""

UNKNOWN = object()
"""Stands for a value that could not be had; a problem tells why."""


@dataclass(slots=True)
class Document:
    """The data of a file. ``lines``: the line of each value, from 1. ``hidden``: what came from elsewhere."""

    data: Any = None
    lines: dict[Keys, int] = field(default_factory=dict)
    hidden: set[Keys] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def line(self, keys: Keys) -> int | None:
        """The line of a value, or of what it would stand in."""
        return next((self.lines[keys[:end]] for end in range(len(keys), 0, -1) if keys[:end] in self.lines), None)


def read(path: Path) -> Document:
    """Read a file.

    Raises:
        ConfigError: it cannot be read, or is no YAML.
    """
    text = _text(path)
    try:
        return _Reader(text, path).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = "" if mark is None else f" line {mark.line + 1}:"
        raise ConfigError(f"{path}:{line} {_syntax(error, text)}") from None
    except yaml.reader.ReaderError as error:
        raise ConfigError(
            f"{path} contains a character that YAML forbids: U+{error.character:04X}; remove it"
        ) from None
    except RecursionError:
        raise ConfigError(f"{path} is nested too deeply to be a configuration") from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"there is no file {path}; write one with `readers-bridge init --config {path}`") from None
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}; it must be a file that this user may read"
        ) from None
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES // 1024} kB; it cannot be a configuration")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}: line {line}: not UTF-8; save the file in the encoding UTF-8") from None


def _syntax(error: yaml.MarkedYAMLError, text: str) -> str:
    lines = text.splitlines()
    mark = error.problem_mark
    if mark is not None and mark.line < len(lines) and "\t" in lines[mark.line][: mark.column + 1]:
        return "a tab; YAML is indented with blanks, replace it"
    parts = [part for part in (error.context, error.problem) if part]
    return f"not YAML: {', '.join(parts)}; check the indentation, colons and quotes around this line"


class _Loader(yaml.SafeLoader):
    """Plain scalars as people mean them."""

    yaml_implicit_resolvers = {}  # noqa: RUF012  filled below, as the base class has it


for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"(?i:yes|no|true|false|on|off)", list("yYnNtTfFoO")),
    ("int", r"[-+]?(?:0|[1-9][0-9]*|0x[0-9a-fA-F]+)", list("-+0123456789")),
    ("float", r"[-+]?[0-9]+\.[0-9]*(?:[eE][-+][0-9]+)?", list("-+0123456789")),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


class _Reader:
    """Turns one file's nodes into data."""

    def __init__(self, text: str, path: Path) -> None:
        self._loader = _Loader(text)
        self._path = path
        self._secrets: dict[str, Any] | str | None = None
        self._open: list[yaml.Node] = []
        self._merged: set[int] = set()
        self._nodes = 0
        self._document = Document()

    def document(self) -> Document:
        node = self._loader.get_single_node()
        if node is not None:
            self._document.data = self._value(node, ())
        return self._document

    def _value(self, node: yaml.Node, keys: Keys) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or node in self._open:
            raise ConfigError(f"{self._path}: line {node.start_mark.line + 1}: aliases that never end; write it out")
        self._document.lines.setdefault(keys, node.start_mark.line + 1)
        self._open.append(node)
        try:
            match node:
                case yaml.MappingNode():
                    return self._mapping(node, keys)
                case yaml.SequenceNode():
                    return [self._value(item, (*keys, index)) for index, item in enumerate(node.value)]
                case yaml.ScalarNode():
                    return self._scalar(node, keys)
        finally:
            self._open.pop()

    def _mapping(self, node: yaml.MappingNode, keys: Keys) -> dict[str, Any]:
        if id(node) not in self._merged:
            self._merged.add(id(node))
            self._find_twins(node, keys)
            self._loader.flatten_mapping(node)
        data = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            self._document.lines[(*keys, key)] = key_node.start_mark.line + 1
            data[key] = self._value(value_node, (*keys, key))
        return data

    def _find_twins(self, node: yaml.MappingNode, keys: Keys) -> None:
        first: dict[str, int] = {}
        for key_node, _ in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigError(f"{self._path}: line {line}: a key must be a word")
            if key_node.value in first and not key_node.tag.endswith(":merge"):
                text = f"stands here twice; it is also on line {first[key_node.value]}, remove one"
                self._document.problems.append(Problem((*keys, key_node.value), text, line=line))
            first.setdefault(key_node.value, line)

    def _scalar(self, node: yaml.ScalarNode, keys: Keys) -> Any:
        resolve = {"!secret": self._secret, "!env": _environment}.get(node.tag)
        try:
            if resolve is not None:
                self._document.hidden.add(keys)
                return resolve(node.value)
            return self._loader.construct_object(node)
        except yaml.constructor.ConstructorError:
            text = f"the tag {node.tag} is unknown; there are !secret NAME and !env NAME"
        except ValueError as error:
            text = str(error)
        self._document.problems.append(Problem(keys, text, line=node.start_mark.line + 1))
        return UNKNOWN

    def _secret(self, name: str) -> Any:
        file = self._path.parent / SECRETS_FILE
        if self._secrets is None:
            self._secrets = self._read_secrets(file)
        if isinstance(self._secrets, str):
            raise ValueError(f"the secret {name} cannot be had: {self._secrets}")  # noqa: TRY004  a problem of the file
        if name not in self._secrets:
            meant = suggestion(name, self._secrets)
            raise ValueError(f"{file} has no secret {name}{meant or f'; add a line `{name}: ...` to it'}")
        value = self._secrets[name]
        if isinstance(value, dict | list) or value is UNKNOWN:
            raise ValueError(f"the secret {name} in {file} must be a single text")
        return value

    def _read_secrets(self, file: Path) -> dict[str, Any] | str:
        if file.resolve() == self._path.resolve():
            return f"{file} cannot refer to itself"
        try:
            found = read(file)
        except ConfigError as error:
            return str(error) if file.exists() else f"there is no file {file}; create it with a line for each secret"
        if not isinstance(found.data, dict):
            return f"{file} must have lines `name: secret`"
        if found.problems:
            return f"{file}: {found.problems[0]}"
        return found.data


def _environment(text: str) -> str:
    name, _, default = text.partition(" ")
    value = os.environ.get(name, default.strip() or None)
    if value is None:
        raise ValueError(f"the environment variable {name} is not set; set it, or give a default: !env {name} DEFAULT")
    return EnvironmentText(value)
