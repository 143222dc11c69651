"""Readers and printers of all four families, as their bridge would describe them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from readers_bridge.families.baltech.answers import Info
from readers_bridge.families.baltech.description import describe as describe_baltech
from readers_bridge.families.baltech.options import Options as BaltechOptions
from readers_bridge.families.baltech.reader import About as BaltechAbout
from readers_bridge.families.baltech.typedefs import INPUTS
from readers_bridge.families.springcard.description import describe as describe_springcard
from readers_bridge.families.springcard.options import Options as SpringcardOptions
from readers_bridge.families.star.about import About as StarAbout
from readers_bridge.families.star.description import describe as describe_star
from readers_bridge.families.star.options import Options as StarOptions
from readers_bridge.families.star.typedefs import Peripheral
from readers_bridge.families.transcore.description import describe as describe_transcore
from readers_bridge.families.transcore.options import Options as TranscoreOptions
from readers_bridge.families.transcore.typedefs import Profile, Protocol
from readers_bridge.model import Address, Description, DeviceConfig, EntitySpec, Json, JsonObject

TIME = "2026-03-01T12:00:00.000Z"
_INFO = Info("1100", "IDE ZM", "1.23.45", "01/02/26", "43893126", "1100 IDE ZM 1.23.45 01/02/26 43893126")
_KINDS = (
    describe_springcard(SpringcardOptions(json_outputs=True)),
    describe_baltech(
        BaltechOptions(), BaltechAbout(_INFO, features=frozenset(range(1, 100)), inputs=tuple(sorted(INPUTS)))
    ),
    describe_transcore(TranscoreOptions(Protocol.ECP, Profile.ENCOMPASS), None),
    describe_star(StarOptions(peripheral=Peripheral.DRAWER, password="public"), StarAbout()),
)
_READS: dict[str, JsonObject] = {
    "springcard": {"kind": "card", "data": {"interface": "13", "tag_id": "047DAE02C84080", "protocol": "01"}},
    "baltech": {"kind": "card", "data": {"data_hex": "303336303832393137", "text": "036082917"}},
    "transcore": {
        "kind": "vehicle",
        "data": {
            "hex": "9EA488C030426A1900000000000033",
            "decoded": True,
            "equipment_group": "railcar",
            "mark": "IOCC",
            "number": 3088,
            "side": "right",
            "axles": 4,
            "antenna": 1,
            "raw": 'GJ2(P#!":AD        S&16:47:39.78 11/21/26%00-1-00-0',
        },
    },
}


def devices(count: int) -> Iterator[tuple[DeviceConfig, Description]]:
    """As many of each family, in turn."""
    for number in range(count):
        kind = _KINDS[number % len(_KINDS)]
        description = replace(kind, serial=f"{number:08}", firmware="1.0")
        address = Address("tcp", f"192.0.2.{number % 250}")
        yield DeviceConfig(f"device-{number}", kind.family, address, f"Device {number}"), description


def event_entities(count: int) -> int:
    """How many event entities these devices have."""
    return sum(len(description.events) for _, description in devices(count))


def read_of(family: str) -> JsonObject | None:
    """What is particular to the reads of a family; None: it reads nothing."""
    return _READS.get(family)


def state_of(description: Description) -> JsonObject:
    """Values for all that is shown."""
    return {entity.state_key: _value(entity) for entity in description.entities if entity.state_key is not None}


def _value(entity: EntitySpec) -> Json:
    if entity.platform in ("binary_sensor", "switch"):
        return False
    if entity.platform == "light":
        return "#000000"
    if entity.options:
        return entity.options[0]
    if entity.device_class == "timestamp":
        return TIME
    return 0 if entity.unit is not None else "0"
