"""The reader behind its link: Autoread, inputs, scripts, configuration and access, without any I/O.

``now`` is in seconds of the reader's clock. What a reader does at which event: docs.baltech.de, refman/cfg/scripts/events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from readers_bridge.families.baltech.script.events import EVENTS, MESSAGES_KEY
from readers_bridge.families.baltech.script.happenings import (
    CardMessageSent,
    Happening,
    MessageSent,
    PortChanged,
    ScriptRun,
    TimerFired,
    Traced,
    VariableChanged,
)
from readers_bridge.families.baltech.simulator.config_store import ConfigStore
from readers_bridge.families.baltech.simulator.crypt import SecureChannel
from readers_bridge.families.baltech.simulator.messages import LONGEST_MESSAGE, Message, Stack
from readers_bridge.families.baltech.simulator.scripting import Scripting
from readers_bridge.families.baltech.simulator.settings import Activation, Security, Settings
from readers_bridge.families.baltech.typedefs import (
    GPIOS,
    INPUTS,
    AutoReadMode,
    CardFamilies,
    IoPort,
    MessageType,
    ProtocolID,
)

START_AUTOREAD = 0x0201, 0x02
MESSAGE_LIFE = 0x0202, 0x17
WAIT_FOR_REMOVAL = 0x0202, 0x1B

ON_SET = 0x00
ON_CLEAR = 0x20
ON_PIN_ENTRY = 0x3C
ON_DETECTED_CARD = 0x40
ON_ACCEPTED = 0x44
ON_INVALID_CARD = 0x45
ON_ENABLED_PROTOCOL = 0x46
ON_SWITCH_ON = 0x48
ON_SWITCH_OFF = 0x50
ON_POWERUP = 0x72
ON_AUTOREAD_ENABLED = 0x73
ON_AUTOREAD_DISABLED = 0x74
ON_SCAN = 0x75
ON_BRP_COMMAND = 0x78
ON_CARD_REMOVED = 0x79
ON_CARD_PROCESSED = 0x7A

Tell = Callable[[str, str, dict[str, Any]], None]


class Device:
    """One reader. ``tell`` is told what happens: a word, a text for people, data for programs.

    Attributes:
        inputs: the input ports that are high; they keep their level when the reader starts anew.
        mode: the Autoread mode.
        stack: the messages that wait for the host.
        families: the card families that are scanned for.
        rgb: the colour of each LED bit that UI.SetRgbLed or UI.PulseRgbLed named last.
        card: the content of the card in the field; None: there is none.
        reset_asked: Sys.Reset was executed; whoever sees to the link resets the reader.
    """

    def __init__(self, settings: Settings, protocol: int, tell: Tell) -> None:
        self.settings = settings
        self.config = ConfigStore(settings.config, settings.config_space)
        self.scripting = Scripting(self._happened)
        self.channel = SecureChannel(settings.keys, settings.random, stateless=settings.stateless)
        self.security = settings.security
        self.stack = Stack()
        self.inputs: set[int] = set(settings.ports & {IoPort.Input0, IoPort.Input1})
        self.mode = AutoReadMode.Disabled
        self.families: int | None = None
        self.rgb: dict[int, int] = {}
        self.card: bytes | None = None
        self.reset_asked = False
        self._protocol = protocol
        self._tell = tell
        self._active = self.config.snapshot()
        self._wait_for_removal = False

    def start(self, now: float) -> None:
        """Power-up, or the end of a reset."""
        self.reset_asked = False
        self.channel.forget()
        self.stack.clear()
        self.rgb.clear()
        self.families = None
        self.card = None
        self._load()
        self.scripting.start(self.inputs, self._protocol, now)
        start = self._active.get(START_AUTOREAD, bytes((self.settings.autoread,)))
        self.mode = AutoReadMode(start[0]) if start and start[0] in set(AutoReadMode) else AutoReadMode.Disabled
        self.scripting.event(ON_POWERUP, now)
        self.scripting.event(ON_ENABLED_PROTOCOL, now)
        if self.reading:
            self.scripting.event(ON_AUTOREAD_ENABLED, now)

    def stored_changed(self) -> None:
        """The host changed the configuration."""
        if self.settings.activation is Activation.LENIENT:
            self._load()

    def _load(self) -> None:
        self._active = active = self.config.snapshot()
        self.scripting.load(active)
        life = active.get(MESSAGE_LIFE)
        self.stack.life = self.settings.message_life if life is None else int.from_bytes(life, "big") / 10
        wait = active.get(WAIT_FOR_REMOVAL)
        self._wait_for_removal = self.settings.wait_for_removal if wait is None else any(wait)

    @property
    def reading(self) -> bool:
        """Whether Autoread is on."""
        return self.mode is not AutoReadMode.Disabled

    def rights(self, *, secure: bool) -> int:
        """What a host may do, in plain text or through the secure channel."""
        return self.settings.rights if secure or self.security is Security.OPEN else 0

    def set_mode(self, mode: AutoReadMode, now: float) -> None:
        """AR.SetMode."""
        self.stack.clear()
        self._switch_autoread(mode, now)

    def _switch_autoread(self, mode: AutoReadMode, now: float) -> None:
        was = self.reading
        self.mode = mode
        if was is not self.reading:
            self._tell("mode", f"Autoread mode {mode.name}", {"mode": mode.name})
            self.scripting.event(ON_AUTOREAD_ENABLED if self.reading else ON_AUTOREAD_DISABLED, now)

    def fetch(self, now: float) -> Message | None:
        """The newest message that has not expired."""
        self._expire(now)
        message = self.stack.pop()
        if message is not None:
            self._tell("fetched", f"fetched: {_text(message.data)!r}", _told(message))
        return message

    def _expire(self, now: float) -> None:
        for message in self.stack.expire(now):
            self._tell("expired", f"message {_text(message.data)!r} expired", _told(message))

    # what people do to the reader

    def present(self, content: bytes, family: int, now: float, *, valid: bool) -> None:
        """Hold a card to the reader; it stays until ``remove``."""
        self.card = content
        self._tell("card", f"card {_text(content)}", {"card": _text(content), "card_hex": content.hex().upper()})
        if not self.reading:
            self._ignore(content, "Autoread is off")
        elif self.families is not None and not family & self.families:
            self._ignore(content, f"{CardFamilies(family).name} is not scanned for")
        elif not self.scripting.event(ON_SCAN, now):
            self._ignore(content, "the script OnScan does not scan")
        elif not self.scripting.event(ON_DETECTED_CARD, now):
            self._ignore(content, "the script OnDetectedCard does not go on")
        else:
            self._process(content, now, valid=valid)

    def _process(self, content: bytes, now: float, *, valid: bool) -> None:
        if not valid:
            self.scripting.event(ON_INVALID_CARD, now)
        elif self.scripting.event(ON_ACCEPTED, now):
            self.push(MessageType.Card, content, now)
        self.scripting.event(ON_CARD_PROCESSED, now)
        if self.mode is AutoReadMode.EnableOnce:
            self._switch_autoread(AutoReadMode.Disabled, now)

    def _ignore(self, content: bytes, reason: str) -> None:
        self._tell("ignored", f"not read: {reason}", {"card": _text(content), "reason": reason})

    def remove(self, now: float) -> None:
        """Take the card away."""
        if self.card is None:
            return
        self.card = None
        if self._wait_for_removal and self.scripting.event(ON_CARD_REMOVED, now):
            self.push(MessageType.CardRemoval, b"", now)

    def pin(self, digits: bytes, now: float) -> None:
        """Enter a PIN."""
        if self.scripting.event(ON_PIN_ENTRY, now):
            self.push(MessageType.Keyboard, digits, now)

    def set_input(self, port: int, high: bool, now: float) -> None:  # noqa: FBT001 - a level
        """An input, the tamper switch (high: alarm) or a GPIO has this level now."""
        if high is (port in self.inputs):
            return
        (self.inputs.add if high else self.inputs.discard)(port)
        self.scripting.advance(now)
        self.scripting.machine.set_input(port, high)
        event = (ON_SET if high else ON_CLEAR) + port
        if self.scripting.event(event, now) and port == IoPort.TamperAlarm:
            self.push(MessageType.AlarmOn if high else MessageType.AlarmOff, b"", now)

    def check_input(self, port: int) -> None:
        """Whether the reader has this input.

        Raises:
            ValueError: it does not.
        """
        if port not in self.settings.ports or port not in INPUTS | GPIOS:
            raise ValueError(f"the reader has no input {IoPort(port).name if port in set(IoPort) else port}")

    def push(self, kind: int, data: bytes, now: float) -> None:
        """A message for the host."""
        if not self.reading:
            self._ignore(data, "Autoread is off")
            return
        self._expire(now)
        message = Message(kind, data[:LONGEST_MESSAGE], now)
        self.stack.push(message)
        self._tell("message", f"message {_kind(kind)} {_text(data)!r}", _told(message))

    # what the host does to its ports

    def switch(self, port: int, on: bool, now: float) -> None:  # noqa: FBT001 - as in UI.Enable
        """UI.Enable, UI.Disable: run the script of the event, or switch."""
        event = (ON_SWITCH_ON if on else ON_SWITCH_OFF) + port
        if event not in EVENTS or self.scripting.event(event, now):
            self.scripting.machine.switch(port, on, now)
            self.scripting.collect()

    def _happened(self, happening: Happening) -> None:
        match happening:
            case PortChanged(_, port, on):
                name = IoPort(port).name
                self._tell("port", f"{name} {'on' if on else 'off'}", {"port": name, "on": on, "at": happening.time})
            case MessageSent(time, kind, number, protocol):
                content = self._active.get((MESSAGES_KEY, number))
                if protocol in {ProtocolID.All, self._protocol} and content is not None:
                    self.push(kind, content, time)
            case CardMessageSent(time):
                if self.card is not None:
                    self.push(MessageType.Card, self.card, time)
            case VariableChanged(_, variable, value):
                self._tell("variable", f"variable {variable} is {value}", {"variable": variable, "value": value})
            case Traced(_, code):
                self._tell("trace", f"trace {code:02X}", {"code": code})
            case TimerFired(_, timer):
                self._tell("timer", f"timer {timer} fires", {"timer": timer})
            case ScriptRun(_, event):
                self._tell("script", f"script {EVENTS[event].name}", {"event": EVENTS[event].name})


def _kind(number: int) -> str:
    return MessageType(number).name if number in set(MessageType) else f"type {number}"


def _text(data: bytes) -> str:
    """As it is, if it can be printed; else in hex."""
    return data.decode("ascii") if all(0x20 <= byte < 0x7F for byte in data) else data.hex().upper()


def _told(message: Message) -> dict[str, Any]:
    return {"type": _kind(message.type), "data": _text(message.data), "data_hex": message.data.hex().upper()}
