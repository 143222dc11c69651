"""What the bridge publishes of a reader's messages: reads, events and state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from readers_bridge.clock import rfc3339
from readers_bridge.families.springcard.messages import Alive, Message, Move, Reading, Started, Uptime
from readers_bridge.families.springcard.options import Labels, Options
from readers_bridge.families.springcard.presence import Presence
from readers_bridge.families.springcard.repeats import Repeats
from readers_bridge.model import Event, Json, Kind, Read, State

SEEN_EVERY = 5.0
"""Seconds between two updates of ``last_seen``."""

SENSITIVE = frozenset({"tag_id", "tag_data", "tag_details", "raw"})
"""Keys of ``data`` that tell the credential."""

LABELS = Labels(
    interfaces={
        "13": "NFC/RFID HF",
        "13.56": "NFC/RFID HF",
        "900": "RFID UHF",
        "bluetooth": "Bluetooth",
    },
)
"""What is documented: the words of JSON, and 13 by the vendor's example ("$SCRDR Message"). The other codes are not published."""


class Reporter:
    """Turns the messages of one reader into what is published; remembers repeats, presence and start-ups.

    ``counted``: what was held back, and why; the caller takes it and clears it.
    """

    def __init__(self, options: Options) -> None:
        self.counted: Counter[str] = Counter()
        self._from = options.credential_from
        self._mark = options.mark_repeats
        self._interfaces = {**LABELS.interfaces, **options.labels.interfaces}
        self._protocols = {**LABELS.protocols, **options.labels.protocols}
        self._repeats = Repeats(options.repeat_window)
        self._presence = Presence()
        self._last: Reading | None = None
        self._startups: int | None = None
        self._seen_at = float("-inf")
        self._state: dict[str, Json] = {}

    def begin(self) -> list[State]:
        """A new connection: what is on the reader is unknown, and taken for nothing."""
        self._last = None
        changes: dict[str, Json] = {}
        self._absent(changes)
        return self._changed(changes)

    def report(
        self, messages: Iterable[Message], now: float, wall: float, **told: str | None
    ) -> list[Read | Event | State]:
        """What the messages of one receive come to.

        ``now``: monotonic seconds; ``wall``: seconds since 1970; ``told``: further values of the state, as far as known.
        """
        items: list[Read | Event | State] = []
        changes: dict[str, Json] = {}
        presence, repeats = self._presence, self._repeats
        for message in messages:
            if not isinstance(message, Reading):
                self._other(message, items, changes)
                continue
            if message.uptime is not None:
                self._running(message.uptime, items, changes)
                if message == self._last:
                    self.counted["duplicates"] += 1
                    continue
                self._last = message
            repeat = False
            if message.move:
                presence.apply(message)
                changes["present"] = presence.present
                if message.move is Move.REMOVED:
                    items.append(Event("removed", self._data(message), SENSITIVE))
                    continue
            elif not presence.tracking and repeats.seen((message.tag_id, message.tag_data), now):
                self.counted["repeats"] += 1
                if not self._mark:
                    continue
                repeat = True
            credential = self._credential(message)
            items.append(Read(credential, Kind.CARD, self._data(message), SENSITIVE, repeat=repeat))
        if now - self._seen_at >= SEEN_EVERY:
            self._seen_at = now
            changes["last_seen"] = rfc3339(wall)
        changes.update((key, str(value)) for key, value in told.items() if value is not None)
        items += self._changed(changes)
        return items

    def _other(self, message: Alive | Started, items: list[Read | Event | State], changes: dict[str, Json]) -> None:
        if isinstance(message, Started):
            items.append(Event("restarted", {"product": message.product}))
            self._absent(changes)
        else:
            self.counted["empty_messages"] += 1
            if message.uptime is not None:
                self._running(message.uptime, items, changes)

    def _running(self, uptime: Uptime, items: list[Read | Event | State], changes: dict[str, Json]) -> None:
        """See by the start-up counter whether the reader has restarted."""
        before, self._startups = self._startups, uptime.startups
        changes["startups"] = uptime.startups
        if before is not None and uptime.startups > before:
            items.append(Event("restarted", {"startups": uptime.startups, "previous": before}))
            self._absent(changes)

    def _absent(self, changes: dict[str, Json]) -> None:
        """Nothing is on the reader; the state says so where it has said anything about it."""
        self._presence.reset()
        if "present" in self._state or "present" in changes:
            changes["present"] = False

    def _changed(self, changes: Mapping[str, Json]) -> list[State]:
        values = {key: value for key, value in changes.items() if self._state.get(key) != value}
        self._state.update(values)
        return [State(values)] if values else []

    def _credential(self, reading: Reading) -> str:
        match self._from:
            case "tag_data":
                credential = reading.tag_data
            case "tag_id":
                credential = reading.tag_id
            case _:
                credential = reading.tag_data or reading.tag_id
        if not credential:
            self.counted["without_credential"] += 1
        return credential

    def _data(self, reading: Reading) -> dict[str, Json]:
        data: dict[str, Json] = {}
        if reading.interface:
            data["interface"] = reading.interface
            if label := self._interfaces.get(reading.interface):
                data["interface_label"] = label
        if reading.protocol:
            data["protocol"] = reading.protocol
            if label := self._protocols.get(reading.protocol):
                data["protocol_label"] = label
        if reading.template is not None:
            data["template"] = reading.template
        if reading.rssi is not None:
            data["rssi"] = reading.rssi
            if 0x80 <= reading.rssi <= 0xFF:
                data["rssi_dbm_guess"] = reading.rssi - 0x100
        if reading.tag_id:
            data["tag_id"] = reading.tag_id
        if reading.tag_data:
            data["tag_data"] = reading.tag_data
        if reading.tag_details:
            data["tag_details"] = reading.tag_details
        if reading.move:
            data["move"] = str(reading.move)
        if reading.raw:
            data["ambiguous"] = True
            data["raw"] = reading.raw
        if reading.uptime is not None:
            data["uptime"] = reading.uptime.seconds
            data["startups"] = reading.uptime.startups
        return data
