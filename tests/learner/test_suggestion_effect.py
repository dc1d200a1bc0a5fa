"""How far suggestions pull people: measured against items served at random, where none are shown."""

import numpy as np
import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from annotate.models import Annotation, Item
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from learner.evaluation import suggestion_effect
from learner.evaluation.suggestion_effect import _Compared, _pull
from projects.models import Project
from tests import lasting
from tests.learner.conftest import add_records, finished_round, topics

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


@pytest.fixture(scope="module")
def suggesting(make_project, ann, answer) -> Project:
    """A project that shows suggestions and keeps a third of its items for the test; a model is trained."""
    project = make_project(labels=("fruit", "tools"), retrain_every=0, explore=0.33, show_suggestions="shown")
    add_records(project, topics(300))
    answer(project, ann, 60)
    finished_round(project)
    return project


def label(project: Project, person, count: int, follows: bool) -> None:
    """Who follows says what is suggested; without a suggestion, or not following, anything."""
    rng = np.random.default_rng(0)
    while count > 0 and (leased := lease(project, person, min(20, count))):
        for assignment in leased:
            suggested = assignment.suggestion_shown
            value = suggested["value"] if follows and suggested else str(rng.choice(["fruit", "tools"]))
            submit(assignment, value)
        count -= len(leased)


def test_who_follows_suggestions_is_seen_to_be_pulled(suggesting, abe):
    label(suggesting, abe, 200, follows=True)
    effect = suggestion_effect.of(suggesting)
    assert effect.lacking == ""
    assert effect.with_suggestion.value == 1.0
    assert effect.without.value < 0.9
    assert 0 < effect.pull.low < effect.pull.value < effect.pull.high


def test_who_pays_no_heed_is_not(suggesting, abe):
    label(suggesting, abe, 200, follows=False)
    Annotation.objects.exclude(annotator=abe).filter(project=suggesting).delete()
    effect = suggestion_effect.of(suggesting)
    assert effect.pull.low < 0 < effect.pull.high
    assert "No pull" in suggestion_effect.sentence(effect.pull)


def test_before_there_is_enough_it_says_what_is_lacking(suggesting, abe):
    assert suggestion_effect.of(suggesting).lacking == "nobody has answered with a suggestion in sight"
    label(suggesting, abe, 4, follows=True)
    cache.clear()  # on a busy machine it is cached
    assert "too early" in suggestion_effect.of(suggesting).lacking


def test_items_of_which_the_model_is_unsure_are_not_compared_with_easy_ones():
    unsure, sure = np.full(200, 0.55), np.full(200, 0.95)
    half, all_equal = np.arange(200) % 2 == 0, np.ones(200, dtype=bool)
    shown = _Compared(np.concatenate([half, all_equal[:20]]), np.concatenate([unsure, sure[:20]]))
    hidden = _Compared(np.concatenate([half[:20], all_equal]), np.concatenate([unsure[:20], sure]))
    assert shown.share.value < 0.6 < 0.9 < hidden.share.value
    assert _pull(shown, hidden).value == pytest.approx(0.0)
    assert _pull(_Compared(half, unsure), _Compared(all_equal, sure)) is None


def test_the_page_and_rest_tell_reviewers(suggesting, client, rita, ann, abe):
    label(suggesting, abe, 200, follows=True)
    client.force_login(rita)
    page = client.get(f"/projects/{suggesting.pk}/rounds/").content.decode()
    assert "Do suggestions pull people?" in page
    assert "People follow suggestions" in page
    api = APIClient()
    api.force_authenticate(rita)
    row = api.get(f"/api/projects/{suggesting.pk}/suggestions/effect/").json()
    assert row["pull"]["low"] > 0
    assert row["n_with"] + row["n_without"] <= Annotation.objects.count()
    api.force_authenticate(ann)
    assert api.get(f"/api/projects/{suggesting.pk}/suggestions/effect/").status_code == 404


def test_where_suggestions_are_hidden_the_page_says_nothing(fruit_and_tools, client, rita):
    client.force_login(rita)
    assert "Do suggestions pull" not in client.get(f"/projects/{fruit_and_tools.pk}/rounds/").content.decode()
    assert Item.objects.filter(project=fruit_and_tools).exists()
