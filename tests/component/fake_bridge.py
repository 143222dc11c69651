"""A bridge at the mocked broker: it describes its devices, answers commands and requests, and lets devices read."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from homeassistant.components.mqtt.models import DATA_MQTT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_mqtt_message
from pytest_homeassistant_custom_component.typing import MqttMockPahoClient

READ_EVENT = {"key": "read", "event_types": ["read", "late_read"], "name": "Read"}


def _arg(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


SPRINGCARD = {
    "device": "front-door",
    "name": "Front door",
    "family": "springcard",
    "manufacturer": "SpringCard",
    "model": "SpringCore Smart Reader",
    "contract": 1,
    "entities": [{"key": "accept", "platform": "button", "name": "Accept", "command": "accept"}],
    "events": [READ_EVENT, {"key": "activity", "event_types": ["removed", "restarted"], "name": "Activity"}],
    "commands": [
        {"name": "accept", "answer": False},
        {"name": "deny", "answer": False},
        {"name": "play_sequence", "args": {"sequence": _arg("hex", required=True)}, "answer": False},
        {"name": "set_leds", "args": {"leds": _arg("hex"), "beep_ms": _arg("integer")}, "answer": False},
        {"name": "beep", "args": {"ms": _arg("integer", required=True)}, "answer": False},
    ],
}
BALTECH = {
    "device": "turnstile",
    "name": "Turnstile",
    "family": "baltech",
    "manufacturer": "BALTECH",
    "model": "ID-engine",
    "contract": 1,
    "entities": [],
    "events": [READ_EVENT, {"key": "tamper_alarm", "event_types": ["alarm_on", "alarm_off"], "name": "Tamper alarm"}],
    "commands": [
        {"name": "toggle_port", "args": {"port": _arg("enum", options=["GreenLed", "Beeper", "Relay"])}},
        {"name": "run_script", "args": {"script": _arg("text", required=True)}},
        {"name": "store_script", "args": {"script": _arg("text"), "event": _arg("string")}, "timeout": 30.0},
        {"name": "read_script", "args": {"event": _arg("string")}},
        {"name": "delete_script", "args": {"event": _arg("string")}, "timeout": 30.0},
        {"name": "list_scripts"},
    ],
}
STAR = {
    "device": "till",
    "name": "Till",
    "family": "star",
    "manufacturer": "Star Micronics",
    "model": "TSP143IV",
    "contract": 1,
    "entities": [],
    "events": [{"key": "paper", "event_types": ["paper_end"], "name": "Paper"}],
    "commands": [
        {"name": "print_text", "args": {"text": _arg("text")}, "ttl": 300.0, "timeout": 1200.0, "lane": "print"},
        {"name": "print_receipt", "args": {"lines": _arg("list")}, "ttl": 300.0, "timeout": 1200.0, "lane": "print"},
        {"name": "cut", "args": {"kind": _arg("enum", options=["partial", "full"])}, "timeout": 1200.0},
        {"name": "open_drawer", "args": {"drawer": _arg("integer")}, "timeout": 1200.0},
        {"name": "restart", "timeout": 25.0},
        {"name": "release_session", "args": {"port": _arg("integer")}, "timeout": 25.0},
    ],
}
TRANSCORE = {
    "device": "yard",
    "name": "Yard",
    "family": "transcore",
    "manufacturer": "TransCore",
    "model": "MPRX",
    "contract": 1,
    "entities": [],
    "events": [READ_EVENT],
    "commands": [],
}


@dataclass
class FakeBridge:
    """A bridge. ``answers`` and ``responses``: what a command or request gets, else it is ``done``; None: no answer."""

    hass: HomeAssistant
    client: MqttMockPahoClient
    bridge: str = "home"
    commands: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    responses: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    seq: int = 0
    entry: MockConfigEntry | None = None

    def attach(self) -> None:
        """Hear what Home Assistant publishes."""
        publish = self.client.publish.side_effect

        @callback
        def heard(topic: str, payload: Any, *args: Any, **kwargs: Any) -> Any:
            levels = topic.split("/")
            if levels[:2] == ["readers", self.bridge] and payload:
                body = json.loads(payload)
                match levels[2:]:
                    case ["bridge", "request", verb]:
                        self.requests.append((verb, body))
                        self.hass.loop.call_soon(self._respond, verb, body)
                    case [device, "command", name]:
                        self.commands.append((device, name, body))
                        self.hass.loop.call_soon(self._answer, device, name, body)
            return publish(topic, payload, *args, **kwargs)

        self.client.publish.side_effect = heard

    def say(self, topic: str, payload: Any, *, retain: bool = False) -> None:
        """Publish below the bridge."""
        text = payload if isinstance(payload, str) else json.dumps(payload)
        async_fire_mqtt_message(self.hass, f"readers/{self.bridge}/{topic}", text, 1, retain)

    def _respond(self, verb: str, body: dict[str, Any]) -> None:
        response = self.responses.get(verb, {})
        if verb == "replay" and verb not in self.responses:
            response = {"reads": [], "events": [], "complete": True, "oldest": None, "reset": False}
            response["next"] = {"journal": "j", "seq": self.seq}
        if response is not None:
            answer = {"status": "done", "error": None, **response, "transaction": body["transaction"]}
            self.say(f"bridge/response/{verb}", answer)

    def _answer(self, device: str, name: str, body: dict[str, Any]) -> None:
        answer = self.answers.get(f"{device}/{name}", self.answers.get(name, {}))
        if answer is None:
            return
        usual: dict[str, Any] = {
            "status": "done",
            "error": None,
            "data": {},
            "time": "2026-03-01T12:00:00.000Z",
            "device": device,
        }
        self.say(f"{device}/result", {**usual, "command": name, **answer, "transaction": body["transaction"]})

    def describe(self, *descriptions: dict[str, Any]) -> None:
        """Publish devices, all online."""
        for description in descriptions:
            self.say(f"{description['device']}/description", description, retain=True)
            online = {"state": "online", "reason": "connected", "since": "2026-03-01T12:00:00.000Z"}
            self.say(f"{description['device']}/availability", online, retain=True)

    def come_online(self) -> None:
        """Publish what a bridge tells of itself."""
        info = {"contract": 1, "version": "0.1.0", "prefix": "readers", "bridge": self.bridge, "journal": "j"}
        self.say("bridge/state", {"state": "online"}, retain=True)
        self.say("bridge/info", {**info, "instance": "run-1", "mqtt": {"authenticated": True}}, retain=True)

    def read(self, device: str, credential: str, **more: Any) -> None:
        """A device reads a card."""
        self.seq += 1
        read = {
            "id": f"j-{self.seq}",
            "seq": self.seq,
            "device_seq": self.seq,
            "time": "2026-03-01T12:00:00.000Z",
            "device": device,
            "event_type": "read",
            "late": False,
            "credential": credential,
            "kind": "card",
            "data": {},
        }
        self.say(f"{device}/read", {**read, **more})

    def event(self, device: str, event_type: str, **more: Any) -> None:
        """Something happens at a device."""
        self.seq += 1
        event = {"id": f"j-{self.seq}", "seq": self.seq, "device_seq": self.seq, "time": "2026-03-01T12:00:00.000Z"}
        self.say(
            f"{device}/event", {**event, "device": device, "event_type": event_type, "late": False, "data": {}, **more}
        )

    def device_id(self, device: str) -> str:
        """Home Assistant's id of a device."""
        assert self.entry is not None
        identifier = ("readers", f"{self.bridge}:{device}")
        found = dr.async_get(self.hass).async_get_device_by_identifier(identifier, self.entry.entry_id)
        assert found is not None
        return found.id


def _is_heard(hass: HomeAssistant, topic: str) -> bool:
    return bool(hass.data[DATA_MQTT].client.is_active_subscription(topic))


async def async_set_up(
    hass: HomeAssistant, client: MqttMockPahoClient, *descriptions: dict[str, Any], bridge: str = "home"
) -> tuple[FakeBridge, MockConfigEntry]:
    """A bridge with devices, set up in Home Assistant."""
    fake = FakeBridge(hass, client, bridge)
    fake.attach()
    entry = MockConfigEntry(
        domain="readers", title=bridge, unique_id=bridge, data={"prefix": "readers", "bridge": bridge}
    )
    entry.add_to_hass(hass)
    fake.entry = entry
    setting_up = hass.async_create_task(hass.config_entries.async_setup(entry.entry_id))
    while not setting_up.done() and not _is_heard(hass, f"readers/{bridge}/bridge/info"):
        await asyncio.sleep(0)
    fake.describe(*descriptions)
    fake.come_online()
    assert await setting_up
    await hass.async_block_till_done()
    return fake, entry
