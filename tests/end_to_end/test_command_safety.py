"""Nothing late, retained, doubled or malformed reaches a reader, and everything gets its answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from tests.conftest import free_port, wait_until
from tests.end_to_end.entrance import DOOR, Entrance
from tests.end_to_end.harness import RawReader, Subscriber, springcard

WINK = b"$SCCMD;SEQ=0E\r\n"


@dataclass
class Setup:
    seen: Subscriber
    reader: RawReader

    def command(self, name: str, payload: Any = b"", **options: Any) -> dict[str, Any]:
        """Send a command; its result."""
        before = len(self.seen.on(f"{DOOR}/result"))
        self.seen.publish(f"{DOOR}/command/{name}", payload, **options)
        result: dict[str, Any] = self.seen.wait_for(f"{DOOR}/result", before + 1)[before].json
        assert result["command"] == name
        return result

    def check_silence(self) -> None:
        """A wink that must arrive, and before it nothing."""
        assert self.command("wink")["status"] == "sent"
        wait_until(lambda: self.reader.received.endswith(WINK), "the wink")
        assert bytes(self.reader.received) == WINK


@pytest.fixture(params=[mqtt.MQTTv5, mqtt.MQTTv311], ids=["5", "3.1.1"])
def setup(request: pytest.FixtureRequest, entrance: Entrance) -> Setup:
    entrance.start(mqtt={"protocol": "5" if request.param == mqtt.MQTTv5 else "3.1.1"})
    entrance.wait_online()
    return Setup(entrance.seen, entrance.reader)


def iso(seconds_from_now: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds_from_now))


REFUSED: dict[str, tuple[str, Any, str, str | None]] = {
    "late": ("wink", {"issued_at": iso(-60)}, "expired", None),
    "late by its own ttl": ("wink", {"issued_at": iso(-5), "ttl": 2}, "expired", None),
    "a clock that is wrong": ("wink", {"issued_at": iso(3600)}, "invalid", "issued_at"),
    "a time that is none": ("wink", {"issued_at": "noon"}, "invalid", "issued_at"),
    "a ttl that is none": ("wink", {"ttl": "long"}, "invalid", "ttl"),
    "a bad argument": ("play_sequence", {"sequence": "XYZ"}, "invalid", "sequence"),
    "a number for a string": ("play_sequence", {"sequence": 60}, "invalid", "sequence"),
    "a missing argument": ("play_sequence", {}, "invalid", "sequence"),
    "an unknown key": ("wink", {"loud": True}, "invalid", "loud"),
    "an unknown command": ("open_sesame", {}, "invalid", None),
    "an odd transaction": ("wink", {"transaction": {"a": 1}}, "invalid", "transaction"),
    "not an object": ("wink", "[]", "invalid", None),
    "not JSON": ("wink", "{now}", "invalid", None),
    "not even text": ("wink", b"\xff\xfe\x00", "invalid", None),
    "1 MB of garbage": ("wink", b"\xa5" * 1_000_000, "invalid", None),
    "more than 4 MiB": ("wink", b" " * (4 * 1024 * 1024 + 1), "invalid", None),
    "a raw line that nobody allowed": ("send_raw", {"line": "$SCCMD;SEQ=60"}, "invalid", None),
}


def test_what_must_not_be_executed_is_answered_and_not_executed(setup: Setup) -> None:
    for case, (name, payload, status, path) in REFUSED.items():
        result = setup.command(name, payload)
        assert result["status"] == status, (case, result)
        assert result["error"]["message"], case
        assert result["error"]["path"] == path, (case, result)
    setup.check_silence()


def test_a_misspelt_key_gets_a_suggestion(setup: Setup) -> None:
    result = setup.command("play_sequence", {"sequense": "60"})
    assert "sequence" in result["error"]["message"]


def test_ten_at_once_are_executed_in_order_and_once(setup: Setup) -> None:
    for number in range(10):
        setup.seen.publish(f"{DOOR}/command/play_sequence", {"sequence": f"{number:02X}", "transaction": f"t{number}"})
    results = [seen.json for seen in setup.seen.wait_for(f"{DOOR}/result", 10)]
    sent = [result["transaction"] for result in results if result["status"] == "sent"]
    assert {result["status"] for result in results} <= {"sent", "busy", "refused"}
    expected = b"".join(b"$SCCMD;SEQ=%02X\r\n" % int(name[1:]) for name in sent)
    wait_until(lambda: bytes(setup.reader.received) == expected, "exactly the commands that were sent")


def test_a_transaction_is_executed_once(setup: Setup) -> None:
    first = setup.command("wink", {"transaction": "once"})
    second = setup.command("wink", {"transaction": "once"})
    assert first["status"] == "sent"
    assert "repeated" not in first
    assert second == {**first, "repeated": True}
    setup.command("deny")
    wait_until(lambda: bytes(setup.reader.received) == WINK + b"$SCCMD;SEQ=61\r\n", "one wink")


def test_a_command_to_nobody_is_answered(setup: Setup) -> None:
    setup.seen.publish("readers/home/no-such-door/command/wink")
    assert setup.seen.wait_for("readers/home/no-such-door/result")[0].json["status"] == "invalid"


def test_a_retained_command_is_refused_at_every_start(entrance: Entrance) -> None:
    seen = entrance.seen
    seen.publish(f"{DOOR}/command/accept", {"transaction": "old"}, retain=True)
    for count in (1, 2):
        bridge = entrance.start()
        result = seen.wait_for(f"{DOOR}/result", count)[count - 1].json
        assert (result["status"], result["transaction"]) == ("refused", "old")
        entrance.reader.wait_for_client()
        assert bridge.stop() == 0
    assert bytes(entrance.reader.received) == b""


def test_a_live_command_with_the_retain_flag_is_refused(entrance: Entrance) -> None:
    entrance.start()
    entrance.wait_online()
    setup = Setup(entrance.seen, entrance.reader)
    assert setup.command("accept", {}, retain=True)["status"] == "refused"
    setup.seen.publish(f"{DOOR}/command/accept", b"", retain=True)
    setup.check_silence()


def test_an_offline_device_answers_at_once(entrance: Entrance) -> None:
    seen = entrance.seen
    entrance.start(springcard("door", free_port()))
    seen.wait_where(f"{DOOR}/availability", lambda state: state["reason"] == "connection_refused")
    seen.wait_where("readers/home/bridge/state", lambda state: state["state"] == "online")
    seen.publish(f"{DOOR}/command/accept", {"transaction": "x"})
    result = seen.wait_for(f"{DOOR}/result")[0].json
    assert (result["status"], result["transaction"]) == ("unavailable", "x")


def test_commands_of_an_outage_are_never_executed(entrance: Entrance) -> None:
    seen, bridge = entrance.seen, entrance.start()
    entrance.wait_online()
    bridge.kill()
    seen.wait_where("readers/home/bridge/state", lambda state: state["state"] == "offline")
    seen.publish(f"{DOOR}/command/accept", {"transaction": "too late"})
    before = len(seen.on(f"{DOOR}/availability"))
    bridge.start()
    wait_until(lambda: seen.on("readers/home/bridge/state")[-1].json["state"] == "online", "the bridge to be back")
    wait_until(
        lambda: any(told.json["state"] == "online" for told in seen.on(f"{DOOR}/availability")[before:]),
        "the reader to be back",
    )
    Setup(seen, entrance.reader).check_silence()


@pytest.mark.parametrize("setup", [mqtt.MQTTv5], ids=["5"], indirect=True)
def test_the_answer_also_goes_to_the_response_topic(setup: Setup) -> None:
    setup.command("wink", {"transaction": "r"}, ResponseTopic="my/answers", CorrelationData=b"\x01\x02")
    answer = setup.seen.wait_for("my/answers")[0]
    assert (answer.json["transaction"], answer.json["status"]) == ("r", "sent")
    assert answer.properties.CorrelationData == b"\x01\x02"


@pytest.mark.parametrize("setup", [mqtt.MQTTv5], ids=["5"], indirect=True)
def test_an_answer_is_never_sent_where_the_client_could_not_write(setup: Setup) -> None:
    setup.seen.publish(f"{DOOR}/command/wink", {}, ResponseTopic=f"{DOOR}/command/accept")
    setup.seen.wait_for(f"{DOOR}/result")
    setup.command("deny")
    wait_until(lambda: bytes(setup.reader.received) == WINK + b"$SCCMD;SEQ=61\r\n", "no accept in between")
