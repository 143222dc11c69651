"""One device's life: connect, back off, availability, what it reports, and the commands it is given."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from readers_bridge import description, last_description
from readers_bridge.backoff import Backoff
from readers_bridge.clock import parse_rfc3339, rfc3339
from readers_bridge.commands import (
    Accepted,
    Gate,
    Incoming,
    Lanes,
    Transactions,
    parse,
    result_payload,
    transaction_of,
)
from readers_bridge.errors import CommandError, DeviceError, JournalError, ReadersError, TransportError
from readers_bridge.families import Clock, Driver, Family, Pausable
from readers_bridge.journal import Journal, Record
from readers_bridge.model import (
    Command,
    Description,
    DeviceConfig,
    Event,
    Json,
    JsonObject,
    Outcome,
    Read,
    State,
    Status,
)
from readers_bridge.mqtt.topics import Topics
from readers_bridge.pressure import Pressure
from readers_bridge.privacy import Veil
from readers_bridge.records import Scribe, result
from readers_bridge.under_way import UnderWay

REPEATS_LIMIT = 16
"""Repeats of one command's transaction that are answered when it ends."""

RESTARTING = "restarting"
"""The code with which a session ends because the device does what it was told; it is not a failure."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a device's messages go."""

    retain: Callable[[str, bytes], None]
    """Publish and keep publishing after each connect: topic, payload."""
    publish: Callable[[str, bytes, int], None]
    """Publish once, if connected: topic, payload, QoS."""
    respond: Callable[[Incoming, bytes], None]
    """Answer on the response topic of a command, where it named one."""


