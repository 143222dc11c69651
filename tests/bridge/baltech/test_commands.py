from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.errors import ProtocolError
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.commands import BufferSize, Info, Message, Request
from readers_bridge.families.baltech.script.events import EVENTS, EVENTS_KEY, MESSAGES_KEY

INFO = b"1100 IDE Z     1.14.00 12/18/19 43893126\0"
CFG_SET_VALUE, CFG_DEL_VALUES = 0x0009, 0x000A


@pytest.mark.parametrize(
    ("request_", "timeout"),
    [
        (commands.get_buffer_size(), 0.05),
        (commands.get_boot_status(), 0.05),
        (commands.get_info(), 0.1),
        (commands.get_message(), 0.1),
        (commands.run_script(b"\x04"), 0.1),
        (commands.enable(0), 0.1),
        (commands.cfg_get_value(EVENTS_KEY, 0x44), 0.1),
        (commands.reset(), 0.1),
        (commands.set_mode(1), 1.0),
        (commands.cfg_set_value(EVENTS_KEY, 0x44, b"\x04"), 10.0),
        (commands.cfg_del_values(EVENTS_KEY, 0x44), 10.0),
    ],
)
def test_time_that_the_reader_may_take(request_: Request, timeout: float) -> None:
    assert request_.timeout == timeout


# -- the configuration is safe

writers: list[Callable[[int, int], Request]] = [
    commands.cfg_get_value,
    commands.cfg_del_values,
    lambda key, value_id: commands.cfg_set_value(key, value_id, b"\x04"),
    lambda key, value_id: Request(CFG_DEL_VALUES, key.to_bytes(2, "big") + bytes([value_id])),
    lambda key, value_id: Request(CFG_SET_VALUE, key.to_bytes(2, "big") + bytes([value_id, 1, 4])),
]
each_writer = pytest.mark.parametrize("write", writers, ids=["get", "delete", "set", "delete by hand", "set by hand"])


@each_writer
def test_only_single_scripts_and_messages_can_be_addressed(write: Callable[[int, int], Request]) -> None:
    for value_id in range(256):
        for key, allowed in ((EVENTS_KEY, value_id in EVENTS), (MESSAGES_KEY, value_id < 128)):
            if allowed:
                assert write(key, value_id).payload[:3] == key.to_bytes(2, "big") + bytes([value_id])
            else:
                with pytest.raises(ValueError):
                    write(key, value_id)


@each_writer
@given(
    key=st.integers(0, 0xFFFF).filter(lambda key: key not in (EVENTS_KEY, MESSAGES_KEY)), value_id=st.integers(0, 255)
)
def test_no_other_key(write: Callable[[int, int], Request], key: int, value_id: int) -> None:
    with pytest.raises(ValueError, match=r"only scripts \(key 0x0501\) and stored messages \(key 0x0502\)"):
        write(key, value_id)


@each_writer
@pytest.mark.parametrize("key", [EVENTS_KEY, MESSAGES_KEY, 0x05FF, 0xFFFF, 0x0288])
def test_no_wildcard(write: Callable[[int, int], Request], key: int) -> None:
    with pytest.raises(ValueError):
        write(key, 0xFF)


def test_no_event_is_a_wildcard() -> None:
    assert 0xFF not in EVENTS


@pytest.mark.parametrize("value_id", [-1, 256, 0x100FF])
def test_ids_have_a_byte(value_id: int) -> None:
    for key in (EVENTS_KEY, MESSAGES_KEY):
        with pytest.raises(ValueError):
            commands.cfg_del_values(key, value_id)


@pytest.mark.parametrize("payload", [b"", b"\x05", b"\x05\x01"])
def test_no_delete_without_an_address(payload: bytes) -> None:
    with pytest.raises(ValueError, match="addressed"):
        Request(CFG_DEL_VALUES, payload)


@pytest.mark.parametrize("code", [0x0016, 0x0018, 0x0026, 0x0027, 0x0028])
def test_what_replaces_the_whole_configuration_is_never_sent(code: int) -> None:
    with pytest.raises(ValueError, match="never sent"):
        Request(code, b"\x00")


def test_list_of_another_key() -> None:
    with pytest.raises(ValueError, match="not 0x0288"):
        commands.cfg_get_value_list(0x0288)


@pytest.mark.parametrize(("key", "longest"), [(EVENTS_KEY, 128), (MESSAGES_KEY, 30)])
def test_longest_content(key: int, longest: int) -> None:
    assert commands.cfg_set_value(key, 0, bytes(longest)).payload[3] == longest
    with pytest.raises(ValueError, match=f"at most {longest} bytes, this one has {longest + 1}"):
        commands.cfg_set_value(key, 0, bytes(longest + 1))


def test_empty_content() -> None:
    with pytest.raises(ValueError, match="delete the stored one"):
        commands.cfg_set_value(EVENTS_KEY, 0x44, b"")
    assert commands.cfg_set_value(MESSAGES_KEY, 3, b"").payload == bytes.fromhex("05 02 03 00")


# -- arguments that no reader can execute


