"""The command line as a person runs it: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = (sys.executable, "-m", "readers_bridge")
SECONDS = 20.0


def run(*words: str, cwd: Path, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*PROGRAM, *words],
        cwd=cwd,
        input=stdin,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "COLUMNS": "120", **environment},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
