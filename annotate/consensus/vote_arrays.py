"""Annotations as arrays, as task types and crowd methods want them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
import orjson
from django.db import connection
from numpy.typing import NDArray

from annotate.models import Item
from core.postgres import copy
from projects.models import Project
from projects.tasktypes import Answers, Content, Question

Ids = NDArray[np.int64]

_ANNOTATIONS = """
    SELECT n.item_id, n.annotator_id, jsonb_hash_extended(n.value, 0)
    FROM annotate_annotation n WHERE n.project_id = %(project)s
"""
_GOLD = """
    SELECT id, jsonb_hash_extended(gold, 0) FROM annotate_item WHERE project_id = %(project)s AND gold IS NOT NULL
"""
_COLUMNS = {"item": ">i8", "person": ">i8", "hash": ">i8"}
_OF_ITEMS = " AND item_id = ANY(%(items)s)"
_DISTINCT = """
    SELECT DISTINCT ON (hash) {column}::text, jsonb_hash_extended({column}, 0) AS hash
    FROM {table} WHERE project_id = %(project)s AND {column} IS NOT NULL{of_items} ORDER BY hash
"""
_HASHES = "SELECT value::text, jsonb_hash_extended(value, 0) FROM unnest(%(values)s::jsonb[]) AS v(value)"


@dataclass(frozen=True, eq=False)
class VoteArrays(Answers):
    """The answers of a project; values that its task type does not take any more are left out."""

    ask: Callable[[Answers], list[Question]] = lambda answers: []

    @cached_property
    def questions(self) -> list[Question]:
        """What crowd methods can answer."""
        return self.ask(self)

    @cached_property
    def compared(self) -> Ids:
        """(A,) on how many items of each person there are answers of others."""
        with_others = self.per_item[self.item] > 1
        return np.bincount(self.person[with_others], minlength=len(self.people))

    @cached_property
    def label_question(self) -> Question | None:
        """The one question which label an item has, where that is all that is asked."""
        questions = self.questions
        is_label = len(questions) == 1 and questions[0].name == "label" and questions[0].item is None
        return questions[0] if is_label else None


def read(project: Project, item_ids: Sequence[int] | None = None) -> VoteArrays:
    """All annotations of a project, or those of some items."""
    parameters = {"project": project.pk, "items": item_ids}
    rows = copy.read(_ANNOTATIONS + (_OF_ITEMS if item_ids is not None else ""), _COLUMNS, parameters)
    values = distinct_values(project, "annotate_annotation", item_ids)
    code = values.codes(rows["hash"])
    rows, code = rows[code >= 0], code[code >= 0]
    items, item = np.unique(rows["item"].astype(np.int64), return_inverse=True)
    people, person = np.unique(rows["person"].astype(np.int64), return_inverse=True)
    return VoteArrays(
        items,
        people,
        item.astype(np.int32),
        person.astype(np.int32),
        code.astype(np.int32),
        values.values,
        lambda: contents(items),
        lambda answers: project.kind.questions(answers, project.spec),
    )


def read_gold(project: Project, items: Ids) -> Answers:
    """The known right values of these items, as if one person had given them."""
    rows = copy.read(_GOLD, {"item": ">i8", "hash": ">i8"}, {"project": project.pk})
    values = distinct_values(project, "annotate_item", column="gold")
    code, place = values.codes(rows["hash"]), np.searchsorted(items, rows["item"].astype(np.int64))
    place = place.clip(max=len(items) - 1)
    use = (code >= 0) & (items[place] == rows["item"])
    person = np.zeros(use.sum(), dtype=np.int32)
    code = code[use].astype(np.int32)
    return Answers(items, np.zeros(1, dtype=np.int64), place[use].astype(np.int32), person, code, values.values)


@dataclass(frozen=True, eq=False)
class DistinctValues:
    """Values by their hash: `hashes` ascending, `values` beside them."""

    hashes: Ids
    values: list[Any]

    def codes(self, hashes: NDArray[Any]) -> Ids:
        """Which of the values each hash is, -1 where it is none."""
        if not len(self.values):
            return np.full(len(hashes), -1, dtype=np.int64)
        wanted = hashes.astype(np.int64)
        place = np.searchsorted(self.hashes, wanted).clip(max=len(self.hashes) - 1)
        return np.where(self.hashes[place] == wanted, place, -1)


def distinct_values(
    project: Project, table: str, item_ids: Sequence[int] | None = None, column: str = "value"
) -> DistinctValues:
    """The different values in a column of the project's rows that its task type takes now.

    Where a type can say which values there can be at all, the table is not read.
    """
    parameters: dict[str, Any] = {"project": project.pk, "items": item_ids}
    query = _DISTINCT.format(table=table, column=column, of_items=_OF_ITEMS if item_ids is not None else "")
    if every_value := getattr(project.kind, "every_value", None):
        query, parameters = _HASHES, {"values": [orjson.dumps(value).decode() for value in every_value(project.spec)]}
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = [(hashed, orjson.loads(text)) for text, hashed in cursor.fetchall()]
    taken = sorted(((hashed, value) for hashed, value in rows if project.is_value(value)), key=itemgetter(0))
    return DistinctValues(np.array([hashed for hashed, _ in taken], dtype=np.int64), [value for _, value in taken])


def contents(item_ids: Ids) -> list[Content]:
    """What these items show, in their order; one that was deleted meanwhile shows nothing."""
    items = Item.objects.in_bulk(item_ids.tolist())
    return [items[pk].content if pk in items else Content(lambda: (None, None, None)) for pk in item_ids.tolist()]
