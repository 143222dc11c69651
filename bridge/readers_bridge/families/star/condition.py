"""A printer's condition as the bridge publishes it: values of the state, and events for what changed."""

from __future__ import annotations

from collections.abc import Mapping

from readers_bridge.families.star.status import Asb, EscPosStatus
from readers_bridge.model import Event, Json

Status = Asb | EscPosStatus

ERRORS = (
    "cover_open",
    "paper_end",
    "cutter_error",
    "non_recoverable_error",
    "head_hot",
    "mechanical_error",
    "head_up",
    "presenter_jam",
    "black_mark_error",
    "auto_recoverable_error",
    "offline",
)
"""Codes of what stops printing."""

_BITS = (
    "offline",
    "cover_open",
    "paper_end",
    "paper_near_end",
    "cutter_error",
    "head_hot",
    "non_recoverable_error",
    "mechanical_error",
    "head_up",
    "black_mark_error",
    "roll_position_error",
    "presenter_jam",
    "paper_present",
    "receive_buffer_overflow",
    "page_mode_error",
    "switch_offline",
)
_TOLD_OTHERWISE = frozenset({"cover_open", "paper_end", "offline"})
"""Errors with events of their own, and what goes along with every error."""

_EVENTS = (
    ("cover_open", "cover_opened", "cover_closed"),
    ("paper_near_end", "paper_near_end", None),
    ("paper_end", "paper_end", "paper_loaded"),
    ("drawer_open", "drawer_opened", "drawer_closed"),
)

UNKNOWN: Mapping[str, Json] = dict.fromkeys((*_BITS, "drawer_open", "error", "asb", "status_version", "presenter"))
"""The values of a printer that does not tell."""


def values(status: Status, *, invert_drawer: bool) -> dict[str, Json]:
    """The values of the state; None for what this kind of status does not tell."""
    told: dict[str, Json] = {name: getattr(status, name, None) for name in _BITS}
    contact = status.drawer_switch if isinstance(status, Asb) else status.drawer_pin
    told["drawer_open"] = contact != invert_drawer
    told["error"] = next(iter(status.errors), "none")
    told["asb"] = status.raw.hex().upper()
    told["status_version"] = status.version if isinstance(status, Asb) else None
    told["presenter"] = status.presenter if isinstance(status, Asb) else None
    return told


def changes(before: Mapping[str, Json], after: Mapping[str, Json], *, drawer: bool) -> list[Event]:
    """What happened between two known conditions; ``drawer``: whether a drawer is connected."""
    found = []
    for key, begins, ends in _EVENTS:
        was, is_now = before.get(key), after.get(key)
        if None in (was, is_now) or was == is_now or (key == "drawer_open" and not drawer):
            continue
        name = begins if is_now else ends
        if name is not None:
            found.append(Event(name))
    for code in ERRORS:
        was, is_now = before.get(code), after.get(code)
        if code not in _TOLD_OTHERWISE and None not in (was, is_now) and was != is_now:
            found.append(Event("error" if is_now else "error_cleared", {"code": code}))
    return found
