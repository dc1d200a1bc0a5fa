"""The claim itself: people who are asked what teaches most teach the model more with as many answers."""

import numpy as np
import pytest

from annotate.models import Annotation
from annotate_kit.estimators import registry as estimators
from annotate_kit.learners import questions
from learner import rounds
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


def asked_by_the_queue(project, digits, gold, ann, answer) -> np.ndarray:
    """The rows that ann was asked about, of which `gold(digit)` is right, with a round after every 40 answers."""
    X, y = digits
    add_records(project, [{"data": {"row": row}, "gold": gold(int(digit))} for row, digit in enumerate(y[:KNOWN])])
    store_vectors(project, [f"item-{row}" for row in range(1, KNOWN + 1)], X[:KNOWN])
    for _ in range(0, LABELS, BATCH):
        answer(project, ann, BATCH)
        assert rounds.run(project.rounds.unfinished().get()).status == Round.Status.FINISHED
    ids = project.items.order_by("pk").values_list("pk", flat=True)
    answered = Annotation.objects.filter(project=project).values_list("item", flat=True)
    return np.searchsorted(ids, np.sort(answered))


def test_digits_that_the_queue_asks_teach_more_than_digits_at_random(make_project, digits, ann, answer):
    project = make_project(labels=tuple("0123456789"), features="given_vectors", retrain_every=BATCH)
    by_queue = accuracy(digits, asked_by_the_queue(project, digits, str, ann, answer))
    rng = np.random.default_rng(0)
    at_random = [accuracy(digits, rng.choice(KNOWN, LABELS, replace=False)) for _ in range(10)]
    assert 1 - by_queue < 0.9 * (1 - np.mean(at_random)), f"{by_queue:.3f} asked, {np.mean(at_random):.3f} at random"


QUESTIONS = "Parity: one of odd | even\nTraits: any of closed loop | large | straight lines (optional)"


def answers_to(digit: int) -> dict:
    traits = {"closed loop": (0, 6, 8, 9), "large": (5, 6, 7, 8, 9), "straight lines": (1, 4, 7)}
    return {"Parity": ["even", "odd"][digit % 2], "Traits": [name for name, of in traits.items() if digit in of]}


def right_answers(digits, rows) -> float:
    """Of the form's own learner that knows these rows, on the digits that were never imported."""
    X, y = digits
    values = [answers_to(int(digit)) for digit in y]
    model = questions.fit(X[rows], [values[row] for row in rows])
    predicted = [prediction.value for prediction in questions.predict(model, X[KNOWN:])]
    return questions.score(predicted, values[KNOWN:], [])["right"]


def test_forms_about_digits_that_the_queue_asks_teach_more_than_at_random(make_project, digits, ann, answer):
    project = make_project(
        labels=(),
        task_type="form",
        options={"questions": QUESTIONS},
        features="given_vectors",
        retrain_every=BATCH,
    )
    by_queue = right_answers(digits, asked_by_the_queue(project, digits, answers_to, ann, answer))
    rng = np.random.default_rng(0)
    at_random = [right_answers(digits, rng.choice(KNOWN, LABELS, replace=False)) for _ in range(10)]
    assert by_queue > np.mean(at_random) + 0.01, f"{by_queue:.3f} asked, {np.mean(at_random):.3f} at random"
