from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import ProtocolError
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import Response
from readers_bridge.families.baltech.channel import Channel, ChannelError, Mode
from readers_bridge.families.baltech.commands import Request
from tests.bridge.baltech.channel_sides import (
    GREEN_ON,
    INFO,
    KEY,
    PHASE1_ANSWER,
    Reader,
    answer,
    ask,
    channel,
    connected,
    each_mode,
    with_session,
)

# -- what is detected


@each_mode
@pytest.mark.parametrize("data", [b"", b"\x00\x0a0123456789"], ids=["no data", "a card"])
def test_every_changed_byte_of_a_short_answer_is_detected(mode: Mode, data: bytes) -> None:
    request = commands.get_message()
    length = len(sealed_answer(mode, request, data))
    for position in range(length):
        for change in (0x01, 0x80, 0xFF):
            ours, reader = connected(mode)
            sealed = bytearray(reader.tunnel(ours.seal(request).payload, lambda code, payload: (0, data)))
            sealed[position] ^= change
            with pytest.raises(ChannelError) as caught:
                ours.open(request, Response(0x0706, 0, bytes(sealed)))
            assert caught.value.code == ("wrong_key" if mode is Mode.STATELESS else "channel_broken")


def sealed_answer(mode: Mode, request: Request, data: bytes) -> bytes:
    ours, reader = connected(mode)
    return reader.tunnel(ours.seal(request).payload, lambda code, payload: (0, data))


def test_every_changed_byte_of_a_long_answer_is_detected_by_the_mac() -> None:
    for position in range(len(sealed_answer(Mode.PLAIN, commands.get_info(), INFO))):
        ours, reader = connected(Mode.PLAIN)
        sealed = bytearray(reader.tunnel(ours.seal(commands.get_info()).payload, lambda code, payload: (0, INFO)))
        sealed[position] ^= 0x20
        with pytest.raises(ChannelError, match="MAC"):
            ours.open(commands.get_info(), Response(0x0706, 0, bytes(sealed)))


def test_changed_first_and_last_block_of_a_long_encrypted_answer_is_detected() -> None:
    length = len(sealed_answer(Mode.STANDARD, commands.get_info(), INFO))
    assert length == 64
    for position in (*range(16), *range(length - 16, length)):
        ours, reader = connected()
        sealed = bytearray(reader.tunnel(ours.seal(commands.get_info()).payload, lambda code, payload: (0, INFO)))
        sealed[position] ^= 0x01
        with pytest.raises(ChannelError, match="zeros"):
            ours.open(commands.get_info(), Response(0x0706, 0, bytes(sealed)))


def test_a_change_between_those_blocks_is_not_noticed() -> None:
    """How the readers' protocol is made: CBC with zeros at the end, and no MAC."""
    ours, reader = connected()
    sealed = bytearray(reader.tunnel(ours.seal(commands.get_info()).payload, lambda code, payload: (0, INFO)))
    sealed[16] ^= 0x01
    opened = ours.open(commands.get_info(), Response(0x0706, 0, bytes(sealed)))
    assert opened.data != INFO
    assert len(opened.data) == len(INFO)


@with_session
def test_a_broken_channel_stays_broken(mode: Mode) -> None:
    ours, _ = connected(mode)
    ours.seal(GREEN_ON)
    with pytest.raises(ChannelError):
        ours.open(GREEN_ON, Response(0x0706, 0, bytes(16)))
    with pytest.raises(ChannelError, match="connect again") as caught:
        ours.seal(GREEN_ON)
    assert caught.value.code == "channel_broken"
    for use in (ours.phase1, ours.established, lambda: ours.open(GREEN_ON, Response(0x0706))):
        with pytest.raises(ChannelError, match="connect again"):
            use()


@with_session
def test_an_answer_cannot_be_played_again(mode: Mode) -> None:
    ours, reader = connected(mode)
    body = reader.tunnel(ours.seal(GREEN_ON).payload, lambda code, payload: (0, b""))
    ours.open(GREEN_ON, Response(0x0706, 0, body))
    ours.seal(GREEN_ON)
    with pytest.raises(ChannelError):
        ours.open(GREEN_ON, Response(0x0706, 0, body))


