"""The reader behind its line: tags, inputs, modes, the buffer."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from readers_bridge.families.transcore.simulator.parameters import factory
from readers_bridge.families.transcore.simulator.records import Counts, Kind, Memory, Record
from readers_bridge.families.transcore.simulator.rf_status import rf_status
from readers_bridge.families.transcore.simulator.settings import Settings
from readers_bridge.families.transcore.typedefs import Profile, Protocol

REMEMBERED = 200_000
"""Messages whose fate can be asked for, the newest."""

UNIQUE_FOR = {1: 120.0, 2: 15.0, 3: 30.0}
"""Seconds of the uniqueness time-out, by its code in RFST."""


class Device:
    """One reader, whatever its line. ``tell`` is called for what happens, ``clock`` gives seconds that never jump."""

    def __init__(self, settings: Settings, tell: Callable[..., None], clock: Callable[[], float]) -> None:
        self.settings = settings
        self.now = factory(settings)
        self.saved = replace(self.now)
        self.counts = Counts()
        self.memory = Memory(settings.buffer)
        self.records: deque[Record] = deque(maxlen=REMEMBERED)
        """What was accepted, oldest first."""
        self.signing_on: deque[Record] = deque()
        """What comes before the buffer: the sign-on, which is made anew at every start."""
        self.powered = False
        self.command_mode = False
        self.presence = settings.presence
        self.inputs = settings.inputs
        self.power_failed = settings.power_failed
        self.handshakes: Counter[int] = Counter()
        """Reads, by antenna."""
        self.checks: list[int] = []
        """The check tags fired, by the last digit of command 811N."""
        self._tell = tell
        self._clock = clock
        self._ahead = timedelta()
        self._previous_reads: dict[int, int] = {}
        self._recent: dict[int, deque[str]] = {}
        self._recent_at: dict[tuple[int, str], float] = {}
        self._read_since_presence = True

    # power and modes

    def power_on(self, *, sign_on: bool = True) -> None:
        """The reader starts, with what it stored."""
        self.powered = True
        self.command_mode = False
        self.now = replace(self.saved)
        self.reset_uniqueness()
        self._previous_reads.clear()
        self.signing_on.clear()
        if sign_on:
            texts = [self.settings.signing_on]
            if not self.settings.boot_rom:
                texts.append(self.settings.copyright)
            self.signing_on.extend(Record(Kind.SIGN_ON, text, self._clock()) for text in texts)
        self.attempt_rf()

    def power_off(self) -> None:
        """The power fails; buffer, clock and stored parameters stay."""
        self.powered = False
        self.power_failed = True
        self.signing_on.clear()

    def enter_command_mode(self) -> None:
        """RF goes off."""
        self.command_mode = True
        self._tell("mode", "command mode", mode="command")

    def leave_command_mode(self) -> None:
        """Parameters are stored, RF goes on."""
        self.saved = replace(self.now)
        self.command_mode = False
        self._tell("mode", "data mode", mode="data")
        self.attempt_rf()

    def restart(self) -> None:
        """Command 63: like a power cycle, but the buffer is cleared, and the power-fail bit too."""
        for record in self.memory.clear():
            self.counts.cleared += record.tag is not None
        self.power_on(sign_on=False)
        self.power_failed = False

    @property
    def rf_switched_on(self) -> bool:
        """As in RFST: what presence or the host say, whatever the mode."""
        p = self.now
        if p.frequency is None or self.settings.boot_rom:
            return False
        return self.presence if p.presence_control or p.mprx_mode else p.rf_on

    @property
    def reading(self) -> bool:
        """Whether a tag would be read."""
        return self.powered and not self.command_mode and self.rf_switched_on

    def attempt_rf(self) -> None:
        """RF is switched on: without a frequency that is Error06."""
        if self.now.frequency is None:
            self.error("06")

    # what comes by

    def present(self, tag: str, *, antenna: int = 0, reads: int = 4, strength: str | None = None) -> bool:
        """A tag comes by, and would be read ``reads`` times; whether it was accepted."""
        self.counts.presented += 1
        if not self.reading:
            self.counts.missed += 1
            self._tell("missed", f"tag {tag!r} missed, RF is off", tag=tag)
            return False
        self.handshakes[antenna] += reads
        if reads <= self.now.valid_reads:
            self.counts.invalid += 1
            self._tell("invalid", f"tag {tag!r} not valid after {reads} reads", tag=tag)
            return False
        self._read_since_presence = True
        previous, self._previous_reads[antenna] = self._previous_reads.get(antenna, 0), reads
        if not self._unique(antenna, tag):
            self.counts.repeated += 1
            self._tell("repeated", f"tag {tag!r} is not unique", tag=tag)
            return False
        text = tag + self._appendix(antenna, min(previous, 0xFF), strength)
        record = Record(Kind.TAG, text, self._clock(), tag)
        if not self._keep(record):
            self.counts.overflowed += 1
            self._tell("overflow", f"tag {tag!r} lost, the buffer is full", tag=tag)
            return False
        self.counts.accepted += 1
        self._tell("tag", f"tag {tag!r}", tag=tag)
        return True

    def set_input(self, number: int, on: bool) -> None:  # noqa: FBT001 - a level
        """An input changes."""
        bit = 1 << number
        if bool(self.inputs & bit) == on:
            return
        self.inputs ^= bit
        if self.now.input_reports & bit and self.powered and not self.command_mode:
            level = "on" if on != self.now.inversion else "off"
            self.report(self.settings.input_text.format(input=number, level=level))

    def set_presence(self, there: bool) -> None:  # noqa: FBT001 - as one says it
        """A vehicle comes (RF goes on where presence controls it), or has gone."""
        if self.presence == there:
            return
        was_reading = self.reading
        self.presence = there
        if there:
            self._read_since_presence = False
            self.attempt_rf()
        elif self.now.presence_reports and not self._read_since_presence and was_reading:
            self.report(self.settings.presence_text)

    def report(self, text: str) -> None:
        """A report, which is treated like a tag."""
        if self.powered:
            self._extra(
                Record(Kind.REPORT, text + self._appendix(0, self._previous_reads.get(0, 0), None), self._clock())
            )

    def error(self, code: str) -> None:
        """An error message: with the time, but never with auxiliary data."""
        if self.powered:
            self._extra(Record(Kind.ERROR, f"Error{code}" + self._time(), self._clock()))

    def heartbeat(self) -> None:
        """The periodic report: the answer to command 527, unless something else waits to be sent."""
        if self.memory.first is None:
            self._extra(
                Record(Kind.STATUS, rf_status(self.now, on=self.rf_switched_on, newer=self.encompass), self._clock())
            )

    def room_again(self) -> None:
        """A message has left the buffer."""
        if self.memory.overflowed():
            self.report(self.settings.overflow_text)

    # the reader's clock

    @property
    def time(self) -> datetime:
        """What the reader's own clock shows."""
        return self.settings.clock() + self._ahead

    @time.setter
    def time(self, time: datetime) -> None:
        self._ahead = time - self.settings.clock()

    @property
    def shown_time(self) -> str:
        """As in messages and in the answer to command 22."""
        time = self.time
        return f"{time:%H:%M:%S}.{time.microsecond // 10_000:02d} {time:%m/%d/%y}"

    def reset_uniqueness(self) -> None:
        """Every tag is new."""
        self._recent.clear()
        self._recent_at.clear()

    def _unique(self, antenna: int, tag: str) -> bool:
        if self.now.separation is None:
            return True
        recent = self._recent.setdefault(antenna, deque(maxlen=4))
        now = self._clock()
        known = tag in list(recent)[-1 - self.now.separation :]
        if known and now < self._recent_at.get((antenna, tag), now) + UNIQUE_FOR[self.now.unique_code]:
            return False
        recent.append(tag)
        self._recent_at[antenna, tag] = now
        return True

    def _appendix(self, antenna: int, previous: int, strength: str | None) -> str:
        text = self._time()
        if self.now.auxiliary:
            text += f"%{self.now.reader_id:02X}-{antenna:X}-{previous:02X}-{self.inputs}"
            if strength is not None and self.now.mprx_mode:
                text += f"-{strength}"
        return text

    def _time(self) -> str:
        return f"&{self.shown_time}" if self.now.time else ""

    def _extra(self, record: Record) -> None:
        self.counts.reports += 1
        self._keep(record)
        self._tell("report", f"report {record.content!r}", message=record.content)

    def _keep(self, record: Record) -> bool:
        if not self.memory.put(record):
            return False
        self.records.append(record)
        return True

    @property
    def encompass(self) -> bool:
        """Whether what only Encompass readers have is there."""
        return self.settings.profile is Profile.ENCOMPASS

    @property
    def protocol(self) -> Protocol:
        """In use now."""
        return self.now.protocol
