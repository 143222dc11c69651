"""Commands: what they come to at the reader, and what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from readers_bridge.errors import CommandError, TransportError
from readers_bridge.families.transcore import talk as talk_module
from readers_bridge.families.transcore.simulator import Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.typedefs import Profile, Protocol
from readers_bridge.model import Status
from tests.bridge.transcore.fake_reader import Answer, fake_reader
from tests.bridge.transcore.served import Served, device_config, served, short_silence
from tests.conftest import eventually


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with short_silence():
        yield


def answering(answers: dict[str, str]) -> Answer:
    known = {"01": "Done", "00": "Done", **answers}

    def answer(line: bytes) -> bytes | None:
        told = known.get(line[1:].decode())
        return None if told is None else f"#{told}\r\n".encode()

    return answer


@pytest.mark.parametrize(
    ("command", "args", "body"),
    [
        ("set_rf", {"on": True}, "6401"),
        ("set_rf", {"on": False}, "6400"),
        ("clear_power_fail", {}, "65"),
        ("rf_by_presence", {}, "641"),
        ("set_reader_id", {"id": "0A"}, "600A"),
        ("send_command", {"command": "82 3".replace(" ", "")}, "823"),
        ("predefined_outputs", {}, "621"),
        ("reset_uniqueness", {}, "440"),
    ],
)
async def test_a_command_is_sent_in_a_session_of_its_own(command: str, args: dict[str, Any], body: str) -> None:
    async with (
        fake_reader(answering({body: "Done"})) as reader,
        served(reader.address, profile="encompass", allow_configuration=True) as it,
    ):
        assert (await it.command(command, **args)).status is Status.DONE
        assert [line.decode() for line in reader.messages] == ["#01", f"#{body}", "#00"]


@pytest.mark.parametrize(
    ("command", "args", "body"), [("check_tag", {"port": 2}, "8112"), ("reset_uniqueness", {}, "440")]
)
async def test_an_mprx_takes_some_in_data_mode(command: str, args: dict[str, Any], body: str) -> None:
    async with fake_reader(answering({body: "Done"})) as reader, served(reader.address) as it:
        await it.command(command, **args)
        assert reader.messages == [f"#{body}".encode()]
        assert "command_mode" not in it.desk.facts
        reader.messages.clear()
        refused = iter(["#Error\r\n", "#Done\r\n"])  # not in MPRX mode
        plain = reader.answer
        assert plain is not None
        reader.answer = lambda line: next(refused).encode() if line == f"#{body}".encode() else plain(line)
        await it.command(command, **args)
        assert [line.decode() for line in reader.messages] == [f"#{body}", "#01", f"#{body}", "#00"]


async def test_an_output_leaves_the_other_one_as_it_is() -> None:
    settings = Settings(profile=Profile.ENCOMPASS)
    async with SimulatedReader(TcpLink(), settings) as reader, served(reader.address, profile="encompass") as it:
        await it.command("set_output", output=1, on=True)
        result = await it.command("set_output", output=0, on=True)
        assert result.data == {"output": 0, "on": True, "output_0": True, "output_1": True}
        await it.command("set_output", output=1, on=False)
        assert it.desk.state["output_0"] is True
        assert it.desk.state["output_1"] is False
        assert [command.text for command in reader.commands if command.text.startswith("620")] == [
            "6202",
            "6203",
            "6201",
        ]


async def test_the_clock_is_set() -> None:
    async with SimulatedReader(TcpLink(), Settings()) as reader, served(reader.address) as it:
        told = await it.command("set_clock", time="2026-03-01T12:00:00")
        assert told.data["time"] == "2026-03-01T12:00:00"
        assert reader.asked("2012:00:00")
        assert reader.asked("2103/01/26")
        reader.present("KING 1")
        await eventually(lambda: it.desk.reads, "a read")
        assert it.desk.reads[0].data["device_time"].startswith("2026-03-01T12:00:0")
        assert it.desk.state["clock_offset"] < -3600
        await it.command("set_clock")
        assert abs(it.desk.state["clock_offset"]) <= 1


async def test_the_clock_may_not_be_there() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        reader.answer = lambda line: b"#Done\r\n" if line in {b"#01", b"#00"} else b"#Error\r\n"
        with pytest.raises(CommandError, match="not supported by this reader") as error:
            await it.command("set_clock")
        assert error.value.code == "not_supported"
        assert len(reader.messages) == 3  # no other trials
        for wrong in ("yesterday 12:00:00 ", "2026-03-01T12:00:00Z"):
            with pytest.raises(CommandError) as error:
                await it.command("set_clock", time=wrong)
            assert (error.value.status, error.value.path) == (Status.INVALID, "time")


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_a_reset_ends_in_data_mode(protocol: Protocol) -> None:
    settings = Settings(protocol=protocol, ecp_timeout=0.1, boot_time=0.05, sign_on=False)
    async with SimulatedReader(TcpLink(), settings) as reader, served(reader.address, protocol=str(protocol)) as it:
        result = await it.command("reset")
        assert result.data["answer"].startswith("Model ")
        assert it.desk.facts["command_mode"] is False
        await eventually(lambda: reader.powered and not reader.device.command_mode, "data mode")
        reader.present("KING 1")
        await it.read("KING 1")
        assert it.desk.events.count("restarted") >= 1
        assert not it.desk.state.get("problem")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("611", "switches_protocol"),
        ("01", "command_mode"),
        ("00", "command_mode"),
        ("643F", "never_sent"),
        ("1003", "never_sent"),
        ("302", "configuration_locked"),
        ("63", "not_confirmed"),
        ("999", "unknown_reader_command"),
        ("6201", "not_in_profile"),
    ],
)
async def test_what_must_not_be_sent_is_refused(body: str, code: str) -> None:
    async with fake_reader(answering({})) as reader, served(reader.address) as it:
        with pytest.raises(CommandError) as error:
            await it.command("send_command", command=body)
        assert error.value.code == code
        assert not reader.received


async def test_the_answer_of_any_command_is_told_with_its_fields() -> None:
    async with (
        fake_reader(answering({"525": "ECPS P0 TFE X1 S0", "520": "PWRB P1 R0"})) as reader,
        served(reader.address) as it,
    ):
        told = (await it.command("send_command", command="525")).data
        assert told["answer"] == "ECPS P0 TFE X1 S0"
        assert told["protocol"]["timeout_ms"] == 12700
        assert (await it.command("send_command", command="520")).data["power_fail"] is True
        assert it.desk.state["power_fail"] is True
        assert reader.messages[-1] == b"#00"


async def test_a_configuring_command_needs_the_option() -> None:
    async with (
        fake_reader(answering({"302": "Done"})) as reader,
        served(reader.address, allow_configuration=True) as it,
    ):
        assert (await it.command("send_command", command="302")).data == {"command": "302", "answer": "Done"}
        assert reader.messages == [b"#01", b"#302", b"#00"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk_module, "RESPONSE", 0.05)
    monkeypatch.setattr(talk_module, "NETWORK_ALLOWANCE", 0.0)


@pytest.mark.usefixtures("impatient")
async def test_silence_is_told_as_what_it_is() -> None:
    async with fake_reader(answering({})) as reader, served(reader.address) as it:
        with pytest.raises(CommandError) as error:
            await it.command("set_rf", on=True)
        assert (error.value.status, error.value.code) == (Status.UNKNOWN, "no_answer")
        assert reader.messages == [b"#01", b"#6401", b"#00", b"#00"]  # an action is not repeated
        reader.messages.clear()
        with pytest.raises(CommandError) as error:
            await it.command("send_command", command="505")
        assert error.value.status is Status.NO_ANSWER
        assert reader.messages == [b"#01", *[b"#505"] * 3, b"#00", b"#00"]
        reader.messages.clear()
        reader.answer = None
        with pytest.raises(CommandError, match="nothing was done") as error:
            await it.command("set_rf", on=True)
        assert error.value.status is Status.NO_ANSWER
        assert b"#6401" not in reader.messages


@pytest.mark.parametrize("line_end", [b"\r", b"\r\n"])
async def test_an_echo_is_dropped(line_end: bytes) -> None:
    plain = answering({"505": "Model E4 Series Ver 1.12 SN081234"})

    async with fake_reader() as reader, served(reader.address) as it:
        reader.answer = lambda line: line + line_end + (plain(line) or b"")
        told = await it.command("send_command", command="505")
        assert told.data["version"]["version"] == "1.12"
        assert it.desk.counters["echoes"] == 3
        assert not it.desk.told


async def test_tags_that_come_between_question_and_answer_are_reads() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        plain = answering({"6401": "Done"})
        reader.answer = lambda line: b"#KING " + line[1:] + b"\r\n" + (plain(line) or b"")
        await it.command("set_rf", on=True)
        assert it.desk.credentials == ["KING 01", "KING 6401", "KING 00"]


async def test_a_command_that_cannot_be_remembered_is_not_begun() -> None:
    async with fake_reader(answering({"6401": "Done"})) as reader, served(reader.address) as it:
        it.desk.broken = True
        with pytest.raises(CommandError) as error:
            await it.command("set_rf", on=True)
        assert error.value.code == "journal"
        assert not reader.messages


async def test_without_a_connection_nothing_is_sent() -> None:
    it = Served(device_config("tcp://192.0.2.1"))
    with pytest.raises(TransportError, match="nothing was sent"):
        await it.command("query_status")


@pytest.mark.parametrize("protocol", list(Protocol))
async def test_the_status_is_asked_for_at_the_connection_where_allowed(protocol: Protocol) -> None:
    settings = Settings(protocol=protocol, ecp_timeout=0.1, sign_on=False)
    async with (
        SimulatedReader(TcpLink(), settings) as reader,
        served(reader.address, protocol=str(protocol), query_on_connect=True) as it,
    ):
        await eventually(lambda: it.desk.described, "what the reader tells")
        assert it.desk.described[-1].serial == "081234"
        await eventually(lambda: it.desk.facts["command_mode"] is False, "data mode")
        assert not reader.device.command_mode


async def test_a_session_is_given_up_after_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("readers_bridge.families.transcore.command_mode.SESSION_LIMIT", 0.1)
    async with fake_reader(answering({})) as reader, served(reader.address) as it:
        with pytest.raises(CommandError, match="given up") as error:
            await it.command("query_status")
        assert error.value.status is Status.UNKNOWN
        assert reader.messages == [b"#01", b"#505", b"#00", b"#00"]


async def test_commands_take_turns() -> None:
    async with fake_reader(answering({"6401": "Done", "65": "Done"})) as reader, served(reader.address) as it:
        await asyncio.gather(it.command("set_rf", on=True), it.command("clear_power_fail"))
        assert [line.decode() for line in reader.messages] == ["#01", "#6401", "#00", "#01", "#65", "#00"]
