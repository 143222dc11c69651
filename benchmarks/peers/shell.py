"""One pipeline for each reader: socat into ``mosquitto_pub -l``."""

from __future__ import annotations

import os
import shutil
import subprocess

from benchmarks.peers import LOCALHOST, Peer, Place, UnavailableError

PROGRAMS = {"socat": "socat", "mosquitto_pub": "mosquitto-clients"}


def prepare() -> None:
    missing = [package for program, package in PROGRAMS.items() if shutil.which(program) is None]
    if not missing:
        return
    by_hand = f"apt-get install --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise UnavailableError(f"{' and '.join(missing)} missing; as root: {by_hand}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        if subprocess.run(["apt-get", "-q", *words], env=environment, capture_output=True, check=False).returncode:
            raise UnavailableError(f"{' and '.join(missing)} could not be installed; try as root: {by_hand}")


def command(place: Place) -> list[str]:
    pipelines = [
        f"socat -u TCP:{endpoint} STDOUT | "
        f"mosquitto_pub -h {LOCALHOST} -p {place.broker_port} -t bench/{number} -q 1 -l &"
        for number, endpoint in enumerate(place.endpoints)
    ]
    return ["sh", "-c", "\n".join([*pipelines, "wait"])]


SHELL = Peer("shell", command, prepare=prepare, most_readers=10)
