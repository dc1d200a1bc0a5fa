"""Labels that a round doubts: their review order, the reason, their share, by REST as well."""

import pytest
from rest_framework.test import APIClient

from annotate import reviews
from annotate.models import Suspect, SuspectShare
from learner.rounds import undoing
from projects.models import Project
from tests import lasting
from tests.learner.conftest import finished_round, of_fruit_and_tools

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST
WRONG: list[int] = []  # the items whose answer is wrong


@pytest.fixture(scope="module")
def mistaken(make_project, ann, answer) -> Project:
    """Of 120 answers, every twentieth is wrong."""
    fruit_and_tools = of_fruit_and_tools(make_project)
    number = iter(range(1000))

    def value(item) -> str:
        other = {"fruit": "tools", "tools": "fruit"}[item.gold]
        return other if next(number) % 20 == 7 else item.gold

    answered = answer(fruit_and_tools, ann, 120, value)
    WRONG[:] = [item.pk for item in answered if item.annotations.get(annotator=ann).value != item.gold]
    finished_round(fruit_and_tools)
    return fruit_and_tools


def test_wrong_answers_are_the_suspects(mistaken):
    suspects = list(Suspect.objects.filter(project=mistaken).order_by("rank"))
    assert suspects
    assert {suspect.item_id for suspect in suspects[:4]} <= set(WRONG)
    assert all(suspect.label.name == suspect.item.gold for suspect in suspects[:4])
    assert mistaken.suspect_share.low <= len(WRONG) / 120 <= mistaken.suspect_share.high


def test_reviewers_see_them_first_and_why(mistaken, client, rita):
    client.force_login(rita)
    page = client.get(f"/projects/{mistaken.pk}/review/?order=suspect").content.decode()
    (first,) = reviews.waiting(mistaken, "suspect", 1)
    assert first.pk in WRONG
    assert "Why it is suspect" in page and f"says <strong>{first.gold}</strong>" in page
    assert "of the labels are wrong" in page
    suspicion = reviews.suspicion(first)
    assert 0 < len(suspicion.neighbours) <= 5 and first not in suspicion.neighbours
    assert suspicion.neighbours[0].gold == first.gold


def test_what_was_reviewed_is_no_longer_suspect(mistaken, rita, ann):
    (first,) = reviews.waiting(mistaken, "suspect", 1)
    before = reviews.counts(mistaken)["suspect"]
    reviews.accept([first.annotations.get(annotator=ann)], rita)
    assert first not in reviews.waiting(mistaken, "suspect", 10)
    assert reviews.counts(mistaken)["suspect"] == before - 1


def test_they_are_listed_by_rest(mistaken, rita, ann):
    api = APIClient()
    api.force_authenticate(rita)
    listed = api.get(f"/api/projects/{mistaken.pk}/suspects/").json()
    assert listed["low"] <= listed["share"] <= listed["high"]
    first = listed["suspects"][0]
    assert first["item"] in WRONG
    assert {first["label"], first["value"]} == {"fruit", "tools"}
    assert first["probability"] > first["probability_of_given"]
    api.force_authenticate(ann)
    assert api.get(f"/api/projects/{mistaken.pk}/suspects/").status_code == 404


def test_before_the_first_round_nothing_is_suspect(reviews, rita):
    api = APIClient()
    api.force_authenticate(rita)
    listed = api.get(f"/api/projects/{reviews.pk}/suspects/").json()
    assert (listed["share"], listed["items"], listed["suspects"]) == (None, 0, [])


def test_the_next_round_replaces_them(mistaken, ann, answer):
    answer(mistaken, ann, 20)
    finished_round(mistaken)
    ranks = list(Suspect.objects.filter(project=mistaken).order_by("rank").values_list("rank", flat=True))
    assert ranks == list(range(len(ranks)))


def test_an_undone_round_leaves_the_suspects_of_the_round_before(mistaken, mona, ann, answer):
    def doubted() -> list[tuple]:
        rows = Suspect.objects.filter(project=mistaken).order_by("rank")
        return list(rows.values_list("item", "label", "probability", "probability_of_given", "neighbours"))

    first, share = doubted(), SuspectShare.objects.get(project=mistaken)
    answer(mistaken, ann, 20)
    finished_round(mistaken)
    assert doubted() != first and mistaken.rounds.count() == 2
    undoing.undo(mistaken.rounds.latest("id"), mona)
    assert doubted() == first
    assert vars(SuspectShare.objects.get(project=mistaken)) | {"_state": 0} == vars(share) | {"_state": 0}


def test_after_the_first_round_was_undone_nothing_is_suspect(mistaken, mona):
    undoing.undo(mistaken.rounds.get(), mona)
    assert not Suspect.objects.filter(project=mistaken).exists()
    assert not SuspectShare.objects.filter(project=mistaken).exists()
    assert reviews.counts(mistaken)["suspect"] == 0
