"""Label Studio's tasks in JSON.

Texts have results of type `labels`, and relations between them; pictures of type `rectanglelabels`, `polygonlabels` and
`keypointlabels`, in per cent. Keypoints whose `parentID` is a rectangle are the joints of one object, which has the
rectangle's label; a joint that is noted to be "hidden" (`meta.text`) is. An annotation is `ground_truth`, or of the
person whom `completed_by` names. Offsets in texts are UTF-16 units, as Label Studio's screen counts them; where a
result's own text tells that they are code points, they are read so.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

import orjson

from annotate_kit.formats.records import Rejected, shown
from annotate_kit.merging.spans import relations_of

from ._example import Example, Value, bare, need_size, parts_of, rows
from ._files import PICTURES, json_object, json_rows

takes = frozenset({"spans", "boxes", "polygons", "points", "keypoints"})
suffix = ".json"

ID = "external_id"
HIDDEN = "hidden"
"""What is noted of a joint that is covered by something."""
PICTURE = ("image", "img", "url")
SHAPES = ("rectanglelabels", "polygonlabels", "keypointlabels")
READ = ("labels", *SHAPES)
Joints = dict[str, dict[str, list[Any]]]
"""The joints of each object, by the id of its rectangle."""


def recognises(row: Mapping[str, Any]) -> bool:
    done = row.get("annotations")
    return (
        isinstance(row.get("data"), dict)
        and isinstance(done, list)
        and any(isinstance(entry, dict) and "result" in entry for entry in done)
    )


def read(files: Mapping[str, bytes], kind: str | None = None) -> Iterator[Example | Rejected]:
    """`kind` is the kind of shape that is wanted of objects, which are boxes, keypoints and points at once."""
    return rows(json_rows(files), lambda number, row: _example(number, row, kind), _name)


def _name(row: Any) -> Any:
    """What a task is called that cannot be read, as far as that can be told."""
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        task = json_object(row)
        return task["data"].get(ID) or next(filter(None, map(task["data"].get, PICTURE)), task.get("id"))
    return None


def _example(number: int, row: Any, kind: str | None) -> Example:
    task = json_object(row)
    data = task.get("data")
    if not isinstance(data, dict):
        raise ValueError('a task is {"data": {"text" or "image": …}, "annotations": […]}; this has no data')
    done = [annotation for annotation in task.get("annotations", []) if not annotation.get("was_cancelled")]
    results = [annotation.get("result", []) for annotation in done]
    text, image = _content(data, results)
    width, height = _size(task.get("meta") or {}, results)
    value, annotations = None, []
    for annotation, result in zip(done, results, strict=True):
        parts = _value(result, text, kind)
        if annotation.get("ground_truth"):
            value = parts
        else:
            annotations.append({"annotator": _person(annotation.get("completed_by")), "value": parts})
    external_id = data.get(ID) or (image if text is None else task.get("id"))
    name = str(number if external_id is None else external_id)
    return Example(name, text, width, height, value, annotations, is_numbered=external_id is None)


def _content(data: dict[str, Any], results: list[Any]) -> tuple[str | None, str | None]:
    """The text, or the picture's name: the field that results refer to is not named in them, so what fits them."""
    entries = [entry for result in results for entry in result]
    strings = {name: value for name, value in data.items() if isinstance(value, str) and name != ID}
    picture = next((strings[name] for name in PICTURE if name in strings), None)
    if any("original_width" in entry or entry.get("type") in SHAPES for entry in entries):
        picture = picture or next((value for value in strings.values() if _is_picture(value)), None)
    elif "text" in data or any(entry.get("type") == "labels" for entry in entries):
        picture = None
    if picture is not None:
        return None, picture
    text = data["text"] if "text" in data else _text(strings, entries)
    if not isinstance(text, str):
        raise ValueError(f"data must have a text or an image; it has {', '.join(data) or 'nothing'}")
    return text, None


def _is_picture(address: str) -> bool:
    return PurePosixPath(address.partition("&")[0].partition("?X-")[0]).suffix.lower() in PICTURES


def _text(strings: dict[str, str], entries: list[dict[str, Any]]) -> str | None:
    """The only string, or the only one that has what is labelled where it is labelled."""
    if len(strings) == 1:
        return next(iter(strings.values()))
    values = [entry["value"] for entry in entries if entry.get("type") == "labels" and "text" in entry["value"]]
    fitting = [text for text in strings.values() if values and all(_fits(text, value) for value in values)]
    return fitting[0] if len(fitting) == 1 else None


def _fits(text: str, value: dict[str, Any]) -> bool:
    try:
        _offsets(text, value)
    except ValueError:
        return False
    return True


def _size(meta: dict[str, Any], results: list[Any]) -> tuple[int | None, int | None]:
    for entry in (row for result in results for row in result):
        if entry.get("original_width") and entry.get("original_height"):
            return entry["original_width"], entry["original_height"]
    return meta.get("width"), meta.get("height")


