"""Requests to the bridge itself: each gets its answer, and nothing that is wrong with one does harm."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Broker, free_port, wait_until
from tests.end_to_end.client import ask
from tests.end_to_end.entrance import Entrance
from tests.end_to_end.harness import BridgeProcess, RawReader, Subscriber, scrdr, springcard

PASSWORD = "Pa55-of-the-broker"
CARD = "0123456789ABCDEF"


@dataclass
class Setup:
    bridge: BridgeProcess
    entrance: Entrance
    sections: dict[str, Any]

    @property
    def seen(self) -> Subscriber:
        return self.entrance.seen

    @property
    def reader(self) -> RawReader:
        return self.entrance.reader

    def write(self, *devices: dict[str, Any], **sections: Any) -> None:
        self.bridge.write(self.entrance.config(*devices, **{**self.sections, **sections}))

    def door(self, **options: Any) -> dict[str, Any]:
        return self.entrance.door(**options)

    def result(self, transaction: str, count: int = 1) -> list[dict[str, Any]]:
        """The results of a transaction, once there are as many."""
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = [
                seen.json
                for seen in self.seen.on("readers/home/door/result")
                if seen.json["transaction"] == transaction
            ]
            return len(found) >= count

        wait_until(look, f"{count} results of {transaction}")
        return found


@pytest.fixture
def setup(entrance: Entrance) -> Setup:
    sections: dict[str, Any] = {"mqtt": {"username": "somebody", "password": PASSWORD}}
    bridge = entrance.make_bridge(entrance.config(entrance.door(), **sections), "--log-level", "debug")
    entrance.wait_online()
    entrance.seen.wait_for("readers/home/bridge/info")
    return Setup(bridge, entrance, sections)


# -- reload


def test_reload_tells_what_it_did(setup: Setup) -> None:
    setup.write(setup.door(), springcard("gate", free_port()))
    answer = ask(setup.seen, "reload")
    assert answer["status"] == "done"
    assert (answer["added"], answer["changed"], answer["removed"]) == (["gate"], [], [])
    assert answer["restart_required"] == []
    setup.seen.wait_for("readers/home/gate/description")
    setup.write(setup.door(name="The door"))
    answer = ask(setup.seen, "reload")
    assert (answer["added"], answer["changed"], answer["removed"]) == ([], ["door"], ["gate"])
    setup.seen.wait_where("readers/home/door/description", lambda description: description["name"] == "The door")
    nothing = ask(setup.seen, "reload")
    assert (nothing["added"], nothing["changed"], nothing["removed"]) == ([], [], [])


def test_reload_leaves_unchanged_devices_alone(setup: Setup) -> None:
    setup.write(springcard("gate", free_port()), setup.door())
    ask(setup.seen, "reload")
    setup.reader.say(scrdr("01"))
    setup.seen.wait_for("readers/home/door/read")
    assert setup.reader.connections == 1
    assert len(setup.seen.on("readers/home/door/description")) == 1


def test_a_broken_file_changes_nothing(setup: Setup) -> None:
    setup.bridge.path.write_text("version: 1\ndevices:\n  - id: door\n    family: springcart\n")
    answer = ask(setup.seen, "reload")
    assert answer["status"] == "failed"
    assert answer["error"]["code"] == "configuration"
    assert "springcart" in answer["error"]["message"]
    setup.bridge.path.write_text("devices: [")
    assert ask(setup.seen, "reload")["status"] == "failed"
    setup.bridge.path.unlink()
    assert ask(setup.seen, "reload")["status"] == "failed"
    setup.reader.say(scrdr("01"))
    setup.seen.wait_for("readers/home/door/read")
    assert setup.reader.connections == 1


def test_sections_that_need_a_restart_are_named(setup: Setup) -> None:
    setup.write(setup.door(), mqtt={"username": "somebody", "password": "another"}, home_assistant={"discovery": "off"})
    answer = ask(setup.seen, "reload")
    assert answer["restart_required"] == ["mqtt", "home_assistant"]
    wait_until(lambda: "mqtt, home_assistant" in setup.bridge.log, "a word about it")
    info = setup.seen.on("readers/home/bridge/info")[-1].json
    assert info["discovery"]["mode"] == "auto", "what is in force is what is told"


def test_a_changed_device_remembers_its_transactions(setup: Setup) -> None:
    setup.seen.publish("readers/home/door/command/wink", {"transaction": "once"})
    assert setup.result("once")[0]["status"] == "sent"
    setup.write(setup.door(name="The door"))
    ask(setup.seen, "reload")
    wait_until(lambda: setup.reader.connections == 2, "the reader to be connected anew")
    setup.seen.publish("readers/home/door/command/wink", {"transaction": "once"})
    assert setup.result("once", 2)[1]["repeated"] is True
    assert setup.reader.received.count(b"SEQ=0E") == 1


def test_reload_while_the_broker_is_away(setup: Setup, broker: Broker) -> None:
    broker.kill()
    wait_until(lambda: "trying again" in setup.bridge.log, "the bridge to notice")
    setup.write(setup.door(), springcard("gate", free_port()))
    setup.bridge.signal(1)
    wait_until(lambda: "1 added" in setup.bridge.log, "the reload")
    setup.write(springcard("gate", free_port()))
    setup.bridge.signal(1)
    wait_until(lambda: "1 removed" in setup.bridge.log, "the second reload")
    broker.start()
    again = Subscriber(broker.port)
    try:
        again.wait_for("readers/home/gate/description", seconds=30)
        again.wait_for("readers/home/bridge/info")
        assert not [seen.topic for seen in again.messages if "/door/" in seen.topic and seen.payload]
    finally:
        again.close()


# -- devices and the log


def test_restart_device_connects_anew(setup: Setup) -> None:
    answer = ask(setup.seen, "restart_device", device="door")
    assert (answer["status"], answer["device"]) == ("done", "door")
    wait_until(lambda: setup.reader.connections == 2, "a second connection")
    wait_until(
        lambda: setup.seen.on("readers/home/door/availability")[-1].json["state"] == "online", "the device to be back"
    )


def test_many_restarts_at_once_leave_one_connection(setup: Setup) -> None:
    for number in range(5):
        setup.seen.publish(
            "readers/home/bridge/request/restart_device", {"device": "door", "transaction": f"r{number}"}
        )
    setup.seen.wait_for("readers/home/bridge/response/restart_device", 5)
    wait_until(
        lambda: setup.seen.on("readers/home/door/availability")[-1].json["state"] == "online", "the device to be back"
    )
    setup.reader.say(scrdr("01"))
    setup.seen.wait_for("readers/home/door/read")
    ask(setup.seen, "diagnostics")
    assert len(setup.seen.on("readers/home/door/read")) == 1
    assert setup.bridge.log.count("refuses the connection") == 0


def test_a_device_that_is_removed_while_it_restarts_stays_away(setup: Setup) -> None:
    setup.write()
    for verb, body in (("restart_device", {"device": "door"}), ("reload", {}), ("restart_device", {"device": "door"})):
        setup.seen.publish(f"readers/home/bridge/request/{verb}", body)
    setup.seen.wait_for("readers/home/bridge/response/reload")
    setup.seen.wait_for("readers/home/bridge/response/restart_device", 2)
    assert ask(setup.seen, "diagnostics")["diagnostics"]["devices"] == {}
    for topic in ("readers/home/door/description", "readers/home/door/availability"):
        wait_until(lambda topic=topic: setup.seen.on(topic)[-1].payload == b"", f"{topic} to go")  # type: ignore[misc]


def test_restart_of_nobody(setup: Setup) -> None:
    answer = ask(setup.seen, "restart_device", device="gate")
    assert (answer["status"], answer["error"]["code"]) == ("invalid", "unknown_device")
    answer = ask(setup.seen, "restart_device")
    assert (answer["status"], answer["error"]["path"]) == ("invalid", "device")


def test_log_level(setup: Setup) -> None:
    assert ask(setup.seen, "log_level", level="error")["level"] == "error"
    before = setup.bridge.log
    ask(setup.seen, "restart_device", device="door")
    wait_until(lambda: setup.reader.connections == 2, "a second connection")
    assert setup.bridge.log == before
    assert ask(setup.seen, "log_level", level="info", device="door")["level"] == "info"
    setup.reader.drop()
    wait_until(lambda: "door: " in setup.bridge.log[len(before) :], "words about this device")
    wrong = ask(setup.seen, "log_level", level="loud")
    assert (wrong["status"], wrong["error"]["path"]) == ("invalid", "level")
    assert ask(setup.seen, "log_level", level="info", device="gate")["error"]["code"] == "unknown_device"


def test_discover_finds_or_says_why_not(setup: Setup) -> None:
    answer = ask(setup.seen, "discover", seconds=1)
    assert answer["status"] == "done"
    assert isinstance(answer["found"], list)
    assert not any("Error(" in problem for problem in answer["problems"]), "only what a person can do something about"
    assert ask(setup.seen, "discover", seconds=0)["error"]["path"] == "seconds"


def test_diagnostics_have_no_secrets(setup: Setup) -> None:
    setup.reader.say(scrdr(CARD))
    setup.seen.wait_for("readers/home/door/read")
    answer = ask(setup.seen, "diagnostics")
    text = json.dumps(answer)
    assert PASSWORD not in text
    assert CARD not in text
    found = answer["diagnostics"]
    assert found["devices"]["door"]["counters"]["reads"] == 1
    assert found["devices"]["door"]["availability"]["state"] == "online"
    assert found["health"]["mqtt"]["online"] is True
    assert found["info"]["bridge"] == "home"
    assert "aiomqtt" in found["versions"]


# -- what is no request


@pytest.mark.parametrize(
    ("verb", "payload", "code"),
    [
        ("make_coffee", b"{}", "unknown_request"),
        ("reload", b"{now}", "not_json"),
        ("reload", b"\xff\xfe\x00", "not_json"),
        ("reload", b"[]", "not_an_object"),
        ("reload", b"null", "not_an_object"),
        ("reload", b'{"transaction": 5}', "wrong_type"),
        ("reload", b'{"ttl": 5}', "invalid_argument"),
        ("reload", b'{"force": true}', "invalid_argument"),
        ("diagnostics", b"\xa5" * 100_000, "not_json"),
        ("diagnostics", b"[" * 100_000, "not_json"),
    ],
)
def test_garbage_is_answered(verb: str, payload: bytes, code: str, setup: Setup) -> None:
    setup.seen.publish(f"readers/home/bridge/request/{verb}", payload)
    answer = setup.seen.wait_for(f"readers/home/bridge/response/{verb}")[0].json
    assert (answer["status"], answer["error"]["code"]) == ("invalid", code)
    assert ask(setup.seen, "clear_claim")["status"] == "done"


def test_an_empty_request_is_one(setup: Setup) -> None:
    setup.seen.publish("readers/home/bridge/request/reload", b"")
    answer = setup.seen.wait_for("readers/home/bridge/response/reload")[0].json
    assert (answer["status"], answer["transaction"]) == ("done", None)


def test_a_retained_request_is_refused(setup: Setup) -> None:
    topic = "readers/home/bridge/request/restart_device"
    setup.seen.publish(topic, {"device": "door", "transaction": "old"}, retain=True)
    answer = setup.seen.wait_for("readers/home/bridge/response/restart_device")[0].json
    assert (answer["status"], answer["transaction"], answer["error"]["code"]) == ("refused", "old", "retained")
    setup.bridge.stop()
    setup.bridge.start()
    again = setup.seen.wait_for("readers/home/bridge/response/restart_device", 2)[1].json
    assert again["status"] == "refused"
    setup.seen.publish(topic, b"", retain=True)
    ask(setup.seen, "diagnostics")
    assert len(setup.seen.on("readers/home/bridge/response/restart_device")) == 2, (
        "a topic that is cleared is no request"
    )


def test_the_answer_also_goes_to_the_response_topic(setup: Setup) -> None:
    setup.seen.publish(
        "readers/home/bridge/request/clear_claim",
        {"transaction": "x"},
        ResponseTopic="me/here",
        CorrelationData=b"\x07",
    )
    answer = setup.seen.wait_for("me/here")[0]
    assert answer.json["transaction"] == "x"
    assert answer.properties.CorrelationData == b"\x07"
    setup.seen.wait_for("readers/home/bridge/response/clear_claim")


@pytest.mark.parametrize(
    "topic",
    ["readers/home/door/command/wink", "homeassistant/status", "$SYS/broker", "readers/discovery/home", "a/+/b", "a/#"],
)
def test_no_answer_where_the_client_could_not_write(topic: str, setup: Setup) -> None:
    before = len(setup.seen.messages)
    setup.seen.publish("readers/home/bridge/request/clear_claim", {}, ResponseTopic=topic)
    setup.seen.wait_for("readers/home/bridge/response/clear_claim")
    ask(setup.seen, "diagnostics")
    assert topic not in {seen.topic for seen in setup.seen.messages[before:]}
    assert setup.bridge.log.count("wants its answer") == 1


def test_a_crowd_of_requests_is_answered_or_told_to_wait(setup: Setup) -> None:
    setup.reader.say(b"".join(scrdr(f"{number:08X}") for number in range(1000)))
    setup.seen.wait_for("readers/home/door/read", 1000, 30)
    publishers = [
        threading.Thread(
            target=lambda first: [
                setup.seen.client.publish(
                    "readers/home/bridge/request/replay", json.dumps({"transaction": f"c{number}"}), 1
                )
                for number in range(first, first + 25)
            ],
            args=(start,),
        )
        for start in range(0, 100, 25)
    ]
    for publisher in publishers:
        publisher.start()
    answers = [seen.json for seen in setup.seen.wait_for("readers/home/bridge/response/replay", 100, 30)]
    assert {answer["transaction"] for answer in answers} == {f"c{number}" for number in range(100)}
    assert {answer["status"] for answer in answers} <= {"done", "busy"}
