"""The connection to the broker: will, subscriptions, what is retained, commands in, answers out.

A cycle has two connections, which live and die together: this one (aiomqtt) and the sender of the reads. Every cycle makes
new client objects, starts clean, publishes everything that is retained again, and says "online" last.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import aiomqtt

from readers_bridge.config import MqttConfig
from readers_bridge.errors import BrokerError, BrokerRefusedError, BrokerUnreachableError, TakenOverError
from readers_bridge.mqtt.client import explained
from readers_bridge.mqtt.reasons import plain_words
from readers_bridge.mqtt.retained import Retained
from readers_bridge.mqtt.sender import Sender
from readers_bridge.mqtt.session import HEADER_BYTES, OFFLINE, ONLINE, SUBSCRIBE, Message, Session
from readers_bridge.mqtt.tls import tls_context

log = logging.getLogger(__name__)

FIRST_WAIT = 1.0
LONGEST_WAIT = 30.0
"""Seconds between two attempts to connect to one of the brokers."""

STABLE_AFTER = 10.0
"""Seconds that a connection must last before the next wait starts small again."""

REFUSED_WAIT = 15.0
"""Seconds after the broker said no: a wrong password does not get right by asking faster."""

SIMULTANEOUS = 0.25
"""Seconds between the ends of the two connections when both have the same cause, as a broker that stops."""

GOODBYE_TIMEOUT = 2.0
"""Seconds for the last messages."""

OUTGOING_LIMIT = 5000
OUTGOING_BYTES = 16 * 1024 * 1024
"""Messages that may wait, and their size."""


class Handler(Protocol):
    """Who uses the link."""

    filters: Sequence[str]
    """What to subscribe to, at QoS 1."""

    orders: Sequence[str]
    """Likewise; here a message shows its retain flag even when it is not an old one (MQTT 5)."""

    def message(self, message: Message) -> None:
        """Take care of a message."""

    async def connected(self) -> None:
        """Connected, subscribed, everything retained published, online said."""

    async def deliver(self, sender: Sender[Any]) -> None:
        """Hand reads to this sender until cancelled."""

    def state_changed(self, problem: str | None) -> None:
        """The connection is there (None), or is not and this is why."""


@dataclass(frozen=True, slots=True)
class _Outgoing:
    topic: str
    payload: bytes
    qos: int
    correlation: bytes | None = None


class Link:
    """Keeps the bridge connected."""

    def __init__(
        self,
        config: MqttConfig,
        *,
        client_id: str,
        state_topic: str,
        handler: Handler,
        make_sender: Callable[[str, ssl.SSLContext | None], Sender[Any]],
    ) -> None:
        self._config = config
        self._client_id = client_id
        self._state_topic = state_topic
        self._handler = handler
        self._make_sender = make_sender
        self._retained = Retained()
        self._outgoing: deque[_Outgoing] = deque()
        self._outgoing_bytes = 0
        self._wake = asyncio.Event()
        self._session: Session | None = None
        self._leaving = False
        self._online_at = 0.0
        self._contradicted = False
        self._problems_told: set[str] = set()
        self._refusals_told: set[tuple[str, str, int]] = set()
        self.version = ""
        self.host = ""
        self.window = 0
        self.online = False
        self.connects = 0
        self.refused = 0
        """Subscriptions and messages that the broker did not take, those of the sender aside."""
        self.dropped = 0
        """Messages that were not published because too many waited."""

    # -- what others publish

    def retain(self, topic: str, payload: bytes) -> None:
        """Publish now or as soon as possible, and again after each connect. An empty payload clears the topic."""
        self._retained.keep(topic, payload)
        self._wake.set()

    def withhold(self, topic: str) -> None:
        """Do not publish this topic at the next connect; ``retain`` ends that."""
        self._retained.drop(topic)

    def owns(self, topic: str) -> bytes | None:
        """What we keep retained on a topic."""
        return self._retained[topic]

    def publish(self, topic: str, payload: bytes, qos: int = 0, correlation: bytes | None = None) -> None:
        """Publish once, if connected; the oldest waiting message gives way when too much waits."""
        if self._session is None:
            return
        self._outgoing.append(_Outgoing(topic, payload, qos, correlation))
        self._outgoing_bytes += len(payload)
        while len(self._outgoing) > OUTGOING_LIMIT or self._outgoing_bytes > OUTGOING_BYTES:
            self._outgoing_bytes -= len(self._outgoing.popleft().payload)
            self.dropped += 1
        self._wake.set()

    @property
    def largest_packet(self) -> int | None:
        """Bytes of the largest packet that the broker takes, where it says so."""
        return None if self._session is None else self._session.largest_packet

    def room(self, topic: str) -> int | None:
        """Bytes of the largest payload that the broker takes on a topic, where it says so."""
        largest = self.largest_packet
        return None if largest is None else max(1, largest - HEADER_BYTES - len(topic.encode()))

    async def retained_at_broker(self, filters: Sequence[str]) -> dict[str, bytes]:
        """What the broker holds under these filters, by topic; nothing while there is no connection.

        Raises:
            BrokerUnreachableError: the connection broke meanwhile.
        """
        session = self._session
        if session is None or not self.online:
            return {}
        try:
            return await session.look(filters)
        except aiomqtt.MqttError as error:
            raise BrokerUnreachableError(f"the connection broke while looking at what is retained ({error})") from error

    # -- life

    async def run(self) -> None:
        """Connect, and connect again, until cancelled.

        Raises:
            TakenOverError: another client took our client id.
        """
        context = tls_context(self._config.tls) if self._config.tls is not None else None
        wait = FIRST_WAIT
        while True:
            refused = False
            for host, port in self._config.hosts:
                connects = self.connects
                problem = await self._attempt(host, port, context)
                refused = isinstance(problem, BrokerRefusedError)
                self._tell(problem)
                if self.connects > connects:
                    if asyncio.get_running_loop().time() - self._online_at >= STABLE_AFTER:
                        wait = FIRST_WAIT
                    break
            await asyncio.sleep((REFUSED_WAIT if refused else wait) * random.uniform(0.75, 1.25))  # noqa: S311
            wait = min(2 * wait, LONGEST_WAIT)

    async def _attempt(self, host: str, port: int, context: ssl.SSLContext | None) -> BrokerError:
        try:
            await self._cycle(host, port, context)
        except TakenOverError:
            raise
        except BrokerError as error:
            return error
        except Exception as error:
            if "internal" not in self._problems_told:
                log.exception("an unforeseen error ended the connection to the broker; please report this")
            return BrokerError(f"internal error: {error!r}", code="internal")
        return BrokerUnreachableError(f"the broker at {host}:{port} closed the connection")

    def _tell(self, problem: BrokerError) -> None:
        """One line for each kind of trouble, until the next connection."""
        if problem.code not in self._problems_told:
            self._problems_told.add(problem.code)
            log.warning("%s; trying again, reads are kept meanwhile", problem)
        self._handler.state_changed(str(problem))

    async def say_goodbye(self) -> None:
        """Publish what waits and, last, "offline", as far as that is possible within two seconds."""
        session = self._session
        self._leaving = True
        if session is None:
            return
        with contextlib.suppress(TimeoutError, aiomqtt.MqttError):
            async with asyncio.timeout(GOODBYE_TIMEOUT):
                while self.online and (self._outgoing or not self._retained.complete):
                    await asyncio.sleep(0.005)
                await session.say(OFFLINE)

    async def _cycle(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        sender = self._make_sender(self._config.protocol, context)
        await sender.connect(host, port)
        version = sender.broker_version
        self.version = "5" if version == 5 else "3.1.1"
        self.host = f"{host}:{port}"
        self.window = sender.window
        session = Session(
            self._config,
            host,
            port,
            version=version,
            client_id=self._client_id,
            state_topic=self._state_topic,
            tls=context,
            received=self._received,
            refused=self._refused,
            contradicted=self._correct,
        )
        try:
            async with session:
                await self._serve(session, sender)
        except aiomqtt.MqttError as error:
            raise explained(error, self.host, version) from error
        finally:
            await sender.close()

    async def _serve(self, session: Session, sender: Sender[Any]) -> None:
        self._outgoing.clear()
        self._outgoing_bytes = 0
        self._session = session
        disconnected = asyncio.create_task(self._until_disconnected(session), name="mqtt receive")
        tasks = [
            disconnected,
            asyncio.create_task(self._greet(session), name="mqtt greet"),
            asyncio.create_task(self._forward(sender.closed()), name="mqtt sender"),
            asyncio.create_task(self._handler.deliver(sender), name="mqtt deliver"),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            await asyncio.wait([disconnected], timeout=SIMULTANEOUS)
        finally:
            self.online = False
            self._session = None
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            session.timeout = GOODBYE_TIMEOUT
        errors = [end for end in ends if isinstance(end, Exception)]
        taken_over = next((error for error in errors if isinstance(error, TakenOverError)), None)
        if taken_over is None and not any(isinstance(error, aiomqtt.MqttError) for error in errors):
            # This connection stands: its clean end would take the will along, and "online" stay behind.
            with contextlib.suppress(aiomqtt.MqttError):
                await session.say(OFFLINE)
        raise taken_over or errors[0]

    async def _until_disconnected(self, session: Session) -> None:
        try:
            async for _ in session.messages:
                pass
        except aiomqtt.MqttError as error:
            problem = explained(error, self.host, session.version)
            if isinstance(problem, TakenOverError):
                raise problem from error
            raise

    @staticmethod
    async def _forward(closed: Awaitable[None]) -> None:
        await closed
        raise BrokerUnreachableError("the connection for reads was closed")

    async def _greet(self, session: Session) -> None:
        await session.hear(self._handler.orders, as_published=True)
        await session.hear([*self._handler.filters, self._state_topic])
        self._retained.begin()
        await self._flush_retained(session)
        await session.say(OFFLINE if self._leaving else ONLINE)
        self.online = True
        self._online_at = asyncio.get_running_loop().time()
        self.connects += 1
        self._problems_told.clear()
        log.info("connected to the broker at %s, MQTT %s", self.host, self.version)
        self._handler.state_changed(None)
        greeting = asyncio.create_task(self._handler.connected(), name="mqtt connected")
        greeting.add_done_callback(lambda _: self._wake.set())
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                if self._contradicted:
                    self._contradicted = False
                    await session.say_again()
                await self._flush_retained(session)
                await self._flush_outgoing(session)
                if greeting.done():
                    greeting.result()
        finally:
            greeting.cancel()
            await asyncio.gather(greeting, return_exceptions=True)

    async def _flush_retained(self, session: Session) -> None:
        await self._retained.flush(lambda topic, payload: session.send(topic, payload, 1, retain=True))

    async def _flush_outgoing(self, session: Session) -> None:
        while self._outgoing:
            message = self._outgoing.popleft()
            self._outgoing_bytes -= len(message.payload)
            await session.send(message.topic, message.payload, message.qos, correlation=message.correlation)

    # -- what the session tells

    def _received(self, message: Message) -> None:
        try:
            self._handler.message(message)
        except Exception:
            log.exception("a message on %s caused an unforeseen error; please report this", message.topic)

    def _correct(self) -> None:
        """Somebody, as a late will, said something else on our state topic."""
        self._contradicted = True
        self._wake.set()

    def _refused(self, what: str, topic: str, code: int) -> None:
        """One line for each kind of topic, not for each device."""
        self.refused += 1
        about = (what, topic if what == SUBSCRIBE else topic.partition("/")[0], code)
        if about not in self._refusals_told:
            self._refusals_told.add(about)
            words = plain_words(code, version=5)
            log.error("the broker does not let us %s %s: %s (further ones: bridge/health)", what, topic, words)
