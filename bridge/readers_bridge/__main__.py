"""The command ``readers-bridge``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from readers_bridge.cli import build_parser, exit_code, report
from readers_bridge.errors import ReadersError

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code.

    0: done. 1: failed or refused. 2: configuration or arguments. 3: broker unreachable. 4: id taken. 5: no answer.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    try:
        args = build_parser(words).parse_args(words)
        code: int = args.func(args)
        sys.stdout.flush()
    except SystemExit as end:  # argparse has said what is wrong, or what was asked for
        return end.code if isinstance(end.code, int) else 0
    except ReadersError as error:
        report(error)
        return exit_code(error)
    except KeyboardInterrupt:
        sys.stderr.write("\n")  # the shell's prompt does not follow a ^C
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


if __name__ == "__main__":
    sys.exit(main())
