"""``scripts/develop``: the house of these tests, for a person, until Ctrl-C."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import socket
import sys
from typing import Any, NoReturn

from tests.conftest import free_port
from tests.home_assistant.harness import House
from tests.home_assistant.server import ROOT, HomeAssistant, HomeAssistantError

FOLDER = ROOT / ".cache" / "develop"
"""Configurations and logs of the last run."""

LIVELY = dict.fromkeys(("springcard", "baltech", "transcore"), ("--port", "0", "--rate", "0.2"))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/develop",
        description="Start a broker, simulated devices of every family, the bridge, and Home Assistant with this repository's "
        "component and a user; print the address. Ctrl-C ends all of it.",
    )
    parser.add_argument("--port", type=int, help="port of Home Assistant (default: 8123, or a free one)")
    parser.add_argument("--quiet", action="store_true", help="devices that do nothing until they are told to")
    parser.add_argument("--without-component", action="store_true", help="do not set up the component, only MQTT")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    shutil.rmtree(FOLDER, ignore_errors=True)
    house = House(
        FOLDER,
        arguments={} if chosen.quiet else LIVELY,
        owner="developer",
        broker_port=_this_or_free(1883),
        http_port=chosen.port or _this_or_free(8123),
        tell=_say,
    )
    with contextlib.suppress(KeyboardInterrupt):
        _say("starting; this takes about ten seconds")
        with house:
            if not chosen.without_component:
                _set_up_component(house.home_assistant)
            _tell_the_rest(house)
            return _until_it_ends(house)
    return 0


def _interrupt(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(f"develop: {text}", flush=True)


def _this_or_free(port: int) -> int:
    with socket.socket() as sock:
        return free_port() if sock.connect_ex(("127.0.0.1", port)) == 0 else port


def _set_up_component(home_assistant: HomeAssistant) -> None:
    try:
        result = home_assistant.confirm("readers")
    except (AssertionError, HomeAssistantError) as error:
        _say(f"the component could not be set up: {error}")
    else:
        _say(f"the component: {result.get('title') or result.get('reason')}")


def _tell_the_rest(house: House) -> None:
    for family, simulator in house.simulators.items():
        _say(f"steer {family}: nc {simulator.told('control')[0]['address'].replace(':', ' ')}   (try: help)")
    _say(f"logs: {house.home_assistant.folder / 'hass.log'}, {house.bridge.log_path}")
    _say(f"open {house.home_assistant.address} and log in as developer, password developer; Ctrl-C ends all")


def _until_it_ends(house: House) -> int:
    process = house.home_assistant.process
    assert process is not None
    while (code := process.wait()) == 100:  # a person asked Home Assistant to restart
        _say("Home Assistant restarts")
        process = house.home_assistant.start().process
        assert process is not None
    _say(f"Home Assistant ended with code {code}; see its log")
    return 1


if __name__ == "__main__":
    sys.exit(main())
