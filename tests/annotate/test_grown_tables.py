"""What is stored in bulk costs by its rows, also of items that the planner's statistics do not know yet."""

from collections.abc import Callable

import numpy as np
import pytest
from django.db import connection
from numpy.typing import NDArray

from annotate.consensus import model_vote
from annotate.consensus import store as consensus
from annotate.imports.run import import_records
from annotate.models import Item, PageOffer, Prediction
from annotate.pages import offers
from annotate.queue import suggestions
from annotate_kit.formats.records import Record
from projects.models import Project
from tests import lasting

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST
ITEMS = 5_000  # joined row by row, they would take 4 s

Ids = NDArray[np.int64]


def _add(project: Project) -> None:
    import_records(
        project, (Record(row=row, external_id=f"{row}", text=f"number {row}") for row in range(1, ITEMS + 1))
    )


def _store_predictions(project: Project, items: Ids) -> None:
    labels = np.full(ITEMS, project.labels.values_list("pk", flat=True)[0])
    offers.publish(project, offers.Predicted(items, labels, np.ones(ITEMS), np.ones(ITEMS, dtype=bool)))


def _store_model_votes(project: Project, items: Ids) -> None:
    model_vote.store(project, items, np.tile([0.3, 0.7], (ITEMS, 1)))


def _store_suggestions(project: Project, items: Ids) -> None:
    suggestions.store(project, "mine", (suggestions.Proposal(item, "yes") for item in items.tolist()))


def _store_consensus(project: Project, items: Ids) -> None:
    rows = (consensus.ConsensusRow(item, "yes", {"yes": 1.0}, None, 1.0, 0.0, True, 1) for item in items.tolist())
    consensus.store(project, rows, "majority_vote")


@pytest.fixture(scope="module")
def grown(make_project) -> tuple[Project, Ids]:
    """A project that is as large as all others together, when the planner's statistics were made, and its items."""
    _add(make_project(name="known"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE annotate_item, projects_label")
    project = make_project(name="new", labels=("no", "yes"))
    _add(project)
    return project, np.array(Item.objects.filter(project=project).order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize("store", [_store_predictions, _store_model_votes, _store_suggestions, _store_consensus])
def test_what_is_stored_of_new_items_is_not_joined_row_by_row(grown, store: Callable[[Project, Ids], None]):
    project, items = grown
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '2s'")
        store(project, items)
        cursor.execute("SET LOCAL statement_timeout = 0")


def test_what_a_round_says_of_a_label_that_was_removed_meanwhile_is_passed_over(make_project):
    project = make_project(labels=("no", "yes", "perhaps"))
    import_records(project, [Record(row=row, external_id=f"{row}", text=f"number {row}") for row in (1, 2)])
    items = np.array(project.items.order_by("pk").values_list("pk", flat=True))
    present, removed = project.labels.get(name="yes"), project.labels.get(name="perhaps")
    figures = {"tested": 40, "wrong": 1, "expected": 0.03, "caution": 2.0}
    offered = [PageOffer(project=project, label_id=label.pk, **figures) for label in (present, removed)]
    removed_id = removed.pk
    removed.delete()
    predicted = offers.Predicted(items, np.array([present.pk, removed_id]), np.ones(2), np.ones(2, dtype=bool))
    offers.publish(project, predicted, offered)
    assert [row.item_id for row in Prediction.objects.all()] == [items[0]]
    assert PageOffer.objects.get().label == present
