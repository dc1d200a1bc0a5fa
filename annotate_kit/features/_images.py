"""Pictures from the bytes of files, alike for every entry that takes images."""

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL import Image


def decoded(content: bytes, mode: str, side: int) -> "Image.Image | None":
    """Upright, on white where it is transparent, in "L" or "RGB"; None when it cannot be decoded.

    It is decoded no larger than is needed to scale it to `side` pixels.
    """
    from PIL import Image, ImageOps

    try:
        image: Image.Image = Image.open(io.BytesIO(content))
        image.draft(mode, (2 * side, 2 * side))
        image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I;16") or image.mode == "I":
            grey = (np.asarray(image).astype(np.float32) / 257).clip(0, 255).astype(np.uint8)
            return Image.fromarray(grey).convert(mode)
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        return image.convert(mode)
    except Exception:  # on broken files Pillow's decoders raise nearly anything, and a round must not fail by one image
        return None


def resized(image: "Image.Image", side: int) -> NDArray[np.float32]:
    """(side, side), with a third axis for colours: 0 … 1. The proportions of the picture are lost."""
    from PIL import Image

    if image.size != (side, side):
        image = image.resize((side, side), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def coloured(contents: list[bytes], side: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(n, side, side, 3) red, green and blue, 0 … 1, and which could be decoded; the others are black."""
    pixels = np.zeros((len(contents), side, side, 3), dtype=np.float32)
    is_decoded = np.zeros(len(contents), dtype=bool)
    for place, content in enumerate(contents):
        if (image := decoded(content, "RGB", side)) is not None:
            pixels[place] = resized(image, side)
            is_decoded[place] = True
    return pixels, is_decoded
