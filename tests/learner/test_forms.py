"""Rounds of forms: their questions are learned from features, and items asked for by how unsure the answers are."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from sklearn.datasets import load_digits

from annotate.models import Suggestion
from annotate_kit.learners import questions
from learner.evaluation.values import REPLICATES, Compared
from learner.exploration import in_test_share
from learner.features import store_vectors
from learner.models import FEWEST_TEST_ITEMS, Round
from projects.models import Project
from projects.tasktypes import Spec, form
from tests.learner.conftest import add_records, published_order, run_round

QUESTIONS = """Half: one of low | high
Traits: any of loop | even (optional)
Colour: one of red | blue (if Half is high)
Remark: line (optional)"""


def answers_to(digit: int) -> dict:
    """What is right of a digit; the colour cannot be seen, and the remark names the digit."""
    traits = [name for name, digits in (("loop", {0, 6, 8, 9}), ("even", {0, 2, 4, 6, 8})) if digit in digits]
    half = {"Half": "high", "Colour": "red"} if digit > 4 else {"Half": "low"}
    return {**half, "Traits": traits, "Remark": f"a {digit}"}


@pytest.fixture
def digits(make_project) -> Project:
    """320 digits, by their vectors."""
    project = make_project(
        labels=(),
        task_type="form",
        options={"questions": QUESTIONS},
        features="given_vectors",
        retrain_every=0,
        explore=0.3,
        show_suggestions="shown",
    )
    X, y = load_digits(return_X_y=True)
    add_records(project, [{"data": {"row": row}, "gold": answers_to(int(digit))} for row, digit in enumerate(y[:320])])
    store_vectors(project, [f"item-{row}" for row in range(1, 321)], X[:320] / 16)
    return project


def test_a_round_learns_the_questions_with_labels_scores_and_suggests_them(digits, ann, answer):
    answered = answer(digits, ann, 160)
    done = run_round(digits)
    assert (done.status, done.reason) == (Round.Status.FINISHED, "")
    assert done.n_test >= FEWEST_TEST_ITEMS
    assert 0.7 < done.score_low < done.score < done.score_high < 1
    assert 0.7 < done.cv_score < 1
    suggestions = Suggestion.objects.filter(project=digits, model="questions").select_related("item").order_by("pk")
    assert len(suggestions) > 80
    for suggestion in suggestions:
        assert set(suggestion.value) == {"Half", "Traits"} | (
            {"Colour"} if suggestion.value["Half"] == "high" else set()
        )
        assert suggestion.value == form.clean(suggestion.value, digits.spec), "as people's answers are stored"
        assert {"Half"} <= {part["question"] for part in suggestion.parts} <= {"Half", "Traits", "Colour"}
    right = [suggestion.value["Half"] == suggestion.item.gold["Half"] for suggestion in suggestions]
    assert np.mean(right) > 0.8
    ids = np.array([suggestion.item_id for suggestion in suggestions])
    assert not in_test_share(digits.pk, ids, 0.3).any()
    assert not set(ids.tolist()) & {item.pk for item in answered}


def test_unsure_items_come_first_one_of_each_region(digits, ann, answer):
    answer(digits, ann, 160)
    Project.objects.filter(pk=digits.pk).update(retrain_every=10)
    run_round(Project.objects.get(pk=digits.pk))
    by_score = Suggestion.objects.filter(project=digits, model="questions").order_by("-score")
    unsure = list(by_score.values_list("item", flat=True))
    order = [item for item in published_order(digits) if item in set(unsure)]
    assert order[0] == unsure[0]
    assert set(order[:10]) < set(unsure[:50])
    X = load_digits(return_X_y=True)[0]
    row = {item.pk: item.data["row"] for item in digits.items.all()}
    apart = [pdist(X[[row[item] for item in items]]).min() for items in (order[:10], unsure[:10])]
    assert apart[0] > apart[1]


def test_until_two_answers_to_a_question_differ_the_order_is_that_of_the_features(digits, ann, answer):
    answer(digits, ann, 5, value=lambda item: {**answers_to(1), "Remark": f"{item.pk}"})
    done = run_round(digits)
    assert done.status == Round.Status.FINISHED
    assert done.reason.startswith("needs two different answers to one question to learn from")
    assert len(published_order(digits)) > 100


def test_the_page_of_the_model_calls_the_score_right_answers(digits, ann, mona, answer, client):
    answer(digits, ann, 160)
    run_round(digits)
    client.force_login(mona)
    page = client.get(f"/projects/{digits.pk}/rounds/").content.decode()
    assert "Right answers" in page
    assert "Right answers of form" not in page


def test_the_interval_is_that_of_a_bootstrap_over_items_each_counting_by_its_answers():
    predicted = [{"a": "x", "b": "y", "c": "z"}, {"a": "x"}, {"b": "y"}, {"d": "y"}] * 5
    known = [{"a": "x", "b": "y", "c": "q"}, {"a": "q"}, {"b": "y"}, {"c": "y"}] * 5
    score = Compared(questions, predicted, known, [None] * 20).score(np.random.default_rng(0))
    drawn = np.random.default_rng(0).integers(20, size=(REPLICATES, 20)).tolist()
    figures = [questions.score([predicted[n] for n in rows], [known[n] for n in rows], [])["right"] for rows in drawn]
    assert score.value == 0.6
    assert [score.low, score.high] == pytest.approx(np.percentile(figures, [2.5, 97.5]))


def test_only_what_would_be_an_answer_is_suggested():
    spec = Spec(
        (), options=form.Options("Half: one of low | high\nTraits: any of a | b\nWhy: any of c (if Half is high)")
    )
    assert form.proposed({"Why": ["c"], "Traits": ["a"], "Half": "low"}, spec) == {"Half": "low", "Traits": ["a"]}
    assert form.proposed({"Half": "high", "Traits": [], "Why": ["c"]}, spec) == {"Half": "high", "Why": ["c"]}
    assert form.proposed({"Half": "low", "Traits": ["b", "a"]}, spec) == {"Half": "low", "Traits": ["a", "b"]}
    assert form.proposed({"Half": "neither", "Traits": ["b"]}, spec) == {"Traits": ["b"]}
