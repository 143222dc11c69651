"""Data inquiry: a read leaves the reader's buffer only when it can be kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from readers_bridge.errors import ReadersError
from readers_bridge.families.transcore.simulator import Settings, SimulatedReader, TcpLink
from readers_bridge.families.transcore.typedefs import Protocol
from tests.bridge.desk import Desk
from tests.bridge.transcore.fake_reader import fake_reader
from tests.bridge.transcore.served import kept, served, short_silence
from tests.conftest import eventually


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with short_silence():
        yield


async def test_the_next_question_waits_for_the_commit() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="data_inquiry") as it:
        await eventually(lambda: reader.asks, "the first question")
        it.desk.stored.clear()
        reader.buffer = [b"#KING 1\r\n", b"#KING 2\r\n"]
        await eventually(lambda: it.desk.waiting, "the commit")
        asks = reader.asks
        await asyncio.sleep(0.05)  # no condition: nothing is to come
        assert reader.asks == asks
        it.desk.stored.set()
        await it.read("KING 1", "KING 2")
        assert set(reader.received) == {0x05}


async def test_no_question_without_room() -> None:
    desk = Desk()
    desk.has_room = False
    async with fake_reader() as reader, served(reader.address, desk, protocol="data_inquiry") as it:
        await reader.connected()
        await asyncio.sleep(0.3)  # no condition: nothing is to come
        assert reader.asks == 0
        reader.buffer = [b"#KING 1\r\n"]
        desk.has_room = True
        await it.read("KING 1")


async def test_what_cannot_be_stored_is_passed_on_all_the_same() -> None:
    desk = Desk()
    desk.broken = True
    async with fake_reader() as reader:
        reader.buffer = [b"#KING 1\r\n"]
        async with served(reader.address, desk, protocol="data_inquiry") as it:
            await it.read("KING 1")
            assert desk.counters["not_stored"] == 1


async def test_the_pace_follows_the_buffer() -> None:
    async with fake_reader() as reader:
        reader.buffer = [b"#KING %d\r\n" % number for number in range(100)]
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with served(reader.address, protocol="data_inquiry", idle_interval=0.2) as it:
            await eventually(lambda: len(it.desk.reads) == 100, "reads")
            assert loop.time() - began < 4  # at once
            assert reader.asks in {100, 101}
            asks = reader.asks
            await asyncio.sleep(1.0)  # no condition: this is about how many come in it
            assert 4 <= reader.asks - asks <= 7  # every 0.1 s of silence and 50 ms, then every 200 ms


async def test_an_empty_message_is_no_report() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="data_inquiry", idle_interval=0.05) as it:
        reader.buffer = [b"#\r\n"] * 5
        await eventually(lambda: not reader.buffer, "questions")
        assert not it.desk.told
        assert not it.desk.counters["late_answers"]


async def test_what_waited_before_the_connection_is_late() -> None:
    async with fake_reader() as reader:
        reader.buffer = [b"#KING 1\r\n", b"#KING 2\r\n"]
        async with served(reader.address, protocol="data_inquiry", idle_interval=0.1) as it:
            await it.read("KING 1", "KING 2")
            await eventually(lambda: reader.asks >= 4, "silence")
            reader.buffer = [b"#KING 3\r\n"]
            await it.read("KING 1", "KING 2", "KING 3")
            assert [read.buffered for read in it.desk.reads] == [True, True, False]


async def test_the_clock_of_the_reader_proves_a_read_fresh_after_a_pause() -> None:
    settings = Settings(protocol=Protocol.DATA_INQUIRY, sign_on=False)
    async with SimulatedReader(TcpLink(), settings) as reader:
        async with served(reader.address, protocol="data_inquiry") as it:
            await it.command("query_status")
            reader.present("KING 1")
            await it.read("KING 1")
            facts = kept(it.desk)
        reader.present("KING 2")
        async with served(reader.address, Desk(facts), protocol="data_inquiry") as it:
            await it.read("KING 2")
            assert not it.desk.reads[0].buffered


async def test_an_answer_that_comes_late_counts() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="data_inquiry", idle_interval=60) as it:
        await eventually(lambda: reader.asks == 2, "silence")
        reader.send(b"#KING 1\r\n")
        await it.read("KING 1")
        assert it.desk.reads[0].credential == "KING 1"


async def test_a_slow_link_gets_one_question_at_a_time() -> None:
    loop = asyncio.get_running_loop()
    answers = [b"#KING %d\r\n" % number for number in range(5)]
    open_questions: list[int] = []

    async with fake_reader() as reader:

        def answer() -> None:
            answered.append(loop.time())
            if answers:
                reader.send(answers.pop(0))

        async def slow() -> None:
            asked = 0
            while True:
                await asyncio.sleep(0.005)
                for _ in range(reader.asks - asked):
                    loop.call_later(0.4, answer)
                asked = reader.asks
                if answered:
                    open_questions.append(asked - len(answered))

        answered: list[float] = []
        task = asyncio.create_task(slow())
        async with served(reader.address, protocol="data_inquiry", idle_interval=0.3) as it:
            await it.read(*(f"KING {number}" for number in range(5)))
            assert it.desk.counters["late_answers"] >= 1
        task.cancel()
        later = open_questions[open_questions.index(0) :]
        assert sum(count > 1 for count in later) <= len(later) // 10, (
            "on a busy machine an answer may be later than usual"
        )


async def test_a_message_in_two_parts_is_waited_for() -> None:
    async with fake_reader() as reader, served(reader.address, protocol="data_inquiry") as it:
        await eventually(lambda: reader.asks == 1, "the question")
        reader.send(b"#KING")
        await asyncio.sleep(0.3)  # no condition: nothing is to come
        assert reader.asks == 1
        reader.send(b" 1302\r\n")
        await it.read("KING 1302")


async def test_no_question_in_command_mode() -> None:
    def answer(line: bytes) -> bytes | None:
        commands.append(line)
        asked.append(reader.asks)
        reader.buffer.clear()
        return {b"#505": b"#Model E4 Series Ver 1.12\r\n"}.get(line, b"#Done\r\n")

    commands: list[bytes] = []
    asked: list[int] = []
    async with fake_reader(answer) as reader, served(reader.address, protocol="data_inquiry", idle_interval=0.05) as it:
        await it.command("set_rf", on=True)
        assert commands == [b"#01", b"#6401", b"#00"]
        assert asked[0] == asked[-1]
        reader.buffer = [b"#KING 1\r\n"]
        await it.read("KING 1")


async def test_the_end_waits_for_the_answer_to_the_last_question() -> None:
    async with fake_reader() as reader:
        async with served(reader.address, protocol="data_inquiry") as it:
            await eventually(lambda: reader.asks == 1, "the question")
            asyncio.get_running_loop().call_later(0.04, reader.send, b"#KING 1\r\n")
        assert it.desk.credentials == ["KING 1"]


async def test_the_end_within_a_command_is_orderly_too() -> None:
    def answer(line: bytes) -> bytes | None:
        if line == b"#505":
            asked.set()
        return {b"#505": None}.get(line, b"#Done\r\n")

    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with fake_reader(answer) as reader:
        async with served(reader.address, protocol="data_inquiry") as it:
            command = asyncio.create_task(it.command("query_status"))
            await asked.wait()
            ended = loop.time()
        with pytest.raises(ReadersError):
            await command
        assert loop.time() - ended < 3
        assert reader.messages[-1] == b"#00"
        assert it.desk.facts["asking"] is False


async def test_a_loss_that_may_have_been_is_counted() -> None:
    async with fake_reader() as reader:
        async with served(reader.address, protocol="data_inquiry") as it:
            await eventually(lambda: it.desk.facts.get("asking"), "the question")
            crashed = kept(it.desk)
        assert it.desk.facts["asking"] is False
        assert not it.desk.counters["cut_off_questions"]
        async with served(reader.address, Desk(crashed), protocol="data_inquiry") as it:
            await eventually(lambda: it.desk.counters["cut_off_questions"] == 1, "the count")


async def test_the_buffer_of_500_survives_a_restart_of_the_bridge() -> None:
    settings = Settings(protocol=Protocol.DATA_INQUIRY, sign_on=False)
    async with SimulatedReader(TcpLink(), settings) as reader:
        tags = [f"KING {number}" for number in range(500)]
        for tag in tags:
            reader.present(tag)
        async with served(reader.address, protocol="data_inquiry") as it:
            await eventually(lambda: len(it.desk.reads) >= 100, "reads")
        async with served(reader.address, Desk(kept(it.desk)), protocol="data_inquiry") as again:
            await eventually(lambda: len(it.desk.reads) + len(again.desk.reads) >= 500, "reads")
        assert it.desk.credentials + again.desk.credentials == tags
