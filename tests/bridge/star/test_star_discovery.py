"""Printers are found, and found again, by their MAC address."""

from __future__ import annotations

import ipaddress

import pytest

from readers_bridge.addresses import parse_address
from readers_bridge.families.star import FAMILY, discovery
from readers_bridge.families.star.discovery import broadcast_addresses, discover, find, refresh
from readers_bridge.families.star.printer import ADDRESS_FACT
from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from readers_bridge.families.star.typedefs import Emulation
from tests.bridge.star.shop import QUICK, served
from tests.conftest import eventually

MAC = "00:11:62:00:00:07"
HERE, THERE = "127.0.0.1", "127.0.0.2"


def test_every_interface_is_asked() -> None:
    found = broadcast_addresses()
    assert found[0] == "255.255.255.255"
    assert len(found) == len(set(found))
    assert all(ipaddress.IPv4Address(address) for address in found)


@pytest.mark.parametrize("fault", ["none", "discovery_duplicate", "discovery_version4"])
async def test_each_printer_is_found_once_with_a_ready_entry(fault: str) -> None:
    async with SimulatedPrinter(Settings(mac=MAC)) as printer:
        printer.fault(fault)
        found = [one async for one in discover(0.3, targets=[HERE, HERE], port=printer.management_port)]
        assert [(one.identity, one.address) for one in found] == [(MAC, f"tcp://{HERE}")]
        entry = dict(found[0].entry)
        assert entry == {"id": "star-000007", "family": "star", "connection": f"tcp://{HERE}", "mac": MAC}
        assert parse_address(entry["connection"], FAMILY.schemes).host == HERE


@pytest.mark.parametrize("fault", ["discovery_truncated", "discovery_wrong_length", "discovery_silent"])
async def test_an_answer_that_cannot_be_read_is_passed_over_and_the_next_one_is_not(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "ASK_EVERY", 0.1)
    async with SimulatedPrinter(Settings(mac=MAC)) as printer:
        printer.fault(fault)
        card = await refresh(HERE, printer.management_port)
        assert card is not None
        assert card.mac == MAC


async def test_nobody_there() -> None:
    async with SimulatedPrinter(Settings(mac=MAC)) as printer:
        port = printer.management_port
        assert await find(MAC, port, targets=[HERE]) == HERE
    assert [one async for one in discover(0.1, targets=[HERE], port=port)] == []


async def test_a_printer_with_a_new_address_is_found_by_its_mac(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "broadcast_addresses", lambda: [HERE, THERE])
    monkeypatch.setattr(discovery, "FIND_TIME", 0.5)
    async with SimulatedPrinter(Settings(mac=MAC)) as printer:
        address = printer.address.replace(HERE, THERE)
        async with served(address, mac=MAC, **QUICK) as it:
            await it.online()
            assert it.desk.facts[ADDRESS_FACT] == {"configured": THERE, "found": HERE}
            assert it.desk.counters["found_elsewhere"] == 1
            facts = it.desk.facts
        async with served(address, facts, mac=MAC, **QUICK) as it:
            await it.online()
            assert it.desk.counters["found_elsewhere"] == 0


async def test_without_a_mac_nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "broadcast_addresses", lambda: [HERE])
    async with (
        SimulatedPrinter(Settings(mac=MAC)) as printer,
        served(printer.address.replace(HERE, THERE), **QUICK) as it,
    ):
        await eventually(lambda: len(it.ends) > 3, "some attempts")
        assert not it.desk.is_online
        assert it.desk.counters["found_elsewhere"] == 0


async def test_another_printer_at_the_address_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "broadcast_addresses", lambda: [HERE, THERE])
    monkeypatch.setattr(discovery, "FIND_TIME", 0.5)
    async with SimulatedPrinter(Settings(mac="00:11:62:00:00:08")) as other:
        ports = (other.management_port, other.print_port, other.status_port)
        async with served(other.address, mac=MAC, **QUICK) as it:
            await eventually(lambda: it.ends, "the end")
            assert it.ends[0] == "wrong_printer"
            assert not it.desk.is_online
            async with SimulatedPrinter(Settings(Emulation.STAR_LINE, THERE, *ports, mac=MAC)):
                await it.online()
                assert it.desk.described[-1].serial == MAC
