"""Finding readers: USB-HID nodes, and the Service Location Protocol."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.families.baltech.discovery import _hid_devices
from readers_bridge.families.baltech.slp import service_request, services

REPLY = (
    bytes.fromhex(
        "02 02 00 00 3D 00 00 00 00 00 00 07 00 02 65 6E"  # RFC 2608: header, transaction 7, language en
        "00 00 00 01"  # no error, one URL
        "00 FF FF 00 24"
    )
    + b"service:x-proxreader://10.0.0.7:2939\x00"
)


def test_a_request_is_that_of_the_rfc() -> None:
    assert service_request("service:x-proxreader", transaction=7) == bytes.fromhex(
        "02 01 00 00 35 20 00 00 00 00 00 07 00 02 65 6E 00 00 00 14"
    ) + b"service:x-proxreader\x00\x07DEFAULT" + bytes(4)


def test_the_urls_of_a_reply() -> None:
    assert services(REPLY) == ["service:x-proxreader://10.0.0.7:2939"]
    assert services(service_request("service:x-proxreader")) == []


@given(st.binary(max_size=80), st.integers(0, 80))
def test_garbage_gives_nothing_and_never_raises(garbage: bytes, cut: int) -> None:
    services(garbage)
    services(REPLY[:cut] + garbage)


def test_hid_nodes_are_told_by_the_vendor(tmp_path: Path) -> None:
    for node, ids, serial in (
        ("hidraw0", "0003:000013AD:0000F001", "43893126"),
        ("hidraw1", "0003:0000046D:0000C52B", "x"),
        ("hidraw2", "0003:000013AD:00009C40", "one report only"),
    ):
        folder = tmp_path / "hidraw" / node / "device"
        folder.mkdir(parents=True)
        (folder / "uevent").write_text(
            f"DRIVER=hid-generic\nHID_ID={ids}\nHID_NAME=BALTECH Reader\nHID_UNIQ={serial}\n"
        )
    (found,) = _hid_devices(tmp_path)
    assert (found.address, found.identity, found.model) == ("hid:///dev/hidraw0", "43893126", "BALTECH Reader")
    assert found.entry == {"id": "baltech-43893126", "family": "baltech", "connection": "hid:///dev/hidraw0"}
