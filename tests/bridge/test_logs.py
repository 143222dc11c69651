from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from readers_bridge.logs import FORMATS, JsonFormatter, TextFormatter, configure


def record(message: str, level: int = logging.INFO, **more: object) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "readers_bridge.x", "levelno": level, "levelname": logging.getLevelName(level), "msg": message, **more}
    )
    made.created = 1772366400.25
    return made


@pytest.fixture
def untouched() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, "readers_bridge", "mqtt")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    logging.getLogger("mqtt").disabled = False
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def test_a_line_for_people() -> None:
    line = TextFormatter().format(record("connected", device="front-door"))
    assert line == "2026-03-01T12:00:00.250Z INFO    front-door: connected"
    assert TextFormatter().format(record("started", logging.WARNING)).endswith(" WARNING started")


def test_a_message_stays_on_its_line_and_cannot_upset_a_terminal() -> None:
    line = TextFormatter().format(record("card \x1b[2J\r\n\x00 Tür \udcff"))
    assert line.endswith(r" INFO    card \x1b[2J\r\n\x00 Tür \udcff")


def test_a_line_for_programs() -> None:
    line = JsonFormatter().format(record("Tür\n", device="front-door"))
    assert json.loads(line) == {
        "time": "2026-03-01T12:00:00.250Z",
        "level": "info",
        "logger": "readers_bridge.x",
        "device": "front-door",
        "message": "Tür\n",
    }
    assert "\n" not in line


@pytest.mark.parametrize("style", FORMATS)
def test_an_unforeseen_error_keeps_its_traceback(style: str) -> None:
    formatter = JsonFormatter() if style == "json" else TextFormatter()
    try:
        int("odd")
    except ValueError:
        line = formatter.format(record("unforeseen", exc_info=sys.exc_info()))
    assert "ValueError: invalid literal" in (json.loads(line)["exception"] if style == "json" else line)


def test_levels(untouched: None, capsys: pytest.CaptureFixture[str]) -> None:
    configure("warning", "text")
    logging.getLogger("readers_bridge.device").info("not shown")
    logging.getLogger("readers_bridge.device").warning("shown")
    logging.getLogger("mqtt").setLevel(logging.WARNING)  # as aiomqtt does when it is imported
    logging.getLogger("mqtt").error("what the library says is said better by the bridge")
    shown = capsys.readouterr()
    assert (shown.out, len(shown.err.splitlines())) == ("", 1)
    assert "shown" in shown.err
