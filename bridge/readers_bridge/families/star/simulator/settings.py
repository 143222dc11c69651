"""How a simulated printer behaves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from readers_bridge.families.star.typedefs import Emulation, Peripheral

MODELS = {
    Emulation.STAR_LINE: "TSP654 (STR_T-001)",
    Emulation.STAR_PRNT: "MCP31 (STR-001)",
    Emulation.STAR_GRAPHIC: "TSP143IIILAN (STR_T-001)",
    Emulation.STAR_DOT: "SP742 (STR-001)",
    Emulation.ESC_POS: "BSC10",
}
"""A model of each emulation; after the prefix, made up but for the TSP143IIILAN."""

DOTS = {Emulation.STAR_DOT: 210, Emulation.ESC_POS: 512}
_CELL = 12
_CELL_OF_DOT_IMPACT = 5


class SecondSession(StrEnum):
    """What becomes of a connection to the print port that is one too many."""

    RESET = "reset"
    """Accepted, and broken with a TCP reset."""
    REFUSE = "refuse"
    """Nobody listens while the sessions are taken."""


class Replies(StrEnum):
    """The form of a print-end reply."""

    RAW = "raw"
    WRAPPED = "wrapped"
    """As status data behind an ASB frame. Its type, "17", is made up: none is documented."""


class StatusPort(StrEnum):
    """What port 9101 does."""

    ANSWER = "answer"
    CLOSE = "close"
    """Closes without an answer."""
    REFUSE = "refuse"
    """Nobody listens, as on old cards."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a simulated printer behaves. Times are in seconds; a port of 0 is a free one.

    Raises:
        ValueError: settings that make no sense.
    """

    emulation: Emulation = Emulation.STAR_LINE
    host: str = "127.0.0.1"
    management_port: int = 0
    """TCP and UDP."""
    print_port: int = 0
    status_port: int = 0
    model: str | None = None
    """As discovery tells it; None: a model of the emulation."""
    name: str = "IFBD-HE07"
    """The interface card's name as discovery tells it."""
    firmware: str = "V2.2"
    mac: str = "00:11:62:13:DE:EF"
    ip: str | None = None
    """As discovery tells it; None: the address that it listens on."""
    netmask: str = "255.255.255.0"
    gateway: str = "192.168.0.1"
    dhcp: bool = True
    dots: int | None = None
    """Per line; None: as usual for the emulation."""
    peripheral: Peripheral = Peripheral.DRAWER
    """What is on the drawer socket. A buzzer's pulses damage a drawer."""
    password: str = "guest"  # noqa: S105 - the vendor's default
    version: str = "HSP7000Ver.1.0"
    """The answer to ESC # *."""

    management_sessions: int = 4
    management_timeout: float = 30.0
    status_sessions: int = 8
    status_timeout: float = 30.0
    print_sessions: int = 1
    """1, or 8 with multi-session on."""
    print_timeout: float = 0.0
    """Until a silent print session is closed; 0: never."""
    second_session: SecondSession = SecondSession.RESET
    second_session_delay: float = 0.0
    """Until one print session too many is reset."""
    reset_delay: float = 0.0
    """Until the card goes down after it accepted a reset."""
    reset_time: float = 3.0
    """Until the card answers again after a reset."""
    document_timeout: float = 10.0
    """Until discarding after an error ends without End document."""
    buffer: int = 1 << 16
    """Bytes that the printer takes in before it can print them; then it reads no further."""

    asb_length: int = 9
    """Bytes of a frame: 7, 9 or 12."""
    asb_version: int | None = None
    """None: the usual one of the length, 1, 3 or 5."""
    lan: bool = True
    """Frames with Length; without, they have the form of a serial or USB interface."""
    expanded: bool | None = None
    """P1 of the printer status setting: ASB with expanded status. None: yes, but not for ESC/POS."""
    nsb: bool = True
    asb: bool | None = None
    """P3: push ASB frames. None: yes, but not for ESC/POS."""
    initial_asb: bool = False
    """Send a frame to whoever opens the print port."""
    double_status: bool = False
    """Port 9101 answers the current and the previous frame, as a TSP143IIILAN does."""
    status_port_mode: StatusPort | None = None
    """None: it answers; with ESC/POS it closes without an answer."""
    status_zero: bool = False
    """Port 9101 accepts 30h as well as 32h."""
    print_end: Replies = Replies.RAW
    fragment: int = 0
    """Send at most so many bytes at a time on every TCP port, 2 ms apart; 0: all at once."""
    noise: bytes = b""
    """Sent before the first status frame of a connection."""

    lines_per_second: float = 0.0
    """0: as fast as the machine can."""
    bytes_per_second: float = 0.0
    paper: int | None = None
    """Lines until paper end; None: it never ends."""
    near_end: int = 0
    """The near end sensor sees that so many lines or fewer are left."""

    def __post_init__(self) -> None:
        if self.asb_length not in {7, 9, 12}:
            raise ValueError(f"a status frame has 7, 9 or 12 bytes, not {self.asb_length}")
        if not 1 <= self.print_sessions <= 8:
            raise ValueError(f"a card has 1 to 8 print sessions, not {self.print_sessions}")
        if len(bytes.fromhex(self.mac.replace(":", ""))) != 6:
            raise ValueError(f"a MAC address has 6 bytes, unlike {self.mac}")
        for name in (
            "management_timeout",
            "status_timeout",
            "print_timeout",
            "second_session_delay",
            "reset_delay",
            "reset_time",
            "document_timeout",
            "buffer",
            "fragment",
            "lines_per_second",
            "bytes_per_second",
            "near_end",
        ):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")
        for port in (self.management_port, self.print_port, self.status_port):
            if not 0 <= port <= 65_535:
                raise ValueError(f"there is no port {port}")

    @property
    def has_star_status(self) -> bool:
        """Whether the command set knows Star ASB."""
        return self.emulation is not Emulation.ESC_POS

    @property
    def is_expanded(self) -> bool:
        """P1 is 30h."""
        return self.has_star_status if self.expanded is None else self.expanded

    @property
    def pushes_asb(self) -> bool:
        """P3 is 31h."""
        return self.has_star_status if self.asb is None else self.asb

    @property
    def status_mode(self) -> StatusPort:
        """What port 9101 does."""
        if self.status_port_mode is not None:
            return self.status_port_mode
        return StatusPort.ANSWER if self.has_star_status else StatusPort.CLOSE

    @property
    def device_model(self) -> str:
        """As discovery tells it."""
        return MODELS[self.emulation] if self.model is None else self.model

    @property
    def line_dots(self) -> int:
        """Dots per line of the print head."""
        return DOTS.get(self.emulation, 576) if self.dots is None else self.dots

    @property
    def columns(self) -> int:
        """Characters of font A per line."""
        return self.line_dots // (_CELL_OF_DOT_IMPACT if self.emulation is Emulation.STAR_DOT else _CELL)
