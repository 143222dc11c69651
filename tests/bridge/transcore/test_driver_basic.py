"""Basic protocol: what a reader sends, byte for byte, and what is published of it."""

from __future__ import annotations

import asyncio
import os
import pty
import tty

import pytest

from readers_bridge.families.transcore import driver
from readers_bridge.families.transcore.crc import vendor
from readers_bridge.model import Event, Privacy
from readers_bridge.privacy import Veil
from tests.bridge.transcore.fake_reader import fake_reader
from tests.bridge.transcore.served import served
from tests.conftest import eventually

TRAIN = (
    b"#GJ2(P#!\":AD        S\r\n#+SX&P ?;'AD        S\r\n#KING 1302&13:20:42.05 04/22/91%0A-1-1F-3-057\r\n"
    b"#9EA488C030426A1900000000000033\r\n"
)


async def test_every_field_of_a_line_arrives() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(TRAIN)
        await it.read('GJ2(P#!":AD        S', "+SX&P ?;'AD        S", "KING 1302", "9EA488C030426A1900000000000033")
        third = it.desk.reads[2]
        assert third.data == {
            "device_time": "1991-04-22T13:20:42.050",
            "antenna": 1,
            "reader_id": "0A",
            "previous_reads": 31,
            "inputs": 3,
            "strength": "057",
            "raw": "KING 1302&13:20:42.05 04/22/91%0A-1-1F-3-057",
        }
        assert it.desk.state["input_0"] is it.desk.state["input_1"] is True
        assert it.desk.reads[0].data["mark"] == it.desk.reads[3].data["mark"] == "IOCC"
        assert not any(read.buffered for read in it.desk.reads)
        assert not reader.received


async def test_no_byte_of_data_tells_a_hidden_tag() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(TRAIN)
        await eventually(lambda: len(it.desk.reads) == 4, "reads")
        for read in it.desk.reads:
            shown = str(Veil(Privacy.MASKED).read_data(read))
            for secret in ("IOCC", "3088", "GJ2", "9EA488", "KING", "QNSL", "502"):
                assert secret not in shown


@pytest.mark.parametrize("size", [1, 2, 7])
async def test_segments_cut_anywhere(size: int) -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        for at in range(0, len(TRAIN), size):
            reader.send(TRAIN[at : at + size])
            await asyncio.sleep(0)
        await eventually(lambda: len(it.desk.reads) == 4, "reads")


async def test_errors_restarts_and_reports_become_events() -> None:
    async with fake_reader() as reader, served(reader.address, reports={"input_changed": r"Input (?P<input>\d)"}) as it:
        await reader.connected()
        reader.send(
            b"#Model E4 Series Ver 1.12 SN081234\r\n#Copyright 2008 TransCore\r\n#Error06&14:03:09.00 03/09/26\r\n"
            b"#Input 1 on%00-0-00-2\r\n#Presence without tag\r\n#Error11\r\n"
        )
        await eventually(lambda: len(it.desk.told) == 5, "events")
        restarted, error, changed, report, other = it.desk.told
        assert restarted.event_type == "restarted"
        assert (restarted.data["serial"], restarted.data["version"]) == ("081234", "1.12")
        assert (error.event_type, error.data["code"]) == ("error", "06")
        assert "frequency" in error.data["text"]
        assert changed.event_type == "input_changed"
        assert (changed.data["input"], changed.data["inputs"]) == ("1", 2)
        assert report == Event("report", {"text": "Presence without tag"}, report.sensitive)
        assert other.data == {"code": "11", "raw": "Error11"}
        state = it.desk.state
        assert (state["problem"], state["last_error"]) == (True, "Error11")
        assert (state["input_0"], state["input_1"]) == (False, True)
        assert not it.desk.reads
        about = it.desk.described[-1]
        assert (about.serial, about.firmware, about.model) == ("081234", "1.12", "E4 Series")
        reader.send(b"#KING 1302\r\n")
        await eventually(lambda: it.desk.state["problem"] is False, "the end of the problem")


async def test_answers_that_nobody_waits_for_are_told() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(b"#Error\r\n#Done\r\n")
        await eventually(lambda: len(it.desk.told) == 2, "events")
        error, report = it.desk.told
        assert (error.event_type, error.data["code"], error.data["raw"]) == ("error", "", "Error")
        assert (report.event_type, report.data["text"]) == ("report", "Done")
        assert it.desk.counters["stray_answers"] == 2
        assert it.desk.state["problem"] is False


async def test_the_boot_program_is_a_problem() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(b"#Model E4 Ver 0.00x\r\n")
        await eventually(lambda: it.desk.state.get("problem"), "a problem")
        assert it.desk.events == ["restarted", "error"]
        assert it.desk.told[1].data["code"] == "boot_mode"


