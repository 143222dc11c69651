"""Logging for people (one readable line) or machines (one JSON object a line)."""

from __future__ import annotations

import json
import logging
import sys

from readers_bridge.clock import rfc3339

FORMATS = ("text", "json")
LEVELS = ("debug", "info", "warning", "error")


class TextFormatter(logging.Formatter):
    """``2026-03-01T12:00:00.000Z INFO    front-door: connected``."""

    def format(self, record: logging.LogRecord) -> str:
        device = getattr(record, "device", None)
        where = f"{device}: " if device else ""
        message = _printable(record.getMessage())
        text = f"{rfc3339(record.created)} {record.levelname:<7} {where}{message}"
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return text


def _printable(text: str) -> str:
    """One line without anything that could upset a terminal: devices and clients choose some of the words."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, device, message, exception."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": rfc3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if device := getattr(record, "device", None):
            entry["device"] = device
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configure(level: str, style: str) -> None:
    """Log to stderr; ``style`` is one of FORMATS."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("readers_bridge").setLevel(level.upper())
    # aiomqtt raises what it logs; what is left is noise at the end. It sets a level of its own when it is imported.
    logging.getLogger("mqtt").disabled = True
