"""Rows that another labelling tool wrote, as records: what it settled is gold, what people said are annotations."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from inspect import signature
from types import ModuleType
from typing import Any

import orjson

from annotate_kit.formats.datasets import Example, _label_studio_cells, registry
from annotate_kit.formats.records import Record, Rejected, clean

TOOLS = ("label_studio", "prodigy", "doccano", "spacy")
"""Those that recognise their rows, the pickiest first."""
NO_PICTURE = "the picture is not in this file; import the pictures as a zip"


def recognised(objects: Sequence[Mapping[str, Any]]) -> ModuleType | None:
    """The entry that one of these objects can only be a row of."""
    entries = [registry.load(name) for name in TOOLS]
    return next((entry for entry in entries if any(map(entry.recognises, objects))), None)


def records(rows: Iterable[tuple[int, Any]], tool: ModuleType, kind: str | None) -> Iterator[Record | Rejected]:
    """The rows as that tool means them, for values of this kind. They are taken together: several may be about one
    item."""
    numbers: list[int] = []
    lines: list[bytes] = []
    for row, value in rows:
        if isinstance(value, Rejected):
            yield value
            continue
        numbers.append(row)
        lines.append(orjson.dumps(value))
    yield from of_files(tool, {"rows.jsonl": b"\n".join(lines)}, numbers, kind)


ROLES_OF_TABLE = (
    "several columns of this table of Label Studio may be what was answered: say which one is by "
    "columns=NAME:answer,annotator:annotator,id:external_id,text:text"
)
is_table_of_tool = _label_studio_cells.recognises


def of_table(
    names: Sequence[str], table: Sequence[tuple[int, Any]], kind: str | None, questions: Collection[str] = ()
) -> Iterator[Record | Rejected] | None:
    """The rows of a table of Label Studio; None where its columns do not tell what they are. `questions` are those of a
    form."""
    rows = _label_studio_cells.flat_rows(names, table, kind, questions)
    return None if rows is None else records(rows, registry.load("label_studio"), kind)


def of_files(
    tool: ModuleType, files: Mapping[str, bytes], numbers: Sequence[int] = (), kind: str | None = None
) -> Iterator[Record | Rejected]:
    """What the tool reads of texts; `numbers` are those of their rows, where they are not 1, 2, …"""
    for result in examples(tool, files, kind=kind):
        row = numbers[result.row - 1] if numbers else result.row
        yield result._replace(row=row) if isinstance(result, Rejected) else _record(row, result)


def examples(tool: ModuleType, files: Mapping[str, bytes], **known: Any) -> Iterator[Example | Rejected]:
    """What the tool reads of files, given what it asks for of what is known: the `kind` of value wanted, and so on."""
    options = {name: known[name] for name in signature(tool.read).parameters.keys() & known.keys()}
    read: Iterator[Example | Rejected] = tool.read(files, **options)
    return read


def _record(row: int, example: Example) -> Record | Rejected:
    if example.text is None:
        return Rejected(row, example.external_id, NO_PICTURE)
    # The place in one file is that of another item in the next: without a name, the content is the name.
    known = {"external_id": None if example.is_numbered else example.external_id, "text": example.text}
    answers = {"annotations": example.annotations or None, "predictions": example.predictions or None}
    return clean(row, {**known, "meta": example.meta, "gold": example.value, **answers})
