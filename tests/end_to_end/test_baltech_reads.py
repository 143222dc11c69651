"""What BALTECH readers report, through a whole bridge to a real broker: cards, PINs, alarms, inputs, and on every link."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from readers_bridge.families.baltech.simulator import Settings
from readers_bridge.families.baltech.typedefs import IoPort
from tests.conftest import wait_until
from tests.end_to_end.baltech import GET_MESSAGE, NO_MESSAGE, House

CARDS = [f"{number:014d}" for number in range(50)]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house with blanks")) as house:
        for name in ("north", "east", "south", "west"):
            house.add(name)
        house.add("door")
        house.add("removal", Settings(wait_for_removal=True))
        house.add("plain", credential="plain")
        house.add("crc", checksum="crc16")
        house.add("bursts")
        house.add("gpio", Settings(ports=Settings().ports | {IoPort.Gpio3}), ports=["Gpio3"])
        house.add("old", Settings(features=None, boot_status=1 << 5))
        house.start()
        house.wait_online()
        yield house


def test_two_hundred_cards_arrive_in_order_once(house: House) -> None:
    doors = [house.doors[name] for name in ("north", "east", "south", "west")]
    for card in CARDS:
        for door in doors:
            door.card(f"{card}-{door.id}")
        now = time.monotonic()
        for door in doors:
            door.wait_empty(now)
    for door in doors:
        reads = door.wait_reads(len(CARDS))
        assert [read["credential"] for read in reads] == [f"{card}-{door.id}" for card in CARDS]
        assert [read["device_seq"] for read in reads] == list(range(1, len(CARDS) + 1))
        assert all(read["event_type"] == "read" and not read["late"] for read in reads)
        assert not any("order" in read["data"] for read in reads), "one card between two polls: the order is certain"


def test_a_read(house: House) -> None:
    door = house.doors["door"]
    door.card("0123456789")
    read = door.wait_read("0123456789")
    assert read["kind"] == "card"
    assert read["data"] == {"data_hex": "30313233343536373839", "text": "0123456789"}
    door.card(b"\x04\xa1\xff")
    assert door.wait_read("04A1FF")["data"] == {"data_hex": "04A1FF"}


def test_the_removal_of_a_card(house: House) -> None:
    door = house.doors["removal"]
    door.card("here", stay=True)
    door.wait_read("here")
    door.wait_empty()
    assert not door.events()
    door.readers.do(door.reader.remove)
    assert door.wait_event("card_removed")["data"] == {"data_hex": ""}


def test_several_cards_between_two_polls_keep_their_order(house: House) -> None:
    door = house.doors["bursts"]
    cards: list[str] = []
    for size in (2, 5, 16, 40):
        door.wait_empty()
        burst = [f"{size}-{number}" for number in range(size)]
        door.card(*burst)
        cards += burst
    assert [read["credential"] for read in door.wait_reads(len(cards))] == cards
    assert {read["data"].get("order") for read in door.reads()} == {"inferred"}
    door.wait_empty()
    door.card("one")
    assert "order" not in door.wait_read("one")["data"]


def test_a_card_is_there_soon(house: House) -> None:
    door = house.doors["crc"]
    waits = []
    for number in range(5):
        door.wait_empty()
        began = time.time()
        door.card(f"soon{number}")
        door.wait_read(f"soon{number}")
        waits.append(next(seen.at for seen in house.seen.messages if f"soon{number}".encode() in seen.payload) - began)
    assert sorted(waits)[2] < 0.15, "half of a polling period, and the way through the bridge"


def test_the_line_is_not_saturated(house: House) -> None:
    door = house.doors["crc"]
    door.wait_online()
    times = door.readers.do(lambda: [command.time for command in door.reader.asked(GET_MESSAGE)])
    gaps = sorted(later - sooner for sooner, later in itertools.pairwise(times))
    assert gaps[len(gaps) // 2] > 0.03
    assert door.readers.do(lambda: {command.status for command in door.reader.asked(GET_MESSAGE)}) <= {0, NO_MESSAGE}


def test_a_pin_is_masked_by_default_and_plain_where_the_device_is(house: House) -> None:
    for name, shown in (("door", False), ("plain", True)):
        door = house.doors[name]
        before = len(door.reads())
        door.readers.do(lambda door=door: door.reader.pin("4711"))  # type: ignore[misc]
        read = door.wait_reads(before + 1)[-1]
        assert read["kind"] == "keypad"
        assert ("4711" in json.dumps(read)) is shown
        assert (read["credential"] == "4711") is shown
        assert ("data_hex" in read["data"]) is shown
    assert "4711" not in house.bridge.log


def test_the_housing_is_opened_and_closed(house: House) -> None:
    door = house.doors["plain"]
    door.wait_state(tamper=False)
    door.readers.do(lambda: door.reader.tamper(True))
    assert door.wait_event("alarm_on")["late"] is False
    door.wait_state(tamper=True)
    door.readers.do(lambda: door.reader.tamper(False))
    door.wait_event("alarm_off")
    door.wait_state(tamper=False)


def test_inputs_are_sensed(house: House) -> None:
    door, gpio = house.doors["plain"], house.doors["gpio"]
    door.wait_state(input0=True, input1=True)
    door.readers.do(lambda: door.reader.set_input(IoPort.Input0, False))
    gpio.readers.do(lambda: gpio.reader.set_input(IoPort.Gpio3, True))
    door.wait_state(input0=False, input1=True)
    gpio.wait_state(gpio3=True)
    assert door.done("sense", port="Input0") == {"port": "Input0", "on": False}
    keys = [entity["key"] for entity in gpio.description()["entities"]]
    assert "gpio3" in keys


def test_other_messages_are_events(house: House) -> None:
    door = house.doors["plain"]
    door.readers.do(lambda: door.reader.key(0x31))
    assert door.wait_event("function_key")["data"]["data_hex"] == "31"
    door.readers.do(lambda: door.reader.log_message("battery low"))
    assert door.wait_event("log")["data"]["text"] == "battery low"
    door.readers.do(lambda: door.reader.message(99, b"\x01\x02"))
    assert door.wait_event("message")["data"] == {"data_hex": "0102", "message_type": 99}


def test_old_firmware_and_its_boot_status(house: House) -> None:
    door = house.doors["old"]
    has = {"green_led", "red_led", "beeper", "relay", "hardware_problem", "boot_status"}

    def described() -> bool:
        keys = {entity["key"] for entity in door.description()["entities"]}
        return has <= keys and not {"rgb", "blue_led"} & keys

    wait_until(described, "a description of what it has")
    door.wait_state(hardware_problem=True, boot_status="RTC")


def test_description_and_discovery_are_small_and_valid(house: House) -> None:
    for door in house.doors.values():
        door.wait_description(serial="43893126", firmware="1.14.00 12/18/19")
        description = door.description()
        commands = {command["name"] for command in description["commands"]}
        for entity in description["entities"]:
            assert entity.get("command") is None or entity["command"] in commands
    topics = [f"readers/home/{name}/description" for name in house.doors]
    topics += [f"homeassistant/device/readers_home/{name}/config" for name in house.doors]
    for topic in topics:
        message = house.seen.wait_for(topic)[-1]
        assert message.json
        assert len(message.payload) < 16_384, (topic, len(message.payload))
    for message in house.seen.messages:
        if message.topic.endswith(("/state", "/availability")):
            assert len(message.payload) < 4096


def test_what_waited_in_the_reader_is_late(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        door = house.add("door", Settings(message_life=0))
        door.card("waited1", "waited2")
        house.start()
        reads = door.wait_reads(2)
        assert [(read["credential"], read["event_type"], read["late"]) for read in reads] == [
            ("waited1", "late_read", True),
            ("waited2", "late_read", True),
        ]
        door.card("live")
        assert door.wait_read("live")["event_type"] == "read"
