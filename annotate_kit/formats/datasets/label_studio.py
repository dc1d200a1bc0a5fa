"""Label Studio's tasks in JSON, and its JSON_MIN.

Texts have results of type `labels`, and relations between them; pictures of type `rectanglelabels`, `polygonlabels` and
`keypointlabels`, in per cent. Keypoints whose `parentID` is a rectangle are the joints of one object, which has the
rectangle's label; a joint that is noted to be "hidden" (`meta.text`) is. An annotation is `ground_truth`, or of the
person whom `completed_by` names; of several the newest counts. Predictions are of the model that `model_version` names;
their `score` is how sure it was, ours how much it wants to ask, and regions have scores of their own.
Offsets in texts are UTF-16 units, as Label Studio's screen counts them; where a result's own text tells that they are
code points, they are read so. Choices (`choices`, or a path in a `taxonomy`), texts that were written (`textarea`) and
ratings (`rating`, or `number` where they are not whole) are about the item as a whole; they are read and written where
`kind` asks for them. A form has all of these, a question for each tag of its name.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import PurePosixPath
from typing import Any

import orjson

from annotate_kit.formats.records import Rejected
from annotate_kit.merging.spans import relations_of, spans_of

from ._example import Example, Value, bare, fitting, need_size, parts_of, rows, words_of
from ._files import PICTURES, json_rows
from ._label_studio_results import HIDDEN, OF_THE_ITEM, is_shape, left_out, offsets, scored_parts, value_of
from ._label_studio_tasks import PICTURE, recognises, task_of, tasks

__all__ = ["recognises"]

takes = frozenset({"spans", "boxes", "polygons", "points", "keypoints", *OF_THE_ITEM})
suffix = ".json"

ID = "external_id"
LIKE = '{"data": {"text": "…"}, "annotations": [{"completed_by": 1, "result": [{"type": "labels", "value": {…}}]}]}'
SizeOf = Callable[[str], tuple[int, int] | None]
ResultsOf = Callable[[Example, Value], list[dict[str, Any]]]
NO_MODEL = "predictions"
"""What a model without a name is called."""
TAGS = {"single_choice": "label", "multiple_choice": "label", "text": "answer", "rating": "rating"}
"""What the tag is called by which people answer, where there is one."""


def read(
    files: Mapping[str, bytes], kind: str | None = None, size_of: SizeOf = lambda picture: None
) -> Iterator[Example | Rejected]:
    """`kind` is the kind of value that is wanted: of objects, which are boxes, keypoints and points at once; and of
    choices, texts, ratings and forms, which are not read without it. `size_of` knows pictures by the name that tasks
    give them: what models predict often lacks their size."""
    return rows(tasks(json_rows(files)), lambda number, row: _example(number, row, kind, size_of), _name, LIKE)


def _name(row: Any) -> Any:
    """What a task is called that cannot be read, as far as that can be told."""
    with suppress(ValueError, LookupError, TypeError, AttributeError):
        task = task_of(row, None)
        return task["data"].get(ID) or next(filter(None, map(task["data"].get, PICTURE)), task.get("id"))
    return None


def _example(number: int, row: Any, kind: str | None, size_of: SizeOf) -> Example:
    task = task_of(row, kind)
    done = [annotation for annotation in task["annotations"] if not _is_skipped(annotation)]
    predictions = [entry for entry in task.get("predictions") or [] if isinstance(entry, dict)]  # others are ids alone
    results = [[row for row in entry.get("result") or [] if isinstance(row, dict)] for entry in (*done, *predictions)]
    text, image = _content(task["data"], results)
    width, height = _size(task.get("meta") or {}, results) or (image and size_of(image)) or (None, None)
    size = {"original_width": width, "original_height": height} if width and height else {}

    def newest(entries: Iterable[dict[str, Any]], name_of: Callable[[dict[str, Any]], str]) -> dict[str, Value]:
        sized = {name: _result(entry, size) for name, entry in _newest(entries, name_of)}
        values = {name: value_of(result, text, kind) for name, result in sized.items()}
        return {name: value for name, value in values.items() if value is not None}

    settled = newest((entry for entry in done if entry.get("ground_truth")), lambda entry: "")
    by_person = [entry for entry in done if not entry.get("ground_truth")]
    answers = newest(by_person, _person)
    seconds = {name: _seconds(entry) for name, entry in _newest(by_person, _person)}
    models, errors = _predictions(predictions, size, text, kind)
    external_id = task["data"].get(ID) or (image if text is None else task.get("id"))
    return Example(
        str(number if external_id is None else external_id), text, width, height,
        settled.get(""),
        [{"annotator": name, "value": value, **seconds[name]} for name, value in answers.items()],
        models,
        meta={name: value for name, value in task["data"].items() if name != ID and value not in (text, image)} or None,
        is_numbered=external_id is None,
        left_out=[*left_out([_result(entry, size) for entry in done], kind), *errors],
    )  # fmt: skip


def _result(entry: dict[str, Any], size: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What it says, with the picture's size where that is left out."""
    return [{**size, **row} for row in entry.get("result") or []]


