"""How responses reach the host, faults included."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from readers_bridge.families.baltech.simulator import frames
from readers_bridge.families.baltech.simulator.commands import TUNNEL
from readers_bridge.families.baltech.simulator.faults import Faults
from readers_bridge.families.baltech.simulator.outlet import Outlet, Step


class Delivery:
    """Makes frames of responses, and sends them through ``outlet``. ``hang_up`` ends the connection."""

    def __init__(self, outlet: Outlet, faults: Faults, hang_up: Callable[[], None], *, critical: bool) -> None:
        self._outlet = outlet
        self._faults = faults
        self._hang_up = hang_up
        self._critical = critical
        self._kept = b""
        self._random = Random("garbage")  # noqa: S311 - no secret is made of it

    def forget(self) -> None:
        """The connection ended."""
        self._kept = b""
        self._outlet.clear()

    def response(
        self, flags: int, code: int, status: int, data: bytes, *, phase: int = 0, inner: int | None = None
    ) -> None:
        """Answer a command with these flags and code; ``inner``: the code of the command in the Tunnel."""
        take = self._faults.take
        codes = (code,) if inner is None else (inner, code)
        if code == TUNNEL and data and not status and take("bad_mac", *codes):
            data = data[:-1] + bytes((data[-1] ^ 0xFF,))
        wrong = take("wrong_code", *codes)
        if wrong is not None:
            code = (code + 1) & 0xFFFF if wrong.value is None else int(wrong.value)
        frame = frames.response(flags, code, status, data, critical=self._critical, phase=phase)
        if flags & frames.CRC16 and take("wrong_crc", *codes):
            frame = frame[:-1] + bytes((frame[-1] ^ 0xFF,))
        if take("drop", *codes):
            return
        if take("late", *codes):
            self._kept += frame
            return
        self._outlet.put(*self._steps(frame, codes))

    def _steps(self, frame: bytes, codes: tuple[int, ...]) -> list[Step]:
        take = self._faults.take
        steps: list[Step] = []
        if self._kept:
            steps.append((0.0, self._kept))
            self._kept = b""
        if (garbage := take("garbage", *codes)) is not None:
            steps.append((0.0, self._garbage(int(garbage.value or 0))))
        if take("cut", *codes):
            steps += [(0.0, frame[: (len(frame) + 1) // 2]), (0.0, self._hang_up)]
        elif (split := take("split", *codes)) is not None:
            steps += [(split.value or 0.0, frame[n : n + 1]) for n in range(len(frame))]
        else:
            steps.append((0.0, frame))
        if (delay := take("delay", *codes)) is not None:
            steps.insert(0, (delay.value or 0.0, b""))
        return steps

    def _garbage(self, size: int) -> bytes:
        """Bytes that are no frame, the same ones in every run."""
        return bytes((0xFF,)) + self._random.randbytes(size - 1) if size else b""
