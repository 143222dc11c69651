"""Bridge requests: ``…/bridge/request/<verb>`` is answered on ``…/bridge/response/<verb>`` (docs/mqtt.md, "Requests")."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Protocol

import orjson
import voluptuous as vol

from readers_bridge.answers import transaction_in
from readers_bridge.commands import parse, transaction_of
from readers_bridge.errors import CommandError, ConfigError, ReadersError
from readers_bridge.families import Found, families
from readers_bridge.journal import Cursor, Journal, Record
from readers_bridge.model import JsonObject, Status
from readers_bridge.mqtt.session import Message
from readers_bridge.validation import problems, worded

log = logging.getLogger(__name__)

PAGE_BYTES = 256_000
PAGE_RECORDS = 1000
"""Limits of one page of a replay."""

PAGE_FRAME = 1024
RECORD_FRAME = 8
"""Bytes of a page beside its records, and what a record has more there than in the journal: ``late`` and a comma."""

DISCOVER_SECONDS = 5.0

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")

FREE = vol.Schema({}, extra=vol.ALLOW_EXTRA)
"""A family checks the arguments of its own requests."""

Handler = Callable[[JsonObject], Awaitable[JsonObject]]


class Office(Protocol):
    """What of the bridge the requests act on."""

    journal: Journal

    def page_bytes(self) -> int:
        """The largest payload that the broker takes, up to PAGE_BYTES."""

    def as_published(self, record: Record) -> Record:
        """The record as it would be published now: marked when it is late."""

    async def reload(self) -> JsonObject:
        """Apply the changed configuration file; what was done."""

    async def restart_device(self, device: str) -> None:
        """Connect a device anew."""

    def has_device(self, device: str) -> bool:
        """Whether it is configured."""

    def diagnostics(self) -> JsonObject:
        """Everything that helps to find a fault, without secrets and credentials."""

    def clear_claim(self) -> None:
        """Forget the component's claim."""


