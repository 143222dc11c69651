"""A Star printer through a real bridge and a real broker: a job's life, a crash in the middle, a hung job."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import pytest

from readers_bridge.families.star.simulator import Settings, SimulatedPrinter
from tests.conftest import Broker, wait_until
from tests.end_to_end.harness import BridgeProcess, Subscriber, settings

T = TypeVar("T")

TOPIC = "readers/home/till"


@dataclass
class Till:
    """A simulated printer in a thread of its own, a broker, and a bridge."""

    folder: Path
    bridge: BridgeProcess = field(init=False)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.printer = self.do(lambda: SimulatedPrinter(Settings(reset_time=0.5)))
        self._run(self.printer.start())
        self.broker = Broker(self.folder / "mosquitto").start()
        self.seen = Subscriber(self.broker.port)
        entry = {
            "id": "till",
            "family": "star",
            "connection": self.printer.address,
            "peripheral": "drawer",
            "password": "guest",
            "poll": 1,
            "print_timeout": 2,
        }
        self.bridge = BridgeProcess(
            self.folder / "bridge", settings(self.broker.port, self.folder / "data", [entry])
        ).start()
        self.wait_online(1)
        return self

    def __exit__(self, *_: object) -> None:
        if self.bridge.process is not None and self.bridge.process.poll() is None:
            self.bridge.kill()
        self.seen.close()
        self.broker.stop()
        self._run(self.printer.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, what: Any) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    def do(self, what: Callable[[], T]) -> T:
        """Do something with the printer, in its thread."""
        done: Future[T] = Future()
        self._loop.call_soon_threadsafe(lambda: done.set_result(what()))
        return done.result(10)

    def wait_online(self, times: int) -> None:
        wait_until(lambda: self.states().count("online") >= times, f"online {times} times", 20)

    def states(self) -> list[str]:
        return [seen.json["state"] for seen in self.seen.on(f"{TOPIC}/availability")]

    def events(self) -> list[str]:
        return [seen.json["event_type"] for seen in self.seen.on(f"{TOPIC}/event")]

    def send(self, name: str, transaction: str, **arguments: Any) -> None:
        self.seen.publish(f"{TOPIC}/command/{name}", {**arguments, "transaction": transaction})

    def result(self, transaction: str) -> dict[str, Any]:
        found: dict[str, Any] = self.seen.wait_where(
            f"{TOPIC}/result", lambda result: result["transaction"] == transaction, 20
        )
        return found

    def paper(self) -> str:
        return self.do(self.printer.transcript)


@pytest.fixture
def till(tmp_path: Path) -> Iterator[Till]:
    with Till(tmp_path) as it:
        yield it


def test_a_jobs_life(till: Till) -> None:
    till.send("print_text", "p", text="Two coffees")
    till.send("print_text", "p", text="Two coffees")
    assert till.result("p")["status"] == "done"
    wait_until(lambda: len(till.seen.on(f"{TOPIC}/result")) == 2, "the repeated result")
    assert till.paper().count("Two coffees") == 1
    assert till.events() == ["job_queued", "job_printing", "job_done"]
    told = [seen.json["data"]["transaction"] for seen in till.seen.on(f"{TOPIC}/event")]
    assert told == ["p", "p", "p"]
    till.do(lambda: till.printer.cover(is_open=True))
    wait_until(lambda: "cover_opened" in till.events(), "the cover")
    till.send("open_drawer", "d")
    assert till.result("d")["error"]["code"] == "cover_open"
    till.do(lambda: till.printer.cover(is_open=False))
    till.send("restart", "r")
    assert till.result("r")["status"] == "done"
    wait_until(
        lambda: any(seen.json["reason"] == "restarting" for seen in till.seen.on(f"{TOPIC}/availability")), "restarting"
    )
    till.wait_online(2)
    assert "guest" not in till.bridge.log
    assert not any(b"guest" in seen.payload for seen in till.seen.messages)


def test_what_home_assistant_is_told(till: Till) -> None:
    topic = "homeassistant/device/readers_home/till/config"
    components = till.seen.wait_for(topic)[-1].json["components"]
    assert components["binary_sensor_cover_open"]["device_class"] == "opening"
    assert components["binary_sensor_paper_near_end"]["enabled_by_default"] is False
    assert components["button_restart"]["command_topic"] == f"{TOPIC}/command/restart"
    assert "text" in components["notify_print_text"]["command_template"]
    assert {"button_cut", "button_open_drawer", "button_release_session"} <= set(components)


def test_a_crash_in_the_middle_leaves_no_lock_and_no_second_print(till: Till) -> None:
    till.do(till.printer.busy)
    till.do(lambda: till.printer.fault("stale"))
    till.send("print_text", "p", text="before the crash", cut="none")
    wait_until(lambda: "job_printing" in till.events(), "the job")
    wait_until(lambda: till.do(lambda: any(job.received > 20 for job in till.printer.jobs)), "its bytes")
    till.bridge.kill()
    till.do(lambda: till.printer.busy(on=False))
    wait_until(lambda: "before the crash" in till.paper(), "what the printer had already")
    till.bridge.start()
    till.wait_online(2)
    assert (till.result("p")["status"], till.result("p")["error"]["code"]) == ("unknown", "cut_off")
    till.send("print_text", "p", text="before the crash", cut="none")
    wait_until(lambda: any(seen.json.get("repeated") for seen in till.seen.on(f"{TOPIC}/result")), "the same result")
    till.send("print_text", "q", text="after the crash")
    assert till.result("q")["status"] == "done"
    assert till.paper().count("before the crash") == 1
    assert "cut a session of this bridge" in till.bridge.log


def test_a_hung_job_ends_with_the_bridge_as_unknown(till: Till) -> None:
    till.do(till.printer.busy)
    till.send("print_text", "p", text="hung")
    wait_until(lambda: "job_printing" in till.events(), "the job")
    till.send("read_settings", "s")
    assert till.result("s")["status"] == "done"
    assert till.bridge.stop() == 0
    result = till.result("p")
    assert result["status"] == "unknown"
    assert result["data"]["may_repeat"] is False
