"""Device families: what a family gives the bridge, and what the bridge gives a driver.

A family is one sub-package that defines ``FAMILY``. The bridge finds its own by the list below and those of third parties
by the package entry point group ``readers_bridge.families``; neither the bridge core nor the CLI names one.
"""

from __future__ import annotations

import abc
import argparse
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from logging import LoggerAdapter
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from readers_bridge.errors import CommandError
    from readers_bridge.model import Command, Description, DeviceConfig, Event, JsonObject, Outcome, Read, State

BUILT_IN = ("springcard", "baltech", "transcore", "star")
ENTRY_POINT_GROUP = "readers_bridge.families"


class Clock(Protocol):
    """Both clocks, injected so that tests can turn them."""

    def monotonic(self) -> float:
        """Seconds that never jump."""

    def wall(self) -> float:
        """Seconds since 1970, UTC; may jump."""


class Pausable(Protocol):
    """The receiving side of a transport; see Host.throttle."""

    def pause(self) -> None:
        """Stop receiving; the bytes wait in the system's buffers."""

    def resume(self) -> None:
        """Receive again."""


class Host(Protocol):
    """What the bridge offers the driver of one device. Everything but ``commit`` returns at once."""

    @property
    def clock(self) -> Clock:
        """Both clocks."""

    @property
    def log(self) -> LoggerAdapter[Any]:
        """The device's log."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What this device's driver committed earlier, also in earlier runs."""

    def online(self, *, assumed: bool = False) -> None:
        """The device can be used now. ``assumed``: the link cannot tell (UDP)."""

    def emit(self, items: Sequence[Read | Event | State]) -> None:
        """Accept what the device reported, in order. Give everything that one receive brought in one call."""

    async def commit(
        self, items: Sequence[Read | Event | State], *, sync: bool = True, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Like ``emit``, and return when it is stored for good (``sync``: fsynced), together with ``facts``.

        Raises:
            JournalError: it is not stored; the device must not be acknowledged.
        """

    def room(self) -> bool:
        """Whether a destructive poll may be sent: what it brings can be kept."""

    def describe(self, description: Description) -> None:
        """The device told something new about itself."""

    def count(self, counter: str, by: int = 1) -> None:
        """Add to a counter of the device's health."""

    def throttle(self, receiver: Pausable) -> None:
        """Let the bridge pause this receiver while the device sends more than the broker takes."""


class Driver(abc.ABC):
    """One device: the I/O shell around its family's sans-IO protocol.

    The bridge calls ``session`` again and again, with growing waits after failures, and ``execute`` only while the session
    has said ``host.online()``.
    """

    def __init__(self, config: DeviceConfig, host: Host) -> None:
        self.config = config
        self.host = host

    @property
    @abc.abstractmethod
    def description(self) -> Description:
        """The best that is known now; complete enough for discovery before the first connection."""

    @abc.abstractmethod
    async def session(self) -> None:
        """Connect, call ``host.online()``, serve until the connection ends.

        Raises:
            DeviceError: why it ended; its ``code`` becomes the availability's reason. A plain return means that the device
                closed the connection.
        """

    @abc.abstractmethod
    async def execute(self, command: Command) -> Outcome:
        """Execute one validated command.

        Raises:
            CommandError: the device said no, or cannot.
            TransportError: the connection broke before anything was sent.
            asyncio.CancelledError: it was told to stop. It may raise a CommandError instead, within seconds, that says what
                became of the command; otherwise the result is ``unknown``.
        """

    def queued(self, command: Command) -> None:  # noqa: B027  a driver need not care
        """The command waits in its lane; ``execute`` follows when its turn comes, unless it expires. Must not raise."""

    def finished(self, command: Command, outcome: Outcome | CommandError) -> None:  # noqa: B027
        """The result of a command that was queued is known. Must not raise."""


@dataclass(frozen=True, slots=True)
class Found:
    """A device that ``discover`` found; ``entry`` is a ready entry for ``devices`` in the configuration."""

    family: str
    address: str
    identity: str
    model: str
    entry: Mapping[str, Any]


class Remote(Protocol):
    """What the command line lends to a family's command that talks to a device of a running bridge."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add DEVICE, how to find the bridge, and how many seconds to wait; for a RawDescriptionHelpFormatter."""

    def send(self, args: argparse.Namespace, command: str, arguments: JsonObject) -> JsonObject:
        """Send a command to the device of the parsed arguments, and wait for its result, which is given as it is published.

        Raises:
            ReadersError: there is no result; the command line reports the error and ends with its exit code.
        """

    def exit_code(self, result: JsonObject) -> int:
        """The exit code for a result: 0 done or sent, 1 failed or refused, 5 no answer."""


RequestHandler = Callable[["JsonObject"], Awaitable["JsonObject"]]


@dataclass(frozen=True, slots=True)
class Demo:
    """Simulated devices for ``readers-bridge demo``.

    ``start(count)`` is an async context manager that runs the simulators while it is open and gives their entries for
    ``devices``, as in the configuration file.
    """

    start: Callable[[int], AbstractAsyncContextManager[Sequence[Mapping[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Family:
    """Everything the bridge and the command line need to know of a family."""

    name: str
    title: str
    schemes: Mapping[str, int | None]
    """Accepted schemes of ``connection``, each with its default port (None: no port)."""
    driver: Callable[[DeviceConfig, Host], Driver]
    options: Mapping[Any, Any] = field(default_factory=dict)
    """voluptuous schema of the family's own keys in a device's entry."""
    check: Callable[[DeviceConfig], Sequence[str]] | None = None
    """Problems that need more than one key to see; each a text that begins with the key's name and a colon."""
    secret_options: frozenset[str] = frozenset()
    """Options that should come from ``!secret`` or ``!env``."""
    add_simulator_arguments: Callable[[argparse.ArgumentParser], None] | None = None
    simulate: Callable[[argparse.Namespace], Awaitable[int]] | None = None
    """Run simulated devices until cancelled; gives the exit code."""
    discover: Callable[[float], AsyncIterator[Found]] | None = None
    """Look for devices for this many seconds; read-only."""
    demo: Demo | None = None
    requests: Mapping[str, RequestHandler] = field(default_factory=dict)
    """Bridge requests the family adds, by verb."""
    add_cli: Callable[[Any, Remote], None] | None = None
    """Add the family's own sub-command to the argparse sub-parsers; ``func`` of its arguments gives the exit code."""


@cache
def families() -> Mapping[str, Family]:
    """Every family there is, by name."""
    found = {name: import_module(f"{__name__}.{name}").FAMILY for name in BUILT_IN}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        found.setdefault(entry_point.name, entry_point.load())
    return found
