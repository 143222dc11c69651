"""Home Assistant with MQTT set up, a recorder and nothing that reaches beyond this machine."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.child import ROOT, ChildError
from benchmarks.home_assistant.synthetic import BRIDGE

PYTHON = ROOT / ".cache" / "home-assistant-newest" / "bin" / "python"
"""What ``scripts/setup-home-assistant newest`` makes."""

PROBE = Path(__file__).parent / "probe"
START = 180.0
"""Seconds at most until Home Assistant has started, with all entities available."""

CONFIGURATION = """\
homeassistant:
  time_zone: UTC
recorder:
history:
logbook:
logger:
  default: warning
readers_probe:
  port: {port}
  entities: {entities}
"""
SINCE = "2026-01-01T00:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the probe saw since the last look; times in milliseconds: p50, p99 and the most."""

    started: float
    available: float
    """Seconds of the monotonic clock; 0: not yet."""
    entities: int
    arrived: int
    repeated: int
    disordered: int
    states: int
    delays: tuple[float, float, float]
    lags: tuple[float, float, float]


class Server:
    """One installation; it can be started again."""

    def __init__(self, folder: Path, broker_port: int, *, component: bool, entities: int) -> None:
        self._folder = folder
        self._entities = entities
        self._process: subprocess.Popen[bytes] | None = None
        self._port = _free_port()
        self._began = 0.0
        custom = folder / "custom_components"
        custom.mkdir()
        shutil.copytree(PROBE, custom / "readers_probe")
        (folder / "configuration.yaml").write_text(CONFIGURATION.format(port=self._port, entities=entities))
        entries = [_entry("mqtt", "MQTT", None, 2, {"broker": "127.0.0.1", "port": broker_port, "protocol": "5"})]
        if component:
            (custom / "readers").symlink_to(ROOT / "custom_components" / "readers")
            entries.append(_entry("readers", BRIDGE, BRIDGE, 1, {"prefix": "readers", "bridge": BRIDGE}))
        (folder / ".storage").mkdir()
        self._store("core.config_entries", 1, 5, {"entries": entries})
        http = {
            "server_host": ["127.0.0.1"], "server_port": _free_port(), "cors_allowed_origins": [],
            "login_attempts_threshold": -1, "ip_ban_enabled": True, "ssl_profile": "intermediate_v6",
            "use_x_frame_options": True, "created_at": SINCE, "error": None, "error_message": None,
        }  # fmt: skip
        self._store("http", 3, 1, {"stable": http, "pending": None, "yaml_migration_done": True})

    def _store(self, key: str, version: int, minor_version: int, data: object) -> None:
        content = {"version": version, "minor_version": minor_version, "key": key, "data": data}
        (self._folder / ".storage" / key).write_text(json.dumps(content))

    @property
    def group(self) -> int:
        """The process group."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return (self._folder / "hass.log").read_text(errors="replace")

    @property
    def problems(self) -> list[str]:
        """The lines of the log that tell of errors, but not of programs for cameras that are missing."""
        found = [line for line in self.log.splitlines() if " ERROR " in line]
        return [line for line in found if "FFmpeg" not in line and "libturbojpeg" not in line]

    def start(self) -> float:
        """Start it; seconds until it had started and all event entities were available.

        Raises:
            ChildError: it did not.
        """
        command: list[str | Path] = [PYTHON, "-m", "homeassistant", "-c", self._folder, "--skip-pip", "--log-no-color"]
        self._began = time.monotonic()
        with (self._folder / "hass.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder, start_new_session=True
            )
        while time.monotonic() < self._began + START and self._process.poll() is None:
            with contextlib.suppress(OSError):
                seen = self.look()
                if seen.started and (seen.available or not self._entities):
                    return max(seen.started, seen.available) - self._began
            time.sleep(0.2)
        raise ChildError(f"Home Assistant does not start: {self.log[-1500:]}")

    def look(self) -> Seen:
        """What has been seen since the last look."""
        with socket.create_connection(("127.0.0.1", self._port), 60) as connection:
            found: dict[str, Any] = json.loads(connection.makefile("rb").read())
        return Seen(**found)

    def stop(self) -> None:
        """As a service manager ends it."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _entry(domain: str, title: str, unique_id: str | None, version: int, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "created_at": SINCE, "data": data, "disabled_by": None, "discovery_keys": {}, "domain": domain, "entry_id": f"{domain}1",
        "minor_version": 1, "modified_at": SINCE, "options": {}, "pref_disable_new_entities": False,
        "pref_disable_polling": False, "source": "user", "subentries": [], "title": title, "unique_id": unique_id,
        "version": version,
    }  # fmt: skip


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
