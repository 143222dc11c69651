"""Data in, print out: the receive buffer, the pace, documents, and what is discarded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from readers_bridge.families.star.simulator.composer import Composer
from readers_bridge.families.star.simulator.condition import Condition
from readers_bridge.families.star.simulator.jobs import Job
from readers_bridge.families.star.simulator.settings import Settings
from readers_bridge.families.star.simulator.tokens import Token, Tokenizer
from readers_bridge.simulation.timers import Timers

_AT_ONCE = 200
"""Commands that are done before others get their turn."""
END_DOCUMENT = b"\x1b\x1d\x03\x04"


class Interpreter(Protocol):
    """What does the commands."""

    ignored: int
    print_ends: int

    def power_on(self) -> None: ...
    def text(self, data: bytes) -> int: ...
    def execute(self, token: Token) -> None: ...
    def drop(self) -> None: ...


class Engine:
    """One printer's way from bytes to paper."""

    def __init__(
        self,
        settings: Settings,
        condition: Condition,
        composer: Composer,
        tokenizer: Tokenizer,
        real_time: frozenset[str],
    ) -> None:
        self.lines_per_second = settings.lines_per_second
        self.bytes_per_second = settings.bytes_per_second
        self.job: Job | None = None
        """That whose command is being done."""
        self.in_document = False
        self.is_discarding = False
        self.on_room: Callable[[], None] = lambda: None
        self.on_progress: Callable[[], None] = lambda: None
        self.on_discarded: Callable[[int, str], None] = lambda _count, _why: None
        self.interpreter: Interpreter
        self._settings = settings
        self._condition = condition
        self._composer = composer
        self._tokenizer = tokenizer
        self._real_time = real_time
        self._queue: deque[tuple[Token, Job]] = deque()
        self._queued = 0
        self._timers = Timers()
        self._discarded = 0

    @property
    def queued(self) -> int:
        """Bytes that wait."""
        return self._queued + self._tokenizer.pending

    @property
    def is_empty(self) -> bool:
        """Whether no command waits."""
        return not self._queue

    @property
    def has_room(self) -> bool:
        """Whether the buffer takes more."""
        return self._queued < max(1, self._settings.buffer)

    def take(self, data: bytes, job: Job) -> None:
        """Bytes of a job; what is real-time acts at once."""
        for token in self._tokenizer.feed(data):
            if token.name in self._real_time:
                self._do(token, job)
            else:
                self._queue.append((token, job))
                self._queued += len(token.data)
        self.wake()

    def wake(self) -> None:
        """Something changed: go on if it is possible."""
        if self._condition.is_offline and self.in_document and not self.is_discarding:
            self._begin_to_discard()
        if self.is_discarding:
            self._discard()
        if self._queue and self._condition.may_print and "step" not in self._timers:
            self._timers.set("step", 0.0, self._step)

    def reset(self) -> None:
        """As after power-up: everything that was not printed is lost."""
        self._timers.cancel("step", "document")
        self._queue.clear()
        self._queued = 0
        self._discarded = 0
        self.in_document = self.is_discarding = False
        self._tokenizer.reset()

    def document(self, *, starts: bool) -> None:
        """Start document, or End document."""
        self.in_document = starts

    def _step(self) -> None:
        for _ in range(_AT_ONCE):
            if not self._queue or not self._condition.may_print:
                break
            token, job = self._queue.popleft()
            self._queued -= len(token.data)
            before = self._composer.lines
            rest = self._do(token, job)
            if rest is not None:
                self._queue.appendleft((rest, job))
                self._queued += len(rest.data)
            wait = self._time(self._composer.lines - before, len(token.data))
            if wait:
                self._timers.set("step", wait, self._step)
                break
        else:
            self._timers.set("step", 0.0, self._step)
        if self.has_room:
            self.on_room()
        self.on_progress()
        self.wake()

    def _time(self, lines: float, size: int) -> float:
        printing = lines / self.lines_per_second if self.lines_per_second else 0.0
        receiving = size / self.bytes_per_second if self.bytes_per_second else 0.0
        return max(printing, receiving)

    def _do(self, token: Token, job: Job) -> Token | None:
        """Do it; what is left of a text whose paper ended."""
        self.job = job
        self._composer.job = job.number
        if token.name != "text":
            self.interpreter.execute(token)
            return None
        taken = self.interpreter.text(token.data)
        return Token("text", token.data[taken:]) if taken < len(token.data) else None

    def _begin_to_discard(self) -> None:
        self.is_discarding = True
        self._discarded = 0
        self.interpreter.drop()
        self._timers.set("document", self._settings.document_timeout, self._release)

    def _discard(self) -> None:
        while self._queue:
            token, job = self._queue.popleft()
            self._queued -= len(token.data)
            if token.data.startswith(END_DOCUMENT):
                self._end_discarding("End document")
                return
            self._discarded += len(token.data)
            job.discarded += len(token.data)
        self.on_room()

    def _release(self) -> None:
        self._end_discarding(f"{self._settings.document_timeout:g} s without End document")
        self.wake()

    def _end_discarding(self, why: str) -> None:
        self._timers.cancel("document")
        self.in_document = self.is_discarding = False
        self.on_discarded(self._discarded, why)
        self.on_room()
