"""What was labelled, on its way out: a row an item with its annotations, or a row an annotation.

Rows are read a page at a time, by id. So memory stays flat, no transaction stays open while somebody downloads
slowly, and each annotation comes once, whatever people do meanwhile.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.db import connection
from django.utils.text import slugify

from annotate import consensus
from annotate.exports import datasets, huggingface, own_columns, peerannot
from annotate.exports.splits import SPLITS, split_of
from annotate.exports.splits import write as write_splits
from annotate.items.selection import Selection as Selected
from annotate.models import in_order
from annotate.queue import part_origins
from annotate.queue.done import is_done
from annotate.statistics import summary
from annotate_kit.formats import writers
from projects import itemtypes
from projects.models import Project

PAGE = 5000
ITEMS, ANNOTATIONS, ANNOTATORS = "items", "annotations", "annotators"
WHAT = {
    ITEMS: "One row an item, with its annotations",
    ANNOTATIONS: "One row an annotation",
    ANNOTATORS: "One row an annotator, with skill and agreement",
}
FOLDER = "peerannot"
"""A format that is no writer of rows: a zip of a folder, with all of it in."""
HUGGING_FACE = "huggingface"
"""Another one: what `datasets.load_dataset` reads."""
_FOLDERS = {FOLDER: "peerannot (a zip of a folder)", HUGGING_FACE: "Hugging Face datasets (a zip of a folder)"}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which items are exported: all, or those that have all the annotations they want, or had news since a moment, or
    that somebody selected."""

    only_done: bool = False
    since: datetime | None = None
    items: Selected | None = None
    split: str = ""

    def has(self, external_id: str) -> bool:
        """Whether the item of this name is in the split that is exported; where none is, every item is."""
        return not self.split or split_of(external_id) == self.split

    @property
    def condition(self) -> str:
        """SQL about the item `i`."""
        return "".join([_IS_DONE if self.only_done else "", _HAS_NEWS if self.since else "", self.is_selected])

    @property
    def is_selected(self) -> str:
        """The part of it that `items` make."""
        return f" AND {self.items.sql}" if self.items else ""

    @property
    def values(self) -> dict[str, Any]:
        """The values that the condition names."""
        return {"since": self.since, **(self.items.values if self.items else {})}


_IS_DONE = f" AND {is_done('i.id')}"
_HAS_NEWS = """
    AND EXISTS (SELECT FROM annotate_annotation n WHERE n.item_id = i.id AND n.updated_at >= %(since)s)
"""


def export(
    project: Project,
    writer_name: str,
    *,
    what: str = ITEMS,
    only_done: bool = False,
    since: datetime | None = None,
    items: Selected | None = None,
    splits: bool = False,
) -> Iterator[bytes]:
    """The file of one of `annotate_kit.formats.writers`, piece by piece. KeyError names the writers that there are.

    `what` is "items", "annotations" or "annotators". `since` takes the items with an annotation from then on, or those
    annotations; `items` those that somebody selected. The format "peerannot" is a zip with all of it; ValueError says
    why a project does not fit into one. With `splits` it is a zip of two files, for training and for testing.
    """
    selection = Selection(only_done, since, items)
    if not _is_apart(writer_name, splits):
        return _export(project, writer_name, what, selection)
    if what == ANNOTATORS:
        raise ValueError("Annotators are in no split: export items or annotations.")
    parts = {split: replace(selection, split=split) for split in SPLITS}
    return write_splits(
        project,
        {
            file_name(project, writer_name, what, split=split): _export(project, writer_name, what, part)
            for split, part in parts.items()
        },
    )


def _is_apart(writer_name: str, splits: bool) -> bool:
    """Whether each split is a file of its own; some formats have them inside."""
    return splits and writer_name != HUGGING_FACE


