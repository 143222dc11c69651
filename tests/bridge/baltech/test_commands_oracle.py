"""The manufacturer's own serializer and parser say the same as ours."""

from __future__ import annotations

from typing import Any

import pytest
from baltech_sdk._public import commands as oracle
from baltech_sdk._public import typedefs
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.commands import Request
from readers_bridge.families.baltech.script.events import EVENTS, EVENTS_KEY, MESSAGES_KEY
from readers_bridge.families.baltech.typedefs import AccessConditions, AutoReadMode, BootStatus, CardFamilies, IoPort


def built(name: str, **arguments: Any) -> bytes:
    """What the manufacturer's package sends: mode(1) code(2) timeout in ms(4) payload."""
    frame: bytes = getattr(oracle, name)(None).build_frame(**arguments)
    return frame


def told(name: str, answer: bytes, request: Request) -> Any:
    return getattr(oracle, name).parse_response(answer, request.payload)


def same(request: Request, name: str, **arguments: Any) -> None:
    ours = b"\0" + request.code.to_bytes(2, "big") + round(request.timeout * 1000).to_bytes(4, "big") + request.payload
    assert ours == built(name, **arguments)


ports = st.sampled_from(IoPort)
events = st.sampled_from(sorted(EVENTS))
words = st.integers(0, 0xFFFF)
times = st.integers(1, 0xFFFF)
colours = st.integers(0, 0xFFFFFF)
leds = st.integers(1, 7)
short = st.binary(max_size=255)
texts = st.text(st.characters(max_codepoint=0x7F), max_size=60)


@pytest.mark.parametrize(
    ("request_", "name"),
    [
        (commands.get_buffer_size(), "Sys_GetBufferSize"),
        (commands.reset(), "Sys_Reset"),
        (commands.get_info(), "Sys_GetInfo"),
        (commands.get_boot_status(), "Sys_GetBootStatus"),
        (commands.cfg_get_id(), "Sys_CfgGetId"),
        (commands.cfg_get_device_settings_id(), "Sys_CfgGetDeviceSettingsId"),
        (commands.get_features(), "Sys_GetFeatures"),
        (commands.get_part_number(), "Sys_GetPartNumber"),
        (commands.get_message(), "AR_GetMessage"),
        (commands.get_cur_ac_mask(), "Sec_GetCurAcMask"),
    ],
)
def test_commands_without_arguments(request_: Request, name: str) -> None:
    same(request_, name)


@given(events, st.binary(min_size=1, max_size=128))
def test_stored_scripts(event: int, script: bytes) -> None:
    same(commands.cfg_get_value(EVENTS_KEY, event), "Sys_CfgGetValue", Key=EVENTS_KEY, Value=event)
    same(commands.cfg_del_values(EVENTS_KEY, event), "Sys_CfgDelValues", Key=EVENTS_KEY, Value=event)
    same(
        commands.cfg_set_value(EVENTS_KEY, event, script),
        "Sys_CfgSetValue",
        Key=EVENTS_KEY,
        Value=event,
        Content=script,
    )


@given(st.integers(0, 127), st.binary(max_size=30))
def test_stored_messages(message: int, content: bytes) -> None:
    same(commands.cfg_get_value(MESSAGES_KEY, message), "Sys_CfgGetValue", Key=MESSAGES_KEY, Value=message)
    same(commands.cfg_del_values(MESSAGES_KEY, message), "Sys_CfgDelValues", Key=MESSAGES_KEY, Value=message)
    same(
        commands.cfg_set_value(MESSAGES_KEY, message, content),
        "Sys_CfgSetValue",
        Key=MESSAGES_KEY,
        Value=message,
        Content=content,
    )


@pytest.mark.parametrize("key", [EVENTS_KEY, MESSAGES_KEY])
def test_lists(key: int) -> None:
    same(commands.cfg_get_value_list(key), "Sys_CfgGetValueList", Key=key)


@pytest.mark.parametrize("mode", AutoReadMode)
def test_autoread_mode(mode: AutoReadMode) -> None:
    same(commands.set_mode(mode), "AR_SetMode", Mode=mode.name)


@given(st.binary(min_size=1, max_size=255))
def test_run_script(script: bytes) -> None:
    same(commands.run_script(script), "AR_RunScript", Script=script)


@given(st.sets(st.sampled_from(list(CardFamilies))))
def test_card_families(families: set[CardFamilies]) -> None:
    names = typedefs.CardFamilies(**{str(family.name): True for family in families})
    same(commands.restrict_card_families(sum(families)), "AR_RestrictScanCardFamilies", CardFamiliesFilter=names)


@given(ports)
def test_ports(port: IoPort) -> None:
    same(commands.enable(port), "UI_Enable", Port=port.name)
    same(commands.disable(port), "UI_Disable", Port=port.name)
    same(commands.sense(port), "UI_Sense", Port=port.name)


@given(ports, st.integers(1, 255), times, times, st.booleans())
def test_toggle(port: IoPort, count: int, t1: int, t2: int, inverted: bool) -> None:
    same(
        commands.toggle(port, count, t1, t2, inverted),
        "UI_Toggle",
        Port=port.name,
        ToggleCount=count,
        Timespan1=t1,
        Timespan2=t2,
        Polarity="Inverted" if inverted else "Normal",
    )


