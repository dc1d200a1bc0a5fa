"""Which items may be verified by the page, by what the newest round predicts, and in which order pages take them."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from accounts.models import User
from annotate.models import Page, PageOffer
from annotate.queue.locks import lock_queue
from annotate.queue.staged import with_project
from core.postgres import copy
from core.postgres.locks import lock_until_commit
from core.postgres.transactions import atomic
from projects import label_sets
from projects.models import Project

FEWEST_TILES = 6  # fewer items are quicker labelled one by one
COUNTED = 10_000  # beyond, "more than 10,000": counting on would cost more than it tells

GOLDEN = (5**0.5 - 1) / 2

_ROWS = {"item": "bigint", "label": "bigint", "probability": "float8", "verifiable": "boolean", "place": "integer"}
_STORE = f"""
    INSERT INTO annotate_prediction (item_id, project_id, label_id, probability, verifiable, place)
    SELECT r.item, r.project, r.label, r.probability, r.verifiable, r.place FROM {with_project("predicted_rows")} r
    WHERE r.project = %(project)s AND r.label <> ALL (%(removed)s)
"""  # noqa: S608  the table is ours
# The open items of each offered label that this person has not had yet.
_OFFERED = """
    SELECT l.name, l.id, waiting.items, o.expected, o.caution, o.tested, o.wrong
    FROM annotate_pageoffer o JOIN projects_label l ON l.id = o.label_id CROSS JOIN LATERAL (
        SELECT count(*) AS items FROM (
            SELECT FROM annotate_prediction p JOIN annotate_queueentry q ON q.item_id = p.item_id
            WHERE p.label_id = o.label_id AND p.verifiable AND q.open AND NOT EXISTS (
                SELECT FROM annotate_assignment a WHERE a.item_id = q.item_id AND a.annotator_id = %(annotator)s
                AND a.status IN ('leased', 'submitted', 'skipped')
            ) LIMIT %(most)s
        ) counted
    ) waiting CROSS JOIN LATERAL (
        SELECT count(*) AS pages FROM annotate_page p WHERE p.label_id = o.label_id AND p.status = 'accepted'
    ) accepted
    WHERE o.project_id = %(project)s AND waiting.items >= %(fewest)s
    ORDER BY least(waiting.items, %(tiles)s) DESC, accepted.pages, o.expected, l.position, l.id
"""


class Predicted(NamedTuple):
    """Arrays of one length: items, the ids of their predicted labels, their probability, and whether an item may stand
    on a page."""

    items: NDArray[np.int64]
    labels: NDArray[np.int64]
    probability: NDArray[np.float64]
    verifiable: NDArray[np.bool_]


class Offered(NamedTuple):
    """A label whose items one person may verify by the page; `expected` is the share of wrong ones on a page, `wrong`
    of `tested` test items had another label."""

    label: str
    label_id: int
    items: int
    expected: float
    caution: float
    tested: int
    wrong: int


class Attention(NamedTuple):
    """How many pages somebody finished, and how many of these were dropped."""

    pages: int
    dropped: int


def is_possible(project: Project) -> bool:
    """Whether an item of this task type has exactly one label, which models here predict."""
    return project.labels_whole_items and not project.is_multilabel


@atomic
def publish(project: Project, predicted: Predicted, offers: Iterable[PageOffer] = ()) -> None:
    """Keep what a round predicts, and which labels may be verified, in place of those of the round before.

    Who deletes items holds the same lock, so none of those that are predicted is deleted before it is stored. What is
    said of a label that was removed since is passed over.
    """
    label_sets.hold(project.pk)
    labels = set(project.labels.values_list("pk", flat=True))
    lock_queue(project)
    with connection.cursor() as cursor:
        lock_until_commit(cursor, "annotate.predictions", project.pk)
        copy.create_staging_table(cursor, "predicted_rows", _ROWS)
        if len(predicted.items):
            arrays = (*predicted, places(predicted))
            columns = zip(_ROWS, (">i8", ">i8", ">f8", "?", ">i4"), arrays, strict=True)
            copy.append("predicted_rows", {column: (kind, values) for column, kind, values in columns})
        cursor.execute("DELETE FROM annotate_prediction WHERE project_id = %s", [project.pk])
        removed = [label for label in np.unique(predicted.labels).tolist() if label not in labels]
        cursor.execute(_STORE, {"project": project.pk, "removed": removed})
    PageOffer.objects.filter(project=project).delete()
    PageOffer.objects.bulk_create(offer for offer in offers if offer.label_id in labels)


def places(predicted: Predicted) -> NDArray[np.int64]:
    """(n,) of each item its place among the verifiable ones of its label, by which pages take them; 0 for others.

    Multiples of the golden ratio, less their whole part, arrange ranks so that any run of them is spread evenly over
    all (Sós 1957, the three-distance theorem). So each page has surer and less sure items in the same proportion.
    """
    place = np.zeros(len(predicted.items), dtype=np.int64)
    rows = np.flatnonzero(predicted.verifiable)
    rows = rows[np.lexsort((predicted.items[rows], predicted.probability[rows], predicted.labels[rows]))]
    _, starts, counts = np.unique(predicted.labels[rows], return_index=True, return_counts=True)
    for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
        turns = np.argsort(np.arange(count) * GOLDEN % 1)
        place[rows[start : start + count][turns]] = np.arange(count)
    return place


def offered(project: Project, annotator: User) -> Sequence[Offered]:
    """What this person may verify now; items are counted up to COUNTED + 1.

    Labels with a whole page come first, and of these the one with the fewest accepted pages: else models would learn
    one label after the other, and what pages of the last ones hold would be judged by a few answers. Of equals the one
    of which fewest are expected to be wrong comes first: what is labelled there may make models better at the others.
    """
    values = {"project": project.pk, "annotator": annotator.pk, "most": COUNTED + 1, "fewest": FEWEST_TILES - 1}
    values["tiles"] = project.page_tiles - 1
    with connection.cursor() as cursor:
        cursor.execute(_OFFERED, values)
        return [Offered(*row) for row in cursor.fetchall()]


def attention(project: Project, annotator: User) -> Attention:
    pages = project.pages.filter(annotator=annotator)
    dropped = pages.filter(status=Page.Status.DROPPED).count()
    return Attention(dropped + pages.filter(status=Page.Status.ACCEPTED).count(), dropped)
