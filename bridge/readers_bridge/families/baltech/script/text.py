"""Scripts as text: one command a line or separated by semicolons, in the manufacturer's names.

::

    IfIoPort Input0 Not        # Not, Or, And may follow on the same line
    Toggle Beeper 3 5
    RunSequence
        StartLoop
            EnablePortGreenLed; WaitMs 50; DisablePortGreenLed; WaitMs 50
        RepeatLoop3Times
    EndOfSequence
"""

from __future__ import annotations

from collections import deque

from readers_bridge.families.baltech.script import names
from readers_bridge.families.baltech.script.finding import START, Finding, ScriptError
from readers_bridge.families.baltech.script.lexer import MAX_FINDINGS, Word, statements
from readers_bridge.families.baltech.script.operations import END_OF_SEQUENCE, OPERATORS, RUN_SEQUENCE, Operation
from readers_bridge.families.baltech.script.program import Instruction, Program
from readers_bridge.families.baltech.script.values import read_value


def parse(text: str) -> Program:
    """The program of this text. Values fit into their bytes; whether the reader defines them is the checker's business.

    Raises:
        ScriptError: all that cannot be understood (codes E100 to E107, E401), and numbers that do not fit (E201, E202).
    """
    program, findings = parse_as_far_as_possible(text)
    if findings:
        raise ScriptError(findings)
    return program


def parse_as_far_as_possible(text: str) -> tuple[Program, list[Finding]]:
    """The commands that can be understood, and what is wrong with the others.

    Raises:
        ScriptError: E100 the text is too long.
    """
    return _Parser().read(text)


class _Parser:
    def __init__(self) -> None:
        self._program: list[Instruction] = []
        self._findings: list[Finding] = []
        self._items: list[Instruction] | None = None
        """Of the sequence that is open."""
        self._began = Word("", START)

    def read(self, text: str) -> tuple[Program, list[Finding]]:
        for statement in statements(text):
            try:
                self._statement(deque(statement))
            except ScriptError as error:
                self._findings += error.findings
            if len(self._findings) >= MAX_FINDINGS:
                break
        else:
            if self._items is not None:
                self._no_end("")
        return tuple(self._program), sorted(self._findings, key=lambda finding: finding.at)

    def _statement(self, words: deque[Word]) -> None:
        self._instruction(words)
        while words:
            if self._items is not None or names.command(words[0].text) not in OPERATORS:
                self._findings.append(self._left_over(words[0]))
                if self._operation(words[0]) is None:
                    return
            self._instruction(words)

    def _operation(self, word: Word) -> Operation | None:
        return names.command(word.text) if self._items is None else names.item(word.text)

    def _instruction(self, words: deque[Word]) -> None:
        name = words.popleft()
        if self._items is not None:
            self._item(self._items, name, words)
            return
        operation = names.command(name.text)
        if operation is None:
            self._unknown_command(name)
        elif operation is RUN_SEQUENCE:
            self._began, self._items = name, []
        else:
            self._program.append(_complete(operation, name, words))

    def _item(self, items: list[Instruction], name: Word, words: deque[Word]) -> None:
        operation = names.item(name.text)
        if operation is None:
            if names.command(name.text) is None:
                raise _unknown_item(name)
            self._no_end(f" before {name.text} in line {name.at.line}")
            words.appendleft(name)
            self._instruction(words)
            return
        items.append(_complete(operation, name, words))
        if operation is END_OF_SEQUENCE:
            self._program.append(Instruction(RUN_SEQUENCE, (), tuple(items), (self._began.at,)))
            self._items = None

    def _no_end(self, where: str) -> None:
        text = f"RunSequence has no end{where}; write EndOfSequence after its last item"
        self._findings.append(Finding("E401", text, self._began.at))
        self._items = None

    def _left_over(self, word: Word) -> Finding:
        if self._operation(word) is not None:
            return Finding("E104", f"begin a new line or write ; before {word.shown}", word.at)
        meant = names.close_command(word.text) if self._items is None else None
        hint = f"did you mean {meant.name}?" if meant and meant in OPERATORS else "remove it"
        return Finding("E104", f"{word.shown} is one too many, the command before it is complete; {hint}", word.at)

    def _unknown_command(self, name: Word) -> None:
        if names.item(name.text) is not None:
            raise _error("E107", f"{name.shown} belongs into a sequence; write RunSequence before its first item", name)
        meant = names.close_command(name.text)
        if meant is RUN_SEQUENCE:
            self._began, self._items = name, []
        if meant is not None:
            hint = f"did you mean {meant.name}?"
        elif name.text[0].isdecimal():
            hint = "a script in hexadecimal is pairs of digits without 0x, as 01 00"
        else:
            hint = "a line begins with the name of a command, as Enable GreenLed"
        raise _error("E101", f"{name.shown} is no command; {hint}", name)


def _complete(operation: Operation, name: Word, words: deque[Word]) -> Instruction:
    places = [name.at]
    values = []
    for parameter in operation.parameters:
        if not words:
            form = " ".join((operation.name, *(f"<{parameter.name}>" for parameter in operation.parameters)))
            raise _error("E103", f"the {parameter.name} is missing; write {form}", name)
        word = words.popleft()
        values.append(read_value(parameter, word))
        places.append(word.at)
    return Instruction(operation, tuple(values), (), tuple(places))


def _unknown_item(name: Word) -> ScriptError:
    meant = names.close_item(name.text)
    hint = f"did you mean {meant.name}?" if meant else "items are such as EnablePortGreenLed, Wait500Ms, RepeatLoop 3"
    return _error("E101", f"{name.shown} is no sequence item; {hint}", name)


def _error(code: str, text: str, word: Word) -> ScriptError:
    return ScriptError([Finding(code, text, word.at)])
