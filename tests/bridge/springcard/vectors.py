"""Messages of SpringCore readers as bytes, with what they mean.

Composed from the values in the vendor's pages ("$SCRDR Message", "READER EVENT Message", "MK1 Protocol"). Each line stands with
both checksums: the first leaves ``$`` and ``*`` out, the second includes them.
"""

from __future__ import annotations

from typing import NamedTuple

from readers_bridge.families.springcard.messages import Alive, Move, Reading, Uptime

UID = "047DAE02C84080"
PADDED = "00047DAE02C84080"


class Vector(NamedTuple):
    body: bytes
    excluded: bytes
    included: bytes
    message: Reading | Alive

    def line(self, variant: str = "excluded", end: bytes = b"\r\n") -> bytes:
        return b"$" + self.body + b"*" + (self.excluded if variant == "excluded" else self.included) + end


VECTORS = {
    "V1": Vector(b"SCRDR;13;01;01;;047DAE02C84080;;;", b"50", b"5E", Reading("13", "01", 1, None, UID)),
    "V2": Vector(
        b"SCRDR;13;01;01;;047DAE02C84080;;00047DAE02C84080;",
        b"56",
        b"58",
        Reading("13", "01", 1, None, UID, Move.NONE, PADDED),
    ),
    "V3": Vector(
        b"SCRDR;13;01;01;;047DAE02C84080;I;00047DAE02C84080;",
        b"1F",
        b"11",
        Reading("13", "01", 1, None, UID, Move.INSERTED, PADDED),
    ),
    "V4": Vector(b"SCRDR;13;01;01;;047DAE02C84080;R;;", b"02", b"0C", Reading("13", "01", 1, None, UID, Move.REMOVED)),
    "V5": Vector(b"SCRDR;13;01;01;;;R;;", b"04", b"0A", Reading("13", "01", 1, None, "", Move.REMOVED)),
    "V6": Vector(
        b"SCRDR;13;01;01;;047DAE02C84080;IR;00047DAE02C84080;",
        b"4D",
        b"43",
        Reading("13", "01", 1, None, UID, Move.TAPPED, PADDED),
    ),
    "V7": Vector(
        b"SCRDR;13;01;01;;047C7B02C44080;;534639728584;",
        b"20",
        b"2E",
        Reading("13", "01", 1, None, "047C7B02C44080", Move.NONE, "534639728584"),
    ),
    "V8": Vector(
        b"SCRDR;13;01;02;;047C7B02C44080;;https://www.springcard.com;",
        b"6B",
        b"65",
        Reading("13", "01", 2, None, "047C7B02C44080", Move.NONE, "https://www.springcard.com"),
    ),
    "V9": Vector(
        b"SCRDR;13;2C;02;;262BA1B0;;00000000262BA1B0;",
        b"25",
        b"2B",
        Reading("13", "2C", 2, None, "262BA1B0", Move.NONE, "00000000262BA1B0"),
    ),
    "V10": Vector(b"SCRDR;;;;;;;;", b"54", b"5A", Alive()),
    "V11": Vector(
        b"SCRDR;90;01;07;C4;E2801160600002054D8A1B2C;;;",
        b"5F",
        b"51",
        Reading("90", "01", 7, 0xC4, "E2801160600002054D8A1B2C"),
    ),
}
V1, V2, V3, V4, V5, V6, V7, V8, V9, V10, V11 = VECTORS.values()

V1_BYTES = bytes.fromhex(
    "24 53 43 52 44 52 3B 31 33 3B 30 31 3B 30 31 3B 3B 30 34 37 44 41 45 30 32 43 38 34 30 38 30 3B 3B 3B 2A 35 30 0D 0A"
)

JSON_EVENT = (
    b'{"Interface":"13.56","Protocol":"NFC-A","Template":1,"TagId":"047DAE02C84080",'
    b'"TagData":"00047DAE02C84080","Uptime":"699:16.850"}'
)
JSON_READING = Reading("13.56", "NFC-A", 1, None, UID, Move.NONE, PADDED, uptime=Uptime(699, 16.85))
JSON_STATUS = b'{"State":"online,ready","Uptime":"145:1860.081"}'

DIRECT_FRAME = bytes.fromhex("16 00 04 24 0A 2A 01")
"""Some frame of the Direct protocol, which may share a serial line; it holds ``$``, LF and ``*``."""


def line(body: bytes, end: bytes = b"\r\n") -> bytes:
    """A line with the checksum that leaves the delimiters out."""
    value = 0
    for byte in body:
        value ^= byte
    return b"$" + body + b"*%02X" % value + end
