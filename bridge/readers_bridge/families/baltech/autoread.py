"""Autoread messages as reads and events.

Sources: docs.baltech.de, refman/cmds/ar/getmessage and refman/cfg/autoread/rule/template; baltech-sdk, ``MessageType``. What
a card's message holds is the reader's configuration: by default the serial number in decimal digits, leading zeros kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from readers_bridge.families.baltech.commands import Message
from readers_bridge.families.baltech.typedefs import MessageType
from readers_bridge.model import Event, JsonObject, Kind, Read, State

_SENSITIVE = frozenset({"data_hex", "text"})

_KINDS: dict[int, Kind] = {MessageType.Card: Kind.CARD, MessageType.Keyboard: Kind.KEYPAD}
_EVENTS: dict[int, str] = {
    MessageType.AlarmOn: "alarm_on",
    MessageType.AlarmOff: "alarm_off",
    MessageType.CardRemoval: "card_removed",
    MessageType.FunctionKey: "function_key",
    MessageType.Logs: "log",
}


def report(messages: Sequence[Message], *, buffered: Iterable[bool] = (), inferred: bool) -> list[Read | Event | State]:
    """Reads, events and states for messages in the order of their presentation.

    Args:
        messages: in this order.
        buffered: for each message, whether it may be old; none: all are fresh.
        inferred: the order is not the reader's word, but concluded from its last-in-first-out buffer.
    """
    marks = list(buffered) or [False] * len(messages)
    items: list[Read | Event | State] = []
    for message, old in zip(messages, marks, strict=True):
        items += _items(message, buffered=old, inferred=inferred)
    return items


def _items(message: Message, *, buffered: bool, inferred: bool) -> list[Read | Event | State]:
    data = content(message.data)
    if inferred:
        data["order"] = "inferred"
    kind = _KINDS.get(message.type)
    if kind is not None and message.data:
        return [Read(data["text"] if "text" in data else data["data_hex"], kind, data, _SENSITIVE, buffered=buffered)]
    event_type = "empty_card" if kind is Kind.CARD else "message"
    if message.type in _EVENTS:
        event_type = _EVENTS[message.type]
    if event_type in {"message", "empty_card"}:
        data["message_type"] = message.type
    event = Event(event_type, data, _SENSITIVE, buffered=buffered)
    if message.type in {MessageType.AlarmOn, MessageType.AlarmOff}:
        return [event, State({"tamper": message.type == MessageType.AlarmOn})]
    return [event]


def content(data: bytes) -> JsonObject:
    """The bytes in hex, and as text if every one is printable ASCII."""
    told: JsonObject = {"data_hex": data.hex().upper()}
    if data and all(0x20 <= byte < 0x7F for byte in data):
        told["text"] = data.decode("ascii")
    return told
