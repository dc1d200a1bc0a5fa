"""Which items a round offers to be verified by the page."""

import numpy as np
import pytest

from annotate.models import Page, PageOffer, Prediction
from annotate.pages.offers import offered
from learner import features
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


def test_nothing_is_offered_by_fewer_test_items_than_five(make_project, ann, answer, abe):
    project = make(make_project, apart=2.5)
    project.explore = 0.03
    project.save()
    answer(project, ann, 60)
    finished_round(project)
    assert 0 < project.rounds.get().n_test < 5
    assert offered(project, abe) == []


def test_pages_go_on_by_what_was_answered_on_pages_where_test_items_are_too_few(make_project, ann, answer, abe):
    project = make(make_project, apart=2.5)
    project.explore = 0.03
    project.save()
    answer(project, ann, 60)
    project.annotations.update(origin="page")
    finished_round(project)
    assert project.rounds.get().n_test < 5
    assert {offer.label for offer in offered(project, abe)} == {"ham", "spam"}


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
