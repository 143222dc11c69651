"""Every command of a TransCore reader over MQTT, with its result; and what is refused, and never sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import wait_until
from tests.end_to_end.transcore import ECP_ACKS, Profile, Protocol, SerialLink, Settings, Track, Yard

MPRX = [f"{protocol}".replace("_", "-") for protocol in Protocol]
ENCOMPASS = [f"encompass-{name}" for name in MPRX]


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with Yard(tmp_path_factory.mktemp("yard with blanks")) as yard:
        for protocol in Protocol:
            name = str(protocol).replace("_", "-")
            yard.add(name, Settings(protocol=protocol, power_failed=True, inputs=2, reader_id=0x0A, ecp_timeout=1))
            yard.add(
                f"encompass-{name}",
                Settings(profile=Profile.ENCOMPASS, protocol=protocol, inputs=1, power_failed=True, ecp_timeout=1),
            )
        yard.add("open-mprx", Settings(), allow_configuration=True)
        yard.add("open-encompass", Settings(profile=Profile.ENCOMPASS), allow_configuration=True)
        yard.add("mprx-mode", Settings(mprx_mode=True), lined=True)
        yard.add("echo", Settings(echo=True))
        yard.add("echo-lf", Settings(echo=True, echo_lf=True))
        yard.add("silent", Settings(data_mode_errors=False))
        yard.add("at-start", Settings(), query_on_connect=True)
        yard.add("listen", Settings(), lined=True, listen_only=True)
        yard.add("listen-ecp", Settings(protocol=Protocol.ECP, ecp_timeout=0.5), lined=True, listen_only=True)
        deaf = yard.add("deaf", Settings(), link=SerialLink())
        yard.start()
        yard.wait_online()
        deaf.readers.do(deaf.reader.power_off)
        deaf.send("query_status")
        yield yard
        for device in yard.devices.values():
            assert isinstance(device, Track)
            assert device.in_data_mode, device.id


def track_of(yard: Yard, name: str) -> Track:
    device = yard.devices[name]
    assert isinstance(device, Track)
    return device


@pytest.mark.parametrize("name", MPRX + ENCOMPASS)
def test_query_status(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    told = track.done("query_status")
    executed = track.commands()
    assert executed.count("01") == executed.count("00") == 1, "one session"
    assert executed[-1] == "00"
    assert track.in_data_mode
    assert told["version"] == {"model": "E4 Series", "version": "1.12", "serial": "081234"} | told["version"]
    assert told["power_fail"] is True
    protocol: dict[str, Any] = told["protocol"]
    assert protocol["protocol"] == track.entry["protocol"]
    assert told["appended"] is not None
    assert told["rf"]["rf_on"] is True
    assert told["tag_protocols"]["ATA"] == "E"
    if name in MPRX:
        assert told["reader_id"] == "0A"
        assert datetime.fromisoformat(told["clock"])
        assert told["clock_offset"] in {-1, 0}
        assert "io" not in told
    else:
        assert told["io"]["inputs"] == 1
        assert told["input_reports"] is not None
        assert "clock" not in told
        track.wait_state(input_0=True, input_1=False, output_0=False, output_1=False)
    track.wait_state(rf_on=True, rf_control=told_control(told), power_fail=True, tag_protocols="ATA")
    track.tag("AFTER QUERY")
    assert track.wait_read("AFTER QUERY")["credential"] == "AFTER QUERY"
    track.wait_description(serial="081234", firmware="1.12")


def told_control(told: dict[str, Any]) -> str:
    return "host" if told["rf"]["host_control"] else "presence"


@pytest.mark.parametrize("name", MPRX + ENCOMPASS)
def test_the_radio(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    assert track.done("set_rf", on=False) == {"on": False}
    track.wait_state(rf_on=False, rf_control="host")
    assert not track.readers.do(lambda: track.reader.present("UNSEEN")), "its radio is off"
    assert track.done("set_rf", on=True) == {"on": True}
    track.wait_state(rf_on=True)
    track.tag("SEEN")
    track.wait_read("SEEN")
    assert "UNSEEN" not in track.credentials()


@pytest.mark.parametrize("name", MPRX + ENCOMPASS)
def test_small_commands(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    track.done("reset_uniqueness")
    assert "440" in track.commands()
    track.done("clear_power_fail")
    track.wait_state(power_fail=False)
    assert track.readers.do(lambda: track.reader.device.power_failed) is False


@pytest.mark.parametrize("name", MPRX)
def test_set_clock(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    told = track.done("set_clock", time="2031-02-03T04:05:06")
    assert told["time"] == "2031-02-03T04:05:06"
    ahead = datetime(2031, 2, 3, 4, 5, 6) - datetime.now()  # noqa: DTZ001, DTZ005 - the reader knows no zone
    assert abs(told["clock_offset"] - ahead.total_seconds()) < 5
    track.tag("IN 2031")
    assert track.wait_read("IN 2031")["data"]["device_time"].startswith("2031-02-03T04:05:")
    told = track.done("set_clock")
    assert abs(datetime.fromisoformat(told["time"]) - datetime.now()) < timedelta(seconds=5)  # noqa: DTZ005
    assert told["clock_offset"] in {-1, 0, 1}
    track.wait_state(clock_offset=told["clock_offset"])
    before = len(track.commands())
    for wrong in ("tomorrow, at midnight", "2031-02-03T04:05:06Z"[:19] + "+", "2031-13-03T04:05:06"):
        assert track.ask("set_clock", time=wrong)["status"] == "invalid"
    assert len(track.commands()) == before


@pytest.mark.parametrize("name", ENCOMPASS)
def test_outputs(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    assert track.done("set_output", output=1, on=True) == {"output": 1, "on": True, "output_0": False, "output_1": True}
    assert track.done("set_output", output=0, on=True)["output_1"] is True, "the other one stays"
    track.wait_state(output_0=True, output_1=True)
    assert track.readers.do(lambda: track.reader.device.now.outputs) == 3
    track.done("set_output", output=1, on=False)
    track.wait_state(output_0=True, output_1=False)
    track.done("predefined_outputs")
    assert track.readers.do(lambda: track.reader.device.now.predefined_outputs) is True
    assert track.ask("set_output", output=2, on=True)["status"] == "invalid"


def test_what_the_other_profile_has_is_no_command(yard: Yard) -> None:
    for name, command in (("basic", "set_output"), ("basic", "predefined_outputs"), ("encompass-basic", "set_clock")):
        assert track_of(yard, name).ask(command)["status"] == "invalid"
        assert command not in {each["name"] for each in track_of(yard, name).description()["commands"]}


def test_check_tags(yard: Yard) -> None:
    track = track_of(yard, "mprx-mode")
    for port in range(4):
        assert track.done("check_tag", port=port) == {"port": port}
    assert track.readers.do(lambda: track.reader.device.checks) == [0, 1, 2, 3]
    track.done("reset_uniqueness")
    assert track.commands() == ["8110", "8111", "8112", "8113", "440"], "data mode was never left"
    assert track.sent() == b"#8110\r#8111\r#8112\r#8113\r#440\r"
    assert track.refused("set_rf", on=True) == ("failed", "reader_error"), "the sense inputs control the radio"
    other = track_of(yard, "basic")
    assert other.refused("check_tag", port=0) == ("failed", "reader_error"), "it is not in MPRX mode"
    assert other.in_data_mode
    assert track.ask("check_tag", port=4)["status"] == "invalid"


@pytest.mark.parametrize("name", MPRX + ENCOMPASS)
def test_reset_has_to_be_confirmed(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    assert track.ask("reset")["status"] in {"invalid", "refused"}
    assert track.ask("reset", confirm=False)["status"] in {"invalid", "refused"}
    assert "63" not in track.commands()
    track.wait_settled()
    before = track.counters().get("restarts", 0)
    wait_until(lambda: len(track.events("restarted")) == before, "word of the starts until now")
    assert "SN081234" in track.done("reset", confirm=True)["answer"]
    wait_until(lambda: len(track.events("restarted")) > before, "word of the restart")
    assert track.commands()[-1] == "63", "a reader that restarts is in data mode"
    assert track.in_data_mode
    track.tag("AFTER RESET")
    track.wait_read("AFTER RESET")
    assert len(track.events("restarted")) == before + 1


ALLOWED = [
    ("22", "basic"),
    ("505", "basic"),
    ("537", "basic"),
    ("526", "encompass-ecp"),
    ("577", "ecp"),
    ("552", "basic"),
]


@pytest.mark.parametrize(("command", "name"), ALLOWED)
def test_questions_are_allowed(yard: Yard, command: str, name: str) -> None:
    track = track_of(yard, name)
    told = track.done("send_command", command=command)
    assert told["command"] == command
    assert told["answer"] == track.readers.do(lambda: track.reader.asked(command)[-1].response) or command == "22"
    assert len(told) == 3, "taken apart, too"


def test_a_question_that_the_reader_refuses(yard: Yard) -> None:
    track = track_of(yard, "basic")
    assert track.refused("send_command", command="526") == ("failed", "reader_error")
    assert track.commands()[-2:] == ["526", "00"]


REFUSED = [
    ("00", "command_mode"),
    ("01", "command_mode"),
    ("610", "switches_protocol"),
    ("611", "switches_protocol"),
    ("613", "switches_protocol"),
    *(
        (command, "never_sent")
        for command in ("1006", "1011", "1021", "6402", "64210", "6470D2", "66F", "6951", "6451F")
    ),
    ("63", "not_confirmed"),
]
LOCKED = ["302", "311", "40", "4101", "4203", "441", "600A", "612FE", "6140", "6171", "641", "6901"]


@pytest.mark.parametrize("name", ["basic", "open-mprx", "ecp", "encompass-data-inquiry"])
def test_what_is_never_sent(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    before = len(track.commands())
    for command, code in REFUSED:
        assert track.refused("send_command", command=command) == ("refused", code), command
    for unknown in ("999", "5", "#505", "505\r#01", "6200\r", "50 5", ""):
        assert track.ask("send_command", command=unknown)["status"] == "invalid", unknown
    assert len(track.commands()) == before


def test_configuration_needs_the_flag(yard: Yard) -> None:
    locked, unlocked = track_of(yard, "basic"), track_of(yard, "open-mprx")
    before = len(locked.commands())
    for command in LOCKED:
        assert locked.refused("send_command", command=command) == ("refused", "configuration_locked"), command
    assert locked.refused("send_command", command="831") == ("refused", "not_in_profile")
    for command in ("rf_by_presence", "set_reader_id"):
        assert locked.ask(command, **({"id": "0B"} if "id" in command else {}))["status"] == "invalid"
    assert len(locked.commands()) == before
    for command in LOCKED:
        assert unlocked.done("send_command", command=command)["answer"] == "Done", command
    saved = unlocked.readers.do(lambda: unlocked.reader.device.saved)
    assert (saved.reader_id, saved.auxiliary, saved.echo) == (0x0A, True, True), "00 stored it"
    assert unlocked.refused("send_command", command="831") == ("refused", "not_in_profile")
    assert unlocked.done("set_reader_id", id="0B") == {"id": "0B"}
    unlocked.wait_state(reader_id="0B")
    unlocked.done("rf_by_presence")
    unlocked.wait_state(rf_control="presence")
    encompass = track_of(yard, "open-encompass")
    assert encompass.done("send_command", command="831")["answer"] == "Done"
    assert encompass.readers.do(lambda: encompass.reader.device.saved.heartbeat) is True


@pytest.mark.parametrize("name", ["echo", "echo-lf"])
def test_a_reader_that_echoes(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    assert track.done("send_command", command="505")["answer"] == "Model E4 Series Ver 1.12 SN081234"
    assert track.commands() == ["01", "505", "00"]
    assert track.counters()["echoes"] == 3
    assert not track.events("report")
    track.tag("ECHOED")
    track.wait_read("ECHOED")
    assert not track.credentials()[:-1]


def test_a_reader_that_says_nothing_in_data_mode(yard: Yard) -> None:
    track = track_of(yard, "silent")
    assert track.done("send_command", command="521")["reader_id"] == "00"


def test_the_status_is_asked_for_at_the_start(yard: Yard) -> None:
    track = track_of(yard, "at-start")
    track.wait_state(tag_protocols="ATA")
    wait_until(lambda: track.commands()[-1:] == ["00"], "data mode")
    assert track.commands().count("01") == 1


@pytest.mark.parametrize("name", ["listen", "listen-ecp"])
def test_listening_only(yard: Yard, name: str) -> None:
    track = track_of(yard, name)
    assert track.description()["commands"] == []
    assert not [each for each in track.description()["entities"] if "command" in each]
    for command, arguments in (("set_rf", {"on": True}), ("query_status", {}), ("send_command", {"command": "505"})):
        assert track.ask(command, **arguments)["status"] == "invalid"
    track.tag("HEARD 1", "HEARD 2")
    track.wait_read("HEARD 2")
    track.wait_settled()
    sent = track.sent()
    assert re.fullmatch(ECP_ACKS, sent)
    assert (sent.count(b"@") >= 4) is (name == "listen-ecp")


def test_a_reader_that_does_not_answer(yard: Yard) -> None:
    track = track_of(yard, "deaf")
    result = track.seen.wait_for(f"{track.topic}/result", 1, 40)[0].json
    assert (result["status"], result["error"]["code"]) == ("no_answer", "no_answer"), result
    track.wait_state(problem=True)
    assert track.wait_event("error")["data"]["code"] == "command_mode"
    track.readers.do(track.reader.power_on)
    track.tag("BACK")
    track.wait_read("BACK")
    track.wait_state(problem=False)
