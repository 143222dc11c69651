"""The one error tree. The name of an error tells what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ReadersError(Exception):
    """Base of every error that this package raises on purpose.

    ``code`` is a stable snake_case word for programs (the ``reason`` of an availability, the ``error.code`` of a result);
    the text is for people and says what to do next.
    """

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class ConfigError(ReadersError):
    """The configuration file cannot be used; ``problems`` lists everything that is wrong with it."""

    code = "configuration"

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class BrokerError(ReadersError):
    """The MQTT broker cannot be used."""

    code = "broker"


class BrokerUnreachableError(BrokerError):
    """No connection to the broker; trying again later may help."""

    code = "broker_unreachable"


class BrokerRefusedError(BrokerError):
    """The broker answered and said no (wrong password, not authorised); trying again as we are does not help."""

    code = "broker_refused"


class TakenOverError(BrokerError):
    """Another client with our client id connected: a second bridge with this id is running."""

    code = "taken_over"


class JournalError(ReadersError):
    """The journal cannot be read or written."""

    code = "journal"


class DeviceError(ReadersError):
    """Something between us and a device."""

    code = "device"


class TransportError(DeviceError):
    """The link to a device could not be opened, or broke."""

    code = "connection_lost"


class ProtocolError(DeviceError):
    """The device said something that its protocol does not allow."""

    code = "protocol"


class CommandError(ReadersError):
    """A command that is not executed, or that failed; ``status`` is the status word of its result.

    ``path`` names the argument at fault, where there is one; ``data`` is the ``data`` of its result: what is known all the same.
    """

    code = "command"

    def __init__(
        self,
        message: str,
        *,
        status: str,
        code: str,
        path: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code)
        self.status = status
        self.path = path
        self.data = data or {}
