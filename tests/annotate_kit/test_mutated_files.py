"""Files of other tools with anything anywhere: rows are rejected, and nothing else happens."""

import copy
import io
import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import orjson
import pytest

from annotate_kit.formats import readers
from annotate_kit.formats.datasets import Example, registry, unpacked
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Record, Rejected
from tests.annotate_kit.test_annotated_zips import picture, read
from tests.annotate_kit.test_round_trips import VALUES

KINDS = ["single_choice", "multiple_choice", "text", "spans", *VALUES]
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
