from __future__ import annotations

import contextlib
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from readers_bridge.__main__ import main
from tests.bridge.baltech.script_files import BYTES, EXAMPLE, Shown, script
from tests.bridge.cli.command import PROGRAM, run


def test_the_help_of_every_command_has_an_example(capsys: Shown) -> None:
    for name in ("assemble", "disassemble", "check", "simulate", "run", "store", "read", "delete", "list"):
        assert main(["script", name, "--help"]) == 0
        shown = capsys.readouterr().out
        assert shown.startswith(f"usage: readers-bridge script {name}")
        assert f"example: readers-bridge script {name} " in shown
    assert main(["script", "--help"]) == 0
    assert "OnAccepted" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        *([], ["asemble"], ["read"], ["read", "door"], ["read", "door", "OnAcepted"], ["check", "--event", "6"]),
        *(["check", "--use", "twice"], ["check", "--jsn"], ["store", "door", "OnAccepted", "a", "b"]),
        *(["simulate", "--input", "GreenLed"], ["simulate", "--on", "Input0"], ["simulate", "--var", "16"]),
        *(["simulate", "--dip", "-1"], ["simulate", "--protocol", "All"], ["simulate", "--state", "8"]),
        *(["simulate", "--seconds", "nan"], ["simulate", "--seconds", "-1"], ["simulate", "--stored", "OnTimer0"]),
        *(["run", "a/b"], ["run", "bridge"], ["list", "door", "--timeout", "0"]),
    ],
)
def test_wrong_arguments(words: list[str], capsys: Shown) -> None:
    assert main(["script", *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "error: " in shown.err


# Assemble and disassemble


def test_assemble_writes_only_the_bytes(example: str, capsys: Shown) -> None:
    assert main(["script", "assemble", example]) == 0
    assert capsys.readouterr() == (f"{BYTES}\n", "")


@pytest.mark.parametrize("words", [[], ["-"]])
def test_from_standard_input_and_back(words: list[str], tmp_path: Path) -> None:
    assembled = run("script", "assemble", *words, cwd=tmp_path, stdin=EXAMPLE)
    assert (assembled.returncode, assembled.stdout, assembled.stderr) == (0, f"{BYTES}\n", "")
    text = run("script", "disassemble", *words, cwd=tmp_path, stdin=assembled.stdout)
    assert (text.returncode, text.stdout, text.stderr) == (0, EXAMPLE, "")


def test_assemble_refuses_what_the_checker_calls_an_error(tmp_path: Path, capsys: Shown) -> None:
    assert main(["script", "assemble", script(tmp_path, "Enable GreenLed\n  Toggle Beeper 0 5\nNot\n")]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    first, second = shown.err.splitlines()
    assert first.startswith("2:17: E203: ")
    assert second.startswith("3:1: E301: ")


def test_warnings_never_change_the_exit_code(tmp_path: Path, capsys: Shown) -> None:
    assert main(["script", "assemble", "--event", "OnScan", script(tmp_path, "SendCardMsg")]) == 0
    shown = capsys.readouterr()
    assert shown.out == "05\n"
    assert {line.split(": ")[1] for line in shown.err.splitlines()} >= {"W501", "W206"}


@pytest.mark.parametrize(("use", "longest"), [("stored", 128), ("run", 116), ("secure", 83)])
def test_the_use_decides_how_long_it_may_be(use: str, longest: int, tmp_path: Path, capsys: Shown) -> None:
    for command in ("assemble", "disassemble"):
        assert main(["script", command, "--use", use, script(tmp_path, "01 00 " * (longest // 2))]) == 0
        assert main(["script", command, "--use", use, script(tmp_path, "01 00 " * (longest // 2 + 1))]) == 1
        assert "E502" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("FF", "1:1: E102: "),
        ("01 00\n03 02 03", "2:1: E103: "),
        ("80", "1:1: E301: "),
        ("01 10", "1:4: E202: "),
        ("Enable GreenLed", "1:2: E105: "),
        ("", "1:1: E501: "),
    ],
)
def test_disassemble_writes_only_what_assemble_takes(text: str, complaint: str, tmp_path: Path, capsys: Shown) -> None:
    assert main(["script", "disassemble", script(tmp_path, text)]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(complaint)


def test_sequences_are_indented(tmp_path: Path, capsys: Shown) -> None:
    assert main(["script", "disassemble", script(tmp_path, "13 F2 10 08 32 53 F1 01 03")]) == 0
    assert capsys.readouterr().out.splitlines()[:3] == ["RunSequence", "    StartLoop", "        EnablePortGreenLed"]


# Files


def test_files_that_cannot_be_read(tmp_path: Path, capsys: Shown) -> None:
    for name, complaint in (
        (str(tmp_path / "nowhere"), "No such file"),
        (str(tmp_path), "directory"),
        ("a\0b", "is no name of a file"),
    ):
        for command in ("assemble", "disassemble", "check", "simulate"):
            assert main(["script", command, name]) == 2
            shown = capsys.readouterr()
            assert shown.out == ""
            assert complaint in shown.err


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"# a\nEnable \xff\xfe", "2:8: E108: "),
        (b"\xff\xfe0\x001\x00", "1:1: E108: "),
        (b" " * 0x50000, "1:1: E100: "),
        (b"\xff" * 0x50000, "1:1: E100: "),
    ],
)
def test_files_that_are_no_text(content: bytes, complaint: str, tmp_path: Path, capsys: Shown) -> None:
    file = tmp_path / "binary"
    file.write_bytes(content)
    for command in ("assemble", "disassemble", "check", "simulate"):
        assert main(["script", command, str(file)]) == 1
        shown = capsys.readouterr()
        assert shown.err.startswith(complaint)


def test_a_byte_order_mark_and_other_line_ends(tmp_path: Path, capsys: Shown) -> None:
    file = tmp_path / "windows.script"
    file.write_bytes(b"\xef\xbb\xbfEnable GreenLed\r\nDisable RedLed\r\n")
    assert main(["script", "assemble", str(file)]) == 0
    assert capsys.readouterr().out == "01 00 02 01\n"


def test_a_reader_of_our_output_may_leave(example: str) -> None:
    left = subprocess.Popen(
        [*PROGRAM, "script", "simulate", example], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert left.stdout is not None
    left.stdout.close()
    assert left.stderr is not None
    assert "Traceback" not in left.stderr.read()
    assert left.wait(20) == 0
    left.stderr.close()


def test_ctrl_c_while_it_waits_for_the_script() -> None:
    waiting = subprocess.Popen(
        [*PROGRAM, "script", "assemble", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert waiting.stdin is not None
    waiting.stdin.write(b"# " + b"x" * 200_000)  # more than a pipe holds: it reads when this returns
    waiting.stdin.flush()
    for _ in range(10):
        waiting.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):  # one that comes just before it waits is seen by nobody
            waiting.wait(2)
            break
    assert waiting.returncode == 130
    for stream in (waiting.stdout, waiting.stderr):
        assert stream is not None
        assert b"Traceback" not in stream.read()
        stream.close()
    waiting.stdin.close()


# Check


def test_check_without_findings(example: str, capsys: Shown) -> None:
    assert main(["script", "check", example]) == 0
    assert capsys.readouterr() == ("no errors, no warnings, 14 bytes\n", "")


def test_check_with_findings(tmp_path: Path, capsys: Shown) -> None:
    assert main(["script", "check", script(tmp_path, "Enable GreenLad\nSendCardMsg")]) == 1
    shown = capsys.readouterr()
    assert shown.out == "1 error, 1 warning\n"
    assert shown.err.splitlines()[0] == "1:8: E106: GreenLad is no port; did you mean GreenLed?"


def test_check_with_warnings_only(tmp_path: Path, capsys: Shown) -> None:
    assert main(["script", "check", "--event", "OnAccepted", script(tmp_path, "Enable GreenLed")]) == 0
    shown = capsys.readouterr()
    assert shown.out == "0 errors, 1 warning, 2 bytes\n"
    assert "W502" in shown.err


def test_check_as_json(tmp_path: Path, capsys: Shown) -> None:
    assert main(["script", "check", "--json", script(tmp_path, "80")]) == 1
    shown = capsys.readouterr()
    answer = json.loads(shown.out)
    assert shown.err == ""
    assert (answer["valid"], answer["length"], answer["warnings"]) == (False, 1, [])
    (error,) = answer["errors"]
    assert (error["code"], error["line"], error["column"]) == ("E301", 1, 1)


# Simulate


def simulated(capsys: Shown, *words: str) -> Any:
    assert main(["script", "simulate", "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_example_as_a_chart(example: str, capsys: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["script", "simulate", "--event", "OnAccepted", example]) == 0
    shown = capsys.readouterr()
    assert "Beeper: on 0.0 s, off 0.5 s, on 1.0 s, off 1.5 s, on 2.0 s, off 2.5 s\n" in shown.out
    assert "GreenLed: off 0.0 s, on 3.0 s\n" in shown.out
    assert "No default action." in shown.out
    assert shown.err == ""


def test_the_example_as_json(example: str, capsys: Shown) -> None:
    low = simulated(capsys, "--event", "OnAccepted", example)
    assert low["ports"]["GreenLed"] == [{"time": 0.0, "on": False}, {"time": 3.0, "on": True}]
    assert low["default_action"] is False
    high = simulated(capsys, "--event", "OnAccepted", "--input", "Input0", example)
    assert (high["ports"], high["default_action"]) == ({}, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("IfVar 8; IfDip 3 Not; And; Enable Relay", ["--var", "8"]),
        ("IfDip 3; IfDip 4; And; Enable Relay", ["--dip", "3", "--dip", "4"]),
        ("IfProtocolEnabled BrpTcp; Enable Relay", ["--protocol", "brptcp"]),
        ("IfState 3; Enable Relay", ["--state", "3"]),
        ("IfIoPort GreenLed; Enable Relay", ["--on", "GreenLed"]),
        ("IfIoPort Input1; Enable Relay", ["--input", "Input1"]),
    ],
)
def test_what_a_script_finds(text: str, words: list[str], tmp_path: Path, capsys: Shown) -> None:
    file = script(tmp_path, text)
    assert "Relay" in simulated(capsys, file, *words)["ports"]
    assert "Relay" not in simulated(capsys, file)["ports"]


def test_other_scripts_that_are_stored(tmp_path: Path, capsys: Shown) -> None:
    first = script(tmp_path, "SetTimer 0 10")
    second = script(tmp_path, "Enable Relay", "second.script")
    shown = simulated(capsys, first, "--stored", f"OnTimer[0]={second}")
    assert shown["ports"] == {"Relay": [{"time": 1.0, "on": True}]}
    wrong = script(tmp_path, "Enable Rely", "wrong.script")
    assert main(["script", "simulate", first, "--stored", f"OnTimer0={wrong}"]) == 1
    assert f"{wrong}:1:8: E106: " in capsys.readouterr().err


def test_the_horizon(tmp_path: Path, capsys: Shown) -> None:
    file = script(tmp_path, "Toggle Beeper 10 10")
    assert simulated(capsys, file, "--seconds", "3")["truncated"]
    assert not simulated(capsys, file)["truncated"]


def test_simulate_refuses_errors(tmp_path: Path, capsys: Shown) -> None:
    assert main(["script", "simulate", script(tmp_path, "Not")]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("1:1: E301: ")