def _predictions(
    entries: list[dict[str, Any]], size: Mapping[str, Any], text: str | None, kind: str | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """What each model says; and why what others say, or a part of it, is left out."""
    named = [{**entry, "model": name} for name, entry in _newest(entries, _model)]
    models, errors = fitting(named, lambda entry: _prediction(entry, _result(entry, size), text, kind), LIKE)
    names = {row["model"] for row in models}
    left = left_out([_result(entry, size) for entry in named if entry["model"] in names], kind)
    return [row for row in models if row["value"] is not None], [*left, *errors]


def _prediction(
    entry: dict[str, Any], result: list[dict[str, Any]], text: str | None, kind: str | None
) -> dict[str, Any]:
    value, parts, sureness = value_of(result, text, kind), scored_parts(result, text, kind), entry.get("score")
    scored = {"score": 1 - sureness} if isinstance(sureness, int | float) else {}
    return {"model": entry["model"], "value": value, **({"parts": parts} if parts else {}), **scored}


def _seconds(annotation: dict[str, Any]) -> dict[str, Any]:
    seconds = annotation.get("lead_time")
    return {"seconds": seconds} if isinstance(seconds, int | float) and seconds >= 0 else {}


def _is_skipped(annotation: dict[str, Any]) -> bool:
    return bool(annotation.get("was_cancelled") or annotation.get("skipped"))


def _newest(
    entries: Iterable[dict[str, Any]], name_of: Callable[[dict[str, Any]], str]
) -> Iterable[tuple[str, dict[str, Any]]]:
    """The newest of each name, of those that are equally old the last; in the order in which the names come first."""
    newest: dict[str, dict[str, Any]] = {}
    for entry in entries:
        name = name_of(entry)
        if name not in newest or _changed_at(entry) >= _changed_at(newest[name]):
            newest[name] = entry
    return newest.items()


def _changed_at(entry: dict[str, Any]) -> str:
    return str(entry.get("updated_at") or entry.get("created_at") or "")


def _content(data: dict[str, Any], results: list[Any]) -> tuple[str | None, str | None]:
    """The text, or the picture's name: the field that results refer to is not named in them, so what fits them."""
    entries = [entry for result in results for entry in result]
    strings = {name: value for name, value in data.items() if isinstance(value, str) and name != ID}
    picture = next((strings[name] for name in PICTURE if name in strings), None)
    if any("original_width" in entry or is_shape(entry.get("value") or {}) for entry in entries):
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
        offsets(text, value)
    except ValueError:
        return False
    return True


def _size(meta: dict[str, Any], results: list[Any]) -> tuple[int, int] | None:
    for entry in (row for result in results for row in result):
        if entry.get("original_width") and entry.get("original_height"):
            return entry["original_width"], entry["original_height"]
    return (meta["width"], meta["height"]) if meta.get("width") and meta.get("height") else None


def _model(prediction: dict[str, Any]) -> str:
    return str(prediction.get("model_version") or NO_MODEL)


def _person(annotation: dict[str, Any]) -> str:
    completed_by = annotation.get("completed_by")
    if isinstance(completed_by, dict):
        completed_by = completed_by.get("email") or completed_by.get("username") or completed_by.get("id")
    return "unknown" if completed_by is None else str(completed_by)


def write(examples: Iterable[Example], kind: str | None = None, questions: Mapping[str, str] | None = None) -> bytes:
    """`kind` is that of the values where they are choices, texts, ratings or answers to the `questions` of a form: by
    their names, the type of result that each has."""
    results_of = partial(_results, kind=kind, questions=questions or {})
    return orjson.dumps([_task(number, example, kind, results_of) for number, example in enumerate(examples, 1)])


def _task(number: int, example: Example, kind: str | None, results_of: ResultsOf) -> dict[str, Any]:
    content = {"text": example.text} if example.text is not None else {"image": example.external_id}
    data = {**(example.meta or {}), **content, ID: example.external_id}
    annotations: list[dict[str, Any]] = [_annotation(example, row, results_of) for row in example.annotations]
    if example.value is not None:
        annotations.append({"ground_truth": True, "result": results_of(example, example.value)})
    task = {"id": number, "data": data, "meta": _meta(example, kind), "annotations": annotations}
    if not example.predictions:
        return task
    return {**task, "predictions": [_written_prediction(example, row, results_of) for row in example.predictions]}


def _meta(example: Example, kind: str | None) -> dict[str, int]:
    """The size of a picture, which shapes need."""
    if example.text is not None or (kind in OF_THE_ITEM and not example.width):
        return {}
    return dict(zip(("width", "height"), need_size(example, "Label Studio"), strict=True))


def _annotation(example: Example, row: dict[str, Any], results_of: ResultsOf) -> dict[str, Any]:
    seconds = {} if row.get("seconds") is None else {"lead_time": row["seconds"]}
    return {"completed_by": {"email": row["annotator"]}, "result": results_of(example, row["value"]), **seconds}


def _written_prediction(example: Example, row: dict[str, Any], results_of: ResultsOf) -> dict[str, Any]:
    sureness = {} if row.get("score") is None else {"score": 1 - row["score"]}
    result = results_of(example, row.get("parts") or row["value"])
    return {"model_version": row["model"], "result": result, **sureness}


def _results(example: Example, value: Value, kind: str | None, questions: Mapping[str, str]) -> list[dict[str, Any]]:
    if kind == "form":
        return _of_the_item(example, _in_order(value, questions))
    if kind in OF_THE_ITEM:
        return _of_the_item(example, [(TAGS[kind], _type(value, kind), value)])
    if example.text is not None:
        scores = [_score(span) for span in spans_of(value)]
        spans = [{**_labels(example.text, span), "id": f"s{n}", **scores[n]} for n, span in enumerate(bare(value))]
        return spans + [_relation(row) for row in relations_of(value)]
    width, height = need_size(example, "Label Studio")
    parts_of(Example(example.external_id, value=value), ("box", "polygon", "point", "keypoints"), "Label Studio")
    common = {"from_name": "label", "to_name": "image", "original_width": width, "original_height": height}
    shapes = [shape for n, part in enumerate(value) for shape in _shapes(part, width, height, f"s{n}")]
    return [{**common, "image_rotation": 0, **shape} for shape in shapes]


def _in_order(value: Mapping[str, Value], questions: Mapping[str, str]) -> list[tuple[str, str, Value]]:
    """The answers to the questions of a form. ValueError where one is to no question."""
    if unknown := sorted(value.keys() - questions.keys()):
        known = ", ".join(questions) or "none"
        raise ValueError(
            f"there is an answer to {unknown[0]!r}, and `questions` has no type of its result; it has {known}"
        )
    return [(name, type_, value[name]) for name, type_ in questions.items() if name in value]


def _type(value: Value, kind: str) -> str:
    first, *_ = OF_THE_ITEM[kind]
    return "number" if kind == "rating" and not float(value).is_integer() else first


def _of_the_item(example: Example, answers: Iterable[tuple[str, str, Value]]) -> list[dict[str, Any]]:
    """A result for what was written, rated or chosen, given (tag, type, answer); none where that is nothing."""
    size = {"original_width": example.width, "original_height": example.height} if example.width else {}
    common = {"to_name": "text" if example.text is not None else "image", **size}
    return [
        {**common, "id": f"w{number}", "from_name": tag, "type": type_, "value": _value(type_, answer)}
        for number, (tag, type_, answer) in enumerate(answers)
        if answer != []
    ]


def _value(type_: str, answer: Value) -> dict[str, Any]:
    if type_ == "textarea":
        return {"text": [answer]}
    return {type_: words_of(answer) if type_ == "choices" else answer}


def _shapes(part: dict[str, Any], width: int, height: int, name: str) -> list[dict[str, Any]]:
    """Of keypoints the rectangle about them, then each; else one shape."""
    if "keypoints" not in part:
        return [{**_shape(part, width, height), "id": name, **_score(part)}]
    across, down, _ = zip(*part["keypoints"].values(), strict=True)
    box = {"box": [min(across), min(down), max(across), max(down)], "label": part["label"]}
    shapes = [{**_shape(box, width, height), "id": name, **_score(part)}]
    for number, (joint, (x, y, seen)) in enumerate(part["keypoints"].items()):
        point = _shape({"point": [x, y], "label": joint}, width, height)
        note = {"meta": {"text": [HIDDEN]}} if seen == 1 else {}
        shapes.append({**point, "id": f"{name}j{number}", "parentID": name, **note})
    return shapes


def _score(part: dict[str, Any]) -> dict[str, Any]:
    return {"score": part["probability"]} if "probability" in part else {}


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
