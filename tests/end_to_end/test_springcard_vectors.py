"""Every published vector and every robustness case, through a whole bridge to a real broker, on each kind of link."""

from __future__ import annotations

import os
import socket
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.conftest import Broker, free_port, wait_until
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, scrdr, settings, xor

UID = "047DAE02C84080"


class Wire(Protocol):
    """A reader at the other end of some link."""

    entry: dict[str, Any]

    def ready(self) -> None: ...
    def say(self, data: bytes) -> None: ...
    def heard(self) -> bytes: ...
    def close(self) -> None: ...


class TcpWire:
    def __init__(self) -> None:
        self._reader = RawReader()
        self.entry = {"connection": f"tcp://127.0.0.1:{self._reader.port}"}

    def ready(self) -> None:
        self._reader.wait_for_client()

    def say(self, data: bytes) -> None:
        self._reader.say(data)

    def heard(self) -> bytes:
        return bytes(self._reader.received)

    def close(self) -> None:
        self._reader.close()


class UdpWire:
    def __init__(self) -> None:
        port = free_port(socket.SOCK_DGRAM)
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sock.bind(("127.0.0.9", port))
        self._sock.setblocking(False)
        self._port = port
        self._heard = b""
        self.entry = {"connection": f"udp://127.0.0.9:{port}?bind=127.0.0.1"}

    def ready(self) -> None:
        def listening() -> bool:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                try:
                    probe.bind(("127.0.0.1", self._port))
                except OSError:
                    return True
            return False

        wait_until(listening, "the bridge to listen on UDP")

    def say(self, data: bytes) -> None:
        for start in range(0, len(data), 60_000):
            self._sock.sendto(data[start : start + 60_000], ("127.0.0.1", self._port))

    def heard(self) -> bytes:
        try:
            while True:
                self._heard += self._sock.recv(65536)
        except BlockingIOError:
            return self._heard

    def close(self) -> None:
        self._sock.close()


class SerialWire:
    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        for end in (self._ours, self._theirs):
            tty.setraw(end)
        os.set_blocking(self._ours, False)
        self._heard = b""
        self.entry = {"connection": f"serial://{os.ttyname(self._theirs)}?baudrate=38400"}

    def ready(self) -> None:
        """The bytes wait in the terminal until the bridge opens it."""

    def say(self, data: bytes) -> None:
        def push() -> bool:
            nonlocal data
            try:
                data = data[os.write(self._ours, data) :]
            except BlockingIOError:
                return False
            return not data

        wait_until(push, "the line to take the bytes")

    def heard(self) -> bytes:
        try:
            while data := os.read(self._ours, 65536):
                self._heard += data
        except BlockingIOError:
            pass
        return self._heard

    def close(self) -> None:
        os.close(self._ours)
        os.close(self._theirs)


@dataclass
class Setup:
    wire: Wire
    seen: Subscriber
    bridge: BridgeProcess
    topic: str = "readers/home/door"
    marks: int = 0

    def reads(self) -> list[dict[str, Any]]:
        """The reads so far, those of the marks left out."""
        return [
            read
            for message in self.seen.on(f"{self.topic}/read")
            if not (read := message.json)["data"].get("tag_id", "").startswith("FEED")
        ]

    def settle(self) -> list[dict[str, Any]]:
        """Say one more card and wait for it: everything before it has been dealt with then."""
        self.marks += 1
        mark = f"FEED{self.marks:04X}"
        self.wire.say(b"\r\n" + scrdr(mark))
        self.seen.wait_where(f"{self.topic}/read", lambda read: read["data"].get("tag_id") == mark)
        return self.reads()


@pytest.fixture(params=[TcpWire, UdpWire, SerialWire], ids=["tcp", "udp", "serial"])
def setup(
    request: pytest.FixtureRequest,
    broker: Broker,
    make_bridge: Callable[..., BridgeProcess],
    subscribe: Callable[..., Subscriber],
    tmp_path: Path,
) -> Iterator[Setup]:
    wire: Wire = request.param()
    seen = subscribe(broker.port)
    entry = {"id": "door", "family": "springcard", "dialect": "scrdr", **wire.entry}
    bridge = make_bridge(settings(broker.port, tmp_path / "data", [entry]))
    seen.wait_where("readers/home/door/availability", lambda state: state["state"] == "online")
    wire.ready()
    yield Setup(wire, seen, bridge)
    wire.close()


EX = "24 53 43 52 44 52 3B 31 33 3B 30 31 3B 30 31 3B 3B 30 34 37 44 41 45 30 32 43 38 34 30 38 30 3B"
V1 = bytes.fromhex(f"{EX} 3B 3B 2A 35 30 0D 0A")
V3 = bytes.fromhex(f"{EX} 49 3B 30 30 30 34 37 44 41 45 30 32 43 38 34 30 38 30 3B 2A 31 46 0D 0A")
V10 = bytes.fromhex("24 53 43 52 44 52 3B 3B 3B 3B 3B 3B 3B 3B 2A 35 34 0D 0A")

