"""What a TransCore reader is and can do, as the bridge describes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from readers_bridge.families.transcore.command_specs import command_specs
from readers_bridge.families.transcore.options import Options
from readers_bridge.families.transcore.reads import BUFFER_OVERFLOW
from readers_bridge.families.transcore.typedefs import Profile, Protocol
from readers_bridge.model import Description, EntitySpec, EventSpec

MANUFACTURER = "TransCore"

MODELS = {Profile.MPRX: "MPRX", Profile.ENCOMPASS: "Encompass"}

EVENT_TYPES = ("restarted", "error", "report", "wrong_protocol")

_READ = EventSpec("read", ("read", "late_read"), "Read", "mdi:train-car")


@dataclass(frozen=True, slots=True)
class About:
    """What the reader said of itself."""

    model: str
    version: str
    serial: str | None


def describe(options: Options, about: About | None) -> Description:
    """The description of a reader; ``about`` None: it has not told anything yet."""
    own = tuple(dict.fromkeys(rule.event for rule in options.reports))
    return Description(
        MANUFACTURER,
        (about.model if about is not None else "") or MODELS[options.profile],
        "transcore",
        serial=None if about is None else about.serial,
        firmware=(about.version or None) if about is not None else None,
        entities=tuple(_entities(options)),
        events=(_READ, EventSpec("activity", (*EVENT_TYPES, *own), "Activity", "mdi:message-alert-outline")),
        commands=tuple(command_specs(options)),
        attributes={"protocol": str(options.protocol), "profile": str(options.profile)},
    )


_COUNTERS = {
    "crc_errors": ("CRC errors", "mdi:alert-circle-outline"),
    "repeats": ("Repeated messages", "mdi:repeat"),
    "sequence_jumps": ("Gaps in the sequence", "mdi:debug-step-over"),
    "damaged_lines": ("Damaged messages", "mdi:alert-circle-outline"),
    "buffer_overflows": ("Buffer overflows", "mdi:tray-alert"),
}


def shown_counters(options: Options) -> tuple[str, ...]:
    """The counters that have a sensor."""
    of_ecp = ("crc_errors", "repeats", "sequence_jumps") if options.protocol is Protocol.ECP else ()
    overflows = any(rule.event == BUFFER_OVERFLOW for rule in options.reports)
    return (*of_ecp, "damaged_lines", *(("buffer_overflows",) if overflows else ()))


def _entities(options: Options) -> Iterable[EntitySpec]:
    if not options.listen_only:
        yield from _controls(options)
    yield EntitySpec("rf_on", "binary_sensor", "Radio", "mdi:access-point", state_key="rf_on", device_class="running")
    yield EntitySpec("input_0", "binary_sensor", "Input 0", "mdi:electric-switch", state_key="input_0")
    yield EntitySpec("input_1", "binary_sensor", "Input 1", "mdi:electric-switch", state_key="input_1")
    yield EntitySpec(
        "problem", "binary_sensor", "Problem", state_key="problem", device_class="problem", category="diagnostic"
    )
    yield _diagnostic("last_error", "Last error", "mdi:alert-outline")
    yield EntitySpec(
        "power_fail",
        "binary_sensor",
        "Power failed",
        "mdi:power-plug-off-outline",
        state_key="power_fail",
        category="diagnostic",
    )
    if options.profile is Profile.MPRX:
        yield EntitySpec(
            "clock_offset",
            "sensor",
            "Clock offset",
            "mdi:clock-alert-outline",
            state_key="clock_offset",
            category="diagnostic",
            unit="s",
        )
    for key in shown_counters(options):
        yield _diagnostic(key, *_COUNTERS[key])
    yield _diagnostic("reader_id", "Reader ID", "mdi:identifier", enabled=False)
    yield _diagnostic("rf_control", "Radio control", "mdi:access-point", enabled=False)
    yield _diagnostic("frequency_mhz", "Frequency", "mdi:sine-wave", enabled=False, unit="MHz")
    yield _diagnostic("tag_protocols", "Tag protocols", "mdi:tag-multiple-outline", enabled=False)


def _controls(options: Options) -> Iterable[EntitySpec]:
    yield EntitySpec(
        "rf",
        "switch",
        "Radio",
        "mdi:access-point",
        state_key="rf_on",
        category="config",
        command="set_rf",
        args={"on": {"on": True}, "off": {"on": False}},
    )
    if options.profile is Profile.ENCOMPASS:
        for output in (0, 1):
            yield EntitySpec(
                f"output_{output}",
                "switch",
                f"Output {output}",
                "mdi:electric-switch",
                state_key=f"output_{output}",
                command="set_output",
                args={"on": {"output": output, "on": True}, "off": {"output": output, "on": False}},
            )
        yield _button("predefined_outputs", "Predefined outputs", "mdi:electric-switch-closed")
    else:
        for port in range(4):
            yield EntitySpec(
                f"check_tag_{port}",
                "button",
                f"Check tag {port}",
                "mdi:tag-check-outline",
                category="diagnostic",
                enabled=port == 0,
                command="check_tag",
                args={"port": port},
            )
        yield _button("set_clock", "Set clock", "mdi:clock-check-outline")
    if options.allow_configuration:
        yield _button("rf_by_presence", "Radio by presence", "mdi:motion-sensor")
    yield _button("query_status", "Query status", "mdi:clipboard-search-outline", category="diagnostic")
    yield _button("reset_uniqueness", "Reset uniqueness", "mdi:tag-remove-outline")
    yield _button("clear_power_fail", "Clear power failure", "mdi:power-plug-outline")


def _button(key: str, name: str, icon: str, category: str = "config") -> EntitySpec:
    return EntitySpec(key, "button", name, icon, category=category, command=key)


def _diagnostic(key: str, name: str, icon: str, *, enabled: bool = True, unit: str | None = None) -> EntitySpec:
    return EntitySpec(key, "sensor", name, icon, state_key=key, category="diagnostic", enabled=enabled, unit=unit)
