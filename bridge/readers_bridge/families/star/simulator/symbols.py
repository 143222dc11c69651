"""Barcodes as bars, and whether they can be made (ISO/IEC 15417, 15420, 16388, 16390; Codabar); the size of QR codes."""

from __future__ import annotations

import re

_L = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_R = tuple("".join("10"[int(bit)] for bit in code) for code in _L)
_G = tuple(code[::-1] for code in _R)
_EAN13 = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")
_UPC_E = ("GGGLLL", "GGLGLL", "GGLLGL", "GGLLLG", "GLGGLL", "GLLGGL", "GLLLGG", "GLGLGL", "GLGLLG", "GLLGLG")
_CODE39 = {
    "0": "nnnwwnwnn", "1": "wnnwnnnnw", "2": "nnwwnnnnw", "3": "wnwwnnnnn", "4": "nnnwwnnnw", "5": "wnnwwnnnn",
    "6": "nnwwwnnnn", "7": "nnnwnnwnw", "8": "wnnwnnwnn", "9": "nnwwnnwnn", "A": "wnnnnwnnw", "B": "nnwnnwnnw",
    "C": "wnwnnwnnn", "D": "nnnnwwnnw", "E": "wnnnwwnnn", "F": "nnwnwwnnn", "G": "nnnnnwwnw", "H": "wnnnnwwnn",
    "I": "nnwnnwwnn", "J": "nnnnwwwnn", "K": "wnnnnnnww", "L": "nnwnnnnww", "M": "wnwnnnnwn", "N": "nnnnwnnww",
    "O": "wnnnwnnwn", "P": "nnwnwnnwn", "Q": "nnnnnnwww", "R": "wnnnnnwwn", "S": "nnwnnnwwn", "T": "nnnnwnwwn",
    "U": "wwnnnnnnw", "V": "nwwnnnnnw", "W": "wwwnnnnnn", "X": "nwnnwnnnw", "Y": "wwnnwnnnn", "Z": "nwwnwnnnn",
    "-": "nwnnnnwnw", ".": "wwnnnnwnn", " ": "nwwnnnwnn", "$": "nwnwnwnnn", "/": "nwnwnnnwn", "+": "nwnnnwnwn",
    "%": "nnnwnwnwn", "*": "nwnnwnwnn",
}  # fmt: skip
_ITF = ("nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw", "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn")
_NW7 = {
    "0": "nnnnnww", "1": "nnnnwwn", "2": "nnnwnnw", "3": "wwnnnnn", "4": "nnwnnwn", "5": "wnnnnwn", "6": "nwnnnnw",
    "7": "nwnnwnn", "8": "nwwnnnn", "9": "wnnwnnn", "-": "nnnwwnn", "$": "nnwwnnn", ":": "wnnnwnw", "/": "wnwnnnw",
    ".": "wnwnwnn", "+": "nnwnwnw", "A": "nnwwnwn", "B": "nwnwnnw", "C": "nnnwnww", "D": "nnnwwwn",
}  # fmt: skip
_CODE128 = tuple(
    re.findall(
        r"\d+",
        "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 "
        "113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 "
        "212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 "
        "113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
        "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 "
        "241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 "
        "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 "
        "211232 2331112 ",
    )
)
_START_A, _START_B, _START_C, _STOP, _FNC1 = 103, 104, 105, 106, 102
_TO_A, _TO_B, _TO_C = 101, 100, 99
_WIDE = 3
_PATTERNS = {
    "upc_a": r"\d{11,12}",
    "upc_e": r"\d{6,8}|\d{11,12}",
    "ean8": r"\d{7,8}",
    "ean13": r"\d{12,13}",
    "itf": r"(\d\d)+",
    "code39": r"[0-9A-Z\-. $/+%]+|\*[0-9A-Z\-. $/+%]+\*",
    "nw7": r"[A-Da-d][0-9\-$:/.+]+[A-Da-d]",
    "code93": r"[\x00-\x7f]+",
    "code128": r"[\x00-\x7f]+",
    "gs1_128": r"[\x00-\x7f]+",
}
_GS1_FIXED = re.compile(r"0[0-4]|1[1-9]|20|3[1-6]|41")
"""Application identifiers whose data have a fixed length, so that no FNC1 follows (GS1 General Specifications, 7.8.5)."""
_FNC1_CHAR = "\xf1"
_BRACED = r"(\{[ABC].*)+"


