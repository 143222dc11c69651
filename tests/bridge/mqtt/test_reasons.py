from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.reasoncodes import ReasonCode

from readers_bridge.errors import BrokerRefusedError, BrokerUnreachableError, TakenOverError
from readers_bridge.mqtt.reasons import ending, plain_words, refusal


@pytest.mark.parametrize(
    ("code", "version", "words"),
    [
        (0x84, 5, "mqtt.protocol"),
        (0x86, 5, "bad user name or password; check mqtt.username"),
        (0x87, 5, "not authorised"),
        (0x89, 5, "busy"),
        (0x8E, 5, "second bridge"),
        (0x95, 5, "too large; raise"),
        (0x97, 5, "quota exceeded"),
        (1, 4, "mqtt.protocol"),
        (2, 4, "client id"),
        (3, 4, "not available"),
        (4, 4, "bad user name or password"),
        (5, 4, "not authorised"),
        (0x80, 4, "look into its log"),  # SUBACK
        (0x86, 4, "bad user name or password"),  # as paho translates a return code of 3.1.1
        (0x91, 5, "packet identifier in use (0x91)"),
        (0xFE, 5, "unknown reason 0xFE"),
    ],
)
def test_plain_words(code: int, version: int, words: str) -> None:
    assert words in plain_words(code, version=version)


@given(st.integers(0, 255), st.sampled_from([4, 5]))
def test_there_are_words_for_everything(code: int, version: int) -> None:
    words = plain_words(code, version=version)
    assert words
    if code in ReasonCode.names:
        assert "unknown" not in words


def test_a_refusal_that_passes_is_not_one_that_stays() -> None:
    assert isinstance(refusal(0x89, broker="b:1883"), BrokerUnreachableError)
    assert isinstance(refusal(0x87, broker="b:1883"), BrokerRefusedError)
    assert refusal(0x84, broker="b:1883").code == "unsupported_version"
    assert "(the broker says 'ask Eve')" in str(refusal(0x87, broker="b:1883", said="ask Eve"))
    assert len(str(refusal(0x87, broker="b:1883", said="x" * 10_000))) < 500


def test_an_ending() -> None:
    assert isinstance(ending(0x8E, broker="b:1883"), TakenOverError)
    assert "b:1883 ended the connection: the broker is shutting down" in str(ending(0x8B, broker="b:1883"))
