"""What is plugged into the drawer socket: a drawer or a buzzer, never both, and a buzzer's pulses damage a drawer."""

from __future__ import annotations

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing.paper import Paper
from readers_bridge.families.star.typedefs import Peripheral
from readers_bridge.model import Status


def need_drawer(paper: Paper, path: str | None = None) -> None:
    """Go on only if a drawer is connected.

    Raises:
        CommandError: ``refused``, no_drawer.
    """
    if paper.peripheral is not Peripheral.DRAWER:
        raise _refused(paper, "drawer", path)


def need_buzzer(paper: Paper, path: str | None = None) -> None:
    """Go on only if a buzzer is connected: the command for a buzzer damages a drawer.

    Raises:
        CommandError: ``refused``, no_buzzer.
    """
    if paper.peripheral is not Peripheral.BUZZER:
        raise _refused(paper, "buzzer", path)


def _refused(paper: Paper, wanted: str, path: str | None) -> CommandError:
    if paper.peripheral is Peripheral.NONE:
        reason = "according to the configuration nothing is connected to the drawer socket"
    else:
        reason = f"according to the configuration a {paper.peripheral} is connected to the drawer socket"
    where = f"{path}: " if path else ""
    return CommandError(
        f"{where}the printer has no {wanted}: {reason}; if a {wanted} is connected, set the option peripheral to {wanted}",
        status=Status.REFUSED,
        code=f"no_{wanted}",
        path=path,
    )
