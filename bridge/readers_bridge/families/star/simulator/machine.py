"""What an interpreter asks of the printer that it is in."""

from __future__ import annotations

from typing import Protocol

from readers_bridge.families.star.simulator.condition import Condition


class Machine(Protocol):
    """The printer, as an interpreter sees it."""

    condition: Condition

    def answer(self, data: bytes, kind: str = "") -> None:
        """Send to the host whose command this is; with ``kind`` as status data, where answers are wrapped."""

    def print_end(self, number: int, counter: int) -> None:
        """Everything up to here is printed."""

    def kick(self, drawer: int, on: int, off: int, *, immediate: bool = False) -> None:
        """A pulse for a drawer, in milliseconds."""

    def buzz(self, *numbers: int) -> None:
        """A pulse for a buzzer."""

    def unknown(self, data: bytes, why: str = "") -> None:
        """A command that this printer does not know, or cannot do."""

    def etb(self) -> None:
        """Count an ETB, and tell."""

    def enq(self) -> None:
        """Answer ENQ."""

    def eot(self) -> None:
        """Answer EOT."""

    def clear_etb(self) -> None:
        """Set the ETB counter to 0, and tell nobody."""

    def send_asb(self) -> None:
        """Send a frame to the host whose command this is."""

    def set_asb(self, on: bool) -> None:  # noqa: FBT001 - as one says it
        """Push frames, or not."""

    def document(self, *, starts: bool) -> None:
        """Start document or End document."""

    def reset(self) -> None:
        """Everything as after power-up."""
