"""The short Python scripts."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.peers import Peer, Place, UnavailableError

FOLDER = Path(__file__).parent


def _for_lines(place: Place) -> list[str]:
    return [str(place.broker_port), *place.endpoints]


def _for_transcore(place: Place) -> list[str]:
    return [str(place.broker_port), place.options["protocol"], place.flooder or "-", *place.endpoints]


def _script(name: str, module: str, arguments: Callable[[Place], list[str]] = _for_lines) -> Peer:
    def prepare() -> None:
        if importlib.util.find_spec(module) is None:
            raise UnavailableError(f"the package {module} is not installed for this Python")

    def command(place: Place) -> list[str]:
        return [sys.executable, str(FOLDER / f"{name}_script.py"), *arguments(place)]

    return Peer(name, command, prepare=prepare)


PAHO = _script("paho", "paho.mqtt")
AIOMQTT = _script("aiomqtt", "aiomqtt")
POLLER = replace(_script("poller", "aiomqtt"), families=frozenset({"baltech"}), reconnects=False)
ECP = replace(_script("ecp", "aiomqtt", _for_transcore), families=frozenset({"transcore"}), reconnects=False)