async def test_an_overflow_that_is_mapped_is_counted() -> None:
    async with fake_reader() as reader, served(reader.address, reports={"buffer_overflow": "BUFFER FULL"}) as it:
        await reader.connected()
        reader.send(b"#BUFFER FULL\r\n#KING 1302\r\n")
        await it.read("KING 1302")
        assert it.desk.events == ["buffer_overflow"]
        assert it.desk.counters["buffer_overflows"] == 1


async def test_the_heartbeat_is_the_state_of_the_radio() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(b"#RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F\r\n")
        await eventually(lambda: it.desk.state.get("rf_on"), "the radio")
        assert it.desk.state["rf_control"] == "presence"
        assert not it.desk.told


async def test_a_heartbeat_that_fails_to_appear() -> None:
    async with fake_reader() as reader, served(reader.address, heartbeat=1) as it:
        await reader.connected()
        await eventually(lambda: it.ends == ["no_heartbeat"], "the end")
        await reader.connected(2)
        await asyncio.sleep(0.05)  # no condition: nothing is to come
        assert not it.desk.is_online
        reader.send(b"#RFST C1 O1 T1 F20 R1F G1F A00 I04\r\n")
        await it.online()


async def test_damage_is_counted_and_nothing_raises() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(b"garbage\r\n" + b"#" + b"x" * 600 + b"\r\n" + b"\xff\x00\x11#a\x80b\r\n" + b"#KING 1302\r\n")
        await it.read("KING 1302")
        assert it.desk.counters["noise_lines"] == 1
        assert it.desk.counters["oversize"] == 1
        assert it.desk.counters["damaged_lines"] >= 2


@pytest.mark.parametrize("start", [b"~~\x01\x05ABC", b"!Done\r\n"])
async def test_an_ai1422e_is_refused_in_plain_words(start: bytes) -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(start)
        await eventually(lambda: it.ends, "the end")
        assert it.ends[0] == "unsupported_dialect"
        assert "AI1422E" in it.texts[0]


@pytest.mark.parametrize("protocol", ["basic", "data_inquiry"])
async def test_a_reader_in_ecp_is_told_and_not_switched(protocol: str) -> None:
    async with fake_reader() as reader, served(reader.address, protocol=protocol) as it:
        await reader.connected()
        reader.send(b"#4KING 13029A91\r\n")
        await eventually(lambda: it.desk.events == ["report"], "a report")
        reader.send(b"#4KING 13029A91\r\n")
        await eventually(lambda: it.ends == ["wrong_protocol"], "the end")
        assert it.desk.events == ["report", "wrong_protocol"]
        assert it.desk.told[1].data == {"configured": protocol, "found": "ecp"}
        assert "protocol: ecp" in it.texts[0]
        assert not it.desk.reads
        assert not reader.messages
        await reader.connected(2)
        reader.send(b"#4KING 13029A91\r\n")
        await eventually(lambda: len(it.ends) == 2, "the next end")
        assert it.desk.events == ["report", "wrong_protocol"]  # told once


@pytest.mark.parametrize("spoken", [True, False])
async def test_a_reader_in_ecp_stays_offline_until_it_is_right_or_silent(
    spoken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "LONGEST_SILENCE", 5.0 if spoken else 0.4)
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(b"#4KING 13029A91\r\n" * 2)
        await eventually(lambda: it.ends == ["wrong_protocol"], "the end")
        for end in (2, 3):
            await reader.connected(end)
            await asyncio.sleep(0.1)  # no condition: nothing is to come
            assert not it.desk.is_online
            reader.send(b"#4KING 13029A91\r\n")
            await eventually(lambda end=end: it.ends == ["wrong_protocol"] * end, "the next end")  # type: ignore[misc]
        await reader.connected(4)
        if spoken:
            reader.send(b"#KING 1303\r\n")
        await it.online()
        assert it.desk.onlines == 2
        assert it.desk.events == ["report", "wrong_protocol"]


async def test_a_tag_that_looks_like_ecp_by_chance_is_not_lost() -> None:
    body = b"4KING 1302"
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(b"#" + body + b"%04X\r\n" % vendor(body) + b"#KING 1303\r\n")
        await it.read("KING 1303")
        assert it.desk.told[0].data["text"] == "4KING 13029A91"
        assert it.desk.is_online


async def test_the_reader_is_slowed_down_where_others_would_wait() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        assert len(it.desk.receivers) == 1


async def test_the_line_is_opened_as_the_reader_leaves_the_factory() -> None:
    controller, line = pty.openpty()
    tty.setraw(controller)
    try:
        async with served(f"serial://{os.ttyname(line)}") as it:
            os.write(controller, b"#KING 1302\r\n")
            await it.read("KING 1302")
    finally:
        os.close(controller)
        os.close(line)


async def test_the_connection_ends_and_comes_back() -> None:
    async with fake_reader() as reader, served(reader.address) as it:
        await reader.connected()
        reader.send(b"#KING 13")
        reader.hang_up()
        await reader.connected(2)
        await it.online()
        reader.send(b"#KING 1303\r\n")
        await it.read("KING 1303")
        assert it.ends == ["closed_by_device"]
