"""The bridge: owns the journal, the link and the devices; starts them in order, stops them in reverse, reloads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Coroutine, Mapping
from typing import Any

import orjson

from readers_bridge import CONTRACT, __version__, systemd
from readers_bridge.announcements import Announcements
from readers_bridge.clock import SystemClock, rfc3339
from readers_bridge.commands import LANE_LIMIT, MAX_BYTES, Incoming, result_payload
from readers_bridge.config import Config, load
from readers_bridge.delivery import Delivery
from readers_bridge.device import Device, Outlet
from readers_bridge.errors import CommandError, JournalError, TakenOverError
from readers_bridge.families import Clock, families
from readers_bridge.health import Health
from readers_bridge.journal import Journal, Record
from readers_bridge.model import DeviceConfig, Event, JsonObject, Privacy, Status
from readers_bridge.mqtt.link import Link, Message
from readers_bridge.mqtt.sender import Sender
from readers_bridge.mqtt.topics import BirthRoute, ClaimRoute, CommandRoute, RequestRoute, Topics
from readers_bridge.pressure import Pressure
from readers_bridge.privacy import KEY_BYTES, Veil, load_key
from readers_bridge.records import result
from readers_bridge.requests import PAGE_BYTES, Requests

log = logging.getLogger(__name__)

TRANSACTION_MEMORY = 300.0
"""Seconds; as long as results of an earlier run are of interest."""


class Bridge:
    """One bridge process."""

    def __init__(self, config: Config, clock: Clock | None = None) -> None:
        self.config = config
        self.clock = clock or SystemClock()
        self.topics = Topics(config.mqtt.prefix, config.bridge.id, config.home_assistant.birth_topic)
        self.devices: dict[str, Device] = {}
        self.pressure = Pressure()
        self.delivery = Delivery(self.clock, self.pressure, self._late_after)
        self.delivery.on_lost = self._lost
        self.link = Link(
            config.mqtt,
            client_id=f"readers-{config.bridge.id}",
            state_topic=self.topics.bridge_state,
            handler=self,
            make_sender=self._make_sender,
        )
        self.announcements = Announcements(
            config.home_assistant, self.topics, self.link, self.devices.values, self._publish_info
        )
        self.requests = Requests(self, self._respond)
        self.health = Health(self)
        self.filters = [
            *(subscription.filter for subscription in self.topics.subscriptions(config.home_assistant)),
            self.topics.bridge_info,
        ]
        self.journal: Journal
        self._instance = secrets.token_hex(8)
        self._started = self.clock.wall()
        self._key: bytes | None = None
        self._lost_messages: Counter[str] = Counter()
        self._tasks: list[asyncio.Task[Any]] = []
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._reloading = asyncio.Lock()

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
        finally:
            await self._stop()

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
        for device in config.devices:
            await self._add(device)
        for record in await self.journal.recent_results(self.clock.wall() - TRANSACTION_MEMORY):
            if record.device in self.devices:
                self.devices[record.device].remember_result(record)
        self.announcements.begin()
        for running in self.devices.values():
            running.start()
        self._spawn(self._link(), "link")
        self._spawn(self.health.run(), "health")
        if (interval := systemd.watchdog_interval()) is not None:
            self._spawn(_watchdog(interval), "watchdog")
        log.info("bridge %s %s serves %d devices", config.bridge.id, __version__, len(self.devices))
        systemd.notify("READY=1", f"STATUS={len(self.devices)} devices, connecting to the broker")

    async def _stop(self) -> None:
        systemd.notify("STOPPING=1")
        await self.requests.close()
        self.announcements.stop()
        await asyncio.gather(*(device.stop() for device in self.devices.values()))
        await self.journal.flush()
        await self.link.say_goodbye()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.journal.close()
        log.info("bridge %s stopped", self.config.bridge.id)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._task_ended)
        self._tasks.append(task)

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

    # -- devices

    async def _add(self, config: DeviceConfig) -> Device:
        device = Device(
            config,
            families()[config.family],
            topics=self.topics,
            journal=self.journal,
            pressure=self.pressure,
            outlet=Outlet(self.link.retain, self.link.publish, self._respond_to_command),
            clock=self.clock,
            veil=Veil(config.credential, self._hash_key() if config.credential is Privacy.HASHED else b""),
            facts=await self.journal.facts(config.id),
        )
        device.description_changed = self.announcements.device_changed
        self.devices[config.id] = device
        return device

    def _hash_key(self) -> bytes:
        if self._key is None:
            path = self.config.bridge.data_dir / "credential.key"
            try:
                self._key = load_key(path)
            except OSError as error:
                log.error(
                    "the key for hashed credentials cannot be kept in %s (%s); hashes of this run match no others",
                    path,
                    error,
                )
                self._key = secrets.token_bytes(KEY_BYTES)
        return self._key

    def _late_after(self, device: str) -> float:
        found = self.devices.get(device)
        return found.config.late_after if found is not None else 10.0

    def has_device(self, device: str) -> bool:
        """Whether it is configured."""
        return device in self.devices

    def as_published(self, record: Record) -> Record:
        """The record as it would be published now: marked when it is late."""
        return self.delivery.as_published(record, self.clock.wall())

    async def restart_device(self, device: str) -> None:
        """Connect a device anew."""
        await self.devices[device].restart()

    async def reload(self) -> JsonObject:
        """Apply the changed configuration file without touching unchanged devices.

        Returns:
            ``{added, changed, removed, restart_required}``: device ids, and the sections that only a restart applies.

        Raises:
            ConfigError: the file is wrong; nothing was changed.
        """
        if self.config.path is None:
            raise CommandError("the bridge was started without a file", status=Status.FAILED, code="no_file")
        async with self._reloading:
            systemd.reloading()
            try:
                return await self._apply(load(self.config.path))
            finally:
                systemd.notify("READY=1")

    async def _apply(self, new: Config) -> JsonObject:
        old = self.config
        wanted = {device.id: device for device in new.devices}
        running = {device.id: device.config for device in self.devices.values()}
        removed = [name for name in running if name not in wanted]
        changed = [name for name, config in wanted.items() if name in running and running[name] != config]
        added = [name for name in wanted if name not in running]
        for name in [*removed, *changed]:
            await self.devices.pop(name).stop("removed" if name in removed else "restarting")
        for name in removed:
            self.announcements.device_removed(name)
            with contextlib.suppress(JournalError):
                await self.journal.set_facts(name, None)
        for name in [*changed, *added]:
            device = await self._add(wanted[name])
            device.start()
            self.announcements.device_changed(device)
        sections = ("bridge", "mqtt", "home_assistant", "journal", "metrics")
        restart = [name for name in sections if getattr(old, name) != getattr(new, name)]
        await self._remember_roots()
        log.info("reloaded: %d added, %d changed, %d removed", len(added), len(changed), len(removed))
        if restart:
            log.warning("these sections of the configuration take effect at the next start: %s", ", ".join(restart))
        return {"added": added, "changed": changed, "removed": removed, "restart_required": restart}

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
            case _:
                log.debug("a message on %s is none of ours", message.topic)

    async def connected(self) -> None:
        """The link is up: settle what is retained."""
        await self.announcements.settle()
        self._publish_info()
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
        return Sender(
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
        known = ", ".join(self.devices) or "none"
        error = CommandError(
            f"there is no device {device}; there is {known}", status=Status.INVALID, code="unknown_device"
        )
        now = self.clock.wall()
        payload = result_payload(device, name, None, error, rfc3339(now))
        record = result(self.journal, device, self.topics.result(device), payload, now)
        self.journal.append([record])
        self._respond_to_command(incoming, record.payload)

    def _respond_to_command(self, incoming: Incoming, payload: bytes) -> None:
        if incoming.response_topic and self._may_respond_on(incoming.response_topic):
            self.link.publish(incoming.response_topic, payload, 1, incoming.correlation)

    def _respond(self, message: Message, verb: str, payload: bytes) -> None:
        self.link.publish(self.topics.response(verb), payload, 1, message.correlation)
        if message.response_topic and self._may_respond_on(message.response_topic):
            self.link.publish(message.response_topic, payload, 1, message.correlation)

    def _may_respond_on(self, topic: str) -> bool:
        """Never let a client write, through us, where it may not write itself."""
        own = (f"{self.topics.prefix}/", f"{self.config.home_assistant.discovery_prefix}/", "$")
        if topic.startswith(own) or "+" in topic or "#" in topic:
            log.warning(
                "a client wants its answer on %s; no answer is sent to topics of the bridge or with wild cards", topic
            )
            return False
        return True

    def _info_seen(self, payload: bytes) -> None:
        try:
            instance = orjson.loads(payload)["instance"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return
        if instance != self._instance and self.link.connects and not self._end.done():
            self._end.set_exception(self._taken_over())

    # -- what the bridge tells about itself

    def _publish_info(self) -> None:
        self.link.retain(self.topics.bridge_info, orjson.dumps(self.info()))

    def info(self) -> JsonObject:
        """The payload of ``bridge/info``."""
        config = self.config
        return {
            "contract": CONTRACT,
            "version": __version__,
            "prefix": config.mqtt.prefix,
            "bridge": config.bridge.id,
            "instance": self._instance,
            "started": rfc3339(self._started),
            "journal": self.journal.id,
            "durability": config.journal.durability,
            "mqtt": {
                "version": self.link.version,
                "tls": config.mqtt.tls is not None,
                "authenticated": config.mqtt.username is not None,
            },
            "discovery": {"mode": config.home_assistant.discovery, "active": self.announcements.discovery_active},
            "claims": [self.announcements.claim] if self.announcements.claim is not None else [],
            "limits": {"command_bytes": MAX_BYTES, "replay_page_bytes": PAGE_BYTES, "lane": LANE_LIMIT},
        }

    def diagnostics(self) -> JsonObject:
        """Everything that helps to find a fault, without secrets and credentials."""
        return {
            "info": self.info(),
            "health": self.health.bridge(),
            "devices": {
                name: {**device.health(), "family": device.config.family, "model": device.description.model}
                for name, device in self.devices.items()
            },
        }

    def clear_claim(self) -> None:
        """Forget the component's claim."""
        self.link.retain(self.topics.claim, b"")
        self.announcements.claimed(b"")

    # -- when something is lost

    def _journal_changed(self, problem: str | None) -> None:
        if problem is None:
            self.delivery.journal_works()
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
        roots: Mapping[str, Any] = self.announcements.roots()
        try:
            if await self.journal.facts("_bridge") != roots:
                await self.journal.set_facts("_bridge", roots)
        except JournalError:
            log.debug("what is retained could not be remembered")  # the journal says itself what is wrong with it


async def _watchdog(interval: float) -> None:
    while True:
        systemd.notify("WATCHDOG=1")
        await asyncio.sleep(interval)
