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


def test_who_floods_waits_and_the_others_do_not() -> None:
    pressure, flood, calm = Pressure(), Receiver(), Receiver()
    pressure.begin()
    pressure.added("flood", DEVICE_LIMIT + 1, flood)
    pressure.added("calm", 1, calm)
    assert (flood.paused, calm.paused) == (True, False)
    pressure.done(records("flood", DEVICE_LIMIT // 2))
    assert flood.paused
    pressure.done(records("flood", 2))
    assert not flood.paused


def test_many_devices_together_wait_too() -> None:
    pressure = Pressure()
    pressure.begin()
    receivers = {f"d{n}": Receiver() for n in range(40)}
    for name, receiver in receivers.items():
        pressure.added(name, TOTAL_LIMIT // 32, receiver)
    assert any(receiver.paused for receiver in receivers.values())
    for name in receivers:
        pressure.done(records(name, TOTAL_LIMIT // 32))
    assert not any(receiver.paused for receiver in receivers.values())


def test_nobody_waits_while_the_broker_is_away() -> None:
    pressure, receiver = Pressure(), Receiver()
    pressure.begin()
    pressure.added("flood", DEVICE_LIMIT + 1, receiver)
    pressure.relax()
    assert not receiver.paused
    pressure.added("flood", 10 * TOTAL_LIMIT, receiver)
    assert not receiver.paused


def test_records_of_before_do_not_earn_credit() -> None:
    pressure, receiver = Pressure(), Receiver()
    pressure.begin()
    pressure.done(records("flood", 1000))
    pressure.added("flood", DEVICE_LIMIT + 1, receiver)
    assert receiver.paused