class Requests:
    """Answers the bridge requests, each in its own task, a bounded number at a time."""

    LIMIT = 32

    def __init__(self, office: Office, respond: Callable[[Message, str, bytes], None]) -> None:
        self._office = office
        self._respond = respond
        self._tasks: set[asyncio.Task[None]] = set()
        self._replaying = asyncio.Lock()
        self._handlers: dict[str, tuple[vol.Schema, Handler]] = {
            "replay": (
                worded(
                    {
                        vol.Optional("after"): vol.Any(
                            None, {vol.Required("journal"): str, vol.Required("seq"): vol.All(int, vol.Range(min=0))}
                        ),
                        vol.Optional("devices"): vol.Any(None, [str]),
                        vol.Optional("limit", default=PAGE_RECORDS): vol.All(int, vol.Range(min=1, max=PAGE_RECORDS)),
                    }
                ),
                self._replay,
            ),
            "reload": (worded({}), self._reload),
            "restart_device": (worded({vol.Required("device"): str}), self._restart_device),
            "log_level": (
                worded({vol.Required("level"): vol.All(str, vol.Upper, vol.In(LEVELS)), vol.Optional("device"): str}),
                self._log_level,
            ),
            "discover": (
                worded(
                    {vol.Optional("seconds", default=DISCOVER_SECONDS): vol.All(vol.Any(int, float), vol.Range(1, 60))}
                ),
                self._discover,
            ),
            "diagnostics": (worded({}), self._diagnostics),
            "clear_claim": (worded({}), self._clear_claim),
        }
        for family in families().values():
            for verb, handler in family.requests.items():
                self._handlers[verb] = (FREE, handler)

    def handle(self, verb: str, message: Message) -> None:
        """Take care of a request message. Never raises."""
        if len(self._tasks) >= self.LIMIT:
            error = CommandError(f"{self.LIMIT} requests are being answered already", status=Status.BUSY, code="busy")
            self._answer(verb, message, transaction_in(message.payload), error)
            return
        task = asyncio.create_task(self._handle(verb, message), name=f"request {verb}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop answering."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _handle(self, verb: str, message: Message) -> None:
        transaction = None
        try:
            body = parse(message.payload, "request")
            transaction = transaction_of(body)
            if message.retained:
                raise CommandError(  # noqa: TRY301
                    "a retained request is never executed", status=Status.REFUSED, code="retained"
                )
            outcome: JsonObject | CommandError = await self._execute(verb, body)
        except CommandError as error:
            outcome = error
        except ConfigError as error:
            outcome = CommandError("\n".join([str(error), *error.problems]), status=Status.FAILED, code=error.code)
        except ReadersError as error:
            outcome = CommandError(str(error), status=Status.FAILED, code=error.code)
        except Exception:
            log.exception("request %s failed in a way that nobody foresaw; please report this", verb)
            outcome = CommandError("an internal error; see the bridge's log", status=Status.FAILED, code="internal")
        self._answer(verb, message, transaction, outcome)

    async def _execute(self, verb: str, body: Mapping[str, object]) -> JsonObject:
        if verb not in self._handlers:
            known = ", ".join(sorted(self._handlers))
            raise CommandError(
                f"the bridge has no request {verb}; it has {known}", status=Status.INVALID, code="unknown_request"
            )
        schema, handler = self._handlers[verb]
        try:
            args = schema({key: value for key, value in body.items() if key != "transaction"})
        except vol.Invalid as invalid:
            first = problems(invalid, body)[0]
            raise CommandError(str(first), status=Status.INVALID, code="invalid_argument", path=first.path) from None
        return await handler(args)

    def _answer(self, verb: str, message: Message, transaction: str | None, outcome: JsonObject | CommandError) -> None:
        if isinstance(outcome, CommandError):
            error = {"code": outcome.code, "message": str(outcome), "path": outcome.path}
            payload: JsonObject = {"transaction": transaction, "status": str(outcome.status), "error": error}
        else:
            payload = {"transaction": transaction, "status": "done", "error": None, **outcome}
        self._respond(message, verb, orjson.dumps(payload, default=dict))

    # -- the verbs

    async def _replay(self, args: JsonObject) -> JsonObject:
        after = args.get("after")
        cursor = None if after is None else Cursor(after["journal"], after["seq"])
        devices = args.get("devices")
        room = max(self._office.page_bytes() - PAGE_FRAME - RECORD_FRAME * args["limit"], 1)
        async with self._replaying:  # one page after the other: the journal has reads to store
            page = await self._office.journal.page(cursor, devices, args["limit"], room)
        reads: list[orjson.Fragment] = []
        events: list[orjson.Fragment] = []
        for record in page.records:
            payload = orjson.Fragment(self._office.as_published(record).payload)
            (reads if record.kind == "read" else events).append(payload)
        return {
            "reads": reads,
            "events": events,
            "next": {"journal": page.next.journal, "seq": page.next.seq},
            "complete": page.complete,
            "oldest": page.oldest,
            "reset": page.reset,
        }

    async def _reload(self, _args: JsonObject) -> JsonObject:
        return await self._office.reload()

    async def _restart_device(self, args: JsonObject) -> JsonObject:
        device = args["device"]
        if not self._office.has_device(device):
            raise CommandError(
                f"there is no device {device}", status=Status.INVALID, code="unknown_device", path="device"
            )
        await self._office.restart_device(device)
        return {"device": device}

    async def _log_level(self, args: JsonObject) -> JsonObject:
        device = args.get("device")
        if device is not None and not self._office.has_device(device):
            raise CommandError(
                f"there is no device {device}", status=Status.INVALID, code="unknown_device", path="device"
            )
        name = "readers_bridge" if device is None else f"readers_bridge.device.{device}"
        logging.getLogger(name).setLevel(args["level"])
        return {"level": args["level"].lower()}

    async def _discover(self, args: JsonObject) -> JsonObject:
        async def look(search: Callable[[float], AsyncIterator[Found]]) -> list[JsonObject]:
            return [asdict(device) async for device in search(args["seconds"])]

        searches = {family.name: look(family.discover) for family in families().values() if family.discover is not None}
        outcomes = await asyncio.gather(*searches.values(), return_exceptions=True)
        return {
            "found": [device for outcome in outcomes if isinstance(outcome, list) for device in outcome],
            "problems": [
                f"{name}: {outcome!s}" if isinstance(outcome, ReadersError | OSError) else f"{name}: {outcome!r}"
                for name, outcome in zip(searches, outcomes, strict=True)
                if isinstance(outcome, BaseException)
            ],
        }

    async def _diagnostics(self, _args: JsonObject) -> JsonObject:
        return {"diagnostics": self._office.diagnostics()}

    async def _clear_claim(self, _args: JsonObject) -> JsonObject:
        self._office.clear_claim()
        return {}
