"""What is allowed in a configuration, but hardly meant."""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from readers_bridge.yaml_file import SECRETS_FILE

if TYPE_CHECKING:
    from readers_bridge.config import Config


def warnings(config: Config) -> tuple[str, ...]:
    """Each with the key it is about, and what to do. Looks at this machine's files."""
    return (*_secrets(config), *_broker(config), *_files(config), *_devices(config))


def _secrets(config: Config) -> Iterator[str]:
    for path in config.inline_secrets:
        name = path.replace("[", "_").replace("].", "_").replace(".", "_")
        yield (
            f"{path}: this secret stands in the file; write `!secret {name}` and a line `{name}: ...` "
            f"into {SECRETS_FILE} beside it, or use !env"
        )
    if config.path is None:
        return
    secrets = config.path.parent / SECRETS_FILE
    if secrets.is_file() and secrets.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO) & ~stat.S_IRGRP:
        yield f"{secrets}: other users of this machine may read it; `chmod 640 {secrets}`"


def _broker(config: Config) -> Iterator[str]:
    remote = [host for host, _ in config.mqtt.hosts if not _is_local(host)]
    if remote and config.mqtt.username is None:
        yield (
            f"mqtt.username: the bridge shows no user name to {remote[0]}; whoever reaches a broker that lets everybody in "
            "can send commands to your devices. Set username and password, and let the broker demand them"
        )
    if remote and config.mqtt.tls is None:
        yield f"mqtt.tls: what goes to {remote[0]} is not encrypted; set `tls: true` when the broker offers it"
    if config.mqtt.tls is not None and not config.mqtt.tls.verify_hostname:
        yield "mqtt.tls.verify_hostname: any host with a certificate of this CA can pose as the broker"


def _files(config: Config) -> Iterator[str]:
    folder = config.bridge.data_dir
    if folder.exists() and not folder.is_dir():
        yield f"bridge.data_dir: {folder} is not a directory; the journal cannot be kept there"
    else:
        nearest = next(parent for parent in (folder, *folder.parents, Path.cwd()) if parent.exists())
        if not os.access(nearest, os.W_OK | os.X_OK):
            yield f"bridge.data_dir: this user may not write to {nearest}; change its owner, or choose another data_dir"
    tls = config.mqtt.tls
    if tls is not None:
        for key, file in (("ca", tls.ca), ("certificate", tls.certificate), ("key", tls.key)):
            if file is not None and not os.access(file, os.R_OK):
                yield f"mqtt.tls.{key}: {file} cannot be read by this user; the bridge will not connect"


def _devices(config: Config) -> Iterator[str]:
    if not config.devices:
        yield "devices: there are none; find some with `readers-bridge discover`"


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
