"""The arguments of ``readers-bridge simulate star``, and the printers that they ask for."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from readers_bridge.families.star.simulator.control import Control
from readers_bridge.families.star.simulator.faults import FAULTS
from readers_bridge.families.star.simulator.printer import SimulatedPrinter
from readers_bridge.families.star.simulator.settings import Replies, SecondSession, Settings, StatusPort
from readers_bridge.families.star.simulator.values import fault, hexadecimal, mac
from readers_bridge.families.star.typedefs import MANAGEMENT_PORT, PRINT_PORT, STATUS_PORT, Emulation, Peripheral
from readers_bridge.simulation.arguments import add_count, add_host, add_running, describe
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.values import checked, choice, number, whole

_DEFAULTS = Settings()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add every argument, with help, units and defaults."""
    describe(
        parser,
        "Simulated Star receipt printers with an Ethernet card. They run until interrupted; one line on standard output\n"
        "tells each thing that happens, also every line that is printed.",
        Control.help_text,
    )
    _printers(parser.add_argument_group("printers and ports"))
    _identity(parser.add_argument_group("identity and hardware"))
    _limits(parser.add_argument_group("the card's limits"))
    _status(parser.add_argument_group("status"))
    _running(parser.add_argument_group("paper, faults, running"))


def _printers(group: argparse._ArgumentGroup) -> None:
    add_count(group, "printers")
    add_host(group)
    for name, port in (("management", MANAGEMENT_PORT), ("print", PRINT_PORT), ("status", STATUS_PORT)):
        group.add_argument(
            f"--{name}-port",
            type=whole(0, 65_535),
            default=port,
            metavar="PORT",
            help=f"of the first printer, every further one has the next, 0: free ones ({port})"
            + ("; TCP and UDP" if name == "management" else ""),
        )


