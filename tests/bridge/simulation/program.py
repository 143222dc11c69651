"""``readers-bridge simulate`` of a family, in a process of its own or in this one."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

from tests.bridge.simulation.host import SECONDS

PROGRAM = """
import argparse, asyncio, sys
from readers_bridge.families.{family}.simulator import add_arguments, simulate
parser = argparse.ArgumentParser()
add_arguments(parser)
sys.exit(asyncio.run(simulate(parser.parse_args())))
"""


class Simulator:
    """A simulator in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.stdin = process.stdin
        self.stdout = process.stdout

    async def line(self) -> str:
        async with asyncio.timeout(2 * SECONDS):
            return (await self.stdout.readline()).decode().rstrip("\n")

    async def told(self, what: str) -> dict[str, Any]:
        """The next JSON line that tells this."""
        while (told := json.loads(await self.line())).get("what") != what:
            pass
        return dict(told)

    def say(self, line: str) -> None:
        self.stdin.write(line.encode() + b"\n")

    async def answer(self, line: str) -> dict[str, Any]:
        """What is answered to a JSON object on standard input."""
        self.say(line)
        while "ok" not in (told := json.loads(await self.line())):
            pass
        return dict(told)


@contextlib.asynccontextmanager
async def simulator_of(family: str, *arguments: str) -> AsyncIterator[Simulator]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM.format(family=family), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Simulator(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def exit_code_of(family: str, *arguments: str) -> int:
    """How a simulator ends that runs in this process."""
    module = import_module(f"readers_bridge.families.{family}.simulator")
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return int(await module.simulate(parser.parse_args(arguments)))
