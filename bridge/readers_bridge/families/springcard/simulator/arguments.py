"""The arguments of ``readers-bridge simulate springcard``, and the readers that they ask for."""

from __future__ import annotations

import argparse
import ipaddress
from collections.abc import Callable

from readers_bridge.families.springcard.simulator import faults, frames
from readers_bridge.families.springcard.simulator import settings as choices
from readers_bridge.families.springcard.simulator.cards import parse_card
from readers_bridge.families.springcard.simulator.control import Control
from readers_bridge.families.springcard.simulator.faults import FAULTS
from readers_bridge.families.springcard.simulator.field import Report
from readers_bridge.families.springcard.simulator.reader import SimulatedReader
from readers_bridge.families.springcard.simulator.settings import Settings
from readers_bridge.families.springcard.simulator.udp import UdpLink
from readers_bridge.simulation.arguments import add_count, add_link, add_running, describe, serial_link, tcp_link
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.tcp import SecondClient
from readers_bridge.simulation.values import checked, choice, fault_parts, number, whole

_TERMINATORS = {"crlf": b"\r\n", "lf": b"\n", "cr": b"\r", "none": b""}
_NOT_NEGATIVE = number(0, limits="0 or more")
_UDP_ONLY = ("check_address", "check_port", "loss", "duplicates", "to")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every argument, with help, units and defaults."""
    describe(
        parser,
        "Simulated SpringCard readers in Smart Reader mode. They run until interrupted; one line on standard output tells\n"
        "each thing that happens. A card is presented from time to time while a host is connected.",
        Control.help_text,
    )
    _readers(parser.add_argument_group("readers and links"))
    _cards(parser.add_argument_group("cards"))
    _messages(parser.add_argument_group("messages"))
    _behaviour(parser.add_argument_group("behaviour"))
    add_running(parser.add_argument_group("running"), "single reads")


def _readers(group: argparse._ArgumentGroup) -> None:
    link = group.add_mutually_exclusive_group()
    link.add_argument("--udp", action="store_true", help="send datagrams; default: TCP servers, on consecutive ports")
    link.add_argument("--serial", action="store_true", help="open a pseudo-terminal for each reader and print its path")
    add_count(group)
    group.add_argument(
        "--host",
        metavar="ADDRESS",
        help="address to listen on (default 127.0.0.1); with --udp the first reader's (default 127.0.0.2), every further "
        "reader has the next",
    )
    group.add_argument(
        "--port", type=whole(0, 65_535), default=4000, help="first TCP port, 0: free ones; UDP port (default 4000)"
    )
    group.add_argument(
        "--to", metavar="HOST", help="UDP: where to send, may be a broadcast address (default 127.0.0.1)"
    )
    add_link(group)
    group.add_argument("--check-address", action="store_true", help="UDP: take commands from the --to address only")
    group.add_argument("--check-port", action="store_true", help="UDP: take commands from the port --port only")
    group.add_argument(
        "--loss", type=number(0, 1), metavar="P", help="UDP: lose a datagram with this probability, 0 to 1"
    )
    group.add_argument("--duplicates", type=number(0, 1), metavar="P", help="UDP: send one twice with this probability")


def _cards(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--card",
        type=checked(parse_card),
        action="append",
        default=[],
        metavar="CARD",
        help="a card to present: TAGID in hex[,key=value...], in turn if repeated (default: all different, numbered)",
    )
    pace = group.add_mutually_exclusive_group()
    pace.add_argument(
        "--rate", type=_NOT_NEGATIVE, default=0.5, help="cards per second and reader (default 0.5); 0: only on demand"
    )
    pace.add_argument("--flood", action="store_true", help="send messages as fast as the host takes them")
    group.add_argument(
        "--reads", type=whole(1), metavar="N", help="stop presenting after N cards, shared by all readers"
    )
    group.add_argument(
        "--delay",
        type=_NOT_NEGATIVE,
        default=0.3,
        metavar="S",
        help="seconds from connection to first card (default 0.3)",
    )
    group.add_argument(
        "--stamp",
        action="store_true",
        help="TagData is the time of the reading, nanoseconds since 1970 (not with --flood)",
    )


def _messages(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--format", **choice(choices.Format.SCRDR), help="output format (default scrdr)")
    group.add_argument(
        "--checksum",
        **choice(choices.Checksum.EXCLUDED),
        help="of $SCRDR: delimiters excluded, included, a wrong one, or none (default excluded)",
    )
    group.add_argument(
        "--terminator",
        choices=_TERMINATORS,
        default="crlf",
        help="end of a message; none is for JSON only (default crlf)",
    )
    group.add_argument(
        "--fragment", type=whole(0), default=0, metavar="N", help="bytes per write (default 0: whole messages)"
    )
    group.add_argument(
        "--coalesce", type=whole(1), default=1, metavar="N", help="messages per write or datagram (default 1)"
    )
    group.add_argument("--tracking", action="store_true", help="report movement: I, R, IR")
    group.add_argument("--anonymous-removal", action="store_true", help="R without the TagId")
    group.add_argument(
        "--repeat",
        type=_NOT_NEGATIVE,
        default=3.0,
        metavar="S",
        help="read a card that stays every S seconds (3.0); 0: never",
    )
    group.add_argument(
        "--direct-frames",
        type=whole(0),
        default=0,
        metavar="N",
        help="serial: a frame that begins with 16 every N messages",
    )


def _behaviour(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--second-client", **choice(SecondClient.REFUSE), help="TCP: what becomes of it (default refuse)"
    )
    group.add_argument(
        "--hello",
        **choice(choices.Hello.NONE),
        help="send a message without content to a host that connects (default none)",
    )
    group.add_argument(
        "--activate-on-startup", action="store_true", help="read without a host, too; those reads are lost"
    )
    group.add_argument(
        "--commands", **choice(choices.Commands.OWN), help="formats of commands that are understood (default own)"
    )
    group.add_argument("--verify", **choice(choices.Verify.BOTH), help="accepted checksums of $SCCMD (default both)")
    group.add_argument("--old-firmware", action="store_true", help="ignore every command")
    group.add_argument(
        "--boot-time", type=_NOT_NEGATIVE, default=0.5, metavar="S", help="seconds that a reboot takes (0.5)"
    )
    group.add_argument(
        "--fault",
        type=checked(_fault),
        action="append",
        default=[],
        metavar="NAME[=VALUE]@S",
        help="a fault every S seconds: " + "; ".join(f"{name}: {what}" for name, what in FAULTS.items()),
    )


def build(args: argparse.Namespace, on_happening: Callable[[Happening], None]) -> list[SimulatedReader]:
    """The readers that the arguments ask for, not yet started.

    Raises:
        ValueError: arguments that do not go together.
    """
    if not args.udp:
        for name in _UDP_ONLY:
            if getattr(args, name):
                raise ValueError(f"--{name.replace('_', '-')} needs --udp")
    if args.link and not args.serial:
        raise ValueError("--link needs --serial")
    if args.flood and args.stamp:
        raise ValueError("--stamp does not go with --flood, whose messages are made beforehand")
    settings = _settings(args)
    for card in args.card:
        frames.encode(Report(card), settings)
    readers = [_reader(args, settings, number, on_happening) for number in range(args.count)]
    for name, value, _ in args.fault:
        faults.check(readers[0].link, name, value)
    return readers


def _settings(args: argparse.Namespace) -> Settings:
    return Settings(
        format=args.format,
        checksum=args.checksum,
        terminator=_TERMINATORS[args.terminator],
        tracking=args.tracking,
        removal_id=not args.anonymous_removal,
        repeat=args.repeat or None,
        hello=args.hello,
        activate_on_startup=args.activate_on_startup,
        commands=args.commands,
        verify=args.verify,
        old_firmware=args.old_firmware,
        fragment=args.fragment,
        coalesce=args.coalesce,
        direct_frames=args.direct_frames,
        boot_time=args.boot_time,
    )


def _reader(
    args: argparse.Namespace, settings: Settings, number: int, on_happening: Callable[[Happening], None]
) -> SimulatedReader:
    return SimulatedReader(_link(args, number), settings, name=f"reader-{number + 1}", on_happening=on_happening)


def _link(args: argparse.Namespace, number: int) -> Link:
    if args.serial:
        return serial_link(args, number)
    if args.udp:
        return UdpLink(
            str(ipaddress.ip_address(args.host or "127.0.0.2") + number),
            args.port,
            args.to or "127.0.0.1",
            check_address=args.check_address,
            check_port=args.check_port,
            loss=args.loss or 0.0,
            duplicates=args.duplicates or 0.0,
            seed=number,
        )
    return tcp_link(args.host or "127.0.0.1", args, number)


def _fault(text: str) -> tuple[str, float | None, float]:
    name, value, seconds = fault_parts(text, FAULTS)
    if not seconds:
        raise ValueError(f"how often? Write {name}@30 for every 30 seconds")
    try:
        return name, float(value) if value else None, number(0.01, limits="0.01 or more")(seconds)
    except ValueError:
        raise ValueError(f"{text!r} must be NAME@SECONDS or NAME=NUMBER@SECONDS") from None
