"""Readers and lines that misbehave: the bridge is back soon, later cards arrive, nothing comes or happens twice."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from readers_bridge.families.baltech.simulator import Security, SerialLink, Settings
from tests.conftest import wait_until
from tests.end_to_end.baltech import CFG_SET, ENABLE, GET_MESSAGE, RESET, Door, House

KEY = bytes(range(16))
CRC = {"checksum": "crc16"}
AES = {"key": KEY.hex()}
BACK_WITHIN = 15.0


@dataclass(frozen=True)
class Case:
    """A fault of one answer: whether the card in it is saved, and how the command ends that it answers."""

    fault: str
    card: bool
    command: str
    value: float | None = None
    serial: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return (
            f"{self.fault.replace('_', '-')}-{'line' if self.serial else 'tcp'}{'-aes' if self.options is AES else ''}"
        )


CASES = [
    Case("drop", False, "unknown"),
    Case("delay", False, "unknown", 2.5),
    Case("delay", True, "done", 1.0, options=CRC),
    Case("late", False, "unknown"),
    Case("split", True, "done"),
    Case("wrong_code", False, "unknown"),
    Case("garbage", False, "unknown"),
    Case("cut", False, "unknown"),
    Case("wrong_crc", False, "unknown", options=CRC),
    Case("drop", False, "unknown", options=AES),
    Case("delay", False, "unknown", 2.5, options=AES),
    Case("split", True, "done", options=AES),
    Case("bad_mac", False, "unknown", options=AES),
    Case("drop", False, "unknown", serial=True),
    Case("delay", True, "unknown", 0.9, serial=True),
    Case("late", True, "unknown", serial=True),
    Case("split", True, "done", serial=True),
    Case("wrong_code", False, "unknown", serial=True),
    Case("garbage", False, "unknown", serial=True),
    Case("wrong_crc", False, "unknown", serial=True, options=CRC),
]
NAMES = [f"{case.name}{number}" for number, case in enumerate(CASES)]


@dataclass
class Troubles:
    house: House
    transactions: dict[str, str]


@pytest.fixture(scope="module")
def troubles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubles]:
    """All faults at once, each at two readers of its own: in the answer to a poll, and in that to a command."""
    folder = tmp_path_factory.mktemp("house")
    with House(folder) as house:
        for name, case in zip(NAMES, CASES, strict=True):
            secure = case.options is AES
            how = Settings(
                message_life=0,
                security=Security.AES if secure else Security.OPEN,
                keys={1: KEY} if secure else {},
            )
            for place in ("poll", "command"):
                link = SerialLink(folder / f"tty-{name}-{place}") if case.serial else None
                house.add(f"{place}-{name}", how, link=link, **case.options)
        house.start()
        house.wait_online()
        transactions = {}
        for door in house.doors.values():
            door.card("before")
        now = time.monotonic()
        for door in house.doors.values():
            door.wait_read("before")
            door.wait_empty(now)
        for name, case in zip(NAMES, CASES, strict=True):
            poll, command = house.doors[f"poll-{name}"], house.doors[f"command-{name}"]

            def strike(poll: Door = poll, case: Case = case) -> None:
                poll.reader.present("during")
                poll.reader.fault(case.fault, case.value, code=GET_MESSAGE)

            poll.readers.do(strike)
            command.fault(case.fault, case.value, code=ENABLE)
            transactions[name] = command.send("set_port", port="Relay", on=True)
        yield Troubles(house, transactions)


@pytest.mark.parametrize(("name", "case"), list(zip(NAMES, CASES, strict=True)), ids=NAMES)
def test_a_fault_in_the_answer_to_a_poll(troubles: Troubles, name: str, case: Case) -> None:
    door = troubles.house.doors[f"poll-{name}"]
    wait_until(lambda: door.readers.do(lambda: not door.reader.faults.waiting), "the fault to happen")
    door.card("next")
    door.wait_read("next", BACK_WITHIN)
    door.wait_online()
    door.wait_empty()
    door.card("after")
    assert door.wait_read("after")["event_type"] == "read"
    counts = Counter(door.credentials())
    assert counts == {"before": 1, "next": 1, "after": 1} | ({"during": 1} if case.card else {})
    assert door.onlines() <= 2, "one new connection at most"


@pytest.mark.parametrize(("name", "case"), list(zip(NAMES, CASES, strict=True)), ids=NAMES)
def test_a_fault_in_the_answer_to_a_command(troubles: Troubles, name: str, case: Case) -> None:
    door = troubles.house.doors[f"command-{name}"]
    result = door.result(troubles.transactions[name])
    assert result["status"] == case.command, result
    assert door.asked(ENABLE) == [b"\x03"], "executed, and never repeated"
    door.card("after")
    door.wait_read("after", BACK_WITHIN)
    door.wait_online()
    assert door.done("set_port", port="Relay", on=False) == {"port": "Relay", "on": False}
    assert door.asked(ENABLE) == [b"\x03"]
    assert Counter(door.credentials()) == {"before": 1, "after": 1}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with House(folder) as house:
        for name in ("unsolicited", "close", "break", "garbage", "power", "store", "restart-drop", "restart-cut"):
            house.add(name, Settings(message_life=0))
        house.add("critical", Settings(critical=True))
        house.add("status", Settings(message_life=0))
        house.add("noise", link=SerialLink(folder / "tty-noise"))
        house.start()
        house.wait_online()
        yield house


def test_an_answer_that_nobody_asked_for_after_connecting(house: House) -> None:
    door = house.doors["unsolicited"]
    door.fault("unsolicited")
    door.fault("close")
    door.wait_online(2)
    door.card("after")
    door.wait_read("after")
    assert door.done("set_port", port="Relay", on=True)
    door.wait_empty()
    assert door.onlines() == 2
    house.wait_log("unsolicited: the reader sent an answer to")


@pytest.mark.parametrize("how", ["close", "break", "garbage", "power"])
def test_the_connection_ends(house: House, how: str) -> None:
    door = house.doors[how]
    match how:
        case "garbage":
            door.readers.do(lambda: door.reader.send(b"\xff\x00garbage"))
        case "power":
            door.readers.do(lambda: door.reader.power_cycle(0.2))
        case _:
            door.fault(how)
    if how != "power":
        door.card("while it was away")
    door.wait_online(2)
    if how != "power":
        assert door.wait_read("while it was away")["late"] is True
    door.card("after")
    assert door.wait_read("after")["late"] is False


def test_noise_on_a_line(house: House) -> None:
    door = house.doors["noise"]
    for noise in (b"\xff\x00noise", bytes(range(256)), b"\x0c\x05"):
        door.readers.do(lambda noise=noise: door.reader.send(noise))  # type: ignore[misc]
        door.wait_empty()
    door.card("after")
    door.wait_read("after")
    assert door.done("set_port", port="Relay", on=True)


def test_a_reader_with_a_problem_of_its_hardware(house: House) -> None:
    door = house.doors["critical"]
    door.wait_state(hardware_problem=True)
    door.card("read")
    door.wait_read("read")
    assert door.done("set_port", port="Relay", on=True)


def test_polls_that_fail(house: House) -> None:
    door = house.doors["status"]

    def strike() -> None:
        door.reader.present("kept")
        for status in (0x41, 0x83, 0x02):
            door.reader.fault("status", status, code=GET_MESSAGE)

    door.readers.do(strike)
    door.wait_read("kept")
    assert door.credentials() == ["kept"]


def test_a_configuration_whose_answer_is_cut_off(house: House) -> None:
    door = house.doors["store"]
    door.fault("cut", code=CFG_SET)
    result = door.ask("store_script", event="OnAccepted", script="DefaultAction", reset=True)
    assert result["status"] == "unknown"
    assert len(door.asked(CFG_SET)) == 1
    assert door.asked(RESET) == []
    door.wait_online(2)
    again = door.done("store_script", event="OnAccepted", script="DefaultAction")
    assert again["changed"] is False, "it was executed"
    assert again["previous"] == "04"


@pytest.mark.parametrize("fault", ["drop", "cut"])
def test_a_reader_that_restarts_without_a_word(house: House, fault: str) -> None:
    door = house.doors[f"restart-{fault}"]
    door.fault(fault, code=RESET)
    assert door.done("reset")["back_after_ms"] > 0
    door.wait_offline("restarting")
    assert len(door.asked(RESET)) == 1


RATE = 25


def test_the_bridge_is_killed_while_cards_come(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        doors = [house.add(f"gate{number}", Settings(message_life=0)) for number in range(4)]
        for door in doors:
            door.killed = True
        house.start()
        house.wait_online()
        end = threading.Event()
        presented: list[str] = []

        def present() -> None:
            due = time.monotonic()
            while not end.wait(max(0.0, due - time.monotonic())):
                card = f"{len(presented):06d}"
                for door in doors:
                    door.card(card)
                presented.append(card)
                due += 1 / RATE

        thread = threading.Thread(target=present)
        thread.start()
        kills = 2
        try:
            for _ in range(kills):
                doors[0].wait_reads(len(presented) + RATE, 60)
                house.bridge.kill()
                house.bridge.start()
                wait_until(
                    lambda: len(set(doors[0].credentials())) >= len(presented) - RATE, "the bridge to be back", 60
                )
        finally:
            end.set()
            thread.join()
        for door in doors:
            door.card("last")
            door.wait_read("last")
            door.wait_empty()
        wait_until(
            lambda: all(len(set(door.credentials())) >= len(presented) + 1 - kills for door in doors), "all the cards"
        )
        for door in doors:
            ids = {(read["credential"], read["id"]) for read in door.reads()}
            assert len(ids) == len({card for card, _ in ids}), "none under two ids"
            lost = set(presented) - {card for card, _ in ids}
            assert len(lost) <= kills, f"at most the one in flight: {lost}"
