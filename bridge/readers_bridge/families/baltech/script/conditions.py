"""The condition stack (the BaltechScript Protocol document, "Condition Stack")."""

from __future__ import annotations

from readers_bridge.families.baltech.script.operations import Executes


class UnderflowError(Exception):
    """The stack holds fewer flags than the command needs."""


class ConditionStack:
    """The flags of one script; empty when it starts."""

    def __init__(self) -> None:
        self._flags: list[bool] = []

    def executes(self, when: Executes) -> bool:
        """Whether such a command is executed now."""
        match when:
            case Executes.ALWAYS:
                return True
            case Executes.IF_FLAG:
                return not self._flags or self._flags[-1]
            case Executes.IF_SECOND_FLAG:
                return len(self._flags) < 2 or self._flags[-2]

    def push(self, flag: bool) -> None:  # noqa: FBT001  what a stack of flags holds
        """Put a flag on top."""
        self._flags.append(flag)

    def pop(self) -> bool:
        """Take the top flag away.

        Raises:
            UnderflowError: there is none.
        """
        if not self._flags:
            raise UnderflowError
        return self._flags.pop()
