"""Is this an image, and may we decode it?"""

import io
from contextlib import suppress
from typing import Any

MAX_IMAGE_BYTES = 20 * 2**20
MAX_IMAGE_PIXELS = 40_000_000
MAX_ANIMATION_PIXELS = 200_000_000  # of all frames together
MAX_FRAMES = 10_000
IMAGE_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


def check_image(image: bytes) -> tuple[str, int, int]:
    """(format, width, height), judged by the content alone. ValueError, for people, when it is no image or too big.

    Width and height are as it is seen: a photograph that its EXIF data turn by a quarter has them exchanged.
    The header is read and the file's own checks are run; the pixels are not decoded.
    """
    from PIL import Image

    if len(image) > MAX_IMAGE_BYTES:
        raise ValueError(f"the image has {len(image) / 2**20:.1f} MB, at most {MAX_IMAGE_BYTES >> 20} MB are read")
    frames = 1
    try:
        with Image.open(io.BytesIO(image), formats=IMAGE_FORMATS) as opened:
            width, height = reversed(opened.size) if _lies_on_its_side(opened) else opened.size
            frames = gif_frames(image) if opened.format == "GIF" else _declared_frames(opened)
            if width * height <= MAX_IMAGE_PIXELS:
                opened.verify()
    except Image.DecompressionBombError:
        raise ValueError(_too_many_pixels("far more")) from None
    except Exception:  # on broken files Pillow's decoders raise nearly anything
        raise ValueError(f"this is no image that can be shown; {', '.join(IMAGE_FORMATS)} can") from None
    if width * height > MAX_IMAGE_PIXELS:
        raise ValueError(_too_many_pixels(f"{width} × {height}"))
    if frames > MAX_FRAMES or width * height * frames > MAX_ANIMATION_PIXELS:
        raise ValueError(
            f"the image has too many frames: {width} × {height} pixels in {_frames_in_words(frames)}; at most "
            f"{MAX_ANIMATION_PIXELS // 10**6} million pixels and {MAX_FRAMES:,} frames are shown"
        )
    kind = opened.format or ""
    return ("JPEG" if kind == "MPO" else kind), width, height  # MPO: a telephone's JPEG with a preview behind it


def _lies_on_its_side(opened: Any) -> bool:
    """Whether browsers turn it by a quarter. Data that cannot be read turn nothing."""
    if opened.format not in ("JPEG", "MPO", "WEBP", "TIFF"):
        return False
    with suppress(Exception):  # on broken data Pillow raises nearly anything
        return opened.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
    return False


_ORIENTATION = 0x0112


def _too_many_pixels(size: str) -> str:
    return f"the image has too many pixels: {size}; at most {MAX_IMAGE_PIXELS // 10**6} million are decoded"


def _frames_in_words(frames: int) -> str:
    return f"more than {MAX_FRAMES:,} frames" if frames > MAX_FRAMES else f"{frames:,} frames"


def _declared_frames(opened: Any) -> int:
    """Of the formats that browsers show as animations. TIFF can have pages, of which the first is shown."""
    return getattr(opened, "n_frames", 1) if opened.format in ("PNG", "WEBP") else 1


def gif_frames(image: bytes) -> int:
    """How many frames a GIF has, counted to `MAX_FRAMES` and one more: Pillow takes a minute for a million."""
    at, frames = 13 + _colours(image[10]), 0
    with suppress(IndexError):  # it ends within a frame; browsers show what is there
        while image[at] != _TRAILER and frames <= MAX_FRAMES:
            block = image[at]
            if block == _FRAME:
                frames += 1
                at = _after_blocks(image, at + 11 + _colours(image[at + 9]))
            else:
                at = _after_blocks(image, at + 2) if block == _EXTENSION else at + 1
    return frames


_FRAME, _EXTENSION, _TRAILER = b",!;"


def _colours(flags: int) -> int:
    """The length of the table of colours that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(image: bytes, at: int) -> int:
    while length := image[at]:
        at += length + 1
    return at + 1