@with_session
def test_a_lost_answer_ends_the_channel(mode: Mode) -> None:
    ours, _ = connected(mode)
    ours.seal(GREEN_ON)
    with pytest.raises(ChannelError, match="answer to the last command is missing"):
        ours.seal(GREEN_ON)


def test_a_lost_answer_does_not_matter_without_a_state() -> None:
    ours, reader = connected(Mode.STATELESS)
    ours.seal(GREEN_ON)
    assert ask(ours, reader, commands.get_info(), data=INFO) == Response(0x0004, 0, INFO)


@each_mode
def test_an_answer_that_was_not_asked_for(mode: Mode) -> None:
    ours, _ = connected(mode)
    with pytest.raises(ChannelError, match="nothing was asked for"):
        ours.open(GREEN_ON, Response(0x0706, 0, bytes(16)))


@each_mode
@given(body=st.binary(max_size=70))
def test_garbage_is_a_channel_error(mode: Mode, body: bytes) -> None:
    ours, _ = connected(mode)
    ours.seal(GREEN_ON)
    with pytest.raises(ChannelError):
        ours.open(GREEN_ON, Response(0x0706, 0, body))


@pytest.mark.parametrize(
    ("mode", "status", "code"),
    [
        (Mode.STANDARD, 0x01, "channel_broken"),
        (Mode.PLAIN, 0x42, "channel_broken"),
        (Mode.STATELESS, 0x01, "wrong_key"),
        (Mode.STATELESS, 0x42, "channel_broken"),
    ],
)
def test_the_reader_does_not_accept_the_tunnel(mode: Mode, status: int, code: str) -> None:
    ours, _ = connected(mode)
    ours.seal(GREEN_ON)
    with pytest.raises(ChannelError, match=f"status {status:02X}") as caught:
        ours.open(GREEN_ON, Response(0x0706, status))
    assert caught.value.code == code


def test_a_key_that_worked_before_is_not_wrong() -> None:
    ours, reader = connected(Mode.STATELESS)
    ask(ours, reader, GREEN_ON)
    ours.seal(GREEN_ON)
    with pytest.raises(ChannelError) as caught:
        ours.open(GREEN_ON, Response(0x0706, 0x01))
    assert caught.value.code == "channel_broken"


# -- the authentication


@with_session
def test_wrong_key(mode: Mode) -> None:
    ours, reader = channel(mode, key=bytes(16)), Reader()
    first = ours.phase1()
    assert first is not None
    with pytest.raises(ChannelError, match="another AES key than ours at security level 1") as caught:
        ours.phase2(reader.phase1(first.payload))
    assert caught.value.code == "wrong_key"
    assert isinstance(caught.value, ProtocolError)
    with pytest.raises(ChannelError, match="connect again"):
        ours.established()


@pytest.mark.parametrize("position", range(16))
def test_wrong_proof(position: int) -> None:
    ours = channel()
    ours.phase1()
    proof = bytearray(answer(PHASE1_ANSWER).data)
    proof[position] ^= 0x01
    with pytest.raises(ChannelError) as caught:
        ours.phase2(bytes(proof))
    assert caught.value.code == "wrong_key"


@pytest.mark.parametrize("length", [0, 32, 34])
def test_answer_to_phase_1_of_a_wrong_length(length: int) -> None:
    ours = channel()
    ours.phase1()
    with pytest.raises(ChannelError, match=f"33 bytes, this one has {length}") as caught:
        ours.phase2(bytes(length))
    assert caught.value.code == "channel_broken"


def test_nothing_is_sealed_before_the_authentication_is_finished() -> None:
    for steps in range(3):
        ours, reader = channel(), Reader()
        if steps > 0:
            first = ours.phase1()
            assert first is not None
            if steps > 1:
                ours.phase2(reader.phase1(first.payload))
        with pytest.raises(ChannelError, match="authentication is not finished"):
            ours.seal(GREEN_ON)
    with pytest.raises(ChannelError, match="authentication is not finished"):
        channel().established()


@given(st.binary(max_size=40))
def test_garbage_for_an_authentication(data: bytes) -> None:
    ours = channel()
    ours.phase1()
    with pytest.raises(ChannelError):
        ours.phase2(data)


def test_random_numbers_differ() -> None:
    first, second = Channel(KEY).phase1(), Channel(KEY).phase1()
    assert first is not None
    assert second is not None
    assert first.payload != second.payload