@pytest.mark.parametrize(
    "build",
    [
        lambda: commands.enable(0x10),
        lambda: commands.disable(-1),
        lambda: commands.sense(0x50),
        lambda: commands.set_mode(3),
        lambda: commands.run_script(b""),
        lambda: commands.run_script(bytes(256)),
        lambda: commands.restrict_card_families(0x0002),
        lambda: commands.restrict_card_families(0x1000),
        lambda: commands.restrict_card_families(-1),
        lambda: commands.toggle(0xFE, 1, 1, 1, inverted=False),
        lambda: commands.toggle(2, 0, 1, 1, inverted=False),
        lambda: commands.toggle(2, 256, 1, 1, inverted=False),
        lambda: commands.toggle(2, 1, 0, 1, inverted=False),
        lambda: commands.toggle(2, 1, 1, 0, inverted=False),
        lambda: commands.toggle(2, 1, 0x10000, 1, inverted=False),
        lambda: commands.set_rgb(0, 0, 0),
        lambda: commands.set_rgb(8, 0, 0),
        lambda: commands.set_rgb(1, 0x1000000, 0),
        lambda: commands.set_rgb(1, -1, 0),
        lambda: commands.set_rgb(1, 0, 0x10000),
        lambda: commands.pulse_rgb(1, 0, 0x1000000, 0, 0),
        lambda: commands.pulse_rgb(1, 0, 0, 0, 0x10000),
        lambda: commands.auth_phase1(0, bytes(16)),
        lambda: commands.auth_phase1(4, bytes(16)),
        lambda: commands.auth_phase1(1, bytes(15)),
        lambda: commands.auth_phase2(bytes(17)),
    ],
)
def test_refused(build: Callable[[], Request]) -> None:
    with pytest.raises(ValueError):
        build()


# -- answers


def test_info() -> None:
    expected = Info("1100", "IDE Z", "1.14.00", "12/18/19", "43893126", INFO[:-1].decode())
    assert commands.info(INFO) == expected
    assert commands.info(INFO[:-1]) == expected, "the NUL is not needed"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1100 ID-engine 1.14.00 12/18/19 43893126", ("1100", "ID-engine", "1.14.00", "12/18/19", "43893126")),
        ("1100 IDE Z     1.14.00 12/18/19       42", ("1100", "IDE Z", "1.14.00", "12/18/19", "42")),
        ("1100           1.14.00 12/18/19 43893126", ("1100", "", "1.14.00", "12/18/19", "43893126")),
        ("1100 IDE Z 1.14.00 12/18/19 43893126", ("1100", "IDE Z", "1.14.00", "12/18/19", "43893126")),
        ("1100 A LONGER NAME 2.11.00 43893126", ("1100", "A LONGER NAME", "2.11.00", "", "43893126")),
        ("IDE Z 43893126", ("", "IDE Z", "", "", "43893126")),
        ("43893126", ("", "", "", "", "43893126")),
    ],
)
def test_info_of_another_layout(text: str, told: tuple[str, str, str, str, str]) -> None:
    assert commands.info(text.encode() + b"\0") == Info(*told, text)


@pytest.mark.parametrize("text", ["", "1100", "1100 IDE Z", "1100 IDE Z     1.14.00 12/18/19         ", "\xff" * 40])
def test_info_without_a_serial_number(text: str) -> None:
    with pytest.raises(ProtocolError, match="without a serial number"):
        commands.info(text.encode("latin-1") + b"\0")


@given(st.binary(max_size=60))
def test_info_of_garbage(data: bytes) -> None:
    try:
        found = commands.info(data)
    except ProtocolError:
        return
    assert found.serial.isdigit()
    assert found.serial in found.text


@pytest.mark.parametrize(
    ("parse", "data", "meaning"),
    [
        (commands.boot_status, "20 00 00 04", 0x20000004),
        (commands.buffer_size, "00 80 00 80 01 00", BufferSize(128, 128, 256)),
        (commands.features, "03 00 01 00 3F 00 51 00 60", frozenset({1, 63, 81})),
        (commands.features, "00 00 60", frozenset()),
        (commands.part_number, "03 41 42 43 01 32", ("ABC", "2")),
        (commands.cfg_id, "02 31 32 00", ("12", "")),
        (commands.cfg_id, "01 E4 00", ("\ufffd", "")),
        (commands.value, "02 01 00", b"\x01\x00"),
        (commands.value_list, "02 44 46", (0x44, 0x46)),
        (commands.value_list, "00", ()),
        (commands.message, "00 0A 30 31 32 33 34 35 36 37 38 39", Message(0, b"0123456789")),
        (commands.message, "01 00", Message(1, b"")),
        (commands.message, "2A 01 FF", Message(42, b"\xff")),
        (commands.sensed, "01", True),
        (commands.sensed, "00", False),
        (commands.ac_mask, "18 00 39 80", 0x18003980),
    ],
)
def test_answer(parse: Callable[[bytes], object], data: str, meaning: object) -> None:
    answer = bytes.fromhex(data)
    assert parse(answer) == meaning
    with pytest.raises(ProtocolError, match="too long"):
        parse(answer + b"\0")
    for length in range(len(answer)):
        with pytest.raises(ProtocolError, match="too short"):
            parse(answer[:length])


def test_neither_high_nor_low() -> None:
    with pytest.raises(ProtocolError, match="neither 0 nor 1"):
        commands.sensed(b"\x02")


PARSERS = [
    commands.boot_status,
    commands.buffer_size,
    commands.features,
    commands.part_number,
    commands.cfg_id,
    commands.value,
    commands.value_list,
    commands.message,
    commands.sensed,
    commands.ac_mask,
]


@pytest.mark.parametrize("parse", PARSERS)
@given(data=st.binary(max_size=40))
def test_garbage_is_a_protocol_error_at_worst(parse: Callable[[bytes], object], data: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        parse(data)
