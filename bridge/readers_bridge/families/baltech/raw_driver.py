"""The I/O shell of a reader that only sends (RawSerial): what it reads is published, and it takes no commands."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from readers_bridge.errors import CommandError
from readers_bridge.families import Driver, Host
from readers_bridge.families.baltech.autoread import report
from readers_bridge.families.baltech.commands import Message
from readers_bridge.families.baltech.connection import BAUDRATE
from readers_bridge.families.baltech.description import describe
from readers_bridge.families.baltech.options import Options
from readers_bridge.families.baltech.raw_serial import SILENCE, RawMessages
from readers_bridge.families.baltech.typedefs import MessageType
from readers_bridge.model import Command, Description, DeviceConfig, Outcome, Status
from readers_bridge.transports import open_stream


class RawSerialDriver(Driver):
    """One reader that sends without being asked."""

    def __init__(self, config: DeviceConfig, host: Host) -> None:
        super().__init__(config, host)
        self._options = Options.of(config.options)
        self._messages = RawMessages(self._options.delimiter)
        self._oversize = 0
        self._silence: asyncio.TimerHandle | None = None

    @property
    def description(self) -> Description:
        """Reads, and nothing else."""
        return describe(self._options, None)

    async def session(self) -> None:
        """Listen until the connection ends.

        Raises:
            TransportError: why it ended.
        """
        address = self.config.address
        if address.scheme == "serial":
            address = replace(address, params={"baudrate": BAUDRATE, **address.params})
        self._messages = RawMessages(self._options.delimiter)
        self._oversize = 0
        link = await open_stream(address, self._receive)
        try:
            self.host.throttle(link)
            self.host.online()
            await link.closed()
        finally:
            self._end_of_message()
            await link.close()

    def _receive(self, data: bytes) -> None:
        self._publish(self._messages.receive(data))
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if self._messages.partial:
            self._silence = asyncio.get_running_loop().call_later(SILENCE, self._end_of_message)

    def _end_of_message(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        self._publish(self._messages.flush())

    def _publish(self, messages: list[bytes]) -> None:
        if messages:
            self.host.emit(report([Message(MessageType.Card, data) for data in messages], inferred=False))
        if self._messages.oversize > self._oversize:
            self.host.count("oversize", self._messages.oversize - self._oversize)
            self._oversize = self._messages.oversize

    async def execute(self, command: Command) -> Outcome:
        """There is nothing that it could execute.

        Raises:
            CommandError: always.
        """
        raise CommandError(
            f"{command.name}: a reader that speaks raw_serial takes no commands",
            status=Status.INVALID,
            code="unknown_command",
        )
