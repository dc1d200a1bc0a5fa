"""Images."""

from typing import Any

from django.core.files.storage import default_storage
from PIL import Image, UnidentifiedImageError

TINY = 64  # pixels: below, a picture is scaled up in squares, without blur

place = 2
about = "Photographs, scans, drawings"
column = "image"
role = "image"
features = "image_pixels"


def sent(item_id: int, name: str) -> str:
    return picture(item_id)


def shown(name: str) -> dict[str, Any]:
    return {"tiny": _is_tiny(name)}


def _is_tiny(name: str) -> bool:
    try:
        with default_storage.open(name) as file, Image.open(file) as picture:
            return max(picture.size) <= TINY
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return False


def for_model(name: str) -> bytes:
    """Empty when the file is missing, which features take as an image that cannot be decoded."""
    try:
        with default_storage.open(name) as file:
            return bytes(file.read())
    except FileNotFoundError:
        return b""


def glimpse(name: str) -> str:
    return ""


def picture(item_id: int) -> str:
    return f"/items/{item_id}/image/"
