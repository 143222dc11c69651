"""What a peer costs: processor time and memory of all its processes, read from ``/proc``."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def _processes(group: int) -> Iterator[tuple[Path, list[bytes]]]:
    """The processes of a process group, each with the fields of proc(5)'s ``stat`` from the third one on."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_bytes().rpartition(b")")[2].split()
            except OSError:  # gone in the meantime
                continue
            if int(fields[2]) == group:
                yield folder, fields


def _seconds(folder: Path, fields: list[bytes]) -> float:
    """Processor time of one process: to the scheduler's tick where the kernel tells, else in steps of 10 ms."""
    try:
        return sum(int((task / "schedstat").read_bytes().split()[0]) for task in (folder / "task").iterdir()) / 1e9
    except OSError:
        return sum(map(int, fields[11:15])) / TICK


def cpu_seconds(group: int) -> float:
    """Processor time used so far, user and system, by the processes that are there."""
    return sum(_seconds(folder, fields) for folder, fields in _processes(group))


def peak_megabytes(group: int) -> float:
    """Resident memory of each process at its highest, added up, in MB (10^6 bytes)."""
    kibibytes = 0
    for folder, _ in _processes(group):
        try:
            found = re.search(r"VmHWM:\s+(\d+) kB", (folder / "status").read_text())
        except OSError:
            continue
        kibibytes += int(found[1]) if found else 0
    return kibibytes * 1024 / 1e6


def resident_megabytes(group: int) -> float:
    """Resident memory of each process now, added up, in MB (10^6 bytes)."""
    pages = 0
    for folder, _ in _processes(group):
        with contextlib.suppress(OSError):  # gone in the meantime
            pages += int((folder / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
