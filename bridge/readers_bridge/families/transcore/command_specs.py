"""The commands of a TransCore reader, with their arguments."""

from __future__ import annotations

from collections.abc import Iterable

from readers_bridge.families.transcore.command_table import LONGEST_COMMAND
from readers_bridge.families.transcore.options import Options
from readers_bridge.families.transcore.typedefs import Profile
from readers_bridge.model import Arg, CommandSpec

TIMEOUT = 60.0
"""Seconds for a command with all its repetitions on a bad line, opening and closing command mode included."""

_ON = Arg("boolean", "true: on, false: off", required=True)

QUERY_STATUS = CommandSpec(
    "query_status",
    "Ask the reader for its version, settings and state; it reads no tag for about a second",
    timeout=TIMEOUT,
)


def command_specs(options: Options) -> Iterable[CommandSpec]:
    """What a reader with these options can be told."""
    if options.listen_only:
        return
    yield QUERY_STATUS
    yield CommandSpec(
        "set_rf",
        "Switch the radio on or off (640N); from then on the host controls it, and not the presence input",
        {"on": _ON},
        timeout=TIMEOUT,
    )
    yield CommandSpec(
        "reset_uniqueness", "Let the reader report again at once the tags that it has read (440)", timeout=TIMEOUT
    )
    yield CommandSpec("clear_power_fail", "Clear the power-fail bit (65)", timeout=TIMEOUT)
    if options.profile is Profile.MPRX:
        yield from _OF_MPRX
    else:
        yield from _OF_ENCOMPASS
    if options.allow_configuration:
        yield from _CONFIGURATION
    yield CommandSpec(
        "reset",
        "Restart the reader (63); the tags in its buffer are lost",
        timeout=TIMEOUT,
        confirm=True,
    )
    yield CommandSpec(
        "send_command",
        "Send a command as the reader's guide has it, and tell the answer; what is dangerous is refused",
        {
            "command": Arg("string", "code and argument without #, as 505", 2, LONGEST_COMMAND, required=True),
            "confirm": Arg("boolean", "true is needed for 63, which loses the tags in the reader's buffer"),
        },
        timeout=TIMEOUT,
    )


_OF_MPRX = (
    CommandSpec(
        "check_tag",
        "Switch on the radio of an antenna port and fire its check tag (811N); needs MPRX mode",
        {"port": Arg("integer", "antenna port", 0, 3, required=True)},
        timeout=TIMEOUT,
    ),
    CommandSpec(
        "set_clock",
        "Set the reader's clock (20 and 21)",
        {"time": Arg("string", "time and date, as 2026-03-01T12:00:00; absent: local time of the bridge", 19, 19)},
        timeout=TIMEOUT,
    ),
)

_OF_ENCOMPASS = (
    CommandSpec(
        "set_output",
        "Switch an output (620N); from then on the host controls both",
        {"output": Arg("integer", "output", 0, 1, required=True), "on": _ON},
        timeout=TIMEOUT,
    ),
    CommandSpec("predefined_outputs", "Let the reader control its outputs again (621)", timeout=TIMEOUT),
)

_CONFIGURATION = (
    CommandSpec("rf_by_presence", "Let the presence input control the radio (641)", timeout=TIMEOUT),
    CommandSpec(
        "set_reader_id",
        "Set the reader ID that auxiliary data carries (60NN)",
        {"id": Arg("hex", "reader ID, 00 to FF", 1, 1, required=True)},
        timeout=TIMEOUT,
    ),
)
