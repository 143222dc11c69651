"""The arguments of ``readers-bridge simulate transcore``, and the readers that they ask for."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from readers_bridge.families.transcore.simulator.control import Control
from readers_bridge.families.transcore.simulator.faults import FAULTS
from readers_bridge.families.transcore.simulator.reader import SimulatedReader
from readers_bridge.families.transcore.simulator.settings import BUFFER, Settings, StaleAck
from readers_bridge.families.transcore.simulator.values import ecp_timeout, fault, frequency, serial_number, tag
from readers_bridge.families.transcore.typedefs import CrcVariant, Parity, Profile, Protocol
from readers_bridge.simulation.arguments import add_addresses, add_running, describe, serial_link, tcp_link
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.tcp import SecondClient
from readers_bridge.simulation.values import checked, choice, number, whole

PORT = 10_001
_DEFAULTS = Settings()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every argument, with help, units and defaults."""
    describe(
        parser,
        "Simulated TransCore readers. They run until interrupted; one line on standard output tells each thing that happens.\n"
        "A tag comes by from time to time after a host has connected for the first time.",
        Control.help_text,
    )
    _readers(parser.add_argument_group("readers and links"))
    _tags(parser.add_argument_group("tags"))
    _line(parser.add_argument_group("line and protocol"))
    _behaviour(parser.add_argument_group("behaviour"))
    add_running(parser.add_argument_group("running"), "single tags and commands")


def _readers(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--serial",
        action="store_true",
        help="open a pseudo-terminal for each reader and print its path (default: TCP servers)",
    )
    add_addresses(group, PORT)
    group.add_argument(
        "--second-client",
        **choice(SecondClient.REFUSE, without=[SecondClient.TAKE_OVER]),
        help="TCP: what becomes of it (default refuse)",
    )
    group.add_argument(
        "--embedded-server", action="store_true", help="the TCP server loses power together with the reader"
    )


def _tags(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--tag",
        type=checked(tag),
        action="append",
        default=[],
        metavar="TEXT",
        help="a tag, in quotes as in JSON or as it is; in turn if repeated (default: numbered railcars, all different)",
    )
    group.add_argument(
        "--rate", type=number(0), default=0.5, help="tags per second and reader (default 0.5); 0: only on demand"
    )
    group.add_argument("--reads", type=whole(1), metavar="N", help="stop after N tags, shared by all readers")
    group.add_argument(
        "--delay", type=number(0), default=0.3, metavar="S", help="seconds from first connection to first tag (0.3)"
    )
    group.add_argument(
        "--stamp", action="store_true", help="the tag is the time of the reading, nanoseconds since 1970"
    )
    group.add_argument(
        "--backlog", type=whole(0), default=0, metavar="N", help="tags that wait in the buffer from the start (0)"
    )


