"""The commands of a Star printer, with their arguments."""

from __future__ import annotations

from collections.abc import Sequence

from readers_bridge.families.star.options import Options
from readers_bridge.families.star.typedefs import Peripheral
from readers_bridge.model import Arg, CommandSpec

PRINT_LANE = "print"
MANAGEMENT_LANE = "management"

JOB_TTL = 300.0
"""Seconds that a print job may wait for its turn and for the printer, when its sender does not say otherwise."""

LONGEST_WAIT = 3600.0
"""Seconds of waiting for the printer, once its turn has come, whatever its sender says."""

AT_ONCE_TTL = 10.0
"""Seconds for what nobody wants to happen later: a drawer that opens when people have gone."""

LONGEST_PRINT = 900.0
"""Seconds that a job may take once its bytes go to the printer."""

MANAGEMENT_TIMEOUT = 25.0
"""Seconds: to connect, to be answered."""

MOST_BUZZES = 20
MOST_RAW_BYTES = 1_000_000

_ALIGN = ("left", "center", "right")
_CUT = ("partial", "full")
_SCALE = "multiple of the normal"


def commands(options: Options) -> tuple[CommandSpec, ...]:
    """What can be done with a printer that is configured in this way."""
    found: list[CommandSpec] = [*_PRINTING]
    if options.allow_raw:
        found.append(_PRINT_RAW)
    if options.peripheral is Peripheral.DRAWER:
        found.append(_OPEN_DRAWER)
    if options.peripheral is Peripheral.BUZZER:
        found.append(_BUZZ)
    return (*found, *_MANAGEMENT)


def _job(name: str, description: str, args: dict[str, Arg], ttl: float = JOB_TTL) -> CommandSpec:
    return CommandSpec(name, description, args, lane=PRINT_LANE, ttl=ttl, timeout=LONGEST_WAIT + LONGEST_PRINT)


_PRINTING: Sequence[CommandSpec] = (
    _job(
        "print_text",
        "Print text in one style",
        {
            "text": Arg("text", "text; lines that are too long are wrapped", 1, 20_000, required=True),
            "align": Arg("enum", "where it stands", options=_ALIGN, default="left"),
            "bold": Arg("boolean", "emphasised"),
            "width": Arg("integer", f"{_SCALE} width", 1, 6, default=1),
            "height": Arg("integer", f"{_SCALE} height", 1, 6, default=1),
            "cut": Arg("enum", "how the paper is cut afterwards", options=(*_CUT, "none"), default="partial"),
        },
    ),
    _job(
        "print_receipt",
        "Print a receipt: text, columns, rules, bar codes, QR codes, images, feeds and cuts",
        {
            "lines": Arg(
                "list",
                "each a text, or an object with text, columns, rule, barcode, qr, image, feed, cut or drawer",
                1,
                2_000,
                required=True,
            )
        },
    ),
    _job(
        "cut",
        "Feed the paper to the cutter and cut it",
        {"kind": Arg("enum", "how", options=_CUT, default="partial")},
        AT_ONCE_TTL,
    ),
)

_PRINT_RAW = _job(
    "print_raw",
    "Send bytes to the printer as they are",
    {"data": Arg("hex", "bytes in the printer's own command set", 1, MOST_RAW_BYTES, required=True)},
)

_OPEN_DRAWER = _job(
    "open_drawer",
    "Open the cash drawer; only while the printer is online",
    {"drawer": Arg("integer", "which drawer", 1, 2, default=1)},
    AT_ONCE_TTL,
)

_BUZZ = _job(
    "buzz",
    "Sound the buzzer; only while the printer is online",
    {"times": Arg("integer", "how often", 1, MOST_BUZZES, default=1)},
    AT_ONCE_TTL,
)


def _management(name: str, description: str, args: dict[str, Arg] | None = None) -> CommandSpec:
    return CommandSpec(name, description, args or {}, lane=MANAGEMENT_LANE, timeout=MANAGEMENT_TIMEOUT)


_MANAGEMENT: Sequence[CommandSpec] = (
    _management(
        "restart", "Reset the printer, whatever it is doing (authentication reset); needs the configured password"
    ),
    _management("read_discovery", "Read the interface card's discovery data"),
    _management("read_settings", "Read the printer status setting"),
    _management(
        "release_session",
        "Cut a session on the print port that this host holds (TCP#9100 forced release)",
        {"port": Arg("integer", "this host's port of the session; absent: the bridge's own session", 1, 65535)},
    ),
)
