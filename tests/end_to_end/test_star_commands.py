"""Star printers over MQTT: every command with its result, and what can never happen."""

from __future__ import annotations

import base64
import io
import json
import random
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from readers_bridge.commands import LANE_LIMIT
from readers_bridge.families.star.simulator import Picture, SimulatedPrinter
from readers_bridge.families.star.typedefs import Emulation, Peripheral
from tests.conftest import wait_until
from tests.end_to_end.star import PASSWORD, Settings, Shop, text

SILENT = "silent-1"
"""The transaction of a restart that is not answered."""


class ClosesEarly:
    """A management port that takes a command and closes the connection without an answer."""

    def __init__(self) -> None:
        self.commands: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            with connection:
                self.commands.append(connection.recv(100))

    def close(self) -> None:
        self._server.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    early = ClosesEarly()
    with Shop(tmp_path_factory.mktemp("shop")) as shop:
        for emulation in Emulation:
            shop.add(f"prints-{emulation.value.replace('_', '-')}", Settings(emulation=emulation))
        for name in ("polarity", "fifth", "once", "queue", "described", "injected", "expired", "many", "secret"):
            shop.add(name)
        shop.add("mute", Settings(password=PASSWORD, reset_time=0.2))
        shop.add("raw", allow_raw=True)
        shop.add("buzzer", Settings(peripheral=Peripheral.BUZZER), peripheral="buzzer")
        shop.add("plain", Settings(peripheral=Peripheral.NONE), peripheral=None, password=None)
        early_till = shop.add("early", Settings(password=PASSWORD), emulation="star_line")
        address = early_till.entry["connection"]
        early_till.entry["connection"] = address.replace(
            f"management={early_till.printer.management_port}", f"management={early.port}"
        )
        shop.start("--log-level", "debug")
        shop.wait_online()
        mute = shop.tills["mute"]
        mute.do(lambda printer: printer.fault("silent", port="management"))
        mute.send("restart", transaction=SILENT)  # it takes ten seconds
        yield shop
        early.close()


# -- jobs


@pytest.mark.parametrize("emulation", list(Emulation))
def test_every_command_set_prints(shop: Shop, emulation: Emulation) -> None:
    till = shop.tills[f"prints-{emulation.value.replace('_', '-')}"]
    first, second = text(), text()
    transaction = till.send("print_text", text=f"Grüße, żółw, мир, 5 €\n{first}")
    result = till.result(transaction)
    assert result["status"] == "done", result
    assert (result["data"]["printed"], result["data"]["stage"], result["data"]["may_repeat"]) == ("all", "done", False)
    assert till.progress(transaction) == ["job_queued", "job_printing", "job_done"]
    assert till.wait_event("job_done", transaction=transaction)["data"]["job"] == result["data"]["job"]
    receipt: list[Any] = [
        {"text": second, "align": "center", "bold": True},
        {"columns": [{"text": "Tea"}, {"text": "2.50", "align": "right"}]},
        {"rule": True},
        {"feed": 1},
        {"drawer": 1},
        {"cut": "full"},
    ]
    if emulation is not Emulation.STAR_DOT:
        receipt[3:3] = [{"barcode": "1234567", "type": "ean8"}, {"qr": "https://example.org"}, {"image": ship()}]
    assert till.done("print_receipt", lines=receipt)["printed"] == "all"
    assert till.done("cut", kind="partial")["printed"] == "all"
    assert till.done("open_drawer", drawer=2)["printed"] == "all"
    assert [(kick.drawer) for kick in till.do(lambda printer: printer.kicks)] == [1, 2]
    assert till.do(lambda printer: printer.cuts) == ["partial", "full", "partial"]
    if emulation is not Emulation.STAR_GRAPHIC:
        assert f"Grüße, żółw, мир, 5 €\n{first}\n" in till.printed()
        assert second in till.printed()
    till.wait_state(job="idle", last_job="done")


def ship() -> str:
    out = io.BytesIO()
    Image.new("1", (64, 32), 0).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


def test_an_image_of_two_megabytes_and_a_job_of_five_hundred_lines(shop: Shop) -> None:
    till = shop.tills["many"]
    out = io.BytesIO()
    dots = Image.frombytes("1", (560, 4000), random.Random(2).randbytes(70 * 4000))
    dots.convert("L").save(out, "PNG", compress_level=0)
    assert len(out.getvalue()) > 2_000_000
    image = till.send("print_receipt", lines=[{"image": base64.b64encode(out.getvalue()).decode()}])
    lines = text(500)
    long = till.send("print_receipt", lines=lines.splitlines())
    assert till.result(image)["status"] == "done"
    assert till.result(long)["status"] == "done"

    def rows(printer: SimulatedPrinter) -> list[bytes]:
        return [row for item in printer.roll.of_job() if isinstance(item, Picture) for row in item.rows]

    black = bytes(255 - byte for byte in dots.tobytes())
    assert [row[:70] for row in till.do(rows)] == [black[start : start + 70] for start in range(0, len(black), 70)]
    assert [line for line in till.printed().splitlines() if line.startswith("p")] == lines.splitlines()


