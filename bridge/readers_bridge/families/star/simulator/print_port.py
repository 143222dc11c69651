"""TCP port 9100: who may print, and who hears of it (IFBD-HE07/08/BE07 User's Manual, 3.1.3)."""

from __future__ import annotations

from typing import Protocol

from readers_bridge.families.star.simulator.settings import SecondSession, Settings
from readers_bridge.families.star.simulator.tcp import Session, TcpPort
from readers_bridge.simulation.listener import Peer


class Card(Protocol):
    """The printer, as this port sees it."""

    settings: Settings

    def print_opened(self, session: Session) -> None: ...
    def print_data(self, session: Session, data: bytes) -> None: ...
    def print_ended(self, session: Session) -> None: ...
    def has_room(self) -> bool: ...
    def takes_fault(self, name: str) -> bool: ...


class PrintPort(TcpPort):
    """One session, or several of which the first to send data prints, until it ends.

    Attributes:
        held: hosts whose sessions are gone without the printer having noticed.
    """

    def __init__(self, card: Card) -> None:
        settings = card.settings
        super().__init__(
            settings.host,
            settings.print_port,
            limit=settings.print_sessions,
            timeout=settings.print_timeout,
            fragment=settings.fragment,
            refuses=settings.second_session is SecondSession.REFUSE,
            refuses_after=settings.second_session_delay,
        )
        self.held: list[Peer] = []
        self.owner: Session | None = None
        self._card = card

    def taken(self) -> int:
        return len(self.sessions) + len(self.held)

    def opened(self, session: Session) -> None:
        self._card.print_opened(session)

    def received(self, session: Session, data: bytes) -> None:
        if self.owner is None:
            self.owner = session
        if session is not self.owner:
            session.data += data
            if len(session.data) > self._card.settings.buffer:
                session.pause()
            return
        self._card.print_data(session, data)
        if not self._card.has_room():
            session.pause()

    def ended(self, session: Session) -> None:
        if not session.is_silent and self._card.takes_fault("stale"):
            self.held.append(session.peer)
        self._card.print_ended(session)
        if session is self.owner:
            self.owner = None
            self._next_owner()

    def went_on(self) -> None:
        """There is room again."""
        if self.owner is not None:
            self.owner.resume()

    def release(self, ip: str, port: int) -> bool:
        """Cut the session that this host holds from this port; False: there is none."""
        if (ip, port) in self.held:
            self.held.remove((ip, port))
            self.look()
            return True
        for session in self.sessions:
            if session.peer == (ip, port):
                session.reset()
                return True
        return False

    def hold(self, ip: str, port: int) -> None:
        """A host that is not there any more holds a session."""
        self.held.append((ip, port))
        self.look()

    def let_go(self) -> None:
        """Nobody holds a session."""
        self.held.clear()
        self.look()

    def _next_owner(self) -> None:
        for session in self.sessions:
            if session.data:
                data = bytes(session.data)
                session.data.clear()
                session.resume()
                self.received(session, data)
                return
