"""What the Star family gives the bridge and the command line."""

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
from readers_bridge.families.star import FAMILY
from readers_bridge.families.star.about import About, paper
from readers_bridge.families.star.condition import ERRORS, UNKNOWN
from readers_bridge.families.star.description import describe
from readers_bridge.families.star.discovery_block import NetworkCard
from readers_bridge.families.star.job_report import BUSY
from readers_bridge.families.star.management import StatusSetting
from readers_bridge.families.star.options import Options, Ports
from readers_bridge.families.star.typedefs import Emulation, Peripheral
from readers_bridge.model import Description, DeviceConfig
from readers_bridge.mqtt.homeassistant import device_payload, encode
from readers_bridge.mqtt.topics import Topics
from readers_bridge.validation import worded
from tests.bridge.desk import Desk

COUNTERS = ["polls_missed", "found_elsewhere", "sessions_freed", "not_kept"]

CARD = NetworkCard(
    "RS1.0.1",
    "00:11:62:13:DE:EF",
    "192.0.2.12",
    name="X" * 16,
    firmware=("V2.2.2.2", "V2.2.2.2"),
    mode="D" * 16,
    command_set="S" * 32,
    model="TSP143IIILAN (STR_T-001) " + "x" * 39,
)
FULL = Options(allow_raw=True, peripheral=Peripheral.DRAWER, password="guest")
SETTING = StatusSetting(expanded=True, nsb=True, asb=True, raw="303131")


def checked(**options: Any) -> dict[str, Any]:
    result: dict[str, Any] = worded(FAMILY.options)(options)
    return result


def config(connection: str = "tcp://192.0.2.12", **options: Any) -> DeviceConfig:
    address = parse_address(connection, FAMILY.schemes)
    return DeviceConfig("till", "star", address, "Till", options=checked(**options))


def check(connection: str = "tcp://192.0.2.12", **options: Any) -> list[str]:
    assert FAMILY.check is not None
    return list(FAMILY.check(config(connection, **options)))


def test_every_option_has_a_default() -> None:
    assert Options.of(checked()) == Options() == Options.of({})


def test_every_option_arrives() -> None:
    options = Options.of(
        checked(
            emulation="esc_pos",
            columns=42,
            dots=512,
            code_page="cp858",
            replacement="_",
            peripheral="buzzer",
            invert_drawer=True,
            allow_raw=True,
            password="S3cret",
            mac="00:11:62:13:de:ef",
            poll=5,
            print_timeout=60,
        )
    )
    assert options == Options(
        Emulation.ESC_POS,
        columns=42,
        dots=512,
        code_page="cp858",
        replacement="_",
        peripheral=Peripheral.BUZZER,
        invert_drawer=True,
        allow_raw=True,
        password="S3cret",
        mac="00:11:62:13:DE:EF",
        poll=5.0,
        print_timeout=60.0,
    )
    assert "S3cret" not in repr(options)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("emulation", "starline", "one of auto, star_line"),
        ("columns", 4, "16 to 120"),
        ("dots", "576", "whole number"),
        ("code_page", "utf8", "one of cp"),
        ("replacement", "??", "one printable ASCII character"),
        ("peripheral", "drawr", "one of none, drawer, buzzer"),
        ("allow_raw", "yes", "true or false"),
        ("password", "geheim\u00fc", "user password"),
        ("password", "", "user password"),
        ("mac", "00:11:62", "MAC address"),
        ("poll", 0, "1 to 300"),
        ("print_timeout", 1, "2 to 300"),
    ],
)
def test_a_wrong_option_is_refused_in_words(option: str, value: Any, words: str) -> None:
    with pytest.raises(vol.Invalid) as error:
        checked(**{option: value})
    assert words in str(error.value)
    assert option != "password" or not value or value not in str(error.value)


def test_the_password_is_a_secret() -> None:
    assert FAMILY.secret_options == {"password"}


def test_the_ports_are_the_familys_own() -> None:
    assert Ports.of(config().address) == Ports(22222, 9100, 9101)
    named = config("tcp://till.example?print=9110&status=9111&management=22223")
    assert Ports.of(named.address) == Ports(22223, 9110, 9111)
    with pytest.raises(ValueError, match="leave out :9100"):
        config("tcp://192.0.2.12:9100")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("print=9110&status=9111", None),
        ("prnt=9100", "connection: it has no parameter prnt; there are management, print, status; did you mean print?"),
        ("print=0", "connection: the port print is a number from 1 to 65535, not 0"),
        ("status=many", "connection: the port status is a number from 1 to 65535, not many"),
        ("print=9101", "connection: the ports print and status are both 9101; each has one of its own"),
    ],
)
def test_the_query_of_the_connection_is_checked(query: str, words: str | None) -> None:
    assert check(f"tcp://192.0.2.12?{query}") == ([] if words is None else [words])


