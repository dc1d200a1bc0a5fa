"""The page of the model says how far one vote can be trusted, by the items that get three votes anyway."""

from collections.abc import Iterator

import pytest
from rest_framework.test import APIClient

from learner import rounds
from learner.models import Round
from learner.pipeline import adaptive_votes, calibration
from projects.models import Project
from tests import lasting
from tests.learner.conftest import topics
from tests.learner.test_model_vote import weak_votes

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


@pytest.fixture(scope="module")
def answered(make_project) -> Iterator[Project]:
    """200 texts with three votes each, of people who are right two times in three; a third of them for calibration."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(adaptive_votes, "CALIBRATION_SHARE", 0.33)
        project = make_project(
            labels=("fruit", "tools"), retrain_every=0, votes_wanted=1, votes_most=3, acquisition="margin"
        )
        weak_votes(project, topics(200))
        rounds.run(rounds.begin(project, Round.Trigger.CLICK)[0])
        yield project


@pytest.fixture
def adaptive(answered) -> Project:
    return Project.objects.get(pk=answered.pk)


def test_it_tells_how_often_the_first_vote_is_what_all_agree_on(adaptive):
    shown = calibration.of(adaptive)
    assert 40 < shown.items < 95
    assert shown.first.low < shown.first.value < shown.first.high
    assert 0.6 < shown.first.value < 0.95


def test_it_tells_what_the_model_adds(adaptive):
    shown = calibration.of(adaptive)
    assert shown.if_same.value > shown.first.value > shown.if_not.value


def test_items_outside_the_calibration_share_do_not_count(adaptive, monkeypatch):
    monkeypatch.setattr(adaptive_votes, "CALIBRATION_SHARE", 0.0)
    shown = calibration.of(adaptive)
    assert (shown.items, shown.first) == (0, None)
    assert shown.lacking == "0 of 20 calibration items have 3 votes"


def test_the_page_shows_it_where_votes_adapt_and_not_elsewhere(adaptive, client, rita, make_project):
    client.force_login(rita)
    page = client.get(f"/projects/{adaptive.pk}/rounds/").content.decode()
    assert "How far can one vote be trusted?" in page and "Right where both say the same" in page
    adaptive.votes_most = 1
    adaptive.save()
    assert "How far can one vote be trusted?" not in client.get(f"/projects/{adaptive.pk}/rounds/").content.decode()


def test_rest_tells_the_same(adaptive, rita):
    api = APIClient()
    api.force_authenticate(rita)
    answer = api.get(f"/api/projects/{adaptive.pk}/calibration/").json()
    shown = calibration.of(adaptive)
    assert (answer["adapts"], answer["items"], answer["lacking"]) == (True, shown.items, "")
    assert answer["first"] == {"value": shown.first.value, "low": shown.first.low, "high": shown.first.high}
    assert answer["if_same"]["value"] > answer["first"]["value"] > answer["if_not"]["value"]


def test_rest_says_why_nothing_can_be_told(adaptive, rita, monkeypatch):
    api = APIClient()
    api.force_authenticate(rita)
    monkeypatch.setattr(adaptive_votes, "CALIBRATION_SHARE", 0.0)
    answer = api.get(f"/api/projects/{adaptive.pk}/calibration/").json()
    assert (answer["adapts"], answer["first"]) == (True, None)
    assert answer["lacking"] == "0 of 20 calibration items have 3 votes"
    Project.objects.filter(pk=adaptive.pk).update(votes_most=1)
    answer = api.get(f"/api/projects/{adaptive.pk}/calibration/").json()
    assert (answer["adapts"], answer["items"], answer["first"]) == (False, 0, None)
    assert "votes_most is not above votes_wanted" in answer["lacking"]
