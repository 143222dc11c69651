"""What the TransCore family gives the bridge and the command line."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import orjson
import pytest
import voluptuous as vol

from readers_bridge.addresses import parse_address
from readers_bridge.description import problems, to_json
from readers_bridge.families import Driver
from readers_bridge.families.transcore import FAMILY
from readers_bridge.families.transcore.connection import line_settings, parity
from readers_bridge.families.transcore.description import About, describe
from readers_bridge.families.transcore.options import Options
from readers_bridge.families.transcore.report_rules import RULES_LIMIT, mapped, rules_of
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity, Profile, Protocol
from readers_bridge.model import DeviceConfig
from readers_bridge.mqtt.homeassistant import device_payload, encode
from readers_bridge.mqtt.topics import Topics
from tests.bridge.desk import Desk
from tests.bridge.transcore.served import checked, device_config

SOURCES = Path(__file__).parents[3] / "bridge" / "readers_bridge" / "families" / "transcore"


def check(connection: str = "serial:///dev/ttyUSB0", **options: Any) -> list[str]:
    assert FAMILY.check is not None
    return [problem.partition(":")[0] for problem in FAMILY.check(device_config(connection, **options))]


def test_every_option_has_a_default() -> None:
    assert Options.of(checked()) == Options() == Options.of({})


def test_every_option_arrives() -> None:
    options = Options.of(
        checked(
            protocol="ecp",
            profile="encompass",
            crc="xmodem",
            listen_only=True,
            idle_interval=2,
            ecp_timeout=0.5,
            durability="process",
            heartbeat=200,
            query_on_connect=True,
            allow_configuration=True,
            reports={"input_changed": "INPUT"},
        )
    )
    assert options == Options(
        Protocol.ECP,
        Profile.ENCOMPASS,
        CrcVariant.XMODEM,
        listen_only=True,
        idle_interval=2.0,
        ecp_timeout=0.5,
        synced=False,
        heartbeat=200.0,
        query_on_connect=True,
        allow_configuration=True,
        reports=rules_of({"input_changed": "INPUT"}),
    )


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("protocol", "osdp", "one of basic, data_inquiry, ecp"),
        ("profile", "ai1422e", "one of mprx, encompass"),
        ("crc", "ccitt", "one of auto, vendor, xmodem, wildcard"),
        ("idle_interval", 0, "from 0.05 to 60"),
        ("ecp_timeout", 20, "from 0.05 to 12.75"),
        ("durability", "none", "one of power, process"),
        ("heartbeat", 0, "from 1 to 86400"),
        ("reports", "INPUT", "mapping"),
        ("reports", {"Input": "x"}, "lower-case"),
        ("reports", {"error": "x"}, "meaning already"),
        ("reports", {"a": "("}, "no regular expression"),
        ("reports", {"a": "(x+)+y"}, "too long"),
        ("reports", {"a": ".*.*.*.*"}, "too long"),
        ("reports", {"a": 5}, "no text"),
        ("reports", {"a": "x" * 200}, "1 to 120"),
        ("reports", {f"e{number}": "x" for number in range(RULES_LIMIT + 1)}, str(RULES_LIMIT)),
    ],
)
def test_a_wrong_option_is_refused_in_words(option: str, value: Any, words: str) -> None:
    with pytest.raises(vol.Invalid) as error:
        checked(**{option: value})
    assert words in str(error.value)


def test_all_problems_of_the_reports_are_told_at_once() -> None:
    with pytest.raises(vol.MultipleInvalid) as error:
        checked(reports={"read": "x", "ok": "(a+)+", "Bad": "(", "fine": "x"}, ecp_timeout=99)
    texts = [str(one) for one in error.value.errors]
    assert len(texts) == 5
    for words in ("type read", "pattern for ok", "event type Bad", "pattern for Bad", "12.75"):
        assert sum(words in text for text in texts) == 1


@pytest.mark.parametrize("pattern", [".*.*.*x", "[ -~]*[ -~]*[ -~]*#", "x{0,9}x{0,9}x{0,9}$", r"\(a+\)+b", "(?:a|b)c*"])
def test_an_allowed_pattern_takes_no_time(pattern: str) -> None:
    rules = rules_of(checked(reports={"a": pattern})["reports"])
    began = time.process_time()
    mapped(rules, "x" * 512)
    assert time.process_time() - began < 1


def test_contradictions_are_named() -> None:
    assert check() == []
    assert check(protocol="ecp", crc="vendor", ecp_timeout=0.5, durability="process", listen_only=True) == []
    assert check(crc="vendor", ecp_timeout=1, durability="process") == ["crc", "ecp_timeout", "durability"]
    assert check(idle_interval=2) == ["idle_interval"]
    assert check(protocol="data_inquiry", listen_only=True) == ["listen_only"]
    assert check(listen_only=True, query_on_connect=True, allow_configuration=True) == [
        "query_on_connect",
        "allow_configuration",
    ]
    assert check("serial:///dev/ttyUSB0?parity=E&bytesize=8") == ["connection"]
    assert check("tcp://192.0.2.10:9999") == ["connection"]


@pytest.mark.parametrize(
    ("connection", "settings", "line_parity"),
    [
        ("serial:///dev/x", {"baudrate": "9600", "bytesize": "8", "xonxoff": "false"}, Parity.NONE),
        (
            "serial:///dev/x?parity=E",
            {"baudrate": "9600", "bytesize": "7", "xonxoff": "false", "parity": "E"},
            Parity.EVEN,
        ),
        (
            "serial:///dev/x?baudrate=19200&parity=o&bytesize=7&xonxoff=true",
            {"baudrate": "19200", "bytesize": "7", "xonxoff": "true", "parity": "o"},
            Parity.ODD,
        ),
        ("tcp://192.0.2.10?parity=E", {"parity": "E"}, Parity.EVEN),
        ("tcp://192.0.2.10", {}, Parity.NONE),
    ],
)
def test_every_connection_is_understood(connection: str, settings: dict[str, str], line_parity: Parity) -> None:
    found = device_config(connection).address
    assert found.port == (10001 if found.scheme == "tcp" else None)
    assert line_settings(found) == settings
    assert parity(found) is line_parity


@pytest.mark.parametrize("protocol", list(Protocol))
@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("free", [False, True])
def test_a_reader_is_described_before_it_was_ever_connected(protocol: Protocol, profile: Profile, free: bool) -> None:
    config = device_config("serial:///dev/x", protocol=str(protocol), profile=str(profile), allow_configuration=free)
    driver: Driver = FAMILY.driver(config, Desk())
    description = driver.description
    assert problems(description) == ()
    assert all(entity.name and (entity.icon or entity.device_class) for entity in description.entities)
    names = {command.name for command in description.commands}
    assert ("check_tag" in names) is ("set_clock" in names) is (profile is Profile.MPRX)
    assert ("set_output" in names) is ("predefined_outputs" in names) is (profile is Profile.ENCOMPASS)
    assert ("set_reader_id" in names) is ("rf_by_presence" in names) is free
    assert ("crc_errors" in {entity.key for entity in description.entities}) is (protocol is Protocol.ECP)


def test_a_reader_that_is_only_listened_to_has_no_commands() -> None:
    description = describe(Options(listen_only=True), None)
    assert problems(description) == ()
    assert not description.commands
    assert {entity.platform for entity in description.entities} == {"sensor", "binary_sensor"}


@pytest.mark.parametrize("profile", list(Profile))
def test_the_largest_reader_stays_below_the_limits(profile: Profile) -> None:
    rules = {f"{'e' * 28}_{number}": "x" for number in range(RULES_LIMIT - 1)} | {"buffer_overflow": "x"}
    options = Options(Protocol.ECP, profile, allow_configuration=True, reports=rules_of(rules))
    description = describe(options, About("M" * 60, "V" * 60, "081234"))
    assert problems(description) == ()
    device = DeviceConfig("d" * 40, "transcore", parse_address("tcp://192.0.2.10", FAMILY.schemes), "Yard " * 8)
    assert len(orjson.dumps(to_json(description, device=device.id, name=device.name))) < 16384
    assert len(encode(device_payload(Topics("readers", "home"), device, description))) < 16384


def counters() -> set[str]:
    found = re.compile(r"(?:count|_damage)\(\s*\"([a-z_]+)\"")
    return {name for file in SOURCES.glob("*.py") for name in found.findall(file.read_text())}


def test_the_pages_name_every_option_command_and_counter() -> None:
    docs = Path(__file__).parents[3] / "docs"
    page = (docs / "families" / "transcore.md").read_text()
    names = {str(option) for option in FAMILY.options} | counters()
    for profile in Profile:
        description = describe(Options(Protocol.ECP, profile, allow_configuration=True), None)
        for command in description.commands:
            names |= {command.name, *command.args}
        for event in description.events:
            names |= set(event.event_types)
    assert len(counters()) > 10
    assert sorted(name for name in names if f"`{name}`" not in page) == []
    table = (docs / "configuration.md").read_text()
    assert [str(option) for option in FAMILY.options if f"`{option}`" not in table] == []


def test_the_family_is_cheap_to_import() -> None:
    code = "import sys; import readers_bridge.families.transcore; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "readers_bridge.families.transcore.driver" not in loaded
    assert not any(name.startswith(("crcmod", "serial", "asyncio.", "aiomqtt")) for name in loaded)
