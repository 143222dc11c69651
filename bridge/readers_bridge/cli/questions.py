"""Questions to a person at a terminal, or to a pipe: prompts on stderr, one answer a line."""

from __future__ import annotations

import getpass
import sys
from typing import Any

import voluptuous as vol

from readers_bridge.errors import ConfigError
from readers_bridge.validation import EnvironmentText, problems, worded

_YES_NO = {"y": True, "yes": True, "n": False, "no": False}


class Questions:
    """Asks until the answer fits; a pipe is not asked again, because its next line answers another question.

    ``silent``: asks nothing and takes the defaults.
    """

    def __init__(self, *, silent: bool) -> None:
        self._silent = silent
        self._terminal = sys.stdin.isatty()

    def ask(self, question: str, schema: Any, *, given: str | None = None, default: str | None = None) -> Any:
        """The validated answer; ``given`` is one that need not be asked for.

        Raises:
            ConfigError: the answer does not fit, or there is none.
        """
        check = worded(schema)
        asked = given is None and not (self._silent and default is not None)
        while True:
            answer = self._answer(question, default) if asked else given if given is not None else default
            try:
                return check(EnvironmentText(answer))
            except vol.Invalid as error:
                text = f"{question}: {problems(error, answer)[0]}"
                if not (asked and self._terminal):
                    raise ConfigError(text) from None
                print(text, file=sys.stderr)

    def agree(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        return _YES_NO[self.ask(f"{question}? (yes, no)", vol.In(_YES_NO), default="yes" if default else "no")]

    def ask_secret(self, question: str) -> str:
        """An answer that is not shown while it is typed.

        Raises:
            ConfigError: there is none.
        """
        if not self._terminal:
            return self._answer(question, None)
        return getpass.getpass(f"{question}: ", stream=sys.stderr)

    def _answer(self, question: str, default: str | None) -> str:
        shown = f" [{default}]" if default else ""
        print(f"{question}{shown}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not self._terminal:
            print(file=sys.stderr)
        if not line:
            raise ConfigError(
                f"the answers end before the question `{question}`; give them all, or use --yes and options"
            )
        return line.strip() or default or ""