VECTORS: dict[str, tuple[bytes, dict[str, Any], dict[str, Any]]] = {
    "V1": (V1, {"credential": UID}, {"interface": "13", "protocol": "01", "template": 1, "tag_id": UID}),
    "V2": (
        b"$SCRDR;13;01;01;;047DAE02C84080;;00047DAE02C84080;*56\r\n",
        {"credential": "00047DAE02C84080"},
        {"tag_id": UID, "tag_data": "00047DAE02C84080"},
    ),
    "V3": (V3, {"credential": "00047DAE02C84080"}, {"tag_id": UID, "move": "I"}),
    "V6": (
        b"$SCRDR;13;01;01;;047DAE02C84080;IR;00047DAE02C84080;*4D\r\n",
        {"credential": "00047DAE02C84080"},
        {"move": "IR"},
    ),
    "V7": (b"$SCRDR;13;01;01;;047C7B02C44080;;534639728584;*20\r\n", {"credential": "534639728584"}, {}),
    "V8": (
        b"$SCRDR;13;01;02;;047C7B02C44080;;https://www.springcard.com;*6B\r\n",
        {"credential": "https://www.springcard.com"},
        {"template": 2},
    ),
    "V9": (
        b"$SCRDR;13;2C;02;;262BA1B0;;00000000262BA1B0;*25\r\n",
        {"credential": "00000000262BA1B0"},
        {"protocol": "2C"},
    ),
    "V11": (
        b"$SCRDR;90;01;07;C4;E2801160600002054D8A1B2C;;;*5F\r\n",
        {"credential": "E2801160600002054D8A1B2C"},
        {"interface": "90", "rssi": 196},
    ),
}


def other_variant(line: bytes) -> bytes:
    """The same line with the delimiters counted into the checksum."""
    body, _, rest = line.rpartition(b"*")
    return body + b"*%02X\r\n" % (int(rest[:2], 16) ^ 0x0E)


@pytest.mark.parametrize("name", VECTORS)
@pytest.mark.parametrize("variant", ["excluded", "included"])
def test_a_vector_is_read(setup: Setup, name: str, variant: str) -> None:
    line, expected, data = VECTORS[name]
    setup.wire.say(line if variant == "excluded" else other_variant(line))
    setup.seen.wait_for(f"{setup.topic}/read")
    read = setup.reads()[0]
    assert read["event_type"] == "read"
    assert read["late"] is False
    assert read["kind"] == "card"
    assert read["device"] == "door"
    assert read["id"].endswith(f"-{read['seq']}")
    assert {key: read[key] for key in expected} == expected
    assert {key: read["data"].get(key) for key in data} == data


def test_removals_and_empty_messages_are_no_reads(setup: Setup) -> None:
    for line in (
        V3,
        b"$SCRDR;13;01;01;;047DAE02C84080;R;;*02\r\n",
        V3,
        b"$SCRDR;13;01;01;;;R;;*04\r\n",
        V10,
    ):
        setup.wire.say(line)
    reads = setup.settle()
    assert len(reads) == 2
    events = [seen.json["event_type"] for seen in setup.seen.on(f"{setup.topic}/event")]
    assert events.count("removed") == 2


ROBUSTNESS = {
    "wrong checksum": (V1.replace(b"*50", b"*51"), 0),
    "two lines at once": (V1 + VECTORS["V9"][0], 2),
    "only LF": (V1.replace(b"\r\n", b"\n"), 1),
    "lower-case checksum": (V1.replace(b"*50", b"*5e"), 1),
    "garbage before": (b"garbage" + V1, 1),
    "a torn line before": (b"$SCRDR;13;01" + V1, 1),
    "unknown type": (b"$SCXYZ;1*%02X\r\n" % xor(b"SCXYZ;1"), 0),
    "70,000 bytes without LF": (b"x" * 70_000 + b"\r\n" + V1, 1),
    "the same card twice": (V1 + V1, 1),
    "every byte value": (bytes(range(256)) + b"\n" + V1, 1),
    "no checksum": (b"$SCRDR;13;01;01;;047DAE02C84080;;;\r\n", 0),
}


@pytest.mark.parametrize("case", ROBUSTNESS)
def test_robustness(setup: Setup, case: str) -> None:
    data, expected = ROBUSTNESS[case]
    setup.wire.say(data)
    assert len(setup.settle()) == expected


@pytest.mark.parametrize("setup", [TcpWire, SerialWire], ids=["tcp", "serial"], indirect=True)
def test_a_line_in_pieces(setup: Setup) -> None:
    for piece in (V1[:10], V1[10:30], V1[30:]):
        setup.wire.say(piece)
    assert len(setup.settle()) == 1


COMMANDS = {
    ("wink", ""): b"$SCCMD;SEQ=0E\r\n",
    ("accept", ""): b"$SCCMD;SEQ=60\r\n",
    ("deny", ""): b"$SCCMD;SEQ=61\r\n",
    ("play_sequence", '{"sequence": "60"}'): b"$SCCMD;SEQ=60\r\n",
    ("set_leds", '{"leds": "92929292", "beep_ms": 100}'): b"$SCCMD;LEDS=92929292;BUZZ=0064\r\n",
    ("set_leds", '{"leds": "92929292"}'): b"$SCCMD;LEDS=92929292\r\n",
    ("beep", '{"ms": 200}'): b"$SCCMD;BUZZ=00C8\r\n",
}


def test_commands_reach_the_reader_byte_for_byte(setup: Setup) -> None:
    said = b""
    for number, ((name, arguments), line) in enumerate(COMMANDS.items()):
        setup.seen.publish(f"{setup.topic}/command/{name}", arguments)
        result = setup.seen.wait_for(f"{setup.topic}/result", number + 1)[number].json
        assert (result["command"], result["status"], result["error"]) == (name, "sent", None)
        said += line
        wait_until(lambda said=said: setup.wire.heard() == said, repr(said))  # type: ignore[misc]