def check_barcode(kind: str, data: str, *, braces: bool = False) -> str:
    """What is wrong with the data, or an empty text; ``braces``: Code 128 begins with a code set, as ``{B``."""
    pattern = _BRACED if braces and kind == "code128" else _PATTERNS[kind]
    if re.fullmatch(pattern, data, re.DOTALL):
        return ""
    return f"{kind} cannot hold {data!r}"


def bars(kind: str, data: str) -> str | None:
    """One character per module, 1 for black; None: this kind is drawn as a box (Code 93)."""
    match kind:
        case "ean13":
            return _ean13(data[:12])
        case "upc_a":
            return _ean13("0" + data[:11])
        case "ean8":
            digits = with_check_digit(data[:7])
            left, right = (_L[int(each)] for each in digits[:4]), (_R[int(each)] for each in digits[4:])
            return "101" + "".join(left) + "01010" + "".join(right) + "101"
        case "upc_e":
            return _upc_e(data)
        case "code39":
            return "0".join(_narrow_wide(_CODE39[each]) for each in f"*{data.strip('*')}*")
        case "nw7":
            return "0".join(_narrow_wide(_NW7[each]) for each in data.upper())
        case "itf":
            return _itf(data)
        case "code128" | "gs1_128":
            return _code128(_elements(data) if kind == "gs1_128" else data, gs1=kind == "gs1_128")
    return None