def _export(project: Project, writer_name: str, what: str, selection: Selection) -> Iterator[bytes]:
    if writer_name == FOLDER:
        return peerannot.write(project, _item_ids(project, selection))
    if writer_name == HUGGING_FACE:
        consensus.fresh(project)
        shown, *_ = _content_fields(project)
        return huggingface.write(project, _item_rows(project, selection), own_columns.types(project), shown)
    if writer_name in dict(datasets.formats()):
        return datasets.write(project, writer_name, _item_ids(project, selection))
    writer = writers.registry.load(writer_name)
    if what not in WHAT:
        raise KeyError(f"nothing is exported as {what!r}; it can be {', '.join(WHAT)}")
    if what == ANNOTATORS:
        return writer.write(_annotator_rows(project), _ANNOTATOR_FIELDS)
    if what == ANNOTATIONS:
        fields = [*_ANNOTATION_FIELDS, *(["origins"] if _has_origins(project) else [])]
        return writer.write(_annotation_rows(project, selection), fields)
    consensus.fresh(project)
    content = _content_fields(project)
    parts = [] if writer.nested or "data" not in content else own_columns.fields(project)
    rows = _item_rows(project, selection)
    if parts:
        content = [*(name for name in content if name != "data"), *(f"data.{part}" for part in parts)]
        rows = _with_data_apart(rows)
    return writer.write(rows, ["external_id", *content, *_ITEM_FIELDS])


def file_name(project: Project, writer_name: str, what: str = ITEMS, *, splits: bool = False, split: str = "") -> str:
    """What a download is called, or in that of several splits the file of one."""
    name = slugify(project.name) or "project"
    if _is_apart(writer_name, splits):
        return f"{name}-{writer_name}-splits.zip"
    name = f"{name}-{split}" if split else name
    if writer_name in dict(datasets.formats()):
        return f"{name}-{writer_name}{datasets.registry.load(writer_name).suffix}"
    if writer_name == HUGGING_FACE:
        return f"{name}-huggingface.zip"
    return f"{name}.zip" if writer_name == FOLDER else f"{name}-{what}{writers.registry.load(writer_name).suffix}"


def formats(project: Project | None = None) -> list[tuple[str, str]]:
    """(key, name for people) of everything that an export can be, of a project or of any."""
    if project is None:
        return [*writers.registry.choices(), *_FOLDERS.items(), *datasets.formats()]
    has_one_label = project.labels_whole_items and not project.is_multilabel
    folders = [(name, title) for name, title in _FOLDERS.items() if has_one_label or name != FOLDER]
    fitting = datasets.formats(project.task_type, own_columns.content(project))
    return [*writers.registry.choices(), *folders, *fitting]


def content_type(writer_name: str, splits: bool = False) -> str:
    """What a download says that it is."""
    if splits:
        return "application/zip"
    if writer_name in dict(datasets.formats()):
        return _CONTENT_TYPES[datasets.registry.load(writer_name).suffix]
    return "application/zip" if writer_name in _FOLDERS else writers.registry.load(writer_name).content_type


_CONTENT_TYPES = {
    ".zip": "application/zip",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".conll": "text/plain; charset=utf-8",
    ".spacy": "application/octet-stream",
}


def counts(
    project: Project, *, only_done: bool = False, since: datetime | None = None, items: Selected | None = None
) -> dict[str, int]:
    """How many rows an export would have, as items and as annotations."""
    selection = Selection(only_done, since, items)
    values = {"project": project.pk, "after": 0, **selection.values}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM annotate_item i WHERE i.project_id = %(project)s {selection.condition}",  # noqa: S608
            values,
        )
        (n_items,) = cursor.fetchone()
        cursor.execute(f"SELECT count(*) FROM ({_annotations_sql(selection)}) rows", values)  # noqa: S608
        return {ITEMS: n_items, ANNOTATIONS: cursor.fetchone()[0]}


_ITEM_FIELDS = ["meta", "gold", "consensus", "belief", "votes", "annotations"]
_ITEM_COLUMNS = """
    i.external_id, i.text, i.image, i.data::text, i.fields::text, i.meta::text, i.gold::text, c.value::text,
    c.belief::text, c.votes
"""


def _item_rows(project: Project, selection: Selection) -> Iterator[dict[str, Any]]:
    sql = f"""
        SELECT i.id, {_ITEM_COLUMNS}
        FROM annotate_item i LEFT JOIN annotate_consensus c ON c.item_id = i.id AND c.item_id > %(after)s
        WHERE i.project_id = %(project)s AND i.id > %(after)s {selection.condition} ORDER BY i.id LIMIT {PAGE}
    """  # noqa: S608
    for page in _pages(sql, {"project": project.pk, **selection.values}):
        annotations = _annotations_of(project, [row[0] for row in page])
        for item_id, external_id, text, image, data, fields, meta, gold, value, probabilities, votes in page:
            if not selection.has(external_id):
                continue
            yield {
                "external_id": external_id,
                "text": text,
                "image": image,
                "data": in_order(_loaded(data), _loaded(fields)) if fields else _loaded(data),
                "meta": _loaded(meta),
                "gold": _loaded(gold),
                "consensus": _loaded(value),
                "belief": _loaded(probabilities),
                "votes": votes or 0,
                "annotations": annotations.get(item_id, []),
            }


