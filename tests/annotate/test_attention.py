"""People who verify pages are shown with the known wrong tiles that they noticed, and the pages that were dropped."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from annotate.pages.accepting import accept, undo
from annotate.pages.opening import open_page
from annotate.statistics import attention
from projects.models import Project
from tests.annotate.pages import with_offer
from tests.pages import markup_of

pytestmark = pytest.mark.django_db


def verify(project: Project, person: User, *, attentive: bool, wrong: int = 0) -> None:
    """Finish a page, seeing the known wrong tile or nothing; `wrong` others are crossed out."""
    page = open_page(project, person)
    tiles = list(page.tiles.order_by("place"))
    marks = {tile.place: None for tile in [tile for tile in tiles if tile.assignment_id][:wrong]}
    if attentive:
        marks |= {tile.place: None for tile in tiles if tile.assignment_id is None}
    accept(page, marks, seconds=12.0)


@pytest.fixture
def verified(make_project, ann, abe, rita) -> Project:
    """ann notices on two of three pages; abe, who labelled before, on none of one; rita has only opened one."""
    project = with_offer(make_project(labels=("fruit", "tools"), page_tiles=8), abe, fruit=60)
    verify(project, ann, attentive=True, wrong=2)
    verify(project, ann, attentive=True)
    verify(project, ann, attentive=False)
    verify(project, abe, attentive=False)
    open_page(project, rita)
    return project


def test_each_persons_pages_are_counted_with_an_interval(verified, ann, abe):
    of_ann, of_abe = attention.of_people(verified)
    assert (of_ann.user, of_ann.pages, of_ann.accepted, of_ann.dropped) == (ann, 3, 2, 1)
    assert (of_ann.tiles, of_ann.marked, of_ann.seconds) == (14, 2, 12.0)
    assert of_ann.noticed.low < 0.3 and of_ann.noticed.value == pytest.approx(2 / 3) and of_ann.noticed.high > 0.9
    assert (of_abe.user, of_abe.pages, of_abe.dropped, of_abe.tiles) == (abe, 1, 1, 0)
    assert (of_abe.noticed.value, of_abe.noticed.low) == (0, 0) and of_abe.noticed.high > 0.7
    assert attention.of_people(verified, abe) == [of_abe]


def test_a_page_that_was_taken_back_counts_no_more(make_project, ann, abe):
    project = with_offer(make_project(labels=("fruit", "tools"), page_tiles=8), abe)
    verify(project, ann, attentive=True)
    undo(project.pages.get())
    assert attention.of_people(project) == []


def test_reviewers_see_it_on_the_page_of_the_people(verified, client, rita):
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{verified.pk}/people/"))
    assert "Verified by the page" in page
    assert "2 of 3" in page and "0 of 1" in page
    assert "2 of 3 pages; 1 dropped" in markup_of(client.get(f"/projects/{verified.pk}/people/ann/"))


def test_who_had_every_page_dropped_is_shown_without_an_answer(make_project, client, ann, abe, rita):
    project = with_offer(make_project(labels=("fruit", "tools"), page_tiles=8), abe)
    verify(project, ann, attentive=False)
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{project.pk}/people/ann/"))
    assert "0 of 1 pages; 1 dropped" in page and "No answers yet" in page


def test_nothing_is_shown_where_nobody_has_verified_a_page(make_project, client, rita):
    project = make_project(labels=("fruit", "tools"))
    client.force_login(rita)
    assert "Verified by the page" not in markup_of(client.get(f"/projects/{project.pk}/people/"))


def test_rest_tells_it_to_reviewers_by_the_names_that_they_see(verified, rita):
    api = APIClient()
    api.force_authenticate(rita)
    of_abe, of_ann = api.get(f"/api/projects/{verified.pk}/pages/attention/").json()
    assert (of_abe["username"], of_abe["pages"], of_abe["dropped"]) == ("abe", 1, 1)
    assert (of_ann["username"], of_ann["tiles"], of_ann["marked"]) == ("ann", 14, 2)
    assert of_ann["noticed"]["low"] < of_ann["noticed"]["value"] < of_ann["noticed"]["high"]
    Project.objects.filter(pk=verified.pk).update(hide_names=True)
    names = {row["username"] for row in api.get(f"/api/projects/{verified.pk}/pages/attention/").json()}
    assert not names & {"ann", "abe"}
