from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from readers_bridge.clock import rfc3339
from readers_bridge.commands import (
    LANE_LIMIT,
    MAX_BYTES,
    Accepted,
    Gate,
    Incoming,
    Lanes,
    Transactions,
    parse,
    result_payload,
)
from readers_bridge.errors import CommandError, TransportError
from readers_bridge.model import Arg, Command, CommandSpec, Description, Outcome, Status
from tests.conftest import eventually

NOW = 1_772_366_400.0  # 2026-03-01T12:00:00Z


@dataclass
class HandClock:
    """Clocks that a test turns."""

    seconds: float = 100.0
    moment: float = NOW

    def monotonic(self) -> float:
        return self.seconds

    def wall(self) -> float:
        return self.moment


BEEP = CommandSpec("beep", "Beep.", {"ms": Arg("integer", min=1, max=3000, required=True)})
DESCRIPTION = Description("Maker", "Model", "family", commands=(BEEP,))


def admit(body: dict[str, Any], clock: HandClock | None = None, *, online: bool = True, **incoming: Any) -> Accepted:
    return Gate(clock or HandClock()).admit(
        Incoming(incoming.pop("name", "beep"), orjson.dumps(body), **incoming), body, DESCRIPTION, online=online
    )


def refusal(*args: Any, **kwargs: Any) -> CommandError:
    with pytest.raises(CommandError) as caught:
        admit(*args, **kwargs)
    return caught.value


def test_a_good_command_may_start_for_ten_seconds() -> None:
    accepted = admit({"ms": 200, "transaction": "t1"})
    assert accepted.command == Command("beep", {"ms": 200}, "t1")
    assert accepted.deadline == 110.0


def test_its_age_on_arrival_counts() -> None:
    assert admit({"ms": 200, "issued_at": rfc3339(NOW - 4)}).deadline == 106.0
    assert admit({"ms": 200, "issued_at": NOW - 4, "ttl": 5}).deadline == 101.0
    assert admit({"ms": 200}, expiry=3).deadline == 103.0
    assert admit({"ms": 200, "issued_at": rfc3339(NOW + 4)}).deadline == 110.0


def test_a_late_command_is_expired() -> None:
    assert refusal({"ms": 200, "issued_at": rfc3339(NOW - 11)}).status == Status.EXPIRED
    assert refusal({"ms": 200, "issued_at": rfc3339(NOW - 3), "ttl": 2}).status == Status.EXPIRED


def test_a_command_from_the_future_shows_both_clocks() -> None:
    error = refusal({"ms": 200, "issued_at": "2026-03-01T13:00:00+00:00"})
    assert error.status == Status.INVALID
    assert error.path == "issued_at"
    assert "2026-03-01T13:00:00.000Z" in str(error)
    assert "2026-03-01T12:00:00.000Z" in str(error)


@pytest.mark.parametrize("when", ["yesterday", "2026-03-01T12:00:00", True, [], 1e30, -1e30])
def test_an_odd_issued_at_is_invalid(when: Any) -> None:
    assert refusal({"ms": 200, "issued_at": when}).status == Status.INVALID


@pytest.mark.parametrize("ttl", [0, -1, "10", True, 1e9, None.__class__])
def test_an_odd_ttl_is_invalid(ttl: Any) -> None:
    if ttl is type(None):
        assert admit({"ms": 200, "ttl": None}).deadline == 110.0
        return
    error = refusal({"ms": 200, "ttl": ttl})
    assert (error.status, error.path) == (Status.INVALID, "ttl")


def test_what_is_wrong_is_named() -> None:
    assert refusal({"ms": "long"}).path == "ms"
    assert refusal({"ms": 200, "volume": 11}).path == "volume"
    assert refusal({}).path == "ms"
    assert "beep" in str(refusal({}, name="bepp"))
    assert refusal({"ms": 200, "transaction": 7}).path == "transaction"


