"""The commands that act on a reader, through a running bridge: run, store, read, delete, list."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from readers_bridge.errors import CommandError
from readers_bridge.families import Remote
from readers_bridge.families.baltech.script import ScriptError, ScriptEvent, Use, disassemble, encode, hex_text
from readers_bridge.families.baltech.script.use import LONGEST
from readers_bridge.families.baltech.script_cli.output import say, show
from readers_bridge.families.baltech.script_cli.source import checked, read
from readers_bridge.model import JsonObject, Status

FAILED = 1

SUCCEEDED = (Status.DONE, Status.SENT)


class OnReader:
    """The commands, over what the command line lends."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def run(self, args: argparse.Namespace) -> int:
        """Run a script once."""
        program = checked(read(args.input), Use.RUN, limit=LONGEST)  # the bridge knows what this reader can take
        if program is None:
            return FAILED
        return self._do(args, "run_script", {"script": hex_text(encode(program))}, _told_of_run)

    def store(self, args: argparse.Namespace) -> int:
        """Store a script for an event."""
        event: ScriptEvent = args.event
        program = checked(read(args.input), Use.STORED, event.id)
        if program is None:
            return FAILED
        if event.danger and not args.confirm:
            raise CommandError(
                f"nothing was sent: a script for {event.name} needs --confirm, because {event.danger}",
                status=Status.REFUSED,
                code="not_confirmed",
            )
        arguments = {"event": event.name, "script": hex_text(encode(program)), "reset": args.reset}
        if args.confirm:
            arguments["confirm"] = True
        return self._do(args, "store_script", arguments, lambda data: _told_of_store(event, data))

    def read(self, args: argparse.Namespace) -> int:
        """Print the script that is stored for an event."""
        event: ScriptEvent = args.event
        return self._do(args, "read_script", {"event": event.name}, lambda data: _told_of_read(event, data))

    def delete(self, args: argparse.Namespace) -> int:
        """Delete the script that is stored for an event."""
        event: ScriptEvent = args.event
        arguments = {"event": event.name, "reset": args.reset}
        return self._do(args, "delete_script", arguments, lambda data: _told_of_delete(event, data))

    def list(self, args: argparse.Namespace) -> int:
        """Print which events have scripts."""
        return self._do(args, "list_scripts", {}, _told_of_list)

    def _do(
        self, args: argparse.Namespace, command: str, arguments: JsonObject, tell: Callable[[JsonObject], None]
    ) -> int:
        result = self._remote.send(args, command, arguments)
        if args.json:
            show(json.dumps(result))
        elif result.get("status") in SUCCEEDED:
            tell(_object(result.get("data")))
        else:
            say(_failure(result))
        return self._remote.exit_code(result)


def _told_of_run(data: JsonObject) -> None:
    show("the script was run" + ("; it ended with DefaultAction" if data.get("default_action") else ""))


def _told_of_store(event: ScriptEvent, data: JsonObject) -> None:
    if data.get("changed") is False:
        show(f"{event.name}: this script was stored already; nothing was written")
    else:
        show(f"{event.name}: the script is stored")
        _tell_previous(data)
        if data.get("verified") is False:
            say(
                "the reader does not give back the scripts of this event: what was there before is not known, nor compared"
            )
    _tell_reset(data)


def _told_of_read(event: ScriptEvent, data: JsonObject) -> None:
    script = data.get("script")
    if not isinstance(script, str):
        say(f"{event.name}: no script is stored")
        return
    try:
        show(disassemble(bytes.fromhex(script)))
    except (ScriptError, ValueError):
        say(f"{event.name}: what is stored is no script without errors; these are its bytes")
        show(_plain(script))


def _told_of_delete(event: ScriptEvent, data: JsonObject) -> None:
    if data.get("changed") is False:
        show(f"{event.name}: no script was stored")
    else:
        show(f"{event.name}: the script is deleted")
        _tell_previous(data)
    _tell_reset(data)


def _told_of_list(data: JsonObject) -> None:
    scripts = [_object(script) for script in data.get("scripts") or ()]
    if not scripts:
        say("no scripts are stored")
    names = [str(script.get("event") or f"event {script.get('event_id')}") for script in scripts]
    width = max(map(len, names), default=0)
    for name, script in zip(names, scripts, strict=True):
        show(_plain(f"{name:<{width}}  {script.get('script') or 'cannot be read'}"))


def _tell_previous(data: JsonObject) -> None:
    if previous := data.get("previous"):
        show(_plain(f"the script before, to put it back: {previous}"))


def _tell_reset(data: JsonObject) -> None:
    if data.get("reset_needed"):
        say("the change takes effect when the reader restarts: give --reset, or send the command reset")


def _failure(result: JsonObject) -> str:
    error = _object(result.get("error"))
    status, message = result.get("status"), error.get("message")
    warning = _object(result.get("data")).get("warning")
    return _plain(f"readers-bridge: {status}: {message or warning or 'the bridge gave no reason'}")


def _plain(text: str) -> str:
    """What comes over the network cannot steer the terminal."""
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def _object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}
