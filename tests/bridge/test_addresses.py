from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readers_bridge.addresses import example, exclusive, parse_address, parse_host, parse_host_port
from readers_bridge.model import Address

SCHEMES = {"tcp": 4000, "udp": 4000, "serial": None, "tcp-listen": 2939, "hid": None}
PRINTERS = {"tcp": None}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tcp://192.0.2.10:4001", Address("tcp", "192.0.2.10", 4001)),
        ("tcp://192.0.2.10", Address("tcp", "192.0.2.10", 4000)),
        ("tcp://Reader-1.Example.ORG", Address("tcp", "reader-1.example.org", 4000)),
        ("tcp://[2001:DB8::0001]:4000", Address("tcp", "2001:db8::1", 4000)),
        ("udp://192.0.2.11?bind=192.0.2.1", Address("udp", "192.0.2.11", 4000, params={"bind": "192.0.2.1"})),
        ("serial:///dev/ttyACM0", Address("serial", path="/dev/ttyACM0")),
        (
            "serial:///dev/ttyUSB0?baudrate=9600&bytesize=7&parity=E",
            Address("serial", path="/dev/ttyUSB0", params={"baudrate": "9600", "bytesize": "7", "parity": "E"}),
        ),
        (
            "serial:///dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0",
            Address("serial", path="/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0"),
        ),
        (
            "tcp-listen://0.0.0.0:2939?serial=43893126",
            Address("tcp-listen", "0.0.0.0", 2939, params={"serial": "43893126"}),
        ),
    ],
)
def test_connection_urls(text: str, address: Address) -> None:
    assert parse_address(text, SCHEMES) == address


def test_a_family_with_ports_of_its_own_takes_a_bare_host() -> None:
    assert parse_address("tcp://192.0.2.12", PRINTERS) == Address("tcp", "192.0.2.12")
    assert parse_address("tcp://till?print=9100", PRINTERS) == Address("tcp", "till", params={"print": "9100"})
    with pytest.raises(ValueError, match="leave out :9100"):
        parse_address("tcp://192.0.2.12:9100", PRINTERS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("192.0.2.10:4000", "did you mean tcp://192.0.2.10:4000"),
        ("/dev/ttyUSB0", "did you mean serial:///dev/ttyUSB0"),
        ("tpc://192.0.2.10", "did you mean tcp://"),
        ("http://192.0.2.10", "it takes tcp://, udp://"),
        ("tcp://", "names no host"),
        ("tcp://:4000", "neither a host name nor an IP address"),
        ("tcp://192.0.2.300", "192.0.2.300, that is not an IPv4 address"),
        ("tcp://192.0.2.10:", "a port, empty, that is not a number"),
        ("tcp://192.0.2.10:0", "a port, 0, that is not a number from 1 to 65535"),
        ("tcp://192.0.2.10:70000", "70000"),
        ("tcp://192.0.2.10:http", "http"),
        ("tcp://2001:db8::1", "in brackets"),
        ("tcp://[2001:db8::zz]:4000", "not an IPv6 address"),
        ("tcp://admin@reader", "neither a host name nor an IP address"),
        ("tcp://192.0.2.10/reader", "has a path"),
        ("tcp://192.0.2.10 ", "a blank"),
        ("serial://dev/ttyUSB0", "three belong before an absolute path: serial:///dev/ttyUSB0"),
        ("serial://", "names no port; write it like serial:///dev/ttyUSB0"),
        ("serial:///dev/ttyUSB0?parity=X", "parity=X"),
        ("serial:///dev/ttyUSB0?baudrte=9600", "did you mean baudrate"),
        ("serial:///dev/ttyUSB0?baudrate", "not key=value"),
        ("serial:///dev/ttyUSB0?baudrate=9600&baudrate=1", "gives baudrate twice"),
        ("udp://192.0.2.11?bind=eth0", "eth0, that is not an IPv4 address"),
        ("tcp-listen://0.0.0.0?serial=A-17", "A-17, that is not a reader's serial number"),
        ("tcp-listen://0.0.0.0?serial=12345678901", "1 to 10 digits"),
        ("tcp-listen://0.0.0.0?seriel=43893126", "did you mean serial"),
        ("tcp-listen://", "write it like tcp-listen://0.0.0.0:2939?serial=43893126"),
        ("", "has no scheme"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError) as error:
        parse_address(text, SCHEMES)
    assert words in str(error.value)


names = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z][a-z0-9]{0,10}){0,3}", fullmatch=True)
hosts = st.one_of(names, st.ip_addresses().map(str))
ports = st.integers(1, 65535)
words = st.text(string.ascii_letters + string.digits + "._-:", min_size=1, max_size=20)
queries = st.dictionaries(st.text(string.ascii_lowercase, min_size=9, max_size=12), words, max_size=3)
addresses = st.one_of(
    st.builds(Address, st.sampled_from(["tcp", "udp", "tcp-listen"]), hosts, ports, params=queries),
    st.builds(Address, st.just("hid"), path=words.map(lambda word: f"/dev/{word}"), params=queries),
)


