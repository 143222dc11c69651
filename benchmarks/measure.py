"""One measurement: a fresh broker, a fresh peer, a load, a subscriber; what came out."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import usage
from benchmarks.broker import Broker
from benchmarks.child import ROOT, Child, ChildError
from benchmarks.flooder import Flooder
from benchmarks.line_rate import Delivered, LineRate
from benchmarks.load import Load, address
from benchmarks.peers import LOCALHOST, Peer, Place
from benchmarks.polled import Polled
from benchmarks.subscriber import Arrivals, Watch, percentile

START = 90.0  # seconds until a peer must serve all readers
SETTLE = 0.5  # seconds between the last probe and the load
GATHER = 0.0005  # seconds for which the subscriber lets messages gather in a flood
QUIET = 5.0  # seconds without an arrival after which the rest is lost


@dataclass(frozen=True, slots=True)
class Outage:
    """The broker is killed ``after`` seconds and comes back ``length`` seconds later."""

    after: float
    length: float
    patience: float = 30.0
    """Seconds without an arrival after which the rest is lost: some peers wait long before they connect again."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one measurement gave."""

    sent: int
    arrived: int
    repeated: int
    disordered: int
    seconds: float
    """From the first line to the last arrival."""
    least: float
    """Milliseconds from sending to arrival, as the next three."""
    p50: float
    p99: float
    most: float
    cpu_seconds: float
    """Processor time of the peer during the load."""
    cpu_window: float
    """Seconds in which it was used."""
    memory_mb: float
    """Resident memory at its highest, all processes of the peer."""
    polls: float = 0.0
    """Times a second that the readers were asked; 0 for readers that send unasked."""
    acknowledged_p50: float = 0.0
    """Milliseconds from sending to the reader's receipt of the acknowledgement, as the next two; 0 where there is none."""
    acknowledged_p99: float = 0.0
    acknowledged_most: float = 0.0
    resent: int = 0
    """Messages that readers sent again, because no acknowledgement came in time."""
    flood: float = 0.0
    """Lines per second that another reader flooded with meanwhile."""

    @property
    def lost(self) -> int:
        return self.sent - self.arrived

    @property
    def rate(self) -> float:
        """Reads per second."""
        return self.arrived / self.seconds if self.seconds > 0 else 0.0

    @property
    def cpu_per_10k(self) -> float:
        """Processor seconds for 10,000 reads."""
        return self.cpu_seconds / max(self.arrived, 1) * 10_000

    @property
    def cpu_percent(self) -> float:
        """Processor time per time; 100 is one processor."""
        return self.cpu_seconds / self.cpu_window * 100


def measure(peer: Peer, load: Load | Polled | LineRate, outage: Outage | None = None) -> Outcome:
    """Run ``load`` through ``peer``; raises ChildError when the peer does not get going."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        broker = Broker(folder)
        broker.start()
        stack.callback(broker.kill)
        watch = Watch(
            port=broker.port,
            topics=peer.topics,
            readers=load.sockets,
            count=load.count,
            lanes=load.readers,
            quiet=outage.patience if outage else QUIET,
            gather=GATHER if load.floods else 0,
            times=isinstance(load, LineRate),
        )
        subscriber = stack.enter_context(contextlib.closing(Child("benchmarks.subscriber", watch)))
        subscriber.hear("subscribed", 20)
        readers = stack.enter_context(contextlib.closing(Child(load.module, load)))
        port = int(readers.hear("listening", 20))
        place = Place(tuple(map(address, range(load.sockets))), port, broker.port, folder, load.family)
        flooder = None
        if isinstance(load, LineRate):
            place = replace(place, options=load.options)
            if load.flooded:
                flooder = stack.enter_context(contextlib.closing(Child(Flooder.module, Flooder())))
                place = replace(place, flooder=f"{LOCALHOST}:{flooder.hear('listening', 20)}")
        with _running(peer, place) as group:
            readers.hear("connected", START)
            if flooder:
                flooder.hear("connected", START)
            subscriber.hear("warm", START)
            time.sleep(SETTLE)
            before, since = usage.cpu_seconds(group), time.monotonic()
            if flooder:
                flooder.tell("go")
            readers.tell("go")
            began = int(readers.hear("began", 60))
            if outage:
                _interrupt(broker, outage)
            patience = 60 + load.count / 1000 + load.duration
            polls = float(readers.hear("polled", patience)) if isinstance(load, Polled) else 0.0
            delivered = Delivered(**json.loads(readers.hear("delivered", patience))) if place.options else None
            sent, lost = map(int, readers.hear("ended", patience).split())
            subscriber.tell("ended")
            patience = 120 + load.count / 1000
            times = json.loads(subscriber.hear("times", patience)) if delivered else []
            arrivals = Arrivals(**json.loads(subscriber.hear("result", patience)))
            outcome = Outcome(
                sent=sent + lost,
                arrived=arrivals.arrived,
                repeated=arrivals.repeated,
                disordered=arrivals.disordered,
                seconds=max(arrivals.last - began, 0) / 1e9,
                least=arrivals.least,
                p50=arrivals.p50,
                p99=arrivals.p99,
                most=arrivals.most,
                cpu_seconds=usage.cpu_seconds(group) - before,
                cpu_window=time.monotonic() - since,
                memory_mb=usage.peak_megabytes(group),
                polls=polls,
            )
            if flooder:
                flooder.tell("end")
                outcome = replace(outcome, flood=float(flooder.hear("flooded", 60)))
            return _joined(outcome, delivered, times) if delivered else outcome


def _joined(outcome: Outcome, delivered: Delivered, arrived: list[int]) -> Outcome:
    """With the times of readers that know only afterwards when they sent what."""
    delays, acknowledging = delivered.delays(arrived), delivered.acknowledging()
    return replace(
        outcome,
        least=percentile(delays, 0) / 1e6,
        p50=percentile(delays, 0.5) / 1e6,
        p99=percentile(delays, 0.99) / 1e6,
        most=percentile(delays, 1) / 1e6,
        acknowledged_p50=percentile(acknowledging, 0.5) / 1e6,
        acknowledged_p99=percentile(acknowledging, 0.99) / 1e6,
        acknowledged_most=percentile(acknowledging, 1) / 1e6,
        resent=delivered.resent,
    )


def _interrupt(broker: Broker, outage: Outage) -> None:
    time.sleep(outage.after)
    broker.kill()
    time.sleep(outage.length)
    broker.start()


@contextlib.contextmanager
def _running(peer: Peer, place: Place) -> Iterator[int]:
    """Run the peer in a process group of its own; its number. A failure carries the end of what the peer said."""
    log = place.folder / "peer.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            peer.command(place),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=os.environ | peer.environment,
            cwd=ROOT,
            start_new_session=True,
        )
    try:
        yield process.pid
    except ChildError as error:
        raise ChildError(f"{error}; the peer said: {log.read_text(errors='replace')[-600:].strip()}") from error
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
