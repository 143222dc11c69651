"""What the bridge publishes of a reader's messages: reads, events and state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from readers_bridge.families.transcore import aei
from readers_bridge.families.transcore.clock_offset import ClockOffset
from readers_bridge.families.transcore.messages import (
    Auxiliary,
    Copyright,
    ErrorMessage,
    Message,
    Report,
    RfStatus,
    SignOn,
    Tag,
    is_answer,
)
from readers_bridge.families.transcore.report_rules import ReportRule, mapped
from readers_bridge.families.transcore.rf_status import rf_status_of
from readers_bridge.model import Event, Json, JsonObject, Kind, Read, State

SENSITIVE = frozenset({"raw", "hex", "mark", "number", "security"})
"""Keys of a read's ``data`` that tell the credential."""

SENSITIVE_EVENT = frozenset({"raw", "text"})
"""Keys of an event's ``data`` that may hold a tag: nobody knows what an unknown text says."""

ERRORS = {"06": "the RF frequency is not set, so the reader's radio is off (MPRX User Guide, page 48)"}
"""What is documented; 07, 08 and 11 exist (MPRX System Guide, page 6-4), but their meaning is not."""

BOOT_MODE = "the reader runs its boot program only: its flash is damaged, so it reads nothing"

BUFFER_OVERFLOW = "buffer_overflow"
"""The event type that a rule may give to the report of a full buffer, whose text the guides do not print."""

REFUSED = "the reader refused a command, and the bridge waits for no answer"

Items = list[Read | Event | State]


