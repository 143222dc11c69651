"""A Star printer through a real bridge and a real broker: a job's life, a crash in the middle, a hung job."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import wait_until
from tests.end_to_end.star import Settings, Shop, Till


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with Shop(tmp_path) as shop:
        shop.add("till", Settings(reset_time=0.5), password="guest")
        shop.start()
        shop.wait_online()
        yield shop


@pytest.fixture
def till(shop: Shop) -> Till:
    return shop.tills["till"]


def test_a_jobs_life(shop: Shop, till: Till) -> None:
    for _ in range(2):
        till.send("print_text", text="Two coffees", transaction="p")
    assert till.result("p")["status"] == "done"
    wait_until(lambda: len(till.seen.on(f"{till.topic}/result")) == 2, "the repeated result")
    assert till.printed().count("Two coffees") == 1
    assert [event["event_type"] for event in till.events()] == ["job_queued", "job_printing", "job_done"]
    assert [event["data"]["transaction"] for event in till.events()] == ["p", "p", "p"]
    till.do(lambda printer: printer.cover(is_open=True))
    till.wait_event("cover_opened")
    assert till.ask("open_drawer")["error"]["code"] == "cover_open"
    till.do(lambda printer: printer.cover(is_open=False))
    till.done("restart")
    till.wait_offline("restarting")
    till.wait_online(2)
    assert "guest" not in shop.bridge.log
    assert not any(b"guest" in seen.payload for seen in till.seen.messages)


def test_what_home_assistant_is_told(till: Till) -> None:
    topic = "homeassistant/device/readers_home/till/config"
    components = till.seen.wait_for(topic)[-1].json["components"]
    assert components["binary_sensor_cover_open"]["device_class"] == "opening"
    assert components["binary_sensor_paper_near_end"]["enabled_by_default"] is False
    assert components["button_restart"]["command_topic"] == f"{till.topic}/command/restart"
    assert "text" in components["notify_print_text"]["command_template"]
    assert {"button_cut", "button_open_drawer", "button_release_session"} <= set(components)


def test_a_crash_in_the_middle_leaves_no_lock_and_no_second_print(shop: Shop, till: Till) -> None:
    till.do(lambda printer: printer.busy())
    till.do(lambda printer: printer.fault("stale"))
    till.send("print_text", text="before the crash", cut="none", transaction="p")
    till.wait_event("job_printing")
    till.wait(lambda printer: any(b"before the crash" in job.data for job in printer.jobs), "its bytes")
    shop.bridge.kill()
    till.do(lambda printer: printer.busy(on=False))
    wait_until(lambda: "before the crash" in till.printed(), "what the printer had already")
    shop.bridge.start()
    till.wait_online(2)
    assert (till.result("p")["status"], till.result("p")["error"]["code"]) == ("unknown", "cut_off")
    till.send("print_text", text="before the crash", cut="none", transaction="p")
    wait_until(lambda: any(result.get("repeated") for result in till.results("p")), "the same result")
    assert till.ask("print_text", text="after the crash")["status"] == "done"
    assert till.printed().count("before the crash") == 1
    shop.wait_log("cut a session of this bridge")


def test_a_hung_job_ends_with_the_bridge_as_unknown(shop: Shop, till: Till) -> None:
    till.do(lambda printer: printer.busy())
    transaction = till.send("print_text", text="hung")
    till.wait_event("job_printing")
    assert till.ask("read_settings")["status"] == "done"
    assert shop.bridge.stop() == 0
    result = till.result(transaction)
    assert result["status"] == "unknown"
    assert result["data"]["may_repeat"] is False
