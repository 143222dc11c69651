"""The commands of a reader that run, store, read, delete and list scripts, and messages for SendMsg."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from readers_bridge.errors import CommandError
from readers_bridge.families.baltech import commands, stored
from readers_bridge.families.baltech.autoread import content
from readers_bridge.families.baltech.commands import BufferSize
from readers_bridge.families.baltech.exchange import Exchange
from readers_bridge.families.baltech.reader import demand
from readers_bridge.families.baltech.script import (
    EVENTS,
    EVENTS_KEY,
    MESSAGES_KEY,
    ScriptError,
    ScriptEvent,
    Severity,
    Use,
    check,
    disassemble,
    encode,
    event_named,
    hex_text,
    parse_input,
)
from readers_bridge.families.baltech.script.report import findings_json
from readers_bridge.model import Command, Json, JsonObject, Status

SCRIPT_NOT_IMPLEMENTED = 0x04
"""AR.ErrScriptNotImplemented: the script ran DefaultAction, which is no failure (docs.baltech.de, refman/cmds/ar)."""


LONGEST_RUN = 255
LONGEST_STORED = 128
"""Bytes of a script that its length byte, or the configuration, allows."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes that a script can have: run now, and stored."""

    run: int
    stored: int
    secure: bool = False

    @classmethod
    def of(cls, buffer: BufferSize, *, secure: bool) -> Limits:
        """What fits into a reader's buffers: the command, and the command with its answer.

        In a secure channel the command is padded to blocks of 16 bytes, with at least 8 zeros, and travels in Sec.Tunnel.
        """
        if not secure:
            room = min(buffer.max_send, buffer.total - 6)
            return cls(min(LONGEST_RUN, room - 6), min(LONGEST_STORED, room - 9))
        body = min(buffer.max_send - 6, buffer.total - 6 - 21) // 16 * 16 - 8
        return cls(min(LONGEST_RUN, body - 5), min(LONGEST_STORED, body - 8), secure=True)


@dataclass(frozen=True, slots=True)
class ScriptActions:
    """What is done over one exchange."""

    exchange: Exchange
    limits: Limits

    async def execute(self, command: Command) -> JsonObject | None:
        """The result's data; ``changed`` in it tells that the configuration was written. None: not one of these commands.

        Raises:
            CommandError, TransportError: see ``reader.demand``; ``invalid`` for a script that the checker refuses.
        """
        args = command.args
        match command.name:
            case "run_script":
                return await self._run(args["script"])
            case "store_script":
                return await self._store(_event(args["event"]), args["script"], confirmed=args.get("confirm") is True)
            case "read_script":
                event = _event(args["event"])
                script = await stored.read(self.exchange, EVENTS_KEY, event.id)
                return {**_named(event), "stored": script is not None, **_shown(script)}
            case "delete_script":
                event = _event(args["event"])
                change = await stored.delete(self.exchange, EVENTS_KEY, event.id)
                return {**_named(event), "changed": change.written, "verified": change.verified, **_before(change)}
            case "list_scripts":
                return {"scripts": await self._list()}
            case "store_message":
                return await self._store_message(args)
            case "read_message":
                message = await stored.read(self.exchange, MESSAGES_KEY, args["message"])
                return {"message": args["message"], "stored": message is not None, **content(message or b"")}
            case "delete_message":
                change = await stored.delete(self.exchange, MESSAGES_KEY, args["message"])
                before = None if change.before is None else content(change.before)
                return {"message": args["message"], "changed": change.written, "previous": before}
            case _:
                return None

    async def _run(self, text: str) -> JsonObject:
        use = Use.SECURE_RUN if self.limits.secure else Use.RUN
        script, warnings = _checked(text, use, None, self.limits.run)
        response = await demand(self.exchange, commands.run_script(script), SCRIPT_NOT_IMPLEMENTED)
        return {
            "default_action": response.status == SCRIPT_NOT_IMPLEMENTED,
            "script": hex_text(script),
            "warnings": warnings,
        }

    async def _store(self, event: ScriptEvent, text: str, *, confirmed: bool) -> JsonObject:
        script, warnings = _checked(text, Use.STORED, event.id, self.limits.stored)
        if event.danger and not confirmed:
            raise CommandError(
                f'a script for {event.name} is stored only with "confirm": true: {event.danger}',
                status=Status.INVALID,
                code="not_confirmed",
                path="confirm",
            )
        change = await stored.write(self.exchange, EVENTS_KEY, event.id, script)
        return {
            **_named(event),
            "changed": change.written,
            "verified": change.verified,
            **_shown(script),
            **_before(change),
            "warnings": warnings,
        }

    async def _list(self) -> list[JsonObject]:
        found = await stored.every(self.exchange, EVENTS_KEY)
        return [
            {**(_named(EVENTS[number]) if number in EVENTS else {"event": None, "event_id": number}), **_shown(script)}
            for number, script in found.items()
        ]

    async def _store_message(self, args: Mapping[str, Json]) -> JsonObject:
        message = _message(args)
        change = await stored.write(self.exchange, MESSAGES_KEY, args["message"], message)
        before = None if change.before is None else content(change.before)
        return {"message": args["message"], "changed": change.written, **content(message), "previous": before}


def _message(args: Mapping[str, Json]) -> bytes:
    text, digits = args.get("text"), args.get("hex")
    if isinstance(text, str) and digits is None:
        if text.isascii() and text.isprintable():
            return text.encode("ascii")
        raise CommandError(
            "text takes printable ASCII only; give other bytes as hex",
            status=Status.INVALID,
            code="bad_character",
            path="text",
        )
    if isinstance(digits, str) and text is None:
        return bytes.fromhex(digits)
    raise CommandError("give either text or hex", status=Status.INVALID, code="missing_argument", path="text")


def _event(text: str) -> ScriptEvent:
    try:
        return event_named(text)
    except ValueError as error:
        raise CommandError(str(error), status=Status.INVALID, code="unknown_event", path="event") from None


def _checked(text: str, use: Use, event: int | None, limit: int) -> tuple[bytes, list[JsonObject]]:
    try:
        program = parse_input(text)
        findings = check(program, use, event, limit)
        errors = [finding for finding in findings if finding.severity is Severity.ERROR]
        if errors:
            raise ScriptError(errors)  # noqa: TRY301
    except ScriptError as error:
        raise CommandError(str(error), status=Status.INVALID, code="script", path="script") from None
    return encode(program), findings_json(findings)["warnings"]


def _named(event: ScriptEvent) -> JsonObject:
    return {"event": event.name, "event_id": event.id}


def _shown(script: bytes | None) -> JsonObject:
    """A script in both forms; the text is None where the script is one that we would not assemble."""
    if script is None:
        return {"script": None, "text": None, "length": 0}
    try:
        text: str | None = disassemble(script)
    except ScriptError:
        text = None
    return {"script": hex_text(script), "text": text, "length": len(script)}


def _before(change: stored.Change) -> JsonObject:
    shown = _shown(change.before)
    return {"previous": shown["script"], "previous_text": shown["text"]}
