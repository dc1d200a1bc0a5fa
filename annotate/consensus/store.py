"""From beliefs to rows of consensus: the value that each belief speaks for, and a reviewer's word above it."""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.db import connection
from numpy.typing import NDArray
from scipy import sparse

from annotate.consensus.vote_arrays import Said
from annotate.models import Review
from projects.models import Project

Floats = NDArray[np.float64]

_STAGE = """
    CREATE TEMPORARY TABLE IF NOT EXISTS consensus_rows
    (item bigint, value jsonb, belief jsonb, certainty float8, dispute float8, settled boolean, votes int)
    ON COMMIT DELETE ROWS;
    TRUNCATE consensus_rows
"""
_COPY = "COPY consensus_rows FROM STDIN (FORMAT csv)"
_FIELDS = "value, belief, certainty, dispute, settled, votes"
_UPSERT = f"""
    INSERT INTO annotate_consensus AS c (item_id, project_id, {_FIELDS}, method, updated_at)
    SELECT r.item, i.project_id, r.value, r.belief, r.certainty, r.dispute, r.settled, r.votes, %(method)s, now()
    FROM consensus_rows r JOIN annotate_item i ON i.id = r.item WHERE i.project_id = %(project)s ORDER BY r.item
    ON CONFLICT (item_id) DO UPDATE
    SET value = excluded.value, belief = excluded.belief, certainty = excluded.certainty, dispute = excluded.dispute,
        settled = excluded.settled, votes = excluded.votes, method = excluded.method, updated_at = excluded.updated_at
    WHERE (c.value, c.belief, c.settled, c.votes, c.dispute, c.method) IS DISTINCT FROM
        (excluded.value, excluded.belief, excluded.settled, excluded.votes, excluded.dispute, excluded.method)
"""  # noqa: S608  the field names are ours


class Agreed(NamedTuple):
    item: int
    value: Any
    belief: dict[str, float]
    certainty: float
    dispute: float
    settled: bool
    votes: int


def store(project: Project, rows: Iterable[Agreed], method: str) -> None:
    """Keep these rows; those that say what is kept already are not written again. Needs a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.copy_expert(_COPY, io.StringIO("".join(_lines(rows))))
        cursor.execute("ANALYZE consensus_rows")
        cursor.execute(_UPSERT, {"project": project.pk, "method": method})


def _lines(rows: Iterable[Agreed]) -> Iterator[str]:
    for item, value, belief, certainty, dispute, settled, votes in rows:
        yield f"{item},{_quoted(value)},{_quoted(belief)},{certainty!r},{dispute!r},{int(settled)},{votes}\n"


def _quoted(value: Any) -> str:
    written = orjson.dumps(value).decode().replace('"', '""')
    return f'"{written}"'


def rows(
    project: Project, said: Said, beliefs: Sequence[Floats], item_ids: Sequence[int] | None = None
) -> Iterator[Agreed]:
    """One row an item that somebody said something about. `item_ids` None means that all items are in it."""
    belief = np.stack([fits[:, 1] for fits in beliefs], axis=1) if said.multiple else beliefs[0]
    chosen = _chosen(said, belief)
    settled = _settled(project, item_ids)
    names, value = project.label_names, project.kind.value
    columns = (said.items, np.round(belief, 6), _certainty(said, belief, chosen), _dispute(said), said.per_item)
    for item, shares, certainty, dispute, votes, labels in zip(
        *(column.tolist() for column in columns), _positions(said, chosen), strict=True
    ):
        if item in settled:
            yield _by_review(project, item, settled[item], dispute, votes)
        else:
            shown = dict(zip(names, shares, strict=True))
            yield Agreed(item, value(labels, names), shown, certainty, dispute, False, votes)


def _chosen(said: Said, belief: Floats) -> NDArray[np.bool_]:
    """(N, K) the labels that each belief speaks for: the likeliest, or every one above one half where several fit.

    An only vote stands, whoever gave it.
    """
    if said.multiple:
        chosen = belief > 0.5
    else:
        chosen = np.zeros(belief.shape, dtype=bool)
        chosen[np.arange(len(belief)), belief.argmax(axis=1)] = True
    alone = _only_vote(said)
    chosen[alone >= 0] = said.chosen[alone[alone >= 0]]
    return chosen


def _positions(said: Said, chosen: NDArray[np.bool_]) -> Iterable[list[int]]:
    if said.multiple:
        return (np.flatnonzero(row).tolist() for row in chosen)
    return ([label] for label in chosen.argmax(axis=1).tolist())


def _certainty(said: Said, belief: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """(N,) the belief in the value; where several labels fit, in the least certain yes or no of them."""
    if said.multiple:
        return np.where(chosen, belief, 1 - belief).min(axis=1, initial=1.0).round(6)
    return np.where(chosen, belief, 0.0).max(axis=1).round(6)


def _only_vote(said: Said) -> NDArray[np.int64]:
    """(N,) the value of the only vote, which stands whoever gave it; -1 where there are more."""
    alone = np.full(len(said.items), -1, dtype=np.int64)
    lonely = said.per_item[said.item] == 1
    alone[said.item[lonely]] = said.value[lonely]
    return alone


def _dispute(said: Said) -> Floats:
    """(N,) the chance that two votes of an item, drawn with replacement, differ."""
    shape = (len(said.items), max(1, len(said.values)))
    counts = sparse.coo_array((np.ones(len(said)), (said.item, said.value)), shape=shape).tocsr()
    agreeing = np.asarray((counts * counts).sum(axis=1))
    return np.round(1 - agreeing / said.per_item**2, 6)


def _settled(project: Project, item_ids: Sequence[int] | None) -> dict[int, Any]:
    """The values that a reviewer's newest verdict on an item accepted or made, by item."""
    verdicts = Review.objects.filter(project=project).order_by("item", "-id").distinct("item")
    if item_ids is not None:
        verdicts = verdicts.filter(item__in=item_ids)
    return {
        item: value
        for item, verdict, value in verdicts.values_list("item", "verdict", "value")
        if verdict != Review.Verdict.SENT_BACK and _is_value(project, value)
    }


def _is_value(project: Project, value: Any) -> bool:
    try:
        project.kind.clean(value, project.label_names)
    except ValueError:
        return False
    return True


def _by_review(project: Project, item: int, value: Any, dispute: float, people: int) -> Agreed:
    chosen = project.kind.votes(value, project.label_names)
    belief = {name: float(place in chosen) for place, name in enumerate(project.label_names)}
    return Agreed(item, value, belief, 1.0, dispute, True, people)
