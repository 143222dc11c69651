"""Commands to BALTECH readers over MQTT: the bytes that reach the reader, and what comes back."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from readers_bridge.families.baltech.simulator import SecondClient, Settings, TcpLink
from readers_bridge.families.baltech.typedefs import AutoReadMode, CardFamilies, FeatureID
from tests.conftest import wait_until
from tests.end_to_end.baltech import DISABLE, ENABLE, RESET, RESTRICT, SET_MODE, TOGGLE, House

SET_RGB, PULSE_RGB = 0x0A20, 0x0A21
NO_RGB = tuple(feature for feature in Settings().features or () if feature != FeatureID.RgbLed)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house")) as house:
        for name in ("door", "modes", "families", "restarted", "interrupted", "errors", "once"):
            house.add(name)
        house.add("leds", Settings(features=NO_RGB), ports=["CustomVled3"])
        house.add("off", Settings(autoread=AutoReadMode.Disabled))
        house.add("enabled", Settings(autoread=AutoReadMode.Disabled), enable_autoread=True)
        house.add("busy", link=TcpLink(second_client=SecondClient.CLOSE))
        house.start()
        house.wait_online()
        yield house


COMMANDS: list[tuple[str, dict[str, Any], int, str]] = [
    ("set_port", {"port": "GreenLed", "on": True}, ENABLE, "00"),
    ("set_port", {"port": "Relay", "on": False}, DISABLE, "03"),
    ("toggle_port", {"port": "Beeper", "count": 3}, TOGGLE, "02 03 00C8 00C8 00"),
    ("toggle_port", {"port": "RedLed", "on_ms": 100, "off_ms": 50, "inverted": True}, TOGGLE, "01 01 0032 0064 01"),
    ("pulse_relay", {"ms": 3000}, TOGGLE, "03 01 0BB8 0064 00"),
    ("set_rgb", {"color": "#FF8000", "transition_ms": 500, "leds": "left"}, SET_RGB, "0004 00FF8000 01F4"),
    ("set_rgb", {"color": "#000000"}, SET_RGB, "0007 00000000 0000"),
    (
        "pulse_rgb",
        {"color": "#00FF00", "color2": "#0000FF", "period_ms": 1000},
        PULSE_RGB,
        "0007 0000FF00 000000FF 0000 03E8",
    ),
]


@pytest.mark.parametrize(("name", "arguments", "code", "payload"), COMMANDS)
def test_the_bytes_of_a_command(house: House, name: str, arguments: dict[str, Any], code: int, payload: str) -> None:
    door = house.doors["door"]
    before = len(door.asked(code))
    data = door.done(name, **arguments)
    assert arguments.items() <= data.items()
    assert door.asked(code)[before:] == [bytes.fromhex(payload)]


INVALID: list[tuple[str, dict[str, Any], str]] = [
    ("set_port", {"port": "Input0", "on": True}, "port"),
    ("set_port", {"port": "Gpio0", "on": True}, "port"),
    ("set_port", {"port": "Relay"}, "on"),
    ("toggle_port", {"port": "Beeper", "count": 0}, "count"),
    ("toggle_port", {"port": "Beeper", "on_ms": 70_000}, "on_ms"),
    ("set_rgb", {"color": "orange"}, "color"),
    ("set_autoread", {"mode": "On"}, "mode"),
    ("restrict_card_families", {"families": ["Mifare"]}, "families"),
    ("sense", {"port": "Relay"}, "port"),
    ("cfg_reset", {}, ""),
    ("factory_reset", {}, ""),
]


@pytest.mark.parametrize(("name", "arguments", "path"), INVALID)
def test_what_cannot_be_is_refused_and_never_sent(
    house: House, name: str, arguments: dict[str, Any], path: str
) -> None:
    door = house.doors["errors"]
    before = door.asked_but_polls()
    result = door.ask(name, **arguments)
    assert result["status"] == "invalid"
    assert (result["error"]["path"] or "").startswith(path)
    assert door.asked_but_polls() == before


def test_only_what_the_reader_has_can_be_switched(house: House) -> None:
    door = house.doors["leds"]

    def has_rgb() -> bool:
        return not {"set_rgb", "pulse_rgb"}.isdisjoint(command["name"] for command in door.description()["commands"])

    wait_until(lambda: not has_rgb(), "a description of what it has")
    door.done("set_port", port="CustomVled3", on=True)
    assert door.asked(ENABLE) == [b"\x43"]


def test_autoread_is_switched_and_told(house: House) -> None:
    door = house.doors["modes"]
    door.wait_state(autoread="Enabled")
    door.card("before")
    assert door.done("set_autoread", mode="Disabled") == {"mode": "Disabled"}
    door.wait_read("before")
    door.wait_state(autoread="Disabled")
    door.card("not read")
    assert door.done("set_autoread", mode="EnableOnce") == {"mode": "EnableOnce"}
    door.wait_state(autoread="EnableOnce")
    door.card("once")
    door.card("not again")
    door.wait_read("once")
    door.wait_state(autoread="Disabled")
    door.done("set_autoread", mode="Enabled")
    door.wait_state(autoread="Enabled")
    door.card("after")
    door.wait_read("after")
    assert door.credentials() == ["before", "once", "after"]
    assert door.asked(SET_MODE) == [b"\x00", b"\x02", b"\x01"]


def test_autoread_that_is_off_stays_off_unless_the_configuration_says_so(house: House) -> None:
    off, enabled = house.doors["off"], house.doors["enabled"]
    off.wait_state(autoread="Disabled")
    enabled.wait_state(autoread="Enabled")
    assert off.asked(SET_MODE) == []
    assert enabled.asked(SET_MODE) == [b"\x01"]
    enabled.card("read")
    enabled.wait_read("read")
    house.wait_log("off: Autoread is off")
    assert house.bridge.log.count("off: Autoread is off") == 1
    assert "enabled: Autoread is off" not in house.bridge.log


def test_card_families_are_restricted(house: House) -> None:
    door = house.doors["families"]
    families = ["Iso14443A", "Iso15693"]
    assert door.done("restrict_card_families", families=families) == {"families": families}
    assert door.asked(RESTRICT) == [b"\x00\x05"]
    door.wait_state(card_families="Iso14443A, Iso15693")
    door.card("felica", family=CardFamilies.Felica)
    door.card("iso15693", family=CardFamilies.Iso15693)
    door.wait_read("iso15693")
    assert door.credentials() == ["iso15693"]
    door.done("reset")
    door.wait_state(card_families=None)
    door.card("felica again", family=CardFamilies.Felica)
    door.wait_read("felica again")


def test_the_reader_restarts_when_told(house: House) -> None:
    door = house.doors["restarted"]
    door.done("set_port", port="GreenLed", on=True)
    began = time.monotonic()
    data = door.done("reset")
    assert 400 < data["back_after_ms"] < 1000 * (time.monotonic() - began) + 1
    restarted = [("online", "connected"), ("offline", "restarting"), ("online", "connected")]
    wait_until(lambda: door.availability()[-3:] == restarted, "the availability, which has a connection of its own")
    assert door.switched("GreenLed")[-1][1] is False
    assert len(door.asked(RESET)) == 1
    door.card("after the restart")
    door.wait_read("after the restart")


def test_the_power_fails_in_the_middle_of_a_command(house: House) -> None:
    door = house.doors["interrupted"]
    online = door.onlines()
    door.fault("drop", code=ENABLE)
    transaction = door.send("set_port", port="Relay", on=True)
    wait_until(lambda: door.asked(ENABLE), "the command to reach the reader")
    door.readers.do(lambda: door.reader.power_cycle(0.3))
    result = door.result(transaction)
    assert result["status"] == "unknown"
    assert "not known" in result["error"]["message"]
    door.wait_online(online + 1)
    assert door.done("set_port", port="Relay", on=True) == {"port": "Relay", "on": True}
    assert door.asked(ENABLE) == [b"\x03", b"\x03"], "never repeated by the bridge itself"


def test_what_the_reader_says_no_to(house: House) -> None:
    door = house.doors["errors"]
    door.fault("status", 0x01, code=ENABLE)
    result = door.ask("set_port", port="Relay", on=True)
    assert (result["status"], result["error"]["code"]) == ("failed", "invalid_port")
    door.fault("status", 0x41, code=ENABLE)
    result = door.ask("set_port", port="Relay", on=True)
    assert (result["status"], result["error"]["code"]) == ("failed", "not_supported")


@pytest.mark.parametrize("status", [0x81, 0x82, 0x84])
def test_a_command_that_the_reader_could_not_read_is_sent_again(house: House, status: int) -> None:
    door = house.doors["errors"]
    before = len(door.asked(DISABLE))
    door.fault("status", status, code=DISABLE)
    door.done("set_port", port="Relay", on=False)
    assert len(door.asked(DISABLE)) == before + 2


def test_the_same_transaction_is_executed_once(house: House) -> None:
    door = house.doors["once"]
    for _ in range(3):
        door.seen.publish(f"{door.topic}/command/set_port", {"port": "Relay", "on": True, "transaction": "same"})
    results = [seen.json for seen in door.seen.wait_for(f"{door.topic}/result", 3)]
    assert [result["status"] for result in results] == ["done"] * 3
    assert [result.get("repeated", False) for result in results] == [False, True, True]
    assert door.asked(ENABLE) == [b"\x03"]


def test_a_command_does_not_wait_for_the_next_poll(house: House) -> None:
    door = house.doors["door"]
    waits = []
    for _ in range(9):
        transaction = door.send("set_port", port="BlueLed", on=True)
        acknowledged = time.monotonic()  # by the broker, which passes it on at the same time
        door.result(transaction)
        arrived = door.readers.do(lambda: door.reader.asked(ENABLE)[-1].time)
        waits.append(arrived - acknowledged)
    assert sorted(waits)[4] < 0.03


def test_a_second_host_is_turned_away(house: House) -> None:
    door = house.doors["busy"]
    with socket.create_connection(("127.0.0.1", door.reader.port)) as second:
        second.settimeout(5)
        assert second.recv(1) == b""
    door.card("still ours")
    door.wait_read("still ours")
    assert door.onlines() == 1


def test_another_host_has_the_reader(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        door = house.add("door")
        with socket.create_connection(("127.0.0.1", door.reader.port)):
            wait_until(lambda: door.readers.do(lambda: door.reader.connected), "the other host to be there")
            house.start()
            door.wait_offline("connection_refused")
            house.wait_log("one connection at a time")
            result = door.ask("set_port", port="Relay", on=True)
            assert result["status"] in {"unavailable", "invalid"}
        door.wait_online()