class Device:
    """A configured device; the ``Host`` of its driver."""

    def __init__(
        self,
        config: DeviceConfig,
        family: Family,
        *,
        topics: Topics,
        journal: Journal,
        pressure: Pressure,
        outlet: Outlet,
        clock: Clock,
        veil: Veil,
        facts: Mapping[str, Any],
    ) -> None:
        self.config = config
        self.clock = clock
        self.log = logging.LoggerAdapter(logging.getLogger(f"readers_bridge.device.{config.id}"), {"device": config.id})
        self.counters: Counter[str] = Counter()
        self.description_changed: Callable[[Device], None] = lambda _device: None
        self._topics = topics
        self._journal = journal
        self._pressure = pressure
        self._outlet = outlet
        self._scribe = Scribe(journal, config.id, topics.read(config.id), topics.event(config.id), veil)
        self._gate = Gate(clock)
        self._transactions = Transactions(clock)
        self._under_way = UnderWay(journal, config.id)
        self._lanes = Lanes(clock, self._execute, self._finished)
        self._repeats: dict[str, list[Incoming]] = {}
        self._online = False
        self._availability: JsonObject = {}
        self._state: dict[str, Json] = {}
        self._facts = dict(facts)
        self._task: asyncio.Task[None] | None = None
        self._stores: set[asyncio.Task[None]] = set()
        self._driver: Driver = family.driver(config, self)
        self.description = last_description.remembered(config, facts) or self._driver.description

    @property
    def id(self) -> str:
        """The configured id."""
        return self.config.id

    @property
    def is_online(self) -> bool:
        """Whether commands can be executed now."""
        return self._online

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the driver committed earlier, also in earlier runs."""
        return self._facts

    # -- life

    def start(self) -> None:
        """Begin to connect."""
        self._publish_description()
        self._set_availability(online=False, reason="starting")
        self._publish_state()
        self._task = asyncio.create_task(self._live(), name=f"device {self.id}")

    async def stop(self, reason: str = "bridge_stopped") -> None:
        """End the session and answer what still waits."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            self._online = False
            self._pressure.leave(self.id)
        await self._lanes.close(
            CommandError(
                "the device was stopped before the command's turn came", status=Status.UNAVAILABLE, code="stopped"
            )
        )
        await asyncio.gather(*self._stores, return_exceptions=True)
        await self._under_way.close()
        self._set_availability(online=False, reason=reason)

    async def restart(self) -> None:
        """Connect anew."""
        await self.stop("restarting")
        self.start()

    async def _live(self) -> None:
        backoff = Backoff()
        complained = ""
        while True:
            began = self.clock.monotonic()
            try:
                await self._driver.session()
                error: DeviceError = TransportError("the device closed the connection", code="closed_by_device")
            except DeviceError as problem:
                error = problem
            except ReadersError as problem:
                error = DeviceError(str(problem), code=problem.code)
            except Exception as problem:
                self.log.exception("an unforeseen error ended the session; please report this")
                error = DeviceError(f"internal error: {problem}", code="internal")
            was_online = self._online
            self._end_session(error)
            restarting = was_online and error.code == RESTARTING
            lasted = self.clock.monotonic() - began if was_online else 0.0
            if restarting:
                self.log.info("%s", error)
            elif was_online or complained != error.code:
                self.log.warning("%s; trying again", error)
                complained = error.code
            await asyncio.sleep(backoff.next(lasted, expected=restarting))

    def _end_session(self, error: DeviceError) -> None:
        self._online = False
        self._pressure.leave(self.id)
        self.counters["disconnects"] += 1
        self._set_availability(online=False, reason=error.code)

    # -- what the driver reports (families.Host)

    def online(self, *, assumed: bool = False) -> None:
        """The device can be used now."""
        if not self._online:
            self._online = True
            self.counters["connects"] += 1
            self.log.info(
                "%s", f"listening for {self.config.address}" if assumed else f"connected to {self.config.address}"
            )
        self._set_availability(online=True, reason="listening" if assumed else "connected", assumed=assumed)

    def throttle(self, receiver: Pausable) -> None:
        """Let this receiver be paused while the device sends more than the broker takes."""
        self._pressure.join(self.id, receiver)

    def emit(self, items: Sequence[Read | Event | State]) -> None:
        """Accept what the device reported, in order."""
        records = self._records(items)
        if records:
            self._pressure.added(self.config.id, len(records))
            self._journal.append(records)

    async def commit(
        self, items: Sequence[Read | Event | State], *, sync: bool = True, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Like ``emit``, and return when it is stored, with ``facts``.

        Raises:
            JournalError: it is not stored.
        """
        records = self._records(items)
        await self._journal.commit(records, sync=sync, facts=None if facts is None else (self.id, facts))
        if facts is not None:
            self._facts.update(facts)

    def room(self) -> bool:
        """Whether what a destructive poll brings can be kept."""
        return self._journal.room()

    def count(self, counter: str, by: int = 1) -> None:
        """Add to a counter of the device's health."""
        self.counters[counter] += by

    def describe(self, new: Description) -> None:
        """The device told something new about itself; it is remembered across restarts."""
        if new == self.description:
            return
        self.description = new
        kept = last_description.fact(self.config, new)
        self._facts.update(kept)
        self._store_facts(kept)
        self._publish_description()
        self.description_changed(self)

    def _records(self, items: Sequence[Read | Event | State]) -> list[Record]:
        now = self.clock.wall()
        stamp = rfc3339(now)
        records = []
        reads = 0
        for item in items:
            if isinstance(item, Read):
                records.append(self._scribe.read(item, now, stamp))
                reads += 1
            elif isinstance(item, Event):
                records.append(self._scribe.event(item, now, stamp))
            else:
                self._set_state(item)
        if reads:
            self.counters["reads"] += reads
        if len(records) > reads:
            self.counters["events"] += len(records) - reads
        return records

    def _set_state(self, change: State) -> None:
        if any(self._state.get(key, ...) != value for key, value in change.values.items()):
            self._state.update(change.values)
            self._publish_state()

    # -- commands

    def command(self, incoming: Incoming) -> None:
        """Take care of a command message: execute it, or answer why not. Never raises."""
        self.counters["commands"] += 1
        transaction: str | None = None
        try:
            if incoming.retained:
                raise CommandError(  # noqa: TRY301
                    "a retained command is never executed; publish it without the retain flag",
                    status=Status.REFUSED,
                    code="retained",
                )
            body = parse(incoming.payload)
            transaction = transaction_of(body)
            if transaction is not None and transaction in self._transactions:
                self._repeat(transaction, incoming)
                return
            self._transactions.begin(transaction)
            accepted = self._gate.admit(incoming, body, self.description, online=self._online)
            self._lanes.put(accepted)
            self._driver.queued(accepted.command)
        except CommandError as error:
            if incoming.retained:
                transaction = _retained_transaction(incoming)
            self._answer(incoming, transaction, error)

    async def _execute(self, command: Command) -> Outcome:
        if not self._online:
            raise CommandError("the device went offline; nothing was sent", status=Status.UNAVAILABLE, code="offline")
        await self._under_way.begin(spec.lane if (spec := self.description.command(command.name)) else "", command)
        return await self._driver.execute(command)

    def _finished(self, accepted: Accepted, outcome: Outcome | CommandError) -> None:
        self._driver.finished(accepted.command, outcome)
        self._answer(accepted.incoming, accepted.command.transaction, outcome)
        self._under_way.end(accepted.spec.lane)

    def _answer(self, incoming: Incoming, transaction: str | None, outcome: Outcome | CommandError) -> None:
        now = self.clock.wall()
        payload = result_payload(self.id, incoming.name, transaction, outcome, rfc3339(now))
        self.counters[f"results_{payload['status']}"] += 1
        if not incoming.retained:
            self._transactions.finish(transaction, payload)
        self._publish_result(incoming, payload, now)
        if transaction is not None:
            for repeat in self._repeats.pop(transaction, ()):
                self._publish_result(repeat, {**payload, "repeated": True}, now)

    def _repeat(self, transaction: str, incoming: Incoming) -> None:
        payload = self._transactions.result(transaction)
        if payload is None:
            waiting = self._repeats.setdefault(transaction, [])
            if len(waiting) < REPEATS_LIMIT:
                waiting.append(incoming)
        else:
            self._publish_result(incoming, {**payload, "repeated": True}, self.clock.wall())

    def _publish_result(self, incoming: Incoming, payload: JsonObject, now: float) -> None:
        record = result(self._journal, self.id, self._topics.result(self.id), payload, now)
        self._journal.append([record])
        self._outlet.respond(incoming, record.payload)

    def remember_result(self, record: Record) -> None:
        """A result of an earlier run, so that its transaction is not executed again."""
        payload = orjson.loads(record.payload)
        age = self.clock.wall() - parse_rfc3339(payload["time"])
        self._transactions.finish(payload["transaction"], payload, age=max(0.0, age))

    async def answer_cut_off(self) -> None:
        """Answer what an earlier run executed when it was cut off; after its results are remembered."""
        why = CommandError(
            "the bridge ended while the command ran; it may have happened", status=Status.UNKNOWN, code="cut_off"
        )
        for command, transaction in await self._under_way.cut_off():
            if transaction not in self._transactions:
                self._answer(Incoming(command, b""), transaction, why)

    # -- what is published

    def _set_availability(self, *, online: bool, reason: str, assumed: bool = False) -> None:
        state = "online" if online else "offline"
        same = self._availability.get("state") == state
        since = self._availability["since"] if same else rfc3339(self.clock.wall())
        new: JsonObject = {"state": state, "reason": reason, "since": since}
        if assumed:
            new["assumed"] = True
        if new != self._availability:
            self._availability = new
            self._outlet.retain(self._topics.availability(self.id), orjson.dumps(new))

    def _publish_state(self) -> None:
        self._outlet.retain(self._topics.state(self.id), orjson.dumps(self._state, default=dict))

    def _publish_description(self) -> None:
        payload = description.to_json(self.description, device=self.id, name=self.config.name)
        self._outlet.retain(self._topics.description(self.id), orjson.dumps(payload))

    def publish_health(self) -> None:
        """Publish the counters."""
        self._outlet.publish(self._topics.health(self.id), orjson.dumps(self.health()), 0)

    def health(self) -> JsonObject:
        """The device's counters and availability."""
        return {
            "time": rfc3339(self.clock.wall()),
            "device": self.id,
            "availability": self._availability,
            "counters": dict(sorted(self.counters.items())),
        }

    def _store_facts(self, facts: JsonObject) -> None:
        async def store() -> None:
            try:
                await self._journal.set_facts(self.id, facts)
            except JournalError as error:
                self.log.warning("the description could not be kept for the next start: %s", error)

        task = asyncio.create_task(store())
        self._stores.add(task)
        task.add_done_callback(self._stores.discard)


def _retained_transaction(incoming: Incoming) -> str | None:
    try:
        return transaction_of(parse(incoming.payload))
    except CommandError:
        return None
