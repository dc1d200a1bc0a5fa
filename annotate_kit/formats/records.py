"""What a file holds: records, and the rows that are none.

`clean` is the one place that decides whether a mapping is a record. What only a project can know (its
labels, an `external_id` given twice) is for the importer to check.
"""

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import orjson

MAX_RECORD_BYTES = 32 * 2**20
MAX_EXTERNAL_ID = 200
MAX_VOTES_WANTED = 100
MAX_MODEL = 100
"""Characters of a model's name."""
OF_EXPORTED_ANNOTATIONS = ("created_at", "origins")
"""What our exports say of an annotation beside what is read of it."""
PREDICTED = ("value", "proba", "parts", "score")
"""What a model says of an item, one of the first three at least."""


class Record(NamedTuple):
    """One thing to be labelled: exactly one of `text`, `image` and `data` is given, the rest may be None."""

    row: int  # its number in the file, from 1
    external_id: str | None = None
    text: str | None = None
    image: bytes | None = None  # the file's bytes; `images.check_image` says whether they are an image
    image_name: str | None = None
    data: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    votes_wanted: int | None = None
    gold: Any = None
    annotations: list[dict[str, Any]] | None = None  # each {annotator, value, seconds?}
    predictions: list[dict[str, Any]] | None = None  # each {model, value? proba? parts? score?}


class Unreadable(ValueError):
    """The file, or the rest of it, cannot be read. The message is for the person who sent it."""


class Rejected(NamedTuple):
    """A row of which nothing is stored; `error` says what would be right. `external_id` only if it was a good one."""

    row: int
    external_id: str | None
    error: str


def clean(row: int, mapping: Any) -> Record | Rejected:
    """The record that `mapping` describes, or why it is none. null counts as not given. Never raises."""
    fields = {}
    try:
        if type(mapping) is not dict:
            raise ValueError(f'a record is an object such as {{"text": "…"}}, this is {_kind(mapping)}')
        for name, value in mapping.items():
            if (clean_field := _FIELDS.get(name)) is None:
                raise ValueError(f"unknown field {shown(name)}; a record has {', '.join(_FIELDS)}")
            if value is not None:
                fields[name] = clean_field(value)
        if ("text" in fields) + ("image" in fields) + ("data" in fields) != 1:
            raise ValueError(_which_content(fields))
        return Record(row, **fields)
    except ValueError as error:
        return Rejected(row, known_id(mapping), str(error))


def with_values(record: Record, **values: Any) -> Record:
    """The record with these of its fields, where they are not None. ValueError for one that no record has."""
    return record._replace(**{name: _FIELDS[name](value) for name, value in values.items() if value is not None})


def known_id(mapping: Any) -> str | None:
    """The `external_id` of a mapping that may be wrong in any way, or None."""
    try:
        return clean_external_id(mapping["external_id"])
    except (ValueError, TypeError, LookupError):
        return None


def clean_external_id(value: Any) -> str:
    if type(value) is int:
        value = str(value)
    if type(value) is not str:
        raise ValueError(f"external_id must be a string or an integer, this is {_kind(value)}")
    if not value or value.isspace():
        raise ValueError("external_id is empty; leave it out or give each record its own")
    if len(value) > MAX_EXTERNAL_ID:
        raise ValueError(f"external_id has {len(value)} characters, at most {MAX_EXTERNAL_ID} are kept")
    return _storable(value, "external_id")


def too_large(size: int) -> str:
    return f"the record has {size / 2**20:,.1f} MB, at most {MAX_RECORD_BYTES >> 20} MB are read"


def shown(value: object) -> str:
    """A value as an error quotes it: short, and without characters that a terminal or a database refuses."""
    text = ascii(value) if not str(value).isprintable() else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError(f"text must be a string, this is {_kind(value)}")
    if not value or value.isspace():
        raise ValueError("text is empty; a record needs something to read")
    return _storable(value, "text")


def _image(value: Any) -> bytes:
    """Bytes as they are (Parquet), or decoded from a `data:` URL or base64."""
    if type(value) is str:
        value = _decoded(value)
    if type(value) is not bytes:
        raise ValueError(f"image must be a data: URL or a base64 string, this is {_kind(value)}")
    if not value:
        raise ValueError("image is empty; give the file's bytes as a data: URL or in base64")
    return value


def _decoded(value: str) -> bytes:
    if value.startswith("data:"):
        head, comma, value = value.partition(",")
        if not comma or not head.endswith(";base64"):
            raise ValueError("image must look like data:image/png;base64,… (percent-encoded data is not read)")
    elif value.startswith(("http:", "https:")):
        raise ValueError("image is an address, and nothing is fetched; send the file as a data: URL or in base64")
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("image is not valid base64; give a data: URL or the file's bytes in base64") from None


def _data(value: Any) -> dict[str, Any]:
    if not _object(value, "data"):
        raise ValueError("data is empty; give at least one field to show")
    return value


