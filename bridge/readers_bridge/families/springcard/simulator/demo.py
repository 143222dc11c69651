"""Simulated readers for ``readers-bridge demo``."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from random import Random
from typing import Any

from readers_bridge.families.springcard.simulator.cards import Card
from readers_bridge.families.springcard.simulator.pace import at_leisure
from readers_bridge.families.springcard.simulator.reader import SimulatedReader
from readers_bridge.families.springcard.simulator.settings import Format, Settings
from readers_bridge.families.springcard.simulator.udp import UdpLink
from readers_bridge.simulation.demo import device_id, in_any_order, running
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.tcp import TcpLink

_log = logging.getLogger(__name__)

PEOPLE = (
    Card("047DAE02C84080", data="00047DAE02C84080"),
    Card("047C7B02C44080", data="534639728584"),
    Card("04A2245AB12C90", data="0000042317"),
    Card("8E2B41D7", data="0000118206"),
    Card("262BA1B0", data="00000000262BA1B0", protocol="2C", template=2, protocol_name="Innovatron"),
    Card("04C61F8A9B5E80", data="https://www.springcard.com", template=2),
)
"""The cards of a few people, of different makes."""

PLACES = ("Front door", "Dock", "Workshop", "Canteen", "Archive", "Garage", "Office", "Laboratory")
_FIRST_UDP_HOST = ipaddress.ip_address("127.0.0.2")


@contextlib.asynccontextmanager
async def demo(count: int) -> AsyncIterator[Sequence[Mapping[str, Any]]]:
    """Run ``count`` readers: TCP, UDP, TCP with movement tracking, TCP with JSON, and so on in turn.

    Gives their entries for ``devices``. A card is presented within a second of a connection, then every few seconds.
    """
    readers = _readers(count)

    def life(reader: SimulatedReader, n: int) -> Coroutine[Any, Any, None]:
        return at_leisure(reader, in_any_order(PEOPLE, Random(n)), 0.2 + 0.15 * (n % 5), Random(n))  # noqa: S311

    async with running([reader for _, reader in readers], life):
        yield [_entry(place, reader) for place, reader in readers]


def _readers(count: int) -> list[tuple[str, SimulatedReader]]:
    port = _free_udp_port()
    readers = []
    for number in range(count):
        place = PLACES[number] if number < len(PLACES) else f"Reader {number + 1}"
        shared: dict[str, Any] = {"name": device_id(place), "on_happening": _tell}
        match number % 4:
            case 1:
                reader = SimulatedReader(UdpLink(str(_FIRST_UDP_HOST + number), port), **shared)
            case 2:
                reader = SimulatedReader(TcpLink(), Settings(tracking=True), **shared)
            case 3:
                reader = SimulatedReader(TcpLink(), Settings(format=Format.JSON), **shared)
            case _:
                reader = SimulatedReader(TcpLink(), **shared)
        readers.append((place, reader))
    return readers


def _entry(place: str, reader: SimulatedReader) -> dict[str, Any]:
    # the bridge listens to this machine alone
    local = "" if reader.link.stream else "?bind=127.0.0.1"
    return {"id": device_id(place), "name": place, "family": "springcard", "connection": reader.address + local}


def _free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _tell(happening: Happening) -> None:
    if happening.what in {"command", "discarded"}:
        _log.info("simulated reader %s: %s", happening.device, happening.text)