def _annotations_of(project: Project, item_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """The annotations of these items, by item and in the order in which they came."""
    annotations = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT n.item_id, u.username, n.value::text, n.seconds, n.created_at::text,
                   n.part_origins::text
            FROM annotate_annotation n JOIN accounts_user u ON u.id = n.annotator_id
            WHERE n.item_id = ANY(%s) ORDER BY n.id
            """,
            [item_ids],
        )
        for item_id, annotator, value, seconds, created_at, origins in cursor.fetchall():
            row = {
                "annotator": annotator,
                "value": _loaded(value),
                "seconds": seconds,
                "created_at": f"{created_at.replace(' ', 'T')}:00",  # connections are in UTC: it ends in +00
            }
            known = part_origins.of_parts(project.kind, row["value"], _loaded(origins))
            annotations[item_id].append(row | ({"origins": known} if known is not None else {}))
    return annotations


_ANNOTATION_FIELDS = ["external_id", "annotator", "value", "seconds", "created_at", "updated_at"]
"""Of spans, shapes and texts also `origins`."""


def _has_origins(project: Project) -> bool:
    return hasattr(project.kind, "agreement")


def _annotations_sql(selection: Selection) -> str:
    done = _IS_DONE if selection.only_done else ""
    since = "AND n.updated_at >= %(since)s" if selection.since else ""
    return f"""
        SELECT n.id, i.external_id, u.username, n.value::text, n.seconds, n.created_at, n.updated_at,
               n.part_origins::text
        FROM annotate_annotation n
        JOIN annotate_item i ON i.id = n.item_id JOIN accounts_user u ON u.id = n.annotator_id
        WHERE n.project_id = %(project)s AND n.id > %(after)s {done} {since} {selection.is_selected}
    """  # noqa: S608


def _annotation_rows(project: Project, selection: Selection) -> Iterator[dict[str, Any]]:
    sql = f"{_annotations_sql(selection)} ORDER BY n.id LIMIT {PAGE}"
    for page in _pages(sql, {"project": project.pk, **selection.values}):
        for _, external_id, annotator, value, seconds, created_at, updated_at, origins in page:
            if not selection.has(external_id):
                continue
            row = {
                "external_id": external_id,
                "annotator": annotator,
                "value": _loaded(value),
                "seconds": seconds,
                "created_at": created_at,
                "updated_at": updated_at,
            }
            if _has_origins(project):
                row["origins"] = part_origins.of_parts(project.kind, row["value"], _loaded(origins))
            yield row


_ANNOTATOR_FIELDS = [
    "annotator", "annotations", "seconds", "skill", "skill_low", "skill_high", "agreement", "agreement_low",
    "agreement_high", "gold_right", "gold_seen", "spam_score", "first_at", "last_at",
]  # fmt: skip


def _annotator_rows(project: Project) -> Iterator[dict[str, Any]]:
    for row in summary.annotator_rows(project):
        yield {
            **row,
            "annotator": row["username"],
            **{name: (row[name] or {}).get("value") for name in ("skill", "agreement")},
            **{
                f"{name}_{end}": (row[name] or {}).get(end)
                for name in ("skill", "agreement")
                for end in ("low", "high")
            },
        }


def _item_ids(project: Project, selection: Selection) -> list[int] | None:
    """The selected items, None for all."""
    if not selection.condition and not selection.split:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT i.id, i.external_id FROM annotate_item i "  # noqa: S608
            f"WHERE i.project_id = %(project)s {selection.condition}",
            {"project": project.pk, **selection.values},
        )
        return [pk for pk, external_id in cursor.fetchall() if selection.has(external_id)]


def _pages(sql: str, values: dict[str, Any]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a query that is ordered by its first column, from each page's last one on."""
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, values | {"after": after})
            page = cursor.fetchall()
        if not page:
            return
        yield page
        after = page[-1][0]


def _content_fields(project: Project) -> list[str]:
    """What this project's items show; the first item type's in an empty one."""
    return own_columns.content(project) or itemtypes.columns()[:1]


def _with_data_apart(rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A column for each name within `data`, as the readers of tables take them."""
    for row in rows:
        yield row | {f"data.{name}": value for name, value in (row["data"] or {}).items()}


def _loaded(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
