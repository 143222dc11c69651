"""What happens in a reader that runs scripts. Every ``time`` is in seconds, exact to the millisecond."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PortChanged:
    """A port went on or off. The first time that a port is switched counts always: nobody knows its state before."""

    time: float
    port: int
    on: bool


@dataclass(frozen=True, slots=True)
class MessageSent:
    """SendMsg: message ``id`` of key 0x0502 went to a protocol."""

    time: float
    type: int
    id: int
    protocol: int


@dataclass(frozen=True, slots=True)
class CardMessageSent:
    """SendCardMsg."""

    time: float


@dataclass(frozen=True, slots=True)
class DefaultActionDone:
    """The reader did what it does at this event by itself."""

    time: float
    event: int


@dataclass(frozen=True, slots=True)
class Traced:
    """Trace wrote a code to the debug interface."""

    time: float
    code: int


@dataclass(frozen=True, slots=True)
class TimerSet:
    """SetTimer. ``due``: when the timer fires; None: it was cancelled."""

    time: float
    timer: int
    due: float | None


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer was due."""

    time: float
    timer: int


@dataclass(frozen=True, slots=True)
class VariableChanged:
    """A global state variable has another value than before."""

    time: float
    variable: int
    value: bool


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """The stored script of an event began, because of Run or of a timer."""

    time: float
    event: int


Happening = (
    PortChanged
    | MessageSent
    | CardMessageSent
    | DefaultActionDone
    | Traced
    | TimerSet
    | TimerFired
    | VariableChanged
    | ScriptRun
)
