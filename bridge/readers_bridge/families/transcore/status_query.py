"""What a reader can be asked about itself, and what its answers come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from datetime import datetime

from readers_bridge.families.transcore import replies, rf_status
from readers_bridge.families.transcore.reads import inputs
from readers_bridge.families.transcore.typedefs import Profile
from readers_bridge.model import Json, JsonObject

_PARSERS: dict[str, tuple[str, Callable[[str], object]]] = {
    "505": ("version", replies.version),
    "520": ("power_fail", replies.power_failed),
    "521": ("reader_id", replies.reader_id),
    "522": ("port", replies.port),
    "524": ("appended", replies.appended),
    "525": ("protocol", replies.protocol_status),
    "526": ("io", replies.io_status),
    "527": ("rf", rf_status.rf_status),
    "528": ("rf", rf_status.rf_status),
    "529": ("presence", replies.presence),
    "530": ("id_filter", replies.id_filter),
    "532": ("wiegand_on", replies.wiegand_on),
    "533": ("wiegand_interval_s", replies.wiegand_interval),
    "537": ("echo", replies.echo),
    "540": ("flash_checksum", replies.checksum),
    "543": ("boot_checksum", replies.checksum),
    "552": ("multiplexing", replies.multiplexing),
    "560": ("input_reports", replies.input_reports),
    "570": ("tag_protocols", replies.tag_protocols),
    "577": ("handshakes", replies.handshakes),
    "22": ("clock", replies.clock),
    "63": ("version", replies.version),
}

_ALL = ("505", "520", "521", "524", "525", "527", "570", "577")
QUERIES = {Profile.MPRX: (*_ALL, "22"), Profile.ENCOMPASS: (*_ALL, "526", "560")}
"""What ``query_status`` asks, in this order."""


def fields(body: str, answer: str) -> JsonObject:
    """What an answer says, by the name of what it is about; empty for an answer that is not understood."""
    found = _PARSERS.get(body)
    value = None if found is None else found[1](answer)
    return {} if found is None or value is None else {found[0]: plain(value)}


def state(told: JsonObject) -> JsonObject:
    """What of the answers the state has; ``told`` is made of ``fields``."""
    values: JsonObject = {key: told[key] for key in ("power_fail", "reader_id") if key in told}
    if (rf := told.get("rf")) is not None:
        values |= {key: rf[key] for key in ("rf_on", "frequency_mhz") if rf[key] is not None}
        if rf["host_control"] is not None:
            values["rf_control"] = "host" if rf["host_control"] else "presence"
    if (io := told.get("io")) is not None:
        if io["inputs"] is not None:
            values |= inputs(io["inputs"])
        if io["outputs"] is not None:
            values |= outputs(io["outputs"])
    if (protocols := told.get("tag_protocols")) is not None:
        values["tag_protocols"] = ", ".join(name for name, on in protocols.items() if on != "D") or "none"
    return values


def outputs(bits: int) -> JsonObject:
    """Both outputs as the state has them; bit 0 is output 0."""
    return {"output_0": bool(bits & 1), "output_1": bool(bits & 2)}


def plain(value: object) -> Json:
    """Parsed values as JSON: what is None is left out of no object, times are ISO text without a zone."""
    if is_dataclass(value) and not isinstance(value, type):
        return {key: plain(item) for key, item in asdict(value).items() if key != "text"}
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value
