"""The course of ``readers-bridge simulate``: start the devices, tell what happens, take commands, end."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from readers_bridge.simulation.control import Control
from readers_bridge.simulation.control_server import serve, watch_stdin
from readers_bridge.simulation.device import SimulatedDevice
from readers_bridge.simulation.happening import Happening

D = TypeVar("D", bound=SimulatedDevice)

Doing = Coroutine[Any, Any, None]


def _nothing(_args: argparse.Namespace, _device: object, _number: int) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Program(Generic[D]):
    """What is a family's own; the options ``duration``, ``control``, ``json`` and ``quiet`` are common."""

    build: Callable[[argparse.Namespace, Callable[[Happening], None]], Sequence[D]]
    """The devices that the arguments ask for, not yet started; raises ValueError if these do not go together."""
    control: type[Control[D]]
    going_on: Callable[[argparse.Namespace, Sequence[D]], Iterable[Doing]]
    """What goes on while the devices run."""
    single: frozenset[str]
    """What --quiet does not tell."""
    prepare: Callable[[argparse.Namespace, D, int], None] = _nothing
    """Called for each device when it has started, with its number from 0."""
    elsewhere: str = "another --port or --host"
    """What to choose where an address cannot be had."""

    async def run(self, args: argparse.Namespace) -> int:
        """Run the devices that the arguments ask for, until cancelled or for ``--duration``.

        Gives the exit code: 0; 1 if an address cannot be had; 2 if the arguments do not go together.
        """
        output = _Output(self.control.kind, as_json=args.json, left_out=self.single if args.quiet else frozenset())
        try:
            devices = self.build(args, output.happening)
        except ValueError as error:
            sys.stderr.write(f"{error}\n")
            return 2
        try:
            async with contextlib.AsyncExitStack() as stack:
                for number, device in enumerate(devices):
                    stack.push_async_callback(device.stop)
                    await self._start(device)
                    self.prepare(args, device, number)
                control = self.control(devices)
                if args.control:
                    server = await _listen(control, *args.control)
                    stack.callback(server.close)
                    output.line(f"control at {_endpoint(server)}", {"what": "control", "address": _endpoint(server)})
                stack.callback(watch_stdin(control, output.write))
                await stack.enter_async_context(_meanwhile(self.going_on(args, devices)))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(args.duration):
                        await output.broken.wait()
        except _UnavailableError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        return 0

    async def _start(self, device: D) -> None:
        try:
            await device.start()
        except OSError as error:
            reason = error.strerror or error
            text = f"{device.name} cannot be at {device.address}: {reason}; choose {self.elsewhere}"
            raise _UnavailableError(text) from error


def shared(reads: int | None, devices: Sequence[D]) -> Iterator[tuple[int, D, int | None]]:
    """Each device with its number from 0 and its part of the reads (None: without end), but those that get none."""
    for number, device in enumerate(devices):
        part = None if reads is None else reads // len(devices) + (number < reads % len(devices))
        if part != 0:
            yield number, device, part


async def every(seconds: float, do: Callable[[], object]) -> None:
    """Do it again and again, this far apart, for the first time after this time."""
    while True:
        await asyncio.sleep(seconds)
        do()


class _UnavailableError(Exception):
    """An address cannot be had."""


async def _listen(control: Control[D], host: str, port: int) -> asyncio.Server:
    try:
        return await serve(control, host, port)
    except OSError as error:
        text = f"the control interface cannot be at {host}:{port}: {error.strerror or error}; choose another --control"
        raise _UnavailableError(text) from error


def _endpoint(server: asyncio.Server) -> str:
    host, port, *_ = server.sockets[0].getsockname()
    return f"{host}:{port}"


@contextlib.asynccontextmanager
async def _meanwhile(going_on: Iterable[Doing]) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(doing) for doing in going_on]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


class _Output:
    """Lines on standard output; ``broken`` is set when nobody reads them any more."""

    def __init__(self, kind: str, *, as_json: bool, left_out: frozenset[str]) -> None:
        self.broken = asyncio.Event()
        self._kind = kind
        self._as_json = as_json
        self._left_out = left_out

    def happening(self, happening: Happening) -> None:
        if happening.what not in self._left_out:
            data = {self._kind: happening.device, "what": happening.what, **happening.data}
            self.line(f"{happening.device}: {happening.text}", data)

    def line(self, text: str, data: dict[str, object]) -> None:
        if self._as_json:
            time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            text = json.dumps({"time": time, **data})
        self.write(text)

    def write(self, text: str) -> None:
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            self.broken.set()