def test_raw_data_only_where_that_is_allowed(shop: Shop) -> None:
    line = text()
    till = shop.tills["raw"]
    assert till.done("print_raw", data=(line + "\n").encode().hex())["printed"] == "all"
    assert line in till.printed()
    result = shop.tills["plain"].ask("print_raw", data="41")
    assert result["status"] == "invalid"


def test_a_buzzer_or_a_drawer_never_both(shop: Shop) -> None:
    till = shop.tills["buzzer"]
    assert till.done("buzz", times=2)["printed"] == "all"
    assert till.printed() == "[buzzer]\n" * 2
    assert till.ask("open_drawer", drawer=1)["status"] == "invalid"
    result = till.ask("print_receipt", lines=[{"drawer": 1}])
    assert (result["status"], result["error"]["code"]) == ("refused", "no_drawer")
    assert shop.tills["plain"].ask("buzz")["status"] == "invalid"


INJECTED = [
    "\x07\x1a\x19\x1c",
    "\x1bp\x00\x19\x19",
    "\x1b\x07\x14\x14\x07",
    "\x10\x14\x01\x00\x05",
    "\x1c0user\x00guest\x00",
    "\x1c3\x00\x01\x00",
    "\x1b*rD1\x00",
    "\x1b\x1d\x03\x04\x00\x00\x07",
    "\x9b\x85\u2028\x07",
    "".join(map(chr, range(0x20))),
]


def test_text_never_opens_a_drawer(shop: Shop) -> None:
    till = shop.tills["injected"]
    for evil in INJECTED:
        till.done("print_text", text=f"a{evil}b")
        lines: list[Any] = [
            f"a{evil}b",
            {"text": evil, "bold": True},
            {"columns": [{"text": evil}, {"text": "x"}]},
            {"qr": f"x{evil}"},
        ]
        till.done("print_receipt", lines=lines)
        for line in ({"barcode": evil, "type": "code128"}, {"barcode": f"1{evil}", "type": "code39"}):
            assert till.ask("print_receipt", lines=[line])["status"] == "invalid"
    assert till.do(lambda printer: printer.kicks) == []
    assert till.do(lambda printer: printer.unknown) == []
    assert till.do(lambda printer: printer.is_powered)
    assert {one["accepted"] for one in till.happened("management")} == {True}
    assert {one["command"] for one in till.happened("management")} <= {"discovery", "setting"}


INVALID: list[tuple[str, dict[str, Any], str]] = [
    ("print_text", {}, "text"),
    ("print_text", {"text": ""}, "text"),
    ("print_text", {"text": "x" * 20_001}, "text"),
    ("print_text", {"text": "x", "align": "middle"}, "align"),
    ("print_text", {"text": "x", "width": 7}, "width"),
    ("print_text", {"text": "x", "colour": "red"}, "colour"),
    ("print_receipt", {"lines": []}, "lines"),
    ("print_receipt", {"lines": ["x", {"txt": "x"}]}, "lines.1"),
    ("print_receipt", {"lines": ["x", {"image": "x"}]}, "lines.1.image"),
    ("print_receipt", {"lines": ["x", {"text": "x", "align": "up"}]}, "lines.1.align"),
    ("cut", {"kind": "half"}, "kind"),
    ("open_drawer", {"drawer": 3}, "drawer"),
    ("release_session", {"port": 0}, "port"),
    ("release_session", {"port": 65_536}, "port"),
    ("restart", {"password": "guest"}, "password"),
    ("fly", {}, ""),
]


@pytest.mark.parametrize(("name", "arguments", "path"), INVALID)
def test_what_cannot_be_is_refused_and_never_sent(shop: Shop, name: str, arguments: dict[str, Any], path: str) -> None:
    till = shop.tills["expired"]
    before = till.do(lambda printer: len(printer.jobs))
    result = till.ask(name, **arguments)
    assert result["status"] == "invalid", result
    assert (result["error"]["path"] or "").startswith(path)
    assert till.do(lambda printer: len(printer.jobs)) == before


# -- transactions, lanes, time


def test_two_publishes_of_one_transaction_print_once(shop: Shop) -> None:
    till = shop.tills["once"]
    line = text()
    for _ in range(2):
        till.send("print_text", text=line, transaction="once-1")
    wait_until(lambda: len(till.results("once-1")) == 2, "two results")
    till.send("print_text", text=line, transaction="once-1")
    wait_until(lambda: len(till.results("once-1")) == 3, "three results")
    assert [result["status"] for result in till.results("once-1")] == ["done"] * 3
    assert [result.get("repeated", False) for result in till.results("once-1")].count(True) == 2
    assert till.progress("once-1") == ["job_queued", "job_printing", "job_done"]
    assert till.printed().splitlines().count(line) == 1


