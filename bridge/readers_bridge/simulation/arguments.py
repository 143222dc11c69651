"""Arguments that ``readers-bridge simulate`` has for several families, and the links that they ask for."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

from readers_bridge.simulation.serial import SerialLink
from readers_bridge.simulation.tcp import TcpLink
from readers_bridge.simulation.values import checked, endpoint, number, whole


def describe(parser: argparse.ArgumentParser, description: str, help_text: str) -> None:
    """Say what is simulated, and in the end what the control interface can do."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = description
    parser.epilog = "lines on standard input, or on --control:\n" + textwrap.indent(help_text, "  ")


def add_count(group: argparse._ArgumentGroup, devices: str = "readers") -> None:
    """How many; ``devices`` is what they are called."""
    group.add_argument("--count", type=whole(1), default=1, metavar="N", help=f"{devices} (default 1)")


def add_host(group: argparse._ArgumentGroup) -> None:
    """Where TCP servers listen."""
    group.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (default 127.0.0.1)"
    )


def add_link(group: argparse._ArgumentGroup) -> None:
    """A name for a pseudo-terminal."""
    group.add_argument(
        "--link", type=Path, metavar="PATH", help="serial: make a symbolic link (with a number if several)"
    )


def add_addresses(group: argparse._ArgumentGroup, port: int) -> None:
    """How many readers, and where they are; ``port`` is the usual one of the first."""
    add_count(group)
    add_host(group)
    group.add_argument(
        "--port", type=whole(0, 65_535), default=port, help=f"first of consecutive TCP ports, 0: free ones ({port})"
    )
    add_link(group)


def add_running(group: argparse._ArgumentGroup, quiet: str) -> None:
    """The options of ``program``; ``quiet`` is what is left out."""
    group.add_argument(
        "--duration", type=number(0), metavar="S", help="end after S seconds (default: run until interrupted)"
    )
    group.add_argument(
        "--control", type=checked(endpoint), metavar="[HOST:]PORT", help="control interface on TCP (host 127.0.0.1)"
    )
    group.add_argument("--json", action="store_true", help="one JSON object per line on standard output")
    group.add_argument("--quiet", action="store_true", help=f"do not tell {quiet}")


def tcp_link(host: str, args: argparse.Namespace, n: int) -> TcpLink:
    """The TCP server of reader ``n``, from 0.

    Raises:
        ValueError: there is no port for it.
    """
    port = args.port + n if args.port else 0
    if port > 65_535:
        raise ValueError(f"there is no port {port}; begin at a smaller --port")
    return TcpLink(host, port, args.second_client)


def serial_link(args: argparse.Namespace, n: int) -> SerialLink:
    """The pseudo-terminal of reader ``n``, from 0."""
    link: Path | None = args.link
    return SerialLink(link.with_name(f"{link.name}{n + 1}") if link and args.count > 1 else link)
