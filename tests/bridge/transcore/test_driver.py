"""The driver with a simulated reader, in every protocol and over every kind of connection."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from readers_bridge.families.transcore.simulator import SerialLink, Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity, Profile, Protocol
from readers_bridge.model import Kind, Status
from tests.bridge.transcore.served import served, short_silence
from tests.conftest import eventually


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with short_silence():
        yield


CAR = 'GJ2(P#!":AD        S'
LOCOMOTIVE = "+SX&P ?;'AD        S"


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_tags_come_in_their_order(protocol: Protocol) -> None:
    async with (
        SimulatedReader(TcpLink(), Settings(protocol=protocol, ecp_timeout=0.2)) as reader,
        served(reader.address, protocol=str(protocol)) as it,
    ):
        reader.power_cycle(0.01)
        await eventually(lambda: "restarted" in it.desk.events, "the sign-on")
        tags = [f"KING {number}" for number in range(30)] + [CAR, LOCOMOTIVE]
        for tag in tags:
            reader.present(tag)
        await it.read(*tags)
        car = it.desk.reads[-2]
        assert car.kind is Kind.VEHICLE
        assert (car.data["mark"], car.data["number"], car.data["hex"]) == (
            "IOCC",
            3088,
            "9EA488C030426A1900000000000033",
        )
        assert car.data["device_time"]
        assert it.desk.described[-1].serial == "081234"


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_over_a_serial_line(protocol: Protocol) -> None:
    async with (
        SimulatedReader(SerialLink(), Settings(protocol=protocol, ecp_timeout=0.2)) as reader,
        served(reader.address, protocol=str(protocol)) as it,
    ):
        await reader.client_connected()
        reader.present("KING 1302")
        await it.read("KING 1302")


@pytest.mark.parametrize("variant", [CrcVariant.VENDOR, CrcVariant.XMODEM])
@pytest.mark.parametrize("parity", list(Parity))
async def test_ecp_learns_the_crc_by_listening(variant: CrcVariant, parity: Parity) -> None:
    settings = Settings(protocol=Protocol.ECP, crc=variant, parity=parity, ecp_timeout=0.2)
    async with (
        SimulatedReader(TcpLink(), settings) as reader,
        served(f"{reader.address}?parity={parity}", protocol="ecp") as it,
    ):
        reader.present("KING 1302")
        await it.read("KING 1302")
        result = await it.command("reset_uniqueness")
        assert result.status is Status.DONE
        assert not it.desk.counters["crc_errors"]


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("echo", [False, True])
async def test_status_is_asked_for_and_command_mode_left(protocol: Protocol, profile: Profile, echo: bool) -> None:
    settings = Settings(protocol=protocol, profile=profile, echo=echo, ecp_timeout=0.2)
    async with (
        SimulatedReader(TcpLink(), settings) as reader,
        served(reader.address, protocol=str(protocol), profile=str(profile)) as it,
    ):
        told = (await it.command("query_status")).data
        assert told["version"]["serial"] == "081234"
        assert told["protocol"]["protocol"] == protocol
        assert ("clock" in told) == (profile is Profile.MPRX)
        assert ("io" in told) == (profile is Profile.ENCOMPASS)
        assert it.desk.facts["command_mode"] is False
        assert it.desk.state["rf_on"] is not None
        shown = {entity.state_key for entity in it.driver.description.entities}
        assert it.desk.state.keys() <= shown, "nothing without an entity"
        reader.present("KING 1302")
        await eventually(lambda: it.desk.credentials == ["KING 1302"], "a tag after it")
