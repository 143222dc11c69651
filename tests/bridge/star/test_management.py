from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import ProtocolError
from readers_bridge.families.star import management
from readers_bridge.families.star.management import Reply, StatusSetting

REQUESTS = {
    "1C 30 75 73 65 72 00 67 75 65 73 74 00": management.authentication_reset("guest"),
    "1C 30 75 73 65 72 00 00": management.authentication_reset(""),
    "1D 30 00": management.discovery_data(),
    "1D 31 00": management.status_setting(),
    "1C 33 00 01 00": management.forced_release(256),
    "1C 33 0C 30 00": management.forced_release(12300),
    "1C 33 FA FF 00": management.forced_release(65530),
    "1C 33 22 C8 00": management.forced_release(51234),
    "1C 33 01 00 00": management.forced_release(1),
    "1C 33 FF FF 00": management.forced_release(65535),
}

REPLIES: dict[str, Callable[[bytes], object]] = {
    "reset": management.reset_reply,
    "release": management.release_reply,
    "discovery": management.discovery_reply,
    "setting": management.status_setting_reply,
}


@pytest.mark.parametrize(("frame", "request_"), REQUESTS.items(), ids=REQUESTS)
def test_request(frame: str, request_: bytes) -> None:
    assert request_.hex(" ").upper() == frame


@pytest.mark.parametrize("password", ["gäst", "gu\0est", "пароль"])
def test_a_password_that_the_card_cannot_be_told_is_not_shown(password: str) -> None:
    with pytest.raises(ValueError, match="the password of the interface card must be ASCII") as caught:
        management.authentication_reset(password)
    assert password not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_user_name_that_the_card_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="user name"):
        management.authentication_reset("guest", user="us\0er")


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_no_port(port: int) -> None:
    with pytest.raises(ValueError, match=f"not {port}"):
        management.forced_release(port)


def test_reset_and_release_answer_with_opposite_polarity() -> None:
    assert management.reset_reply(b"\x00") is Reply.ACCEPTED
    assert management.reset_reply(b"\x01") is Reply.REJECTED
    assert management.release_reply(b"\x01") is Reply.ACCEPTED
    assert management.release_reply(b"\x00") is Reply.REJECTED


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_nothing_came_yet(reply: Callable[[bytes], object]) -> None:
    assert reply(b"") is None


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
@pytest.mark.parametrize("data", [b"HTTP/1.1 400", b"\x02", b"\x1c0", b"\xff"])
def test_what_begins_no_such_answer(reply: Callable[[bytes], object], data: bytes) -> None:
    with pytest.raises(ProtocolError, match="the card answers"):
        reply(data)


def test_each_counted_answer_belongs_to_its_command() -> None:
    with pytest.raises(ProtocolError, match="1D 31 where the discovery data begins with 1D 30 00"):
        management.discovery_reply(bytes.fromhex("1D 31"))
    with pytest.raises(ProtocolError, match="1D 30 00 where the status setting begins with 1D 31 00"):
        management.status_setting_reply(bytes.fromhex("1D 30 00 00"))


def test_the_manual_s_status_setting() -> None:
    answer = bytes.fromhex("1D 31 00 00 03 30 31 31")
    assert management.status_setting_reply(answer) == StatusSetting(expanded=True, nsb=True, asb=True, raw="303131")
    assert all(management.status_setting_reply(answer[:size]) is None for size in range(len(answer)))


@pytest.mark.parametrize("status_format", [0x30, 0x31])
@pytest.mark.parametrize("nsb", [0x30, 0x31])
@pytest.mark.parametrize("asb", [0x30, 0x31])
def test_every_status_setting(status_format: int, nsb: int, asb: int) -> None:
    found = management.status_setting_reply(bytes.fromhex("1D 31 00 00 03") + bytes([status_format, nsb, asb]))
    assert found is not None
    assert (found.expanded, found.nsb, found.asb) == (status_format == 0x30, nsb == 0x31, asb == 0x31)


def test_further_parameters_of_the_status_setting_are_kept() -> None:
    found = management.status_setting_reply(bytes.fromhex("1D 31 00 00 05 31 30 30 31 FF"))
    assert found == StatusSetting(expanded=False, nsb=False, asb=False, raw="31303031ff", extra="31ff")


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("1D 31 00 00 02 30 31", "2 parameters where three"),
        ("1D 31 00 00 00", "0 parameters"),
        ("1D 31 00 00 03 32 31 31", "says 32 for status format"),
        ("1D 31 00 00 03 30 00 31", "says 00 for NSB"),
        ("1D 31 00 00 03 30 31 41", "says 41 for ASB"),
        ("1D 31 00 01 01", "announces 257 bytes"),
        ("1D 31 00 03 00", "announces 768 bytes"),
    ],
)
def test_status_settings_that_are_not_believed(answer: str, why: str) -> None:
    with pytest.raises(ProtocolError, match=why):
        management.status_setting_reply(bytes.fromhex(answer))


def test_discovery_data() -> None:
    block = bytes(range(256)) + bytes(46)
    answer = bytes.fromhex("1D 30 00 01 2E") + block
    assert management.discovery_reply(answer) == block
    assert all(management.discovery_reply(answer[:size]) is None for size in range(len(answer)))
    assert management.discovery_reply(bytes.fromhex("1D 30 00 00 00")) == b""


def test_discovery_data_have_a_limit() -> None:
    largest = management.LARGEST_DISCOVERY_DATA
    answer = bytes.fromhex("1D 30 00") + largest.to_bytes(2, "big") + bytes(largest)
    assert management.discovery_reply(answer) == bytes(largest)
    with pytest.raises(ProtocolError, match=r"announces 65535 bytes .* more than the 4096"):
        management.discovery_reply(bytes.fromhex("1D 30 00 FF FF"))


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        (management.reset_reply, "00"),
        (management.release_reply, "01"),
        (management.status_setting_reply, "1D 31 00 00 03 30 31 31"),
        (management.discovery_reply, "1D 30 00 00 02 AB CD"),
    ],
    ids=["reset", "release", "setting", "discovery"],
)
def test_what_comes_after_the_answer_changes_nothing(reply: Callable[[bytes], object], answer: str) -> None:
    whole = bytes.fromhex(answer)
    assert reply(whole + b"\xff\x00") == reply(whole) is not None


@given(
    st.sampled_from(sorted(REPLIES)),
    st.sampled_from(["", "1D", "1D3000", "1D3100", "1D310000"]),
    st.binary(max_size=40),
)
def test_garbage_raises_nothing_but_protocol_errors(name: str, begin: str, garbage: bytes) -> None:
    data = bytes.fromhex(begin) + garbage
    answers = []
    for size in range(len(data) + 1):
        try:
            answers.append(REPLIES[name](data[:size]))
        except ProtocolError:
            answers.append("refused")
    complete = [answer for answer in answers if answer is not None]
    assert len(set(map(repr, complete))) <= 1, "once told, an answer stays the same however the bytes arrive"
    assert answers[len(answers) - len(complete) :] == complete, "and nothing that came is forgotten"
