"""Every command of a BaltechScript, and every item of a switch sequence (RunSequence), as tables.

Sources: docs.baltech.de, refman/prot/baltechscript; baltech-sdk 5.2026.10, ``BaltechScript.CodeMap`` and
``RunSequenceCmd_CmdCode``. Names are the manufacturer's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from readers_bridge.families.baltech.script.events import EVENTS
from readers_bridge.families.baltech.typedefs import IoPort, MessageType, ProtocolID


class Executes(Enum):
    """When a command is executed, with regard to the condition stack."""

    IF_FLAG = "if the stack is empty or its top is true"
    IF_SECOND_FLAG = "if the flag below the top is true, or there is none"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """A parameter: ``size`` bytes, most significant first; its values are ``low`` to ``high``, or those of ``names`` only."""

    name: str
    low: int = 0
    high: int = 0xFF
    size: int = 1
    names: Mapping[str, int] = field(default_factory=dict)

    def allows(self, value: int) -> bool:
        """Whether the reader defines this value."""
        return value in self.names.values() if self.names else self.low <= value <= self.high


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A command, or an item of a sequence: its code and what follows it. Each exists once, in the tables below."""

    code: int
    name: str
    parameters: tuple[Parameter, ...] = ()
    executes: Executes = Executes.IF_FLAG


def _names(values: type[IntEnum]) -> dict[str, int]:
    return {value.name: int(value) for value in values}


PORT = Parameter("port", names=_names(IoPort))
REPEAT = Parameter("repeat", 1)
DELAY = Parameter("delay", 1)
MESSAGE_TYPE = Parameter("message type", names=_names(MessageType))
MESSAGE_ID = Parameter("message id", 0, 127)
PROTOCOL = Parameter("protocol", names=_names(ProtocolID))
VARIABLE = Parameter("variable", 0, 15)
TIMER = Parameter("timer", 0, 2)
TIMER_VALUE = Parameter("time", 0, 0xFFFF, 2)
TRACE_CODE = Parameter("code")
EVENT = Parameter("event", names={event.name: event.id for event in EVENTS.values()})
STATE = Parameter("state", 0, 15)
DIP_SWITCH = Parameter("DIP switch")
COUNT = Parameter("count", 1)
MILLISECONDS = Parameter("milliseconds")
SECONDS = Parameter("seconds")

ENABLE = Operation(0x01, "Enable", (PORT,))
DISABLE = Operation(0x02, "Disable", (PORT,))
TOGGLE = Operation(0x03, "Toggle", (PORT, REPEAT, DELAY))
DEFAULT_ACTION = Operation(0x04, "DefaultAction")
SEND_CARD_MSG = Operation(0x05, "SendCardMsg")
TOGGLE_INVERTED = Operation(0x06, "ToggleInverted", (PORT, REPEAT, DELAY))
SEND_MSG = Operation(0x07, "SendMsg", (MESSAGE_TYPE, MESSAGE_ID, PROTOCOL))
SET_VAR = Operation(0x08, "SetVar", (VARIABLE,))
CLEAR_VAR = Operation(0x09, "ClearVar", (VARIABLE,))
ASSIGN_VAR = Operation(0x0A, "AssignVar", (VARIABLE,), Executes.IF_SECOND_FLAG)
SET_TIMER = Operation(0x0B, "SetTimer", (TIMER, TIMER_VALUE))
TRACE = Operation(0x0C, "Trace", (TRACE_CODE,))
RUN = Operation(0x0D, "Run", (EVENT,))
RUN_SEQUENCE = Operation(0x13, "RunSequence")
IF_STATE = Operation(0x40, "IfState", (STATE,), Executes.ALWAYS)
IF_PROTOCOL_ENABLED = Operation(0x41, "IfProtocolEnabled", (PROTOCOL,), Executes.ALWAYS)
IF_DIP = Operation(0x42, "IfDip", (DIP_SWITCH,), Executes.ALWAYS)
IF_TRUE = Operation(0x43, "IfTrue", (), Executes.ALWAYS)
IF_IO_PORT = Operation(0x44, "IfIoPort", (PORT,), Executes.ALWAYS)
IF_VAR = Operation(0x45, "IfVar", (VARIABLE,), Executes.ALWAYS)
NOT = Operation(0x80, "Not", (), Executes.ALWAYS)
OR = Operation(0x81, "Or", (), Executes.ALWAYS)
AND = Operation(0x82, "And", (), Executes.ALWAYS)

