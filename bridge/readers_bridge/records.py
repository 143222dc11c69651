"""Reads, events and results as they stand in the journal and on the wire (docs/mqtt.md)."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from readers_bridge.journal import Journal, Record
from readers_bridge.model import Event, Json, Read
from readers_bridge.privacy import Veil

_LIVE_READ = b'"event_type":"read","late":false'
_LATE_READ = b'"event_type":"late_read","late":true'
_LIVE = b',"late":false'
_LATE = b',"late":true'


def _compact(payload: Mapping[str, Json]) -> bytes:
    """JSON in no more memory than it needs: what orjson gives keeps 4 kB, however short it is."""
    return memoryview(orjson.dumps(payload, default=dict)).tobytes()


class Scribe:
    """Writes what one device reports as records of the journal."""

    def __init__(self, journal: Journal, device: str, read_topic: str, event_topic: str, veil: Veil) -> None:
        self._journal = journal
        self._device = device
        self._read_topic = read_topic
        self._event_topic = event_topic
        self._veil = veil

    def read(self, read: Read, now: float, stamp: str) -> Record:
        """A read, accepted ``now`` (wall clock), which reads ``stamp``."""
        journal = self._journal
        device = self._device
        seq, device_seq = journal.number(device)
        veil = self._veil
        plain = read.kind in veil.plain
        payload = {
            "id": f"{journal.id}-{seq}",
            "seq": seq,
            "device_seq": device_seq,
            "time": stamp,
            "device": device,
            "event_type": "late_read" if read.buffered else "read",
            "late": read.buffered,
            "credential": read.credential if plain else veil.credential(read),
            "kind": read.kind,
            "data": read.data if plain else veil.read_data(read),
        }
        if read.repeat:
            payload["repeat"] = True
        position = journal.take_position()
        return Record(position, self._read_topic, _compact(payload), device, "read", now, seq, device_seq)

    def event(self, event: Event, now: float, stamp: str) -> Record:
        """An event, accepted ``now`` (wall clock), which reads ``stamp``."""
        journal = self._journal
        device = self._device
        seq, device_seq = journal.number(device)
        payload = {
            "id": f"{journal.id}-{seq}",
            "seq": seq,
            "device_seq": device_seq,
            "time": stamp,
            "device": device,
            "event_type": event.event_type,
            "late": event.buffered,
            "data": self._veil.event_data(event),
        }
        position = journal.take_position()
        return Record(position, self._event_topic, _compact(payload), device, "event", now, seq, device_seq)


def result(journal: Journal, device: str, topic: str, payload: Mapping[str, Json], now: float) -> Record:
    """A result, made ``now`` (wall clock)."""
    return Record(journal.take_position(), topic, _compact(payload), device, "result", now, 0, 0)


def as_late(record: Record) -> Record:
    """The record as it is published when it comes too late to act on. The keys stand in the order in which we wrote them."""
    if record.kind == "read":
        return record._replace(payload=record.payload.replace(_LIVE_READ, _LATE_READ, 1))
    if record.kind == "event":
        return record._replace(payload=record.payload.replace(_LIVE, _LATE, 1))
    return record


def as_volatile(record: Record, journal: Journal) -> Record:
    """The record as it is published when it could not be stored: ``journaled`` false, under an id that is never used again."""
    payload = orjson.loads(record.payload)
    if record.seq:
        payload["id"] = f"{journal.volatile_id}-{record.seq}"
    payload["journaled"] = False
    return record._replace(payload=_compact(payload))
