"""The Autoread messages that wait for the host (docs.baltech.de, refman/cmds/ar/getmessage)."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_MESSAGE = 255


@dataclass(frozen=True, slots=True)
class Message:
    """A message: its MessageType, its content, and when it was made (seconds)."""

    type: int
    data: bytes
    time: float


class Stack:
    """The newest message is fetched first; a message expires after ``life`` seconds (0: never)."""

    def __init__(self) -> None:
        self.life = 0.0
        self._messages: list[Message] = []

    def __len__(self) -> int:
        return len(self._messages)

    def push(self, message: Message) -> None:
        """A message to fetch."""
        self._messages.append(message)

    def pop(self) -> Message | None:
        """The newest message."""
        return self._messages.pop() if self._messages else None

    def expire(self, now: float) -> list[Message]:
        """Forget, and give, what is too old."""
        if not self.life:
            return []
        gone = [message for message in self._messages if message.time + self.life <= now]
        del self._messages[: len(gone)]
        return gone

    def clear(self) -> None:
        """Forget everything."""
        self._messages.clear()
