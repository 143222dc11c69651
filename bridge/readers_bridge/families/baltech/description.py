"""What a BALTECH reader is and can do, as the bridge describes it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from readers_bridge.families.baltech.command_specs import SCRIPT_COMMANDS, port_commands, rgb_commands
from readers_bridge.families.baltech.options import Options, Protocol
from readers_bridge.families.baltech.reader import About
from readers_bridge.families.baltech.typedefs import GPIOS, INPUTS, OUTPUTS, AutoReadMode, FeatureID, IoPort
from readers_bridge.model import CommandSpec, Description, EntitySpec, EventSpec

MANUFACTURER = "BALTECH"
MODEL = "ID-engine reader"

LEGACY = (IoPort.GreenLed, IoPort.RedLed, IoPort.Beeper, IoPort.Relay)
"""What a reader is taken to have whose firmware is too old to tell."""

INPUTS_AND_GPIOS = tuple(sorted(INPUTS | GPIOS))

_OF_FEATURES = {
    FeatureID.GreenLed: IoPort.GreenLed,
    FeatureID.RedLed: IoPort.RedLed,
    FeatureID.Beeper: IoPort.Beeper,
    FeatureID.Relay: IoPort.Relay,
    FeatureID.BlueLed: IoPort.BlueLed,
}

_ICONS = {IoPort.Beeper: "mdi:volume-high", IoPort.Relay: "mdi:electric-switch"}

_READ = EventSpec("read", ("read", "late_read"), "Read", "mdi:card-account-details-outline")
_TAMPER = EventSpec("tamper_alarm", ("alarm_on", "alarm_off"), "Tamper alarm", "mdi:shield-alert-outline")
_ACTIVITY = EventSpec(
    "activity",
    ("card_removed", "function_key", "log", "empty_card", "message", "restarted"),
    "Activity",
    "mdi:card-bulleted-outline",
)


def outputs(options: Options, about: About | None) -> tuple[IoPort, ...]:
    """The ports that can be switched: those that the reader tells of, and those that only the configuration can tell."""
    configured = options.ports or ()
    if about is None or about.features is None:
        return configured or (LEGACY if about is not None else ())
    told = [port for feature, port in _OF_FEATURES.items() if feature in about.features]
    return tuple(dict.fromkeys((*told, *(port for port in configured if port not in _OF_FEATURES.values()))))


def describe(options: Options, about: About | None) -> Description:
    """The description of a reader; ``about`` None: it has not been asked yet."""
    if options.protocol is Protocol.RAW_SERIAL:
        return Description(MANUFACTURER, MODEL, "baltech", events=(_READ,))
    switched = outputs(options, about)
    rgb = about is not None and about.features is not None and bool({81, 82} & about.features)
    commands = _commands(switched, about, rgb=rgb)
    attributes = {} if about is None else _attributes(about)
    return Description(
        MANUFACTURER,
        MODEL if about is None else f"{about.info.firmware_id} {about.info.name}".strip() or MODEL,
        "baltech",
        serial=None if about is None else about.info.serial,
        firmware=None if about is None else f"{about.info.release} {about.info.date}".strip() or None,
        entities=tuple(_entities(switched, about, rgb=rgb)),
        events=(_READ, _TAMPER, _ACTIVITY),
        commands=tuple(commands),
        attributes=attributes,
    )


def _commands(switched: tuple[IoPort, ...], about: About | None, *, rgb: bool) -> list[CommandSpec]:
    """What the reader can be told; before it was asked, what any reader can be told, so that it is unavailable, not invalid."""
    if about is None:
        return [*port_commands(OUTPUTS, INPUTS_AND_GPIOS), *rgb_commands(), *SCRIPT_COMMANDS]
    return [*port_commands(switched, about.inputs), *(rgb_commands() if rgb else ()), *SCRIPT_COMMANDS]


def _attributes(about: About) -> dict[str, str]:
    found = {
        "firmware": about.info.text,
        "part_number": about.part_number,
        "hardware_revision": about.hardware_revision,
        "configuration": about.configuration,
    }
    return {name: value for name, value in found.items() if value}


def _entities(switched: Collection[IoPort], about: About | None, *, rgb: bool) -> Iterable[EntitySpec]:
    for port in switched:
        yield EntitySpec(
            snake_case(port.name),
            "switch",
            words(port.name),
            _ICONS.get(port, "mdi:led-on"),
            enabled=port is not IoPort.Beeper,
            command="set_port",
            args={"on": {"port": port.name, "on": True}, "off": {"port": port.name, "on": False}},
        )
    if IoPort.Beeper in switched:
        beep = {"port": "Beeper", "count": 1, "on_ms": 200, "off_ms": 200}
        yield EntitySpec("beep", "button", "Beep", "mdi:bullhorn-outline", command="toggle_port", args=beep)
    if IoPort.Relay in switched:
        yield EntitySpec(
            "pulse_relay", "button", "Pulse relay", "mdi:electric-switch", command="pulse_relay", args={"ms": 3000}
        )
    if rgb:
        yield EntitySpec("rgb", "light", "RGB LED", "mdi:led-on", command="set_rgb", args={"value": "color"})
    yield EntitySpec(
        "autoread",
        "select",
        "Autoread",
        "mdi:card-search-outline",
        state_key="autoread",
        category="config",
        options=tuple(mode.name for mode in AutoReadMode),
        command="set_autoread",
        args={mode.name: {"mode": mode.name} for mode in AutoReadMode},
    )
    yield EntitySpec("reset", "button", "Restart reader", "mdi:restart", category="config", command="reset")
    yield EntitySpec(
        "card_families",
        "sensor",
        "Card families",
        "mdi:credit-card-search-outline",
        state_key="card_families",
        category="diagnostic",
        enabled=False,
    )
    for port in about.inputs if about else ():
        if port in switched:
            continue  # a GPIO that is used as an output
        tamper = port is IoPort.TamperAlarm
        yield EntitySpec(
            "tamper" if tamper else snake_case(port.name),
            "binary_sensor",
            "Tamper" if tamper else words(port.name),
            state_key="tamper" if tamper else snake_case(port.name),
            device_class="tamper" if tamper else None,
            enabled=port in INPUTS,
        )
    yield from _boot_status()


def _boot_status() -> Iterable[EntitySpec]:
    yield EntitySpec(
        "hardware_problem",
        "binary_sensor",
        "Hardware problem",
        state_key="hardware_problem",
        device_class="problem",
        category="diagnostic",
    )
    yield EntitySpec(
        "boot_status",
        "sensor",
        "Boot status",
        "mdi:clipboard-pulse-outline",
        state_key="boot_status",
        category="diagnostic",
    )


def words(name: str) -> str:
    """``GreenLed`` as ``Green LED``, ``Input0`` as ``Input 0``."""
    first, *others = re.findall(r"[0-9]+|[A-Z]?[a-z]+", name)
    return " ".join([first, *(word.lower() for word in others)]).replace(" led", " LED")


def snake_case(name: str) -> str:
    """``GreenLed`` as ``green_led``, ``Rf125kHz`` as ``rf125khz``."""
    for written, read in (("kHz", "khz"), ("MHz", "mhz"), ("HW", "Hw_"), ("WiFi", "Wifi")):
        name = name.replace(written, read)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
