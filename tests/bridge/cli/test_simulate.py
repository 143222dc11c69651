from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

from readers_bridge.__main__ import main
from tests.bridge.cli.command import PROGRAM, run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_simulated_devices_run_until_told_to_stop(number: signal.Signals) -> None:
    words = (*PROGRAM, "simulate", "springcard", "--port", "0", "--json")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline()
        running.send_signal(number)
        assert running.wait(20) == 0
        assert running.stderr.read() == b""


def test_each_family_has_its_own_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--help"]) == 0
    assert "SpringCard" in capsys.readouterr().out
    assert main(["simulate", "springcard", "--help"]) == 0
    assert "--count" in capsys.readouterr().out


def test_a_family_that_is_not_there(tmp_path: Path) -> None:
    failed = run("simulate", "nedap", cwd=tmp_path)
    assert failed.returncode == 2
    assert "springcard" in failed.stderr
