"""Which items a round offers to be verified by the page."""

import numpy as np
import pytest

from annotate import consensus
from annotate.models import Page, PageOffer, Prediction
from annotate.pages.offers import offered
from learner import features
from learner.dataset import Labelled
from learner.evaluation import verification
from learner.exploration import in_test_share
from projects.models import Project
from tests.learner.conftest import add_records, finished_round

pytestmark = pytest.mark.django_db


def make(make_project, apart: float) -> Project:
    """500 records of two labels whose vectors are so far apart; a quarter is served at random."""
    project = make_project(
        labels=("ham", "spam"), retrain_every=0, explore=0.25, features="given_vectors", estimator="logistic_regression"
    )
    rng = np.random.default_rng(0)
    spam = rng.random(500) < 0.5
    add_records(
        project, [{"data": {"row": row}, "gold": ["ham", "spam"][int(is_spam)]} for row, is_spam in enumerate(spam)]
    )
    vectors = rng.normal(size=(500, 4)) + apart * np.outer(spam, np.ones(4))
    features.store_vectors(project, [f"item-{row}" for row in range(1, 501)], vectors)
    return project


@pytest.fixture
def separable(make_project, ann, answer) -> Project:
    project = make(make_project, apart=2.5)
    answer(project, ann, 160)
    finished_round(project)
    return project


def test_items_that_the_model_is_rightly_sure_of_are_offered(separable, abe):
    offers = offered(separable, abe)
    assert {offer.label for offer in offers} == {"ham", "spam"}
    assert all(0 < offer.expected <= 0.1 for offer in offers)
    rows = Prediction.objects.filter(project=separable, verifiable=True).values_list("label__name", "item__gold")
    right = np.mean([label == gold for label, gold in rows])
    assert right > 0.95


def test_less_sure_items_stand_on_pages_as_long_as_a_tenth_of_them_is_expected_to_be_wrong(make_project, ann, answer):
    project = make(make_project, apart=1.0)
    answer(project, ann, 160)
    finished_round(project)
    for offer in PageOffer.objects.filter(project=project):
        unanswered = Prediction.objects.filter(label=offer.label, item__annotations=None)
        sure = np.array(unanswered.filter(verifiable=True).values_list("probability", flat=True))
        others = unanswered.filter(verifiable=False).order_by("-probability").values_list("probability", flat=True)
        in_share = in_test_share(project.pk, np.array(unanswered.values_list("item", flat=True)), project.explore)
        assert (sure < 0.85).any() and offer.expected == pytest.approx((1 - sure).mean()) and offer.expected <= 0.1
        assert in_share.any() and len(others)
    assert project.page_offers.count() == 2


def test_of_a_label_that_was_often_wrong_only_surer_items_stand_on_pages(make_project):
    project = make(make_project, apart=1.0)
    rng = np.random.default_rng(1)
    items = np.sort(np.array(project.items.values_list("pk", flat=True)))
    label, sure = rng.integers(2, size=500), 1 - 0.4 * rng.random(500) ** 2
    proba = np.where(np.arange(2) == label[:, None], sure[:, None], 1 - sure[:, None])
    is_wrong = rng.random(500) < np.where(label == 0, 2, 1) * (1 - sure)
    rows = np.sort(rng.permutation(500)[:200])
    answers = Labelled(items[rows], np.where(is_wrong, 1 - label, label)[rows], np.ones(200))
    evidence = verification.Evidence(answers, np.ones(200, dtype=bool), np.zeros(200, dtype=bool), np.ones(200))
    judged = verification._judged(project, items, proba, evidence)
    stands = judged.believed.probability >= judged.least[judged.believed.label]
    assert stands[label == 0].mean() < stands[label == 1].mean() - 0.15
    assert all(is_wrong[stands & (label == k)].mean() < 0.12 for k in (0, 1))


def test_items_that_are_served_at_random_stand_on_no_page(separable):
    items = np.array(Prediction.objects.filter(verifiable=True).values_list("item", flat=True))
    assert len(items)
    assert not in_test_share(separable.pk, items, separable.explore).any()


def test_every_item_has_a_prediction(separable):
    assert Prediction.objects.filter(project=separable).count() == 500


def test_nothing_is_offered_where_the_model_is_often_wrong(make_project, ann, answer, abe):
    project = make(make_project, apart=0.2)
    answer(project, ann, 160)
    finished_round(project)
    assert offered(project, abe) == []


def test_few_test_items_and_others_that_a_model_had_not_seen_offer_pages_together(make_project, ann, answer, abe):
    project = make(make_project, apart=2.5)
    answer(project, ann, 40)
    finished_round(project)
    assert {offer.label for offer in offered(project, abe)} == {"ham", "spam"}


def test_nothing_is_offered_before_a_test_item_is_answered(make_project, ann, answer, abe):
    project = make(make_project, apart=2.5)
    project.explore = 0.001
    project.save()
    answer(project, ann, 60)
    finished_round(project)
    assert project.rounds.get().n_test == 0
    assert offered(project, abe) == []


def test_pages_go_on_by_what_was_answered_on_pages_where_test_items_are_too_few(make_project, ann, answer, abe):
    project = make(make_project, apart=2.5)
    project.explore = 0.03
    project.save()
    answer(project, ann, 60)
    project.annotations.update(origin="page")
    finished_round(project)
    assert project.rounds.get().n_test < 3
    assert {offer.label for offer in offered(project, abe)} == {"ham", "spam"}


def test_answers_that_a_model_was_trained_on_say_nothing_of_it(make_project, ann, answer):
    project = make(make_project, apart=2.5)
    answer(project, ann, 60)
    consensus.fresh(project)
    items = np.sort(np.array(project.items.values_list("pk", flat=True)))
    answered = np.sort(np.array(project.annotations.values_list("item", flat=True)))
    tests = answered[in_test_share(project.pk, answered, project.explore)]
    others = np.setdiff1d(answered, tests)
    assert list(verification._evidence(project, items, None).answers.items) == list(answered)
    left_out = verification._evidence(project, items, others[:10]).answers.items
    assert sorted(left_out) == sorted([*tests, *others[:10]])


def test_pages_that_were_dropped_make_marked_tiles_count_more(make_project, ann):
    project = make(make_project, apart=2.5)
    label = project.labels.get(name="ham")
    few = verification._overlooked(project)
    for status in ("accepted", "dropped") * 10:
        Page.objects.create(project=project, annotator=ann, label=label, status=status)
    assert few == pytest.approx(0.1) and verification._overlooked(project) == pytest.approx(0.3)


def test_the_next_round_replaces_the_offers(separable, ann, answer):
    answer(separable, ann, 40)
    finished_round(separable)
    assert PageOffer.objects.filter(project=separable).count() == 2
    assert Prediction.objects.filter(project=separable).count() == 500
