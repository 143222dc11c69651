from __future__ import annotations

from readers_bridge.journal import Record
from readers_bridge.pressure import DEVICE_LIMIT, TOTAL_LIMIT, Pressure


class Receiver:
    paused = False

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False


def records(device: str, count: int) -> list[Record]:
    return [Record(n, "t", b"", device, "read", 0.0, n, n) for n in range(count)]


def joined(*names: str) -> tuple[Pressure, dict[str, Receiver]]:
    pressure = Pressure()
    pressure.begin()
    receivers = {name: Receiver() for name in names}
    for name, receiver in receivers.items():
        pressure.join(name, receiver)
    return pressure, receivers


def test_who_floods_waits_and_the_others_do_not() -> None:
    pressure, receivers = joined("flood", "calm")
    pressure.added("flood", DEVICE_LIMIT + 1)
    pressure.added("calm", 1)
    assert receivers["flood"].paused
    assert not receivers["calm"].paused
    pressure.done(records("flood", DEVICE_LIMIT // 2))
    assert receivers["flood"].paused
    pressure.done(records("flood", 2))
    assert not receivers["flood"].paused


def test_many_that_flood_together_take_turns() -> None:
    names = [f"d{number}" for number in range(40)]
    pressure, receivers = joined(*names)
    pressure.added("d0", DEVICE_LIMIT)
    pressure.added("d1", DEVICE_LIMIT)
    assert not any(receiver.paused for receiver in receivers.values())
    pressure.added("d2", 1)
    assert all(receiver.paused for receiver in receivers.values()), "also those that have not sent yet"
    pressure.done(records("d0", DEVICE_LIMIT))
    pressure.done(records("d2", 1))
    pressure.done(records("d1", 1))
    going = [name for name, receiver in receivers.items() if not receiver.paused]
    assert 0 < len(going) < 10
    pressure.done(records("d1", DEVICE_LIMIT - 1))
    assert not any(receiver.paused for receiver in receivers.values()), "when the pipeline is empty, everybody goes on"


def test_turns_go_round() -> None:
    pressure, receivers = joined(*(f"d{number}" for number in range(20)))
    served: set[str] = set()
    for _ in range(20):
        for name in [name for name, receiver in receivers.items() if not receiver.paused]:
            if not receivers[name].paused:
                served.add(name)
                pressure.added(name, 130)
        pressure.done([record for name in receivers for record in records(name, pressure._pending[name])][:-1])
    assert served == set(receivers)


def test_nobody_waits_while_the_broker_is_away() -> None:
    pressure, receivers = joined("flood")
    pressure.added("flood", DEVICE_LIMIT + 1)
    pressure.relax()
    assert not receivers["flood"].paused
    pressure.added("flood", 10 * TOTAL_LIMIT)
    assert not receivers["flood"].paused


def test_records_of_before_do_not_earn_credit() -> None:
    pressure, receivers = joined("flood")
    pressure.done(records("flood", 1000))
    pressure.added("flood", DEVICE_LIMIT + 1)
    assert receivers["flood"].paused


def test_who_left_is_not_resumed() -> None:
    pressure, receivers = joined("flood")
    pressure.added("flood", DEVICE_LIMIT + 1)
    pressure.leave("flood")
    pressure.done(records("flood", DEVICE_LIMIT + 1))
    assert receivers["flood"].paused
