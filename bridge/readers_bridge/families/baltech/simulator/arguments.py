"""The arguments of ``readers-bridge simulate baltech``, and the readers that they ask for."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from readers_bridge.families.baltech.simulator import faults, settings
from readers_bridge.families.baltech.simulator.connect import ConnectLink
from readers_bridge.families.baltech.simulator.control import Control, card_content
from readers_bridge.families.baltech.simulator.faults import FAULTS
from readers_bridge.families.baltech.simulator.reader import SimulatedReader
from readers_bridge.families.baltech.simulator.settings import Activation, Keep, Security, Settings
from readers_bridge.families.baltech.simulator.values import (
    autoread_mode,
    buffer,
    config_value,
    fault,
    feature_list,
    hexadecimal,
    key,
    port_list,
)
from readers_bridge.families.baltech.typedefs import AutoReadMode
from readers_bridge.simulation.arguments import add_addresses, add_running, describe, serial_link, tcp_link
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.link import Link
from readers_bridge.simulation.tcp import SecondClient
from readers_bridge.simulation.values import checked, choice, endpoint, number, whole

PORT = 2939
_DEFAULTS = Settings()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every argument, with help, units and defaults."""
    describe(
        parser,
        "Simulated BALTECH readers. They run until interrupted; one line on standard output tells each thing that happens.\n"
        "A card is presented from time to time while a host asks for messages.",
        Control.help_text,
    )
    _readers(parser.add_argument_group("readers and links"))
    _cards(parser.add_argument_group("cards"))
    _identity(parser.add_argument_group("identity and hardware"))
    _behaviour(parser.add_argument_group("behaviour"))
    add_running(parser.add_argument_group("running"), "single cards and commands")


def _readers(group: argparse._ArgumentGroup) -> None:
    link = group.add_mutually_exclusive_group()
    link.add_argument("--serial", action="store_true", help="open a pseudo-terminal for each reader and print its path")
    link.add_argument(
        "--connect",
        type=checked(endpoint),
        metavar="HOST:PORT",
        help="the reader connects to its host there, and begins with its ident frame (default: TCP servers)",
    )
    add_addresses(group, PORT)
    group.add_argument(
        "--keep",
        **choice(Keep.DEMAND),
        help="connect: at power-up and when a card is presented, or whenever there is no connection (default demand)",
    )
    group.add_argument(
        "--second-client",
        **choice(SecondClient.REFUSE, without=[SecondClient.TAKE_OVER]),
        help="TCP server: what becomes of it (default refuse)",
    )


def _cards(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--card",
        type=checked(card_content),
        action="append",
        default=[],
        metavar="TEXT",
        help="a card to present, or hex:BYTES; in turn if repeated (default: decimal numbers, all different)",
    )
    group.add_argument(
        "--rate", type=number(0), default=0.5, help="cards per second and reader (default 0.5); 0: only on demand"
    )
    group.add_argument(
        "--reads", type=whole(1), metavar="N", help="stop presenting after N cards, shared by all readers"
    )
    group.add_argument(
        "--delay", type=number(0), default=0.3, metavar="S", help="seconds from first poll to first card (default 0.3)"
    )
    group.add_argument(
        "--stamp", action="store_true", help="the card is the time of the reading, nanoseconds since 1970"
    )


def _identity(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--serial-number",
        type=whole(0, 99_999_999),
        default=_DEFAULTS.serial_number,
        metavar="N",
        help=f"of the first reader, every further one has the next (default {_DEFAULTS.serial_number})",
    )
    group.add_argument(
        "--firmware",
        type=checked(settings.firmware_text),
        default=_DEFAULTS.firmware,
        metavar="'ID NAME RELEASE DATE'",
        help=f"default {' '.join(_DEFAULTS.firmware.split())}",
    )
    group.add_argument(
        "--features",
        type=checked(feature_list),
        default=_DEFAULTS.features,
        metavar="N,...",
        help="features, or unknown for firmware that does not know Sys.GetFeatures "
        f"(default {','.join(map(str, _DEFAULTS.features or ()))})",
    )
    group.add_argument(
        "--ports",
        type=checked(port_list),
        default=_DEFAULTS.ports,
        metavar="NAME,...",
        help="inputs and outputs that exist (default: all but the GPIOs)",
    )
    group.add_argument(
        "--boot-status", type=checked(hexadecimal), default=0, metavar="HEX", help="of Sys.GetBootStatus (0)"
    )
    group.add_argument("--critical", action="store_true", help="set bit 0x40, CriticalBootStatus, in every response")
    group.add_argument(
        "--buffer",
        type=checked(buffer),
        default=_DEFAULTS.buffer,
        metavar="SEND[,RECEIVE,TOTAL]",
        help="bytes of frames, as Sys.GetBufferSize tells them (default 512,512,1024)",
    )


