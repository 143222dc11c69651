"""The manufacturer's example of a script, as text and as the bytes that it stands for."""

from __future__ import annotations

from pathlib import Path

import pytest

EXAMPLE = """\
IfIoPort Input0
DefaultAction
IfIoPort Input0 Not
Toggle Beeper 3 5
ToggleInverted GreenLed 1 30
"""
BYTES = "44 04 04 44 04 80 03 02 03 05 06 00 01 1E"

Shown = pytest.CaptureFixture[str]


def script(tmp_path: Path, text: str, name: str = "a.script") -> str:
    file = tmp_path / name
    file.write_text(text)
    return str(file)
