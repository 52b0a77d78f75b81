import io
import struct
import zlib

import pytest
from PIL import Image

from recsys.pictures.opening import opened
from recsys.pictures.unusable import Unusable
from tests.pictures.tiny import content, drawing

RED, BLUE = (255, 0, 0), (0, 0, 255)
MOST = 10_000


def reason(file: bytes) -> str:
    with pytest.raises(Unusable) as caught:
        opened(file, MOST)
    return caught.value.reason


def declared(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header says how large it is."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_four_formats_are_opened(kind: str) -> None:
    image = opened(content(drawing(RED), kind), MOST)
    assert (image.mode, image.size) == ("RGB", (40, 40))
    assert image.getpixel((20, 20))[0] > 240  # type: ignore[index]


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "PPM", "ICO", "PDF"])
def test_other_formats_are_not(kind: str) -> None:
    assert reason(content(drawing(RED), kind)) == "broken"


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    file = content(drawing(RED), kind, save_all=True, append_images=[drawing(BLUE)], lossless=True)
    with Image.open(io.BytesIO(file)) as animated:
        assert animated.n_frames == 2  # type: ignore[attr-defined]
    assert opened(file, MOST).getpixel((5, 5)) == RED


@pytest.mark.parametrize("size", [(60_000, 60_000), (20_000, 5_000), (101, 100), (2_000_000_000, 2_000_000_000)])
def test_a_bomb_is_too_large_by_its_header(size: tuple[int, int]) -> None:
    assert reason(declared(*size)) == "too large"


def test_a_strip_that_scaling_would_blow_up_is_too_large() -> None:
    assert reason(content(drawing(RED, (2100, 1)))) == "too large"
    assert opened(content(drawing(RED, (200, 10))), MOST).size == (200, 10)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_truncated_picture_is_broken(kind: str) -> None:
    file = content(Image.effect_noise((60, 60), 80).convert("RGB"), kind)
    assert reason(file[: len(file) // 2]) == "broken"


@pytest.mark.parametrize("file", [b"", b"hello", b"<svg xmlns='http://www.w3.org/2000/svg'/>", declared(10, 10)])
def test_what_is_no_picture_is_broken(file: bytes) -> None:
    assert reason(file) == "broken"


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (10, 10), (*RED, 0))
    clear.putpixel((5, 5), (*RED, 255))
    for kind in ("PNG", "WEBP"):
        image = opened(content(clear, kind, lossless=True), MOST)
        assert (image.getpixel((0, 0)), image.getpixel((5, 5))) == ((255, 255, 255), RED)


def test_a_photograph_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert opened(content(drawing(RED, (40, 20)), "JPEG", exif=exif), MOST).size == (20, 40)
