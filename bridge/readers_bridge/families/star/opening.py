"""What comes before a job's bytes: the printer shows that it works, and that what it says later is about this job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from readers_bridge.families.star.condition import Status
from readers_bridge.families.star.etb_count import EtbCount, Shown, settle
from readers_bridge.families.star.print_session import PrintSession
from readers_bridge.families.star.printing import Confirmation


class Opening:
    """Begins the jobs of one printer, and remembers how it answers. ``etb``: the count of its ETB."""

    def __init__(self, look: Callable[[], Awaitable[Status | None]]) -> None:
        self.etb = EtbCount()
        self._look = look
        self._answers: bool | None = None
        """Whether it answers ESC GS ETX 0; None: it has not been asked."""
        self._shows_etb = True
        """Whether, when it does not answer, its ETB counter shows what it has worked off, as far as it is known."""
        self._is_clean = True
        """Whether the last session was closed in order."""
        self._was_cut = False
        """Whether the last session broke; its job may have ended anywhere."""

    def forget(self) -> None:
        """The printer may have been switched off and on."""
        self._answers = self._answers or None
        self._shows_etb = True
        self.etb.forget()

    def ended(self, session: PrintSession, *, clean: bool) -> None:
        """A session is over."""
        self._answers = session.answers or self._answers
        self._is_clean = clean
        self._was_cut = session.is_lost

    async def begin(self, session: PrintSession, number: int, confirmation: Confirmation, within: float) -> int | None:
        """Begin a job.

        Args:
            session: Its session.
            number: Of the job.
            confirmation: How this printer confirms it.
            within: Seconds for each answer.

        Returns:
            The ETB counter before the ETB of the job; None: the counter must not confirm it.

        Raises:
            TransportError: the session ended.
        """
        match confirmation:
            case Confirmation.PAPER_STATUS:
                return None
            case Confirmation.ETB:
                shown = await settle(self.etb, session, self._look, within)
                before = self.etb.take()
                return None if shown is Shown.NOTHING else before
            case Confirmation.PRINT_END:
                proven = not await self._document(session, number, within) and await self._is_settled(session, within)
                before = self.etb.take()
                return before if proven else None

    async def _document(self, session: PrintSession, number: int, within: float) -> bool:
        is_silent = self._answers is False and self._is_clean
        answered = await session.begin(number, within, is_silent=is_silent, after_cut=self._was_cut)
        self._answers = answered or self._answers or False
        return answered

    async def _is_settled(self, session: PrintSession, within: float) -> bool:
        if self._shows_etb:
            self._shows_etb = await settle(self.etb, session, self._look, within) is Shown.ALL_DONE
        return self._shows_etb
