"""The frame of a print job: a clean state before, and a check that tells when it has been printed."""

from __future__ import annotations

from enum import StrEnum

from readers_bridge.families.star.printing.paper import Paper, Rendered
from readers_bridge.families.star.typedefs import Emulation

START_DOCUMENT = b"\x1b\x1d\x03\x03\x00\x00"
"""ESC GS ETX 3: also initialises; from here on an error makes the printer discard data up to the end of the document."""

END_DOCUMENT = b"\x1b\x1d\x03\x04\x00\x00"
"""ESC GS ETX 4: prints what is buffered and waits for it."""

PRINT_END = b"\x1b\x1d\x03\x01"
"""ESC GS ETX 1 n1 n2: after the end of printing the printer echoes it, with its counter."""

ETB = b"\x17"
"""Counts up the ETB counter of the status once the motor has stopped (if automatic status is on)."""

CLEAR_ETB = b"\x1b\x1e\x45\x00"
"""ESC RS E 0: sets the ETB counter to 0 in its turn; no status is sent for it."""

RECOVER = b"\x1b*rC" * 32 + b"\x1b*rB" + END_DOCUMENT
"""For a printer that a broken connection left within a row of dots: it takes what it misses of the row from the first commands
(ESC * r C, clear raster data), leaves raster mode, and ends the document. To every other printer it says nothing."""

RECOVER_CUT = b"\x1b*rC" * 1900 + RECOVER
"""The same after a connection that broke. It may have been cut within the row's head (b n1 n2), so that the first bytes of Start
document, 1B 1D, became its length: 7451 bytes at most."""

INITIALIZE = b"\x1b\x40"
"""Start document does that, too; but its first bytes may have ended what another host left unfinished."""

PAPER_STATUS = b"\x1d\x72\x01"
"""ESC/POS, GS r 1: answered with one byte in turn, after everything before it; at the end of the paper it is not answered."""


class Confirmation(StrEnum):
    """How a printer tells that a job is done."""

    PRINT_END = "print_end"
    """The echo of ESC GS ETX 1 with the job's number; a changed ETB counter says the same."""
    ETB = "etb"
    """The ETB counter of the status changes."""
    PAPER_STATUS = "paper_status"
    """One byte ``0..0....`` (bits 7 and 4 are 0) answers GS r 1; bits 2 and 3 are the paper sensor, bits 0 and 1 near end."""


def confirmation(paper: Paper) -> Confirmation:
    """How this printer confirms a job that ``framed`` made.

    Star Line, StarPRNT and Star Graphic have the print end counter and the ETB counter (Line Thermal Printer STAR Line Mode
    Command Specifications, STAR Graphic Mode Command Specifications). The Dot Impact Printer STAR Command Specifications list
    only ETB. In ESC/POS, GS ( H (process id) would name the job, but many printers do not have it and would print its
    parameters as text; GS r is in every command set and is worked off in turn (Epson ESC/POS Command Reference, GS r: "executed
    when the data in the receive buffer is developed").
    """
    match paper.emulation:
        case Emulation.ESC_POS:
            return Confirmation.PAPER_STATUS
        case Emulation.STAR_DOT:
            return Confirmation.ETB
        case _:
            return Confirmation.PRINT_END


def framed(paper: Paper, rendered: Rendered, job: int) -> bytes:
    """The job with all that belongs around it.

    Args:
        paper: The printer.
        rendered: What is printed.
        job: The job's number, 0 to 65535; the printer's confirmation repeats it where its command set can.

    Raises:
        ValueError: The number does not fit into two bytes.
    """
    if not 0 <= job <= 0xFFFF:
        raise ValueError(f"a job's number is from 0 to 65535, not {job}")
    match confirmation(paper):
        case Confirmation.PRINT_END:
            number = job.to_bytes(2, "little")
            return START_DOCUMENT + INITIALIZE + rendered.data + END_DOCUMENT + PRINT_END + number + ETB
        case Confirmation.ETB:
            return INITIALIZE + rendered.data + INITIALIZE + ETB
        case Confirmation.PAPER_STATUS:
            return INITIALIZE + rendered.data + INITIALIZE + PAPER_STATUS
