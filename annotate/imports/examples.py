"""What a file for a project may look like: an example of each format, in the project's own labels."""

import csv
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from annotate_kit.formats import readers, writers
from projects.models import Project


class Example(NamedTuple):
    """`text` is a file that can be imported as it stands, where a file of that format is text; else it shows one."""

    reader: str
    title: str
    suffixes: str
    about: str
    text: str
    is_file: bool


def examples(project: Project) -> list[Example]:
    records = _records(project)
    written = {
        "csv": ("A header, then a row an item. Columns named data.NAME make a table record.", _csv(records), True),
        "json": ("One list of objects.", orjson.dumps(records, option=orjson.OPT_INDENT_2).decode(), True),
        "ndjson": (
            "An object a line. The quickest for millions of rows.",
            "".join(f"{orjson.dumps(record).decode()}\n" for record in records),
            True,
        ),
        "xlsx": ("The first sheet, with the same columns as CSV.", _sheet(records), False),
        "parquet": ("Columns as in CSV, with their types. A column image holds the bytes.", _PARQUET, False),
        "zip": ("PNG, JPEG, GIF, WebP, BMP or TIFF files; the path is the external_id.", _zip(project), False),
    }
    return [
        Example(name, readers.registry.title(name), " ".join(readers.registry.load(name).suffixes), *written[name])
        for name in readers.registry.names
        if name in written
    ]


def _records(project: Project) -> list[dict[str, Any]]:
    gold = project.kind.example(project.spec)
    first = {"external_id": "review-1", "text": "Quick delivery, friendly people.", "gold": gold}
    return [
        {name: value for name, value in first.items() if value is not None},
        {"external_id": "review-2", "text": "Two weeks late, and the box was open.", "votes_wanted": 3},
    ]


def _csv(records: Sequence[dict[str, Any]]) -> str:
    fields = list(dict.fromkeys(field for record in records for field in record))
    return b"".join(writers.registry.load("csv").write(records, fields)).decode()


def _sheet(records: Sequence[dict[str, Any]]) -> str:
    """The cells of CSV, below each other."""
    rows = list(csv.reader(io.StringIO(_csv(records))))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "".join("  ".join(map(str.ljust, row, widths)).rstrip() + "\n" for row in rows)


_PARQUET = """external_id   string
text          string       or image: binary, or data.NAME: any
gold          string       optional
votes_wanted  int64        optional
meta          string       optional, JSON
"""


def _zip(project: Project) -> str:
    first, second = [*project.label_names, "cat", "dog"][:2]
    return f"pictures.zip\n├── {first}/\n│   ├── 0001.png\n│   └── 0002.png\n└── {second}/\n    └── 0003.jpg\n"
