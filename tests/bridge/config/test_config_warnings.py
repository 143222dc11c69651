from __future__ import annotations

from pathlib import Path

import pytest

from readers_bridge.config import Config, warnings
from tests.bridge.config.entries import Load, device


def warned(config: Config, about: str) -> list[str]:
    return [text for text in warnings(config) if text.startswith(about)]


def test_nothing_to_warn_of(loaded: Load, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text("mqtt_password: geheim")
    secrets.chmod(0o600)
    config = loaded(
        f"version: 1\nbridge: {{data_dir: {tmp_path}}}\n"
        "mqtt: {host: broker, tls: true, username: u, password: !secret mqtt_password}\n"
        "devices:\n" + device()
    )
    assert warnings(config) == ()


def test_inline_secrets(loaded: Load) -> None:
    config = loaded(
        "version: 1\nmqtt: {username: u, password: geheim}\ndevices:\n" + device(family="star", password="geheim")
    )
    assert config.inline_secrets == ("devices[0].password", "mqtt.password")
    assert "write `!secret mqtt_password`" in warned(config, "mqtt.password")[0]
    assert "`!secret devices_0_password`" in warned(config, "devices[0].password")[0]
    assert not any("geheim" in text for text in warnings(config))


def test_secrets_that_others_can_read(loaded: Load, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.yaml"
    secrets.write_text("")
    secrets.chmod(0o644)
    assert "chmod 640" in warned(loaded("version: 1"), str(secrets))[0]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "::1"])
def test_a_local_broker_may_let_everybody_in(loaded: Load, host: str) -> None:
    assert warned(loaded(f"version: 1\nmqtt: {{host: '{host}'}}"), "mqtt") == []


def test_a_broker_elsewhere_should_not(loaded: Load) -> None:
    config = loaded("version: 1\nmqtt: {hosts: [localhost, 192.0.2.1]}")
    assert "shows no user name to 192.0.2.1" in warned(config, "mqtt.username")[0]
    assert "is not encrypted" in warned(config, "mqtt.tls")[0]


def test_tls_that_checks_little_or_cannot_work(loaded: Load) -> None:
    config = loaded("version: 1\nmqtt: {tls: {ca: missing.pem, verify_hostname: false}}")
    assert len(warned(config, "mqtt.tls.verify_hostname")) == 1
    assert "missing.pem cannot be read" in warned(config, "mqtt.tls.ca")[0]


def test_a_data_directory_that_is_a_file(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert "is not a directory" in warned(loaded("version: 1\nbridge: {data_dir: data}"), "bridge.data_dir")[0]


def test_a_data_directory_that_cannot_be_written(loaded: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)  # the tests may run as root, who may write everywhere
    config = loaded("version: 1\nbridge: {data_dir: /var/lib/readers-bridge}")
    assert "may not write to" in warned(config, "bridge.data_dir")[0]


def test_no_devices(loaded: Load) -> None:
    assert "readers-bridge discover" in warned(loaded("version: 1"), "devices")[0]
