"""What the BALTECH family gives the bridge and the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
import voluptuous as vol

from readers_bridge.addresses import parse_address
from readers_bridge.description import problems, to_json
from readers_bridge.families import Driver
from readers_bridge.families.baltech import FAMILY
from readers_bridge.families.baltech.channel import Mode
from readers_bridge.families.baltech.commands import BufferSize, Info
from readers_bridge.families.baltech.description import describe, outputs
from readers_bridge.families.baltech.options import MOST_PORTS, Options, Protocol
from readers_bridge.families.baltech.reader import GUARANTEED, About
from readers_bridge.families.baltech.script_actions import Limits
from readers_bridge.families.baltech.typedefs import GPIOS, INPUTS, OUTPUTS, FeatureID, IoPort
from readers_bridge.model import DeviceConfig
from readers_bridge.mqtt.homeassistant import device_payload, encode
from readers_bridge.mqtt.topics import Topics
from readers_bridge.validation import worded
from tests.bridge.desk import Desk

COUNTERS = [
    "garbage",
    "malformed",
    "not_kept",
    "oversize",
    "poll_errors",
    "repeated_commands",
    "strangers_on_port",
    "timeouts",
    "unasked_frames",
]

KEY = "000102030405060708090A0B0C0D0E0F"
INFO = Info("1100", "IDE Z", "1.14.00", "12/18/19", "43893126", "1100 IDE Z     1.14.00 12/18/19 43893126")


def checked(**options: Any) -> dict[str, Any]:
    result: dict[str, Any] = worded(FAMILY.options)(options)
    return result


def config(connection: str = "tcp://192.0.2.10", **options: Any) -> DeviceConfig:
    address = parse_address(connection, FAMILY.schemes)
    return DeviceConfig("door", "baltech", address, "Door", options=checked(**options))


def check(connection: str = "tcp://192.0.2.10", **options: Any) -> list[str]:
    assert FAMILY.check is not None
    return [problem.partition(":")[0] for problem in FAMILY.check(config(connection, **options))]


def test_every_option_has_a_default() -> None:
    assert Options.of(checked()) == Options() == Options.of({})


def test_every_option_arrives() -> None:
    options = Options.of(
        checked(
            protocol="raw_serial",
            checksum="crc16",
            key=KEY,
            key_level=3,
            channel="plain",
            enable_autoread=True,
            ports=["GreenLed", "Gpio7"],
            delimiter="0D 0A",
        )
    )
    assert options == Options(
        Protocol.RAW_SERIAL,
        crc=True,
        key=bytes(range(16)),
        key_level=3,
        channel=Mode.PLAIN,
        enable_autoread=True,
        ports=(IoPort.GreenLed, IoPort.Gpio7),
        delimiter=b"\r\n",
    )
    assert KEY.lower() not in repr(options).lower()


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("protocol", "osdp", "one of brp, raw_serial"),
        ("checksum", "bcc8", "one of none, crc16"),
        ("key", "0011", "AES-128 key"),
        ("key", 123, "AES-128 key"),
        ("key_level", 4, "one of 1, 2, 3"),
        ("channel", "ecc", "one of standard, plain, stateless"),
        ("ports", ["Input0"], "one of GreenLed"),
        ("ports", ["GreenLed"] * (MOST_PORTS + 1), str(MOST_PORTS)),
        ("delimiter", "\r", "hexadecimal"),
    ],
)
def test_a_wrong_option_is_refused_in_words(option: str, value: Any, words: str) -> None:
    with pytest.raises(vol.Invalid) as error:
        checked(**{option: value})
    assert words in str(error.value)
    assert not isinstance(value, str) or option != "key" or value not in str(error.value)


def test_contradictions_are_named() -> None:
    assert check() == []
    assert check(key=KEY, key_level=2, channel="plain", checksum="crc16") == []
    assert check(key_level=2, channel="plain") == ["key_level", "channel"]
    assert check(delimiter="0D") == ["delimiter"]
    assert check("serial:///dev/ttyUSB0", protocol="raw_serial", delimiter="0D") == []
    assert check("hid:///dev/hidraw0", protocol="raw_serial") == ["protocol"]
    wrong = check("serial:///dev/x", protocol="raw_serial", key=KEY, checksum="crc16", enable_autoread=True, ports=[])
    assert {"key", "checksum", "enable_autoread"} <= set(wrong)
    assert check(ports=["Relay", "Relay"]) == ["ports"]


@pytest.mark.parametrize(
    "connection",
    [
        "serial:///dev/ttyACM0",
        "serial:///dev/ttyUSB0?baudrate=9600",
        "hid:///dev/hidraw0",
        "tcp://192.0.2.10",
        "tcp://192.0.2.10:2939",
        "tcp-listen://0.0.0.0:2939?serial=43893126",
    ],
)
def test_every_connection_is_understood(connection: str) -> None:
    found = config(connection).address
    assert found.port == (2939 if "tcp" in found.scheme else None)


@pytest.mark.parametrize("protocol", ["brp", "raw_serial"])
def test_a_reader_is_described_before_it_was_ever_connected(protocol: str) -> None:
    driver: Driver = FAMILY.driver(config("serial:///dev/x", protocol=protocol), Desk())
    assert problems(driver.description) == ()
    assert bool(driver.description.commands) is (protocol == "brp")


def test_only_what_exists_is_offered() -> None:
    green = About(INFO, features=frozenset({FeatureID.GreenLed}))
    assert outputs(Options(), green) == (IoPort.GreenLed,)
    assert outputs(Options(ports=(IoPort.Relay, IoPort.Gpio3)), green) == (IoPort.GreenLed, IoPort.Gpio3)
    old = About(INFO)
    assert outputs(Options(), old) == (IoPort.GreenLed, IoPort.RedLed, IoPort.Beeper, IoPort.Relay)
    assert outputs(Options(ports=(IoPort.Relay,)), old) == (IoPort.Relay,)


def test_a_gpio_is_an_output_or_an_input() -> None:
    both = About(INFO, features=frozenset(), inputs=(IoPort.Gpio3, IoPort.Gpio4))
    entities = describe(Options(ports=(IoPort.Gpio3,)), both).entities
    assert [entity.platform for entity in entities if entity.key == "gpio3"] == ["switch"]
    assert [entity.platform for entity in entities if entity.key == "gpio4"] == ["binary_sensor"]


def test_the_largest_reader_stays_below_the_limits() -> None:
    everything = About(
        INFO, features=frozenset(range(1, 100)), inputs=tuple(sorted(INPUTS | GPIOS)), configuration="x" * 60
    )
    told = tuple(port for port in OUTPUTS if port > IoPort.BlueLed)[:MOST_PORTS]
    description = describe(Options(ports=told), everything)
    assert problems(description) == ()
    device = DeviceConfig("d" * 40, "baltech", parse_address("tcp://192.0.2.10", FAMILY.schemes), "Door " * 8)
    assert len(orjson.dumps(to_json(description, device=device.id, name=device.name))) < 16384
    assert len(encode(device_payload(Topics("readers", "home"), device, description))) < 16384


def test_the_lengths_of_scripts() -> None:
    assert Limits.of(GUARANTEED, secure=False) == Limits(116, 113)
    assert Limits.of(GUARANTEED, secure=True) == Limits(83, 80, secure=True)
    assert Limits.of(BufferSize(512, 512, 1024), secure=False) == Limits(255, 128)
    assert Limits.of(BufferSize(512, 512, 1024), secure=True) == Limits(255, 128, secure=True)


def test_the_pages_name_every_option_command_and_counter() -> None:
    docs = Path(__file__).parents[3] / "docs"
    pages = (docs / "families" / "baltech.md").read_text() + (docs / "baltechscript.md").read_text()
    commands = describe(Options(), About(INFO, features=frozenset(range(1, 100)), inputs=tuple(INPUTS))).commands
    names = [str(option) for option in FAMILY.options] + [command.name for command in commands]
    names += [argument for command in commands for argument in command.args] + COUNTERS
    assert [name for name in names if f"`{name}`" not in pages] == []


def test_the_family_is_cheap_to_import() -> None:
    code = "import sys; import readers_bridge.families.baltech; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "readers_bridge.families.baltech.driver" not in loaded
    assert not any(name.startswith(("cryptography", "asyncio.", "aiomqtt")) for name in loaded)
