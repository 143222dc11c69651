"""ECP: of a train of two thousand tags none is lost and none comes under two ids, whatever is damaged, killed or away."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.conftest import wait_until
from tests.end_to_end.transcore import (
    CrcVariant,
    Parity,
    Protocol,
    SerialLink,
    Settings,
    Track,
    Yard,
    in_order,
    numbered,
)

CARS = 2000
SHORT = 400
"""Cars of the trains on the other tracks."""
BUFFERED = 300
"""Tags that wait in a reader while the train passes; it keeps 500."""


async def passing(track: Track, cars: int) -> None:
    """A train that is always a little ahead of the bridge."""
    for tag in numbered(cars):
        while len(track.reader.device.memory) >= BUFFERED:
            await asyncio.sleep(0.01)
        track.reader.present(tag)


def test_a_train_of_two_thousand_tags(tmp_path: Path) -> None:
    with Yard(tmp_path) as yard:
        bad_line = Settings(protocol=Protocol.ECP, ecp_timeout=0.5)
        tracks = [
            yard.add("vendor", replace(bad_line, seed=1)),
            yard.add("xmodem", replace(bad_line, seed=2, crc=CrcVariant.XMODEM)),
            yard.add(
                "line",
                replace(bad_line, seed=3, parity=Parity.EVEN),
                link=SerialLink(),
                query="?bytesize=7&parity=E",
            ),
        ]
        for track in tracks:
            for fault, share in (("damage_out", 0.01), ("damage_in", 0.01), ("lose_ack", 0.001), ("lose_data", 0.001)):
                track.fault(fault, share, 0)
        yard.start()
        yard.wait_online()
        length = list(zip(tracks, (CARS, SHORT, SHORT), strict=True))
        trains = [asyncio.run_coroutine_threadsafe(passing(*train), yard.machines.loop) for train in length]

        def passed(share: float) -> None:
            """Wait until the readers got rid of so much of the trains."""
            wanted = share * sum(cars for _, cars in length)
            wait_until(lambda: sum(track.reader.counts.delivered for track in tracks) >= wanted, f"{wanted} ACKs", 60)

        def killed() -> None:
            yard.bridge.kill()
            yard.bridge.start()

        for share in (0.15, 0.3):
            passed(share)
            killed()
        passed(0.4)
        yard.broker.kill()
        passed(0.5)
        killed()
        passed(0.6)
        yard.broker.start()
        for share in (0.75, 0.9):
            passed(share)
            killed()
        for train in trains:
            train.result(60)
        for track, cars in length:
            track.wait_settled(60)
            assert track.accepted() == numbered(cars)

        for track, cars in length:
            track.wait_read(numbered(cars)[-1], 30)
        replayed = yard.replayed()
        for track, cars in length:
            live = track.reads()
            arrived = [*dict.fromkeys(read["seq"] for read in live)]
            assert arrived == sorted(arrived), "in order, but for repeats under the same id"
            everything = in_order(live + [read for read in replayed if read["device"] == track.id])
            assert everything == numbered(cars)
            counts = track.reader.counts
            assert counts.retransmissions > cars / 100, "the line was bad"
            assert counts.delivered == cars
