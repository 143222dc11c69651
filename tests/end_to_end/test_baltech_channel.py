"""BALTECH readers that want a key: the three modes of the channel, wrong keys, and what is refused without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from readers_bridge.families.baltech.simulator import Activation, Security, Settings
from readers_bridge.families.baltech.typedefs import AccessConditions
from tests.conftest import wait_until
from tests.end_to_end.baltech import ENABLE, GET_INFO, GET_MESSAGE, RUN_SCRIPT, Door, House

KEY = bytes.fromhex("A0B1C2D3E4F5061728394A5B6C7D8E9F")
OTHER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")
ALL = (1 << len(AccessConditions)) - 1
AUTH_PHASE_1 = 0x0704
MODES = ["standard", "plain", "stateless"]


def keyed(key: bytes = KEY, level: int = 1, rights: int = ALL) -> Settings:
    return Settings(security=Security.AES, keys={level: key}, rights=rights, activation=Activation.LENIENT)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house")) as house:
        for mode in MODES:
            house.add(mode, keyed(), key=KEY.hex(), channel=mode)
        house.add("level", keyed(level=3), key=":".join(f"{byte:02X}" for byte in KEY), key_level=3)
        house.add("crc", keyed(), key=KEY.hex(" ").upper(), checksum="crc16")
        house.add("wrong", keyed(OTHER), key=KEY.hex())
        house.add("wrong-stateless", keyed(OTHER), key=KEY.hex(), channel="stateless")
        house.add("wrong-level", keyed(level=2), key=KEY.hex())
        house.add("locked", Settings(security=Security.LOCKED))
        house.add("needs", keyed())
        house.add("blind", keyed(rights=ALL - AccessConditions.AutoreadAccess), key=KEY.hex())
        house.start("--log-level", "debug")
        house.wait_online("wrong", "wrong-stateless", "wrong-level", "locked", "needs", "blind")
        yield house


@pytest.mark.parametrize("name", [*MODES, "level", "crc"])
def test_everything_works_in_the_channel(house: House, name: str) -> None:
    door = house.doors[name]
    door.card("0123456789")
    assert door.wait_read("0123456789")["event_type"] == "read"
    assert door.done("set_port", port="Relay", on=True)
    assert door.asked(ENABLE) == [b"\x03"]
    assert door.done("run_script", script="DefaultAction")["default_action"] is True
    script = "Toggle Beeper 3 5\n" * 20
    stored = door.done("store_script", event="OnAccepted", script=script)
    assert stored["length"] == 80
    assert door.done("read_script", event="OnAccepted")["script"] == stored["script"]
    assert door.done("delete_script", event="OnAccepted")["previous"] == stored["script"]
    secure = door.readers.do(lambda: {command.secure for command in door.reader.asked(GET_MESSAGE)})
    assert secure == {True}
    door.wait_description(serial="43893126")


def test_a_script_must_fit_into_the_channel(house: House) -> None:
    door = house.doors["standard"]
    before = len(door.asked(RUN_SCRIPT))
    assert door.done("run_script", script="Enable GreenLed\n" * 120)["default_action"] is False
    result = door.ask("run_script", script="Enable GreenLed\n" * 128)
    assert result["status"] == "invalid"
    assert len(door.asked(RUN_SCRIPT)) == before + 1


@pytest.mark.parametrize("mode", MODES)
def test_the_channel_is_set_up_again_after_a_restart(house: House, mode: str) -> None:
    door = house.doors[mode]
    phases = len(door.asked(AUTH_PHASE_1))
    door.done("reset")
    assert len(door.asked(AUTH_PHASE_1)) == phases + (mode != "stateless")
    door.card("after the restart")
    door.wait_read("after the restart")


@pytest.mark.parametrize("name", ["wrong", "wrong-stateless", "wrong-level"])
def test_a_wrong_key(house: House, name: str) -> None:
    door = house.doors[name]
    door.wait_offline("wrong_key")
    if name != "wrong-stateless":
        wait_lines(house, name, "AES key")
    result = door.ask("set_autoread", mode="Enabled")
    assert result["status"] == "unavailable"
    assert door.asked(GET_MESSAGE) == []


@pytest.mark.parametrize("name", ["locked", "needs"])
def test_a_reader_that_is_locked(house: House, name: str) -> None:
    door = house.doors[name]
    door.wait_offline("access_denied")
    wait_lines(house, name, "status 42", "nothing", "key: !secret", "key_level")
    assert door.readers.do(lambda: {command.status for command in door.reader.asked(GET_INFO)}) == {0x42}


def test_a_key_without_the_right_to_fetch_cards(house: House) -> None:
    door = house.doors["blind"]
    door.wait_offline("access_denied")
    wait_lines(house, "blind", "AutoreadAccess")


def test_keys_are_told_nowhere(house: House) -> None:
    for door in house.doors.values():
        wait_until(lambda door=door: door.availability()[-1][1] != "starting", door.id)  # type: ignore[misc]
    everything = house.bridge.log.encode() + b"".join(seen.payload for seen in list(house.seen.messages))
    everything += b"".join(path.read_bytes() for path in (house.folder / "data").rglob("*") if path.is_file())
    for form in (KEY.hex(), KEY.hex(" "), KEY.hex(":"), str(list(KEY)), repr(KEY)):
        assert form.upper().encode() not in everything.upper()
    assert KEY not in everything


def wait_lines(house: House, device: str, *words: str) -> None:
    """Wait until the lines about a device have these words."""

    def lines() -> str:
        return "\n".join(line for line in house.bridge.log.splitlines() if f" {device}: " in line)

    wait_until(lambda: all(word in lines() for word in words), f"{words} about {device}")


def test_a_reader_that_is_locked_and_unlocked(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        door: Door = house.add("door", Settings(message_life=0))
        house.start()
        door.wait_online()
        door.readers.do(lambda: door.reader.lock(True))
        door.wait_offline("access_denied")
        door.readers.do(lambda: door.reader.lock(False))
        door.wait_online(2)
        door.card("after")
        door.wait_read("after")
