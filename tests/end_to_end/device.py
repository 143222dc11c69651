"""A device as a subscriber sees it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.conftest import wait_until
from tests.end_to_end.client import ask
from tests.end_to_end.harness import Subscriber

_transactions = itertools.count(1)


@dataclass
class Device:
    """One device of the bridge ``home``; ``entry``: its entry in the configuration."""

    id: str
    seen: Subscriber
    entry: dict[str, Any]

    @property
    def topic(self) -> str:
        return f"readers/home/{self.id}"

    def wait_until(
        self, condition: Callable[[], object], what: str, seconds: float, found: Callable[[], object]
    ) -> None:
        """Wait for a condition; if in vain, say what there was in the end."""
        try:
            wait_until(condition, f"{self.id}: {what}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; found {found()}") from None

    # -- reads and events

    def reads(self) -> list[dict[str, Any]]:
        return [seen.json for seen in self.seen.on(f"{self.topic}/read")]

    def credentials(self) -> list[str]:
        return [read["credential"] for read in self.reads()]

    def wait_reads(self, count: int, seconds: float = 15.0) -> list[dict[str, Any]]:
        self.seen.wait_for(f"{self.topic}/read", count, seconds)
        return self.reads()

    def wait_read(self, credential: str, seconds: float = 15.0) -> dict[str, Any]:
        read: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/read", lambda read: read["credential"] == credential, seconds
        )
        return read

    def events(self, *event_types: str) -> list[dict[str, Any]]:
        """All events, or those of some types."""
        events = [seen.json for seen in self.seen.on(f"{self.topic}/event")]
        return [event for event in events if not event_types or event["event_type"] in event_types]

    def wait_event(self, event_type: str, seconds: float = 15.0, **data: Any) -> dict[str, Any]:
        """The first event of this type whose data has these values."""
        event: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/event",
            lambda event: event["event_type"] == event_type and data.items() <= event["data"].items(),
            seconds,
        )
        return event

    # -- what is retained

    def state(self) -> dict[str, Any]:
        found = self.seen.on(f"{self.topic}/state")
        return dict(found[-1].json) if found else {}

    def wait_state(self, **values: Any) -> None:
        self.wait_until(lambda: values.items() <= self.state().items(), f"the state {values}", 15, self.state)

    def availability(self) -> list[tuple[str, str]]:
        """State and reason, each time they changed."""
        found = [(seen.json["state"], seen.json["reason"]) for seen in self.seen.on(f"{self.topic}/availability")]
        return [each for each, _ in itertools.groupby(found)]

    def onlines(self) -> int:
        """How often it came online."""
        return sum(state == "online" for state, _ in self.availability())

    def wait_online(self, times: int = 1, seconds: float = 20.0) -> None:
        """Wait until it is online for the ``times``-th time."""
        self.wait_until(
            lambda: self.onlines() >= times and self.availability()[-1][0] == "online",
            f"online {times} times",
            seconds,
            self.availability,
        )

    def wait_offline(self, reason: str, seconds: float = 20.0) -> None:
        """Wait until it has been offline for this reason."""
        self.wait_until(
            lambda: ("offline", reason) in self.availability(), f"offline: {reason}", seconds, self.availability
        )

    def description(self) -> dict[str, Any]:
        return dict(self.seen.wait_for(f"{self.topic}/description")[-1].json)

    def wait_description(self, **values: Any) -> None:
        self.wait_until(
            lambda: values.items() <= self.description().items(), f"the description {values}", 15, self.description
        )

    def counters(self) -> dict[str, int]:
        """The counters of its health since the bridge started."""
        return dict(ask(self.seen, "diagnostics", within=30)["diagnostics"]["devices"][self.id]["counters"])

    # -- commands

    def send(self, command: str, /, **arguments: Any) -> str:
        """Send a command, with a transaction of its own unless one is given; its transaction."""
        transaction = str(arguments.setdefault("transaction", f"t{next(_transactions)}"))
        self.seen.publish(f"{self.topic}/command/{command}", arguments)
        return transaction

    def results(self, transaction: str) -> list[dict[str, Any]]:
        answers = [seen.json for seen in self.seen.on(f"{self.topic}/result")]
        return [answer for answer in answers if answer["transaction"] == transaction]

    def result(self, transaction: str, seconds: float = 30.0) -> dict[str, Any]:
        answer: dict[str, Any] = self.seen.wait_where(
            f"{self.topic}/result", lambda result: result["transaction"] == transaction, seconds
        )
        return answer

    def ask(self, command: str, /, **arguments: Any) -> dict[str, Any]:
        """The result of a command."""
        return self.result(self.send(command, **arguments))

    def done(self, command: str, /, **arguments: Any) -> dict[str, Any]:
        """The data of a command that must end well."""
        result = self.ask(command, **arguments)
        assert result["status"] == "done", result
        assert result["error"] is None, result
        return dict(result["data"])

    def refused(self, command: str, /, **arguments: Any) -> tuple[str, str]:
        """Status and code of a command that must not end well."""
        result = self.ask(command, **arguments)
        assert result["error"]["message"], result
        return result["status"], result["error"]["code"]

    # -- for the site

    def wait_left(self) -> None:
        """Wait until the device knows that its bridge is gone, where it can be known."""

    def check(self) -> None:
        """What must be true at the end of every test."""
