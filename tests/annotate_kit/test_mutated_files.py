"""Files of other tools with anything anywhere: rows are rejected, and nothing else happens."""

import copy
import csv
import io
import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotate_kit.formats import readers
from annotate_kit.formats.datasets import Example, registry, unpacked
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Record, Rejected
from tests.annotate_kit.files import zipped
from tests.annotate_kit.test_annotated_zips import picture, read
from tests.annotate_kit.test_round_trips import VALUES

KINDS = ["single_choice", "multiple_choice", "text", "form", "spans", *VALUES]
ANYTHING = [None, 5, -1, "x", "", [], {}, [1], ["x"], {"a": 1}, 1e308, True, [[1, 2]], [None], 2**63, {"result": []}]
RELATED = {
    "spans": [{"id": n, "start": 5 * n, "end": 5 * n + 4, "label": "PER"} for n in range(2)],
    "relations": [{"from": 0, "to": 1, "label": "knows"}],
}
TEXT = Example("t", "Anna left Rome", value=RELATED, annotations=[{"annotator": "ann", "value": RELATED["spans"]}])
PICTURE = picture()


def nodes(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """The paths to everything in it but to itself."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (*path, key)
        yield from nodes(inner, (*path, key))


def mutated(rng: random.Random, value: Any) -> Any:
    value = copy.deepcopy(value)
    for _ in range(rng.choice([1, 1, 2, 3])):
        if not (paths := list(nodes(value))):
            break
        *path, last = rng.choice(paths)
        parent = value
        for key in path:
            parent = parent[key]
        if rng.random() < 0.2:
            del parent[last]
        else:
            parent[last] = copy.deepcopy(rng.choice(ANYTHING))
    return value


def check(rows: Callable[[], Iterable]) -> None:
    try:
        for row in rows():
            assert isinstance(row, Record | Rejected)
            if isinstance(row, Rejected):
                assert row.row >= 1
                assert len(row.error) > 10
                assert "object has no attribute" not in row.error
    except Unreadable as error:
        assert len(str(error)) > 10


@pytest.mark.parametrize("tool", ["label_studio", "prodigy", "doccano", "spacy"])
def test_rows_about_texts(tool):
    data = registry.load(tool).write([TEXT])
    rows = orjson.loads(data) if tool == "label_studio" else [orjson.loads(line) for line in data.splitlines()]
    reader, rng = readers.registry.load("ndjson"), random.Random(tool)
    for _ in range(200):
        lines = io.BytesIO(b"\n".join(map(orjson.dumps, mutated(rng, rows))))
        check(partial(readers.rows, reader, lines, kind=rng.choice(KINDS)))


@pytest.mark.parametrize(
    ("tool", "kind"),
    [
        ("coco", "boxes"),
        ("coco", "keypoints"),
        ("label_studio", "boxes"),
        ("label_studio", "keypoints"),
        ("labelme", "lines"),
    ],
)
def test_files_about_pictures(tool, kind):
    entry = registry.load(tool)
    ((name, data),) = unpacked(f"x{entry.suffix}", entry.write([Example("a.png", None, 100, 50, VALUES[kind])])).items()
    content, rng = orjson.loads(data), random.Random(kind)
    for _ in range(100):
        files = {"a.png": PICTURE, name: orjson.dumps(mutated(rng, content))}
        check(partial(read, rng.choice([kind, rng.choice(KINDS)]), files))


CHOICE = Example(
    "t", "Anna", value=["a"], predictions=[{"model": "m", "value": ["a", "b"], "score": 0.5}], meta={"source": "web"}
)
PREDICTED = Example("t", "Anna left", predictions=[
    {"model": "m", "value": RELATED["spans"], "parts": [{**RELATED["spans"][0], "probability": 0.5}], "score": 0.5},
])  # fmt: skip


@pytest.mark.parametrize("tool", ["label_studio", "prodigy", "doccano", "spacy"])
def test_rows_about_texts_as_a_whole_and_what_models_say(tool):
    items = [(CHOICE, "multiple_choice"), *([(PREDICTED, None)] if tool == "label_studio" else [])]
    reader, rng = readers.registry.load("ndjson"), random.Random(tool)
    for item, kind in items:
        data = registry.load(tool).write([item], kind=kind)
        rows = orjson.loads(data) if tool == "label_studio" else [orjson.loads(line) for line in data.splitlines()]
        for _ in range(100):
            lines = io.BytesIO(b"\n".join(map(orjson.dumps, mutated(rng, rows))))
            check(partial(readers.rows, reader, lines, kind=rng.choice(KINDS)))


def test_tables_of_label_studio():
    label = {"start": 0, "end": 4, "text": "Anna", "labels": ["PER"]}
    cells = {"text": "Anna left", "id": 7, "label": [label], "tag": {"choices": ["a", "b"]}, "annotator": "ann",
             "annotation_id": 3, "lead_time": 1.5, "created_at": "2024", "updated_at": "2025"}  # fmt: skip
    reader, rng = readers.registry.load("csv"), random.Random("tables")
    for _ in range(200):
        rows = mutated(rng, [cells, {**cells, "id": 8}])
        dicts = [row if isinstance(row, dict) else {} for row in rows]
        names = sorted({str(name) for row in dicts for name in row} | {"annotator", "annotation_id", "lead_time"})
        lines = [names] + [[_cell(row.get(name)) for name in names] for row in dicts]
        csv.writer(file := io.StringIO()).writerows(lines)
        wanted = {"kind": rng.choice(KINDS), "questions": rng.choice([(), ["tag", "label"]])}
        check(partial(readers.rows, reader, io.BytesIO(file.getvalue().encode()), **wanted))


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else orjson.dumps(value).decode()


def test_folders_of_answers():
    content: dict[str, Any] = {
        "answers.json": {"0": {"0": 1, "AI": 0}, "1": {"1": 0}, "2": {}},
        "metadata.json": {"name": "pets", "n_classes": 2, "n_workers": 2, "class_names": ["cat", "dog"]},
        "tasks.jsonl": [
            {"external_id": "a", "text": "one"},
            {"external_id": "b.png", "meta": {"x": 1}},
            {"data": {"a": 1}},
        ],
        "workers.txt": ["ann", "abe"],
        "labels.txt": ["cat", "dog"],
    }
    reader, rng = readers.registry.load("zip"), random.Random("folders")
    for _ in range(200):
        files = {name: _file(name, part) for name, part in mutated(rng, content).items()}
        archive = zipped({**files, "b.png": PICTURE, "train/cat/x-2.png": PICTURE})
        check(partial(readers.rows, reader, io.BytesIO(archive), kind="single_choice"))


def _file(name: str, content: Any) -> bytes:
    if name.endswith(".json") or not isinstance(content, list):
        return orjson.dumps(content)
    return "".join(f"{_cell(line)}\n" for line in content).encode()


def test_schemas_of_our_export_for_hugging_face():
    fields: dict[str, Any] = {
        "huggingface": {"info": {"features": {"label": {"names": ["cat", "dog"], "_type": "ClassLabel"}}}},
        "annotate": {"columns": {"price": "data.price", "tags": "meta.tags"}, "json": ["tags"]},
    }
    rows = {"external_id": ["a", "b"], "price": [1.5, None], "tags": ['["a"]', "["], "label": [1, 7], "votes": [0, 0]}
    reader, rng = readers.registry.load("parquet"), random.Random("schemas")
    for _ in range(200):
        schema = {name: orjson.dumps(part) for name, part in mutated(rng, fields).items()}
        table = pa.table(rows).replace_schema_metadata(schema)
        pq.write_table(table, file := io.BytesIO())
        check(partial(readers.rows, reader, io.BytesIO(file.getvalue()), kind="single_choice"))