@given(leds, colours, colours, words, words)
def test_rgb(mask: int, rgb1: int, rgb2: int, transition: int, period: int) -> None:
    chosen = typedefs.LedBitMask(SingleLed=bool(mask & 1), RightLed=bool(mask & 2), LeftLed=bool(mask & 4))
    same(
        commands.set_rgb(mask, rgb1, transition),
        "UI_SetRgbLed",
        LedState=chosen,
        RgbColor=rgb1,
        TransitionTime=transition,
    )
    same(
        commands.pulse_rgb(mask, rgb1, rgb2, transition, period),
        "UI_PulseRgbLed",
        LedState=chosen,
        RgbColor1=rgb1,
        RgbColor2=rgb2,
        TransitionTime=transition,
        Period=period,
    )


@given(st.integers(1, 3), st.binary(min_size=16, max_size=16), st.integers(0, 15), st.binary(max_size=100))
def test_channel(level: int, block: bytes, bits: int, body: bytes) -> None:
    same(commands.auth_phase1(level, block), "Sec_AuthPhase1", SecLevel=level, RndA=block)
    same(commands.auth_phase2(block), "Sec_AuthPhase2", EncRndB=block)
    same(
        commands.tunnel(bits << 4 | level, body),
        "Sec_Tunnel",
        ContinuousIV=bool(bits & 8),
        Encrypted=bool(bits & 4),
        MACed=bool(bits & 2),
        SessionKey=bool(bits & 1),
        SecLevel=level,
        TunnelledCmd=body,
    )


# -- answers


@given(st.lists(words, min_size=3, max_size=3))
def test_buffer_size(sizes: list[int]) -> None:
    answer = b"".join(size.to_bytes(2, "big") for size in sizes)
    ours = commands.buffer_size(answer)
    assert (ours.max_send, ours.max_receive, ours.total) == tuple(
        told("Sys_GetBufferSize", answer, commands.get_buffer_size())
    )


def test_info() -> None:
    answer = b"1100 IDE Z     1.14.00 12/18/19 43893126\0"
    assert commands.info(answer).text == told("Sys_GetInfo", answer, commands.get_info())


@pytest.mark.parametrize("bit", BootStatus)
def test_boot_status(bit: BootStatus) -> None:
    answer = int(bit).to_bytes(4, "big")
    theirs = told("Sys_GetBootStatus", answer, commands.get_boot_status())
    assert commands.boot_status(answer) == bit
    assert [name for name, on in theirs._asdict().items() if on] == [bit.name]


@given(st.lists(words, max_size=20), words)
def test_features(ids: list[int], highest: int) -> None:
    answer = bytes([len(ids)]) + b"".join(number.to_bytes(2, "big") for number in [*ids, highest])
    theirs = told("Sys_GetFeatures", answer, commands.get_features())
    assert commands.features(answer) == frozenset(ids)
    assert len(theirs.FeatureList) == len(ids)


@given(texts, texts)
def test_two_texts(first: str, second: str) -> None:
    answer = b"".join(bytes([len(text)]) + text.encode() for text in (first, second))
    assert commands.part_number(answer) == tuple(told("Sys_GetPartNumber", answer, commands.get_part_number()))
    assert commands.cfg_id(answer) == tuple(told("Sys_CfgGetId", answer, commands.cfg_get_id()))
    theirs = told("Sys_CfgGetDeviceSettingsId", answer, commands.cfg_get_device_settings_id())
    assert commands.cfg_id(answer) == tuple(theirs)


@given(short)
def test_contents(content: bytes) -> None:
    answer = bytes([len(content)]) + content
    assert commands.value(answer) == told("Sys_CfgGetValue", answer, commands.cfg_get_value(EVENTS_KEY, 0x44))
    theirs = told("Sys_CfgGetValueList", answer, commands.cfg_get_value_list(EVENTS_KEY))
    assert commands.value_list(answer) == tuple(theirs)


@given(st.integers(0, 6), short)
def test_message(kind: int, content: bytes) -> None:
    answer = bytes([kind, len(content)]) + content
    theirs = told("AR_GetMessage", answer, commands.get_message())
    ours = commands.message(answer)
    assert (typedefs.MessageType_Parser.as_literal(ours.type), ours.data) == (theirs.MsgType, theirs.MsgData)


@pytest.mark.parametrize(("answer", "state"), [(b"\0", "Disabled"), (b"\x01", "Enabled")])
def test_sensed(answer: bytes, state: str) -> None:
    assert told("UI_Sense", answer, commands.sense(4)) == state
    assert commands.sensed(answer) == (state == "Enabled")


@given(st.sets(st.sampled_from(list(AccessConditions))))
def test_access_mask(rights: set[AccessConditions]) -> None:
    answer = sum(rights).to_bytes(4, "big")
    theirs = told("Sec_GetCurAcMask", answer, commands.get_cur_ac_mask())
    assert commands.ac_mask(answer) == sum(rights)
    assert [*reversed(theirs)] == [right in rights for right in AccessConditions], "theirs begin with the highest bit"