def _person(completed_by: Any) -> str:
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("email") or completed_by.get("username") or completed_by.get("id")
    return "unknown" if completed_by is None else str(completed_by)


def _value(result: list[dict[str, Any]], text: str | None, kind: str | None) -> Value:
    objects = _objects(result)
    named = [
        (entry.get("id"), part)
        for entry in result
        if not _is_passed_over(entry, objects, kind)
        for part in _parts(entry, text, objects, kind)
    ]
    ends = [(entry["from_id"], entry["to_id"], label) for entry in result if entry.get("type") == "relation"
            for label in entry.get("labels") or ["related"]]  # fmt: skip
    if not ends or text is None:
        return [part for _, part in named]
    spans = [part if name is None else {"id": name, **part} for name, part in named]
    if several := {name for name, _ in named if name is not None and [n for n, _ in named].count(name) > 1}:
        raise ValueError(f"a span of a relation has one label; {shown(min(several))} has several")
    return {"spans": spans, "relations": [{"from": a, "to": b, "label": label} for a, b, label in ends]}


def _objects(result: list[dict[str, Any]]) -> Joints:
    rectangles = {entry.get("id") for entry in result if entry.get("type") == "rectanglelabels"} - {None}
    objects: Joints = {}
    for entry in result:
        if entry.get("type") == "keypointlabels" and entry.get("parentID") in rectangles:
            notes = (entry.get("meta") or {}).get("text") or []
            (x, y), joints = _point(entry), objects.setdefault(entry["parentID"], {})
            if (name := _label(entry)) in joints:
                raise ValueError(f"an object has each joint once; {entry['parentID']} has {shown(name)} twice")
            joints[name] = [x, y, 1 if HIDDEN in notes else 2]
    return objects


def _is_passed_over(entry: dict[str, Any], objects: Joints, kind: str | None) -> bool:
    """Joints, where objects are wanted or boxes; rectangles of objects, where points are."""
    if entry.get("type") == "keypointlabels":
        return entry.get("parentID") in objects and kind != "points"
    return entry.get("type") == "rectanglelabels" and entry.get("id") in objects and kind == "points"


def _label(entry: dict[str, Any]) -> str:
    (label, *_) = entry.get("value", {}).get(entry["type"]) or [None]
    if label is None:
        raise ValueError(f"a result of type {entry['type']} has no label: {shown(entry.get('value'))}")
    return str(label)


def _shape_of(value: dict[str, Any]) -> str:
    """What <Labels> name in a picture, beside <Rectangle>, <Polygon> or <KeyPoint>; of other values, text."""
    if "points" in value:
        return "polygonlabels"
    if "height" in value:
        return "rectanglelabels"
    return "keypointlabels" if "x" in value and "radiusX" not in value else "labels"


def _point(entry: dict[str, Any]) -> tuple[float, float]:
    return entry["value"]["x"] * entry["original_width"] / 100, entry["value"]["y"] * entry["original_height"] / 100


def _parts(entry: dict[str, Any], text: str | None, objects: Joints, wanted: str | None) -> Value:
    """A part for each label; none for what is no part of the value: choices and the like."""
    kind, labels = str(entry.get("type")), entry.get("value", {}).get(entry.get("type"))
    if kind not in READ:
        if kind.endswith("labels"):
            raise ValueError(f"a result of type {kind} is not read; {', '.join(READ)} are")
        return []
    first = _part(entry, kind, text, objects, wanted)
    return [{**first, "label": str(label)} for label in dict.fromkeys(labels or [_label(entry)])]


def _part(entry: dict[str, Any], kind: str, text: str | None, objects: Joints, wanted: str | None) -> dict[str, Any]:
    label, value = _label(entry), entry["value"]
    if kind == "labels" and text is None:
        kind = _shape_of(value)
    if kind == "labels":
        if text is None:
            raise ValueError("a result labels a stretch of text, and the task's data has no text")
        return {**_offsets(text, value), "label": label}
    width, height = entry["original_width"], entry["original_height"]
    if kind == "polygonlabels":
        return {"polygon": [[x * width / 100, y * height / 100] for x, y in value["points"]], "label": label}
    x, y = _point(entry)
    if kind == "keypointlabels":
        return {"point": [x, y], "label": label}
    if wanted != "boxes" and entry.get("id") in objects:
        return {"keypoints": objects[entry["id"]], "label": label}
    across, down = value["width"] * width / 100, value["height"] * height / 100
    if turn := value.get("rotation", 0):
        return {"polygon": _turned(x, y, across, down, turn), "label": label}
    return {"box": [x, y, x + across, y + down], "label": label}


