"""The manufacturer's messages byte for byte through a whole bridge, and what becomes of them as JSON.

Texts and layouts: MPRX System Guide 16-0079-001 and MPRX User Guide, chapters 5 to 7; rail tags as read in the field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import wait_until
from tests.end_to_end.transcore import CrcVariant, Scripted, Yard, ecp


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    with Yard(tmp_path_factory.mktemp("yard")) as yard:
        yard.scripted("basic")
        yard.scripted("ecp", protocol="ecp")
        yard.scripted("xmodem", protocol="ecp")
        yard.scripted("inquiry", protocol="data_inquiry", idle_interval=0.1)
        yard.scripted("parity", protocol="ecp", query="?parity=E")
        yard.scripted("masked", credential="masked")
        yard.scripted("reports", reports={"input_changed": "INPUT (?P<input>[01])", "buffer_overflow": "BUFFER FULL"})
        yard.scripted("foreign")
        yard.scripted("left-in-ecp")
        yard.scripted("left-in-basic", protocol="ecp")
        yard.scripted("misread")
        yard.start()
        yard.wait_online()
        yield yard


def said(yard: Yard, name: str) -> Scripted:
    device = yard.devices[name]
    assert isinstance(device, Scripted)
    device.reader.wait_for_client()
    return device


def wait_heard(device: Scripted, wanted: bytes) -> None:
    """Wait until the bridge has said this last."""
    wait_until(
        lambda: bytes(device.reader.received).endswith(wanted), f"{wanted!r}; heard {bytes(device.reader.received)!r}"
    )


IOCC = {
    "hex": "9EA488C030426A1900000000000033",
    "decoded": True,
    "equipment_group": "railcar",
    "mark": "IOCC",
    "number": 3088,
    "side": "right",
    "length_dm": 106,
    "axles": 4,
}
MESSAGES: list[tuple[str, str, dict[str, Any]]] = [
    ("KING 1302", "KING 1302", {}),
    ("KING 1302&13:20:42.05 04/22/91", "KING 1302", {"device_time": "1991-04-22T13:20:42.050"}),
    (
        "KING 1302&13:20:42.05 04/22/91%00-0-04-0",
        "KING 1302",
        {"device_time": "1991-04-22T13:20:42.050", "reader_id": "00", "antenna": 0, "previous_reads": 4, "inputs": 0},
    ),
    (
        "KING 1303%0A-1-1F-3-057",
        "KING 1303",
        {"reader_id": "0A", "antenna": 1, "previous_reads": 31, "inputs": 3, "strength": "057"},
    ),
    ('GJ2(P#!":AD        S', 'GJ2(P#!":AD        S', IOCC),
    (
        "+SX&P ?;'AD        S",
        "+SX&P ?;'AD        S",
        {"equipment_group": "locomotive", "mark": "QNSL", "number": 502, "side": "right", "length_dm": 286, "axles": 4},
    ),
    (
        "GJ2(Q3(,P!D        S",
        "GJ2(Q3(,P!D        S",
        {"mark": "IOCC", "number": 85123, "side": "left", "length_dm": 192},
    ),
    (
        "GCNJE,8<R!D      NAS",
        "GCNJE,8<R!D      NAS",
        {"mark": "DBUX", "number": 340359, "side": "left", "length_dm": 200, "security": 2977},
    ),
    (
        "FG27S(Y*R1D      NAS",
        "FG27S(Y*R1D      NAS",
        {"mark": "GATX", "number": 205714, "side": "right", "length_dm": 201, "tag_type": 2},
    ),
    (
        'GJ2(P#!":AD        S&14:03:07.25 03/09/26%00-0-04-0',
        'GJ2(P#!":AD        S',
        {**IOCC, "device_time": "2026-03-09T14:03:07.250", "previous_reads": 4},
    ),
    (" " * 20, " " * 20, {"hex": "0" * 30}),
    (" " * 20 + "&14:03:07.25 03/09/26", " " * 20, {"device_time": "2026-03-09T14:03:07.250"}),
    ('#%&"\'\\ &#%&"\'\\ &#%&"', '#%&"\'\\ &#%&"\'\\ &#%&"', {}),
    ("  LEADING", "  LEADING", {}),
    ("9EA488C030426A1900000000000033", "9EA488C030426A1900000000000033", {"mark": "IOCC", "number": 3088}),
    ("9EA488C030426A179000000000000331", "9EA488C030426A179000000000000331", {"mark": "IOCC", "number": 3088}),
    ("2F3E06C007DB1E1900000000000033", "2F3E06C007DB1E1900000000000033", {"mark": "QNSL", "number": 502}),
]


def check(reads: list[dict[str, Any]], *, may_be_late: bool = False) -> None:
    assert len(reads) == len(MESSAGES)
    for read, (content, credential, data) in zip(reads, MESSAGES, strict=True):
        assert read["credential"] == credential
        assert read["kind"] == "vehicle"
        assert read["data"]["raw"] == content
        assert data.items() <= read["data"].items(), read
        assert may_be_late or read["event_type"] == "read"
        if "mark" not in data:
            assert not read["data"].get("decoded")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_basic(yard: Yard, end: str) -> None:
    device = said(yard, "basic")
    before = len(device.reads())
    text = "".join(f"#{content}{end}" for content, _, _ in MESSAGES)
    if end == "\r\n":
        device.say(text)
    else:
        for byte in text.encode("latin-1"):
            device.say(bytes((byte,)))
    device.wait_reads(before + len(MESSAGES))
    check(device.reads()[before:])
    assert bytes(device.reader.received) == b""
    device.wait_state(reader_id="00", input_0=False, input_1=False)


def test_xon_xoff_and_nul_are_no_part_of_messages(yard: Yard) -> None:
    device = said(yard, "basic")
    device.say(b"\x13#KI\x11NG\x00 14\x1304\x11\r\x11\n")
    assert device.wait_read("KING 1404")["data"]["raw"] == "KING 1404"


@pytest.mark.parametrize(("name", "crc"), [("ecp", CrcVariant.VENDOR), ("xmodem", CrcVariant.XMODEM)])
def test_ecp(yard: Yard, name: str, crc: CrcVariant) -> None:
    device = said(yard, name)
    for number, (content, _, _) in enumerate(MESSAGES):
        seq = "02468ACE"[number % 8]
        message = ecp(seq + content, crc)
        device.say(message)
        wait_heard(device, ecp(f"{seq}@", crc, "\r"))
        device.say(message)  # the ACK was lost
    device.wait_reads(len(MESSAGES))
    wait_until(lambda: device.reader.received.count(b"@") == 2 * len(MESSAGES), "an ACK for each")
    check(device.reads(), may_be_late=True)
    assert device.counters()["repeats"] == len(MESSAGES)


def test_the_published_bytes_of_ecp(yard: Yard) -> None:
    assert ecp("4KING 1302") == b"#4KING 13029A91\r\n"
    assert ecp("4KING 1302", CrcVariant.XMODEM) == b"#4KING 130264B8\r\n"
    device = said(yard, "ecp")
    device.say(b"#0Model E4 Series Ver 1.12 SN081234D6F1\r\n")
    wait_heard(device, b"#0@3040\r")
    device.say(b"#2Copyright 2008 TransCore8B26\r\n")
    wait_heard(device, b"#2@3240\r")
    device.say(b"#4KING 13029A92\r\n")
    wait_heard(device, b"#4?343F\r")
    device.say(b"#4KING 13029A91\r\n")
    wait_heard(device, b"#4@3440\r")
    device.say(b'#6GJ2(P#!":AD        S&14:03:07.25 03/09/26%00-0-04-0B5AD\r\n')
    wait_heard(device, b"#6@3640\r")
    device.say(b"#8Error06&14:03:09.00 03/09/2644B5\r\n")
    wait_heard(device, b"#8@3840\r")
    restarted = device.wait_event("restarted")["data"]
    assert (restarted["model"], restarted["version"], restarted["serial"]) == ("E4 Series", "1.12", "081234")
    assert device.wait_event("error")["data"]["code"] == "06"
    device.wait_state(problem=True)


def test_ecp_with_even_parity(yard: Yard) -> None:
    """The CRC counts the parity bits, whether the device server passes them on or not."""
    device = said(yard, "parity")
    device.say(b"#4KING 13029372\r\n")
    wait_heard(device, b"#4@B4C0\r")
    body = bytes.fromhex("A3B44BC94E47A0B13330B2") + bytes(byte | (byte.bit_count() & 1) << 7 for byte in b"9372\r\n")
    device.say(body)
    wait_heard(device, b"#4@B4C0\r#4@B4C0\r")
    device.wait_reads(1)
    assert device.counters()["repeats"] == 1
    assert device.credentials() == ["KING 1302"]


def test_data_inquiry(yard: Yard) -> None:
    device = said(yard, "inquiry")
    for number, (content, credential, _) in enumerate(MESSAGES):
        wait_until(lambda number=number: len(device.reader.received) > number, "a question")  # type: ignore[misc]
        device.say(f"#{content}\r\n")
        assert device.wait_reads(number + 1)[-1]["credential"] == credential
    check(device.reads(), may_be_late=True)
    assert set(device.reader.received) == {0x05}


def test_errors_and_reports(yard: Yard) -> None:
    device = said(yard, "reports")
    device.say("#Error06\r\n#Error11&13:20:42.05 04/22/91\r\n")
    wait_until(lambda: len(device.events("error")) == 2, "two errors")
    first, second = device.events("error")
    assert (first["data"]["code"], first["data"]["raw"]) == ("06", "Error06")
    assert "frequency" in first["data"]["text"]
    assert (second["data"]["code"], second["data"]["device_time"]) == ("11", "1991-04-22T13:20:42.050")
    assert "text" not in second["data"], "nobody knows what it means"
    device.wait_state(problem=True)
    device.say("#INPUT 1&13:20:42.05 04/22/91\r\n#BUFFER FULL\r\n#Something that nobody has documented\r\n")
    assert device.wait_event("input_changed")["data"]["input"] == "1"
    assert device.wait_event("buffer_overflow")
    assert device.wait_event("report")["data"]["text"] == "Something that nobody has documented"
    device.wait_state(buffer_overflows=1)
    device.say("#Model [E4] Ver 0.001\r\n")
    wait_until(lambda: any(event["data"]["code"] == "boot_mode" for event in device.events("error")), "the boot mode")
    device.say("#Model E4 Series Ver 1.12 SN081234\r\n#Copyright 2008 TransCore\r\n")
    wait_until(lambda: len(device.events("restarted")) == 2, "two restarts")
    device.wait_state(problem=False)
    device.say("#RFST C1 O1 T1 F20 R1F G1F A00 I04 E1F\r\n")
    device.wait_state(rf_on=True, rf_control="presence")
    assert not device.reads()


def test_a_masked_credential_is_nowhere(yard: Yard) -> None:
    device = said(yard, "masked")
    device.say('#GJ2(P#!":AD        S&14:03:07.25 03/09/26%00-0-04-0\r\n#SECRET REPORT OF A TAG: IOCC 3088\r\n')
    read = device.wait_reads(1)[0]
    device.wait_event("report")
    for message in list(yard.seen.messages):
        if message.topic.startswith(device.topic):
            for secret in (b"GJ2", b"9EA488", b"3088", b"IOCC"):
                assert secret not in message.payload
    assert read["data"]["equipment_group"] == "railcar"
    assert "raw" not in read["data"]


# -- what is no such reader


@pytest.mark.parametrize("message", [b"~~\x01\x01ABCDEFGHIJ\x5a", b"!Model AI1422E Ver 1.0\r\n"])
def test_an_ai1422e_is_refused_in_plain_words(yard: Yard, message: bytes) -> None:
    device = said(yard, "foreign")
    device.reader.wait_for_client()
    wait_until(lambda: device.availability()[-1][0] == "online", "it to be online")
    device.say(message)
    wait_until(lambda: device.availability()[-1] == ("offline", "unsupported_dialect"), "the refusal")
    yard.wait_log("AI1422E")
    assert bytes(device.reader.received) == b""
    assert not device.reads()
    device.wait_online(device.reader.connections + 1)


def test_a_reader_left_in_ecp_is_told_and_not_switched(yard: Yard) -> None:
    device = said(yard, "left-in-ecp")
    for _ in range(2):
        device.say(b"#4KING 13029A91\r\n")
    device.wait_offline("wrong_protocol")
    assert device.wait_event("wrong_protocol")["data"] == {"configured": "basic", "found": "ecp"}
    assert bytes(device.reader.received) == b"", "nothing acknowledged, nothing switched"
    assert "KING 1302" not in device.credentials()
    yard.wait_log("the reader speaks ECP")


def test_a_reader_left_in_basic_is_told_and_its_tags_are_published(yard: Yard) -> None:
    device = said(yard, "left-in-basic")
    device.say("".join(f"#KING {number}&14:03:07.{number:02d} 03/09/26\r\n" for number in range(4)))
    device.wait_reads(4)
    assert device.credentials() == [f"KING {number}" for number in range(4)]
    assert device.wait_event("wrong_protocol")["data"] == {"configured": "ecp", "found": "basic"}
    sent = bytes(device.reader.received)
    assert b"@" not in sent
    assert b"61" not in sent
    assert device.refused("query_status")[0] in {"unavailable", "failed"}


def test_noise_is_no_tag(yard: Yard) -> None:
    device = said(yard, "misread")
    device.say(
        bytes(range(0x20, 0x23))
        + b"\xff\xfe\r\n"
        + b"#\xff\xfeKING\r\n"
        + b"no som at all\r\n"
        + b"#"
        + b"x" * 600
        + b"\r\n"
    )
    device.say("#KING 1302\r\n")
    device.wait_read("KING 1302")
    assert device.credentials() == ["KING 1302"]
    counters = device.counters()
    assert counters["noise_lines"] == 2
    assert counters["oversize"] == 1
    assert counters["damaged_lines"] == 4
