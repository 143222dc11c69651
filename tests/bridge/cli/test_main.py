from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from readers_bridge import __main__, __version__, cli
from readers_bridge import families as families_module
from readers_bridge.errors import (
    BrokerRefusedError,
    BrokerUnreachableError,
    CommandError,
    ConfigError,
    JournalError,
    TakenOverError,
)
from readers_bridge.families import Driver, Family, Host, Remote
from readers_bridge.model import DeviceConfig
from tests.bridge.cli.command import PROGRAM, run


def test_help_lists_every_command(tmp_path: Path) -> None:
    shown = run("--help", cwd=tmp_path)
    assert shown.returncode == 0
    assert shown.stderr == ""
    for name, text in cli.COMMANDS.items():
        assert name in shown.stdout
        assert text in shown.stdout


def test_version(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).stdout == f"readers-bridge {__version__}\n"


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: readers-bridge {name}")
    assert f"example: readers-bridge {name}" in " ".join(shown.split())


@pytest.mark.parametrize("words", [[], ["chek"], ["check"], ["check", "--config"], ["--frobnicate"]])
def test_wrong_arguments(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(words) == 2
    assert "usage: readers-bridge" in capsys.readouterr().err


def test_only_the_command_asked_for_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from readers_bridge.__main__ import main; main(['check', '--help']);"
        "print(sorted(name for name in sys.modules if name.startswith('readers_bridge.cli.')), file=sys.stderr);"
        "print('readers_bridge.bridge' in sys.modules, 'aiomqtt' in sys.modules, file=sys.stderr)"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert shown.stderr == "['readers_bridge.cli.check']\nFalse False\n"


def command_that(behave: Callable[[argparse.Namespace], int]) -> Any:
    """A family whose command behaves so."""

    def add_cli(subparsers: Any, _remote: Remote) -> None:
        subparsers.add_parser("script", help="what only this family has").set_defaults(func=behave)

    def driver(config: DeviceConfig, host: Host) -> Driver:
        raise NotImplementedError

    return {"other": Family("other", "Other", {"tcp": 1}, driver, add_cli=add_cli)}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("config.yaml has one problem", ("line 1: a: b",)), 2),
        (BrokerUnreachableError("no broker"), 3),
        (BrokerRefusedError("wrong password"), 1),
        (TakenOverError("another bridge"), 4),
        (CommandError("silence", status="no_answer", code="timeout"), 5),
        (CommandError("no", status="refused", code="retained"), 1),
        (JournalError("disk full"), 1),
    ],
)
def test_an_error_becomes_words_and_an_exit_code(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_args: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr(families_module, "families", lambda: command_that(fail))
    assert __main__.main(["script"]) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"readers-bridge: {error}\n")
    assert isinstance(error, ConfigError) == ("  line 1: a: b\n" in shown.err)


def test_commands_of_families_are_listed_and_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(families_module, "families", lambda: command_that(lambda _args: 0))
    assert __main__.main(["--help"]) == 0
    assert "what only this family has" in capsys.readouterr().out
    assert __main__.main(["script"]) == 0


def test_ctrl_c_ends_cleanly(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(_args: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(families_module, "families", lambda: command_that(interrupted))
    assert __main__.main(["script"]) == 130
    assert capsys.readouterr().err == "\n"


def test_a_wrong_configuration_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("version: 1\nmqtt: {prot: 1884}\njournl: {}\n")
    refused = run("run", "--config", "config.yaml", cwd=tmp_path)
    assert refused.returncode == 2
    assert refused.stdout == ""
    first, *problems = refused.stderr.splitlines()
    assert first == "readers-bridge: config.yaml has 2 problems"
    assert [problem.partition(": ")[0] for problem in problems] == ["  line 2", "  line 3"]


def test_a_reader_of_our_output_may_leave(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("version: 1\n")
    left = subprocess.Popen(
        [*PROGRAM, "check", "--config", str(tmp_path / "config.yaml")], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert left.stdout is not None
    assert left.stderr is not None
    left.stdout.close()
    assert left.stderr.read() == b""
    assert left.wait(20) == 0
    left.stderr.close()


def ended_in_a_shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A line with ``$PROGRAM`` and ``$FILE``, a configuration, and redirections as people write them."""
    file = folder / "config.yaml"
    file.write_text("version: 1\nmqtt: {host: b\u00fccher}\n")
    return subprocess.run(
        ["sh", "-c", line.replace("$PROGRAM", shlex.join(PROGRAM)).replace("$FILE", shlex.quote(str(file)))],
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.mark.parametrize(
    ("redirection", "shown"), [("<&-", True), ("2>&-", True), (">&-", False), ("<&- >&- 2>&-", False)]
)
def test_closed_streams(redirection: str, shown: bool, tmp_path: Path) -> None:
    made = ended_in_a_shell(f"$PROGRAM check --config $FILE {redirection}", tmp_path)
    assert (made.returncode, made.stderr) == (2, "")
    assert ("cannot be used: one problem" in made.stdout) == shown


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    made = ended_in_a_shell("$PROGRAM check --config $FILE >/dev/full", tmp_path)
    assert (made.returncode, made.stderr) == (1, "readers-bridge: No space left on device\n")


def test_what_a_terminal_cannot_show_is_escaped(tmp_path: Path) -> None:
    made = ended_in_a_shell("$PROGRAM check --config $FILE", tmp_path, PYTHONIOENCODING="ascii")
    assert made.returncode == 2
    assert "b\\xfccher" in made.stdout


def test_ctrl_c_while_a_command_is_imported(tmp_path: Path) -> None:
    code = (
        "import builtins, signal, sys; from readers_bridge.__main__ import main; ordinary = builtins.__import__\n"
        "def interrupted(name, *rest):\n"
        "    if name == 'readers_bridge.cli': signal.raise_signal(signal.SIGINT)\n"
        "    return ordinary(name, *rest)\n"
        "builtins.__import__ = interrupted; sys.exit(main(['check', '--help']))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "\n")
