"""From rows to arrays and back. The only module of the learner that sees both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate import consensus
from annotate.consensus import vote_arrays
from annotate.consensus.vote_arrays import distinct_values
from annotate.models import Item
from annotate.queue.suggestions import Proposal
from annotate_kit.aggregation import Votes
from core.postgres import copy
from projects import itemtypes, label_sets
from projects.estimators import learns_from_votes
from projects.models import Project

Ids = NDArray[np.int64]
_FIELDS = itemtypes.columns()


@dataclass(frozen=True)
class Labelled:
    """Items with a consensus.

    items   (n,) ids, ascending
    answers (n,) label positions; or, where an item has any number of labels, (n, L) of 0 and 1
    weights (n,) how certain the answer is, from 0 to 1 for the most certain
    votes   who said what of these items, by their places; None where the project's model does not learn from votes
    """

    items: Ids
    answers: NDArray[np.int64]
    weights: NDArray[np.float64]
    votes: Votes | None = None

    def __len__(self) -> int:
        return len(self.items)

    def part(self, rows: NDArray[Any]) -> "Labelled":
        votes = None if self.votes is None else self.votes.of_items(np.arange(len(self))[rows])
        return Labelled(self.items[rows], self.answers[rows], self.weights[rows], votes)


def labelled(project: Project) -> Labelled:
    """What people agree on so far, by the names of `project.label_set`; it is read again if that changed meanwhile."""
    while True:
        examples = _labelled(project)
        if label_sets.current(project.pk).version == project.label_set.version:
            return examples
        project.read_labels_again()


def _labelled(project: Project) -> Labelled:
    consensus.fresh(project)
    items, values, code, confidence = agreed_values(project)
    answers = project.kind.targets(values, project.spec)[code]
    return Labelled(items, answers, relative(confidence), _votes(project, items, answers))


def relative(confidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of training: where nobody is compared with anybody, all are equally uncertain, and all count one."""
    return np.maximum(confidence / max(confidence.max(initial=0.0), 1e-6), 1e-6)


def _votes(project: Project, items: Ids, answers: NDArray[np.int64]) -> Votes | None:
    """What everybody said of these items, where the project's model learns from that; None where it does not.

    What reviewers decided are the votes of one person more.
    """
    if not learns_from_votes(project.estimator) or project.is_multilabel:
        return None
    arrays = vote_arrays.read(project)
    question = arrays.label_question
    assert question is not None, "a project of one label an item has one question"
    known, settled = np.isin(arrays.items, items), _settled(project, items)
    votes = question.votes.where(known[question.votes.item])
    place = np.searchsorted(items, arrays.items)
    reviewers = np.full(len(settled), len(arrays.people))
    return Votes(
        np.concatenate([place[votes.item], settled]),
        np.concatenate([votes.annotator, reviewers]),
        np.concatenate([votes.label, answers[settled]]),
        len(items),
        len(arrays.people) + 1,
        len(project.label_names),
    )


def _settled(project: Project, items: Ids) -> NDArray[np.intp]:
    """The places of those that a reviewer decided."""
    rows = copy.read(
        "SELECT item_id FROM annotate_consensus WHERE project_id = %(project)s AND settled AND value IS NOT NULL",
        {"item": ">i8"},
        {"project": project.pk},
    )
    return np.flatnonzero(np.isin(items, rows["item"].astype(np.int64)))


def agreed_values(project: Project) -> tuple[Ids, list[Any], NDArray[np.int64], NDArray[np.float64]]:
    """The items that have a consensus, its distinct values, which of them each item has, and how sure each is.

    It is what people alone agree on: a model neither learns from its own vote nor is judged by it. Needs a fresh
    consensus.
    """
    rows = copy.read(
        """
        SELECT item_id, jsonb_hash_extended(coalesce(human_value, value), 0), coalesce(human_confidence, certainty)
        FROM annotate_consensus
        WHERE project_id = %(project)s AND value IS NOT NULL ORDER BY item_id
        """,
        {"item": ">i8", "hash": ">i8", "certainty": ">f8"},
        {"project": project.pk},
    )
    values = distinct_values(project, "annotate_consensus", column="coalesce(human_value, value)")
    code = values.codes(rows["hash"])
    rows, code = rows[code >= 0], code[code >= 0]
    return rows["item"].astype(np.int64), values.values, code, rows["certainty"].astype(np.float64)


