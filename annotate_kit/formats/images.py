"""Is this an image, and may we decode it?"""

import io

MAX_IMAGE_BYTES = 20 * 2**20
MAX_IMAGE_PIXELS = 40_000_000
IMAGE_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


def check_image(image: bytes) -> tuple[str, int, int]:
    """(format, width, height), judged by the content alone. ValueError, for people, when it is no image or too big.

    The header is read and the file's own checks are run; the pixels are not decoded.
    """
    from PIL import Image

    if len(image) > MAX_IMAGE_BYTES:
        raise ValueError(f"the image has {len(image) / 2**20:.1f} MB, at most {MAX_IMAGE_BYTES >> 20} MB are read")
    try:
        with Image.open(io.BytesIO(image), formats=IMAGE_FORMATS) as opened:
            width, height = opened.size
            if width * height <= MAX_IMAGE_PIXELS:
                opened.verify()
    except Image.DecompressionBombError:
        raise ValueError(_too_many_pixels("far more")) from None
    except Exception:  # on broken files Pillow's decoders raise nearly anything
        raise ValueError(f"this is no image that can be shown; {', '.join(IMAGE_FORMATS)} can") from None
    if width * height > MAX_IMAGE_PIXELS:
        raise ValueError(_too_many_pixels(f"{width} × {height}"))
    kind = opened.format or ""
    return ("JPEG" if kind == "MPO" else kind), width, height  # MPO: a telephone's JPEG with a preview behind it


def _too_many_pixels(found: str) -> str:
    return f"the image has too many pixels: {found}; at most {MAX_IMAGE_PIXELS // 10**6} million are decoded"
