"""A bridge with a device of every kind, and what several tests do with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from custom_components.readers.const import DOMAIN
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message
from pytest_homeassistant_custom_component.typing import MqttMockPahoClient

from tests.component.fake_bridge import FakeBridge, _is_heard

TIME = "2026-03-01T12:00:00.000Z"

DOOR: dict[str, Any] = {
    "contract": 1,
    "device": "door",
    "name": "Door",
    "family": "acme",
    "manufacturer": "Acme",
    "model": "Reader 1",
    "serial": "4711",
    "firmware": "1.0",
    "entities": [
        {
            "key": "wink",
            "platform": "button",
            "name": "Wink",
            "icon": "mdi:eye",
            "command": "wink",
            "category": "config",
        },
        {"key": "led", "platform": "sensor", "name": "LED state", "state_key": "led", "options": ["On", "Off"]},
        {"key": "seen", "platform": "sensor", "name": "Seen", "state_key": "seen", "device_class": "timestamp"},
        {"key": "volts", "platform": "sensor", "name": "Supply", "state_key": "volts", "unit": "V"},
        {"key": "said", "platform": "sensor", "name": "Said", "state_key": "said", "enabled": False},
        {"key": "note", "platform": "sensor", "name": "Note", "state_key": "note", "category": "diagnostic"},
        {
            "key": "tamper",
            "platform": "binary_sensor",
            "name": "Tamper",
            "state_key": "tamper",
            "device_class": "tamper",
        },
        {
            "key": "relay",
            "platform": "switch",
            "name": "Relay",
            "command": "set_relay",
            "args": {"on": {"on": True}, "off": {"on": False}},
        },
        {
            "key": "radio",
            "platform": "switch",
            "name": "Radio",
            "state_key": "radio",
            "command": "set_relay",
            "args": {"on": {"on": True}, "off": {"on": False}},
        },
        {"key": "rgb", "platform": "light", "name": "RGB", "command": "set_rgb", "args": {"value": "rgb", "ms": 5}},
        {
            "key": "lamp",
            "platform": "light",
            "name": "Lamp",
            "state_key": "lamp",
            "command": "set_rgb",
            "args": {"value": "rgb"},
        },
        {"key": "volume", "platform": "number", "name": "Volume", "command": "set_volume", "args": {"value": "level"}},
        {
            "key": "gain",
            "platform": "number",
            "name": "Gain",
            "state_key": "gain",
            "command": "set_gain",
            "args": {"value": "gain"},
            "max": 2.5,
        },
        {
            "key": "mode",
            "platform": "select",
            "name": "Mode",
            "command": "set_mode",
            "args": {"Slow": {"mode": 1}, "Fast": {"mode": 2}},
        },
        {
            "key": "speed",
            "platform": "select",
            "name": "Speed",
            "state_key": "speed",
            "command": "set_mode",
            "options": ["Slow", "Fast"],
            "args": {"Slow": {"mode": 1}, "Fast": {"mode": 2}},
        },
        {
            "key": "print",
            "platform": "notify",
            "name": "Print",
            "command": "print",
            "args": {"value": "text", "copies": 1},
        },
    ],
    "events": [
        {"key": "read", "event_types": ["read", "late_read"], "name": "Card", "icon": "mdi:card"},
        {"key": "alarm", "event_types": ["alarm_on", "alarm_off"], "name": "Alarm"},
    ],
    "commands": [
        {"name": "wink", "answer": False},
        {"name": "set_relay", "args": {"on": {"type": "boolean", "required": True}}, "ttl": 3.0},
        {"name": "set_rgb", "args": {"rgb": {"type": "rgb"}, "ms": {"type": "integer"}}},
        {"name": "set_volume", "args": {"level": {"type": "integer", "min": 1, "max": 9}}},
        {"name": "set_gain", "args": {"gain": {"type": "number"}}},
        {"name": "set_mode", "args": {"mode": {"type": "integer"}}},
        {"name": "print", "args": {"text": {"type": "text"}, "copies": {"type": "integer"}}},
    ],
    "attributes": {"host": "192.0.2.1", "protocol": "x"},
}

STATE = {
    "led": "On",
    "seen": TIME,
    "volts": 12.5,
    "note": ["a", "b"],
    "tamper": False,
    "radio": True,
    "lamp": "#804000",
    "gain": 1.5,
    "speed": "Fast",
}

INFO: dict[str, Any] = {
    "contract": 1,
    "version": "0.1.0",
    "prefix": "readers",
    "bridge": "home",
    "instance": "run-1",
    "journal": "j",
    "mqtt": {"authenticated": True},
    "discovery": {"mode": "auto", "active": True},
}


def read(seq: int | None, **more: Any) -> dict[str, Any]:
    """A read as the bridge publishes it."""
    usual = {"id": f"j-{seq}", "seq": seq, "device_seq": seq, "time": TIME, "device": "door", "event_type": "read"}
    return {**usual, "late": False, "credential": f"CARD{seq}", "kind": "card", "data": {"raw": "00"}, **more}


def event(seq: int, event_type: str = "alarm_on", **more: Any) -> dict[str, Any]:
    """An event as the bridge publishes it."""
    usual = {"id": f"j-{seq}", "seq": seq, "device_seq": seq, "time": TIME, "device": "door", "event_type": event_type}
    return {**usual, "late": False, "data": {}, **more}


def page(*reads: dict[str, Any], seq: int, complete: bool = True, **more: Any) -> dict[str, Any]:
    """A page of a replay that ends at this number."""
    following = {"journal": "j", "seq": seq}
    usual = {"reads": list(reads), "events": [], "next": following, "complete": complete, "oldest": 1, "reset": False}
    return {**usual, **more}


@dataclass
class Bridge(FakeBridge):
    """A bridge that also remembers claims, and answers replays from ``pages`` as long as there are any."""

    published: list[tuple[str, Any, dict[str, Any]]] = field(default_factory=list)
    claims: list[Any] = field(default_factory=list)
    on_claim: Callable[[], None] | None = None
    pages: list[dict[str, Any] | None] = field(default_factory=list)

    def attach(self) -> None:
        super().attach()
        publish = self.client.publish.side_effect

        @callback
        def heard(topic: str, payload: Any, *args: Any, **kwargs: Any) -> Any:
            self.published.append((topic, payload, kwargs))
            if topic == f"readers/{self.bridge}/homeassistant/claim":
                self.claims.append(json.loads(payload) if payload else None)
                if self.on_claim is not None:
                    self.hass.loop.call_soon(self.on_claim)
            return publish(topic, payload, *args, **kwargs)

        self.client.publish.side_effect = heard

    def say(self, topic: str, payload: Any, *, retain: bool = False) -> None:
        # Who is subscribed hears a message without the flag, retained or not.
        super().say(topic, payload)

    def _respond(self, verb: str, body: dict[str, Any]) -> None:
        if verb == "replay" and self.pages:
            answer = self.pages.pop(0)
            if answer is not None:
                self.say("bridge/response/replay", {"status": "done", **answer, "transaction": body["transaction"]})
            return
        super()._respond(verb, body)

    @property
    def replays(self) -> list[dict[str, Any]]:
        """The questions for a replay."""
        return [body for verb, body in self.requests if verb == "replay"]

    def come_online(self, **more: Any) -> None:
        self.say("bridge/state", {"state": "online"}, retain=True)
        self.say("bridge/info", {**INFO, "bridge": self.bridge, **more}, retain=True)

    def go_offline(self) -> None:
        self.say("bridge/state", {"state": "offline"}, retain=True)


async def until_heard(hass: HomeAssistant, topic: str) -> None:
    """Wait for a subscription."""
    while not _is_heard(hass, topic):
        await asyncio.sleep(0)


def readers_entry(bridge: str = "home", **more: Any) -> MockConfigEntry:
    """An entry as the config flow makes it."""
    data = {"prefix": "readers", "bridge": bridge}
    return MockConfigEntry(domain=DOMAIN, title=f"Readers bridge {bridge}", unique_id=bridge, data=data, **more)


async def set_up(
    hass: HomeAssistant,
    client: MqttMockPahoClient,
    *descriptions: dict[str, Any],
    entry: MockConfigEntry | None = None,
    fake: Bridge | None = None,
    before: Callable[[Bridge], None] | None = None,
) -> tuple[Bridge, MockConfigEntry]:
    """A bridge with devices, set up in Home Assistant. ``before``: what it says before it comes online."""
    entry = entry or readers_entry()
    if fake is None:
        fake = Bridge(hass, client, entry.data["bridge"])
        fake.attach()
    if hass.config_entries.async_get_entry(entry.entry_id) is None:
        entry.add_to_hass(hass)
    setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    while not setting_up.done() and not _is_heard(hass, f"readers/{fake.bridge}/bridge/info"):
        await asyncio.sleep(0)
    fake.describe(*descriptions)
    if before is not None:
        before(fake)
    fake.come_online()
    assert await setting_up
    await hass.async_block_till_done()
    return fake, entry


def device_of(hass: HomeAssistant, owner: str, identifier: str) -> dr.DeviceEntry | None:
    """A device in the registry."""
    found = dr.async_get(hass).async_get_devices(identifiers={(owner, identifier)})
    return found[0] if found else None


def entity_id(hass: HomeAssistant, platform: str, key: str, owner: str = DOMAIN, device: str = "door") -> str | None:
    """The entity with this key."""
    return er.async_get(hass).async_get_entity_id(platform, owner, f"readers:home:{device}:{key}")


def shown(hass: HomeAssistant, entity: str) -> State:
    """The state of an entity that there is."""
    state = hass.states.get(entity)
    assert state is not None, f"there is no {entity}"
    return state


def publish_discovery(hass: HomeAssistant, device: str, payload: dict[str, Any] | None) -> None:
    """What the bridge's own discovery publishes of a device."""
    text = "" if payload is None else json.dumps(payload)
    async_fire_mqtt_message(hass, f"homeassistant/device/readers_home/{device}/config", text, 1)
