"""What a person sees: every message as a line, how to join in, and a button that is pressed now and then."""

from __future__ import annotations

import asyncio
import itertools
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import datetime

import aiomqtt

from readers_bridge.demo.broker import HOST
from readers_bridge.demo.buttons import Button, buttons
from readers_bridge.demo.child import Child
from readers_bridge.demo.lines import Changes

PREFIX = "readers"
BRIDGE = "demo"
ROOT = f"{PREFIX}/{BRIDGE}"

START_TIMEOUT = 15.0
"""Seconds the bridge may take until every device is described and it says that it is online."""
PRESS_EVERY = 4.0
"""Seconds between two commands."""


class Stage:
    """Shows the messages that ``client`` receives of ``devices``; ``out`` takes the lines."""

    def __init__(
        self,
        client: aiomqtt.Client,
        bridge: Child,
        devices: Sequence[str],
        out: Callable[[str], None],
        *,
        colours: bool,
    ) -> None:
        self._client = client
        self._bridge = bridge
        self._devices = devices
        self._out = out
        self._colours = colours
        self._width = max(len(name) for name in (*devices, "bridge"))
        self._buttons: dict[str, Sequence[Button]] = {}
        self._changes = Changes()

    async def play(self, port: int) -> None:
        """Show every message; once all is there, say how to join in and begin to press buttons."""
        early = await self._opening()
        self._invite(port)
        for text in early:
            self._out(text)
        pressing = asyncio.create_task(self._press())
        try:
            await self._watch()
        finally:
            pressing.cancel()

    async def _opening(self) -> list[str]:
        """The lines of what happens until the bridge is online and every device is described."""
        early: list[str] = []
        online = False
        try:
            async with asyncio.timeout(START_TIMEOUT):
                async for message in self._client.messages:
                    topic = message.topic.value.removeprefix(f"{ROOT}/")
                    online = online or (topic == "bridge/state" and b"online" in _bytes(message))
                    early += self._lines(message)
                    if online and len(self._buttons) >= len(self._devices):
                        break
        except TimeoutError:
            words = self._bridge.last_words or "nothing"
            self._out(
                f"The bridge is not ready after {START_TIMEOUT:.0f} s; what comes is shown. It said so far:\n{words}"
            )
        return early

    async def _watch(self) -> None:
        async for message in self._client.messages:
            for text in self._lines(message):
                self._out(text)

    def _lines(self, message: aiomqtt.Message) -> list[str]:
        topic = message.topic.value.removeprefix(f"{ROOT}/")
        device, _, rest = topic.partition("/")
        if rest == "description":
            self._buttons[device] = buttons(_bytes(message))
        shown = self._changes.line(topic, _bytes(message))
        return [shown.render(datetime.now().astimezone(), width=self._width, colours=self._colours)] if shown else []

    async def _press(self) -> None:
        """Send the commands behind the devices' buttons, one device after the other."""
        for turn in itertools.count():
            await asyncio.sleep(PRESS_EVERY / 2 if turn == 0 else PRESS_EVERY)
            device = self._devices[turn % len(self._devices)]
            if choice := self._buttons.get(device):
                button = choice[sum(divmod(turn, len(self._devices))) % len(choice)]
                payload = json.dumps({**button.args, "transaction": f"demo-{turn + 1}"})
                await self._client.publish(f"{ROOT}/{device}/command/{button.command}", payload, qos=1)

    def _invite(self, port: int) -> None:
        device, button = self._example()
        topic = f"{ROOT}/{device}/command/{button.command}"
        payload = shlex.quote(json.dumps(dict(button.args)))
        program = shlex.quote(sys.argv[0] if sys.argv[0].endswith("readers-bridge") else "readers-bridge")
        where = f"--host {HOST} --port {port} --bridge {BRIDGE}"
        self._out(
            "\nJoin in with any MQTT client, from another terminal:\n"
            f"  mosquitto_sub -h {HOST} -p {port} -v -t '{ROOT}/+/read' -t '{ROOT}/+/result'\n"
            f"  mosquitto_pub -h {HOST} -p {port} -t {topic} -m {payload}\n"
            "or with the bridge's own:\n"
            f"  {program} monitor {where}\n"
            f"  {program} send {where} {device} {button.command} {payload}\n"
            "Ctrl-C ends everything.\n"
        )

    def _example(self) -> tuple[str, Button]:
        for device in self._devices:
            if choice := self._buttons.get(device):
                return device, choice[0]
        return self._devices[0], Button("COMMAND", {})


def _bytes(message: aiomqtt.Message) -> bytes:
    return message.payload if isinstance(message.payload, bytes) else b""
