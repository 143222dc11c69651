"""TCP port 22222: one command per connection (IFBD-HE07/08/BE07 User's Manual, 3.1.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from readers_bridge.families.star.simulator.settings import Settings
from readers_bridge.families.star.simulator.tcp import Session, TcpPort
from readers_bridge.simulation.listener import Peer

USER = "user"
LONGEST = 512
"""Bytes of an authentication reset; what is longer is no command."""
_FS, _GS = 0x1C, 0x1D
_ACCEPTED, _REJECTED = b"\x00", b"\x01"
_RELEASED, _NOT_RELEASED = b"\x01", b"\x00"


@dataclass(frozen=True, slots=True)
class Managed:
    """A command that came whole: ``reset``, ``discovery``, ``setting`` or ``release``; else ``unknown``."""

    command: str
    accepted: bool = True
    port: int | None = None
    """The host's port, of a release."""


class Card(Protocol):
    """The printer, as this port sees it."""

    settings: Settings

    def discovery_data(self) -> bytes: ...
    def status_setting(self) -> bytes: ...
    def release(self, ip: str, port: int) -> bool: ...
    def may_reset(self, password: bytes) -> bool: ...
    def reset(self) -> None: ...
    def managed(self, peer: Peer, command: Managed) -> None: ...


class ManagementPort(TcpPort):
    """At most four sessions; a command, an answer, the end."""

    def __init__(self, card: Card) -> None:
        settings = card.settings
        super().__init__(
            settings.host,
            settings.management_port,
            limit=settings.management_sessions,
            timeout=settings.management_timeout,
            fragment=settings.fragment,
        )
        self._card = card
        self._resets: set[Session] = set()

    def received(self, session: Session, data: bytes) -> None:
        session.data += data
        done = self._command(session, bytes(session.data))
        if done is None:
            return
        session.data.clear()
        self._card.managed(session.peer, done)
        if done.command == "reset" and done.accepted:
            self._resets.add(session)
        session.close()

    def ended(self, session: Session) -> None:
        """The reset is applied when the connection is cut, and that when the answer is sent."""
        if session in self._resets:
            self._resets.discard(session)
            self._card.reset()

    def _command(self, session: Session, data: bytes) -> Managed | None:
        """The command, answered; None: more bytes are needed."""
        if data[0] not in {_FS, _GS} or data[1:2] not in {b"", b"0", b"1", b"3"}:
            return Managed("unknown", accepted=False)
        match data[:2]:
            case b"\x1d0" | b"\x1d1":
                if len(data) < 3:
                    return None
                if data[2]:
                    return Managed("unknown", accepted=False)
                return self._tell(session, data[:3])
            case b"\x1c0":
                return self._reset(session, data[2:])
            case b"\x1c3":
                if len(data) < 5:
                    return None
                if data[4]:
                    return Managed("unknown", accepted=False)
                port = data[2] + 256 * data[3]
                is_released = self._card.release(session.peer[0], port)
                session.send(_RELEASED if is_released else _NOT_RELEASED)
                return Managed("release", is_released, port)
        return None if len(data) < 2 else Managed("unknown", accepted=False)

    def _tell(self, session: Session, request: bytes) -> Managed:
        is_discovery = request[1:2] == b"0"
        data = self._card.discovery_data() if is_discovery else self._card.status_setting()
        session.send(request + len(data).to_bytes(2, "big") + data)
        return Managed("discovery" if is_discovery else "setting")

    def _reset(self, session: Session, data: bytes) -> Managed | None:
        user, *rest = data.split(b"\0")
        if len(rest) < 2:
            return Managed("unknown", accepted=False) if len(data) > LONGEST else None
        is_accepted = user == USER.encode() and self._card.may_reset(rest[0])
        session.send(_ACCEPTED if is_accepted else _REJECTED)
        return Managed("reset", is_accepted)
