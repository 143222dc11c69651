"""How a reader introduces itself when it connects to the bridge."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import ProtocolError
from readers_bridge.families.baltech.ident import ConnectReason, identify, reasons
from readers_bridge.transports.tcp_listener import Ident

PUBLISHED = bytes.fromhex("01 00 09 34 33 38 39 33 31 32 36")


def test_the_published_ident() -> None:
    assert identify(PUBLISHED) == Ident("43893126", 11)
    assert reasons(PUBLISHED) == ConnectReason.PowerUp | ConnectReason.CardPresented


@pytest.mark.parametrize("size", range(11))
def test_more_bytes_are_needed(size: int) -> None:
    assert identify(PUBLISHED[:size]) is None


def test_what_follows_is_not_the_idents() -> None:
    assert identify(PUBLISHED + b"\x0c\x00\x04") == Ident("43893126", 11)


@pytest.mark.parametrize("first", [b"\x02", b"GET / HTTP/1.1", PUBLISHED[:10] + b"A"])
def test_others_are_refused(first: bytes) -> None:
    with pytest.raises(ProtocolError):
        identify(first)


@given(st.binary(max_size=64))
def test_nothing_else_is_raised(first: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        identify(first)
