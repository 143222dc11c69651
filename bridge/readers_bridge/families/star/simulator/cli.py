"""Running ``printers-bridge simulate star``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from readers_bridge.families.star.simulator.arguments import build
from readers_bridge.families.star.simulator.control import Control
from readers_bridge.families.star.simulator.printer import SimulatedPrinter
from readers_bridge.simulation.control_server import serve, watch_stdin
from readers_bridge.simulation.happening import Happening

_SINGLE = frozenset({"line", "picture", "barcode", "qr", "status", "discovery", "etb", "print_end"})
"""What --quiet does not tell."""


async def simulate(args: argparse.Namespace) -> int:
    """Run the printers that the arguments ask for, until cancelled or for ``--duration``.

    Gives the exit code: 0; 1 if an address cannot be had; 2 if the arguments do not go together.
    """
    output = _Output(as_json=args.json, quiet=args.quiet)
    try:
        printers = build(args, output.happening)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        async with contextlib.AsyncExitStack() as stack:
            for printer in printers:
                stack.push_async_callback(printer.stop)
                await _start(printer)
            control = Control(printers)
            if args.control:
                server = await _listen(control, *args.control)
                stack.callback(server.close)
                output.line(f"control at {_endpoint(server)}", {"what": "control", "address": _endpoint(server)})
            stack.callback(watch_stdin(control, output.answer))
            await stack.enter_async_context(_misbehaving(args, printers))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(args.duration):
                    await output.broken.wait()
    except _UnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


class _UnavailableError(Exception):
    """An address cannot be had."""


async def _start(printer: SimulatedPrinter) -> None:
    try:
        await printer.start()
    except OSError as error:
        text = f"{printer.name} cannot be at {printer.address}: {error.strerror or error}; choose other ports or another --host"
        raise _UnavailableError(text) from error


async def _listen(control: Control, host: str, port: int) -> asyncio.Server:
    try:
        return await serve(control, host, port)
    except OSError as error:
        text = f"the control interface cannot be at {host}:{port}: {error.strerror or error}; choose another --control"
        raise _UnavailableError(text) from error


def _endpoint(server: asyncio.Server) -> str:
    host, port, *_ = server.sockets[0].getsockname()
    return f"{host}:{port}"


@contextlib.asynccontextmanager
async def _misbehaving(args: argparse.Namespace, printers: Sequence[SimulatedPrinter]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_misbehave(printer, name, port, value, every))
            for printer in printers
            for name, port, value, every in args.fault
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


async def _misbehave(printer: SimulatedPrinter, name: str, port: str | None, value: float | None, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        printer.fault(name, value, port=port)


class _Output:
    """Lines on standard output; ``broken`` is set when nobody reads them any more."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.broken = asyncio.Event()
        self._as_json = as_json
        self._quiet = quiet

    def happening(self, happening: Happening) -> None:
        if self._quiet and happening.what in _SINGLE:
            return
        data = {"printer": happening.device, "what": happening.what, **happening.data}
        self.line(f"{happening.device}: {happening.text}", data)

    def line(self, text: str, data: dict[str, object]) -> None:
        if self._as_json:
            time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            text = json.dumps({"time": time, **data})
        self._write(text)

    def answer(self, text: str) -> None:
        self._write(text)

    def _write(self, text: str) -> None:
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self.broken.set()
