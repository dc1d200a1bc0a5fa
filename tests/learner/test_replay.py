"""The claim itself: people who are asked what teaches most teach the model more with as many answers."""

import numpy as np
import pytest

from annotate_kit.estimators import registry as estimators
from learner import dataset, rounds
from learner.features import store_vectors
from learner.models import Round
from tests.learner.conftest import add_records

pytestmark = [pytest.mark.django_db, pytest.mark.slow(reason="trains the model of new projects on digits")]
LABELS, BATCH, KNOWN = 120, 40, 1200


@pytest.fixture(params=[1, 2])
def digits(request):
    """Pictures of digits, the first 1200 to be labelled, the others never imported: (X, y)."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = np.random.default_rng(request.param).permutation(len(digits.target))
    return digits.data[order] / 16, digits.target[order]


def accuracy(digits, rows) -> float:
    """Of a plain logistic regression that knows these rows, on the digits that were never imported."""
    X, y = digits
    model = estimators.load("logistic_regression").make(10, 0, sparse=False)
    return float((model.fit(X[rows], y[rows]).predict(X[KNOWN:]) == y[KNOWN:]).mean())


def asked_by_the_queue(project, digits, ann, answer) -> np.ndarray:
    """The rows that ann was asked about, with a round after every 40 answers."""
    X, y = digits
    add_records(project, [{"data": {"row": row}, "gold": str(digit)} for row, digit in enumerate(y[:KNOWN])])
    store_vectors(project, [f"item-{row}" for row in range(1, KNOWN + 1)], X[:KNOWN])
    for _ in range(0, LABELS, BATCH):
        answer(project, ann, BATCH)
        assert rounds.run(project.rounds.unfinished().get()).status == Round.Status.FINISHED
    ids = project.items.order_by("pk").values_list("pk", flat=True)
    return np.searchsorted(ids, dataset.labelled(project).items)


def test_digits_that_the_queue_asks_teach_more_than_digits_at_random(make_project, digits, ann, answer):
    project = make_project(labels=tuple("0123456789"), features="given_vectors", retrain_every=BATCH)
    by_queue = accuracy(digits, asked_by_the_queue(project, digits, ann, answer))
    rng = np.random.default_rng(0)
    at_random = [accuracy(digits, rng.choice(KNOWN, LABELS, replace=False)) for _ in range(10)]
    assert 1 - by_queue < 0.9 * (1 - np.mean(at_random)), f"{by_queue:.3f} asked, {np.mean(at_random):.3f} at random"
