"""The command ``readers-bridge``."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code.

    0: done. 1: failed or refused. 2: configuration or arguments. 3: broker unreachable. 4: id taken. 5: no answer.
    """
    try:
        _open_streams()
        code = _run(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("\n")  # the shell's prompt does not follow a ^C
        code = INTERRUPTED
    except BrokenPipeError:  # whoever reads our output has seen enough
        code = 0
        _drop_output()
    except OSError as error:
        sys.stderr.write(f"readers-bridge: {error.strerror}{f': {error.filename}' if error.filename else ''}\n")
        code = 1
        _drop_output()
    return code


def _run(words: list[str]) -> int:
    from readers_bridge.cli import build_parser, exit_code, report  # noqa: PLC0415  Ctrl-C may come while this is imported
    from readers_bridge.errors import ReadersError  # noqa: PLC0415

    try:
        args = build_parser(words).parse_args(words)
        code: int = args.func(args)
    except SystemExit as end:  # argparse has said what is wrong, or what was asked for
        return end.code if isinstance(end.code, int) else 0
    except ReadersError as error:
        report(error)
        return exit_code(error)
    return code


def _open_streams() -> None:
    """Streams that whoever started us has closed lead nowhere; text that the terminal cannot show is shown escaped."""
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _drop_output() -> None:
    """What waits in the buffer cannot be written; the interpreter would try, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    sys.exit(main())
