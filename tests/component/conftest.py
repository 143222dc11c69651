"""What every test of the component has: Home Assistant that finds it, and a Mosquitto if asked for."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Generator

import custom_components  # noqa: F401  # before the fixtures of Home Assistant put a package of that name first on the path
import pytest
import pytest_socket

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


@pytest.fixture(autouse=True)
def _load_custom_components(enable_custom_integrations: None) -> None:
    """Home Assistant finds the component."""


@pytest.fixture(autouse=True)
def expected_lingering_timers() -> bool:
    """The mocked MQTT client keeps its one-second timer; every other timer is the component's own, and asserted in its tests."""
    return True


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def mosquitto_port(tmp_path_factory: pytest.TempPathFactory) -> Generator[int]:
    """The port of a real broker on 127.0.0.1; a test that lets Home Assistant connect to it also takes ``socket_enabled``."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("mosquitto")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nuser root\n")
    with (folder / "mosquitto.log").open("wb") as log:
        process = subprocess.Popen([MOSQUITTO, "-c", config], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 10
        while not _answers(port):
            assert process.poll() is None, (folder / "mosquitto.log").read_text()
            assert time.monotonic() < deadline, "Mosquitto does not listen"
            time.sleep(0.01)  # a poll with a deadline
        yield port
    finally:
        process.terminate()
        process.wait(10)
