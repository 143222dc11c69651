"""What is known of a bridge and its devices, and who wants to be told when it changes."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback

from .const import BRIDGE_DEVICE
from .listeners import Listeners
from .models import Availability, BridgeInfo, Claim, Description, JsonObject, ReadersEvent, Result

_LOGGER = logging.getLogger(__name__)

REMEMBERED: Final = 20_000
"""Ids of reads and events that are known, so that a repeat is noticed."""


@dataclass(slots=True)
class Device:
    """What is known of a device now."""

    id: str
    description: Description | None = None
    availability: Availability | None = None
    state: JsonObject = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For people."""
        return self.id if self.description is None else self.description.name


class BridgeState:
    """The present state of one bridge.

    ``connected``: Home Assistant is connected to the broker. ``online``: the bridge is, too. ``ready``: and all of our
    subscriptions stand, so that an answer will be heard.
    """

    def __init__(self, prefix: str, bridge: str) -> None:
        self.prefix = prefix
        self.bridge = bridge
        self.info: BridgeInfo | None = None
        self.claim: Claim | None = None
        self.health: JsonObject = {}
        self.devices: dict[str, Device] = {}
        self.connected = False
        self.bridge_online = False
        self.ready = False
        self.counters: dict[str, int] = {"reads": 0, "events": 0, "repeats": 0, "unreadable": 0}
        self._informed = asyncio.Event()
        self._info_is_fresh = False
        self._seen: dict[str, None] = {}
        self._devices: Listeners[[str]] = Listeners()
        self._device: dict[str, Listeners[[]]] = {}
        self._events: Listeners[[ReadersEvent]] = Listeners()
        self._device_events: dict[str, Listeners[[ReadersEvent]]] = {}
        self._results: Listeners[[Result]] = Listeners()
        self._bridge: Listeners[[]] = Listeners()
        self._ready: Listeners[[]] = Listeners()
        self._claims: Listeners[[Claim | None]] = Listeners()

    # -- listeners: each call gives back what ends it

    @callback
    def async_listen_devices(self, listener: Callable[[str], None]) -> CALLBACK_TYPE:
        """Called with the id of each device whose description is new, changed or gone."""
        return self._devices.add(listener)

    @callback
    def async_listen_device(self, device: str, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Called when the state or the availability of the device changes (``bridge``: those of the bridge)."""
        if device == BRIDGE_DEVICE:
            return self._bridge.add(listener)
        return self._device.setdefault(device, Listeners()).add(listener)

    @callback
    def async_listen_bridge(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Called when the bridge's state, info or health, or the connection, changes."""
        return self._bridge.add(listener)

    @callback
    def async_listen_events(self, listener: Callable[[ReadersEvent], None], device: str | None = None) -> CALLBACK_TYPE:
        """Called with each read and event, live or late, none twice; ``device`` None: of all."""
        if device is None:
            return self._events.add(listener)
        return self._device_events.setdefault(device, Listeners()).add(listener)

    @callback
    def async_listen_results(self, listener: Callable[[Result], None]) -> CALLBACK_TYPE:
        """Called with the result of each command, whoever sent it."""
        return self._results.add(listener)

    @callback
    def async_listen_claims(self, listener: Callable[[Claim | None], None]) -> CALLBACK_TYPE:
        """Called when a claim, or that there is none any more, is heard."""
        return self._claims.add(listener)

    @callback
    def async_listen_ready(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Called whenever the bridge can be asked (again): after connecting, and when another run of it began."""
        return self._ready.add(listener)

    # -- what is known

    def available(self, device: str) -> bool:
        """Whether the device can be used: MQTT, the bridge and the device are online."""
        found = self.devices.get(device)
        return (
            self.online
            and found is not None
            and found.description is not None
            and found.availability is not None
            and found.availability.online
        )

    @property
    def online(self) -> bool:
        """Whether the bridge is there, as far as Home Assistant can know."""
        return self.connected and self.bridge_online

    def is_known(self, event: ReadersEvent) -> bool:
        """Whether this read or event was passed on already."""
        return event.id is not None and event.id in self._seen

    # -- what has been heard

    @callback
    def async_pass_on(self, event: ReadersEvent) -> bool:
        """Give a read or event to those who listen; False: it was known, and nobody got it."""
        if event.id is not None:
            if event.id in self._seen:
                self.counters["repeats"] += 1
                return False
            self._seen[event.id] = None
            if len(self._seen) > REMEMBERED:
                del self._seen[next(iter(self._seen))]
        self.counters["reads" if event.is_read else "events"] += 1
        self._events.call(event)
        if event.device in self._device_events:
            self._device_events[event.device].call(event)
        return True

    @callback
    def _connection_changed(self, connected: bool) -> None:  # noqa: FBT001
        if connected == self.connected:
            return
        self.connected = connected
        if not connected:
            self.claim = None  # the broker may have forgotten it when we are back
            self.ready = self._info_is_fresh = False
            self._set_bridge(online=False, why="MQTT is disconnected")
        self._tell_all()

    def _set_bridge(self, *, online: bool, why: str) -> None:
        if online == self.bridge_online:
            self._check_ready()
            return
        self.bridge_online = online
        if online:
            _LOGGER.info("The bridge %s is available", self.bridge)
        else:
            _LOGGER.info("The bridge %s is unavailable: %s", self.bridge, why)
            self.ready = self._info_is_fresh = False
        self._tell_all()
        self._check_ready()

    def _told(self, info: BridgeInfo) -> None:
        if self.info is not None and info.instance != self.info.instance:
            self.ready = False
        self.info = info
        self._info_is_fresh = True
        self._informed.set()
        self._bridge.call()
        self._check_ready()

    def _check_ready(self) -> None:
        if not self.ready and self.online and self._info_is_fresh:
            self.ready = True
            self._ready.call()

    def _described(self, device: str, description: Description | None) -> None:
        found = self._device_of(device)
        if description == found.description:
            return
        found.description = description
        if description is None:
            del self.devices[device]
        self._devices.call(device)
        self._tell(device)

    def _availability(self, device: str, availability: Availability | None) -> None:
        found = self._device_of(device)
        earlier, found.availability = found.availability, availability
        was, is_now = (one is not None and one.online for one in (earlier, availability))
        if was and not is_now:
            why = "unknown" if availability is None else availability.reason or "unknown"
            _LOGGER.info("%s (%s/%s) is unavailable: %s", found.name, self.bridge, device, why)
        elif is_now and earlier is not None and not was:
            _LOGGER.info("%s (%s/%s) is available", found.name, self.bridge, device)
        self._tell(device)

    def _device_of(self, device: str) -> Device:
        return self.devices.setdefault(device, Device(device))

    def _tell(self, device: str) -> None:
        if device in self._device:
            self._device[device].call()

    def _tell_all(self) -> None:
        self._bridge.call()
        for listeners in self._device.values():
            listeners.call()
