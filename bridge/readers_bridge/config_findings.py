"""The problems of a configuration file, collected while it is checked."""

from __future__ import annotations

import dataclasses
from typing import Any

import voluptuous as vol

from readers_bridge.validation import Keys, Problem, path_text, problems, shown, value_at, worded
from readers_bridge.yaml_file import UNKNOWN, Document


class Findings:
    """What is wrong with a document, and which of its values are secrets."""

    def __init__(self, document: Document) -> None:
        self.problems = list(document.problems)
        self.secrets: set[Keys] = set()
        """Where secrets belong; their values are never shown."""
        self._document = document

    def add(self, keys: Keys, message: str) -> None:
        """A problem of the value at ``keys``."""
        self._add(Problem(keys, message))

    def validate(self, schema: Any, data: Any, at: Keys = ()) -> Any:
        """The validated ``data``, which stands at ``at``; None when something is wrong with it."""
        try:
            return worded(schema)(data)
        except vol.Invalid as error:
            error.prepend(list(at))
            for problem in problems(error, self._document.data, self._is_hidden):
                self._add(problem)
            return None

    def shown(self, keys: Keys) -> str:
        """The value at ``keys`` as it may stand in a text."""
        return "this value" if self._is_hidden(keys) else shown(value_at(self._document.data, keys))

    def place(self, keys: Keys) -> str:
        """``devices[0].id (line 12)``."""
        line = self._document.line(keys)
        return path_text(keys) + ("" if line is None else f" (line {line})")

    def inline_secrets(self) -> tuple[str, ...]:
        """The paths of the secrets that stand in the file itself."""
        inline = (
            keys for keys in self.secrets - self._document.hidden if value_at(self._document.data, keys) is not None
        )
        return tuple(sorted(map(path_text, inline)))

    def _add(self, problem: Problem) -> None:
        if value_at(self._document.data, problem.keys) is not UNKNOWN:  # that has its problem already
            self.problems.append(dataclasses.replace(problem, line=self._document.line(problem.keys)))

    def _is_hidden(self, keys: Keys) -> bool:
        return keys in self.secrets or keys in self._document.hidden
