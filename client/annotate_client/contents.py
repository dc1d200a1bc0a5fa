"""Between what Python has (texts, tables, arrays, images) and what items hold."""

import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np


def records(features: Any, ids: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """One record per feature: `{text}` of a str, `{image}` of an image, `{data}` of a row of numbers or of a table.

    `features` may be a list of texts, dicts, PIL images or image arrays, a DataFrame (row by row), or an array: n × d
    becomes n rows of d numbers, n × h × w (grey) and n × h × w × 3 or 4 (colour) become n images.
    ValueError when `ids` are not as many, TypeError for a feature of another kind.
    """
    rows = list(_rows(features))
    if ids is not None and len(ids) != len(rows):
        raise ValueError(f"{len(rows)} features and {len(ids)} ids; there must be as many")
    for place, row in enumerate(rows):
        record = _content(row)
        if ids is not None:
            record["external_id"] = str(ids[place])
        yield record


def features_of(items: Iterable[dict[str, Any]], image: Any) -> Any:
    """The other way round: texts as a list, images as one array if they are of one size, data as an array where all
    of it is numbers and as a list of dicts else. `image` fetches an image's bytes by its address."""
    contents = [_feature(item, image) for item in items]
    if contents and all(isinstance(content, np.ndarray) for content in contents):
        shapes = {content.shape for content in contents}
        return np.stack(contents) if len(shapes) == 1 else contents
    if contents and all(isinstance(content, dict) and _all_numbers(content) for content in contents):
        return np.array([list(content.values()) for content in contents], dtype=float)
    return contents


def _rows(features: Any) -> Iterable[Any]:
    if hasattr(features, "to_dict") and hasattr(features, "columns"):  # a DataFrame, without importing pandas
        return features.to_dict(orient="records")
    if isinstance(features, str | bytes):
        raise TypeError("features must be a list; this is a single text")
    if isinstance(features, np.ndarray) and features.ndim > 2:
        return _grey_levels(features)
    return features


def _content(row: Any) -> dict[str, Any]:
    if isinstance(row, str):
        return {"text": row}
    if isinstance(row, dict):
        return {"data": {str(name): _plain(value) for name, value in row.items()}}
    if hasattr(row, "save") and hasattr(row, "size"):  # a PIL image
        return {"image": _data_url(row)}
    array = np.asarray(row)
    if array.ndim == 1 and array.dtype.kind in "biuf":
        return {"data": {f"x{place}": _plain(value) for place, value in enumerate(array)}}
    if array.ndim in (2, 3) and array.dtype.kind in "biuf":
        return {"image": _data_url(_picture(array))}
    raise TypeError(f"a feature is a text, a dict, an image, or an array of numbers, not {type(row).__name__}")


def _picture(array: np.ndarray) -> Any:
    """A PIL image of an h × w (× 3 or 4) array."""
    from PIL import Image

    return Image.fromarray(_grey_levels(array))


def _grey_levels(array: np.ndarray) -> np.ndarray:
    """Numbers that are no bytes are stretched to 0…255, all images of an array alike."""
    if array.dtype == np.uint8:
        return array
    low, high = float(array.min()), float(array.max())
    return np.round((array - low) * (255 / (high - low or 1))).astype(np.uint8)


def _data_url(image: Any) -> str:
    png = io.BytesIO()
    image.save(png, "PNG")
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()


def _feature(item: dict[str, Any], image: Any) -> Any:
    if item.get("text") is not None:
        return item["text"]
    if item.get("data") is not None:
        return item["data"]
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(image(item["image"]))))


def _all_numbers(content: dict[str, Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in content.values())


def _plain(value: Any) -> Any:
    """A value that JSON knows: numbers of NumPy as Python's, what is not a number as null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, str | int | float | bool | list | dict | None) else str(value)
