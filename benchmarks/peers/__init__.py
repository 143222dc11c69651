"""Who is measured. A peer is a program that connects to all readers and publishes each line at QoS 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LOCALHOST = "127.0.0.1"


class UnavailableError(Exception):
    """A peer cannot be had on this machine; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer works."""

    readers: tuple[str, ...]
    """Addresses of the readers."""
    reader_port: int
    broker_port: int
    folder: Path
    """For the files of this one run."""
    family: str = "springcard"
    """What the readers are; those of baltech must be polled, those of transcore acknowledged."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """The configuration of each reader, as far as it is the family's own."""
    flooder: str | None = None
    """``HOST:PORT`` of a SpringCard reader that the peer has to carry as well."""

    @property
    def endpoints(self) -> list[str]:
        """The readers as ``HOST:PORT``."""
        return [f"{host}:{self.reader_port}" for host in self.readers]


@dataclass(frozen=True, slots=True)
class Peer:
    """One program."""

    name: str
    command: Callable[[Place], list[str]]
    """Writes what the program needs into the folder; the command to run."""
    topics: str = "bench/#"
    """Topic filter of what it publishes. The payload is free, as long as the line's TagData is in it."""
    prepare: Callable[[], None] = lambda: None
    """Installs or builds it, once; raises UnavailableError."""
    environment: Mapping[str, str] = field(default_factory=dict)
    families: frozenset[str] = frozenset({"springcard"})
    """The readers that it can talk to."""
    most_readers: int = 500
    reconnects: bool = True
    """Comes back by itself after the broker was away."""
