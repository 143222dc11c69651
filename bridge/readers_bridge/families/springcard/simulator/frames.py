"""What a reader sends: $SCRDR Messages, READER EVENT Messages (JSON) and MK1 lines.

Made from the vendor's pages "$SCRDR Messages, index", "$SCRDR Message", "READER EVENT Message" and "MK1 Protocol".
"""

from __future__ import annotations

import json
from functools import reduce
from operator import xor
from typing import Any

from readers_bridge.families.springcard.simulator.cards import Card, Move
from readers_bridge.families.springcard.simulator.field import Report
from readers_bridge.families.springcard.simulator.settings import Checksum, Format, Settings

MK1_START_UP = b"# M519/RDR"
DIRECT_FRAME = bytes.fromhex("16 00 04 24 0A 2A 01")
"""Stands for any frame of the Direct protocol: only its first byte is documented ("SpringCore Direct" over serial)."""

_MOVES = {Move.INSERTED: "Insert", Move.REMOVED: "Remove", Move.TAPPED: "Insert,Remove"}
_DELIMITERS = ord("$") ^ ord("*")


def checksum(body: bytes) -> int:
    """XOR of the bytes between ``$`` and ``*``."""
    return reduce(xor, body, 0)


def encode(report: Report, settings: Settings, uptime: str = "1:0.000") -> bytes:
    """The message for a report, with its terminator; empty where the format has none (MK1 knows no removal)."""
    match settings.format:
        case Format.SCRDR:
            return _scrdr(report.card, report.move, settings)
        case Format.JSON:
            return _json(report, uptime) + settings.terminator
        case Format.MK1 if report.move is Move.REMOVED:
            return b""
        case Format.MK1:
            return b"+" + _field("id", report.card.data or report.card.tag_id) + settings.terminator


def hello(settings: Settings) -> bytes:
    """The message without content that some firmware sends to a host that connects."""
    match settings.format:
        case Format.SCRDR:
            return _frame(b"SCRDR;;;;;;;;", settings)
        case Format.MK1:
            return MK1_START_UP + settings.terminator
        case Format.JSON:
            return b""


def _scrdr(card: Card, move: Move, settings: Settings) -> bytes:
    parts = (
        b"SCRDR",
        card.interface.encode(),
        card.protocol.encode(),
        b"%02X" % card.template,
        b"" if card.rssi is None else b"%02X" % card.rssi,
        _field("TagId", card.tag_id),
        move.encode(),
        _field("TagData", card.data),
        _field("TagDetails", card.details),
    )
    return _frame(b";".join(parts), settings)


def _frame(body: bytes, settings: Settings) -> bytes:
    match settings.checksum:
        case Checksum.EXCLUDED:
            tail = b"*%02X" % checksum(body)
        case Checksum.INCLUDED:
            tail = b"*%02X" % (checksum(body) ^ _DELIMITERS)
        case Checksum.WRONG:
            tail = b"*%02X" % (checksum(body) ^ 0x01)
        case Checksum.ABSENT:
            tail = b""
    return b"$" + body + tail + settings.terminator


def _field(name: str, text: str) -> bytes:
    """A field as the message allows it: printable ASCII without the reserved characters."""
    if text.isascii() and text.isprintable() and not set(text) & set("$*;"):
        return text.encode()
    raise ValueError(f"{name} cannot be sent in this format: only printable ASCII without $ * ;")


def _json(report: Report, uptime: str) -> bytes:
    card = report.card
    event: dict[str, Any] = {
        "Interface": card.interface_name,
        "Protocol": card.protocol_name,
        "Template": card.template,
    }
    if card.rssi is not None:
        event["RSSI"] = card.rssi
    event["TagId"] = card.tag_id
    if report.move:
        event["Move"] = _MOVES[report.move]
    if card.data:
        event["TagData"] = card.data
    if card.details:
        event["TagDetails"] = card.details
    event["Uptime"] = uptime
    return json.dumps(event, separators=(",", ":")).encode()
