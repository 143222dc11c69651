"""Commands are safe: what arrives over MQTT is refused, expires, or is executed once (docs/mqtt.md, "Commands").

The checks hold no socket and no task; the lanes at the end run what passed them.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from readers_bridge.arguments import arguments
from readers_bridge.clock import parse_rfc3339, rfc3339
from readers_bridge.errors import CommandError, ReadersError, TransportError
from readers_bridge.families import Clock
from readers_bridge.model import Command, CommandSpec, Description, Json, JsonObject, Outcome, Status

log = logging.getLogger(__name__)

MAX_BYTES = 4 * 1024 * 1024
"""The largest payload of a command."""

MAX_TTL = 24 * 3600.0
"""Seconds; the longest life that a command may ask for."""

CLOCK_TOLERANCE = 5.0
"""Seconds that ``issued_at`` may lie in the future."""

MEMORY_SECONDS = 300.0
MEMORY_ENTRIES = 1000
"""For how long, and how many, transactions of a device are remembered."""

LANE_LIMIT = 16
"""Commands that may wait in one lane."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A command message as it arrived. ``expiry``: what was left of its MQTT message expiry, in seconds."""

    name: str
    payload: bytes
    retained: bool = False
    expiry: float | None = None
    response_topic: str | None = None
    correlation: bytes | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """A command that passed the checks. ``deadline``: monotonic seconds by which its execution must have begun."""

    incoming: Incoming
    command: Command
    spec: CommandSpec
    deadline: float


def parse(payload: bytes, what: str = "command") -> JsonObject:
    """The JSON object in a payload; an empty payload is an empty object.

    Raises:
        CommandError: ``invalid``.
    """
    if len(payload) > MAX_BYTES:
        raise CommandError(
            f"the {what} has {len(payload)} bytes; {MAX_BYTES} are allowed", status=Status.INVALID, code="too_large"
        )
    if not payload.strip():
        return {}
    try:
        value = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise CommandError(
            f"the {what} is not JSON ({error}); send one flat JSON object, as {{}}",
            status=Status.INVALID,
            code="not_json",
        ) from None
    if not isinstance(value, dict):
        raise CommandError(
            f"the {what} is JSON, but not an object; send one flat JSON object, as {{}}",
            status=Status.INVALID,
            code="not_an_object",
        )
    return value


def transaction_of(body: Mapping[str, Json]) -> str | None:
    """The ``transaction`` of a request or command.

    Raises:
        CommandError: it is not a string of 1 to 128 characters.
    """
    transaction = body.get("transaction")
    if transaction is None or (isinstance(transaction, str) and 0 < len(transaction) <= 128):
        return transaction
    raise CommandError(
        "transaction must be a string of 1 to 128 characters",
        status=Status.INVALID,
        code="wrong_type",
        path="transaction",
    )


class Gate:
    """The checks of one device's commands, in the order in which a message meets them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def admit(
        self, incoming: Incoming, body: Mapping[str, Json], description: Description, *, online: bool
    ) -> Accepted:
        """Let a command through.

        Raises:
            CommandError: with the status and code of its result.
        """
        transaction = transaction_of(body)
        spec = description.command(incoming.name)
        if spec is None:
            known = ", ".join(spec.name for spec in description.commands) or "none"
            raise CommandError(
                f"the device has no command {incoming.name}; it has {known}",
                status=Status.INVALID,
                code="unknown_command",
            )
        deadline = self._deadline(incoming, body, spec)
        reserved = {"transaction", "issued_at", "ttl"}
        args = arguments(spec, {key: value for key, value in body.items() if key not in reserved})
        if not online:
            raise CommandError("the device is offline; nothing was sent", status=Status.UNAVAILABLE, code="offline")
        return Accepted(incoming, Command(incoming.name, args, transaction, deadline), spec, deadline)

    def _deadline(self, incoming: Incoming, body: Mapping[str, Json], spec: CommandSpec) -> float:
        left = spec.ttl
        ttl = body.get("ttl")
        if ttl is not None:
            if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 < ttl <= MAX_TTL:
                raise CommandError(
                    f"ttl must be a number of seconds above 0 and up to {MAX_TTL:.0f}",
                    status=Status.INVALID,
                    code="out_of_range",
                    path="ttl",
                )
            left = float(ttl)
        issued_at = body.get("issued_at")
        if issued_at is not None:
            age = self._age(issued_at)
            if age > left:
                raise CommandError(
                    f"the command was {age:.1f} s old on arrival; it may be {left:g} s old",
                    status=Status.EXPIRED,
                    code="expired",
                )
            left -= max(0.0, age)
        if incoming.expiry is not None:
            left = min(left, incoming.expiry)
        return self._clock.monotonic() + left

    def _age(self, issued_at: Json) -> float:
        now = self._clock.wall()
        try:
            if isinstance(issued_at, bool):
                raise TypeError  # noqa: TRY301
            moment = float(issued_at) if isinstance(issued_at, int | float) else parse_rfc3339(issued_at)
            written = rfc3339(moment)
        except (TypeError, ValueError, OverflowError, OSError):
            raise CommandError(
                "issued_at must be an RFC 3339 time, as 2026-03-01T12:00:00.000Z, or seconds since 1970",
                status=Status.INVALID,
                code="wrong_type",
                path="issued_at",
            ) from None
        if moment > now + CLOCK_TOLERANCE:
            raise CommandError(
                f"issued_at is {written}, but the bridge's clock shows {rfc3339(now)}; set both clocks",
                status=Status.INVALID,
                code="clock",
                path="issued_at",
            )
        return now - moment


def expired(accepted: Accepted, now: float) -> CommandError | None:
    """The error of a command that waited too long, or None; ``now``: monotonic seconds."""
    if now <= accepted.deadline:
        return None
    return CommandError("the command waited too long for its turn", status=Status.EXPIRED, code="expired")


class Transactions:
    """The transactions of one device in the last five minutes, and the result of each (None while it runs)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, JsonObject | None]] = OrderedDict()

    def __contains__(self, transaction: str | None) -> bool:
        self._forget()
        return transaction in self._seen

    def begin(self, transaction: str | None) -> None:
        """The command of this transaction is being taken care of."""
        if transaction is not None:
            self._seen[transaction] = (self._clock.monotonic(), None)
            if len(self._seen) > MEMORY_ENTRIES:
                self._seen.popitem(last=False)

    def finish(self, transaction: str | None, result: JsonObject, *, age: float = 0.0) -> None:
        """Its result, made ``age`` seconds ago."""
        if transaction is not None:
            self._seen[transaction] = (self._clock.monotonic() - age, result)
            if len(self._seen) > MEMORY_ENTRIES:
                self._seen.popitem(last=False)

    def result(self, transaction: str) -> JsonObject | None:
        """The first result, or None while the command runs."""
        return self._seen[transaction][1]

    def _forget(self) -> None:
        oldest = self._clock.monotonic() - MEMORY_SECONDS
        while self._seen and next(iter(self._seen.values()))[0] < oldest:
            self._seen.popitem(last=False)


