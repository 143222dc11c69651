"""What a broker's reason codes mean to people, and what to do about them.

Sources: MQTT Version 5.0, section 2.4 (reason codes); MQTT Version 3.1.1, sections 3.2.2.3 (return codes of CONNACK) and
3.9.3 (SUBACK).
"""

from __future__ import annotations

from paho.mqtt.reasoncodes import ReasonCode

from readers_bridge.errors import BrokerError, BrokerRefusedError, BrokerUnreachableError, TakenOverError

UNSUPPORTED_VERSION = 0x84
NOT_AUTHORISED = 0x87
TAKEN_OVER = 0x8E
TOPIC_NAME_INVALID = 0x90
PACKET_TOO_LARGE = 0x95
QOS_NOT_SUPPORTED = 0x9B

FROM_311 = {1: UNSUPPORTED_VERSION, 2: 0x85, 3: 0x88, 4: 0x86, 5: NOT_AUTHORISED}
"""CONNACK return codes of MQTT 3.1.1 and the reason codes of MQTT 5 that say the same."""

PASSING = frozenset({0x88, 0x89, 0x97, 0x9F})
"""Reasons to refuse a connection that pass by themselves."""

_WORDS = {
    0x80: "the broker failed and does not say why; look into its log",
    0x81: "the broker could not read a packet; look into its log, and set mqtt.protocol to 3.1.1 if this repeats",
    0x82: "the broker saw a breach of the protocol; look into its log, and set mqtt.protocol to 3.1.1 if this repeats",
    0x83: "the broker failed for a reason of its own; look into its log",
    UNSUPPORTED_VERSION: "the broker does not speak this version of MQTT; set mqtt.protocol to auto, or to the version it speaks",
    0x85: "the broker does not allow our client id; change bridge.id, or allow the id at the broker",
    0x86: "bad user name or password; check mqtt.username and mqtt.password",
    NOT_AUTHORISED: "not authorised; check mqtt.username and mqtt.password, and the broker's access rules for this user",
    0x88: "the broker is not available now; it is tried again",
    0x89: "the broker is busy; it is tried again",
    0x8A: "the broker has banned this client; ask who runs it to lift the ban",
    0x8B: "the broker is shutting down",
    0x8C: "the broker asks for a kind of authentication that is not spoken here; allow user name and password at the broker",
    0x8D: "the broker heard nothing from us for too long; the network or this machine stalled, or mqtt.keepalive is too short",
    TAKEN_OVER: (
        "taken over: another client with our client id connected; is a second bridge with this id running? "
        "Stop it, or give one of them another bridge.id"
    ),
    0x8F: "the broker does not allow this topic filter; check mqtt.prefix",
    TOPIC_NAME_INVALID: "the broker does not allow this topic; check mqtt.prefix",
    0x93: "the broker says that more messages were in flight than it allows; please report this",
    PACKET_TOO_LARGE: "too large; raise the broker's limit of the message size (Mosquitto: message_size_limit, max_packet_size)",
    0x96: "the broker says that messages come too fast; raise its limit of the rate",
    0x97: "quota exceeded; raise the broker's limits for this client, or remove what fills them",
    0x98: "somebody closed the connection at the broker",
    0x99: "the broker does not accept the content of the message; look at its rules for payloads",
    0x9A: "the broker does not keep retained messages, which this bridge needs; allow them at the broker",
    QOS_NOT_SUPPORTED: "the broker does not take QoS 1, which this bridge needs; allow it at the broker",
    0x9C: "the broker asks to use another one for now; change mqtt.host",
    0x9D: "the broker has moved; change mqtt.host",
    0x9F: "connections come too fast for the broker; it is tried again",
    0xA0: "the broker ends connections of this age",
    0xA2: "the broker does not take subscriptions with wildcards, which this bridge needs; allow them at the broker",
}


def plain_words(code: int, *, version: int) -> str:
    """What a reason code of CONNACK, PUBACK, SUBACK or DISCONNECT means, and what to do next.

    Args:
        code: the reason code, 0 to 255; with MQTT 3.1.1 a return code of CONNACK (1 to 5) or 0x80 of SUBACK.
        version: MQTT's protocol level: 5, or 4 for MQTT 3.1.1.
    """
    if version < 5:
        code = FROM_311.get(code, code)
    words = _WORDS.get(code)
    if words is not None:
        return words
    names = ReasonCode.names.get(code)
    return (
        f"{next(iter(names)).lower()} (0x{code:02X})"
        if names
        else f"unknown reason 0x{code:02X}; look into the broker's log"
    )


def refusal(code: int, *, broker: str, said: str = "") -> BrokerError:
    """The error for a CONNACK with this reason code of MQTT 5; ``said`` is the broker's own reason string."""
    words = with_own_words(plain_words(code, version=5), said)
    if code in PASSING:
        return BrokerUnreachableError(f"the broker at {broker} does not take us now: {words}")
    return BrokerRefusedError(
        f"the broker at {broker} refuses us: {words}",
        code="unsupported_version" if code == UNSUPPORTED_VERSION else None,
    )


def ending(code: int, *, broker: str, said: str = "") -> BrokerError:
    """The error for a DISCONNECT from the broker (MQTT 5 only)."""
    if code == TAKEN_OVER:
        return TakenOverError(plain_words(code, version=5))
    words = with_own_words(plain_words(code, version=5), said) if code else "it does not say why"
    return BrokerUnreachableError(f"the broker at {broker} ended the connection: {words}")


def with_own_words(words: str, said: str) -> str:
    """Our words and, where there is one, the reason string that the broker sent along."""
    return f"{words} (the broker says {said[:200]!r})" if said else words