def _behaviour(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--security", **choice(Security.OPEN), help="what a host may do without authentication (default open)"
    )
    group.add_argument(
        "--key", type=checked(key), metavar="HEX", help="AES-128 key, 32 hex digits; implies security aes"
    )
    group.add_argument("--level", type=whole(1, 3), default=1, help="security level of the key (default 1)")
    group.add_argument(
        "--rights",
        type=checked(hexadecimal),
        default=settings.ALL_RIGHTS,
        metavar="HEX",
        help="access condition mask of whoever is let in (default: everything)",
    )
    group.add_argument(
        "--config",
        type=checked(config_value),
        action="append",
        default=[],
        metavar="KEY/ID=HEX",
        help="a configuration value that is there from the start, as 0501/44=04",
    )
    group.add_argument(
        "--activation",
        **choice(Activation.STRICT),
        help="stored values take effect after Sys.Reset (strict), or at once (lenient; default strict)",
    )
    group.add_argument(
        "--autoread",
        type=checked(autoread_mode),
        default=AutoReadMode.Enabled,
        metavar="|".join(AutoReadMode.__members__),
        help="mode at power-up (default Enabled)",
    )
    group.add_argument(
        "--message-life", type=number(0), default=5.0, metavar="S", help="seconds until a message expires (5); 0: never"
    )
    group.add_argument("--wait-for-removal", action="store_true", help="report the removal of cards")
    group.add_argument(
        "--gap", type=number(0), default=20.0, metavar="MS", help="longest pause within a command (20 ms); 0: any"
    )
    group.add_argument(
        "--idle-close", type=number(0), default=60.0, metavar="S", help="TCP: close without a command (60 s); 0: never"
    )
    group.add_argument(
        "--reset-time", type=number(0), default=0.5, metavar="S", help="seconds that a reset takes (0.5)"
    )
    group.add_argument(
        "--raw-serial", action="store_true", help="RawSerial: send cards unasked, each with CR LF; take no commands"
    )
    group.add_argument(
        "--fault",
        type=checked(fault),
        action="append",
        default=[],
        metavar="NAME[=VALUE]@S",
        help="a fault every S seconds: " + ", ".join(FAULTS) + " (see below)",
    )


def build(args: argparse.Namespace, on_happening: Callable[[Happening], None]) -> list[SimulatedReader]:
    """The readers that the arguments ask for, not yet started.

    Raises:
        ValueError: arguments that do not go together.
    """
    if args.link and not args.serial:
        raise ValueError("--link needs --serial")
    if args.keep is Keep.OPEN and not args.connect:
        raise ValueError("--keep open needs --connect")
    for name, value, _ in args.fault:
        faults.check(name, value)
    return [_reader(args, n, on_happening) for n in range(args.count)]


def _reader(args: argparse.Namespace, n: int, on_happening: Callable[[Happening], None]) -> SimulatedReader:
    security = Security.AES if args.key and args.security is Security.OPEN else args.security
    chosen = Settings(
        serial_number=args.serial_number + n,
        firmware=args.firmware,
        features=args.features,
        ports=args.ports,
        boot_status=args.boot_status,
        critical=args.critical,
        security=security,
        keys={args.level: args.key} if args.key else {},
        rights=args.rights,
        activation=args.activation,
        config=dict(args.config),
        autoread=args.autoread,
        message_life=args.message_life,
        wait_for_removal=args.wait_for_removal,
        buffer=args.buffer,
        gap=args.gap / 1000,
        idle_close=args.idle_close,
        reset_time=args.reset_time,
        raw_serial=b"\r\n" if args.raw_serial else None,
    )
    return SimulatedReader(_link(args, n), chosen, name=f"reader-{n + 1}", on_happening=on_happening)


def _link(args: argparse.Namespace, n: int) -> Link:
    if args.serial:
        return serial_link(args, n)
    if args.connect:
        host, port = args.connect
        return ConnectLink(host, port, args.keep)
    return tcp_link(args.host, args, n)
