"""The keys of a device's entry that are Star's own, and the ports in its ``connection``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import voluptuous as vol

from readers_bridge.families.star import typedefs
from readers_bridge.families.star.printing.code_pages import ESC_POS, STAR
from readers_bridge.families.star.printing.code_pages import names as code_page_names
from readers_bridge.families.star.typedefs import Emulation, Peripheral
from readers_bridge.model import Address, DeviceConfig
from readers_bridge.validation import Refusal, suggestion

AUTO = "auto"
CODE_PAGE = "cp1252"

_PORTS = {
    "management": typedefs.MANAGEMENT_PORT,
    "print": typedefs.PRINT_PORT,
    "status": typedefs.STATUS_PORT,
}
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?:[:-]?[0-9A-Fa-f]{2}){5}")
_PASSWORD = re.compile(r"[\x01-\x7F]{1,64}")


@dataclass(frozen=True, slots=True)
class Ports:
    """The TCP ports of a printer's interface card; ``management`` is the UDP port of its discovery, too."""

    management: int = typedefs.MANAGEMENT_PORT
    print: int = typedefs.PRINT_PORT
    status: int = typedefs.STATUS_PORT

    @classmethod
    def of(cls, address: Address) -> Ports:
        """The ports that the query of ``connection`` names, or the usual ones."""
        return cls(**{name: int(address.params.get(name, usual)) for name, usual in _PORTS.items()})


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one device. ``emulation`` None: told from the model; ``columns``, ``dots`` None: as the model has them.

    ``poll``: seconds between two looks at the status; ``print_timeout``: seconds that a printer may take without any progress.
    """

    emulation: Emulation | None = None
    columns: int | None = None
    dots: int | None = None
    code_page: str = CODE_PAGE
    replacement: str = "?"
    peripheral: Peripheral = Peripheral.NONE
    invert_drawer: bool = False
    allow_raw: bool = False
    password: str | None = field(default=None, repr=False)
    mac: str | None = None
    poll: float = 10.0
    print_timeout: float = 30.0

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Options:
        """The options of a DeviceConfig; a key that is missing has its default."""
        emulation = options.get("emulation", AUTO)
        return cls(
            emulation=None if emulation == AUTO else Emulation(emulation),
            columns=options.get("columns"),
            dots=options.get("dots"),
            code_page=options.get("code_page", CODE_PAGE),
            replacement=options.get("replacement", "?"),
            peripheral=Peripheral(options.get("peripheral", "none")),
            invert_drawer=options.get("invert_drawer", False),
            allow_raw=options.get("allow_raw", False),
            password=options.get("password"),
            mac=options.get("mac"),
            poll=float(options.get("poll", 10)),
            print_timeout=float(options.get("print_timeout", 30)),
        )


def mac_address(value: Any) -> str:
    """A MAC address in the form ``00:11:62:13:DE:EF``, for the schema."""
    if not isinstance(value, str) or not _MAC.fullmatch(value):
        raise vol.Invalid('expected a MAC address in quotes, as "00:11:62:13:DE:EF"')
    return bytes.fromhex(re.sub("[:-]", "", value)).hex(":").upper()


def password(value: Any) -> str:
    """The interface card's user password, for the schema; the text of a problem never shows it."""
    if not isinstance(value, str) or not _PASSWORD.fullmatch(value):
        expected = "expected the user password of the interface card in quotes: 1 to 64 ASCII characters"
        raise Refusal(expected, code="invalid_value", blind=expected)
    return value


def _replacement(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 1 or not " " <= value <= "~":
        raise vol.Invalid('expected one printable ASCII character in quotes, as "?"')
    return value


SCHEMA: Mapping[Any, Any] = {
    vol.Optional("emulation", default=AUTO): vol.In([AUTO, *map(str, Emulation)]),
    vol.Optional("columns"): vol.All(int, vol.Range(16, 120)),
    vol.Optional("dots"): vol.All(int, vol.Range(128, 1024)),
    vol.Optional("code_page", default=CODE_PAGE): vol.In(sorted({*STAR, *ESC_POS})),
    vol.Optional("replacement", default="?"): _replacement,
    vol.Optional("peripheral", default="none"): vol.In([*map(str, Peripheral)]),
    vol.Optional("invert_drawer", default=False): bool,
    vol.Optional("allow_raw", default=False): bool,
    vol.Optional("password"): password,
    vol.Optional("mac"): mac_address,
    vol.Optional("poll", default=10): vol.All(float, vol.Range(1, 300)),
    vol.Optional("print_timeout", default=30): vol.All(float, vol.Range(2, 300)),
}


def problems(config: DeviceConfig) -> list[str]:
    """What of a device's entry contradicts itself, each text beginning with the key at fault."""
    options = Options.of(config.options)
    found = [f"connection: {text}" for text in _port_problems(config.address.params)]
    pages = code_page_names(options.emulation) if options.emulation is not None else ()
    if pages and options.code_page not in pages:
        found.append(f"code_page: {options.emulation} has no {options.code_page}; choose from {', '.join(pages)}")
    if options.invert_drawer and options.peripheral is Peripheral.BUZZER:
        found.append("invert_drawer: a buzzer has no drawer's contact; leave it out, or set peripheral: drawer")
    return found


def _port_problems(params: Mapping[str, str]) -> list[str]:
    found = []
    given: dict[int, str] = {}
    for name, text in params.items():
        if name not in _PORTS:
            found.append(f"it has no parameter {name}; there are {', '.join(_PORTS)}{suggestion(name, _PORTS)}")
        elif not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 0xFFFF):
            found.append(f"the port {name} is a number from 1 to 65535, not {text}")
    if not found:
        for name, usual in _PORTS.items():
            port = int(params.get(name, usual))
            if port in given:
                found.append(f"the ports {given[port]} and {name} are both {port}; each has one of its own")
            given[port] = name
    return found