def counts(labelled: Labelled, project: Project) -> NDArray[np.float64]:
    """How many of these items have each label of the project."""
    if labelled.answers.ndim == 2:
        return labelled.answers.sum(axis=0).astype(np.float64)
    return np.bincount(labelled.answers, minlength=len(project.label_names)).astype(np.float64)


def of_rarest_label(labelled: Labelled, project: Project) -> Ids:
    """The items with the label that fewest of these have, of those that any has."""
    often = counts(labelled, project)
    if not often.any():
        return labelled.items[:0]
    rarest = np.where(often > 0, often, np.inf).argmin()
    has_it = labelled.answers == rarest if labelled.answers.ndim == 1 else labelled.answers[:, rarest] > 0
    return labelled.items[has_it]


def pool(project: Project) -> Ids:
    """Items that may still be asked about, ascending: those with a place open, and those in somebody's hands."""
    return copy.read(
        """
        SELECT item_id FROM (
            SELECT item_id FROM annotate_queueentry WHERE project_id = %(project)s AND open
            UNION SELECT item_id FROM annotate_assignment WHERE project_id = %(project)s AND status = 'leased'
        ) pool ORDER BY item_id
        """,
        {"item": ">i8"},
        {"project": project.pk},
    )["item"].astype(np.int64)


def kind(project: Project) -> str:
    """What a model is mostly to look at: "text", "image" or "data"."""
    items = Item.objects.filter(project=project)
    return next((field for field in _FIELDS if items.filter(**{f"{field}__isnull": False}).exists()), "text")


def digests(project: Project, kinds: Sequence[str]) -> NDArray[np.void]:
    """(item, digest) of the project's items that show one of `kinds`, ascending by item.

    The digest changes when what the item shows does.
    """
    shows = " OR ".join(f"{field} IS NOT NULL" for field in _FIELDS if field in kinds)
    return copy.read(
        f"""
        SELECT id, substring(digest for 8) FROM annotate_item WHERE project_id = %(project)s AND ({shows}) ORDER BY id
        """,  # noqa: S608  the field names are ours
        {"item": ">i8", "digest": ">u8"},
        {"project": project.pk},
    ).astype([("item", "<i8"), ("digest", "<u8")])


def contents(items: Ids) -> Iterator[tuple[int, Any]]:
    """(item, what it shows) of those that are still there: text, the bytes of an image, or a record."""
    rows = Item.objects.filter(pk__in=items.tolist()).order_by("pk").values_list("pk", *_FIELDS, named=True)
    for row in rows.iterator(chunk_size=2000):
        _, item_type, content = itemtypes.shown_by(row)
        yield row.pk, item_type.for_model(content)


def with_lists(project: Project, field: str) -> Ids:
    """The items whose record has a list of two or more in this field, ascending."""
    return copy.read(
        """
        SELECT id FROM annotate_item WHERE project_id = %(project)s
        AND CASE WHEN jsonb_typeof(data -> %(field)s) = 'array' THEN jsonb_array_length(data -> %(field)s) > 1 END
        ORDER BY id
        """,
        {"item": ">i8"},
        {"project": project.pk, "field": field},
    )["item"].astype(np.int64)


def ids_of(project: Project, external_ids: Sequence[str]) -> dict[str, int]:
    """The items that have these names; a name without an item is missing from it."""
    return dict(project.items.filter(external_id__in=external_ids).values_list("external_id", "pk"))


def proposals(
    project: Project, items: Ids, proba: NDArray[np.floating], scores: NDArray[np.float64]
) -> Iterator[Proposal]:
    """What a model believes of items, as annotate keeps it."""
    names = project.label_names
    rounded = np.round(proba.astype(np.float64), 4).tolist()
    values = project.kind.predicted(proba, project.spec)
    for item, value, shares, score in zip(items.tolist(), values, rounded, scores.tolist(), strict=True):
        yield Proposal(item, value, dict(zip(names, shares, strict=True)), score)
