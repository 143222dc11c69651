"""The bridge as people run it: all parsing and checking, JSON, journal on, default settings."""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import Any

from benchmarks.peers import LOCALHOST, Peer, Place, UnavailableError


def prepare() -> None:
    if importlib.util.find_spec("readers_bridge.__main__") is None:
        raise UnavailableError(
            "the package readers_bridge is not installed for this Python (scripts/setup installs it)"
        )


def command(place: Place) -> list[str]:
    config: dict[str, Any] = {
        "version": 1,
        "bridge": {"id": "bench", "data_dir": str(place.folder / "data")},
        "mqtt": {"host": LOCALHOST, "port": place.broker_port},
        "home_assistant": {"discovery": "off"},
        "devices": [
            {"id": f"reader-{number}", "family": place.family, "connection": f"tcp://{endpoint}", **place.options}
            for number, endpoint in enumerate(place.endpoints)
        ],
    }
    if place.flooder:
        config["devices"].append({"id": "flooder", "family": "springcard", "connection": f"tcp://{place.flooder}"})
    path = place.folder / "bridge.yaml"
    path.write_text(json.dumps(config))  # JSON is YAML
    return [sys.executable, "-m", "readers_bridge", "run", "--config", str(path)]


FAMILIES = frozenset({"springcard", "baltech", "transcore"})
BRIDGE = Peer("bridge", command, topics="readers/bench/+/read", prepare=prepare, families=FAMILIES)
BRIDGE_ON_ASYNCIO = Peer(
    "bridge-asyncio",
    command,
    topics="readers/bench/+/read",
    prepare=prepare,
    environment={"READERS_NO_UVLOOP": "1"},
    families=FAMILIES,
)
