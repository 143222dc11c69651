from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from tests.bridge.cli.command import run
from tests.bridge.cli.stand_in import ended, started
from tests.conftest import Broker, wait_until
from tests.end_to_end.harness import Subscriber


def test_who_reads_json_gets_json_to_the_end(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("version: 1\nmqtt: {prot: 1884}\njournl: {}\n")
    refused = run("run", "--config", "config.yaml", "--log-format", "json", cwd=tmp_path)
    lines = [json.loads(line) for line in refused.stderr.splitlines()]
    assert refused.returncode == 2
    assert [line["level"] for line in lines] == ["error"] * 3
    assert lines[0]["message"] == "config.yaml has 2 problems"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "--config"),
        (["--config", "missing.yaml"], "readers-bridge init --config missing.yaml"),
        (["--config", "."], ". cannot be read: "),
        (["--config", "x", "--log-level", "loud"], "choose from 'debug', 'info', 'warning', 'error'"),
        (["--config", "x", "--log-format", "xml"], "choose from 'text', 'json'"),
    ],
)
def test_arguments_that_do_not_fit(words: list[str], complaint: str, tmp_path: Path) -> None:
    refused = run("run", *words, cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert complaint in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("no_uvloop", ["", "1"], ids=["uvloop", "asyncio"])
def test_it_logs_its_warnings_and_ends_when_told(
    broker: Broker, tmp_path: Path, no_uvloop: str, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READERS_NO_UVLOOP", no_uvloop)
    file = tmp_path / "config.yaml"
    file.write_text(
        f"version: 1\nbridge: {{data_dir: data}}\nmqtt: {{host: 127.0.0.1, port: {broker.port}, username: u, password: geheim}}"
    )
    seen = Subscriber(broker.port, "readers/#")
    with started("run", "--config", str(file), "--log-level", "warning") as running:
        seen.wait_where("readers/home/bridge/state", lambda state: state["state"] == "online")
        running.send_signal(number)
        code, out, err = ended(running)
    assert (code, out) == (0, "")
    assert [line.split(maxsplit=3)[1:3] for line in err.splitlines()] == [
        ["WARNING", "mqtt.password:"],
        ["WARNING", "devices:"],
    ]
    assert "geheim" not in err
    wait_until(lambda: seen.on("readers/home/bridge/state")[-1].json["state"] == "offline", "offline")
    seen.close()