ENABLE_PORT = Operation(0x01, "EnablePort", (PORT,))
DISABLE_PORT = Operation(0x02, "DisablePort", (PORT,))
REPEAT_LOOP = Operation(0x05, "RepeatLoop", (COUNT,))
WAIT_MS = Operation(0x08, "WaitMs", (MILLISECONDS,))
WAIT_SEC = Operation(0x09, "WaitSec", (SECONDS,))
END_OF_SEQUENCE = Operation(0xF1, "EndOfSequence")
START_LOOP = Operation(0xF2, "StartLoop")
ON_STOP = Operation(0xF3, "OnStop")

_SHORT_PORTS = {
    IoPort.GreenLed: "GreenLed",
    IoPort.RedLed: "RedLed",
    IoPort.Beeper: "Beeper",
    IoPort.Relay: "Relay",
    IoPort.BlueLed: "Blue",
}


def _short(first: int, name: str) -> list[Operation]:
    return [Operation(first + port, f"{name}{words}") for port, words in _SHORT_PORTS.items()]


def _by_code(operations: Iterable[Operation]) -> Mapping[int, Operation]:
    return {operation.code: operation for operation in operations}


COMMANDS: Mapping[int, Operation] = _by_code(
    (
        *(ENABLE, DISABLE, TOGGLE, DEFAULT_ACTION, SEND_CARD_MSG, TOGGLE_INVERTED, SEND_MSG, SET_VAR, CLEAR_VAR),
        *(ASSIGN_VAR, SET_TIMER, TRACE, RUN, RUN_SEQUENCE),
        *(IF_STATE, IF_PROTOCOL_ENABLED, IF_DIP, IF_TRUE, IF_IO_PORT, IF_VAR, NOT, OR, AND),
    )
)
"""The commands of a script, by opcode."""

SEQUENCE_ITEMS: Mapping[int, Operation] = _by_code(
    (
        *(ENABLE_PORT, DISABLE_PORT, REPEAT_LOOP, WAIT_MS, WAIT_SEC),
        *_short(0x10, "EnablePort"),
        *_short(0x20, "DisablePort"),
        *_short(0x30, "InvertPort"),
        Operation(0x51, "Repeat1Times"),
        *(Operation(0x50 + count, f"RepeatLoop{count}Times") for count in range(2, 16)),
        *(Operation(0x80 + tenths, f"Wait{tenths}00Ms") for tenths in range(1, 64)),
        *(END_OF_SEQUENCE, START_LOOP, ON_STOP),
    )
)
"""The items of a sequence, by code."""

CONDITIONS = frozenset((IF_STATE, IF_PROTOCOL_ENABLED, IF_DIP, IF_TRUE, IF_IO_PORT, IF_VAR))
"""The commands that push a flag onto the condition stack."""

OPERATORS = frozenset((NOT, OR, AND))
"""The commands that change the flags on top of the condition stack."""

REPEATS = frozenset(item for code, item in SEQUENCE_ITEMS.items() if item is REPEAT_LOOP or 0x51 <= code <= 0x5F)
"""The items that end a loop."""

WAITS = frozenset(item for code, item in SEQUENCE_ITEMS.items() if item in (WAIT_MS, WAIT_SEC) or 0x81 <= code <= 0xBF)
"""The items that wait."""

INVERTS = frozenset(item for code, item in SEQUENCE_ITEMS.items() if 0x30 <= code <= 0x3F)
"""The items that switch a port to its other state."""
