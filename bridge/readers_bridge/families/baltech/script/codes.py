"""The codes of findings and what they mean: stable, for programs and for the documentation."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, str] = {
    "E100": "The text is too long to be a script.",
    "E101": "There is no command, or sequence item, of this name.",
    "E102": "There is no command, or sequence item, with this code.",
    "E103": "A parameter is missing: the line or the script ends before the command is complete.",
    "E104": "Something follows a complete command on the same line.",
    "E105": "A script in hexadecimal contains something else than pairs of hexadecimal digits.",
    "E106": "A parameter is neither a number nor one of the names it can have.",
    "E107": "A sequence item stands outside RunSequence.",
    "E108": "The text is not UTF-8.",
    "E201": "A number is out of its range.",
    "E202": "A number stands for no port, protocol, message type or event that the reader defines.",
    "E203": "A count or a delay of 0, whose effect is not defined.",
    "E301": "Not, Or, And or AssignVar needs more flags than the condition stack holds.",
    "E401": "RunSequence has no EndOfSequence.",
    "E402": "A repeat without StartLoop.",
    "E403": "A loop without a repeat.",
    "E404": "A wait in the clean-up block (after OnStop).",
    "E405": "A second OnStop in the same sequence.",
    "E501": "The script is empty.",
    "E502": "The script is too long for its use.",
    "E503": "There is no such event.",
    "W201": "Toggle with repeat 255, which may mean for ever.",
    "W202": "A port that can only be read is switched.",
    "W203": "A port that cannot be read is asked for.",
    "W204": "IfState 0 to 7, whose meaning depends on the firmware.",
    "W205": "IfProtocolEnabled with All, which is no single protocol.",
    "W206": "SendCardMsg is deprecated.",
    "W301": "More flags on the condition stack than any reader is known to hold.",
    "W302": "A command after DefaultAction that some readers may not execute.",
    "W303": "A command that is never executed.",
    "W304": "A second sequence in the same branch, which aborts the first.",
    "W305": "Two commands of the same branch drive the same port at the same time.",
    "W401": "A wait of 0.",
    "W402": "Loops nested deeply.",
    "W403": "An inverted port in the clean-up block, which may be executed once or twice.",
    "W404": "A loop that repeats without a wait, and so happens in an instant.",
    "W501": "The event is risky.",
    "W502": "The script replaces what the reader does at this event by itself.",
    "W503": "DefaultAction in a script that the host runs, where nothing is done by default.",
}
"""What each code means. E: an error, the script is not assembled; W: a warning."""
