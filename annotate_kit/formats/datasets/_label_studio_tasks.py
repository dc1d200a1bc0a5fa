"""Label Studio's tasks, whichever of its exports they come from.

A row of JSON is a task. A row of JSON_MIN is one answer: the fields of the task's `data`, its `id`, a field for each
tag of the labelling configuration, and who answered when. Versions before 1.0 call annotations "completions".
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotate_kit.formats.records import shown

from ._example import WHOLE
from ._files import json_object

PICTURE = ("image", "img", "url")
ABOUT_THE_ANSWER = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")
OF_EXPORTS = {"inner_id", "drafts", "file_upload", "total_annotations", "is_labeled"}
"""Fields of tasks that nothing was said of yet, and that only Label Studio has."""
LABELS = "labels"
VALUES = ("choices", "taxonomy", "rating", "number", "pairwise", "datetime")
"""Types of results that are called as the field of their value; beside these, all that end in "labels"."""


class Answers(list[dict[str, Any]]):
    """The rows of JSON_MIN that are about one task."""


def recognises(row: Mapping[str, Any]) -> bool:
    if not isinstance(row.get("data"), dict):
        return is_flat(row)
    return not OF_EXPORTS.isdisjoint(row) or any(
        isinstance(entry, dict) and "result" in entry
        for field in ("annotations", "completions", "predictions")
        for entry in _list(row.get(field))
    )


def is_flat(row: Mapping[str, Any]) -> bool:
    """Whether this is a row of JSON_MIN."""
    return "data" not in row and "annotator" in row and ("annotation_id" in row or "lead_time" in row)


def tasks(numbered: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """The rows with their numbers, those of JSON_MIN that are about one task together; what is wrong stays as it is."""
    answers: dict[str, tuple[int, Answers]] = {}
    for number, row in numbered:
        try:
            content = json_object(row)
        except ValueError:
            yield number, row
            continue
        if not is_flat(content):
            yield number, content
        else:
            task = str(content.get("id", f"row {number}"))
            answers.setdefault(task, (number, Answers()))[1].append(content)
    yield from answers.values()


def task_of(row: Any, kind: str | None) -> dict[str, Any]:
    """The task with its `annotations`. ValueError where the row is none."""
    if isinstance(row, Answers):
        return _unflattened(row, kind)
    task = json_object(row)
    if not isinstance(task.get("data"), dict):
        raise ValueError('a task is {"data": {"text" or "image": …}, "annotations": […]}; this has no data')
    return {**task, "annotations": task.get("annotations") or task.get("completions") or []}


def _unflattened(rows: Answers, kind: str | None) -> dict[str, Any]:
    first, *_ = rows
    annotations = [
        {
            "completed_by": row["annotator"],
            "result": _result(row, kind),
            "updated_at": _last_change(row),
            "lead_time": row.get("lead_time"),
        }
        for row in rows
        if row["annotator"] is not None
    ]
    return {"id": first.get("id"), "data": _data(first, kind), "annotations": annotations}


def _last_change(row: Mapping[str, Any]) -> Any:
    return row.get("updated_at") or row.get("created_at")


def _result(row: Mapping[str, Any], kind: str | None) -> list[dict[str, Any]]:
    """What the fields of tags hold; of strings it is not told whether they were chosen or written, which is the same to
    a form."""
    data, result = _data(row, kind), []
    for name, value in row.items():
        if name in data or name in ABOUT_THE_ANSWER:
            continue
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, str):
                entry = {"text" if kind in ("text", "form") else "choices": [entry]}
            if isinstance(entry, dict) and (type_ := type_of(entry)):
                size = {field: entry[field] for field in ("original_width", "original_height") if field in entry}
                result.append({"type": type_, "from_name": name, "value": entry, **size})
    return result


def type_of(value: Mapping[str, Any]) -> str | None:
    """The type of a result by the fields of its value."""
    labels = next((name for name in value if name.endswith(LABELS)), None)
    other = next((name for name in VALUES if name in value), None)
    return labels or other or ("textarea" if "text" in value and "start" not in value else None)


def _data(row: Mapping[str, Any], kind: str | None) -> dict[str, Any]:
    """The fields of the task: those before its id, where Label Studio writes them."""
    names = list(row)
    if before := names[: names.index("id")] if "id" in row else []:
        return {name: row[name] for name in before}
    strings = {name: row[name] for name in names if isinstance(row[name], str) and name not in ABOUT_THE_ANSWER}
    if kind not in (*WHOLE, "form") or len(strings) < 2:
        return strings
    if content := next((name for name in ("text", *PICTURE) if name in strings), None):
        return {content: strings[content]}
    raise ValueError(
        f"which of {', '.join(map(shown, strings))} was labelled is not told; call that field text, or put it before id"
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
