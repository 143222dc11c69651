"""What happened while Home Assistant did not listen is asked for afterwards, and shown as history.

A cursor - journal and number of the last message up to which nothing is missing - is kept on disk for each entry. After each
start, and whenever the connection to the broker or to the bridge comes back, the bridge is asked page by page for what follows
the cursor. What comes so is passed on as *replayed*: event entities show it as late, device triggers and tags never see it.

The first time that an entry is set up, the cursor is put at the end of the journal: nobody who adds a bridge expects the cards
of the last week in the history of entities that did not exist then. The same happens when replay is switched off.

Live messages are passed on while pages are read, and those that a page holds too are dropped there by their id. A page may also
hold a message that is still on its way to us, and which is to come live, not late. Such a message is young, and not marked
late; it gets FRESH_WAIT seconds to arrive before it is taken as missed. (Where a later one has come live, it is missed: the
bridge sends in order.)

The cursor is written some seconds after it moved, and when Home Assistant stops. After a crash of Home Assistant, the messages of
the last seconds before it are therefore shown once more, as late.
"""

import asyncio
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .errors import raise_for_response
from .json_values import as_object
from .link import BridgeLink
from .models import Cursor, JsonObject, ReadersEvent

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION: Final = 1
SAVE_DELAY: Final = 5.0
PAGE: Final = 500
"""Messages of one page."""

PAGES: Final = 2000
"""Pages at most in one go; what is left then is given up."""

REQUEST_TIMEOUT: Final = 20.0
ATTEMPTS: Final = 3
RETRY_WAIT: Final = 5.0
FRESH_WAIT: Final = 15.0
FRESH_STEP: Final = 1.0
YOUNG: Final = 60.0
"""Seconds of age, either way, up to which a message may be on its way still; most of them for clocks that differ."""

AT_A_TIME: Final = 25
"""Messages that are passed on before the event loop gets its turn."""


def async_store(hass: HomeAssistant, entry_id: str) -> Store[JsonObject]:
    """Where the cursor of an entry is kept."""
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", private=True, atomic_writes=True)


