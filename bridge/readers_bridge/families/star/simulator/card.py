"""The Ethernet card: its three TCP ports and discovery, and what they tell of each other."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable

from readers_bridge.families.star.simulator import faults
from readers_bridge.families.star.simulator.discovery import DiscoveryPort, block
from readers_bridge.families.star.simulator.faults import Faults
from readers_bridge.families.star.simulator.management import Managed, ManagementPort
from readers_bridge.families.star.simulator.mechanism import Mechanism
from readers_bridge.families.star.simulator.print_port import PrintPort
from readers_bridge.families.star.simulator.settings import Settings
from readers_bridge.families.star.simulator.status_port import StatusTcpPort
from readers_bridge.families.star.simulator.tcp import Session, TcpPort
from readers_bridge.simulation.device import SimulatedDevice
from readers_bridge.simulation.happening import Happening
from readers_bridge.simulation.listener import Peer
from readers_bridge.simulation.timers import Timers

_TRIES = 20


class Card(SimulatedDevice):
    """The network's side of a printer.

    Attributes:
        is_powered: whether it answers.
        faults: those that wait for their occasion.
    """

    def __init__(self, settings: Settings, name: str, on_happening: Callable[[Happening], None] | None) -> None:
        super().__init__(name, on_happening)
        self.settings = settings
        self.faults = Faults()
        self.is_powered = False
        started = time.monotonic()
        self.mechanism = Mechanism(settings, self, lambda: time.monotonic() - started)
        self.mechanism.condition.on_change = self._condition_changed
        self._timers = Timers()
        self._management = ManagementPort(self)
        self._print = PrintPort(self)
        self._status = StatusTcpPort(self)
        self._discovery = DiscoveryPort(settings.host, self._found)
        self.mechanism.engine.on_room = self._print.went_on
        self.mechanism.engine.on_progress = self.look_again
        for port_name, port in self._named:
            port.take_fault = self._taker(port_name)
            port.on_refused = self._refuser(port_name)

    @property
    def address(self) -> str:
        """What goes into ``connection`` of a bridge's configuration."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"tcp://{host}?management={self.management_port}&print={self.print_port}&status={self.status_port}"

    @property
    def management_port(self) -> int:
        """Also that of discovery."""
        return self._management.port

    @property
    def print_port(self) -> int:
        return self._print.port

    @property
    def status_port(self) -> int:
        return self._status.port

    def up(self) -> None:
        """Answer at every port.

        Raises:
            OSError: a port cannot be had.
        """
        self._have_management_port()
        for _, port in self._named:
            for session in list(port.sessions):
                session.reset()
            port.up()
        self.is_powered = True

    def down(self, *, silent: bool = False) -> None:
        """Answer at no port; what was not printed is lost. With ``silent`` connections hang instead of being reset."""
        self.is_powered = False
        self.mechanism.power_on()
        self._print.held.clear()
        self._discovery.down()
        for _, port in self._named:
            port.down(silent=silent)

    def close(self) -> None:
        """Give the ports back."""
        self._discovery.down()
        for _, port in self._named:
            port.close()

    def reset(self) -> None:
        """Drop everybody, and answer nobody for a while."""
        if self.settings.reset_delay:
            self._timers.set("reset", self.settings.reset_delay, self._go_down)
        else:
            self._go_down()

    def _go_down(self) -> None:
        self.say("resetting", "resetting")
        self.is_powered = False
        # Whoever asked for it gets the answer, which is on its way, and an orderly end.
        asyncio.get_running_loop().call_soon(self.down)
        self._timers.set("reset", self.settings.reset_time, self._restarted)

    def print_sessions(self) -> list[Session]:
        """Hosts at the print port."""
        return list(self._print.sessions)

    # What the ports ask.

    def discovery_data(self) -> bytes:
        """The block."""
        return block(self.settings, self._ip)

    def status_setting(self) -> bytes:
        """P1, P2, P3."""
        settings = self.settings
        expanded, nsb, asb = settings.is_expanded, settings.nsb, settings.pushes_asb
        return bytes((0x30 if expanded else 0x31, 0x31 if nsb else 0x30, 0x31 if asb else 0x30))

    def release(self, ip: str, port: int) -> bool:
        """Cut a print session of this host."""
        is_released = self.faults.take("refuse_release") is None and self._print.release(ip, port)
        if is_released:
            self.say("released", f"print session {ip}:{port} cut", peer=f"{ip}:{port}")
        return is_released

    def may_reset(self, password: bytes) -> bool:
        """Whether the password is right."""
        return self.faults.take("reject") is None and password == self.settings.password.encode()

    def managed(self, peer: Peer, command: Managed) -> None:
        source = f"{peer[0]}:{peer[1]}"
        text = f"{command.command} from {source}" + ("" if command.accepted else ", refused")
        self.say("management", text, command=command.command, accepted=command.accepted, peer=source, port=command.port)

    def current_status(self) -> bytes:
        """What port 9101 answers."""
        frame = self.mechanism.frames.take()
        return frame + self.mechanism.frames.previous() if self.settings.double_status else frame

    def status_asked(self, peer: Peer, *, answered: bool) -> None:
        self.say("status", f"status asked by {peer[0]}:{peer[1]}", answered=answered)

    def print_opened(self, session: Session) -> None:
        self.say("connected", f"host {session.source} connected to the print port", peer=session.source)
        if self.settings.initial_asb and self.settings.has_star_status:
            self.mechanism.send(session, self.mechanism.frames.take())

    def print_data(self, session: Session, data: bytes) -> None:
        self.mechanism.take(session, data)
        self.look_again()

    def print_ended(self, session: Session) -> None:
        self.mechanism.ended(session)
        self.say("disconnected", f"host {session.source} disconnected from the print port", peer=session.source)

    def has_room(self) -> bool:
        return self.mechanism.engine.has_room

    def takes_fault(self, name: str) -> bool:
        return self.faults.take(name) is not None

    # Inside.

    def _have_management_port(self) -> None:
        """The same number for TCP and UDP; a free one must be free for both."""
        for _ in range(_TRIES):
            self._management.reserve()
            try:
                self._discovery.up(self.management_port)
            except OSError:
                if self.settings.management_port:
                    raise
                self._management.give_back()
            else:
                return
        raise OSError("no port is free for both TCP and UDP")

    @property
    def _ip(self) -> str:
        if self.settings.ip is not None:
            return self.settings.ip
        try:
            return str(ipaddress.IPv4Address(self.settings.host))
        except ValueError:
            return "127.0.0.1"

    @property
    def _named(self) -> list[tuple[str, TcpPort]]:
        return list(zip(faults.PORTS, (self._management, self._print, self._status), strict=True))

    def _restarted(self) -> None:
        self.up()
        self.say("started", "answers again")

    def _taker(self, port: str) -> Callable[[str], float | None]:
        return lambda name: self.faults.take(name, port)

    def _refuser(self, port: str) -> Callable[[Peer], None]:
        def refused(peer: Peer) -> None:
            self.say("refused", f"host {peer[0]}:{peer[1]} refused at the {port} port", port=port)

        return refused

    def _condition_changed(self) -> None:
        condition = self.mechanism.condition
        on = sorted(condition.on)
        self.say("condition", "condition: " + (", ".join(on) or "ready"), on=on, busy=condition.is_busy)
        if self.is_powered:
            self.mechanism.push()
            self.mechanism.engine.wake()

    def _found(self, peer: Peer) -> list[bytes]:
        self.say("discovery", f"search from {peer[0]}:{peer[1]}", peer=f"{peer[0]}:{peer[1]}")
        if self.takes_fault("discovery_silent"):
            return []
        version = "RS4.0.0" if self.takes_fault("discovery_version4") else "RS1.0.1"
        data = block(self.settings, self._ip, version=version)
        if self.takes_fault("discovery_wrong_length"):
            data = data[:24] + (len(data) + 2).to_bytes(2, "big") + data[26:]
        size = self.faults.take("discovery_truncated")
        answers = [data if size is None else data[: int(size)]]
        return answers * (2 if self.takes_fault("discovery_duplicate") else 1)
