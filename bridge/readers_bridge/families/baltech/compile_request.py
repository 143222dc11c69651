"""The bridge request ``compile_script``: everything about a script, without a reader, for user interfaces."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import voluptuous as vol

from readers_bridge.errors import CommandError
from readers_bridge.families.baltech.script import (
    ScriptError,
    Use,
    check_text,
    encode,
    event_named,
    format_program,
    hex_text,
    parse_input,
)
from readers_bridge.families.baltech.script.given import (
    DIP_SWITCHES,
    STATES,
    USES,
    VARIABLES,
    input_port,
    output_port,
    protocol,
)
from readers_bridge.families.baltech.script.interpreter import Given
from readers_bridge.families.baltech.script.report import findings_json
from readers_bridge.families.baltech.script.timeline import simulate
from readers_bridge.model import JsonObject, Status
from readers_bridge.validation import number, problems, whole, worded

HAPPENINGS = 1000
"""The most happenings in an answer."""

LONGEST = 3600
"""Seconds that a timeline can cover."""


def _numbers(allowed: range) -> vol.All:
    return vol.All([vol.All(whole, vol.Range(min=allowed.start, max=allowed.stop - 1))], vol.Length(max=len(allowed)))


_NAMES = vol.All([str], vol.Length(max=64))

_SCHEMA = worded(
    {
        vol.Required("script"): str,
        vol.Optional("event"): vol.Any(None, str, int),
        vol.Optional("use"): vol.In(tuple(USES)),
        vol.Optional("given", default=dict): {
            vol.Optional("inputs", default=list): _NAMES,
            vol.Optional("on", default=list): _NAMES,
            vol.Optional("variables", default=list): _numbers(VARIABLES),
            vol.Optional("dip_switches", default=list): _numbers(DIP_SWITCHES),
            vol.Optional("protocols", default=list): _NAMES,
            vol.Optional("states", default=list): _numbers(STATES),
        },
        vol.Optional("seconds", default=60): vol.All(number, vol.Range(0, LONGEST)),
    }
)


@dataclass(frozen=True, slots=True)
class _Request:
    script: str
    use: Use
    event: int | None
    given: Given
    seconds: float


async def compile_script(body: JsonObject) -> JsonObject:
    """Check, assemble and simulate a script.

    Args:
        body: ``script`` as text or in hexadecimal; ``event``, its name or number; ``use``, one of ``stored``, ``run`` and
            ``secure``, which decides how long the script may be; ``given``: ``inputs`` (those that are high) and ``on``
            (outputs) as names of ports, ``protocols`` as names, ``variables``, ``dip_switches`` and ``states`` as numbers;
            ``seconds`` that the timeline covers (60).

    Returns:
        ``valid``, ``errors`` and ``warnings`` (each with ``code``, ``line``, ``column``, ``text``), ``length`` in bytes, and
        ``bytes``, ``text`` (the normal form) and ``timeline``, which are null when there are errors.

    Raises:
        CommandError: an argument cannot be used (``invalid``). An error in the script is no error of the request.
    """
    return await asyncio.to_thread(_compiled, _understood(body))


def _understood(body: JsonObject) -> _Request:
    try:
        args = _SCHEMA(body)
    except vol.Invalid as invalid:
        first = problems(invalid, body)[0]
        raise CommandError(str(first), status=Status.INVALID, code=first.code, path=first.path) from None
    event = None if args.get("event") is None else _converted(lambda word: event_named(word).id, args["event"], "event")
    found = args["given"]
    given = Given(
        inputs=_all(input_port, found["inputs"], "given.inputs"),
        on=_all(output_port, found["on"], "given.on"),
        protocols=_all(protocol, found["protocols"], "given.protocols"),
        **{name: frozenset(found[name]) for name in ("variables", "dip_switches", "states")},
    )
    return _Request(args["script"], USES[args.get("use", "stored")], event, given, args["seconds"])


def _all(convert: Callable[[str], int], words: Iterable[str], path: str) -> frozenset[int]:
    return frozenset(_converted(convert, word, f"{path}[{index}]") for index, word in enumerate(words))


def _converted(convert: Callable[[str], int], word: object, path: str) -> int:
    try:
        return convert(str(word))
    except ValueError as error:
        raise CommandError(f"{path}: {error}", status=Status.INVALID, code="not_an_option", path=path) from None


def _compiled(request: _Request) -> JsonObject:
    report = findings_json(check_text(request.script, request.use, request.event))
    answer: JsonObject = {**report, "bytes": None, "length": None, "text": None, "timeline": None}
    try:
        program = parse_input(request.script)
        data = encode(program)
    except ScriptError:
        return answer
    answer["length"] = len(data)
    if report["valid"]:
        timeline = simulate(program, request.given, event=request.event, seconds=request.seconds, limit=HAPPENINGS)
        answer |= {"bytes": hex_text(data), "text": format_program(program), "timeline": timeline.to_json()}
    return answer
