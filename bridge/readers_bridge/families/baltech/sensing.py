"""What is looked at from time to time: input ports, and the reader's word about its own hardware."""

from __future__ import annotations

from readers_bridge.families import Host
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import Response
from readers_bridge.families.baltech.description import snake_case
from readers_bridge.families.baltech.exchange import Exchange
from readers_bridge.families.baltech.reader import About
from readers_bridge.families.baltech.typedefs import BOOT_ERRORS, BootStatus, IoPort
from readers_bridge.model import JsonObject, State

EVERY = 1.0
"""Seconds between two looks at an input."""


class Sensing:
    """The inputs and the boot status of a reader during one connection."""

    def __init__(self, exchange: Exchange, host: Host, about: About) -> None:
        self._exchange = exchange
        self._host = host
        self._inputs = about.inputs
        self._due: list[IoPort] = []
        self._tells_boot_status = about.boot_status is not None
        self._critical: bool | None = None
        self._looked_at = host.clock.monotonic()
        values: JsonObject = {self.key(port): on for port, on in about.sensed.items()}
        if about.boot_status is not None:
            values |= _boot_values(about.boot_status)
            self._critical = bool(about.boot_status & BOOT_ERRORS)
        host.emit([State(values)])

    @staticmethod
    def key(port: IoPort) -> str:
        """The key of an input in the state."""
        return "tamper" if port is IoPort.TamperAlarm else snake_case(port.name)

    async def look(self, response: Response) -> None:
        """After a poll, answered by ``response``: ask what has changed, if it is time or the answer hints at it.

        Raises:
            DeviceError: the connection ended.
        """
        if response.critical is not self._critical:
            self._critical = response.critical
            self._host.emit([State({"hardware_problem": response.critical})])
            if self._tells_boot_status:
                answer = await self._exchange.ask(commands.get_boot_status())
                if not answer.status:
                    values = _boot_values(commands.boot_status(answer.data))
                    values["hardware_problem"] |= response.critical
                    self._host.emit([State(values)])
        now = self._host.clock.monotonic()
        if not self._due and now - self._looked_at >= EVERY:
            self._looked_at = now
            self._due = list(self._inputs)
        if self._due:  # one at a time: the next poll comes first
            port = self._due.pop(0)
            answer = await self._exchange.ask(commands.sense(port))
            if not answer.status:
                self._host.emit([State({self.key(port): commands.sensed(answer.data)})])


def _boot_values(status: int) -> JsonObject:
    """``boot_status`` names the bits that are set; each bit also has a key of its own, as ``boot_factory_settings``."""
    told = BootStatus(status & sum(BootStatus))
    bits: JsonObject = {f"boot_{snake_case(bit.name or '')}": bit in told for bit in BootStatus}
    names = ", ".join(bit.name or "" for bit in told) or "OK"
    return {"hardware_problem": bool(status & BOOT_ERRORS), "boot_status": names, **bits}
