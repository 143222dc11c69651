"""Running ``readers-bridge simulate transcore``."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime

from readers_bridge.families.transcore.simulator import pace
from readers_bridge.families.transcore.simulator.arguments import build
from readers_bridge.families.transcore.simulator.control import Control
from readers_bridge.families.transcore.simulator.reader import SimulatedReader
from readers_bridge.simulation.control_server import serve, watch_stdin
from readers_bridge.simulation.happening import Happening

_SINGLE = frozenset(
    {
        "tag",
        "missed",
        "invalid",
        "repeated",
        "overflow",
        "delivered",
        "unheard",
        "retransmitted",
        "command",
        "discarded",
    }
)
"""What --quiet does not tell."""

_BACKLOG = 338
"""Tags in the buffer are those of no reader."""


async def simulate(args: argparse.Namespace) -> int:
    """Run the readers that the arguments ask for, until cancelled or for ``--duration``.

    Gives the exit code: 0; 1 if an address cannot be had; 2 if the arguments do not go together.
    """
    printer = _Printer(as_json=args.json, quiet=args.quiet)
    try:
        readers = build(args, printer.happening)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        async with contextlib.AsyncExitStack() as stack:
            for number, reader in enumerate(readers):
                stack.push_async_callback(reader.stop)
                await _start(reader)
                _prepare(args, reader, number)
            control = Control(readers)
            if args.control:
                server = await _listen(control, *args.control)
                stack.callback(server.close)
                printer.line(f"control at {_endpoint(server)}", {"what": "control", "address": _endpoint(server)})
            stack.callback(watch_stdin(control, printer.answer))
            await stack.enter_async_context(_presenting(args, readers))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(args.duration):
                    await printer.broken.wait()
    except _UnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


class _UnavailableError(Exception):
    """An address cannot be had."""


async def _start(reader: SimulatedReader) -> None:
    try:
        await reader.start()
    except OSError as error:
        text = (
            f"{reader.name} cannot be at {reader.address}: {error.strerror or error}; choose another --port or --host"
        )
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
async def _presenting(args: argparse.Namespace, readers: Sequence[SimulatedReader]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(_misbehave(reader, name, share, every))
            for reader in readers
            for name, share, every in args.fault
            if every is not None
        ]
        for number, reader in enumerate(readers):
            reads = None if args.reads is None else args.reads // len(readers) + (number < args.reads % len(readers))
            if reads == 0 or not args.rate:
                continue
            presenting = pace.at_rate(
                reader, _tags(args, number), args.rate, reads=reads, delay=args.delay, stamp=args.stamp
            )
            tasks.append(group.create_task(presenting))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


def _prepare(args: argparse.Namespace, reader: SimulatedReader, number: int) -> None:
    """What is there from the start: tags in the buffer, and faults."""
    for tag in itertools.islice(pace.numbered_tags(number + _BACKLOG), args.backlog):
        reader.present(tag)
    for name, share, every in args.fault:
        if every is None:
            reader.fault(name, share, 0)


def _tags(args: argparse.Namespace, number: int) -> Iterator[str]:
    return itertools.cycle(args.tag) if args.tag else pace.numbered_tags(number)


async def _misbehave(reader: SimulatedReader, name: str, share: float | None, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        reader.fault(name, share)


class _Printer:
    """Lines on standard output; ``broken`` is set when nobody reads them any more."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.broken = asyncio.Event()
        self._as_json = as_json
        self._quiet = quiet

    def happening(self, happening: Happening) -> None:
        if self._quiet and happening.what in _SINGLE:
            return
        data = {"reader": happening.device, "what": happening.what, **happening.data}
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
