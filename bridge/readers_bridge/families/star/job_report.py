"""How far a job got, for its result: the truth, and whether it may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from readers_bridge.errors import CommandError
from readers_bridge.families.star.print_job import Stage
from readers_bridge.model import JsonObject, Status

BUSY = "print_port_busy"

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "cover_open": "its cover is open",
        "paper_end": "it has no paper",
        "cutter_error": "its cutter is blocked",
        "non_recoverable_error": "it has an error that only a service technician or a power cycle ends",
        "mechanical_error": "its mechanism is blocked",
        "head_hot": "its print head is too hot and has to cool down",
        "head_up": "its print head is up",
        "presenter_jam": "paper is jammed in its presenter",
        "black_mark_error": "it does not find the black mark of the paper",
        "auto_recoverable_error": "it waits until its print head is cooler or its cover closed",
        "offline": "it is offline",
        BUSY: "another host, or a session that was left behind, has its print port; release_session can cut one of this host",
        "timeout": "it makes no progress and does not say why",
        "connection_lost": "the connection broke",
        "connection_reset": "it reset the connection",
        "closed_by_device": "it closed the connection",
        "restarting": "it was restarted",
        "write_blocked": "it takes no data",
        "no_route": "there is no way to it",
        "no_answer": "it does not answer",
        "stopped": "the bridge, or the device, was stopped",
        "interrupted": "the bridge, or the device, was stopped",
    }
)


def words(code: str) -> str:
    """What a code means, as the rest of a sentence."""
    return _WORDS.get(code, code.replace("_", " "))


class Printed(StrEnum):
    """What of a job is on paper."""

    NOTHING = "nothing"
    PART = "part"
    """Not all of it; perhaps nothing."""
    UNKNOWN = "unknown"
    """Nothing, a part, or all of it."""
    ALL = "all"


@dataclass(slots=True)
class Report:
    """What is known of a job. ``repeatable``: a second part of it does no harm: it opens no drawer and is no raw data."""

    job: int
    total: int
    repeatable: bool
    replaced: tuple[str, ...] = ()
    dropped: int = 0
    stage: Stage = Stage.WAITING
    sent: int = 0

    def data(self, printed: Printed) -> JsonObject:
        """The ``data`` of the result."""
        found: JsonObject = {
            "job": self.job,
            "stage": str(self.stage),
            "sent_bytes": self.sent,
            "total_bytes": self.total,
            "printed": str(printed),
            "may_repeat": printed is Printed.NOTHING or (printed is Printed.PART and self.repeatable),
        }
        if self.replaced:
            found["replaced"] = list(self.replaced)
        if self.dropped:
            found["dropped"] = self.dropped
        return found

    def not_begun(self, status: Status, code: str) -> CommandError:
        """The job ended before anything was sent."""
        return CommandError(
            f"nothing was sent to the printer: {words(code)}",
            status=status,
            code=code,
            data=self.data(Printed.NOTHING),
        )

    def broken_off(self, code: str) -> CommandError:
        """The printer will certainly not print all of it."""
        return CommandError(
            f"the job was broken off: {words(code)}; {self.sent} of {self.total} bytes were sent, and a part may be on paper",
            status=Status.FAILED,
            code=code,
            data=self.data(Printed.PART if self.sent else Printed.NOTHING),
        )

    def contradicted(self, code: str) -> CommandError:
        """The printer told of an error when everything had been sent, and then repeated the job's number all the same."""
        return CommandError(
            f"the printer told that {words(code)}, and then that it has worked off the job; all of it or a part may be on paper,"
            " look at it before you repeat the job",
            status=Status.UNKNOWN,
            code=code,
            data=self.data(Printed.UNKNOWN),
        )

    def unconfirmed(self, code: str) -> CommandError:
        """All of it was sent; the printer may have printed it, or may still do so."""
        return CommandError(
            f"everything was sent, but the printer did not confirm the job: {words(code)}; look at the paper before you "
            "repeat it",
            status=Status.UNKNOWN,
            code=code,
            data=self.data(Printed.UNKNOWN),
        )
