"""From the bytes of a picture to its pixels, with bounds on what a small file may unfold to."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from recsys.pictures.unusable import Unusable

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MAX_RATIO = 20
"""Of the long side to the short one: a model scales the short side up to its size, and the long one with it."""


def opened(content: bytes, max_pixels: int) -> Image.Image:
    """The picture in RGB, upright, on white where it is transparent; the first frame of an animated picture.

    Raises `Unusable` for another format, a broken or truncated file, and more than `max_pixels` pixels, which are
    counted from the header, before any of them is decoded.
    """
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
        if image.width * image.height > max_pixels or max(image.size) > MAX_RATIO * min(image.size):
            raise Unusable("too large")
        return _plain(image)
    except Unusable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unusable("too large") from None
    except Exception:  # decoders of broken files raise whatever they come to
        raise Unusable("broken") from None


def _plain(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    if not upright.has_transparency_data:
        return upright.convert("RGB")
    drawn = upright.convert("RGBA")
    ground = Image.new("RGBA", drawn.size, "white")
    return Image.alpha_composite(ground, drawn).convert("RGB")