def test_more_jobs_than_may_wait_are_busy_and_management_goes_on(shop: Shop) -> None:
    till = shop.tills["queue"]
    till.do(lambda printer: printer.cover(is_open=True))
    jobs = [text() for _ in range(LANE_LIMIT + 3)]
    transactions = [till.send("print_text", text=job) for job in jobs]
    refused = [till.result(transaction) for transaction in transactions[LANE_LIMIT + 1 :]]
    assert [(one["status"], one["error"]["code"]) for one in refused] == [("busy", "queue_full")] * 2
    assert till.done("read_settings")["raw"] == "303131"
    till.do(lambda printer: printer.cover(is_open=False))
    assert {till.result(transaction)["status"] for transaction in transactions[: LANE_LIMIT + 1]} == {"done"}
    assert [line for line in till.printed().splitlines() if line.startswith("p")] == jobs[: LANE_LIMIT + 1]


def test_a_job_that_waited_too_long_behind_another_one_is_expired(shop: Shop) -> None:
    till = shop.tills["expired"]
    till.do(lambda printer: printer.cover(is_open=True))
    first = till.send("print_text", text=text(), ttl=2)
    till.wait_progress(first, "job_waiting")
    second = till.send("print_text", text=text(), ttl=0.5)
    old = till.ask("print_text", text=text(), issued_at="2020-01-01T00:00:00.000Z")
    assert old["status"] == "expired"
    for transaction in (first, second):
        assert till.result(transaction)["status"] == "expired"
        assert till.progress(transaction)[-1] == "job_expired"
    till.do(lambda printer: printer.cover(is_open=False))
    till.prints()


# -- management


def test_the_interface_card_tells_about_itself(shop: Shop) -> None:
    till = shop.tills["described"]
    told = till.done("read_discovery")
    assert (told["mac"], told["interface_card"], told["address_mode"]) == ("00:11:62:13:DE:EF", "IFBD-HE07", "DHCP")
    assert bytes.fromhex(told["raw"])[:9] == b"STR_BCAST"
    assert till.done("read_settings") == {"expanded": True, "nsb": True, "asb": True, "raw": "303131"}


def test_each_no_has_its_own_polarity(shop: Shop) -> None:
    till = shop.tills["polarity"]
    result = till.ask("release_session", port=4711)
    assert (result["status"], result["error"]["code"]) == ("failed", "rejected")
    result = till.ask("release_session")
    assert (result["status"], result["error"]["code"]) == ("refused", "no_session")
    till.do(lambda printer: printer.hold(4711))
    assert till.done("release_session", port=4711) == {"port": 4711}
    till.do(lambda printer: printer.fault("reject"))
    result = till.ask("restart")
    assert (result["status"], result["error"]["code"]) == ("failed", "rejected")
    till.wait_online()
    assert [state for state, _ in till.availability()].count("offline") <= 1, "only before it was met"
    till.prints()


def test_a_fifth_session_is_busy(shop: Shop) -> None:
    till = shop.tills["fifth"]
    held = [shop.occupy(till.printer.management_port) for _ in range(4)]
    till.wait(lambda printer: len(printer.connections["management"]) == 4, "four sessions")
    for name, arguments in (
        ("restart", {}),
        ("read_discovery", {}),
        ("read_settings", {}),
        ("release_session", {"port": 4711}),
    ):
        result = till.ask(name, **arguments)
        assert (result["status"], result["error"]["code"]) == ("busy", "busy"), result
    till.prints()
    for one in held:
        one.close()
    till.wait(lambda printer: not printer.connections["management"], "the sessions to end")
    till.done("read_settings")


def test_no_byte_before_the_end_is_unknown_and_silence_is_no_answer(shop: Shop) -> None:
    mute = shop.tills["mute"]
    early = shop.tills["early"]
    for name, arguments in (("restart", {}), ("release_session", {"port": 4711}), ("read_settings", {})):
        result = early.ask(name, **arguments)
        assert (result["status"], result["error"]["code"]) == ("unknown", "closed_early"), result
    early.prints()
    result = mute.result(SILENT)
    assert (result["status"], result["error"]["code"]) == ("no_answer", "no_answer")
    assert mute.do(lambda printer: printer.is_powered)
    mute.prints()


def test_without_a_password_there_is_no_restart(shop: Shop) -> None:
    result = shop.tills["plain"].ask("restart")
    assert (result["status"], result["error"]["code"]) == ("refused", "no_password")


def files_below(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file())


def test_the_password_is_told_to_nobody(shop: Shop) -> None:
    """Not over MQTT, not in the log at its most talkative, not in diagnostics, and not in any file but the configuration."""
    till = shop.tills["secret"]
    till.do(lambda printer: printer.fault("reject"))
    assert till.ask("restart")["status"] == "failed"
    assert till.done("restart") == {}
    till.wait_online(2)
    assert PASSWORD not in json.dumps(shop.diagnostics())
    assert not [seen.topic for seen in shop.seen.messages if PASSWORD.encode() in seen.payload]
    assert PASSWORD not in shop.bridge.log
    encoded = PASSWORD.encode().hex()
    assert encoded not in shop.bridge.log.lower()
    known = {path.name for path in files_below(shop.folder) if PASSWORD.encode() in path.read_bytes()}
    assert known == {"config.yaml"}
