from __future__ import annotations

from pathlib import Path

import pytest

from readers_bridge.config import HomeAssistantConfig, JournalConfig, MetricsConfig, TlsConfig
from readers_bridge.model import Address, DeviceConfig, Privacy
from tests.bridge.config.entries import Load, device, with_devices

SAMPLE = """\
version: 1
bridge:
  id: home
  data_dir: /var/lib/readers-bridge     # journal and remembered facts; default: the user's state directory
mqtt:
  host: localhost                       # or hosts: [a:1883, b:1883]
  port: 1883
  username: readers
  password: !secret mqtt_password
  prefix: readers
home_assistant:
  discovery: auto                       # auto | on | off
devices:
  - id: front-door
    name: Front door
    family: springcard
    connection: tcp://192.0.2.10:4000
  - id: dock
    family: springcard
    connection: udp://192.0.2.11:4000   # this reader; local port 4000 on every address unless ?bind=ADDR
  - id: turnstile
    family: baltech
    connection: serial:///dev/ttyACM0
  - id: lift
    family: baltech
    connection: tcp-listen://0.0.0.0:2939?serial=43893126
  - id: yard
    family: transcore
    connection: serial:///dev/ttyUSB0?baudrate=9600&bytesize=7&parity=E
    protocol: ecp                       # basic | data_inquiry | ecp
  - id: till
    family: star
    connection: tcp://192.0.2.12        # a host; the ports are the family's
    password: !secret till_password     # inline is accepted, with a warning from check
    peripheral: drawer
"""


def test_the_documented_sample(tmp_path: Path, loaded: Load) -> None:
    (tmp_path / "secrets.yaml").write_text("mqtt_password: geheim\ntill_password: '0123'\n")
    config = loaded(SAMPLE)
    assert (config.bridge.id, config.bridge.data_dir) == ("home", Path("/var/lib/readers-bridge"))
    assert config.mqtt.hosts == (("localhost", 1883),)
    assert (config.mqtt.username, config.mqtt.password) == ("readers", "geheim")
    front_door, dock, turnstile, lift, yard, till = config.devices
    assert front_door == DeviceConfig(
        "front-door",
        "springcard",
        Address("tcp", "192.0.2.10", 4000),
        "Front door",
        options={"repeats": "drop", "repeat_window": 3.5, "tracking": False},
    )
    assert dock.name == "Dock"
    assert dock.address == Address("udp", "192.0.2.11", 4000)
    assert turnstile.address == Address("serial", path="/dev/ttyACM0")
    assert lift.address == Address("tcp-listen", "0.0.0.0", 2939, params={"serial": "43893126"})
    assert yard.address.params == {"baudrate": "9600", "bytesize": "7", "parity": "E"}
    assert yard.options == {"protocol": "ecp"}
    assert till.address == Address("tcp", "192.0.2.12")
    assert till.options == {"password": "0123", "peripheral": "drawer"}
    assert "0123" not in f"{config} {till.options}"
    assert config.inline_secrets == ()