def _meta(value: Any) -> dict[str, Any]:
    return _object(value, "meta")


def _votes_wanted(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= MAX_VOTES_WANTED:
        raise ValueError(f"votes_wanted must be an integer from 1 to {MAX_VOTES_WANTED}, this is {shown(value)}")
    return value


def _gold(value: Any) -> Any:
    return _storable(value, "gold") if type(value) is str else _storable_json(value, "gold")


def _annotations(value: Any) -> list[dict[str, Any]]:
    if type(value) is not list:
        raise ValueError(f"annotations must be a list of {{annotator, value, seconds?}}, this is {_kind(value)}")
    for annotation in value:
        _check_annotation(annotation)
    return _storable_json(value, "annotations")


def _check_annotation(annotation: Any) -> None:
    if type(annotation) is not dict or annotation.get("value") is None:
        raise ValueError("an annotation given with a record is an object {annotator, value, seconds?}")
    if unknown := annotation.keys() - {"annotator", "value", "seconds", *OF_EXPORTED_ANNOTATIONS}:
        raise ValueError(
            f"unknown field {shown(min(unknown, key=str))} in annotations; known are annotator, value, seconds"
        )
    annotator, seconds = annotation.get("annotator"), annotation.get("seconds")
    if type(annotator) is not str or not annotator or annotator.isspace():
        raise ValueError(f"annotator must be a user's name, this is {shown(annotator)}")
    if seconds is not None and (type(seconds) not in (int, float) or not 0 <= seconds < math.inf):
        raise ValueError(f"seconds must be a number of at least 0, this is {shown(seconds)}")


def _predictions(value: Any) -> list[dict[str, Any]]:
    if type(value) is not list:
        raise ValueError(f"predictions must be a list of {_PREDICTION}, this is {_kind(value)}")
    for prediction in value:
        check_prediction(prediction)
    if len({prediction["model"] for prediction in value}) < len(value):
        raise ValueError("predictions has two values of one model; an item takes one of each")
    return _storable_json(value, "predictions")


_PREDICTION = '{"model": its name, up to 100 characters, "value", "proba" or "parts": …, "score"?: …}'


def check_prediction(prediction: Any) -> None:
    """ValueError where this is none; whether it fits a project, its labels say."""
    if type(prediction) is not dict or not prediction.keys() <= {"model", *PREDICTED}:
        raise ValueError(f"a prediction is {_PREDICTION}; one of them is {shown(prediction)}")
    if all(prediction.get(name) is None for name in ("value", "proba", "parts")):
        raise ValueError(f"a prediction is {_PREDICTION}; one of them is {shown(prediction)}")
    model = prediction.get("model")
    if type(model) is not str or not model.strip() or len(model) > MAX_MODEL:
        raise ValueError(f"a prediction is {_PREDICTION}; one model is {shown(model)}")


def without_prediction(model: str, error: object) -> str:
    """What is reported of an item that came in without what this model says of it."""
    return f"the prediction of {shown(model)} is left out: {error}"


def _object(value: Any, name: str) -> dict[str, Any]:
    if type(value) is not dict:
        raise ValueError(f"{name} must be an object such as {{…}}, this is {_kind(value)}")
    return _storable_json(value, name)


def _storable(value: str, name: str) -> str:
    """PostgreSQL keeps every character but NUL, and UTF-8 knows no half of a surrogate pair."""
    if "\0" in value:
        raise ValueError(f"{name} has the character U+0000, which cannot be stored; remove it")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"{name} has half of a surrogate pair at character {error.start + 1}; remove it") from None
    return value


_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def _storable_json(value: Any, name: str) -> Any:
    try:
        written = orjson.dumps(value)
    except TypeError as error:
        raise ValueError(f"{name} cannot be written as JSON: {error}") from None
    if b"\\u0000" in written and _ESCAPED_NUL.search(written):
        raise ValueError(f"{name} has the character U+0000, which cannot be stored; remove it")
    return value


def _which_content(fields: dict[str, Any]) -> str:
    present = [name for name in ("text", "image", "data") if name in fields]
    return f"a record has exactly one of text, image and data, this has {' and '.join(present) or 'none'}"


def _kind(value: Any) -> str:
    """What a wrong value is, in JSON's words."""
    return _KINDS.get(type(value), f"a {type(value).__name__}")


_KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a number",
    float: "a decimal number",
    bool: "true or false",
    bytes: "bytes",
    type(None): "null",
}

_FIELDS: dict[str, Callable[[Any], Any]] = {
    "external_id": clean_external_id,
    "text": _text,
    "image": _image,
    "data": _data,
    "meta": _meta,
    "votes_wanted": _votes_wanted,
    "gold": _gold,
    "annotations": _annotations,
    "predictions": _predictions,
}
FIELDS = tuple(_FIELDS)