def _identity(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--emulation", **choice(Emulation.STAR_LINE), help="command set (default star_line)")
    group.add_argument("--model", metavar="NAME", help="as discovery tells it (default: one of the emulation)")
    group.add_argument("--name", default=_DEFAULTS.name, help=f"of the card, as discovery tells it ({_DEFAULTS.name})")
    group.add_argument("--firmware", default=_DEFAULTS.firmware, metavar="VERSION", help=f"({_DEFAULTS.firmware})")
    group.add_argument(
        "--mac",
        type=checked(mac),
        default=_DEFAULTS.mac,
        help=f"of the first printer, every further one has the next ({_DEFAULTS.mac})",
    )
    group.add_argument("--ip", metavar="ADDRESS", help="as discovery tells it (default: the address it listens on)")
    group.add_argument("--fixed-ip", action="store_true", help="discovery tells of a configured address, not of DHCP")
    group.add_argument("--dots", type=whole(64, 1024), metavar="N", help="per line (default 576, 210, 512)")
    group.add_argument("--peripheral", **choice(Peripheral.DRAWER), help="on the drawer socket (default drawer)")
    group.add_argument("--password", default=_DEFAULTS.password, help="of the user user (default guest)")


def _limits(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--multi-session", action="store_true", help="8 print sessions; the first to send prints (default: 1)"
    )
    group.add_argument(
        "--second-session",
        **choice(SecondSession.RESET),
        help="what becomes of a print session that is one too many (default reset)",
    )
    group.add_argument(
        "--second-session-delay", type=number(0), default=0.0, metavar="S", help="seconds until it is reset (0)"
    )
    for name, seconds in (("management", 30.0), ("status", 30.0), ("print", 0.0)):
        group.add_argument(
            f"--{name}-timeout",
            type=number(0),
            default=seconds,
            metavar="S",
            help=f"close a silent connection ({seconds:g} s); 0: never",
        )
    group.add_argument(
        "--reset-delay", type=number(0), default=0.0, metavar="S", help="seconds until an accepted reset begins (0)"
    )
    group.add_argument("--reset-time", type=number(0), default=3.0, metavar="S", help="seconds that a reset takes (3)")
    group.add_argument(
        "--document-timeout",
        type=number(0),
        default=10.0,
        metavar="S",
        help="discarding after an error ends without End document (10 s)",
    )
    group.add_argument("--buffer", type=whole(1), default=1 << 16, metavar="BYTES", help="that wait for print (65536)")
    group.add_argument(
        "--fragment", type=whole(0), default=0, metavar="BYTES", help="per write, 2 ms apart (default 0: all)"
    )


def _status(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--asb-length", type=whole(7, 12), default=9, metavar="7|9|12", help="bytes of a frame (9)")
    group.add_argument("--serial-form", action="store_true", help="frames without Length, as over a serial line")
    group.add_argument("--status-only", action="store_true", help="P1: status only, no expanded status")
    group.add_argument("--no-nsb", action="store_true", help="P2: NSB invalid")
    group.add_argument("--no-asb", action="store_true", help="P3: push no frames")
    group.add_argument("--initial-asb", action="store_true", help="a frame for whoever opens the print port")
    group.add_argument("--double-status", action="store_true", help="9101: current and previous frame")
    group.add_argument("--status-zero", action="store_true", help="9101: accept 30h as well")
    group.add_argument(
        "--status-mode",
        **(choice(StatusPort.ANSWER) | {"default": None}),
        help="9101 answers, closes without an answer (default for esc_pos), or refuses",
    )
    group.add_argument("--print-end", **choice(Replies.RAW), help="form of a print-end reply (default raw)")
    group.add_argument(
        "--noise", type=checked(hexadecimal), default=b"", metavar="HEX", help="before the first frame of a connection"
    )


def _running(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--paper", type=whole(0), metavar="LINES", help="until paper end (default: no end)")
    group.add_argument(
        "--near-end", type=whole(0), default=0, metavar="LINES", help="left, from which on it is near (0: no sensor)"
    )
    group.add_argument("--lines-per-second", type=number(0), default=0.0, metavar="N", help="0: no limit (default)")
    group.add_argument("--bytes-per-second", type=number(0), default=0.0, metavar="N", help="0: no limit (default)")
    group.add_argument(
        "--fault",
        type=checked(fault),
        action="append",
        default=[],
        metavar="NAME[@PORT][=VALUE]@S",
        help="a fault every S seconds: " + ", ".join(FAULTS) + " (see below)",
    )
    add_running(group, "what is printed, nor status and discovery")


def build(args: argparse.Namespace, on_happening: Callable[[Happening], None]) -> list[SimulatedPrinter]:
    """The printers that the arguments ask for.

    Raises:
        ValueError: the arguments do not go together.
    """
    return [
        SimulatedPrinter(_settings(args, n), name=f"printer-{n + 1}", on_happening=on_happening)
        for n in range(args.count)
    ]


def _settings(args: argparse.Namespace, n: int) -> Settings:
    ports = [port + n if port else 0 for port in (args.management_port, args.print_port, args.status_port)]
    address = int.from_bytes(bytes.fromhex(args.mac.replace(":", "")), "big") + n
    return Settings(
        emulation=args.emulation,
        host=args.host,
        management_port=ports[0],
        print_port=ports[1],
        status_port=ports[2],
        model=args.model,
        name=args.name,
        firmware=args.firmware,
        mac=(address % (1 << 48)).to_bytes(6, "big").hex(":").upper(),
        ip=args.ip,
        dhcp=not args.fixed_ip,
        dots=args.dots,
        peripheral=args.peripheral,
        password=args.password,
        management_timeout=args.management_timeout,
        status_timeout=args.status_timeout,
        print_timeout=args.print_timeout,
        print_sessions=8 if args.multi_session else 1,
        second_session=args.second_session,
        second_session_delay=args.second_session_delay,
        reset_delay=args.reset_delay,
        reset_time=args.reset_time,
        document_timeout=args.document_timeout,
        buffer=args.buffer,
        fragment=args.fragment,
        asb_length=args.asb_length,
        lan=not args.serial_form,
        expanded=False if args.status_only else None,
        nsb=not args.no_nsb,
        asb=False if args.no_asb else None,
        initial_asb=args.initial_asb,
        double_status=args.double_status,
        status_zero=args.status_zero,
        status_port_mode=args.status_mode,
        print_end=args.print_end,
        noise=args.noise,
        paper=args.paper,
        near_end=args.near_end,
        lines_per_second=args.lines_per_second,
        bytes_per_second=args.bytes_per_second,
    )
