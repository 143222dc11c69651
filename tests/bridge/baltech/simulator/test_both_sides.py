"""The bridge's side of the secure channel and of frames, against the reader's: two implementations of one description."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readers_bridge.families.baltech.brp import Parser, Response, command
from readers_bridge.families.baltech.channel import Channel, Mode
from readers_bridge.families.baltech.commands import Request
from readers_bridge.families.baltech.simulator import frames
from readers_bridge.families.baltech.simulator.crypt import SecureChannel

KEY = bytes(range(16))
CODES = st.integers(0, 0xFFFE)
TUNNELLED = st.integers(0x0800, 0x0AFF)
"""Codes of commands that the bridge sends without looking at their parameters."""


@pytest.mark.parametrize("mode", Mode)
@given(
    talk=st.lists(st.tuples(TUNNELLED, st.binary(max_size=70), st.integers(0, 255), st.binary(max_size=70)), max_size=4)
)
@settings(max_examples=50)
def test_the_secure_channel(mode: Mode, talk: list[tuple[int, bytes, int, bytes]]) -> None:
    host = Channel(KEY, 2, mode)
    reader = SecureChannel({2: KEY}, bytes, stateless=True)
    phase1 = host.phase1()
    if phase1 is not None:
        phase2 = host.phase2(reader.phase1(phase1.payload[0], phase1.payload[1:]))
        reader.phase2(phase2.payload)
        host.established()
    for code, payload, status, data in talk:
        request = Request(code, payload)
        tunnel = host.seal(request)
        flags, body = tunnel.payload[0], tunnel.payload[1:]
        assert reader.open(flags, body) == (code, payload)
        answer = host.open(request, Response(tunnel.code, 0, reader.seal(flags, status, data)))
        assert (answer.code, answer.status, answer.data) == (code, status, data)


@given(
    code=CODES, payload=st.binary(max_size=300), status=st.integers(0, 255), crc=st.booleans(), critical=st.booleans()
)
@settings(max_examples=100)
def test_frames(code: int, payload: bytes, status: int, crc: bool, critical: bool) -> None:
    (taken,) = frames.Inbox(1024).receive(command(code, payload, crc=crc))
    assert isinstance(taken, frames.Command)
    assert (taken.code, taken.payload) == (code, payload)
    answer = frames.response(taken.flags, code, status, payload, critical=critical)
    (heard,) = Parser(crc=crc).receive(answer)
    assert heard == Response(code, status, b"" if status else payload, critical)