def _turned(x: float, y: float, across: float, down: float, degrees: float) -> list[list[float]]:
    """The corners of a rectangle turned about its first one, clockwise."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [[x + dx * cos - dy * sin, y + dx * sin + dy * cos]
            for dx, dy in ((0, 0), (across, 0), (across, down), (0, down))]  # fmt: skip


def _offsets(text: str, value: dict[str, Any]) -> dict[str, int]:
    start, end, own = int(value["start"]), int(value["end"]), value.get("text")
    try:
        units = _from_utf16(text, start), _from_utf16(text, end)
    except ValueError:
        units = start, end
    for first, behind in (units, (start, end)):
        if own is None or text[first:behind] == own:
            return {"start": first, "end": behind}
    raise ValueError(f"at {start} to {end} the text has {shown(text[units[0] : units[1]])}, the result {shown(own)}")


def _from_utf16(text: str, units: int) -> int:
    """The code points in the first so many UTF-16 units; ValueError when the text is shorter or one is cut."""
    if text.isascii():
        return units
    data = text.encode("utf-16-le")
    if 2 * units > len(data):
        raise ValueError(f"the text has {len(data) // 2} UTF-16 units, not {units}")
    return len(data[: 2 * units].decode("utf-16-le"))


def write(examples: Iterable[Example]) -> bytes:
    return orjson.dumps([_task(number, example) for number, example in enumerate(examples, 1)])


def _task(number: int, example: Example) -> dict[str, Any]:
    data = {"text": example.text} if example.text is not None else {"image": example.external_id}
    meta = (
        {}
        if example.text is not None
        else dict(zip(("width", "height"), need_size(example, "Label Studio"), strict=True))
    )
    annotations: list[dict[str, Any]] = [
        {"completed_by": {"email": annotation["annotator"]}, "result": _results(example, annotation["value"])}
        for annotation in example.annotations
    ]
    if example.value is not None:
        annotations.append({"ground_truth": True, "result": _results(example, example.value)})
    return {"id": number, "data": {**data, ID: example.external_id}, "meta": meta, "annotations": annotations}


def _results(example: Example, value: Value) -> list[dict[str, Any]]:
    if example.text is not None:
        spans = [{**_labels(example.text, span), "id": f"s{n}"} for n, span in enumerate(bare(value))]
        return spans + [_relation(row) for row in relations_of(value)]
    width, height = need_size(example, "Label Studio")
    parts_of(Example(example.external_id, value=value), ("box", "polygon", "point", "keypoints"), "Label Studio")
    common = {"from_name": "label", "to_name": "image", "original_width": width, "original_height": height}
    shapes = [shape for n, part in enumerate(value) for shape in _shapes(part, width, height, f"s{n}")]
    return [{**common, "image_rotation": 0, **shape} for shape in shapes]


def _shapes(part: dict[str, Any], width: int, height: int, name: str) -> list[dict[str, Any]]:
    """Of keypoints the rectangle about them, then each; else one shape."""
    if "keypoints" not in part:
        return [{**_shape(part, width, height), "id": name}]
    across, down, _ = zip(*part["keypoints"].values(), strict=True)
    box = {"box": [min(across), min(down), max(across), max(down)], "label": part["label"]}
    shapes = [{**_shape(box, width, height), "id": name}]
    for number, (joint, (x, y, seen)) in enumerate(part["keypoints"].items()):
        point = _shape({"point": [x, y], "label": joint}, width, height)
        note = {"meta": {"text": [HIDDEN]}} if seen == 1 else {}
        shapes.append({**point, "id": f"{name}j{number}", "parentID": name, **note})
    return shapes


def _relation(row: dict[str, Any]) -> dict[str, Any]:
    ends = {"from_id": f"s{row['from']}", "to_id": f"s{row['to']}"}
    return {"type": "relation", **ends, "direction": "right", "labels": [row["label"]]}


def _labels(text: str, span: dict[str, Any]) -> dict[str, Any]:
    start, end = (len(text[: span[name]].encode("utf-16-le")) // 2 for name in ("start", "end"))
    value = {"start": start, "end": end, "text": text[span["start"] : span["end"]], "labels": [span["label"]]}
    return {"from_name": "label", "to_name": "text", "type": "labels", "value": value}


def _shape(part: dict[str, Any], width: int, height: int) -> dict[str, Any]:
    label = part["label"]
    if "polygon" in part:
        points = [[100 * x / width, 100 * y / height] for x, y in part["polygon"]]
        return {"type": "polygonlabels", "value": {"points": points, "closed": True, "polygonlabels": [label]}}
    if "point" in part:
        x, y = part["point"]
        value = {"x": 100 * x / width, "y": 100 * y / height, "width": 0.5, "keypointlabels": [label]}
        return {"type": "keypointlabels", "value": value}
    x0, y0, x1, y1 = part["box"]
    box = {"x": 100 * x0 / width, "y": 100 * y0 / height}
    size = {"width": 100 * (x1 - x0) / width, "height": 100 * (y1 - y0) / height}
    return {"type": "rectanglelabels", "value": {**box, **size, "rotation": 0, "rectanglelabels": [label]}}
