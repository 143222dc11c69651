"""The bridge: owns the journal, the link and the devices; starts them in order, stops them in reverse, reloads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import orjson

from readers_bridge import __version__, about, systemd
from readers_bridge.announcements import Announcements
from readers_bridge.answers import Answers, nobodys_result
from readers_bridge.clock import SystemClock, rfc3339
from readers_bridge.commands import Incoming
from readers_bridge.config import Config, load
from readers_bridge.delivery import Delivery
from readers_bridge.device import Device, Outlet
from readers_bridge.errors import CommandError, JournalError, TakenOverError
from readers_bridge.families import Clock
from readers_bridge.fleet import Fleet
from readers_bridge.health import Health
from readers_bridge.journal import Journal, Record
from readers_bridge.model import Event, JsonObject, Status
from readers_bridge.mqtt.link import Link
from readers_bridge.mqtt.reads import ReadsSender
from readers_bridge.mqtt.sender import Sender
from readers_bridge.mqtt.session import Message
from readers_bridge.mqtt.topics import BirthRoute, ClaimRoute, CommandRoute, RequestRoute, Topics
from readers_bridge.pressure import Pressure
from readers_bridge.records import result
from readers_bridge.requests import PAGE_BYTES, Requests

log = logging.getLogger(__name__)

FLUSH_TIMEOUT = 5.0
"""Seconds that a stop waits for the journal."""

STUBBORN = 2.0
"""Seconds after which the end of the link is asked for again."""


class Bridge:
    """One bridge process."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        self.config = config
        self.clock = clock or SystemClock()
        self.topics = Topics(config.mqtt.prefix, config.bridge.id, config.home_assistant.birth_topic)
        self.pressure = Pressure()
        self.link = Link(
            config.mqtt,
            client_id=f"readers-{config.bridge.id}",
            state_topic=self.topics.bridge_state,
            handler=self,
            make_sender=self._make_sender,
        )
        self.answers = Answers(self.topics, config.home_assistant.discovery_prefix, self.link.publish)
        self.devices: dict[str, Device] = {}
        self.announcements = Announcements(
            config.home_assistant, self.topics, self.link, self.devices.values, self._publish_info
        )
        self.fleet = Fleet(
            self.devices,
            topics=self.topics,
            pressure=self.pressure,
            outlet=Outlet(self.link.retain, self.link.publish, self.answers.to_command),
            clock=self.clock,
            key_file=config.bridge.data_dir / "credential.key",
            described=self.announcements.device_changed,
            removed=self.announcements.device_removed,
        )
        self.delivery = Delivery(self.clock, self.pressure, self.fleet.late_after)
        self.delivery.on_lost = self._lost
        self.requests = Requests(self, self.answers.to_request)
        self.health = Health(self)
        self.orders = [self.topics.command("+", "+"), self.topics.request("+")]
        heard = [subscription.filter for subscription in self.topics.subscriptions(config.home_assistant)]
        self.filters = [*(name for name in heard if name not in self.orders), self.topics.bridge_info]
        self.journal: Journal
        self.instance = secrets.token_hex(8)
        self.started = self.clock.wall()
        self._own_info_seen = False
        self._lost_messages: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[Any]] = []
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._linked: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    # -- life

    async def run(self) -> None:
        """Serve until ``stop`` is called.

        Raises:
            TakenOverError: another bridge with this id, or this data directory, runs.
            BrokerError: the TLS files cannot be used.
        """
        await self._start()
        try:
            await self._end
        except TakenOverError:
            await self._hang_up()  # what we would still publish is the other bridge's business now
            raise
        finally:
            await self._stop()

    @property
    def running(self) -> bool:
        """Whether the start is over."""
        return self._ready.is_set()

    def stop(self) -> None:
        """End ``run``."""
        if not self._end.done():
            self._end.set_result(None)

    async def _start(self) -> None:
        config = self.config
        self.journal = await Journal.open(
            config.bridge.data_dir / "journal.db",
            config.journal,
            self.clock,
            committed=self.delivery.committed,
            failed=self.delivery.failed,
            changed=self._journal_changed,
        )
        self.delivery.use(self.journal)
        self.announcements.earlier(await self.journal.facts("_bridge"))
        await self.fleet.make(self.journal, config.devices)
        self.announcements.begin()
        self.fleet.start()
        self._linked = self._spawn(self._link(), "link")
        self._spawn(self.health.run(), "health")
        if (interval := systemd.watchdog_interval()) is not None:
            self._spawn(systemd.keep_alive(interval), "watchdog")
        self._ready.set()
        log.info("bridge %s %s serves %d devices", config.bridge.id, __version__, len(self.devices))
        systemd.notify("READY=1", f"STATUS={len(self.devices)} devices, connecting to the broker")

    async def _stop(self) -> None:
        systemd.notify("STOPPING=1")
        await self.requests.close()
        self.announcements.stop()
        await self.fleet.stop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_TIMEOUT):
                await self.journal.flush()
        await self.link.say_goodbye()
        await self._hang_up()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.journal.close()
        log.info("bridge %s stopped", self.config.bridge.id)

    async def _hang_up(self) -> None:
        while self._linked is not None and not self._linked.done():
            self._linked.cancel()  # again, if a library swallowed it
            await asyncio.wait([self._linked], timeout=STUBBORN)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)
        return task

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None and not self._end.done():
            self._end.set_exception(error)

    async def _link(self) -> None:
        try:
            await self.link.run()
        except TakenOverError as error:
            raise self._taken_over() from error

    def _taken_over(self) -> TakenOverError:
        return TakenOverError(
            f"another bridge with the id {self.config.bridge.id} runs and took over our connection; "
            "give each bridge an id of its own (bridge.id), or stop the other one"
        )

    # -- what requests ask for

    def has_device(self, device: str) -> bool:
        """Whether it is configured."""
        return device in self.devices

    def as_published(self, record: Record) -> Record:
        """The record as it would be published now: marked when it is late."""
        return self.delivery.as_published(record, self.clock.wall())

    def page_bytes(self) -> int:
        """The largest payload of a response that the broker takes, up to PAGE_BYTES."""
        return min(PAGE_BYTES, self.link.room(self.topics.response("replay")) or PAGE_BYTES)

    async def restart_device(self, device: str) -> None:
        """Connect a device anew."""
        await self.fleet.restart(device)

    async def reload(self) -> JsonObject:
        """Apply the changed configuration file without touching unchanged devices.

        Returns:
            ``{added, changed, removed, restart_required}``: device ids, and the sections that only a restart applies.

        Raises:
            ConfigError: the file is wrong; nothing was changed.
        """
        if self.config.path is None:
            raise CommandError("the bridge was started without a file", status=Status.FAILED, code="no_file")
        await self._ready.wait()
        systemd.reloading()
        try:
            new = load(self.config.path)
            changes = await self.fleet.apply(new.devices)
        finally:
            systemd.notify("READY=1")
        if self.link.online:
            await self._remember_roots()
        log.info("reloaded: %s", ", ".join(f"{len(devices)} {what}" for what, devices in changes.items()))
        sections = ("bridge", "mqtt", "home_assistant", "journal", "metrics")
        restart = [name for name in sections if getattr(self.config, name) != getattr(new, name)]
        if restart:
            log.warning("these sections of the configuration take effect at the next start: %s", ", ".join(restart))
        return {**changes, "restart_required": restart}

    # -- the link's handler

    def message(self, message: Message) -> None:
        """Take care of a message from the broker."""
        if message.topic == self.topics.bridge_info:
            self._info_seen(message.payload)
            return
        match self.topics.route(message.topic):
            case CommandRoute(device, name):
                self._command(device, name, message)
            case RequestRoute(verb):
                if message.payload or not message.retained:
                    self.requests.handle(verb, message)
            case ClaimRoute():
                self.announcements.claimed(message.payload)
            case BirthRoute():
                if message.payload == b"online" and not message.retained:
                    self.announcements.home_assistant_started()
            case None:
                pass  # what ``settle`` looks at

    async def connected(self) -> None:
        """The link is up: settle what is retained."""
        await self.announcements.settle()
        self._publish_info()
        self.health.publish()
        await self._remember_roots()
        self._tell_lost()

    async def deliver(self, sender: Sender[Record]) -> None:
        """Hand reads to this connection."""
        await self.delivery.run(sender)

    def state_changed(self, problem: str | None) -> None:
        """The link went up (None) or down."""
        if problem is not None:
            self.link.withhold(self.topics.bridge_info)
            self.announcements.suspend()
        systemd.notify(f"STATUS={problem or f'connected to {self.link.host}'}")

    def _make_sender(self, protocol: str, context: Any) -> Sender[Record]:
        mqtt = self.config.mqtt
        return ReadsSender(
            client_id=f"readers-{self.config.bridge.id}-reads",
            username=mqtt.username,
            password=mqtt.password,
            tls=context,
            keepalive=mqtt.keepalive,
            protocol=protocol,
            acked=self.delivery.acked,
            refused=self.delivery.refused,
        )

    def _command(self, device: str, name: str, message: Message) -> None:
        if message.retained and not message.payload:
            return  # a cleared topic
        incoming = Incoming(
            name, message.payload, message.retained, message.expiry, message.response_topic, message.correlation
        )
        found = self.devices.get(device)
        if found is not None:
            found.command(incoming)
            return
        now = self.clock.wall()
        payload = nobodys_result(incoming, device, list(self.devices), rfc3339(now))
        record = result(self.journal, device, self.topics.result(device), payload, now)
        self.journal.append([record])
        self.answers.to_command(incoming, record.payload)

    def _info_seen(self, payload: bytes) -> None:
        """After our own has come back, that of another run means a second bridge; MQTT 3.1.1 tells in no other way."""
        try:
            instance = orjson.loads(payload)["instance"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return
        if instance == self.instance:
            self._own_info_seen = True
        elif self._own_info_seen and not self._end.done():
            self._end.set_exception(self._taken_over())

    # -- what the bridge tells about itself

    def _publish_info(self) -> None:
        if self.link.online:
            self.link.retain(self.topics.bridge_info, orjson.dumps(about.info(self)))

    def diagnostics(self) -> JsonObject:
        """Everything that helps to find a fault, without secrets and credentials."""
        return about.diagnostics(self)

    def clear_claim(self) -> None:
        """Forget the component's claim."""
        self.link.retain(self.topics.claim, b"")
        self.announcements.claimed(b"")

    # -- when something is lost

    def _journal_changed(self, problem: str | None) -> None:
        if problem is None and self.running:  # not while it is being opened
            self.delivery.journal_works()
            self._publish_info()
            self._tell_lost()

    def _lost(self, device: str, count: int) -> None:
        self._lost_messages[device] += count
        if device in self.devices:
            self.devices[device].count("lost", count)

    def _tell_lost(self) -> None:
        lost, self._lost_messages = self._lost_messages, Counter()
        for name, count in lost.items():
            if name in self.devices:
                self.devices[name].emit([Event("messages_lost", {"count": count})])

    async def _remember_roots(self) -> None:
        roots = self.announcements.roots()
        try:
            if await self.journal.facts("_bridge") != roots:
                await self.journal.set_facts("_bridge", roots)
        except JournalError:
            log.debug("what is retained could not be remembered")  # the journal says itself what is wrong with it
