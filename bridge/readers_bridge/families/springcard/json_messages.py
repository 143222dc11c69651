"""READER EVENT Messages: one JSON object for each token, with words instead of codes and the reader's own time.

Source: SpringCore documentation, "READER EVENT Message", "STATUS Message", and the older edition's "$SCRDR over MQTT" for the
older key names. Which terminator follows an object on a stream is not documented, so objects are found by their own ends.
"""

from __future__ import annotations

import json
import re
from typing import Any

from readers_bridge.families.springcard.messages import Alive, Move, Reading, Uptime

BLANKS = b" \t\r\n\0"
"""What may stand between two objects."""

_JSON_BLANKS = b" \t\r\n"

LOOKAHEAD = {"Expecting value": 9, "Expecting ',' delimiter": 3, "Invalid \\uXXXX escape": 16}
"""Characters that must stand after an error of the JSON decoder before it counts: a word, a number or an escape may be cut."""

_DECODER = json.JSONDecoder()
_UPTIME = re.compile(r"(\d{1,15}):(\d{1,15}(?:\.\d{1,9})?)")
_MOVES = {
    "": Move.NONE,
    "Insert": Move.INSERTED,
    "Remove": Move.REMOVED,
    "Insert,Remove": Move.TAPPED,
    "Insert/Remove": Move.TAPPED,
}
_EVENT_KEYS = frozenset({"TagId", "Interface", "TagData", "Move"})


def scan(data: bytes, start: int, limit: int) -> tuple[dict[str, Any] | None, int]:
    """The JSON object that begins at ``data[start]``, a ``{``, and the position after it.

    ``(None, start)``: it is not complete yet. ``(None, position)``: it is broken, or longer than ``limit`` bytes; the next
    attempt is worth while at ``position``.
    """
    key = data[start + 1 : start + 17].lstrip(_JSON_BLANKS)
    if key and key[0] not in b'"}':  # noise, without the cost of an exception
        resume = data.find(b"{", start + 1, start + limit)
        return None, resume if resume > 0 else min(start + limit, len(data))
    text = data[start : start + limit].decode("utf-8", "surrogateescape")
    try:
        value, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        unfinished = error.msg.startswith("Unterminated string") or error.pos > len(text) - LOOKAHEAD.get(error.msg, 1)
        if unfinished and len(data) - start <= limit:
            return None, start
        resume = text.rfind("{", 1, error.pos + 1)
        if resume < 0:
            resume = text.find("{", error.pos + 1)
        return None, start + (_bytes(text, resume) if resume > 0 else min(limit, len(data) - start))
    except (RecursionError, ValueError):  # nested too deeply; a number of more than 4,300 digits
        return None, min(start + limit, len(data))
    return value, start + _bytes(text, end)


def _bytes(text: str, characters: int) -> int:
    return characters if text.isascii() else len(text[:characters].encode("utf-8", "surrogateescape"))


def is_event(value: dict[str, Any]) -> bool:
    """Whether a complete READER EVENT stands in the object: evidence that the reader speaks JSON."""
    return all(isinstance(value.get(key), str) for key in ("Interface", "Protocol", "TagId"))


def convert(value: dict[str, Any]) -> Reading | Alive | str:
    """The message in an object, or the reason why there is none."""
    uptime = _uptime(value.get("Uptime"))
    if _EVENT_KEYS.isdisjoint(value):
        return "unknown_type" if uptime is None else Alive(uptime)
    letters = value.get("Move", value.get("State", ""))
    move = _MOVES.get(letters.replace(" ", "")) if isinstance(letters, str) else None
    template, rssi = value.get("Template"), value.get("RSSI", value.get("Rssi"))
    texts = [value.get(key, "") for key in ("Interface", "Protocol", "TagId", "TagData", "TagDetails")]
    if move is None or not all(isinstance(text, str) for text in texts) or not (_integer(template) and _integer(rssi)):
        return "malformed"
    interface, protocol, tag_id, tag_data, tag_details = map(_clean, texts)
    if not (tag_id or tag_data or move):
        return Alive(uptime)
    return Reading(interface, protocol, template, rssi, tag_id, move, tag_data, tag_details, "", uptime)


def _uptime(text: object) -> Uptime | None:
    match = _UPTIME.fullmatch(text) if isinstance(text, str) else None
    return None if match is None else Uptime(int(match[1]), float(match[2]))


def _integer(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 53)


def _clean(text: str) -> str:
    """Bytes that are not UTF-8, and halves of surrogate pairs, as visible escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
