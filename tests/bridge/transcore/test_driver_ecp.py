"""ECP: stored first, acknowledged then; what is sent and what is not, byte for byte."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from readers_bridge.errors import CommandError, DeviceError
from readers_bridge.families.transcore.crc import vendor
from readers_bridge.families.transcore.nak_limit import IN_A_ROW
from readers_bridge.families.transcore.simulator import Settings, SimulatedReader, StaleAck, TcpLink
from readers_bridge.families.transcore.typedefs import Protocol
from readers_bridge.model import Status
from tests.bridge.desk import Desk
from tests.bridge.transcore.fake_reader import fake_reader
from tests.bridge.transcore.served import kept, served
from tests.conftest import eventually

KING = b"#4KING 13029A91\r\n"
ACK = b"#4@3440"


def message(body: str) -> bytes:
    """A message of the reader: number and content."""
    data = body.encode("latin-1")
    return b"#" + data + b"%04X\r\n" % vendor(data)


def answering(answers: dict[str, str]) -> Any:
    """A reader that answers these commands, under the number of each."""

    def answer(line: bytes) -> bytes | None:
        seq, body = line[1:2].decode(), line[2:-4].decode()
        return message(seq + answers[body]) if body in answers else None

    return answer


async def test_the_acknowledgement_waits_for_the_commit() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        it.desk.stored.clear()
        reader.send(KING)
        await eventually(lambda: it.desk.waiting, "the commit")
        await asyncio.sleep(0.02)  # no condition: nothing is to come
        assert not reader.messages
        it.desk.stored.set()
        await reader.got(ACK)
        await it.read("KING 1302")
        items, facts = it.desk.history[-1]
        assert items[0] == it.desk.reads[0]
        assert facts is not None
        assert facts["ecp_last"][0] == "4"
        assert "KING" not in str(facts)
        assert it.desk.synced == [True]


async def test_a_device_may_do_without_the_sync() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp", durability="process") as it:
        await reader.connected()
        reader.send(KING)
        await reader.got(ACK)
        assert it.desk.synced == [False]


async def test_what_cannot_be_stored_is_not_acknowledged() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        it.desk.broken = True
        reader.send(KING)
        await eventually(lambda: it.desk.counters["not_stored"], "the failure")
        it.desk.broken = False
        assert not reader.messages
        reader.send(KING)
        await reader.got(ACK)
        await it.read("KING 1302")


async def test_without_room_nothing_is_acknowledged() -> None:
    desk = Desk()
    desk.has_room = False
    async with fake_reader() as reader, served(reader.address, desk, protocol="ecp") as it:
        await reader.connected()
        for number in range(2):
            reader.send(KING)
            await eventually(lambda number=number: desk.counters["no_room"] == number + 1, "the refusal")  # type: ignore[misc]
        await asyncio.sleep(0.3)  # no condition: nothing is to come
        assert not reader.received
        assert not desk.history
        desk.has_room = True
        await reader.got(ACK)  # without another repeat
        reader.send(KING)
        await reader.got(ACK, ACK)
        desk.has_room = False
        reader.send(KING)  # what is stored needs no room
        await reader.got(ACK, ACK, ACK)
        await it.read("KING 1302")
        assert desk.reads[0].buffered


async def test_a_full_journal_with_the_simulated_reader() -> None:
    settings = Settings(protocol=Protocol.ECP, ecp_timeout=0.1, sign_on=False)
    desk = Desk()
    async with SimulatedReader(TcpLink(), settings) as reader, served(reader.address, desk, protocol="ecp") as it:
        await reader.client_connected()
        tags = [f"KING {number}" for number in range(40)]
        for tag in tags:
            reader.present(tag)
            if len(desk.reads) == 5:
                desk.has_room = False
            await asyncio.sleep(0)
        desk.has_room = False
        await eventually(lambda: desk.counters["no_room"] >= 2, "repeats")
        desk.has_room = True
        await it.read(*tags)


async def test_a_repeat_is_acknowledged_again_and_not_published() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        reader.send(KING)
        await reader.got(ACK)
        reader.send(KING)
        await reader.got(ACK, ACK)
        await it.read("KING 1302")
        assert it.desk.counters["repeats"] == 1
        reader.send(message("6KING 1302"))
        await reader.got(b"#6@3640")
        await it.read("KING 1302", "KING 1302")


@pytest.mark.parametrize("acknowledged", [False, True])
async def test_a_repeat_after_a_crash_is_recognised(acknowledged: bool) -> None:
    async with fake_reader() as reader:
        async with served(reader.address, protocol="ecp") as it:
            reader.send(KING)
            await reader.got(ACK)
            facts = kept(it.desk)
        desk = Desk(facts)
        async with served(reader.address, desk, protocol="ecp") as it:
            await reader.connected(2)
            if not acknowledged:
                reader.send(KING)
                await reader.got(ACK, ACK)
                assert not desk.reads
                assert desk.counters["repeats"] == 1
            reader.send(message("6KING 1303"))
            await reader.got(b"#6@3640")
            await it.read("KING 1303")
            assert not desk.counters["sequence_jumps"]


async def test_the_same_number_with_other_bytes_is_new() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        reader.send(KING + message("4KING 1303"))
        await it.read("KING 1302", "KING 1303")
        assert it.desk.counters["sequence_jumps"] == 1


async def test_messages_that_come_while_one_is_stored_keep_their_order() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        it.desk.stored.clear()
        reader.send(b"".join(message(f"{number % 8 * 2:X}KING {number}") for number in range(20)))
        await eventually(lambda: it.desk.waiting, "the commit")
        it.desk.stored.set()
        await it.read(*(f"KING {number}" for number in range(20)))


async def test_damage_is_refused_with_a_nak() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        reader.send(KING)
        await reader.got(ACK)
        reader.send(b"#6KING 1303FFFF\r\n")
        await reader.got(b"#6?363F")
        assert it.desk.counters["crc_errors"] == 1
        reader.send(message("6KING 1303"))
        await reader.got(b"#6@3640")
        await it.read("KING 1302", "KING 1303")


async def test_noise_is_not_answered_but_a_message_cut_short_is() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        reader.send(KING)
        await reader.got(ACK)
        reader.send(b"@@@ noise\r\n" * 20)
        await eventually(lambda: it.desk.counters["noise_lines"] == 20, "noise")
        assert reader.messages == [ACK]
        reader.send(b"#\x7f\r\n")
        await reader.got(b"#6?363F")  # the one that is expected


async def test_noise_full_of_beginnings_is_not_answered_for_ever() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        reader.send(b"#4x1234\r\n" * 60)
        await eventually(lambda: it.desk.counters["crc_errors"] == 60, "damage")
        assert IN_A_ROW <= it.desk.counters["naks"] <= IN_A_ROW + 2
        reader.send(KING)
        await it.read("KING 1302")


async def test_until_the_crc_is_known_the_wild_card_is_sent(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        reader.send(b"#4broken\r\n")
        await reader.got(b"#4?````")
        reader.send(b"#4KING 130264B8\r\n")  # XMODEM
        await reader.got(b"#4@8195")
        await it.read("KING 1302")
        assert "xmodem" in caplog.text


async def test_a_sign_on_starts_the_numbers_anew() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        reader.send(KING)
        await reader.got(ACK)
        reader.send(b"#0Model E4 Series Ver 1.12 SN081234D6F1\r\n")
        await reader.got(b"#0@3040")
        reader.send(b"#2Copyright 2008 TransCore8B26\r\n")
        await reader.got(b"#2@3240")
        reader.send(KING)
        await it.read("KING 1302", "KING 1302")
        assert it.desk.events == ["restarted"]
        assert not it.desk.counters["sequence_jumps"]


async def test_listening_only_sends_no_nak() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp", listen_only=True) as it:
        await reader.connected()
        reader.send(b"#4KING 13029A92\r\n#\x7f\r\n")
        await eventually(lambda: it.desk.counters["crc_errors"] == 2, "damage")
        reader.send(KING)
        await reader.got(ACK)
        assert reader.messages == [ACK]
        assert not it.desk.counters["naks"]


async def test_listening_only_sends_acknowledgements_alone() -> None:
    facts = {"command_mode": True, "ecp_odd": "3"}
    async with fake_reader() as reader, served(reader.address, Desk(facts), protocol="ecp", listen_only=True) as it:
        await reader.connected()
        reader.send(KING)
        await reader.got(ACK)
        assert reader.messages == [ACK]
        assert not it.driver.description.commands
        with pytest.raises(CommandError, match="listen_only"):
            await it.command("query_status")


# -- what may have waited


async def test_what_waited_before_the_connection_is_late() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp", ecp_timeout=0.5) as it:
        await reader.connected()
        reader.send(message("0KING 1") + message("2KING 2"))
        await it.read("KING 1", "KING 2")
        await reader.got(b"#0@3040", b"#2@3240")
        it.desk.clock.ahead += 0.3  # less than a message may take
        reader.send(message("4KING 3"))
        await reader.got(b"#4@3440")
        it.desk.clock.ahead += 1.0
        reader.send(message("6KING 4") + message("8KING 5"))
        await eventually(lambda: len(it.desk.reads) == 5, "reads")
        assert [read.buffered for read in it.desk.reads] == [True, True, True, False, False]


async def test_what_comes_after_the_time_out_is_live() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp", ecp_timeout=0.5) as it:
        await reader.connected()
        it.desk.clock.ahead += 2.0
        reader.send(KING)
        await it.read("KING 1302")
        assert not it.desk.reads[0].buffered


async def test_of_a_train_the_second_car_is_live() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        for number in range(4):
            it.desk.clock.ahead += 1.0
            reader.send(message(f"{2 * number:X}KING {number}"))
            await eventually(lambda number=number: len(reader.messages) == number + 1, "the ACK")  # type: ignore[misc]
        assert [read.buffered for read in it.desk.reads] == [True, False, False, False]


async def test_a_damaged_message_of_a_backlog_does_not_make_it_live() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        reader.send(message("0KING 0"))
        await reader.got(b"#0@3040")
        reader.send(b"#2KING 10000\r\n")
        await reader.got(b"#0@3040", b"#2?323F")
        it.desk.clock.ahead += 5.0
        reader.send(message("2KING 1"))
        await it.read("KING 0", "KING 1")
        assert it.desk.reads[1].buffered


async def test_the_clock_of_the_reader_can_prove_a_read_fresh() -> None:
    def stamped(seq: str, tag: str, age: float) -> bytes:
        clock = datetime(2026, 3, 9, 14, 3, 7) + timedelta(seconds=desk.clock.wall() - began - age)  # noqa: DTZ001
        return message(f"{seq}{tag}&{clock:%H:%M:%S}.00 {clock:%m/%d/%y}")

    desk = Desk()
    began = desk.clock.wall()
    async with fake_reader() as reader:
        async with served(reader.address, desk, protocol="ecp", ecp_timeout=0.5):
            await reader.connected()
            desk.clock.ahead += 5.0
            reader.send(stamped("0", "KING 0", 0))
            await eventually(lambda: len(desk.reads) == 1, "a read")
            assert not desk.reads[0].buffered
        assert isinstance(desk.facts["clock_offset"], float)
        again = Desk(kept(desk))
        again.clock.ahead = desk.clock.ahead
        async with served(reader.address, again, protocol="ecp", ecp_timeout=0.5):
            await reader.connected(2)
            reader.send(stamped("2", "KING 1", 60) + stamped("4", "KING 2", 1))
            await eventually(lambda: len(again.reads) == 2, "reads")
            assert [read.buffered for read in again.reads] == [True, False]
            assert again.reads[1].data["device_time"].startswith("2026-03-09T14:03")


# -- commands


VERSION = "Model E4 Series Ver 1.12 SN081234"


async def test_a_number_is_stored_before_its_command_is_sent() -> None:
    answers = {"01": "Done", "505": VERSION, "6400": "Done", "6401": "Done", "00": "Done"}
    async with fake_reader(answering(answers)) as reader, served(reader.address, protocol="ecp", crc="vendor") as it:
        it.desk.stored.clear()
        task = asyncio.create_task(it.command("set_rf", on=True))
        await eventually(lambda: it.desk.waiting, "the commit")
        await asyncio.sleep(0.02)  # no condition: nothing is to come
        assert not reader.messages
        it.desk.stored.set()
        assert (await task).data == {"on": True}
        assert [line[1:-4] for line in reader.messages] == [b"101", b"3505", b"56401", b"700"]
        assert reader.messages[0] == b"#1011643"
        modes = [facts["command_mode"] for _, facts in it.desk.history if facts and "command_mode" in facts]
        assert modes == [True, False]
        assert it.desk.facts["ecp_odd"] == "7"
        await it.command("set_rf", on=False)
        assert [line[1:-4] for line in reader.messages[4:]] == [b"901", b"B6400", b"D00"]  # no second probe


async def test_the_numbers_go_on_after_a_restart_of_the_bridge() -> None:
    answers = {"01": "Done", "6401": "Done", "00": "Done"}
    async with (
        fake_reader(answering(answers)) as reader,
        served(reader.address, Desk({"ecp_odd": "F"}), protocol="ecp", crc="vendor") as it,
    ):
        await asyncio.sleep(0.02)  # no condition: nothing is to come that nobody asked for
        assert not reader.messages
        await it.command("set_rf", on=True)
        assert [line[1:-4] for line in reader.messages] == [b"101", b"36401", b"500"]


class Stubborn:
    """A reader that had 1 as its last number, and repeats its answer."""

    def __init__(self) -> None:
        self.last = "1"
        self.answer = "Done"
        self.executed: list[str] = []

    def __call__(self, line: bytes) -> bytes:
        seq, body = line[1:2].decode(), line[2:-4].decode()
        if seq != self.last:
            self.last = seq
            command_mode = self.executed[:1] == ["01"]
            self.executed.append(body)
            known = {"01": "Done", "505": VERSION if command_mode else "Error"}
            self.answer = known.get(body, "Done" if command_mode else "Error")
            if not command_mode and body != "01":
                self.executed.clear()
        return message(seq + self.answer)


async def test_an_old_answer_is_not_taken_for_a_new_one() -> None:
    stubborn = Stubborn()
    async with fake_reader(stubborn) as reader, served(reader.address, protocol="ecp", crc="vendor") as it:
        await it.command("set_rf", on=True)
        assert [line[1:-4] for line in reader.messages] == [
            b"101",  # not executed: the reader has seen the number
            b"3505",  # so this is refused
            b"501",
            b"7505",
            b"96401",
            b"B00",
        ]
        assert stubborn.executed == ["01", "505", "6401", "00"]
        assert it.desk.counters["old_answers"] == 1


async def test_a_lost_answer_is_asked_for_under_the_same_number() -> None:
    lost = {b"01": 1, b"6401": 1, b"00": 1}
    plain = answering({"01": "Done", "505": VERSION, "6401": "Done", "00": "Done"})

    def answer(line: bytes) -> bytes | None:
        body = line[2:-4]
        if lost.get(body):
            lost[body] -= 1
            return b"#" + line[1:2] + b"Do~e0000\r\n"  # damaged
        found: bytes | None = plain(line)
        return found

    async with fake_reader(answer) as reader, served(reader.address, protocol="ecp", crc="vendor") as it:
        await it.command("set_rf", on=True)
        assert [line[1:-4] for line in reader.messages] == [
            *[b"101", b"101", b"3505"],
            *[b"56401", b"56401", b"700", b"700"],
        ]


async def test_data_that_comes_instead_of_an_answer_waits() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp", crc="vendor") as it:
        plain = answering({"01": "Done", "505": VERSION, "6401": "Done", "00": "Done"})
        reader.answer = lambda line: KING + (plain(line) or b"")
        await it.command("set_rf", on=True)
        assert not it.desk.reads
        assert ACK not in reader.messages
        reader.answer = None
        reader.send(KING)
        await it.read("KING 1302")


async def test_data_right_behind_the_last_answer_does_not_wait() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp", crc="vendor") as it:
        plain = answering({"01": "Done", "505": VERSION, "6401": "Done", "00": "Done"})
        reader.answer = lambda line: (plain(line) or b"") + (KING if line[2:-4] == b"00" else b"")
        await it.command("set_rf", on=True)
        await it.read("KING 1302")
        assert reader.messages[-1] == ACK
        assert not it.desk.counters["put_off"]


async def test_an_error_without_a_crc_is_an_answer() -> None:
    def answer(line: bytes) -> bytes:
        seq, body = line[1:2].decode(), line[2:-4].decode()
        told = {"01": "Done", "505": VERSION, "00": "Done"}.get(body)
        return f"#{seq}Error\r\n".encode() if told is None else message(seq + told)

    async with fake_reader(answer) as reader, served(reader.address, protocol="ecp", crc="vendor") as it:
        with pytest.raises(CommandError, match="Error to 6401") as error:
            await it.command("set_rf", on=True)
        assert error.value.status is Status.FAILED
        assert reader.messages[-1][1:-4] == b"700"


# -- a reader that speaks basic


async def test_a_reader_in_basic_protocol_is_told_and_its_tags_are_kept() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        for tag in ("KING 1", "KING 2", "KING 3", "KING 4"):
            reader.send(f"#{tag}\r\n".encode())
        await it.read("KING 1", "KING 2", "KING 3", "KING 4")
        assert it.desk.events == ["wrong_protocol"]
        assert it.desk.told[0].data == {"configured": "ecp", "found": "basic"}
        assert it.desk.is_online
        assert not any(b"@" in line for line in reader.messages)
        naks = len(reader.messages)
        with pytest.raises(DeviceError, match="nothing was sent"):
            await it.command("set_rf", on=True)
        assert len(reader.messages) == naks


async def test_plain_answers_are_not_refused() -> None:
    async with fake_reader(lambda _: b"#Error\r\n") as reader, served(reader.address, protocol="ecp") as it:
        await reader.connected()
        reader.send(b"#BASIC 1\r\n")
        await eventually(lambda: it.desk.events == ["error"], "the answer to the NAK")
        reader.send(b"#Done\r\n#ECPS P0 TFE X1 S0\r\n#Error06\r\n#RFST C1 O1 T1 F20 R1F G1F A00 I04\r\n")
        await eventually(lambda: "wrong_protocol" in it.desk.events, "the judgement")
        assert len(reader.messages) == it.desk.counters["naks"] == 1
        assert it.desk.events == ["error", "report", "report", "wrong_protocol", "error"]
        assert it.desk.credentials == ["BASIC 1"]


@pytest.mark.parametrize("ended", [False, True])
async def test_lines_of_which_nobody_knows_what_they_are_become_reports(ended: bool) -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp", ecp_timeout=0.5) as it:
        await reader.connected()
        reader.send(b"#BASIC 1\r\n#Presence without tag\r\n#BASIC 1\r\n#4KING 13020000\r\n#4KING 13020000\r\n")
        await eventually(lambda: it.desk.counters["crc_errors"] == 5, "the lines")
        assert not it.desk.told
        if ended:
            reader.hang_up()
        else:
            it.desk.clock.ahead += 3.0
        await eventually(lambda: len(it.desk.told) == 4, "reports")
        assert [event.data["text"] for event in it.desk.told] == [
            *["BASIC 1", "Presence without tag", "BASIC 1"],
            "4KING 13020000",  # once: an ECP reader repeats for ever
        ]
        assert set(it.desk.events) == {"report"}
        assert not it.desk.reads


async def test_damage_of_a_reader_in_ecp_is_no_report() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="ecp", ecp_timeout=0.5) as it:
        await reader.connected()
        reader.send(b"#4KING 13029A92\r\n" + KING)
        await it.read("KING 1302")
        it.desk.clock.ahead += 3.0
        reader.hang_up()
        await reader.connected(2)
        assert not it.desk.told


# -- with the simulated reader


@pytest.mark.parametrize(
    "fault", ["bad_crc", "lose_ack", "damage_out", "damage_in", "duplicate", "no_lf", "split", "glue", "noise"]
)
async def test_a_train_on_a_bad_line(fault: str) -> None:
    settings = Settings(protocol=Protocol.ECP, ecp_timeout=0.05, sign_on=False)
    async with SimulatedReader(TcpLink(), settings) as reader, served(reader.address, protocol="ecp") as it:
        await reader.client_connected()
        reader.fault(fault, 0.2, 0)
        tags = [f"KING {number}" for number in range(60)]
        for tag in tags:
            reader.present(tag)
        await it.read(*tags)


async def test_a_slow_disk_does_not_double_the_traffic() -> None:
    settings = Settings(protocol=Protocol.ECP, ecp_timeout=0.1, stale_ack=StaleAck.REPEAT, sign_on=False)
    async with SimulatedReader(TcpLink(), settings) as reader, served(reader.address, protocol="ecp") as it:
        await reader.client_connected()
        it.desk.stored.clear()
        tags = [f"KING {number}" for number in range(50)]
        for tag in tags:
            reader.present(tag)
        await eventually(lambda: reader.counts.retransmissions >= 2, "repeats")
        it.desk.stored.set()
        await it.read(*tags)
        assert reader.counts.retransmissions <= 5


async def test_a_power_cycle_in_the_middle_of_a_message() -> None:
    settings = Settings(time=False, protocol=Protocol.ECP, ecp_timeout=0.1, boot_time=0.01, sign_on=False)
    async with SimulatedReader(TcpLink(), settings) as reader, served(reader.address, protocol="ecp") as it:
        await reader.client_connected()
        reader.present("KING 1")
        await it.read("KING 1")
        reader.fault("cut")
        it.desk.clock.ahead += 60  # nothing waits any more
        reader.present("KING 2")
        await it.read("KING 1", "KING 2")
        assert it.desk.events == ["restarted"]
        assert it.desk.reads[1].buffered  # it waited while the reader had no power
