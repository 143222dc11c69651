"""The events to which a script can be assigned: the values of configuration key 0x0501, Scripts / Events.

Sources: docs.baltech.de, refman/cfg/scripts/events; baltech-sdk 5.2026.10, ``Scripts_Events_*``.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

EVENTS_KEY = 0x0501
"""Configuration key whose values are the scripts."""

MESSAGES_KEY = 0x0502
"""Configuration key whose values are the messages that SendMsg sends."""


@dataclass(frozen=True, slots=True)
class ScriptEvent:
    """An event: its value id, the manufacturer's name, and what the reader does when no script is stored."""

    id: int
    name: str
    default_action: str = ""
    danger: str = ""
    """Why a script here needs to be confirmed; empty for most."""


def _series(first: int, name: str, count: int, default_action: str = "") -> list[ScriptEvent]:
    return [ScriptEvent(first + n, f"{name}[{n}]", default_action) for n in range(count)]


def _outputs(first: int, name: str, default_action: str) -> list[ScriptEvent]:
    ports = {0: "GreenLed", 1: "RedLed", 2: "Beeper", 3: "Relay", 6: "BlueLed"}
    return [ScriptEvent(first + port, f"{name}{words}", default_action) for port, words in ports.items()]


def _named(first: int, *names: str) -> list[ScriptEvent]:
    return [ScriptEvent(first + n, name) for n, name in enumerate(names)]


_EVENTS = [
    *_series(0x00, "OnSetState", 4),
    *_series(0x04, "OnSetInput", 2),
    ScriptEvent(0x07, "OnSetTamperAlarm", "sends the message AlarmOn"),
    *_series(0x08, "OnSetGpio", 6),
    *_series(0x20, "OnClearState", 4),
    *_series(0x24, "OnClearInput", 2),
    ScriptEvent(0x27, "OnClearTamperAlarm", "sends the message AlarmOff"),
    *_series(0x28, "OnClearGpio", 6),
    *_series(0x30, "OnKeypressF", 4),
    *_named(0x34, "OnKeypressEsc", "OnKeypressClear", "OnKeypressMenu", "OnKeypressOk"),
    *_named(0x3A, "OnKeypressStar", "OnKeypressSharp"),
    ScriptEvent(0x3C, "OnPinEntry", "sends the PIN"),
    ScriptEvent(
        0x40,
        "OnDetectedCard",
        "goes on with the Autoread rules",
        "without DefaultAction the reader reads no card any more",
    ),
    *_series(0x41, "OnMatchMsg", 3, "sends the message"),
    ScriptEvent(0x44, "OnAccepted", "sends the card's message"),
    ScriptEvent(0x45, "OnInvalidCard"),
    ScriptEvent(0x46, "OnEnabledProtocol"),
    ScriptEvent(
        0x47,
        "OnBlackWhiteListDenied",
        "denies the card",
        "without DefaultAction a card that is not allowed is accepted",
    ),
    *_outputs(0x48, "OnSet", "switches it on"),
    *_outputs(0x50, "OnClear", "switches it off"),
    *_series(0x60, "OnCustomEvent", 3),
    *_series(0x68, "OnTimer", 3),
    ScriptEvent(0x70, "OnConfigCardSucceeded", "beeps for 0.7 s, green LED for 6 s"),
    ScriptEvent(0x71, "OnConfigCardFailed", "beeps 7 to 9 times, red LED for 6 s"),
    ScriptEvent(0x72, "OnPowerup"),
    ScriptEvent(0x73, "OnAutoreadEnabled"),
    ScriptEvent(0x74, "OnAutoreadDisabled"),
    ScriptEvent(0x75, "OnScan", "scans for a card", "without DefaultAction the reader stops reading"),
    ScriptEvent(0x76, "OnDetectedNoCard"),
    ScriptEvent(0x77, "OnCheckSuppressRepeat", "suppresses the repeat"),
    ScriptEvent(0x78, "OnBrpCommand", "", "it runs at every command of a host, and so at every poll of the bridge"),
    ScriptEvent(0x79, "OnCardRemoved"),
    ScriptEvent(0x7A, "OnCardProcessed"),
    ScriptEvent(0x7B, "OnCardAcceptedByHost"),
    ScriptEvent(0x7C, "OnCardDeniedByHost"),
    *_named(0x90, "OnNetworkBooted", "OnLinkedNoPort", "OnLinkedNetworkPort", "OnLinkedDevicePort", "OnLinkedAllPorts"),
    *_named(0x95, "OnWaitingForDHCP", "OnSearchingForHost", "OnUDPConnectFailure", "OnHostConnectFailure"),
    *_named(0x99, "OnStaticIPFailure", "OnHostFound"),
    ScriptEvent(0xA2, "OnBleNoAlert", "switches the blue LED off"),
    ScriptEvent(0xA3, "OnBleMildAlert", "switches the blue LED on"),
    ScriptEvent(0xA4, "OnBleHighAlert", "toggles the blue LED every 500 ms"),
]

EVENTS: Mapping[int, ScriptEvent] = {event.id: event for event in _EVENTS}
"""Every event, by its value id."""


def _plain(name: str) -> str:
    return re.sub(r"[\[\]\s_]", "", name).lower()


_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]{1,4}|[0-9]{1,5}")
_BY_NAME = {_plain(event.name): event for event in _EVENTS}


def event_named(text: str) -> ScriptEvent:
    """The event of this name (``OnAccepted``, ``OnTimer[0]``, ``OnTimer0``) or number (``0x44``, ``68``).

    Raises:
        ValueError: there is none; the text suggests one.
    """
    name = text.strip()
    if _NUMBER.fullmatch(name):
        number = int(name, 16 if "x" in name.lower() else 10)
        if number in EVENTS:
            return EVENTS[number]
        raise ValueError(f"there is no event {number:#04x}; see readers-bridge script --help for the events")
    found = _BY_NAME.get(_plain(name))
    if found is not None:
        return found
    close = difflib.get_close_matches(_plain(name), _BY_NAME, 1)
    hint = f"did you mean {_BY_NAME[close[0]].name}?" if close else "names are the manufacturer's, as OnAccepted"
    raise ValueError(f"there is no event {name or 'without a name'}; {hint}")
