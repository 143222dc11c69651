"""The control interface: a line of text, or a JSON object, for people and tests that steer simulated devices."""

from __future__ import annotations

import abc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from readers_bridge.simulation.watched import Watched

D = TypeVar("D", bound=Watched)

Request = Mapping[str, Any]
"""What is asked for: ``do``, for which device, and what belongs to it."""


class Control(abc.ABC, Generic[D]):
    """Executes lines for some devices; each family says what can be done."""

    kind: ClassVar[str] = "reader"
    """What a device is called, in requests and answers."""
    help_text: ClassVar[str]
    """What can be done, for people."""
    keys: ClassVar[Mapping[str, Sequence[str]]]
    """What the words after each command are."""
    rest_of_line: ClassVar[frozenset[str]]
    """The commands after which there is one word, with all its blanks."""
    reports: ClassVar[Mapping[str, Callable[[Any], dict[str, Any]]]]
    """The commands that only tell something of each device."""
    longest_line: ClassVar[int] = 1 << 16
    """Bytes."""

    def __init__(self, devices: Sequence[D]) -> None:
        self._devices = {device.name: device for device in devices}

    def execute(self, line: str) -> str:
        """Do what the line says; the answer is text for text and JSON for JSON, and tells what is wrong with the line."""
        line = line.strip()
        if line.startswith("{"):
            try:
                return json.dumps({"ok": True, **self._do(_object(line))})
            except (ValueError, OSError, RuntimeError) as error:
                return json.dumps({"ok": False, "error": str(error)})
        try:
            return "\n".join(self.as_text(self._do(self._words(line))))
        except OSError as error:
            return f"error: {error.filename}: {error.strerror}" if error.filename else f"error: {error}"
        except (ValueError, RuntimeError) as error:
            return f"error: {error}"

    @abc.abstractmethod
    def action(self, do: object, request: Request) -> Callable[[D], object]:
        """What to do with each device.

        Raises:
            ValueError: what is wrong with the request.
        """

    def perform(self, do: object, request: Request, devices: Sequence[D]) -> dict[str, Any]:
        """Do it with these devices; what is answered besides ``ok``.

        Raises:
            ValueError: it cannot be done.
        """
        action = self.action(do, request)
        for device in devices:
            action(device)
        return {}

    def rest(self, do: str, text: str) -> Request:
        """What the one word after a command of ``rest_of_line`` says."""
        return {self.keys[do][0]: text}

    def as_text(self, answer: Mapping[str, Any]) -> Iterator[str]:
        """The lines of an answer."""
        if "help" in answer:
            yield answer["help"]
        elif f"{self.kind}s" in answer:
            for each in answer[f"{self.kind}s"]:
                yield "  ".join(f"{key} {self.shown(value)}" for key, value in each.items())
        else:
            yield "ok"

    def shown(self, value: object) -> str:
        """A value of a report."""
        if isinstance(value, dict):
            return ", ".join(f"{key}: {self.shown(each)}" for key, each in value.items()) or "-"
        if isinstance(value, list):
            return ", ".join(map(self.shown, value)) or "-"
        return {True: "on", False: "off", None: "-"}[value] if value is None or isinstance(value, bool) else str(value)

    def _do(self, request: Request) -> dict[str, Any]:
        do = request.get("do")
        devices = self._chosen(request.get(self.kind))
        if do == "help":
            return {"help": self.help_text}
        if isinstance(do, str) and do in self.reports:
            return {f"{self.kind}s": [self.reports[do](device) for device in devices]}
        return self.perform(do, request, devices)

    def _chosen(self, name: object) -> list[D]:
        if name is None:
            return list(self._devices.values())
        if not isinstance(name, str) or name not in self._devices:
            raise ValueError(f"there is no {self.kind} {name!r}; the {self.kind}s are {', '.join(self._devices)}")
        return [self._devices[name]]

    def _words(self, line: str) -> dict[str, Any]:
        words = line.split()
        name = words.pop(0)[1:] if words and words[0].startswith("@") else None
        do, *rest = words or [""]
        if do in self.rest_of_line and rest:
            text = line.split(maxsplit=1 if name is None else 2)[-1]
            return {"do": do, self.kind: name, **self.rest(do, text)}
        keys = self.keys.get(do, ())
        if len(rest) > len(keys):
            raise ValueError(f"{do} does not take {' '.join(rest)!r}; type help for what can be done")
        return {"do": do, self.kind: name, **dict(zip(keys, rest, strict=False))}


def _object(line: str) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError('not JSON; write {"do": "help"}') from None
    return dict(request)


# What requests hold. Each of these raises ValueError with what is wrong.


def text_of(request: Request, name: str) -> str:
    """A value that must be there."""
    value = request.get(name)
    if value is None or value == "":
        raise ValueError(f"{request.get('do')} needs a {name}; type help for what can be done")
    return str(value)


def level_of(request: Request, levels: Mapping[str, bool], rule: str) -> bool:
    """``level`` as one of these words, or as true or false; ``rule`` says which they are."""
    level = request.get("level")
    if isinstance(level, bool):
        return level
    if not isinstance(level, str) or level not in levels:
        raise ValueError(f"{rule}, not {level!r}")
    return levels[level]


def bytes_of(request: Request) -> bytes:
    """``hex``, at least one byte."""
    try:
        data = bytes.fromhex(str(request.get("hex", "")))
    except ValueError:
        data = b""
    if not data:
        raise ValueError(f"{request.get('do')} needs bytes in hex, two digits each")
    return data


def fault_value_of(request: Request, name: str = "value", parse: Callable[[Any], float] = float) -> float | None:
    """The value of a fault; ``-`` stands for the usual one."""
    value = request.get(name)
    try:
        return None if value in {None, "-"} else parse(value)
    except (TypeError, ValueError):
        raise ValueError(f"the {name} of a fault is a number, not {value!r}") from None
