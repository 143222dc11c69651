from __future__ import annotations

import builtins
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import ConfigError
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.brp import Response, command
from readers_bridge.families.baltech.channel import Channel, Mode
from readers_bridge.families.baltech.commands import Request
from tests.bridge.baltech.channel_sides import (
    GREEN_ON,
    INFO,
    KEY,
    PHASE1,
    PHASE1_ANSWER,
    PHASE2,
    Reader,
    answer,
    ask,
    channel,
    connect,
    connected,
    each_mode,
)

EXCHANGES: dict[Mode, list[tuple[Request, str, str, bytes]]] = {
    Mode.STANDARD: [
        (
            commands.get_info(),
            "0C 07 06 11 00 F1 21 D0 A1 C5 22 09 E9 68 5B AC 58 D9 02 55 D1 41",
            (
                "0C 07 06 40 00 E4 6C D2 5E 46 7D 23 46 77 E0 54 83 C7 64 F9 E6 DA 58 34 CF B2 60 31 26 CE 66 CE 2A 88 99 B8 25"
                "78 83 C5 E4 F1 9C D9 3D AB C0 B7 35 A4 69 AE F5 0D A5 94 98 30 0B 1A 15 D9 AF BC BA 7F 23 C8 68"
            ),
            INFO,
        ),
        (
            commands.get_message(),
            "0C 07 06 11 00 F1 B8 96 CC 09 C9 75 38 4E F8 E7 89 CA E3 2A 47 40",
            "0C 07 06 20 00 8C 3D 06 D3 97 A8 1F 53 9D 10 1E CF 93 12 FF AD B5 1F 07 AC 5E 47 E8 71 58 06 A3 4F 9D C7 B6 D4",
            b"\x00\x0a0123456789",
        ),
        (
            GREEN_ON,
            "0C 07 06 11 00 F1 DB 42 13 17 71 DB BA 75 1A C1 A3 33 4C 73 AB E5",
            "0C 07 06 10 00 95 57 E0 EC 80 46 70 C7 BE 23 CD 55 63 FE 70 CB",
            b"",
        ),
    ],
    Mode.PLAIN: [
        (
            commands.get_info(),
            "0C 07 06 0D 00 B1 00 04 00 00 21 D0 A1 C5 22 09 E9 68",
            "0C 07 06 34 00 00 00 29" + INFO.hex() + "78 83 C5 E4 F1 9C D9 3D",
            INFO,
        ),
        (
            GREEN_ON,
            "0C 07 06 10 00 B1 05 03 00 03 02 01 00 64 A6 81 64 3A 3B 03 88",
            "0C 07 06 0B 00 00 00 00 34 9A 1A 5C 88 8E 88 C2",
            b"",
        ),
    ],
    Mode.STATELESS: [
        (
            GREEN_ON,
            "0C 07 06 11 00 61 A3 6A 2D 65 40 3C BC ED 69 3C 8D 89 D7 77 56 79",
            "0C 07 06 10 00 C6 A1 3B 37 87 8F 5B 82 6F 4F 81 62 A1 C8 D8 79",
            b"",
        ),
    ]
    * 2,
}


def on_the_wire(request: Request) -> str:
    return command(request.code, request.payload).hex(" ").upper()


# -- the published bytes


@each_mode
def test_vectors(mode: Mode) -> None:
    ours = channel(mode)
    first = ours.phase1()
    if mode is Mode.STATELESS:
        assert first is None
    else:
        assert first is not None
        assert on_the_wire(first) == PHASE1
        assert on_the_wire(ours.phase2(answer(PHASE1_ANSWER).data)) == PHASE2
        ours.established()
    for request, sealed, answered, data in EXCHANGES[mode]:
        assert on_the_wire(ours.seal(request)) == sealed
        assert ours.open(request, answer(answered)) == Response(request.code, 0, data)


# -- both sides


@each_mode
@given(
    key=st.binary(min_size=16, max_size=16),
    level=st.integers(1, 3),
    rnd_a=st.binary(min_size=16, max_size=16),
    rnd_b=st.binary(min_size=16, max_size=16),
    talk=st.lists(
        st.tuples(
            st.integers(0x0500, 0xFFFF),
            st.binary(max_size=80),
            st.integers(0, 255),
            st.binary(max_size=80),
            st.booleans(),
        ),
        max_size=5,
    ),
)
def test_both_sides_understand_each_other(
    mode: Mode, key: bytes, level: int, rnd_a: bytes, rnd_b: bytes, talk: list[tuple[int, bytes, int, bytes, bool]]
) -> None:
    ours, reader = channel(mode, key, level, rnd_a), Reader(key, level, rnd_b)
    connect(ours, reader)
    for code, payload, status, data, critical in talk:
        asked: list[Any] = []

        def execute(
            *what: Any, asked: list[Any] = asked, result: tuple[int, bytes] = (status, data)
        ) -> tuple[int, bytes]:
            asked.append(what)
            return result

        request = Request(code, payload, timeout=2.5)
        sealed = ours.seal(request)
        assert (sealed.code, sealed.timeout) == (0x0706, 2.5)
        opened = ours.open(request, Response(0x0706, 0, reader.tunnel(sealed.payload, execute), critical))
        assert asked == [(code, payload)]
        assert opened == Response(code, status, data, critical)


@each_mode
@pytest.mark.parametrize("length", range(33))
def test_every_length_of_padding(mode: Mode, length: int) -> None:
    ours, reader = connected(mode)
    for _ in range(2):
        request = Request(0x0503, bytes(length))
        assert ask(ours, reader, request, data=bytes(length)) == Response(0x0503, 0, bytes(length))


def test_more_zeros_than_needed_are_accepted() -> None:
    """As by the manufacturer's library."""
    ours = channel(Mode.STATELESS)
    ours.seal(GREEN_ON)
    body = Cipher(algorithms.AES(KEY), modes.CBC(bytes(16))).encryptor().update(bytes(32))
    assert ours.open(GREEN_ON, Response(0x0706, 0, body)) == Response(0x0503)


def test_an_error_of_the_command_is_no_error_of_the_channel() -> None:
    ours, reader = connected()
    assert ask(ours, reader, commands.get_message(), status=0x01) == Response(0x0501, 0x01)
    assert ask(ours, reader, commands.enable(0), status=0x42) == Response(0x0A01, 0x42)
    assert ask(ours, reader, commands.get_info(), data=INFO).data == INFO


# -- making a channel


@pytest.mark.parametrize("key", [b"", bytes(15), bytes(17), bytes(32)])
def test_length_of_the_key(key: bytes) -> None:
    with pytest.raises(ValueError, match=f"16 bytes, this one has {len(key)}"):
        Channel(key)


@pytest.mark.parametrize("level", [-1, 0, 4])
def test_level_without_a_key(level: int) -> None:
    with pytest.raises(ValueError, match="1, 2 or 3"):
        Channel(KEY, level)


@each_mode
def test_repr_hides_the_key(mode: Mode) -> None:
    ours, _ = connected(mode)
    assert repr(ours) == str(ours) == f"Channel(level=1, mode={mode})"


def test_the_library_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    really = builtins.__import__

    def refuse(name: str, *arguments: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "cryptography":
            raise ImportError(name)
        return really(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ConfigError, match="Python package cryptography, which is not installed; install it"):
        Channel(KEY)