class Reporter:
    """Turns the messages of one reader into what is published."""

    def __init__(
        self,
        rules: Sequence[ReportRule],
        clock: ClockOffset,
        *,
        late_after: float,
        buffers: bool,
        count: Callable[[str], None],
        signed_on: Callable[[SignOn], None],
    ) -> None:
        """``late_after``: seconds from which a read is late; ``buffers``: the reader keeps what nobody takes; ``count`` takes
        the name of a counter.
        """
        self._rules = rules
        self.clock = clock
        self._late_after = late_after
        self._buffers = buffers
        self._count = count
        self._signed_on = signed_on
        self._problem = False

    def report(self, message: Message, *, old: bool, wall: float) -> Items:
        """What a message comes to. ``old``: it may have waited in the reader; ``wall``: when it came, in seconds since 1970."""
        match message:
            case Tag():
                if (event := self._mapped(message, old=old, wall=wall)) is not None:
                    return event
                return self._tag(message, old=old, wall=wall)
            case ErrorMessage(code=""):
                self._count("stray_answers")
                waited = self._waited(message.clock, old=old, wall=wall)
                data = {"code": "", "raw": message.text, "text": REFUSED, **_appended(message.clock, None)}
                return [Event("error", data, buffered=waited)]
            case ErrorMessage():
                return self._error(message, old=self._waited(message.clock, old=old, wall=wall))
            case SignOn():
                return self._sign_on(message)
            case Copyright():
                return []
            case RfStatus():
                return [State(radio(message.fields))]
            case Report() if is_answer(message):
                self._count("stray_answers")
                return self._report(message, old=old, wall=wall)
            case Report():
                return self._mapped(message, old=old, wall=wall) or self._report(message, old=old, wall=wall)

    def failed(self, code: str, text: str) -> Items:
        """A problem that the bridge found, as the reader's own ones are told."""
        self._problem = True
        return [Event("error", {"code": code, "text": text}), State({"problem": True, "last_error": text})]

    def begin(self) -> Items:
        """What the state says before the reader has told anything."""
        return [State({"problem": self._problem})]

    def clear(self) -> Items:
        """There is no problem any more."""
        if not self._problem:
            return []
        self._problem = False
        return [State({"problem": False})]

    # -- each kind

    def _tag(self, tag: Tag, *, old: bool, wall: float) -> Items:
        waited = self._waited(tag.clock, old=old, wall=wall)
        data: JsonObject = {}
        if (digits := aei.tag_hex(tag.id)) is not None:
            data["hex"] = digits
        if (decoded := aei.decode(tag.id)) is not None:
            data |= decoded.as_data()
        data |= _appended(tag.clock, tag.auxiliary)
        data["raw"] = tag.text
        read = Read(tag.id, Kind.VEHICLE, data, SENSITIVE, buffered=waited)
        return [read, *self.clear(), *self._values(tag.auxiliary, wall)]

    def _error(self, error: ErrorMessage, *, old: bool) -> Items:
        self._count("errors")
        self._problem = True
        meaning = ERRORS.get(error.code)
        data = {"code": error.code, "raw": error.text, **_appended(error.clock, None)}
        if meaning is not None:
            data["text"] = meaning
        told = f"Error{error.code}" + (f": {meaning}" if meaning else "")
        return [Event("error", data, buffered=old), State({"problem": True, "last_error": told})]

    def _sign_on(self, sign_on: SignOn) -> Items:
        self._count("restarts")
        self._signed_on(sign_on)
        data = {"model": sign_on.model, "version": sign_on.version, "serial": sign_on.serial, "raw": sign_on.text}
        items: Items = [Event("restarted", {key: value for key, value in data.items() if value}), *self.clear()]
        return [*items, *self.failed("boot_mode", BOOT_MODE)] if sign_on.boot else items

    def _mapped(self, message: Tag | Report, *, old: bool, wall: float) -> Items | None:
        found = mapped(self._rules, message.text)
        if found is None:
            return None
        event, groups = found
        if event == BUFFER_OVERFLOW:
            self._count("buffer_overflows")
        data = {**groups, "text": message.text, **_appended(message.clock, message.auxiliary)}
        waited = self._waited(message.clock, old=old, wall=wall)
        return [Event(event, data, SENSITIVE_EVENT, buffered=waited), *self._values(message.auxiliary, wall)]

    def _report(self, report: Report, *, old: bool, wall: float) -> Items:
        self._count("reports")
        data = {"text": report.text, **_appended(report.clock, report.auxiliary)}
        waited = self._waited(report.clock, old=old, wall=wall)
        return [Event("report", data, SENSITIVE_EVENT, buffered=waited), *self._values(report.auxiliary, wall)]

    def _waited(self, device: datetime | None, *, old: bool, wall: float) -> bool:
        if old:
            return not self.clock.fresh(device, wall, self._late_after)
        if self._buffers and self.clock.stale(device, wall, self._late_after):
            return True
        if device is not None:
            self.clock.heard(device, wall)
        return False

    def _values(self, auxiliary: Auxiliary | None, wall: float) -> Items:
        values: JsonObject = {}
        if auxiliary is not None:
            values |= inputs(auxiliary.inputs)
            values["reader_id"] = auxiliary.reader_id
        if (offset := self.clock.from_local(wall)) is not None:
            values["clock_offset"] = offset
        return [State(values)] if values else []


def inputs(bits: int) -> JsonObject:
    """Both inputs as the state has them; bit 0 is input 0."""
    return {"input_0": bool(bits & 1), "input_1": bool(bits & 2)}


def radio(fields: Mapping[str, str]) -> JsonObject:
    """The radio as the state has it."""
    status = rf_status_of(fields)
    found: dict[str, Json] = {"rf_on": status.rf_on, "frequency_mhz": status.frequency_mhz}
    if status.host_control is not None:
        found["rf_control"] = "host" if status.host_control else "presence"
    return {key: value for key, value in found.items() if value is not None}


def _appended(clock: datetime | None, auxiliary: Auxiliary | None) -> JsonObject:
    data: JsonObject = {}
    if clock is not None:
        data["device_time"] = clock.isoformat(timespec="milliseconds")
    if auxiliary is not None:
        data |= {
            "antenna": auxiliary.antenna,
            "reader_id": auxiliary.reader_id,
            "previous_reads": auxiliary.previous_reads,
            "inputs": auxiliary.inputs,
        }
        if auxiliary.strength is not None:
            data["strength"] = auxiliary.strength
    return data