def test_an_offline_device_answers_at_once() -> None:
    assert refusal({"ms": 200}, online=False).status == Status.UNAVAILABLE


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "not_json"),
        (b"[1]", "not_an_object"),
        (b"\xff" * 1_000_000, "not_json"),
        (b"[" * 100_000, "not_json"),
        (b" " * (MAX_BYTES + 1), "too_large"),
    ],
)
def test_garbage_is_invalid(payload: bytes, code: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse(payload)
    assert (caught.value.status, caught.value.code) == (Status.INVALID, code)


def test_an_empty_payload_is_an_empty_object() -> None:
    assert parse(b"") == {} == parse(b" ")


def test_a_transaction_is_remembered_for_five_minutes() -> None:
    clock = HandClock()
    transactions = Transactions(clock)
    transactions.begin("a")
    assert "a" in transactions
    assert transactions.result("a") is None
    transactions.finish("a", {"status": "done"})
    clock.seconds += 299
    assert transactions.result("a") == {"status": "done"}
    assert "a" in transactions
    clock.seconds += 2
    assert "a" not in transactions


def test_the_memory_of_transactions_is_bounded() -> None:
    transactions = Transactions(HandClock())
    for number in range(5000):
        transactions.begin(str(number))
    assert "4999" in transactions
    assert "0" not in transactions


@dataclass
class Log:
    finished: list[tuple[str | None, Any]] = field(default_factory=list)

    def __call__(self, accepted: Accepted, outcome: Any) -> None:
        self.finished.append((accepted.command.transaction, outcome))

    def statuses(self) -> list[str]:
        return [str(outcome.status) for _, outcome in self.finished]


def accepted(name: str, clock: HandClock, **spec: Any) -> Accepted:
    return Accepted(
        Incoming("beep", b""), Command("beep", {}, name), CommandSpec("beep", "Beep.", **spec), clock.monotonic() + 10
    )


async def test_a_lane_runs_one_at_a_time_and_turns_away_what_it_cannot_hold() -> None:
    clock, log, gate = HandClock(), Log(), asyncio.Event()
    running = 0
    most = 0

    async def execute(_command: Command) -> Outcome:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await gate.wait()
        running -= 1
        return Outcome()

    lanes = Lanes(clock, execute, log)
    lanes.put(accepted("0", clock))
    await eventually(lambda: running, "the first command to run")
    for number in range(LANE_LIMIT):
        lanes.put(accepted(str(number + 1), clock))
    with pytest.raises(CommandError) as caught:
        lanes.put(accepted("too many", clock))
    assert caught.value.status == Status.BUSY
    lanes.put(accepted("other", clock, lane="print"))
    await eventually(lambda: running == 2, "the other lane")
    gate.set()
    await eventually(lambda: len(log.finished) == LANE_LIMIT + 2, "all results")
    assert most == 2
    assert [name for name, _ in log.finished if name != "other"] == [str(n) for n in range(LANE_LIMIT + 1)]
    await lanes.close(CommandError("stopped", status=Status.UNAVAILABLE, code="stopped"))


async def test_a_command_that_waited_too_long_is_not_executed() -> None:
    clock, log, gate = HandClock(), Log(), asyncio.Event()
    executed = []

    async def execute(command: Command) -> Outcome:
        executed.append(command.transaction)
        await gate.wait()
        return Outcome()

    lanes = Lanes(clock, execute, log)
    lanes.put(accepted("first", clock))
    lanes.put(accepted("second", clock))
    await eventually(lambda: executed, "the first to run")
    clock.seconds += 11
    gate.set()
    await eventually(lambda: len(log.finished) == 2, "both results")
    assert executed == ["first"]
    assert log.statuses() == ["done", "expired"]
    await lanes.close(CommandError("stopped", status=Status.UNAVAILABLE, code="stopped"))


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (CommandError("no", status=Status.FAILED, code="rejected"), "failed"),
        (TransportError("gone"), "unavailable"),
        (RuntimeError("a bug"), "failed"),
    ],
)
async def test_whatever_the_driver_raises_becomes_a_result(problem: Exception, status: str) -> None:
    clock, log = HandClock(), Log()

    async def execute(_command: Command) -> Outcome:
        raise problem

    lanes = Lanes(clock, execute, log)
    lanes.put(accepted("a", clock))
    lanes.put(accepted("b", clock))
    await eventually(lambda: len(log.finished) == 2, "both results")
    assert log.statuses() == [status, status]
    await lanes.close(CommandError("stopped", status=Status.UNAVAILABLE, code="stopped"))


async def test_a_command_that_never_ends_is_unknown() -> None:
    clock, log = HandClock(), Log()

    async def execute(_command: Command) -> Outcome:
        await asyncio.Event().wait()
        return Outcome()

    lanes = Lanes(clock, execute, log)
    lanes.put(accepted("a", clock, timeout=0.01))
    await eventually(lambda: log.finished, "the result")
    assert log.statuses() == ["unknown"]
    lanes.put(accepted("b", clock))
    lanes.put(accepted("c", clock))
    await eventually(lambda: lanes._waiting["main"].qsize() == 1, "b to run")
    await lanes.close(CommandError("stopped", status=Status.UNAVAILABLE, code="stopped"))
    assert log.statuses() == ["unknown", "unknown", "unavailable"], "what ran may have happened, what waited did not"


async def test_a_driver_that_is_told_to_stop_may_say_what_became_of_the_command() -> None:
    clock, log = HandClock(), Log()
    half = CommandError("half of it", status=Status.FAILED, code="interrupted", data={"sent_bytes": 7})

    async def execute(_command: Command) -> Outcome:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise half from None
        return Outcome()

    lanes = Lanes(clock, execute, log)
    lanes.put(accepted("a", clock, timeout=0.01))
    await eventually(lambda: log.finished, "the result of a command that took too long")
    lanes.put(accepted("b", clock))
    lanes.put(accepted("c", clock))
    await eventually(lambda: lanes._waiting["main"].qsize() == 1, "b to run")
    await lanes.close(CommandError("stopped", status=Status.UNAVAILABLE, code="stopped"))
    assert [outcome for _, outcome in log.finished[:2]] == [half, half]
    assert log.statuses() == ["failed", "failed", "unavailable"]


def test_a_failure_may_carry_what_is_known() -> None:
    error = CommandError("half of it", status=Status.FAILED, code="paper_end", data={"sent_bytes": 7})
    payload = result_payload("till", "print_text", "t", error, "2026-03-01T12:00:00.000Z")
    assert payload["status"] == "failed"
    assert payload["error"] == {"code": "paper_end", "message": "half of it", "path": None}
    assert payload["data"] == {"sent_bytes": 7}


def test_a_driver_learns_until_when_a_command_may_begin() -> None:
    assert admit({"ms": 200, "ttl": 5}).command.deadline == 105.0