def test_contradictions_are_named() -> None:
    assert check() == []
    assert check(emulation="star_line", code_page="cp1250") == []
    assert check(emulation="esc_pos", code_page="cp1250")[0].startswith("code_page: esc_pos has no cp1250")
    assert check(peripheral="buzzer", invert_drawer=True)[0].startswith("invert_drawer:")


def test_a_printer_is_described_before_it_was_ever_connected() -> None:
    driver: Driver = FAMILY.driver(config(), Desk())
    assert problems(driver.description) == ()
    assert driver.description.model == "Ethernet printer"
    assert {spec.lane for spec in driver.description.commands} == {"print", "management"}


def keys(description: Description) -> set[str]:
    return {spec.name for spec in description.commands}


def buttons(description: Description) -> set[str]:
    return {entity.key for entity in description.entities if entity.platform == "button"}


def test_only_what_is_configured_is_offered() -> None:
    always = {"print_text", "print_receipt", "cut", "restart", "read_discovery", "read_settings", "release_session"}
    assert keys(describe(Options(), About())) == always
    assert keys(describe(Options(allow_raw=True), About())) == always | {"print_raw"}
    assert keys(describe(Options(peripheral=Peripheral.DRAWER), About())) == always | {"open_drawer"}
    assert keys(describe(Options(peripheral=Peripheral.BUZZER), About())) == always | {"buzz"}
    assert buttons(describe(Options(), About())) == {"cut", "release_session"}
    assert buttons(describe(FULL, About())) == {"cut", "open_drawer", "restart", "release_session"}


def test_what_home_assistant_shows() -> None:
    entities = {entity.key: entity for entity in describe(FULL, About()).entities}
    classes = {key: entity.device_class for key, entity in entities.items() if entity.platform == "binary_sensor"}
    assert set(classes) | {"error", "asb", "status_version", "presenter"} == set(UNKNOWN)
    assert classes["cover_open"] == classes["drawer_open"] == "opening"
    assert classes["head_hot"] == "heat"
    assert classes["paper_end"] == classes["cutter_error"] == classes["offline"] == "problem"
    shown = {key for key in classes if entities[key].enabled}
    assert shown == {"offline", "cover_open", "paper_end", "cutter_error", "head_hot", "non_recoverable_error"}
    assert entities["print_text"].platform == "notify"
    assert entities["print_text"].args == {"value": "text"}


def test_the_largest_printer_stays_below_the_limits() -> None:
    for options in (FULL, Options(allow_raw=True, peripheral=Peripheral.BUZZER, password="guest")):
        description = describe(options, About(CARD, SETTING))
        assert problems(description) == ()
        device = DeviceConfig("d" * 40, "star", parse_address("tcp://192.0.2.12", FAMILY.schemes), "Till " * 8)
        assert len(orjson.dumps(to_json(description, device=device.id, name=device.name))) < 16384
        assert len(encode(device_payload(Topics("readers", "home"), device, description))) < 16384


def test_the_command_set_is_that_of_the_model_unless_it_is_configured() -> None:
    about = About(CARD)
    assert paper(Options(), About()) is None
    found = paper(Options(), about)
    assert found is not None
    assert (found.emulation, found.dots, found.columns) == (Emulation.STAR_GRAPHIC, 576, 48)
    other = paper(Options(emulation=Emulation.STAR_DOT), About())
    assert other is not None
    assert (other.dots, other.columns) == (210, 42)
    own = paper(Options(emulation=Emulation.ESC_POS, dots=576, columns=44), about)
    assert own is not None
    assert (own.emulation, own.dots, own.columns) == (Emulation.ESC_POS, 576, 44)


def test_the_page_names_every_option_command_event_and_counter() -> None:
    page = (Path(__file__).parents[3] / "docs" / "families" / "star.md").read_text()
    described = [describe(FULL, About()), describe(Options(peripheral=Peripheral.BUZZER), About())]
    commands = [command for one in described for command in one.commands]
    names = [str(option) for option in FAMILY.options] + [command.name for command in commands]
    names += [argument for command in commands for argument in command.args]
    names += [event_type for one in described for event in one.events for event_type in event.event_types]
    names += [*ERRORS, BUSY, *COUNTERS, *UNKNOWN]
    assert [name for name in dict.fromkeys(names) if f"`{name}`" not in page] == []


def test_the_family_is_cheap_to_import() -> None:
    code = "import sys; import readers_bridge.families.star; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "readers_bridge.families.star.driver" not in loaded
    assert not any(name.startswith(("PIL", "segno", "barcode", "asyncio.", "aiomqtt")) for name in loaded)