Execute = Callable[[Command], Awaitable[Outcome]]
Finish = Callable[[Accepted, Outcome | CommandError], None]


class Lanes:
    """One device's lanes: in each, one command at a time and a bounded number waiting."""

    def __init__(self, clock: Clock, execute: Execute, finish: Finish) -> None:
        self._clock = clock
        self._execute = execute
        self._finish = finish
        self._waiting: dict[str, asyncio.Queue[Accepted]] = {}
        self._workers: list[asyncio.Task[None]] = []

    def put(self, accepted: Accepted) -> None:
        """Queue a command in its lane.

        Raises:
            CommandError: ``busy``.
        """
        lane = accepted.spec.lane
        if lane not in self._waiting:
            self._waiting[lane] = asyncio.Queue(LANE_LIMIT)
            self._workers.append(asyncio.create_task(self._work(self._waiting[lane]), name=f"lane {lane}"))
        try:
            self._waiting[lane].put_nowait(accepted)
        except asyncio.QueueFull:
            raise CommandError(
                f"{LANE_LIMIT} commands wait already; try again when they are through",
                status=Status.BUSY,
                code="queue_full",
            ) from None

    async def close(self, why: CommandError) -> None:
        """Stop; what waits gets ``why`` as its answer."""
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        self._workers.clear()
        for queue in self._waiting.values():
            while not queue.empty():
                self._finish(queue.get_nowait(), why)
        self._waiting.clear()

    async def _work(self, queue: asyncio.Queue[Accepted]) -> None:
        while True:
            accepted = await queue.get()
            late = expired(accepted, self._clock.monotonic())
            if late is not None:
                self._finish(accepted, late)
                continue
            try:
                outcome: Outcome | CommandError = await self._run(accepted)
            except asyncio.CancelledError:
                self._finish(
                    accepted,
                    CommandError(
                        "the bridge stopped while the command ran; it may have happened",
                        status=Status.UNKNOWN,
                        code="interrupted",
                    ),
                )
                raise
            self._finish(accepted, outcome)
            if (task := asyncio.current_task()) is not None and task.cancelling():
                return  # the driver was told to stop and said what became of the command

    async def _run(self, accepted: Accepted) -> Outcome | CommandError:
        try:
            async with asyncio.timeout(accepted.spec.timeout):
                return await self._execute(accepted.command)
        except CommandError as error:
            return error
        except TransportError as error:
            return CommandError(str(error), status=Status.UNAVAILABLE, code=error.code)
        except TimeoutError:
            return CommandError(
                f"the command did not end within {accepted.spec.timeout:g} s; it may have happened",
                status=Status.UNKNOWN,
                code="timeout",
            )
        except ReadersError as error:
            return CommandError(str(error), status=Status.FAILED, code=error.code)
        except Exception:
            log.exception("command %s failed in a way that nobody foresaw; please report this", accepted.command.name)
            return CommandError("an internal error; see the bridge's log", status=Status.FAILED, code="internal")


def result_payload(
    device: str,
    command: str,
    transaction: str | None,
    outcome: Outcome | CommandError,
    stamp: str,
) -> JsonObject:
    """The JSON object of a result; ``stamp`` is the time as RFC 3339."""
    error: dict[str, Any] | None = None
    if isinstance(outcome, CommandError):
        error = {"code": outcome.code, "message": str(outcome), "path": outcome.path}
    return {
        "transaction": transaction,
        "command": command,
        "status": str(outcome.status),
        "error": error,
        "data": dict(outcome.data),
        "device": device,
        "time": stamp,
    }
