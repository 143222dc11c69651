"""The links of BALTECH readers: TCP both ways, serial lines, readers that only send; and the simulator as a program."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from readers_bridge.families.baltech.simulator import ConnectLink, Keep, Security, SerialLink, Settings
from readers_bridge.families.baltech.typedefs import AutoReadMode
from tests.conftest import free_port, wait_until
from tests.end_to_end.baltech import RESET, House
from tests.end_to_end.harness import RawReader

KEY = bytes(range(16))


def test_readers_that_connect_to_one_port_are_told_apart(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        port = free_port()
        doors = {}
        for number, keep in ((11, Keep.OPEN), (22, Keep.DEMAND)):
            link = ConnectLink("127.0.0.1", port, keep, retry=0.05)
            connection = f"tcp-listen://127.0.0.1:{port}?serial={number}"
            doors[number] = house.add(
                f"lift{number}", Settings(serial_number=number, idle_close=0), link=link, connection=connection
            )
        house.start()
        house.wait_online()
        for number, door in doors.items():
            door.card(f"card of {number}")
            door.wait_read(f"card of {number}")
            door.wait_description(serial=f"{number:08d}")
            door.wait_event("restarted")  # it connected for its power-up
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            stranger.sendall(bytes.fromhex("010001") + b"00000033")
            stranger.settimeout(10)
            assert _ended(stranger)
        house.wait_log("refused the reader with the serial number 33")
        house.wait_log("?serial=33")
        assert [door.credentials() for door in doors.values()] == [["card of 11"], ["card of 22"]]


def _ended(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_reader_that_connects_on_account_of_a_card(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        port = free_port()
        link = ConnectLink("127.0.0.1", port, Keep.DEMAND, retry=0.05)
        door = house.add("lift", Settings(message_life=0), link=link, connection=f"tcp-listen://127.0.0.1:{port}")
        house.start()
        door.wait_online()
        door.fault("close")
        wait_until(lambda: door.availability()[-1][0] == "offline", "it to be away")
        door.card("the reason")
        assert door.wait_read("the reason")["event_type"] == "read", "the reader connected on account of it"

        def strike() -> None:
            door.reader.fault("close")
            door.reader.device.push(0, b"waited", 0.0)

        door.readers.do(strike)
        door.card("another")
        assert door.wait_read("another")["event_type"] == "read"
        assert door.wait_read("waited")["event_type"] == "late_read"
        assert door.done("reset")["back_after_ms"] > 0
        wait_until(lambda: len(door.events()) >= 2, "word of both restarts")
        assert [event["data"]["reasons"][0] for event in door.events()] == ["PowerUp", "SoftwareReset"]


def test_serial_lines(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        line = house.add("line", link=SerialLink(tmp_path / "tty-brp"), checksum="crc16")
        raw = house.add(
            "raw", Settings(raw_serial=b"\r\n"), link=SerialLink(tmp_path / "tty-raw"), protocol="raw_serial"
        )
        server = RawReader()
        house.others.append(
            {
                "id": "delimited",
                "family": "baltech",
                "connection": f"tcp://127.0.0.1:{server.port}",
                "protocol": "raw_serial",
                "delimiter": "03",
            }
        )
        house.start()
        house.wait_online()
        line.card("over the line")
        line.wait_read("over the line")
        assert line.done("set_port", port="Relay", on=True) == {"port": "Relay", "on": True}
        assert line.switched("Relay")[-1][1] is True
        wait_until(lambda: raw.readers.do(lambda: raw.reader.connected), "the bridge at the raw line")
        raw.card("1111", "2222")
        assert [read["credential"] for read in raw.wait_reads(2)] == ["1111", "2222"]
        assert raw.ask("set_port", port="Relay", on=True)["status"] == "invalid"
        server.wait_for_client()
        server.say(b"first\x03sec")
        server.say(b"ond")
        reads = house.seen.wait_for("readers/home/delimited/read", 2)
        assert [seen.json["credential"] for seen in reads] == ["first", "second"]
        server.close()


def test_a_reader_on_a_line_restarts(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        doors = [
            house.add("plain", link=SerialLink(tmp_path / "tty-plain")),
            house.add(
                "secure",
                Settings(security=Security.AES, keys={1: KEY}),
                link=SerialLink(tmp_path / "tty-secure"),
                key=KEY.hex(),
            ),
        ]
        house.start()
        house.wait_online()
        transactions = [door.send("reset") for door in doors]
        for door, transaction in zip(doors, transactions, strict=True):
            assert door.result(transaction)["status"] == "done"
            assert len(door.asked(RESET)) == 1
        for door in doors:
            door.readers.do(lambda door=door: door.reader.power_cycle(0.2))  # type: ignore[misc]
        for door in doors:
            wait_until(lambda door=door: not door.readers.do(lambda: door.reader.booting), "the power")  # type: ignore[misc]
            door.wait_empty()
            door.card("after")
            door.wait_read("after")


def test_the_simulator_as_its_own_program(tmp_path: Path) -> None:
    """``readers-bridge simulate baltech``, steered over its control interface."""
    port, control = free_port(), free_port()
    command = [sys.executable, "-m", "readers_bridge", "simulate", "baltech", "--port", str(port)]
    options = ["--rate", "0", "--control", str(control), "--json", "--autoread", AutoReadMode.Enabled.name]
    simulator = subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True)
    assert simulator.stdout is not None
    with House(tmp_path) as house:
        house.others.append({"id": "door", "family": "baltech", "connection": f"tcp://127.0.0.1:{port}"})
        told: list[dict[str, Any]] = []
        while not any(line["what"] == "control" for line in told):
            told.append(json.loads(simulator.stdout.readline()))
        house.start()
        house.seen.wait_where("readers/home/door/availability", lambda message: message["state"] == "online")
        with socket.create_connection(("127.0.0.1", control)) as steering:
            steering.sendall(b'{"do": "card", "card": "0123456789"}\n')
            assert json.loads(steering.makefile().readline()) == {"ok": True}
        read = house.seen.wait_for("readers/home/door/read")[0].json
        assert read["credential"] == "0123456789"
    simulator.terminate()
    assert simulator.wait(10) in {0, -15, 130, 143}
    simulator.stdout.close()


def test_check_accepts_the_entries_of_the_design(tmp_path: Path) -> None:
    config = tmp_path / "readers.yaml"
    config.write_text(
        """\
version: 1
devices:
  - id: turnstile
    family: baltech
    connection: serial:///dev/ttyACM0
  - id: lift
    family: baltech
    connection: tcp-listen://0.0.0.0:2939?serial=43893126
  - id: desk
    family: baltech
    connection: hid:///dev/hidraw0
  - id: gate
    family: baltech
    connection: tcp://192.0.2.20
    key: !secret gate_key
    key_level: 2
    channel: plain
"""
    )
    (tmp_path / "secrets.yaml").write_text('gate_key: "000102030405060708090A0B0C0D0E0F"\n')
    (tmp_path / "secrets.yaml").chmod(0o600)
    command = [sys.executable, "-m", "readers_bridge", "check", "--config", str(config)]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
