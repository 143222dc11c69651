"""Images: any PNG becomes dots no wider than the paper, and none is unpacked that is too large."""

from __future__ import annotations

import base64
import contextlib
import io
import random
import struct
import time
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from readers_bridge.errors import CommandError
from readers_bridge.families.star.printing import Paper, receipt
from tests.bridge.star.printing import tokens
from tests.bridge.star.printing.papers import DOT, ESC_POS, GRAPHIC, STAR_LINE


def base64_png(image: Image.Image, **options: Any) -> str:
    file = io.BytesIO()
    image.save(file, "PNG", **options)
    return base64.b64encode(file.getvalue()).decode()


def rows(paper: Paper, line: dict[str, Any]) -> list[bytes]:
    found = tokens.star(receipt(paper, [line]).data)
    data = b"".join(token.data.split(b" ", 1)[1] for token in found if token.name == "raster")
    stride = paper.dots // 8
    return [data[start : start + stride] for start in range(0, len(data), stride)]


@pytest.mark.parametrize("paper", [STAR_LINE, GRAPHIC], ids=lambda paper: paper.emulation)
@pytest.mark.parametrize(("align", "at"), [("left", 0), ("center", 35), ("right", 70)])
def test_a_small_black_image_keeps_its_size(paper: Paper, align: str, at: int) -> None:
    drawn = rows(paper, {"image": base64_png(Image.new("L", (16, 4), 0)), "align": align})
    assert drawn == [bytes(at) + b"\xff\xff" + bytes(70 - at)] * 4


def test_a_wide_image_is_scaled_down() -> None:
    drawn = rows(STAR_LINE, {"image": base64_png(Image.new("L", (1152, 100), 0))})
    assert len(drawn) == 50
    assert all(row == b"\xff" * 72 for row in drawn)


@pytest.mark.parametrize(
    "image",
    [
        Image.new("1", (16, 4), 0),
        Image.new("RGB", (16, 4), "black"),
        Image.new("RGBA", (16, 4), (0, 0, 0, 255)),
        Image.new("LA", (16, 4), (0, 255)),
        Image.new("P", (16, 4), 0),
        Image.new("I;16", (16, 4), 1000),
    ],
    ids=lambda image: image.mode,
)
def test_black_in_every_mode(image: Image.Image) -> None:
    if image.mode == "P":
        image.putpalette([0, 0, 0] * 256)
    assert rows(STAR_LINE, {"image": base64_png(image)})[0] == b"\xff\xff" + bytes(70)


@pytest.mark.parametrize(
    "image",
    [Image.new("RGBA", (16, 4), (0, 0, 0, 0)), Image.new("LA", (16, 4), (0, 0)), Image.new("I;16", (16, 4), 65535)],
    ids=lambda image: image.mode,
)
def test_transparent_and_white_are_white(image: Image.Image) -> None:
    assert rows(STAR_LINE, {"image": base64_png(image)})[0] == bytes(72)


def test_a_transparent_colour_of_a_palette_is_white() -> None:
    image = Image.new("P", (16, 4), 0)
    image.putpalette([0, 0, 0] * 256)
    assert rows(STAR_LINE, {"image": base64_png(image, transparency=0)})[0] == bytes(72)


def test_grey_is_dithered() -> None:
    drawn = b"".join(rows(STAR_LINE, {"image": base64_png(Image.new("L", (576, 100), 128))}))
    assert 0.45 < int.from_bytes(drawn).bit_count() / (576 * 100) < 0.55


def test_in_esc_pos_an_image_goes_in_bands() -> None:
    found = tokens.esc_pos(receipt(ESC_POS, [{"image": base64_png(Image.new("L", (512, 300), 0))}]).data)
    assert [token.data[:4] for token in found] == [b"\x40\x00\xff\x00", b"\x40\x00\x2d\x00"]
    assert all(set(token.data[4:]) == {0xFF} for token in found)


def test_after_an_image_the_code_page_is_selected_again() -> None:
    found = tokens.star(receipt(STAR_LINE, ["é", {"image": base64_png(Image.new("1", (8, 1)))}, "é"]).data)
    assert [token.name for token in found] == [
        "code page",
        "text",
        "line feed",
        "raster",
        "code page",
        "text",
        "line feed",
    ]


def test_a_data_url() -> None:
    assert rows(STAR_LINE, {"image": "data:image/png;base64," + base64_png(Image.new("L", (8, 1), 0))})


def test_two_megabytes() -> None:
    noise = Image.frombytes("RGB", (800, 860), random.Random(5).randbytes(800 * 860 * 3))
    image = base64_png(noise)
    assert len(image) * 3 // 4 > 2_000_000
    start = time.perf_counter()
    assert len(rows(GRAPHIC, {"image": image})) == 619
    assert time.perf_counter() - start < 10


def bomb(wide: int, high: int) -> str:
    """A PNG file that says it is so large."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (bomb(50_000, 50_000), "scale it down"),
        (bomb(2**31 - 1, 2**31 - 1), "scale it down|cannot be read"),
        (bomb(4_000, 3_001), "scale it down"),
        (bomb(1_000, 1_000), "cannot be read"),
        (bomb(0, 0), "cannot be read"),
        (bomb(100, 8_001), "shorter|cannot be read"),
        (base64_png(Image.new("1", (10, 8_001))), "use a shorter one"),
        (base64.b64encode(b"\x89PNG\r\n\x1a\n").decode(), "cannot be read"),
        (base64.b64encode(b"GIF89a").decode(), "PNG image in Base64"),
        (base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(4_000_000)).decode(), "use smaller images"),
    ],
)
def test_images_that_are_refused(image: str, words: str) -> None:
    with pytest.raises(CommandError, match=words) as caught:
        receipt(STAR_LINE, ["x", {"image": image}])
    assert (caught.value.status, caught.value.path) == ("invalid", "lines.1.image")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_file_is_refused_or_printed(data: st.DataObject) -> None:
    whole = bytearray(base64.b64decode(base64_png(Image.linear_gradient("L").resize((40, 40)))))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    del whole[data.draw(st.integers(8, len(whole))) :]
    line = {"image": base64.b64encode(bytes(whole)).decode()}
    with contextlib.suppress(CommandError):  # anything else is a fault
        receipt(STAR_LINE, [line])


def test_dot_printers_print_no_images() -> None:
    with pytest.raises(CommandError) as caught:
        receipt(DOT, [{"image": base64_png(Image.new("1", (8, 1)))}])
    assert (caught.value.code, caught.value.path) == ("not_supported", "lines.0.image")
