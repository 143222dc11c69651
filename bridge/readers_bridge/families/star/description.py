"""What a Star printer is and can do, as the bridge describes it."""

from __future__ import annotations

from collections.abc import Iterable

from readers_bridge.families.star.about import About, paper
from readers_bridge.families.star.command_specs import commands
from readers_bridge.families.star.condition import ERRORS
from readers_bridge.families.star.options import Options
from readers_bridge.families.star.typedefs import Peripheral
from readers_bridge.model import Description, EntitySpec, EventSpec, Status

MANUFACTURER = "Star Micronics"
MODEL = "Ethernet printer"

JOB_STATES = ("idle", "waiting", "printing")
ENDS = (
    Status.DONE,
    Status.FAILED,
    Status.UNKNOWN,
    Status.EXPIRED,
    Status.BUSY,
    Status.REFUSED,
    Status.INVALID,
    Status.UNAVAILABLE,
)
"""What can become of a job."""

_PAPER = EventSpec("paper", ("paper_end", "paper_near_end", "paper_loaded"), "Paper", "mdi:receipt-text-outline")
_COVER = EventSpec("cover", ("cover_opened", "cover_closed"), "Cover", "mdi:printer-pos-alert-outline")
_ERROR = EventSpec("error", ("error", "error_cleared"), "Error", "mdi:printer-pos-remove-outline")
_DRAWER = EventSpec("drawer", ("drawer_opened", "drawer_closed"), "Drawer", "mdi:cash-register")
_JOB = EventSpec(
    "job",
    ("job_queued", "job_waiting", "job_printing", *(f"job_{status}" for status in ENDS)),
    "Print job",
    "mdi:printer-pos-outline",
)


def describe(options: Options, about: About) -> Description:
    """The description of a printer, as far as it is known."""
    card = about.card
    with_drawer = options.peripheral is Peripheral.DRAWER
    return Description(
        MANUFACTURER,
        MODEL if card is None else card.model or card.name or MODEL,
        "star",
        serial=options.mac if card is None else card.mac,
        firmware=None if card is None else card.firmware[0] or None,
        entities=tuple(_entities(options)),
        events=(_COVER, _PAPER, _ERROR, *([_DRAWER] if with_drawer else []), _JOB),
        commands=commands(options),
        attributes=_attributes(options, about),
    )


def _attributes(options: Options, about: About) -> dict[str, str | int]:
    found: dict[str, str | int | None] = {}
    if about.card is not None:
        card = about.card
        found = {
            "mac": card.mac,
            "ip": card.ip,
            "address_mode": card.mode,
            "interface_card": card.name,
            "command_set": card.command_set,
            "firmware_2": card.firmware[1],
        }
    if about.setting is not None:
        found["status_setting"] = bytes.fromhex(about.setting.raw).decode("ascii", "replace")
    if (known := paper(options, about)) is not None:
        found |= {"emulation": str(known.emulation), "dots": known.dots, "columns": known.columns}
    return {name: value for name, value in found.items() if value}


def _binary(
    key: str, name: str, device_class: str | None, *, enabled: bool = True, category: str | None = None
) -> EntitySpec:
    return EntitySpec(
        key, "binary_sensor", name, state_key=key, device_class=device_class, enabled=enabled, category=category
    )


_SHOWN = (
    _binary("offline", "Offline", "problem"),
    _binary("cover_open", "Cover", "opening"),
    _binary("paper_end", "Paper end", "problem"),
    _binary("paper_near_end", "Paper near end", "problem", enabled=False),
    _binary("cutter_error", "Cutter", "problem"),
    _binary("head_hot", "Print head temperature", "heat"),
    _binary("non_recoverable_error", "Unrecoverable error", "problem"),
    _binary("mechanical_error", "Mechanical error", "problem", enabled=False, category="diagnostic"),
    _binary("head_up", "Print head up", "problem", enabled=False, category="diagnostic"),
    _binary("black_mark_error", "Black mark error", "problem", enabled=False, category="diagnostic"),
    _binary("roll_position_error", "Roll position", "problem", enabled=False, category="diagnostic"),
    _binary("presenter_jam", "Presenter jam", "problem", enabled=False, category="diagnostic"),
    _binary("paper_present", "Paper at exit", "occupancy", enabled=False, category="diagnostic"),
    _binary("drawer_open", "Drawer", "opening", enabled=False),
    _binary("receive_buffer_overflow", "Receive buffer overflow", "problem", enabled=False, category="diagnostic"),
    _binary("page_mode_error", "Page mode error", "problem", enabled=False, category="diagnostic"),
    _binary("switch_offline", "Offline by switch", "problem", enabled=False, category="diagnostic"),
)


def _entities(options: Options) -> Iterable[EntitySpec]:
    yield from _SHOWN
    yield EntitySpec("job", "sensor", "Printing", "mdi:printer-pos-outline", state_key="job", options=JOB_STATES)
    yield EntitySpec(
        "last_job",
        "sensor",
        "Last job",
        "mdi:printer-pos-check-outline",
        state_key="last_job",
        category="diagnostic",
        options=tuple(map(str, ENDS)),
    )
    yield _diagnostic("error", "Error", "mdi:printer-pos-alert-outline", options=("none", *ERRORS))
    yield _diagnostic("asb", "ASB", "mdi:hexadecimal", enabled=False)
    yield _diagnostic("status_version", "Status version", "mdi:numeric", enabled=False)
    yield _diagnostic("presenter", "Presenter position", "mdi:tray-arrow-up", enabled=False)
    yield EntitySpec(
        "print_text", "notify", "Print text", "mdi:receipt-text-outline", command="print_text", args={"value": "text"}
    )
    yield _button("cut", "Cut paper", "mdi:content-cut", args={"kind": "partial"})
    if options.peripheral is Peripheral.DRAWER:
        yield _button("open_drawer", "Open drawer", "mdi:cash-register", args={"drawer": 1})
    if options.peripheral is Peripheral.BUZZER:
        yield _button("buzz", "Buzz", "mdi:bullhorn-outline", args={"times": 1})
    if options.password is not None:
        yield _button("restart", "Restart printer", "mdi:restart", category="config")
    yield _button("release_session", "Release session", "mdi:lan-disconnect", category="config")


def _diagnostic(key: str, name: str, icon: str, *, enabled: bool = True, options: tuple[str, ...] = ()) -> EntitySpec:
    return EntitySpec(key, "sensor", name, icon, state_key=key, category="diagnostic", enabled=enabled, options=options)


def _button(
    key: str, name: str, icon: str, *, category: str | None = None, args: dict[str, str | int] | None = None
) -> EntitySpec:
    return EntitySpec(key, "button", name, icon, category=category, command=key, args=args or {})