class Replay:
    """Keeps the cursor, and asks for what was missed."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, link: BridgeLink, *, enabled: bool) -> None:
        self.cursor: Cursor | None = None
        self.replayed = 0
        self._hass = hass
        self._entry = entry
        self._link = link
        self._enabled = enabled
        self._store = async_store(hass, entry.entry_id)
        self._closed = False
        self._saves = False
        self._task: asyncio.Task[None] | None = None
        self._live: tuple[Cursor, Cursor] | None = None
        """The first and the last of an unbroken run of live messages that does not follow the cursor."""

    async def async_load(self) -> None:
        """Read the cursor, and watch what comes from now on until the entry is unloaded."""
        stored = await self._store.async_load()
        self.cursor = Cursor.from_json(as_object(stored).get("cursor"))
        self._entry.async_on_unload(self._link.async_listen_events(self._passed))

    @callback
    def async_start(self) -> None:
        """Ask for what was missed, now and whenever the bridge comes back."""
        self._entry.async_on_unload(self._link.async_listen_ready(self._catch_up))
        if self._link.ready:
            self._catch_up()

    async def async_close(self) -> None:
        """Write the cursor, for the last time."""
        self._closed = True
        await self._store.async_save(self._to_store())

    def _to_store(self) -> JsonObject:
        self._saves = False
        return {"cursor": None if self.cursor is None else self.cursor.as_json()}

    @callback
    def _passed(self, event: ReadersEvent) -> None:
        """A read or event was passed on: when it is the next one, it moves the cursor; else something is missing."""
        place = None if event.replayed else event.cursor
        if place is None:
            return
        if self._live is not None:
            first, last = self._live
            if not _is_behind(place, last):
                self._live = (first if _follows(place, last) else place, place)
        elif self.cursor is not None and _follows(place, self.cursor):
            self._move(place)
        elif self.cursor is None or not _is_behind(place, self.cursor):
            self._live = (place, place)
            if self._link.ready and (self._task is None or self._task.done()):
                self._catch_up()

    def _move(self, cursor: Cursor) -> None:
        if self._closed:
            return  # it may be removed already, and is not to be written again
        self.cursor = cursor
        if not self._saves:  # each call would put the writing off again, and under load it would never come
            self._saves = True
            self._store.async_delay_save(self._to_store, SAVE_DELAY)

    @callback
    def _catch_up(self) -> None:
        if self._task is not None:
            self._task.cancel()
        name = f"readers replay {self._link.bridge}"
        self._task = self._entry.async_create_background_task(self._hass, self._run(), name)

    async def _run(self) -> None:
        before = self.replayed
        for _ in range(ATTEMPTS):
            if not await self._read_pages():
                return
            if self._join():
                break
        else:
            self._join(whatever=True)
        if self.replayed > before:
            _LOGGER.info("%d messages of %s that were missed are shown now", self.replayed - before, self._link.bridge)

    def _join(self, *, whatever: bool = False) -> bool:
        """Whether nothing is missing before the live messages that came meanwhile; then they move the cursor."""
        if self._live is None:
            return True
        first, last = self._live
        near = self.cursor is not None and self.cursor.journal == first.journal and self.cursor.seq >= first.seq - 1
        if not near and not whatever:
            return False
        self._live = None
        if self.cursor is None or not _is_behind(last, self.cursor):
            self._move(last)
        return True

    async def _read_pages(self) -> bool:
        """Read until the end; False: the bridge does not answer, and will be asked when it is back."""
        skipping = self.cursor is None or not self._enabled
        waited = 0.0
        for _ in range(PAGES):
            if self._live is not None and self._join():
                return True
            page = await self._page(skipping=skipping)
            if page is None:
                return False
            place, waits = await self._take(page, patient=waited < FRESH_WAIT)
            if waits:
                waited = FRESH_STEP if self._advance(place) else waited + FRESH_STEP
                await asyncio.sleep(FRESH_STEP)
                continue
            waited = 0.0
            moved = self._advance(Cursor.from_json(page.get("next")))
            if page.get("complete") is True:
                return True
            if not moved:
                _LOGGER.warning("The bridge %s answered a replay with a page that leads nowhere", self._link.bridge)
                return True
        _LOGGER.warning("%s has more than %d pages to replay; the rest is left out", self._link.bridge, PAGES)
        return True

    def _advance(self, place: Cursor | None) -> bool:
        if place is None or place == self.cursor:
            return False
        self._move(place)
        return True

    async def _page(self, *, skipping: bool) -> JsonObject | None:
        """The page behind the cursor; None when there is none to be had. ``skipping``: without its messages."""
        question: JsonObject = {"limit": PAGE}
        if self.cursor is not None:
            question["after"] = self.cursor.as_json()
        if skipping:
            question["devices"] = []
        for attempt in range(ATTEMPTS):
            if attempt:
                await asyncio.sleep(RETRY_WAIT)
            try:
                response = await self._link.async_request("replay", question, timeout=REQUEST_TIMEOUT)
                raise_for_response(response)
            except HomeAssistantError as error:
                _LOGGER.debug("The bridge %s gave no page: %s", self._link.bridge, error)
                if not self._link.ready:
                    return None
                continue
            page = dict(response.payload)
            if page.get("reset") is True and not skipping:
                _LOGGER.info("%s no longer keeps all that was missed; what it has is shown", self._link.bridge)
            return page
        _LOGGER.warning("The bridge %s does not tell what was missed; it is asked again later", self._link.bridge)
        return None

    async def _take(self, page: JsonObject, *, patient: bool) -> tuple[Cursor | None, bool]:
        """Pass on what a page holds; the last place, and whether one behind it may yet come live."""
        place: Cursor | None = None
        for number, event in enumerate(_events(page), 1):
            if not self._link.is_known(event):
                if patient and _is_young(event) and not self._is_overtaken(event):
                    return place, True
                self.replayed += self._link.async_pass_on(event)
            place = event.cursor or place
            if number % AT_A_TIME == 0:
                await asyncio.sleep(0)
        return place, False

    def _is_overtaken(self, event: ReadersEvent) -> bool:
        """Whether a later one has come live: the bridge sends them in order, so this one will not."""
        place = event.cursor
        return self._live is not None and place is not None and _is_behind(place, self._live[0])


def _events(page: JsonObject) -> list[ReadersEvent]:
    found = [
        ReadersEvent.from_json(value, is_read=kind == "reads", replayed=True)
        for kind in ("reads", "events")
        if isinstance(page.get(kind), list)
        for value in page[kind]
    ]
    return sorted((event for event in found if event is not None), key=lambda event: event.seq or 0)


def _is_young(event: ReadersEvent) -> bool:
    """Whether it may still be on its way to us. The clocks of the bridge and of Home Assistant need not agree to the second."""
    if event.late or event.time is None or (time := dt_util.parse_datetime(event.time)) is None:
        return False
    return abs((dt_util.utcnow() - dt_util.as_utc(time)).total_seconds()) < YOUNG


def _follows(place: Cursor, other: Cursor) -> bool:
    return place.journal == other.journal and place.seq == other.seq + 1


def _is_behind(place: Cursor, other: Cursor) -> bool:
    """Whether a place has been passed already."""
    return place.journal == other.journal and place.seq <= other.seq
