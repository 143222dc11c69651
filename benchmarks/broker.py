"""A private Mosquitto, the same for everybody."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from benchmarks.child import ChildError

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
CONFIG = """\
listener {port} 127.0.0.1
allow_anonymous true
max_queued_messages 0
user root
log_dest stderr
log_type error
log_type warning
"""


class Broker:
    """A Mosquitto on a free port of 127.0.0.1; no limit on queued messages, everything else as it comes."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.port: int = sock.getsockname()[1]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "mosquitto.conf").write_text(CONFIG.format(port=self.port))

    def start(self) -> None:
        """Return when it listens; raises ChildError when it does not."""
        log = self._folder / "mosquitto.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [MOSQUITTO, "-c", str(self._folder / "mosquitto.conf")], stdout=output, stderr=output
            )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self._process.poll() is None:
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise ChildError(f"Mosquitto does not start: {log.read_text()[-500:]}")

    def kill(self) -> None:
        """The power cut: nothing is said to anybody."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
