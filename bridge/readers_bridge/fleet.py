"""The devices of the configuration: made, replaced when their entries change, restarted, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from readers_bridge.device import Device, Outlet
from readers_bridge.errors import JournalError
from readers_bridge.families import Clock, families
from readers_bridge.journal import Journal
from readers_bridge.model import DeviceConfig, Privacy
from readers_bridge.mqtt.topics import Topics
from readers_bridge.pressure import Pressure
from readers_bridge.privacy import KEY_BYTES, Veil, load_key

log = logging.getLogger(__name__)

TRANSACTION_MEMORY = 300.0
"""Seconds; as long as earlier results of a device are of interest."""


class Fleet:
    """Fills ``devices``: every device by its id. One change at a time: a reload and a restart wait for each other."""

    def __init__(
        self,
        devices: dict[str, Device],
        *,
        topics: Topics,
        pressure: Pressure,
        outlet: Outlet,
        clock: Clock,
        key_file: Path,
        described: Callable[[Device], None],
        removed: Callable[[str], None],
    ) -> None:
        self.devices = devices
        self._topics = topics
        self._pressure = pressure
        self._outlet = outlet
        self._clock = clock
        self._key_file = key_file
        self._key: bytes | None = None
        self._described = described
        self._removed = removed
        self._changing = asyncio.Lock()
        self._stopped = False
        self._journal: Journal

    async def make(self, journal: Journal, configs: Sequence[DeviceConfig]) -> None:
        """The devices of the first configuration, not started."""
        self._journal = journal
        for config in configs:
            await self._add(config)
        await self._remember_results(set(self.devices))

    def start(self) -> None:
        """Let all of them connect."""
        for device in self.devices.values():
            device.start()

    async def apply(self, configs: Sequence[DeviceConfig]) -> dict[str, list[str]]:
        """Make these the devices, without touching those that do not change.

        Returns:
            ``{added, changed, removed}``: their ids.
        """
        async with self._changing:
            wanted = {config.id: config for config in configs}
            running = {name: device.config for name, device in self.devices.items()}
            removed = [name for name in running if name not in wanted]
            changed = [name for name, config in wanted.items() if name in running and running[name] != config]
            added = [name for name in wanted if name not in running]
            if self._stopped:
                return {"added": [], "changed": [], "removed": []}
            for name in removed:
                await self.devices.pop(name).stop("removed")
                self._removed(name)
                with contextlib.suppress(JournalError):
                    await self._journal.set_facts(name, None)
            for name in changed:
                await self.devices[name].stop("restarting")
            await self._journal.flush()
            for name in [*changed, *added]:
                await self._add(wanted[name])
            await self._remember_results({*changed, *added})
            for name in [*changed, *added]:
                self.devices[name].start()
                self._described(self.devices[name])
            return {"added": added, "changed": changed, "removed": removed}

    async def restart(self, device: str) -> None:
        """Let a device connect anew."""
        async with self._changing:
            if device in self.devices and not self._stopped:
                await self.devices[device].restart()

    async def stop(self) -> None:
        """Stop all of them, for good."""
        async with self._changing:
            self._stopped = True
            ends = await asyncio.gather(*(device.stop() for device in self.devices.values()), return_exceptions=True)
        for name, end in zip(self.devices, ends, strict=True):
            if isinstance(end, Exception):
                log.error("device %s did not stop cleanly: %r; please report this", name, end)

    def late_after(self, device: str) -> float:
        """Seconds after which a read of this device is late."""
        found = self.devices.get(device)
        return found.config.late_after if found is not None else 10.0

    async def _add(self, config: DeviceConfig) -> None:
        device = Device(
            config,
            families()[config.family],
            topics=self._topics,
            journal=self._journal,
            pressure=self._pressure,
            outlet=self._outlet,
            clock=self._clock,
            veil=Veil(config.credential, self._hash_key() if config.credential is Privacy.HASHED else b""),
            facts=await self._journal.facts(config.id),
        )
        device.description_changed = self._described
        self.devices[config.id] = device

    async def _remember_results(self, devices: set[str]) -> None:
        """So that no transaction of the last minutes is executed again, neither by a new run nor by a changed device."""
        if not devices:
            return
        for record in await self._journal.recent_results(self._clock.wall() - TRANSACTION_MEMORY):
            if record.device in devices:
                self.devices[record.device].remember_result(record)
        for name in devices:
            await self.devices[name].answer_cut_off()

    def _hash_key(self) -> bytes:
        if self._key is None:
            try:
                self._key = load_key(self._key_file)
            except OSError as error:
                log.error(
                    "the key for hashed credentials cannot be kept in %s (%s); hashes of this run match no others",
                    self._key_file,
                    error,
                )
                self._key = secrets.token_bytes(KEY_BYTES)
        return self._key
