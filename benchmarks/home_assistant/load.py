"""Home Assistant alone, with the component, and with the bridge's own discovery, under the same load."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import usage
from benchmarks.broker import Broker
from benchmarks.child import Child, ChildError
from benchmarks.home_assistant.devices import event_entities
from benchmarks.home_assistant.server import PYTHON, Server
from benchmarks.home_assistant.synthetic import Task

ALONE, COMPONENT, DISCOVERY = "alone", "component", "discovery"


@dataclass(frozen=True, slots=True)
class Plan:
    """The load. Times in seconds; ``burst``: reads that come all at once in the end."""

    devices: int = 200
    rate: float = 50
    reads: int = 3000
    burst: int = 1000
    rest: float = 20
    settle: float = 15

    @classmethod
    def quick(cls) -> Plan:
        """To see that everything works."""
        return cls(devices=20, reads=250, burst=200, rest=3, settle=12)


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of time. ``lags``, ``delays``: milliseconds; p50, p99 and the most."""

    cpu_percent: float
    lags: tuple[float, float, float]
    sent: int = 0
    arrived: int = 0
    repeated: int = 0
    disordered: int = 0
    delays: tuple[float, float, float] = (0, 0, 0)

    @property
    def lost(self) -> int:
        return self.sent - self.arrived


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind of Home Assistant took. Seconds of the first start and of the next one, until all entities were available."""

    first_start: float
    next_start: float
    resting_mb: float
    loaded_mb: float
    resting: Phase
    loaded: Phase | None = None
    burst: Phase | None = None


def missing() -> str | None:
    """Why this cannot be measured here, if so."""
    return None if PYTHON.exists() else "there is no Home Assistant; scripts/setup-home-assistant newest installs it"


def measure(kind: str, plan: Plan) -> Cost:
    """Start a fresh one of this kind, look at it at rest and under load, and start it again.

    Raises:
        ChildError: something did not start.
    """
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        broker = Broker(folder)
        broker.start()
        stack.callback(broker.kill)
        bridge = None
        if kind != ALONE:
            task = Task(broker.port, plan.devices, discovery=kind == DISCOVERY)
            bridge = stack.enter_context(contextlib.closing(Child("benchmarks.home_assistant.synthetic", task)))
            bridge.hear("online", 60)
        home = folder / "home"
        home.mkdir()
        entities = event_entities(plan.devices) if bridge else 0
        server = Server(home, broker.port, component=kind == COMPONENT, entities=entities)
        stack.callback(server.stop)
        first = server.start()
        time.sleep(plan.settle)
        with _phase(server) as resting:
            time.sleep(plan.rest)
        resting_mb = usage.resident_megabytes(server.group)
        loaded = burst = None
        if bridge:
            with _phase(server, plan.reads) as loaded:
                bridge.tell(f"go {plan.rate} {plan.reads}")
                bridge.hear("sent", plan.reads / plan.rate + 60)
                time.sleep(1)
            with _phase(server, plan.burst) as burst:
                bridge.tell(f"go 0 {plan.burst}")
                bridge.hear("sent", 60)
                time.sleep(5)
        loaded_mb = usage.resident_megabytes(server.group)
        server.stop()
        if problems := server.problems:
            raise ChildError(f"Home Assistant's log has errors: {problems[:5]}")
        following = server.start()
        return Cost(
            first,
            following,
            resting_mb,
            loaded_mb,
            resting[0],
            loaded[0] if loaded else None,
            burst[0] if burst else None,
        )


@contextlib.contextmanager
def _phase(server: Server, sent: int = 0) -> Iterator[list[Phase]]:
    """What happens within; afterwards the list holds it."""
    found: list[Phase] = []
    server.look()
    before, since = usage.cpu_seconds(server.group), time.monotonic()
    yield found
    seconds = time.monotonic() - since
    cpu = (usage.cpu_seconds(server.group) - before) / seconds * 100
    seen = server.look()
    found.append(Phase(cpu, seen.lags, sent, seen.arrived, seen.repeated, seen.disordered, seen.delays))


def run(plan: Plan) -> dict[str, Cost]:
    """All kinds, one after the other."""
    costs: dict[str, Cost] = {}
    for kind in (ALONE, COMPONENT, DISCOVERY):
        try:
            costs[kind] = measure(kind, plan)
        except ChildError as error:
            print(f"home assistant {kind:<10} failed: {error}", flush=True)
        else:
            print(f"home assistant {kind:<10} {costs[kind]}", flush=True)
    return costs
