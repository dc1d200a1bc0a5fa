"""What an answer to an item of practice has right and what not: as a whole, and part by part where it has parts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotate.models import Annotation
from annotate_kit import merging
from projects import tasktypes
from projects.models import Project
from projects.tasktypes import Part


@dataclass(frozen=True)
class Outcome:
    """`missed` and `extra` are values: what the answer lacks of the right one, and what it has beyond that.

    `likeness` is from 0 to 1, `n_right` counts the parts that are right, of `n_parts`; None for labels of whole items.
    """

    is_right: bool
    likeness: float | None = None
    n_right: int | None = None
    n_parts: int | None = None
    missed: Any = None
    extra: Any = None


def of(answer: Annotation) -> Outcome:
    project, gold = answer.project, answer.item.gold
    if answer.value == gold or project.labels_whole_items:
        return Outcome(answer.value == gold)
    kind, content = project.kind, replace(answer.item.content, scale=project.spec.scale)
    likeness = 1 - kind.distance(answer.value, gold, content)
    drawn, known = kind.parts(answer.value), kind.parts(gold)
    if any(part.label is None for part in [*drawn, *known]):
        return Outcome(likeness == 1, likeness)
    matched = _matched(project, drawn, known, content)
    missed = [part for row, part in enumerate(known) if row not in matched.values()]
    extra = [part for row, part in enumerate(drawn) if row not in matched]
    return Outcome(
        not missed and not extra,
        likeness,
        len(matched),
        len(known),
        kind.rebuild(None, missed) if missed else None,
        kind.rebuild(None, extra) if extra else None,
    )


def _matched(project: Project, drawn: Sequence[Part], known: Sequence[Part], content: Any) -> dict[int, int]:
    """Which known part each drawn one is. Shapes count as found as in scores: by half of their extent."""
    merged = tasktypes.merging_of(project.task_type)
    geometry = getattr(merging.registry.load(merged), "GEOMETRY", None) if merged in merging.registry.names else None
    least = 1.0 if geometry is None else geometry.same
    if not drawn or not known:
        return {}
    kind = project.kind
    alike = np.array(
        [[1 - kind.distance(kind.rebuild(None, [a]), kind.rebuild(None, [b]), content) for b in known] for a in drawn]
    )
    alike[alike < least - 1e-9] = 0
    rows, columns = merging.matching(alike)
    return {int(a): int(b) for a, b in zip(rows, columns, strict=True) if alike[a, b] > 0}
