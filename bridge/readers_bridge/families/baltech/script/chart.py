"""A timeline as a chart for a terminal, in ASCII."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from readers_bridge.families.baltech.script.events import EVENTS
from readers_bridge.families.baltech.script.happenings import (
    CardMessageSent,
    DefaultActionDone,
    Happening,
    MessageSent,
    PortChanged,
    ScriptRun,
    TimerFired,
    TimerSet,
    Traced,
    VariableChanged,
)
from readers_bridge.families.baltech.script.interpreter import Ending
from readers_bridge.families.baltech.script.timeline import Timeline, event_name, name
from readers_bridge.families.baltech.typedefs import IoPort, MessageType, ProtocolID

ON, OFF, BOTH, UNTOUCHED = "#", "_", ":", " "

TICK = 10
"""Columns from one number of the axis to the next."""

NARROWEST = 40

LISTED = 50
"""Changes of a port, and other happenings, that are listed; of more, the number is told."""

_FIXED = "\xa0"
"""A blank at which no line is broken."""

_ENDINGS = {
    Ending.DONE: "The script ran to its end.",
    Ending.DEFAULT_ACTION: "DefaultAction ended the script.",
    Ending.RUNTIME_ERROR: "A runtime error ended the script.",
}


def chart(timeline: Timeline, width: int = 80) -> str:
    """Each port that is switched over time, then all that happens in words, in lines of at most ``width`` columns (40 or more).

    Without a line end after the last line.
    """
    width = max(width, NARROWEST)
    parts = [
        _drawing(timeline, width),
        _wrapped((_changes(port, changes) for port, changes in timeline.ports.items()), width),
        _wrapped(_listed([_line(h) for h in timeline.happenings if not isinstance(h, PortChanged)]), width),
        _wrapped(_summary(timeline), width),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines).replace(_FIXED, " ")


def _drawing(timeline: Timeline, width: int) -> list[str]:
    last = max((_ms(change.time) for changes in timeline.ports.values() for change in changes), default=0)
    if not last:
        return []
    labels = {port: name(IoPort, port) for port in timeline.ports}
    margin = max(len("seconds"), *map(len, labels.values())) + 2
    column = _column(last, width - margin)
    columns = min(width - margin, max(TICK + 1, last // column + 1 + TICK // 2))
    numbers = "".join(_seconds(column * n).ljust(TICK) for n in range(0, columns, TICK))
    rows = [
        f"{'seconds':<{margin}}{numbers}"[:width].rstrip(),
        " " * margin + "".join("-" if n % TICK else "|" for n in range(columns)),
    ]
    for port, changes in timeline.ports.items():
        cells = _cells(changes, column, columns, on=port in timeline.on)
        rows.append(f"{labels[port]:<{margin}}{cells}".rstrip())
    return [*rows, f"{ON} on  {OFF} off  {BOTH} both  ({_seconds(column)} s a column)"]


def _column(last: int, room: int) -> int:
    """Milliseconds of a column, so that there is room for all and for a bit after the last change."""
    tens = 1
    while True:
        for column in (tens, 2 * tens, 5 * tens):
            if last // column + 1 + TICK // 2 <= room:
                return column
        tens *= 10


def _cells(changes: Sequence[PortChanged], column: int, columns: int, *, on: bool) -> str:
    state = ON if on else UNTOUCHED
    cells = []
    index = 0
    for number in range(columns):
        begin, end = number * column, (number + 1) * column
        seen = {state}
        while index < len(changes) and (at := _ms(changes[index].time)) < end:
            state = ON if changes[index].on else OFF
            if at == begin:
                seen.clear()
            seen.add(state)
            index += 1
        seen.discard(UNTOUCHED)
        cells.append(BOTH if len(seen) > 1 else next(iter(seen), UNTOUCHED))
    return "".join(cells)


def _changes(port: int, changes: Sequence[PortChanged]) -> str:
    words = [f"{'on' if change.on else 'off'}{_FIXED}{change.time}{_FIXED}s" for change in changes]
    more = len(words) - LISTED
    return f"{name(IoPort, port)}: {', '.join(words[:LISTED])}{f' and {more} more' if more > 0 else ''}"


def _listed(lines: Sequence[str]) -> list[str]:
    more = len(lines) - LISTED
    return [*lines[:LISTED], f"and {more} more"] if more > 0 else list(lines)


def _line(happening: Happening) -> str:
    return f"{happening.time} s: {_words(happening)}"


def _words(happening: Happening) -> str:
    match happening:
        case PortChanged(_, port, on):
            return f"{name(IoPort, port)} {'on' if on else 'off'}"
        case MessageSent(_, message_type, message, protocol):
            return f"message {message} as {name(MessageType, message_type)} to {name(ProtocolID, protocol)}"
        case CardMessageSent():
            return "the card's message"
        case DefaultActionDone(_, event):
            done = EVENTS[event].default_action if event in EVENTS else ""
            return f"default action of {event_name(event)}: {f'the reader {done}' if done else 'nothing'}"
        case Traced(_, code):
            return f"trace {code:02X}"
        case TimerSet(_, timer, due):
            return f"timer {timer} cancelled" if due is None else f"timer {timer} set, due at {due} s"
        case TimerFired(_, timer):
            return f"timer {timer} fires"
        case VariableChanged(_, variable, value):
            return f"variable {variable} {'set' if value else 'cleared'}"
        case ScriptRun(_, event):
            return f"the script of {event_name(event)} runs"


def _summary(timeline: Timeline) -> Iterator[str]:
    yield _ENDINGS[timeline.ending] + ("" if timeline.default_action else " No default action.")
    if timeline.variables:
        yield f"Variables set in the end: {', '.join(map(str, sorted(timeline.variables)))}"
    if timeline.truncated:
        last = timeline.happenings[-1].time if timeline.happenings else 0.0
        yield f"It goes on; shown is what happens up to {last} s."


def _wrapped(lines: Iterator[str] | Sequence[str], width: int) -> list[str]:
    return [
        row for line in lines for row in textwrap.wrap(line, width, subsequent_indent="    ", break_on_hyphens=False)
    ]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.12g}"
