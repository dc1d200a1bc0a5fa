"""What people said, as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from annotate.models import Annotation
from annotate_kit.aggregation import Votes
from core.postgres import copy
from projects.models import Project

Ids = NDArray[np.int64]

_SAID = """
    SELECT n.item_id, n.annotator_id, v.code - 1
    FROM annotate_annotation n JOIN unnest(%(values)s::jsonb[]) WITH ORDINALITY AS v(value, code) ON v.value = n.value
    WHERE n.project_id = %(project)s
"""
_COLUMNS = {"item": ">i8", "person": ">i8", "code": ">i8"}


@dataclass(frozen=True, eq=False)
class Said:
    """The annotations of a project or of some of its items, one number each; values of no present label are left out.

    items, people         the ids that the numbers stand for, ascending
    item, person, value   (V,) which item, which person, which of `values`
    chosen                (C, K) which labels each of the values names
    """

    items: Ids
    people: Ids
    item: NDArray[np.int32]
    person: NDArray[np.int32]
    value: NDArray[np.int32]
    values: list[Any]
    chosen: NDArray[np.bool_]
    multiple: bool

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def questions(self) -> list[Votes]:
        """What a method can answer: which label; or, where several fit, of each label whether it does."""
        sizes = (len(self.items), len(self.people))
        if not self.multiple:
            label = self.chosen.argmax(axis=1)[self.value] if len(self.values) else self.value
            return [Votes(self.item, self.person, label, *sizes, self.chosen.shape[1])]
        return [Votes(self.item, self.person, fits[self.value].astype(np.int32), *sizes, 2) for fits in self.chosen.T]

    @cached_property
    def as_values(self) -> Votes:
        """The whole values as if each were a label: who says exactly the same as whom."""
        sizes = (len(self.items), len(self.people))
        return Votes(self.item, self.person, self.value, *sizes, max(1, len(self.values)))

    @cached_property
    def per_item(self) -> NDArray[np.int64]:
        """(N,) how many people said something about each item."""
        return np.bincount(self.item, minlength=len(self.items))


def read(project: Project, item_ids: Sequence[int] | None = None) -> Said:
    """All annotations of a project, or those of some items."""
    values = _values(project, item_ids)
    found = copy.read(
        _SAID + ("AND n.item_id = ANY(%(items)s)" if item_ids is not None else ""),
        _COLUMNS,
        {"project": project.pk, "values": [orjson.dumps(v).decode() for v in values], "items": item_ids},
    )
    items, item = np.unique(found["item"].astype(np.int64), return_inverse=True)
    people, person = np.unique(found["person"].astype(np.int64), return_inverse=True)
    code = found["code"].astype(np.int32)
    chosen = _chosen(project, values)
    return Said(
        items, people, item.astype(np.int32), person.astype(np.int32), code, values, chosen, project.kind.multiple
    )


def _values(project: Project, item_ids: Sequence[int] | None) -> list[Any]:
    """The values that annotations can have: the labels; or, where several fit, the sets of them that were chosen."""
    if not project.kind.multiple:
        return list(project.label_names)
    rows = Annotation.objects.filter(project=project)
    if item_ids is not None:
        rows = rows.filter(item__in=item_ids)
    known = set(project.label_names)
    return [value for value in rows.order_by().values_list("value", flat=True).distinct() if known.issuperset(value)]


def _chosen(project: Project, values: list[Any]) -> NDArray[np.bool_]:
    chosen = np.zeros((len(values), len(project.label_names)), dtype=bool)
    for row, value in enumerate(values):
        chosen[row, project.kind.votes(value, project.label_names)] = True
    return chosen
