"""What Label Studio's results say: spans, shapes, what was chosen, written or rated."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from annotate_kit.formats.records import shown

from ._example import CHOICES, FormAnswers, Value, of_the_item
from ._label_studio_tasks import LABELS
from ._offsets import from_utf16

HIDDEN = "hidden"
"""What is noted of a joint that is covered by something."""
SHAPES = ("rectanglelabels", "polygonlabels", "keypointlabels")
READ = (LABELS, *SHAPES)
BARE = ("rectangle", "polygon", "keypoint")
"""Types of shapes that another result labels."""
KINDS = {
    "choices": "single or multiple choice",
    "taxonomy": "single or multiple choice",
    "textarea": "free text",
    "rating": "ratings",
    "number": "ratings",
    "labels": "spans",
    "rectanglelabels": "boxes",
    "polygonlabels": "polygons",
    "keypointlabels": "points or keypoints",
}
"""The kinds of project that take results of each type."""
OF_THE_ITEM = dict.fromkeys(CHOICES, ("choices", "taxonomy")) | {
    "text": ("textarea",),
    "rating": ("rating", "number"),
    "form": ("choices", "taxonomy", "textarea", "rating", "number"),
}
"""The types of result that a project about items as a whole takes."""
Result = list[dict[str, Any]]
Joints = dict[str, dict[str, list[Any]]]
"""The joints of each object, by the id of its rectangle."""


def value_of(result: Result, text: str | None, kind: str | None) -> Value | None:
    """What it says for a project of this kind; None where nobody answered. ValueError where it says something else."""
    if kind == "form":
        return _form_answers(result)
    if kind in OF_THE_ITEM:
        return of_the_item(_words(result, kind), kind)
    value = _parts_and_relations(result, text, kind)
    if not value:
        _check_nothing_else(result, kind or "spans or shapes")
    return value


def left_out(results: Sequence[Result], kind: str | None) -> list[str]:
    """What a project of this kind has no place for, beside what it takes."""
    named = [_named(entry) for result in results for entry in _not_taken(result, kind)]
    if not named:
        return []
    counts = ", ".join(f"{name} ({count})" for name, count in Counter(named).items())
    return [f"left out: {'; '.join([counts, *_takers(named)])}"]


def _not_taken(result: Result, kind: str | None) -> Result:
    """Bare shapes are taken with the labels that name them, by their id."""
    ids = [entry.get("id") for entry in result if _is_taken(entry, kind)]
    others = [entry for entry in result if not _is_taken(entry, kind)]
    return [entry for entry in others if not (entry.get("type") in BARE and entry.get("id") in ids)]


def _is_taken(entry: dict[str, Any], kind: str | None) -> bool:
    type_ = str(entry.get("type"))
    if kind in OF_THE_ITEM:
        return type_ in OF_THE_ITEM[kind] and not _is_region(entry.get("value", {}))
    return type_.endswith(LABELS) or type_ == "relation"


def _words(result: Result, kind: str) -> list[Any]:
    """What is said of the item as a whole, which results of regions do not."""
    matching = [entry for entry in result if _is_taken(entry, kind)]
    tags = list(dict.fromkeys(str(entry.get("from_name")) for entry in matching))
    if len(tags) > 1:
        raise ValueError(
            f"there are answers to several questions ({', '.join(tags)}); leave one of them in the file, or import "
            "it into a project of forms"
        )
    if not matching:
        _check_nothing_else(result, "free text" if kind == "text" else kind.replace("_", " "))
    words = [word for entry in matching for word in _words_in(entry)]
    return words if kind == "rating" else [str(word) for word in words]


def _form_answers(result: Result) -> FormAnswers:
    """What was answered to each question, which is called as the tag of its results. A result of nothing answers
    nothing, which a form of optional questions takes."""
    questions: dict[str, list[dict[str, Any]]] = {}
    for entry in result:
        if _is_taken(entry, "form"):
            questions.setdefault(str(entry["from_name"]), []).append(entry)
    if not questions:
        _check_nothing_else(result, "answers to the questions of a form")
    answers = {name: _form_answer(entries) for name, entries in questions.items()}
    return FormAnswers({name: answer for name, answer in answers.items() if answer != []})


def _form_answer(entries: Result) -> Any:
    """A label, a number or a text; several labels in a list, several texts as the lines of one."""
    words = [word for entry in entries for word in _words_in(entry)]
    if len(words) > 1 and all(entry["type"] == "textarea" for entry in entries):
        return "\n".join(map(str, words))
    return words[0] if len(words) == 1 else words


def _words_in(entry: dict[str, Any]) -> list[Any]:
    """What was written, chosen or rated; of a taxonomy the last name of each path."""
    value = entry["value"]["text" if entry["type"] == "textarea" else entry["type"]]
    words = value if isinstance(value, list) else [value]
    return [path[-1] if isinstance(path, list) else path for path in words]


def _is_region(value: dict[str, Any]) -> bool:
    return "start" in value or is_shape(value)


def is_shape(value: dict[str, Any]) -> bool:
    """Whether it is a place in a picture."""
    return "x" in value or "points" in value


def _check_nothing_else(result: Result, kind: str) -> None:
    if types := list(dict.fromkeys(map(_named, result))):
        raise ValueError("; ".join([f"it has {' and '.join(types)}, none of which are {kind}", *_takers(types)]))


def _takers(types: Sequence[str]) -> list[str]:
    return [f"{name} go into a project of {KINDS[name]}" for name in dict.fromkeys(types) if name in KINDS]


def _named(entry: dict[str, Any]) -> str:
    is_about_part = not str(entry.get("type")).endswith(LABELS) and _is_region(entry.get("value") or {})
    return f"{entry.get('type')} of regions" if is_about_part else str(entry.get("type"))


def scored_parts(result: Result, text: str | None, kind: str | None) -> Value | None:
    """The parts with the score of their region as `probability`. None where not all have one, or where relations are
    between them, which would be lost."""
    if kind in OF_THE_ITEM or any(entry.get("type") == "relation" for entry in result):
        return None
    pairs = _entries_and_parts(result, text, kind)
    parts = [{**part, "probability": entry.get("score")} for entry, part in pairs]
    return parts if all(isinstance(part["probability"], int | float) for part in parts) else None


def _entries_and_parts(result: Result, text: str | None, kind: str | None) -> list[tuple[dict[str, Any], Any]]:
    objects = _objects(result)
    return [
        (entry, part)
        for entry in result
        if not _is_passed_over(entry, objects, kind)
        for part in _parts(entry, text, objects, kind)
    ]


def _parts_and_relations(result: Result, text: str | None, kind: str | None) -> Value:
    named = [(entry.get("id"), part) for entry, part in _entries_and_parts(result, text, kind)]
    ends = [(entry["from_id"], entry["to_id"], label) for entry in result if entry.get("type") == "relation"
            for label in entry.get("labels") or ["related"]]  # fmt: skip
    if not ends or text is None:
        return [part for _, part in named]
    spans = [part if name is None else {"id": name, **part} for name, part in named]
    if several := {name for name, _ in named if name is not None and [n for n, _ in named].count(name) > 1}:
        raise ValueError(f"a span of a relation has one label; {shown(min(several))} has several")
    return {"spans": spans, "relations": [{"from": a, "to": b, "label": label} for a, b, label in ends]}


def _objects(result: Result) -> Joints:
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
    width, height = _size(entry)
    return entry["value"]["x"] * width / 100, entry["value"]["y"] * height / 100


def _size(entry: dict[str, Any]) -> tuple[Any, Any]:
    if not entry.get("original_width") or not entry.get("original_height"):
        raise ValueError(
            "the size of the picture is not known, as results have no original_width and original_height; put the "
            "picture into a zip with this file"
        )
    return entry["original_width"], entry["original_height"]


def _parts(entry: dict[str, Any], text: str | None, objects: Joints, wanted: str | None) -> Value:
    """A part for each label; none for what is no part of the value: choices and the like."""
    kind, labels = str(entry.get("type")), entry.get("value", {}).get(entry.get("type"))
    if kind not in READ:
        if kind.endswith(LABELS):
            raise ValueError(f"a result of type {kind} is not read; {', '.join(READ)} are")
        return []
    first = _part(entry, kind, text, objects, wanted)
    return [{**first, "label": str(label)} for label in dict.fromkeys(labels or [_label(entry)])]


def _part(entry: dict[str, Any], kind: str, text: str | None, objects: Joints, wanted: str | None) -> dict[str, Any]:
    label, value = _label(entry), entry["value"]
    if kind == LABELS and text is None:
        kind = _shape_of(value)
    if kind == LABELS:
        if text is None:
            raise ValueError("a result labels a stretch of text, and the task's data has no text")
        return {**offsets(text, value), "label": label}
    width, height = _size(entry)
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


def offsets(text: str, value: dict[str, Any]) -> dict[str, int]:
    start, end, own = int(value["start"]), int(value["end"]), value.get("text")
    try:
        units = from_utf16(text, start), from_utf16(text, end)
    except ValueError:
        units = start, end
    for first, behind in (units, (start, end)):
        if own is None or text[first:behind] == own:
            return {"start": first, "end": behind}
    raise ValueError(f"at {start} to {end} the text has {shown(text[units[0] : units[1]])}, the result {shown(own)}")