def _line(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--protocol", **choice(Protocol.BASIC), help="default basic")
    group.add_argument(
        "--crc",
        **choice(CrcVariant.VENDOR, without=frozenset({CrcVariant.AUTO, CrcVariant.WILDCARD})),
        help="of ECP messages: the manufacturer's example, or XMODEM (default vendor)",
    )
    group.add_argument(
        "--parity", **choice(Parity.NONE), help="none, even or odd; it counts in CRCs, the bytes stay 7 bit (default N)"
    )
    group.add_argument(
        "--wire-parity", action="store_true", help="put the parity bits into bit 7, as on a line opened with 8 bits"
    )
    group.add_argument(
        "--ecp-timeout",
        type=checked(ecp_timeout),
        default=_DEFAULTS.ecp_timeout,
        metavar="MS",
        help="until a message without ACK is repeated; off (12700 ms, as from the factory)",
    )
    group.add_argument(
        "--stale-ack",
        **choice(StaleAck.WAIT),
        help="on an ACK for the message before: wait for the time-out, or repeat at once (default wait)",
    )
    group.add_argument(
        "--baud", type=whole(1), metavar="BAUD", help="characters leave at this rate (default: all at once)"
    )
    group.add_argument("--echo", action="store_true", help="echo what the host sends, except in ECP")
    group.add_argument("--echo-lf", action="store_true", help="the echo of CR is CR LF")
    group.add_argument(
        "--flow-control",
        choices=("on", "off"),
        help="XON/XOFF (default on, with ECP off)",
    )
    group.add_argument(
        "--empty-answer", action="store_true", help="answer CTRL-E with an empty message when there is none"
    )


def _behaviour(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--profile", **choice(Profile.MPRX), help="default mprx")
    group.add_argument("--model", default=_DEFAULTS.model, help=f"in the sign-on (default {_DEFAULTS.model!r})")
    group.add_argument(
        "--serial-number",
        type=checked(serial_number),
        default=_DEFAULTS.serial_number,
        metavar="NNNNNN",
        help=f"of the first reader, every further one has the next; none (default {_DEFAULTS.serial_number})",
    )
    group.add_argument("--no-sign-on", action="store_true", help="the reader was on before")
    group.add_argument("--boot-rom", action="store_true", help="only the boot ROM runs: its sign-on, RF off")
    group.add_argument("--no-time", action="store_true", help="no time and date behind messages (MPRX)")
    group.add_argument("--auxiliary", action="store_true", help="auxiliary data behind messages")
    group.add_argument("--unique", action="store_true", help="report a tag again only after another, or 2 minutes")
    group.add_argument("--mprx-mode", action="store_true", help="MPRX mode: check tags, RF by presence")
    group.add_argument(
        "--frequency",
        type=checked(frequency),
        default=_DEFAULTS.frequency,
        metavar="HEX",
        help="of the RF section; none: Error06 (default 20)",
    )
    group.add_argument("--input-reports", type=whole(0, 3), default=0, metavar="N", help="0 to 3, as 82N (0)")
    group.add_argument("--presence-reports", action="store_true", help="presence without tag is reported")
    group.add_argument(
        "--heartbeat", type=number(0.01), metavar="S", help="Encompass: report the RF status every S seconds"
    )
    group.add_argument(
        "--buffer", type=whole(1, 10**6), default=BUFFER, metavar="N", help=f"messages in the buffer ({BUFFER})"
    )
    group.add_argument(
        "--boot-time", type=number(0), default=0.2, metavar="S", help="seconds that a power cycle takes (0.2)"
    )
    group.add_argument(
        "--fault",
        type=checked(fault),
        action="append",
        default=[],
        metavar="NAME[=SHARE][@S]",
        help="a fault for a share of the messages (all), or once every S seconds: "
        + ", ".join(FAULTS)
        + " (see below)",
    )
    group.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of the faults (default 0)")


def build(args: argparse.Namespace, on_happening: Callable[[Happening], None]) -> list[SimulatedReader]:
    """The readers that the arguments ask for, not yet started.

    Raises:
        ValueError: arguments that do not go together.
    """
    if args.link and not args.serial:
        raise ValueError("--link needs --serial")
    if args.embedded_server and args.serial:
        raise ValueError("--embedded-server does not go with --serial")
    if args.heartbeat and args.profile is not Profile.ENCOMPASS:
        raise ValueError("--heartbeat needs --profile encompass")
    if args.stamp and args.tag:
        raise ValueError("--stamp does not go with --tag")
    return [_reader(args, n, on_happening) for n in range(args.count)]


def _reader(args: argparse.Namespace, n: int, on_happening: Callable[[Happening], None]) -> SimulatedReader:
    first = args.serial_number
    chosen = Settings(
        profile=args.profile,
        protocol=args.protocol,
        model=args.model,
        serial_number=None if first is None else f"{(int(first) + n) % 1_000_000:06d}",
        boot_rom=args.boot_rom,
        sign_on=not args.no_sign_on,
        crc=args.crc,
        parity=args.parity,
        wire_parity=args.wire_parity,
        ecp_timeout=args.ecp_timeout,
        stale_ack=args.stale_ack,
        echo=args.echo,
        echo_lf=args.echo_lf,
        flow_control={None: None, "on": True, "off": False}[args.flow_control],
        time=False if args.no_time else None,
        auxiliary=args.auxiliary,
        all_ids=not args.unique,
        mprx_mode=args.mprx_mode,
        frequency=args.frequency,
        presence_reports=args.presence_reports,
        input_reports=args.input_reports,
        heartbeat=args.heartbeat is not None,
        heartbeat_interval=args.heartbeat or 180.0,
        empty_answer=args.empty_answer,
        buffer=args.buffer,
        baud=args.baud,
        boot_time=args.boot_time,
        embedded_server=args.embedded_server,
        seed=args.seed + n,
    )
    return SimulatedReader(_link(args, n), chosen, name=f"reader-{n + 1}", on_happening=on_happening)


def _link(args: argparse.Namespace, n: int) -> Link:
    if args.serial:
        return serial_link(args, n)
    return tcp_link(args.host, args, n)