@given(addresses)
def test_an_address_survives_being_written(address: Address) -> None:
    assert parse_address(str(address), SCHEMES) == address


@given(st.one_of(st.text(), st.text().map("tcp://".__add__), st.text().map("serial:///".__add__)))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        address = parse_address(text, SCHEMES)
    except ValueError:
        return
    assert parse_address(str(address), SCHEMES) == address


@given(hosts, st.none() | ports)
def test_brokers(host: str, port: int | None) -> None:
    written = f"[{host}]" if ":" in host and port is not None else host
    assert parse_host_port(written if port is None else f"{written}:{port}", 1883) == (host, port or 1883)


def test_a_port_that_is_needed() -> None:
    with pytest.raises(ValueError, match="names no port"):
        parse_host_port("127.0.0.1", None)


def test_hosts_have_one_form() -> None:
    assert parse_host("BROKER.local") == "broker.local"
    assert parse_host("[::0001]") == parse_host("::1") == "::1"


def test_two_names_of_one_serial_port_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    first = parse_address(f"serial://{tmp_path}/ttyUSB0?baudrate=9600", SCHEMES)
    second = parse_address(f"serial://{tmp_path}/by-id", SCHEMES)
    assert exclusive(first) == exclusive(second)


def test_two_names_of_one_hid_device_are_the_same(tmp_path: Path) -> None:
    (tmp_path / "turnstile").symlink_to(tmp_path / "hidraw0")
    first = parse_address(f"hid://{tmp_path}/hidraw0", SCHEMES)
    assert exclusive(first) == exclusive(parse_address(f"hid://{tmp_path}/turnstile", SCHEMES))


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("0.0.0.0:2939?serial=1", "0.0.0.0?serial=2", True),
        ("0.0.0.0:2939?serial=1", "0.0.0.0?serial=1", False),
        ("0.0.0.0?serial=43893126", "0.0.0.0?serial=0043893126", False),
        ("0.0.0.0?serial=1", "0.0.0.0", False),
        ("0.0.0.0", "0.0.0.0", False),
        ("0.0.0.0:2939", "0.0.0.0:2940", True),
        ("0.0.0.0?serial=1", "127.0.0.1?serial=2", False),
        ("192.0.2.1", "127.0.0.1", True),
        ("[::]", "[::1]?serial=1", False),
        ("[::]", "0.0.0.0", True),
    ],
)
def test_readers_may_share_a_listening_port(first: str, second: str, together: bool) -> None:
    one, two = (exclusive(parse_address(f"tcp-listen://{rest}", SCHEMES)) for rest in (first, second))
    assert (one != two) == (two != one) == together
    assert (len({one, two}) == 2) == together


def test_a_claim_on_a_whole_port_is_found_among_many() -> None:
    links = {
        exclusive(parse_address(f"tcp-listen://0.0.0.0?serial={serial}", SCHEMES)): serial for serial in range(500)
    }
    assert len(links) == 500
    assert exclusive(parse_address("tcp-listen://0.0.0.0", SCHEMES)) in links


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ("till", "till", False),
        ("till?print=9110&status=9111", "till?status=9111&print=9110", False),
        ("till?print=9110&status=9111", "till?print=9120&status=9121", True),
        ("till", "till?print=9120&status=9121&management=22223", True),
        ("till", "bar", True),
    ],
)
def test_printers_on_one_host_differ_in_their_ports(first: str, second: str, together: bool) -> None:
    one, two = (exclusive(parse_address(f"tcp://{rest}", PRINTERS)) for rest in (first, second))
    assert (one != two) == together


def test_an_example_is_an_address() -> None:
    for scheme, port in SCHEMES.items():
        assert str(parse_address(example(scheme, port), SCHEMES)) == example(scheme, port)
