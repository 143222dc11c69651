"""Autoread over BRP: fetch messages from the reader, in time and in order, and lose none.

Sources: docs.baltech.de, refman/cmds/ar/getmessage and refman/cfg/device/boot/startautoreadatpowerup: the reader keeps a message
for about 5 s, gives the newest first, and forgets what it gave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from readers_bridge.errors import DeviceError, JournalError, ProtocolError
from readers_bridge.families import Host
from readers_bridge.families.baltech import commands
from readers_bridge.families.baltech.autoread import report
from readers_bridge.families.baltech.brp import Response
from readers_bridge.families.baltech.commands import Message
from readers_bridge.families.baltech.exchange import Exchange
from readers_bridge.families.baltech.reader import ACCESS_DENIED, access_rights
from readers_bridge.families.baltech.status import explain
from readers_bridge.families.baltech.typedefs import AutoReadMode, MessageType
from readers_bridge.model import DeviceConfig, JsonObject, Privacy, State

NO_MESSAGE = 0x01
AUTOREAD_DISABLED = 0x10

BATCH = 64
"""Messages that are fetched before they are published: more than come between two polls, so that their order is known."""

IN_HAND = "fetched"
"""The fact that holds messages which the reader has given, and which are not published yet."""

PERIOD = 0.09
"""Seconds from a message's coming up in the reader to our having it at most, on a line that is fast enough."""

NO_ROOM_PAUSE = 0.25
"""Seconds until we look again whether there is room for what a poll brings."""


def pause(round_trip: float, spent: float = 0.0) -> float:
    """Seconds until the next poll, ``spent`` seconds after the answer to the last one; the line rests as long as it was busy.

    A message that comes up right after a poll waits for the next one, then for its answer and the one that no other waits.
    """
    return max(round_trip + spent, PERIOD - 3 * round_trip - spent)


class Polling:
    """The Autoread messages of one device, over all its connections."""

    def __init__(self, config: DeviceConfig, host: Host, complain: Callable[..., None]) -> None:
        """``complain(about, message, *args)`` logs once per connection."""
        self._host = host
        self._complain = complain
        self._privacy = config.credential
        self._in_hand: list[Message] = []
        self._kept = 0
        self.fetching = asyncio.Lock()
        """Held while messages are fetched and published."""
        self._behind = False
        """The last drain ended with a full batch: what is still in the reader is older than what that gave."""
        self._behind_is_old = False
        self.mode: AutoReadMode | None = None

    async def restore(self) -> None:
        """Publish what an earlier run had fetched when it was cut off."""
        for kind, digits in self._host.facts.get(IN_HAND, ()):
            self._in_hand.append(Message(kind, bytes.fromhex(digits)))
        self._kept = len(self._in_hand)
        await self._publish(buffered=True)

    def begin(self) -> None:
        """A connection begins."""
        self.mode = None
        self._behind = self._behind_is_old = False

    async def drain(self, exchange: Exchange, *, old: bool = False, newest_is_fresh: bool = False) -> Response:
        """Fetch and publish what waits in the reader, up to a full batch; the last answer.

        Its status is 0 if the batch is full; then what the next drain gives is as old as this one's ``old`` says.

        Args:
            exchange: with the reader.
            old: what waits may have waited since before this connection.
            newest_is_fresh: though ``old``, the newest does not, because the reader connected on account of it.

        Raises:
            DeviceError: the connection ended, or the reader does not let us.
        """
        async with self.fetching:
            follows, old, complete = self._behind, old or self._behind_is_old, False
            try:
                for _ in range(BATCH):
                    response = await exchange.ask(commands.get_message())
                    if response.status:
                        complete = True
                        await self._judge(exchange, response)
                        break
                    self._take(response)
                    await self._keep()
                return response
            finally:
                self._behind, self._behind_is_old = not complete, old and not complete
                certain = complete and not follows
                await self._publish(buffered=old, newest_is_fresh=newest_is_fresh, certain=certain)

    def _take(self, response: Response) -> None:
        try:
            self._in_hand.append(commands.message(response.data))
        except ProtocolError as error:
            self._host.count("malformed")
            self._complain("malformed", "the reader gave a message that cannot be read: %s", error)

    async def _keep(self) -> None:
        """What is in hand must survive a crash of ours: the reader has forgotten it. Only what may be stored as it is."""
        keepable = [[message.type, message.data.hex()] for message in self._in_hand if self._may_keep(message)]
        if len(keepable) > self._kept:
            try:
                await self._host.commit([], sync=False, facts={IN_HAND: keepable})
                self._kept = len(keepable)
            except JournalError:
                self._host.count("not_kept")

    def _may_keep(self, message: Message) -> bool:
        plain_by_default = self._privacy is None and message.type != MessageType.Keyboard
        return self._privacy is Privacy.PLAIN or plain_by_default

    async def _publish(self, *, buffered: bool, newest_is_fresh: bool = False, certain: bool = True) -> None:
        messages = self._in_hand[::-1]
        if not messages:
            return
        old = [buffered] * len(messages)
        if newest_is_fresh:
            old[-1] = False
        items = report(messages, buffered=old, inferred=len(messages) > 1 or not certain)
        self._in_hand = []
        facts: JsonObject | None = {IN_HAND: []} if self._kept else None
        self._kept = 0
        try:
            await self._host.commit(items, sync=False, facts=facts)
        except JournalError:
            self._host.emit(items)

    async def _judge(self, exchange: Exchange, response: Response) -> None:
        if response.status == NO_MESSAGE:
            if self.mode in {None, AutoReadMode.Disabled}:
                self.tell(AutoReadMode.Enabled)
        elif response.status == AUTOREAD_DISABLED:
            self.tell(AutoReadMode.Disabled)
        elif response.status == ACCESS_DENIED:
            raise DeviceError(
                "the reader does not let us fetch what it reads (status 42); what it allows: "
                f"{await access_rights(exchange)}. Give this device an AES key with the right AutoreadAccess",
                code="access_denied",
            )
        else:
            self._host.count("poll_errors")
            self._complain("poll_errors", "AR.GetMessage: %s", explain(response.code, response.status))

    def tell(self, mode: AutoReadMode) -> None:
        """The mode is known to be this."""
        if mode is not self.mode:
            self.mode = mode
            self._host.emit([State({"autoread": mode.name})])
