"""TCP port 9101: one request, the status, the end (IFBD-HE07/08/BE07 User's Manual, 3.1.4)."""

from __future__ import annotations

from typing import Protocol

from readers_bridge.families.star.simulator.settings import Settings, StatusPort
from readers_bridge.families.star.simulator.tcp import Session, TcpPort
from readers_bridge.simulation.listener import Peer

REQUEST_SIZE = 51
_REQUEST = 0x32
_OTHER_REQUEST = 0x30


class Card(Protocol):
    """The printer, as this port sees it."""

    settings: Settings

    def current_status(self) -> bytes: ...
    def status_asked(self, peer: Peer, *, answered: bool) -> None: ...


class StatusTcpPort(TcpPort):
    """``32`` and 50 bytes of any kind, and nothing else."""

    def __init__(self, card: Card) -> None:
        settings = card.settings
        super().__init__(
            settings.host,
            settings.status_port,
            limit=settings.status_sessions,
            timeout=settings.status_timeout,
            fragment=settings.fragment,
        )
        self._card = card

    def up(self) -> None:
        if self._card.settings.status_mode is StatusPort.REFUSE:
            self.reserve()
        else:
            super().up()

    def received(self, session: Session, data: bytes) -> None:
        session.data += data
        settings = self._card.settings
        known = {_REQUEST, _OTHER_REQUEST} if settings.status_zero else {_REQUEST}
        is_wrong = session.data[0] not in known or len(session.data) > REQUEST_SIZE
        if len(session.data) < REQUEST_SIZE and not is_wrong:
            return
        is_answered = not is_wrong and settings.status_mode is StatusPort.ANSWER
        if is_answered:
            session.send(settings.noise + self._card.current_status())
        self._card.status_asked(session.peer, answered=is_answered)
        session.data.clear()
        session.close()