def with_check_digit(digits: str) -> str:
    """The digits of an EAN or UPC code, and the digit that checks them."""
    total = sum(int(each) * (3 if n % 2 == 0 else 1) for n, each in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def shown(kind: str, data: str) -> str:
    """What stands under the bars."""
    match kind:
        case "ean13":
            return with_check_digit(data[:12])
        case "upc_a":
            return with_check_digit(data[:11])
        case "ean8":
            return with_check_digit(data[:7])
        case "code128" if data[:1] == "{":
            return "".join(_plain(data))
    return "".join(each for each in data if each.isprintable())


def qr_modules(data: bytes, level: str) -> int:
    """Modules of one side, without margin, as close as can be told without making the code; 0: there is none so large."""
    bits = _qr_bits(data)
    for version in range(1, 41):
        count = 8 if version < 10 else 16
        if data and _codewords(version) * 8 * _QR_DATA[level] >= bits + 4 + count:
            return 4 * version + 17
    return 0


_QR_DATA = {"L": 0.797, "M": 0.629, "Q": 0.449, "H": 0.344}
"""The part of a code that is data."""


def _qr_bits(data: bytes) -> float:
    if data.isdigit():
        return len(data) * 10 / 3
    if re.fullmatch(rb"[0-9A-Z $%*+\-./:]*", data):
        return len(data) * 5.5
    return len(data) * 8.0


def _codewords(version: int) -> int:
    modules = (16 * version + 128) * version + 64
    if version >= 2:
        count = version // 7 + 2
        modules -= (25 * count - 10) * count - 55
        if version >= 7:
            modules -= 36
    return modules // 8


def _ean13(twelve: str) -> str:
    digits = with_check_digit(twelve)
    codes = {"L": _L, "G": _G}
    left = "".join(codes[which][int(each)] for which, each in zip(_EAN13[int(digits[0])], digits[1:7], strict=True))
    return "101" + left + "01010" + "".join(_R[int(each)] for each in digits[7:]) + "101"


def _upc_e(data: str) -> str:
    six = data[1:7] if len(data) in {7, 8} else data[:6]
    if len(data) > 8:
        six = _short(data[1:11])
    last = six[5]
    if last in "012":
        long = f"0{six[:2]}{last}0000{six[2:5]}"
    elif last == "3":
        long = f"0{six[:3]}00000{six[3:5]}"
    elif last == "4":
        long = f"0{six[:4]}00000{six[4]}"
    else:
        long = f"0{six[:5]}0000{last}"
    check = int(with_check_digit(long)[-1])
    codes = {"L": _L, "G": _G}
    middle = "".join(codes[which][int(each)] for which, each in zip(_UPC_E[check], six, strict=True))
    return "101" + middle + "010101"


def _short(ten: str) -> str:
    maker, product = ten[:5], ten[5:]
    if maker[2:] in {"000", "100", "200"}:
        return maker[:2] + product[2:] + maker[2]
    if maker[3:] == "00":
        return maker[:3] + product[3:] + "3"
    if maker[4:] == "0":
        return maker[:4] + product[4] + "4"
    return maker + product[4]


def _narrow_wide(code: str) -> str:
    return "".join("10"[n % 2] * (_WIDE if each == "w" else 1) for n, each in enumerate(code))


def _itf(digits: str) -> str:
    out = "1010"
    for first, second in zip(digits[::2], digits[1::2], strict=True):
        for bar, space in zip(_ITF[int(first)], _ITF[int(second)], strict=True):
            out += "1" * (_WIDE if bar == "w" else 1) + "0" * (_WIDE if space == "w" else 1)
    return out + "1" * _WIDE + "01"


def _plain(data: str) -> list[str]:
    """The characters of Code 128 data with code sets in braces."""
    out, at, code = [], 0, "B"
    while at < len(data):
        if data[at] == "{" and at + 1 < len(data):
            code = data[at + 1] if data[at + 1] in "ABC" else code
            out += ["{"] if data[at + 1] == "{" else []
            at += 2
            continue
        out.append(f"{ord(data[at]):02d}" if code == "C" else data[at])
        at += 1
    return out


def _elements(data: str) -> str:
    """The elements of GS1-128, without the parentheses that people read."""
    found = re.findall(r"\((\d{2,4})\)([^(]*)", data)
    if not found:
        return data
    ends = ["" if _GS1_FIXED.match(identifier) else _FNC1_CHAR for identifier, _ in found[:-1]]
    return "".join(identifier + value + end for (identifier, value), end in zip(found, [*ends, ""], strict=True))


def _code128(data: str, *, gs1: bool) -> str:
    text = "".join(_plain(data)) if data[:1] == "{" and data[1:2] in {"A", "B", "C"} else data
    values: list[int] = []
    current = ""
    at = 0
    while at < len(text):
        digits = len(text[at:]) - len(text[at:].lstrip("0123456789"))
        if digits >= 4 or (current == "C" and digits >= 2):
            current = _switch(values, current, "C", gs1=gs1)
            values.append(int(text[at : at + 2]))
            at += 2
        elif text[at] == _FNC1_CHAR:
            values.append(_FNC1)
            at += 1
        else:
            value = ord(text[at])
            needed = "A" if value < 0x20 else "B" if value >= 0x60 or current != "A" else "A"
            current = _switch(values, current, needed, gs1=gs1)
            values.append(value + 64 if value < 0x20 else value - 32)
            at += 1
    check = (values[0] + sum(n * value for n, value in enumerate(values))) % 103
    widths = "".join(_CODE128[value] for value in (*values, check, _STOP))
    return "".join("10"[n % 2] * int(width) for n, width in enumerate(widths))


def _switch(values: list[int], current: str, wanted: str, *, gs1: bool) -> str:
    if not current:
        values.append({"A": _START_A, "B": _START_B, "C": _START_C}[wanted])
        if gs1:
            values.append(_FNC1)
    elif current != wanted:
        values.append({"A": _TO_A, "B": _TO_B, "C": _TO_C}[wanted])
    return wanted