def test_everything_has_a_default(loaded: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    config = loaded("version: 1\n")
    assert config.bridge.id == "home"
    assert config.bridge.data_dir == tmp_path / ".local/state/readers-bridge"
    assert config.mqtt.hosts == (("localhost", 1883),)
    assert (config.mqtt.username, config.mqtt.password, config.mqtt.tls) == (None, None, None)
    assert (config.mqtt.prefix, config.mqtt.protocol, config.mqtt.keepalive) == ("readers", "auto", 30)
    assert config.home_assistant == HomeAssistantConfig("auto", "homeassistant", "homeassistant/status")
    assert config.journal == JournalConfig("process", 256 * 1024 * 1024, 7 * 86400.0)
    assert config.metrics is None
    assert config.devices == ()
    assert config.path == tmp_path / "config.yaml"


def test_a_section_whose_keys_are_all_commented_out(loaded: Load) -> None:
    assert loaded("version: 1\nbridge:\nmqtt:\njournal:\nmetrics:\ndevices:\n") == loaded("version: 1\n")


def test_a_device_needs_three_keys_only(loaded: Load) -> None:
    (only,) = loaded(with_devices(device(id="front_gate-2"))).devices
    assert (only.name, only.credential, only.late_after) == ("Front gate 2", None, 10.0)


def test_a_device_with_all_common_keys(loaded: Load) -> None:
    (only,) = loaded(with_devices(device(name="Gate", credential="hashed", late_after=2.5))).devices
    assert (only.name, only.credential, only.late_after) == ("Gate", Privacy.HASHED, 2.5)


def test_the_state_directory_of_a_service(loaded: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert loaded("version: 1").bridge.data_dir == Path("/state/readers-bridge")
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/readers-bridge:/var/lib/other")
    assert loaded("version: 1").bridge.data_dir == Path("/var/lib/readers-bridge")
    assert loaded("version: 1\nbridge: {data_dir: /data}").bridge.data_dir == Path("/data")


def test_file_names_are_relative_to_the_file(loaded: Load, tmp_path: Path) -> None:
    config = loaded("version: 1\nbridge: {data_dir: data}\nmqtt: {tls: {ca: ca.pem, verify_hostname: false}}\n")
    assert config.bridge.data_dir == tmp_path / "data"
    assert config.mqtt.tls == TlsConfig(ca=tmp_path / "ca.pem", verify_hostname=False)


@pytest.mark.parametrize(
    ("mqtt", "hosts"),
    [
        ("host: broker", (("broker", 1883),)),
        ("{host: broker, tls: true}", (("broker", 8883),)),
        ("{host: broker, tls: true, port: 1}", (("broker", 1),)),
        ("hosts: [a:1884, b, '[::1]:1', '::1']", (("a", 1884), ("b", 1883), ("::1", 1), ("::1", 1883))),
        ("{hosts: [a, b:5], port: 2, tls: {}}", (("a", 2), ("b", 5))),
    ],
)
def test_brokers(loaded: Load, mqtt: str, hosts: tuple[tuple[str, int], ...]) -> None:
    separator = " " if mqtt.startswith("{") else "\n  "
    assert loaded(f"version: 1\nmqtt:{separator}{mqtt}\n").mqtt.hosts == hosts


def test_tls(loaded: Load) -> None:
    assert loaded("version: 1\nmqtt: {tls: true}").mqtt.tls == TlsConfig()
    assert loaded("version: 1\nmqtt: {tls: false}").mqtt.tls is None


@pytest.mark.parametrize(("written", "mode"), [("on", "on"), ("off", "off"), ("'on'", "on"), ("auto", "auto")])
def test_yaml_takes_on_and_off_for_truth_values(loaded: Load, written: str, mode: str) -> None:
    assert loaded(f"version: 1\nhome_assistant: {{discovery: {written}}}").home_assistant.discovery == mode


@pytest.mark.parametrize(("written", "protocol"), [("5", "5"), ("'5'", "5"), ("3.1.1", "3.1.1"), ("auto", "auto")])
def test_protocols(loaded: Load, written: str, protocol: str) -> None:
    assert loaded(f"version: 1\nmqtt: {{protocol: {written}}}").mqtt.protocol == protocol


@pytest.mark.parametrize(
    ("size", "keep", "max_bytes", "max_age"),
    [
        ("256MB", "7d", 256_000_000, 7 * 86400.0),
        ("1.5 GiB", "12h", 3 * 2**29, 12 * 3600.0),
        ("2097152", "90", 2**21, 90.0),
        ("2mib", "30min", 2**21, 1800.0),
    ],
)
def test_journal(loaded: Load, size: str, keep: str, max_bytes: int, max_age: float) -> None:
    config = loaded(f"version: 1\njournal: {{max_size: {size}, keep: {keep}, durability: power}}")
    assert config.journal == JournalConfig("power", max_bytes, max_age)


def test_metrics(loaded: Load) -> None:
    assert loaded("version: 1\nmetrics: {listen: '127.0.0.1:9464'}").metrics == MetricsConfig("127.0.0.1", 9464)


def test_numbers_and_truth_values_from_the_environment(loaded: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MQTT_PORT", "1884")
    monkeypatch.setenv("MQTT_PASSWORD", "0123")
    config = loaded(
        "version: 1\nmqtt: {port: !env MQTT_PORT, username: u, password: !env MQTT_PASSWORD, tls: !env MQTT_TLS true}\n"
        "devices:\n" + device(repeat_window="!env WINDOW 2.5", tracking="!env TRACKING on")
    )
    assert config.mqtt.hosts == (("localhost", 1884),)
    assert config.mqtt.password == "0123"
    assert config.mqtt.tls == TlsConfig()
    assert config.devices[0].options == {"repeats": "drop", "repeat_window": 2.5, "tracking": True}


def test_readers_of_one_family_may_share_a_port_that_listens(loaded: Load) -> None:
    lift = device(family="baltech", connection="tcp-listen://0.0.0.0?serial=1")
    gate = device(id="b", family="baltech", connection="tcp-listen://0.0.0.0?serial=2")
    assert len(loaded(with_devices(lift, gate)).devices) == 2


def test_a_password_is_not_in_the_representation(loaded: Load) -> None:
    assert "geheim" not in repr(loaded("version: 1\nmqtt: {username: u, password: geheim}"))
