"""BaltechScript over MQTT: run, store, read, list, delete; and the example of the manufacturer, from its text to the beeps."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from readers_bridge.families.baltech.simulator import Activation, Settings
from readers_bridge.families.baltech.typedefs import AccessConditions, IoPort
from tests.conftest import wait_until
from tests.end_to_end.baltech import CFG_DELETE, CFG_GET, CFG_SET, RESET, RUN_SCRIPT, Door, House
from tests.end_to_end.client import ask

LOCK_SIGNAL = """\
IfIoPort Input0
DefaultAction
IfIoPort Input0 Not
Toggle Beeper 3 5
ToggleInverted GreenLed 1 30
"""
LOCK_SIGNAL_HEX = "44 04 04 44 04 80 03 02 03 05 06 00 01 1E"
EVENTS_KEY, MESSAGES_KEY = 0x0501, 0x0502
ON_ACCEPTED, ON_ENABLED_PROTOCOL = 0x44, 0x46
SMALL = "this configuration holds almost nothing"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with House(tmp_path_factory.mktemp("house")) as house:
        for name in ("seed", "run", "refused", "list", "messages", "reset", "hidden"):
            house.add(name)
        house.add("send", Settings(activation=Activation.LENIENT))
        house.add("full", Settings(config_space=8))
        rights = (1 << len(AccessConditions)) - 1 - AccessConditions.ConfigWrite
        house.add("rights", Settings(rights=rights))
        house.start()
        house.wait_online()
        yield house


def test_the_example_of_the_manufacturer(house: House) -> None:
    door = house.doors["seed"]
    stored = door.done("store_script", event="OnEnabledProtocol", script="Enable GreenLed")
    assert (stored["script"], stored["previous"], stored["reset_needed"]) == ("01 00", None, True)
    stored = door.done("store_script", event="OnAccepted", script=LOCK_SIGNAL, reset=True)
    assert (stored["event"], stored["event_id"], stored["script"]) == ("OnAccepted", ON_ACCEPTED, LOCK_SIGNAL_HEX)
    assert (stored["previous"], stored["reset_needed"]) == (None, False)
    assert door.stored(EVENTS_KEY, ON_ACCEPTED) == bytes.fromhex(LOCK_SIGNAL_HEX)
    assert door.stored(EVENTS_KEY, ON_ENABLED_PROTOCOL) == b"\x01\x00"
    wait_until(lambda: door.switched("GreenLed"), "the green LED, that is on as long as the reader waits for cards")
    assert [on for _, on in door.switched("GreenLed")] == [True]

    door.card("free")
    door.wait_read("free")
    assert door.switched("Beeper") == []

    door.readers.do(lambda: door.reader.set_input(IoPort.Input0, False))
    began = time.monotonic() - 0.01  # a script's clock counts in steps
    door.card("locked")
    wait_until(lambda: len(door.switched("GreenLed")) == 3, "the green LED to be on again")
    beeps = door.switched("Beeper", began)
    assert [on for _, on in beeps] == [True, False] * 3
    first = beeps[0][0]
    assert [moment - first for moment, _ in beeps] == pytest.approx([0.0, 0.5, 1.0, 1.5, 2.0, 2.5], abs=0.06)
    (off_at, off), (on_at, on) = door.switched("GreenLed", began)
    assert (off, on) == (False, True)
    assert on_at - off_at == pytest.approx(3.0, abs=0.06)
    assert door.switched("RedLed") == []

    door.readers.do(lambda: door.reader.set_input(IoPort.Input0, True))
    door.card("free again")
    door.wait_read("free again")
    assert door.credentials() == ["free", "free again"]
    assert len(door.switched("Beeper", began)) == 6


RUN = [
    ("Enable RedLed", "01 01", False),
    ("01 00 03 02 03 02", "01 00 03 02 03 02", False),
    ("DefaultAction", "04", True),
    ("Run OnCardAcceptedByHost", "0D 7B", None),
    ("# a comment\nToggle Beeper 0x03 2; Enable 0x01 # two commands", "03 02 03 02 01 01", False),
]


@pytest.mark.parametrize(("script", "code", "default"), RUN)
def test_a_script_is_run(house: House, script: str, code: str, default: bool | None) -> None:
    door = house.doors["run"]
    data = door.done("run_script", script=script)
    assert data["script"] == code
    assert default is None or data["default_action"] is default
    content = bytes.fromhex(code)
    assert door.asked(RUN_SCRIPT)[-1] == bytes((len(content),)) + content


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("run_script", {"script": "Enabel GreenLed"}, "script"),
    ("run_script", {"script": "Not"}, "script"),
    ("run_script", {"script": "01 10"}, "script"),
    ("run_script", {"script": "FF"}, "script"),
    ("run_script", {"script": "03 02 03"}, "script"),
    ("run_script", {"script": "13 10"}, "script"),
    ("run_script", {"script": "Toggle Beeper 0 5"}, "script"),
    ("run_script", {"script": "# nothing"}, "script"),
    ("run_script", {"script": "Enable GreenLed\n" * 200}, "script"),
    ("run_script", {"script": ""}, "script"),
    ("run_script", {}, "script"),
    ("store_script", {"event": "OnAccepted", "script": "01 00 " * 65}, "script"),
    ("store_script", {"event": "OnAcceptd", "script": "01 00"}, "event"),
    ("store_script", {"event": "0xFF", "script": "01 00"}, "event"),
    ("store_script", {"event": "255", "script": "01 00"}, "event"),
    ("store_script", {"event": "OnTimer[3]", "script": "01 00"}, "event"),
    ("store_script", {"event": "OnAccepted", "script": "01 00", "key": 0x0288}, ""),
    ("store_script", {"event": "OnScan", "script": "04"}, "confirm"),
    ("store_script", {"event": "OnDetectedCard", "script": "04"}, "confirm"),
    ("store_script", {"event": "OnBlackWhiteListDenied", "script": "04", "confirm": False}, "confirm"),
    ("store_script", {"event": "OnBrpCommand", "script": "04"}, "confirm"),
    ("store_script", {"event": "0x78", "script": "04"}, "confirm"),
    ("read_script", {"event": "255"}, "event"),
    ("delete_script", {"event": "0xFF"}, "event"),
    ("delete_script", {"event": "0x06"}, "event"),
    ("delete_script", {"event": ""}, "event"),
    ("delete_message", {"message": 255}, "message"),
    ("delete_message", {"message": 128}, "message"),
    ("store_message", {"message": 0, "text": "x" * 31}, "text"),
    ("store_message", {"message": 0, "text": "Tür"}, "text"),
    ("store_message", {"message": 0, "hex": "0"}, "hex"),
    ("store_message", {"message": 0}, "text"),
    ("store_message", {"message": 0, "text": "a", "hex": "61"}, "text"),
]


@pytest.mark.parametrize(("name", "arguments", "path"), REFUSED)
def test_what_is_wrong_is_refused_before_anything_is_sent(
    house: House, name: str, arguments: dict[str, Any], path: str
) -> None:
    door = house.doors["refused"]
    before = door.asked_but_polls()
    result = door.ask(name, **arguments)
    assert result["status"] == "invalid"
    assert (result["error"]["path"] or "").startswith(path)
    assert door.asked_but_polls() == before


def test_an_error_in_a_script_tells_where_and_what(house: House) -> None:
    error = house.doors["refused"].ask("run_script", script="Enable GreenLed\n  Toggle Beper 3 5")["error"]
    assert "2:10" in error["message"]
    assert "Beeper" in error["message"]


def test_a_dangerous_event_takes_a_confirmed_script(house: House) -> None:
    door = house.doors["run"]
    assert door.done("store_script", event="OnScan", script="DefaultAction", confirm=True)["event_id"] == 0x75
    assert door.stored(EVENTS_KEY, 0x75) == b"\x04"
    assert door.done("delete_script", event="OnScan")["previous"] == "04"


def test_scripts_are_listed_read_replaced_and_deleted(house: House) -> None:
    door = house.doors["list"]
    assert door.done("list_scripts") == {"scripts": []}
    assert door.done("read_script", event="OnTimer[1]")["stored"] is False
    first = door.done("store_script", event="OnTimer[1]", script="Enable RedLed")
    assert (first["event_id"], first["previous"], first["reset_needed"]) == (0x69, None, True)
    writes = len(door.asked(CFG_SET))
    again = door.done("store_script", event=str(0x69), script="01 01")
    assert again["changed"] is False
    assert again["previous"] == "01 01"
    assert again["reset_needed"] is True, "what was stored before still waits for it"
    assert len(door.asked(CFG_SET)) == writes, "what is there already is not written again"
    replaced = door.done("store_script", event="0x69", script="Disable RedLed")
    assert (replaced["previous"], replaced["previous_text"].strip()) == ("01 01", "Enable RedLed")
    door.done("store_script", event="OnPowerup", script="Enable BlueLed")
    listed = door.done("list_scripts")["scripts"]
    assert [(entry["event"], entry["script"]) for entry in listed] == [("OnTimer[1]", "02 01"), ("OnPowerup", "01 06")]
    read = door.done("read_script", event="OnTimer[1]")
    assert (read["stored"], read["script"], read["text"].strip(), read["length"]) == (
        True,
        "02 01",
        "Disable RedLed",
        2,
    )
    deleted = door.done("delete_script", event="OnTimer[1]")
    assert (deleted["previous"], deleted["changed"], deleted["reset_needed"]) == ("02 01", True, True)
    assert door.asked(CFG_DELETE) == [b"\x05\x01\x69"]
    assert door.done("delete_script", event="OnTimer[1]")["changed"] is False
    assert door.stored(EVENTS_KEY, 0x69) is None
    back = door.done("store_script", event="OnTimer[1]", script=deleted["previous"])
    assert back["script"] == "02 01", "what was there can be put back"
    assert door.asked(RESET) == []
    assert door.asked(CFG_GET)


def test_a_script_that_the_reader_does_not_give_back(house: House) -> None:
    door = house.doors["hidden"]
    stored = door.done("store_script", event="OnHostFound", script="Enable GreenLed")
    assert (stored["changed"], stored["verified"], stored["previous"]) == (True, False, None)
    assert door.stored(EVENTS_KEY, stored["event_id"]) == b"\x01\x00"
    (listed,) = door.done("list_scripts")["scripts"]
    assert (listed["event"], listed["script"]) == ("OnHostFound", None)
    assert door.ask("read_script", event="OnHostFound")["error"]["code"] == "write_only"
    assert door.done("delete_script", event="OnHostFound")["changed"] is True
    assert door.done("delete_script", event="OnHostFound")["changed"] is False


def test_a_reset_comes_once_after_several_changes(house: House) -> None:
    door = house.doors["reset"]
    door.done("store_script", event="OnPowerup", script="Enable BlueLed")
    data = door.done("delete_script", event="OnSetInput[0]", reset=True)
    assert (data["changed"], data["reset_needed"]) == (False, False)
    assert len(door.asked(RESET)) == 1
    wait_until(lambda: door.switched("BlueLed"), "the script of before to work")
    assert [on for _, on in door.switched("BlueLed")] == [True]
    assert door.done("delete_script", event="OnPowerup")["reset_needed"] is True
    door.done("reset")
    assert door.done("read_script", event="OnPowerup")["stored"] is False
    assert door.done("store_script", event="OnAccepted", script="04")["reset_needed"] is True


def test_messages_are_stored_and_sent_by_scripts(house: House) -> None:
    door = house.doors["messages"]
    stored = door.done("store_message", message=3, text="door forced")
    assert (stored["text"], stored["previous"], stored["reset_needed"]) == ("door forced", None, True)
    assert door.stored(MESSAGES_KEY, 3) == b"door forced"
    assert door.done("read_message", message=3)["data_hex"] == b"door forced".hex().upper()
    assert door.done("store_message", message=3, hex="00FF")["previous"]["text"] == "door forced"
    deleted = door.done("delete_message", message=3)
    assert deleted["previous"]["data_hex"] == "00FF"
    assert door.done("read_message", message=3)["stored"] is False
    assert door.asked(CFG_DELETE) == [b"\x05\x02\x03"]


def test_an_input_sends_a_stored_message(house: House) -> None:
    door = house.doors["send"]
    door.done("store_message", message=0, text="0815")
    door.done("store_script", event="OnClearInput[0]", script="SendMsg Keyboard 0 All")
    door.done("store_message", message=5, text="window open")
    door.done("store_script", event="OnClearInput[1]", script="SendMsg Logs 5 All")
    door.readers.do(lambda: door.reader.set_input(IoPort.Input1, False))
    assert door.wait_event("log")["data"]["text"] == "window open"
    door.readers.do(lambda: door.reader.set_input(IoPort.Input0, False))
    assert door.wait_reads(1)[0]["kind"] == "keypad"


def test_what_the_reader_cannot_or_may_not_store_fails(house: House) -> None:
    full, rights = house.doors["full"], house.doors["rights"]
    result = full.ask("store_script", event="OnAccepted", script=LOCK_SIGNAL)
    assert (result["status"], result["error"]["code"]) == ("failed", "configuration_full")
    result = rights.ask("store_script", event="OnAccepted", script=LOCK_SIGNAL, reset=True)
    assert (result["status"], result["error"]["code"]) == ("failed", "access_denied")
    assert "ConfigRead" in result["error"]["message"]
    assert "ConfigWrite" not in result["error"]["message"]
    assert full.asked(RESET) == rights.asked(RESET) == []
    assert rights.done("run_script", script="01 00")["default_action"] is False


def test_the_bridge_compiles_without_a_reader(house: House) -> None:
    answer = ask(house.seen, "compile_script", script=LOCK_SIGNAL)
    assert answer["status"] == "done"
    assert LOCK_SIGNAL_HEX in str(answer)
    assert ask(house.seen, "compile_script", script="Enabel")["status"] in {"done", "invalid", "failed"}


def test_many_resets_in_a_row(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        door: Door = house.add("door", Settings(reset_time=0.1))
        house.start()
        house.wait_online()
        began = time.monotonic()
        for script in ("01 00", "01 01", "01 06"):
            door.done("store_script", event="OnPowerup", script=script, reset=True)
        assert time.monotonic() - began < 15
        assert len(door.asked(RESET)) == 3
