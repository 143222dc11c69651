"""Which integration shows the devices of the bridge: Home Assistant's own ``mqtt``, or the component ``readers``."""

from __future__ import annotations

from typing import Any

from tests.conftest import wait_until
from tests.home_assistant.harness import House
from tests.home_assistant.server import HomeAssistant

OWNERS = ("mqtt", "readers")


def owned(ha: HomeAssistant) -> list[tuple[str, str]]:
    """Name and owner of each device of a bridge; a twin is there twice."""
    return sorted(
        (device["name_by_user"] or device["name"], device["identifiers"][0][0])
        for device in ha.ws("config/device_registry/list")
        if device["identifiers"] and device["identifiers"][0][0] in OWNERS
    )


def entities_of(ha: HomeAssistant, owner: str) -> dict[str, dict[str, Any]]:
    """The registry's entries of an owner, by entity id."""
    return {name: entry for name, entry in ha.entities().items() if entry["platform"] == owner}


def names(house: House) -> list[str]:
    """What the devices are called, the bridge itself included."""
    return sorted([f"Readers bridge {house.bridge_id}", *(device["name"] for device in house.devices())])


def wait_for_owner(house: House, owner: str, called: list[str] | None = None) -> None:
    """Wait until this integration shows all devices, with all their entities, and the other one none."""
    ha = house.home_assistant
    wanted = sorted((name, owner) for name in called or names(house))
    wait_until(lambda: owned(ha) == wanted, f"all devices to be {owner}'s", 30)
    other = OWNERS[1 - OWNERS.index(owner)]
    wait_until(lambda: not entities_of(ha, other), f"no entity of {other} to be left", 30)
    wait_until(lambda: not ghosts(ha, owner), f"no entity of {owner} to be a ghost", 30)


def ghosts(ha: HomeAssistant, owner: str) -> list[str]:
    """Entities that are in the registry, and nobody provides or knows a value of."""
    states = ha.states()
    return [
        name
        for name, entry in entities_of(ha, owner).items()
        if not entry["disabled_by"]
        and (name not in states or states[name]["state"] == "unavailable" or states[name]["attributes"].get("restored"))
    ]


def use_component(house: House) -> str:
    """Add the bridge to the component unless it is there; the entry's id."""
    ha = house.home_assistant
    if not ha.entries("readers"):
        ha.confirm("readers")
    wait_for_owner(house, "readers")
    (entry,) = ha.entries("readers")
    return str(entry["entry_id"])


def use_mqtt_discovery(house: House) -> None:
    """Remove the bridge from the component where it is there."""
    ha = house.home_assistant
    for entry in ha.entries("readers"):
        ha.rest("DELETE", f"/api/config/config_entries/entry/{entry['entry_id']}")
    wait_for_owner(house, "mqtt")
