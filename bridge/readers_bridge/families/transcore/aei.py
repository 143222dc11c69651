"""What an AEI tag tells of the rail equipment that carries it.

Sources: AP4119 tag programmer guide, page 16 (data format codes) and page 34 (six-bit characters); the fields as in AAR S-918 and
github.com/tbornon/aei-tag-parser. These number the bits of a tag 0 to 127, of which 60 to 63 and 124 to 127 are check bits and
frame markers. A reader leaves those out, so the bits here are counted in the remaining 120.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import IntEnum

from readers_bridge.model import JsonObject

BITS = 120
LARGEST_NUMBER = 999_999

_CHARACTERS = re.compile(r"[ -_]{20}")
_HEX = re.compile(r"(?:[0-9A-F]{30}|[0-9A-F]{32})", re.IGNORECASE)
_AAR = 51
_DYNAMIC = 37
_DATA_FORMATS = {_AAR: "aar", _DYNAMIC: "dynamic"}


class EquipmentGroup(IntEnum):
    """The equipment group codes that are assigned; the others are reserved."""

    OTHER = 0
    RAILCAR_COVER = 1
    TRAIN_NUMBER = 4
    LOCOMOTIVE = 5
    END_OF_TRAIN_DEVICE = 6
    GENERATOR_SET = 8
    INTERMODAL_CONTAINER = 10
    MARKER = 12
    NON_REVENUE = 14
    TRACTOR = 17
    STRAIGHT_TRUCK = 18
    RAILCAR = 19
    DOLLY = 20
    TRAILER = 21
    MULTIMODAL = 24
    CHASSIS = 27
    PASSIVE_ALARM = 28
    EXPERIMENTAL = 31


@dataclass(frozen=True, slots=True)
class Decoded:
    """The fields of one tag; None where the layout of its equipment group has no such field, or none that is known here.

    ``mark``: the equipment initial, one to four letters. ``tag_type``: 1 to 4 (2 is non-dynamic, 3 multi-fragment, 4 reserved).
    ``side``: on which side of the equipment the tag is mounted, ``left`` or ``right``. ``length_dm``: in decimetres, up to 4095
    for a railcar and 511 for a locomotive. ``axles``: 1 to 32. ``bearing_type``: 0 to 7. ``platform``: 0 to 15, of an articulated
    car; 0 is the only one, or A. ``security``: 12 bits for security or the owner's use. ``end_of_train_type``: 0 to 3.
    ``data_format``: ``aar`` (AAR, ATA, ISO; code 51) or ``dynamic`` (code 37).
    """

    equipment_group: EquipmentGroup
    tag_type: int
    mark: str
    number: int
    data_format: str
    side: str | None = None
    length_dm: int | None = None
    axles: int | None = None
    bearing_type: int | None = None
    platform: int | None = None
    security: int | None = None
    end_of_train_type: int | None = None

    def as_data(self) -> JsonObject:
        """For the ``data`` of a read: the fields that the tag has, the group as its name and its code."""
        data: JsonObject = {
            "decoded": True,
            "equipment_group": self.equipment_group.name.lower(),
            "equipment_group_code": self.equipment_group.value,
        }
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if value is not None:
                data[field.name] = value
        return data


def decode(tag_id: str) -> Decoded | None:
    """The fields of a tag; None: it is not an AEI tag, or not certainly one.

    Args:
        tag_id: 20 six-bit characters, the same 120 bits as 30 hexadecimal digits, or all 128 bits of the tag as 32; the
            check bits and frame markers of the last form are not looked at.
    """
    bits = _bits(tag_id)
    if bits is None:
        return None
    data_format = _DATA_FORMATS.get(_field(bits, 114, 6))
    code = _field(bits, 0, 5)
    mark = _mark(_field(bits, 7, 19))
    number = _field(bits, 26, 20)
    if data_format is None or code not in _GROUPS or mark is None or number > LARGEST_NUMBER:
        return None
    group = EquipmentGroup(code)
    tag_type = _field(bits, 5, 2) + 1
    if data_format != _DATA_FORMATS[_AAR] or group not in _LAID_OUT:
        return Decoded(group, tag_type, mark, number, data_format)
    security = _field(bits, 102, 12)
    if group is EquipmentGroup.END_OF_TRAIN_DEVICE:
        return Decoded(
            group,
            tag_type,
            mark,
            number,
            data_format,
            side=_side(bits, 48),
            security=security,
            end_of_train_type=_field(bits, 46, 2),
        )
    railcar = group is EquipmentGroup.RAILCAR
    return Decoded(
        group,
        tag_type,
        mark,
        number,
        data_format,
        side=_side(bits, 46),
        length_dm=_field(bits, 47, 9) + (_field(bits, 90, 3) << 9 if railcar else 0),
        axles=_field(bits, 56, 5) + 1,
        bearing_type=_field(bits, 61, 3),
        platform=_field(bits, 64, 4) if railcar else None,
        security=security,
    )


def tag_hex(tag_id: str) -> str | None:
    """The 120 bits of a tag as 30 hexadecimal digits, whichever of the three forms it has; None: it has none of them."""
    bits = _bits(tag_id)
    return None if bits is None else f"{bits:030X}"


_GROUPS = frozenset(EquipmentGroup)
_LAID_OUT = {EquipmentGroup.RAILCAR, EquipmentGroup.LOCOMOTIVE, EquipmentGroup.END_OF_TRAIN_DEVICE}


def _bits(tag_id: str) -> int | None:
    if _CHARACTERS.fullmatch(tag_id):
        bits = 0
        for character in tag_id:
            bits = bits << 6 | ord(character) - 0x20
        return bits
    if _HEX.fullmatch(tag_id):
        return int(tag_id if len(tag_id) == 30 else tag_id[:15] + tag_id[16:31], 16)
    return None


def _field(bits: int, first: int, width: int) -> int:
    return bits >> BITS - first - width & (1 << width) - 1


def _side(bits: int, at: int) -> str:
    return "right" if _field(bits, at, 1) else "left"


def _mark(value: int) -> str | None:
    """Base 27: the first character counts from A = 0, the others from blank = 0; None: more than ZZZZ."""
    first, others = divmod(value, 27**3)
    if first > 25:
        return None
    rest = (others // 729, others // 27 % 27, others % 27)
    return (chr(ord("A") + first) + "".join(" ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] for digit in rest)).rstrip()
