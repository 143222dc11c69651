"""Everything behind the card: the mechanism with its condition, its commands, its paper, and its answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from readers_bridge.families.star.simulator import asb
from readers_bridge.families.star.simulator.composer import Composer
from readers_bridge.families.star.simulator.condition import Condition
from readers_bridge.families.star.simulator.engine import Engine
from readers_bridge.families.star.simulator.escpos_interpreter import EscPosInterpreter
from readers_bridge.families.star.simulator.escpos_language import LANGUAGE as ESC_POS
from readers_bridge.families.star.simulator.escpos_language import REAL_TIME as ESC_POS_REAL_TIME
from readers_bridge.families.star.simulator.frames import Frames
from readers_bridge.families.star.simulator.jobs import Job
from readers_bridge.families.star.simulator.roll import Buzz, Item, Kick, Line, Roll
from readers_bridge.families.star.simulator.settings import Replies, Settings
from readers_bridge.families.star.simulator.star_interpreter import StarInterpreter
from readers_bridge.families.star.simulator.star_language import REAL_TIME as STAR_REAL_TIME
from readers_bridge.families.star.simulator.star_language import language
from readers_bridge.families.star.simulator.tcp import Session
from readers_bridge.families.star.simulator.tokens import Tokenizer
from readers_bridge.families.star.simulator.transcript import lines_of
from readers_bridge.families.star.typedefs import Emulation, Peripheral

_DOT_IMPACT_CELL = 5
_JOBS = 1000
_ALWAYS_WRAPPED = frozenset({"01", "02", "19"})


class Surroundings(Protocol):
    """The card around it."""

    def say(self, what: str, text: str, **data: Any) -> None: ...
    def print_sessions(self) -> list[Session]: ...
    def reset(self) -> None: ...


class Mechanism:
    """What prints.

    Attributes:
        pushes: whether status frames are sent when the status changes.
        is_damaged: whether a buzzer command was given with a drawer on the socket.
    """

    def __init__(self, settings: Settings, surroundings: Surroundings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self.condition = Condition(settings.paper, settings.near_end)
        self.roll = Roll()
        self.jobs: list[Job] = []
        self.pushes = settings.pushes_asb
        self.is_damaged = False
        self.frames = Frames(settings, self.condition)
        self._around = surroundings
        self._clock = clock
        self._sessions: dict[int, Session] = {}
        self._noisy: set[Session] = set()
        cell = _DOT_IMPACT_CELL if settings.emulation is Emulation.STAR_DOT else None
        self._composer = Composer(settings.line_dots, self.condition, self.roll, self._put, cell=cell)
        is_star = settings.has_star_status
        tokenizer = Tokenizer(language(settings.emulation) if is_star else ESC_POS)
        real_time = STAR_REAL_TIME if is_star else ESC_POS_REAL_TIME
        self.engine = Engine(settings, self.condition, self._composer, tokenizer, real_time)
        interpreter = StarInterpreter if is_star else EscPosInterpreter
        self.interpreter = self.engine.interpreter = interpreter(settings, self._composer, self)
        self.engine.on_discarded = self._discarded

    def power_on(self) -> None:
        """As after power-up: what was not printed is lost, and the counters begin anew."""
        self.engine.reset()
        self.interpreter.power_on()
        self.clear_etb()
        self._sessions.clear()
        self._noisy.clear()
        self.pushes = self.settings.pushes_asb

    def take(self, session: Session, data: bytes) -> None:
        """Bytes of a host."""
        job = self._job_of(session)
        job.take(data)
        self.engine.take(data, job)

    def ended(self, session: Session) -> None:
        """A host is gone."""
        self._noisy.discard(session)
        for number, known in list(self._sessions.items()):
            if known is session:
                self._job(number).ended = True
                del self._sessions[number]

    def send(self, session: Session, data: bytes) -> None:
        """Send to a host, the first time after some noise where that is asked for."""
        if self.settings.noise and session not in self._noisy:
            self._noisy.add(session)
            data = self.settings.noise + data
        session.send(data)

    def push(self, *, even_if_unchanged: bool = False) -> None:
        """Send the status to every host, if frames are on."""
        if self.pushes and (even_if_unchanged or self.frames.has_changed):
            frame = self.frames.take()
            for session in self._around.print_sessions():
                self.send(session, frame)

    # What an interpreter asks.

    def answer(self, data: bytes, kind: str = "") -> None:
        if kind in _ALWAYS_WRAPPED or (kind and self.settings.print_end is Replies.WRAPPED):
            data = self.frames.wrapped(kind, data)
        self._answer(data)

    def print_end(self, number: int, counter: int) -> None:
        if self.engine.job is not None:
            self.engine.job.print_ends.append(number)
        self._around.say("print_end", f"job {number} printed, counter {counter}", number=number, counter=counter)

    def kick(self, drawer: int, on: int, off: int, *, immediate: bool = False) -> None:
        self._composer.put(Kick(drawer, self._clock(), on, off, immediate))

    def buzz(self, *numbers: int) -> None:
        self._composer.put(Buzz(self._clock(), numbers))
        if self.settings.peripheral is Peripheral.DRAWER:
            self.is_damaged = True
            self._around.say("damage", "a buzzer's pulses damaged the drawer")

    def unknown(self, data: bytes, why: str = "") -> None:
        if self.engine.job is not None:
            self.engine.job.unknown.append(data)
        text = data[:40].hex(" ").upper()
        self._around.say("unknown", f"unknown command {text}" + (f" ({why})" if why else ""), data=text, why=why)

    def etb(self) -> None:
        self.condition.etb_counter = (self.condition.etb_counter + 1) % 32
        self.condition.etb_executed = True
        if self.engine.job is not None:
            self.engine.job.etbs += 1
        self._around.say("etb", f"ETB counter {self.condition.etb_counter}", counter=self.condition.etb_counter)
        self.push()

    def clear_etb(self) -> None:
        self.condition.etb_counter = 0
        self.condition.etb_executed = False

    def enq(self) -> None:
        status = asb.enq(self.condition, buffer_empty=self.engine.is_empty)
        self.answer(bytes((status,)), "01")

    def eot(self) -> None:
        self.answer(bytes((asb.eot(self.condition),)), "02")

    def send_asb(self) -> None:
        self._answer(self.frames.take())

    def set_asb(self, on: bool) -> None:  # noqa: FBT001 - as one says it
        self.pushes = on
        if not self.settings.has_star_status:
            self.push(even_if_unchanged=True)

    def document(self, *, starts: bool) -> None:
        self.engine.document(starts=starts)

    def reset(self) -> None:
        self._around.reset()

    # Inside.

    def _answer(self, data: bytes) -> None:
        session = None if self.engine.job is None else self._sessions.get(self.engine.job.number)
        if session is not None:
            self.send(session, data)

    def _job_of(self, session: Session) -> Job:
        for number, known in self._sessions.items():
            if known is session:
                return self._job(number)
        job = Job(self.jobs[-1].number + 1 if self.jobs else 1, session.source)
        self.jobs.append(job)
        del self.jobs[:-_JOBS]
        self._sessions[job.number] = session
        return job

    def _job(self, number: int) -> Job:
        return self.jobs[number - self.jobs[0].number]

    def _put(self, item: Item) -> None:
        lines = list(lines_of(item, self.settings.columns))
        what = "line" if isinstance(item, Line) else type(item).__name__.lower()
        data: dict[str, Any] = {"printed": lines[0]} if lines else {}
        if isinstance(item, Kick):
            data |= {"drawer": item.drawer, "on": item.on, "off": item.off, "immediate": item.immediate}
        if what != "feed":
            self._around.say(what, f"| {lines[0]}" if lines else "|", **data)

    def _discarded(self, count: int, why: str) -> None:
        self._around.say("discarded", f"{count} bytes discarded after an error, until {why}", bytes=count)
