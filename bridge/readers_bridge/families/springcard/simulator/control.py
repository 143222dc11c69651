"""The control interface: a line of text, or a JSON object, for people and tests that steer simulated readers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from readers_bridge.families.springcard.simulator.cards import Card, card_from, parse_card
from readers_bridge.families.springcard.simulator.faults import FAULTS
from readers_bridge.families.springcard.simulator.reader import SimulatedReader

LONGEST_LINE = 1 << 18
"""Bytes of a line; enough for a message of 64 kB in hex."""

HELP = """\
present CARD          lay a card on the reader: TAGID in hex[,key=value...], keys data details interface protocol
                      template rssi interface_name protocol_name
tap CARD              hold a card to the reader for a moment
remove [CARD]         take a card, or all cards, away
raw HEX               send these bytes
fault NAME [VALUE]    {faults}
reboot                the same as fault reboot
list                  the readers, with their addresses, cards and counters
help                  this text
Begin with @READER for one reader (a name of the list); without, every reader does it.
As JSON: {{"do": "present", "card": "0401" or {{"tag_id": "0401", "data": "42"}}, "reader": "reader-1"}}"""


class Control:
    """Executes lines for some readers."""

    def __init__(self, readers: Sequence[SimulatedReader]) -> None:
        self._readers = {reader.name: reader for reader in readers}

    def execute(self, line: str) -> str:
        """Do what the line says; the answer is text for text and JSON for JSON, and tells what is wrong with the line."""
        line = line.strip()
        if line.startswith("{"):
            try:
                return json.dumps({"ok": True, **self._do(_object(line))})
            except ValueError as error:
                return json.dumps({"ok": False, "error": str(error)})
        try:
            return "\n".join(_as_text(self._do(_words(line))))
        except ValueError as error:
            return f"error: {error}"

    def _do(self, request: Mapping[str, Any]) -> dict[str, Any]:
        do = request.get("do")
        readers = self._chosen(request.get("reader"))
        match do:
            case "present" | "tap":
                card = _card(request)
                for reader in readers:
                    (reader.place if do == "present" else reader.tap)(card)
            case "remove":
                gone = _card(request) if request.get("card") else None
                for reader in readers:
                    reader.remove(gone)
            case "raw":
                data = _bytes(request)
                sent = [reader.send(data) for reader in readers]
                if not all(sent):
                    raise ValueError("not sent: no host is connected")
            case "fault":
                for reader in readers:
                    reader.fault(_name(request), _value(request))
            case "reboot":
                for reader in readers:
                    reader.reboot()
            case "list":
                return {"readers": [_listed(reader) for reader in readers]}
            case "help":
                return {"help": HELP.format(faults=", ".join(FAULTS))}
            case _:
                raise ValueError(f"cannot do {do!r}; type help for what can be done")
        return {}

    def _chosen(self, name: object) -> list[SimulatedReader]:
        if name is None:
            return list(self._readers.values())
        if not isinstance(name, str) or name not in self._readers:
            raise ValueError(f"there is no reader {name!r}; the readers are {', '.join(self._readers)}")
        return [self._readers[name]]


def _object(line: str) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError('not JSON; write {"do": "help"}') from None
    return dict(request)


def _words(line: str) -> dict[str, Any]:
    words = line.split()
    reader = words.pop(0)[1:] if words and words[0].startswith("@") else None
    do, *rest = words or [""]
    keys = {"present": ["card"], "tap": ["card"], "remove": ["card"], "raw": ["hex"], "fault": ["name", "value"]}.get(
        do, []
    )
    if do == "raw":
        rest = ["".join(rest)]
    if len(rest) > len(keys):
        raise ValueError(f"{do} does not take {' '.join(rest)!r}; type help for what can be done")
    return {"do": do, "reader": reader, **dict(zip(keys, rest, strict=False))}


def _card(request: Mapping[str, Any]) -> Card:
    match request.get("card"):
        case str(text) if text:
            return parse_card(text)
        case dict(values):
            return card_from(values)
    raise ValueError("which card? Give its TagId in hex, as 047DAE02C84080")


def _bytes(request: Mapping[str, Any]) -> bytes:
    try:
        data = bytes.fromhex(str(request.get("hex", "")))
    except ValueError:
        data = b""
    if not data:
        raise ValueError("raw needs bytes in hex, two digits each")
    return data


def _name(request: Mapping[str, Any]) -> str:
    name = str(request.get("name", ""))
    if name not in FAULTS:
        raise ValueError(f"which fault? One of {', '.join(FAULTS)}")
    return name


def _value(request: Mapping[str, Any]) -> float | None:
    value = request.get("value")
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        raise ValueError(f"the value of a fault is a number, not {value!r}") from None


def _listed(reader: SimulatedReader) -> dict[str, Any]:
    return {
        "name": reader.name,
        "address": reader.address,
        "connected": reader.connected,
        "cards": [card.tag_id for card in reader.cards],
        "reads": reader.reads,
        "lost": reader.lost,
        "commands": len(reader.commands),
        "discarded": len(reader.discarded),
        "uptime": reader.uptime,
    }


def _as_text(answer: Mapping[str, Any]) -> Iterator[str]:
    if "help" in answer:
        yield answer["help"]
    elif "readers" in answer:
        for each in answer["readers"]:
            yield "  ".join(
                f"{key} {', '.join(value) if isinstance(value, list) else value}" for key, value in each.items()
            )
    else:
        yield "ok"


async def serve(control: Control, host: str, port: int) -> asyncio.Server:
    """Offer the control interface on TCP: one line in, one answer out; an answer in text ends with an empty line.

    Raises:
        OSError: the address cannot be had.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while line := await _line(reader, writer):
                text = line.decode("utf-8", "replace")
                if text.strip():
                    answer = control.execute(text)
                    writer.write(answer.encode() + (b"\n" if answer.startswith("{") else b"\n\n"))
                    await writer.drain()
        writer.close()

    return await asyncio.start_server(talk, host, port, limit=LONGEST_LINE)


async def _line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    try:
        return await reader.readline()
    except ValueError:
        writer.write(f"error: a line has at most {LONGEST_LINE} bytes\n\n".encode())
        return b""


def watch_stdin(control: Control, answer: Callable[[str], None]) -> Callable[[], None]:
    """Execute the lines of standard input, where a person or a program is there to write any; gives a way to stop."""
    try:
        source = sys.stdin.fileno()
        mode = os.fstat(source).st_mode
    except (AttributeError, OSError, ValueError):  # there is no standard input
        return lambda: None
    if not (os.isatty(source) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        return lambda: None
    loop = asyncio.get_running_loop()
    rest = bytearray()

    def readable() -> None:
        data = os.read(source, 65_536)
        if not data:
            stop()
        rest.extend(data or b"\n")
        *lines, last = rest.split(b"\n")
        rest[:] = last[:LONGEST_LINE]
        for line in lines:
            if line.strip():
                answer(control.execute(line.decode("utf-8", "replace")))

    def stop() -> None:
        loop.remove_reader(source)

    loop.add_reader(source, readable)
    return stop
