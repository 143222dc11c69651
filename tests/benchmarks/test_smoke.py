"""The measuring tools count right. Nothing is timed here."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.line_rate import Delivered, LineRate
from benchmarks.lines import PATTERN, Kind, encode
from benchmarks.load import Load
from benchmarks.measure import Outcome, measure
from benchmarks.peers import Peer, Place
from benchmarks.peers.bridge import BRIDGE
from benchmarks.peers.node_red import NODE_RED
from benchmarks.peers.scripts import ECP, PAHO, POLLER
from benchmarks.polled import Polled
from benchmarks.report import as_json, goals, tables
from benchmarks.scenarios import SCENARIOS, Case, Measured, cases
from benchmarks.subscriber import Tally, Watch

LOSSY = '''\
"""Forwards lines as they are, but not the 7th, the 5th twice, and the last two in the wrong order."""
import socket
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

client = mqtt.Client(CallbackAPIVersion.VERSION2)
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_start()
host, _, port = sys.argv[2].partition(":")
held = None
for line in socket.create_connection((host, int(port))).makefile("rb"):
    counted, number = b"C0DE01" in line, int(line.partition(b"C0DE")[2][2:10], 16)
    if counted and number == 7:
        continue
    if counted and number == 198:
        held = line
        continue
    client.publish("bench/0", line, qos=1)
    if counted and number == 5:
        client.publish("bench/0", line, qos=1)
    if held and number == 199:
        client.publish("bench/0", held, qos=1)
'''


@pytest.fixture
def lossy(tmp_path: Path) -> Peer:
    script = tmp_path / "lossy.py"
    script.write_text(LOSSY)

    def command(place: Place) -> list[str]:
        return [sys.executable, str(script), str(place.broker_port), *place.endpoints]

    return Peer("lossy", command)


def test_every_line_of_a_flood_is_counted() -> None:
    outcome = measure(PAHO, Load(readers=3, count=200))

    assert (outcome.sent, outcome.arrived, outcome.lost) == (200, 200, 0)
    assert (outcome.repeated, outcome.disordered) == (0, 0)
    assert outcome.seconds > 0
    assert outcome.memory_mb > 1


def test_an_even_pace_tells_how_late_reads_are() -> None:
    outcome = measure(PAHO, Load(readers=3, count=50, rate=200, ballast=True))

    assert (outcome.sent, outcome.arrived) == (50, 50)
    assert 0 < outcome.p50 <= outcome.p99 <= outcome.most


@pytest.mark.parametrize("peer", [POLLER, BRIDGE], ids=lambda peer: peer.name)
def test_cards_of_polled_readers_are_counted(peer: Peer) -> None:
    outcome = measure(peer, Polled(readers=2, count=10, rate=20, answer_after=0.001))

    assert (outcome.sent, outcome.arrived, outcome.repeated) == (10, 10, 0)
    assert 0 < outcome.least <= outcome.p50 <= outcome.p99 <= outcome.most
    assert outcome.polls > 0


def test_idle_readers_are_polled_as_well() -> None:
    outcome = measure(POLLER, Polled(readers=2, idle=0.5))

    assert (outcome.sent, outcome.arrived, outcome.rate) == (0, 0, 0)
    assert outcome.polls > 0
    assert outcome.cpu_percent > 0


@pytest.mark.parametrize("peer", [ECP, BRIDGE], ids=lambda peer: peer.name)
def test_tags_at_line_rate_are_counted_with_the_times_of_their_acknowledgements(peer: Peer) -> None:
    outcome = measure(peer, LineRate(readers=3, count=12, flooded=True))

    assert (outcome.sent, outcome.arrived, outcome.repeated, outcome.disordered) == (12, 12, 0, 0)
    assert 0 < outcome.least <= outcome.p50 <= outcome.p99 <= outcome.most
    assert 0 < outcome.acknowledged_p50 <= outcome.acknowledged_p99 <= outcome.acknowledged_most
    assert outcome.flood > 0


@pytest.mark.parametrize("protocol", ["basic", "data_inquiry"])
@pytest.mark.parametrize("peer", [ECP, BRIDGE], ids=lambda peer: peer.name)
def test_tags_of_the_other_protocols_are_counted(peer: Peer, protocol: str) -> None:
    outcome = measure(peer, LineRate(readers=2, count=8, protocol=protocol))

    assert (outcome.sent, outcome.arrived, outcome.repeated, outcome.disordered) == (8, 8, 0, 0)
    assert 0 < outcome.least <= outcome.p50 <= outcome.p99 <= outcome.most
    assert (outcome.acknowledged_most, outcome.resent, outcome.flood) == (0, 0, 0)


def test_times_are_counted_from_the_sending_of_each_tag() -> None:
    delivered = Delivered(sent=[100, 200, 300, 0], settled=[150, 220, 0, 0], resent=1)

    assert delivered.acknowledging() == [20, 50]
    assert delivered.delays([170, 0, 330, 0]) == [30, 70]


def test_every_case_has_a_peer_to_compare_the_bridge_with() -> None:
    for case in cases(SCENARIOS, [1, 10], quick=True):
        assert case.suits(BRIDGE)
        others = {"springcard": "node-red", "baltech": "poller", "transcore": "ecp"}
        assert [peer.name for peer in (POLLER, NODE_RED, ECP) if case.suits(peer)] == [others[case.load.family]]


def test_a_lossy_peer_is_found_out(lossy: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.measure.QUIET", 0.5)

    outcome = measure(lossy, Load(readers=1, count=200))

    assert (outcome.sent, outcome.arrived, outcome.lost) == (200, 199, 1)
    assert (outcome.repeated, outcome.disordered) == (1, 1)


def test_a_line_carries_its_number_and_time_and_a_checksum() -> None:
    line = encode(Kind.COUNTED, 258, 0xABCDEF)

    assert line.startswith(b"$SCRDR;")
    assert line.count(b";") == 8
    xor = 0
    for byte in line[1 : line.index(b"*")]:
        xor ^= byte
    assert line.endswith(b"*%02X\r\n" % xor)
    found = PATTERN.search(line)
    assert found is not None
    assert [int(group, 16) for group in found.groups()] == [1, 258, 0xABCDEF]


def test_the_subscriber_finds_packets_wherever_the_stream_is_cut() -> None:
    def packet(number: int, padding: int) -> bytes:
        body = b"\x00\x01t" + b"x" * padding + encode(Kind.COUNTED, number, 1_000_000)
        size, digits = len(body), b""
        while size >= 128:
            digits += bytes([size & 127 | 128])
            size >>= 7
        return b"\x30" + digits + bytes([size]) + body

    stream = packet(0, 0) + packet(1, 20_000) + packet(2, 200)
    for cut in (1, 2, 3, 5, 80, 90, 5_000, len(stream) - 1):
        tally = Tally(Watch(port=0, topics="#", readers=1, count=3, lanes=1, quiet=1))
        rest = tally.feed(stream[:cut], 3_000_000)
        assert tally.feed(rest + stream[cut:], 3_000_000) == b""
        result = tally.result()
        assert (result.arrived, result.repeated, result.disordered, result.p50) == (3, 0, 0, 2.0)


def _outcome(rate: float) -> Outcome:
    return Outcome(
        sent=1000,
        arrived=1000,
        repeated=0,
        disordered=0,
        seconds=1000 / rate,
        least=0,
        p50=0,
        p99=0,
        most=0,
        cpu_seconds=1,
        cpu_window=10,
        memory_mb=80,
    )


def test_the_report_compares_medians_and_judges_the_goals() -> None:
    from benchmarks.goals import verdicts

    results = {
        Case("flood", "10", Load(10, 1000)): {
            "bridge": Measured([_outcome(10), _outcome(900), _outcome(5000)]),
            "node-red": Measured([_outcome(400)], ["it fell over"]),
        }
    }

    rows = [line.split() for line in tables(results)]
    assert ["10", "bridge", "900", "2.25", "-", "10.00", "1.00", "-", "80", "0", "0", "0"] in rows
    lines = list(goals(verdicts(results, "bridge")))
    assert any(line.startswith("  pass  flood, 10 readers: at least 2 x") for line in lines)
    assert any(line.startswith("  FAIL  flood, 10 readers: at most 70 MB") for line in lines)
    assert lines[-1].startswith("  43 not judged")
    assert not any("1,000 reads/s" in line for line in lines)
    assert [entry["failures"] for entry in as_json(results)] == [[], ["it fell over"]]


def test_polled_readers_are_compared_with_the_poller_and_judged() -> None:
    from benchmarks.goals import verdicts

    def outcome(least: float, p99: float, cpu: float) -> Outcome:
        return replace(_outcome(10), least=least, p50=p99 / 2, p99=p99, most=p99, cpu_seconds=cpu, polls=500)

    results = {
        Case("baltech", "1", Polled(1, 1000, 10)): {
            "bridge": Measured([outcome(2, 120, 1)]),
            "poller": Measured([outcome(1, 80, 1)]),
        },
        Case("baltech idle", "50", Polled(50, idle=10)): {
            "bridge": Measured([outcome(0, 0, 0.75)]),
            "poller": Measured([outcome(0, 0, 0.5)]),
        },
    }

    rows = [line.split() for line in tables(results)]
    assert ["50", "bridge", "500", "7.5", "1.50", "150", "1.50", "80", "1.00"] in rows
    lines = list(goals(verdicts(results, "bridge")))
    assert any(
        line.startswith("  FAIL  BALTECH, 1 reader: at most 100 ms added") and "119.0 ms" in line for line in lines
    )
    assert any(line.startswith("  pass  50 idle BALTECH readers") and "1.50 x" in line for line in lines)


def test_tags_at_line_rate_are_compared_with_the_script_and_judged() -> None:
    from benchmarks.goals import verdicts

    def outcome(acknowledged: float, resent: int, cpu: float) -> Outcome:
        times = replace(_outcome(800), least=1, p50=5, p99=2 * acknowledged, most=200, cpu_seconds=cpu)
        return replace(times, acknowledged_p50=5, acknowledged_p99=acknowledged, acknowledged_most=100, resent=resent)

    results = {
        Case("transcore ecp", "power", LineRate(50, 1000)): {
            "bridge": Measured([outcome(40, 0, 1.5)]),
            "ecp": Measured([outcome(20, 0, 1)]),
        },
        Case("transcore ecp", "power, flood", LineRate(50, 1000, flooded=True)): {
            "bridge": Measured([replace(outcome(600, 3, 5), flood=10_000)]),
        },
    }

    rows = [" ".join(line.split()) for line in tables(results)]
    assert "power bridge 800 5.00 40.00 2.00 100.0 5.00 80.00 2.00 15.0 15.00 1.50 80 0 0 0 0 0" in rows
    lines = [" ".join(line.split()) for line in goals(verdicts(results, "bridge"))]
    name = "50 TransCore readers, ECP, power"
    assert f"pass {name}: ACK within 500 ms at p99 40.0 ms" in lines
    assert f"pass {name}: at most 2.5 x the processor time of the script 1.50 x" in lines
    assert f"FAIL {name}, while another one floods: ACK within 500 ms at p99 600.0 ms" in lines
    assert f"FAIL {name}, while another one floods: none sent again 3.0 reads" in lines
