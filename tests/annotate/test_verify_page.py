"""Verifying by the page, as a form without JavaScript; and where it is offered."""

import gzip
import re

import pytest

from annotate.models import Page
from annotate.views.labelling.verify import MODULES
from projects.models import Project
from tests.annotate.pages import with_offer
from tests.annotate.test_label_page import collected  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def crops(make_project, abe) -> Project:
    return with_offer(make_project(labels=("fruit", "tools"), page_tiles=12), abe)


def address(project: Project) -> str:
    return f"/projects/{project.pk}/verify/"


def shown_page(response) -> Page:
    return Page.objects.get(pk=int(re.search(r'name="page" value="(\d+)"', response.content.decode()).group(1)))


def test_a_page_is_a_form_that_works_without_javascript(client, crops, ann):
    client.force_login(ann)
    page = shown_page(client.get(address(crops)))
    wrong = page.tiles.get(assignment=None).place
    other, crossed, *_ = page.tiles.exclude(assignment=None).order_by("place").values_list("place", flat=True)
    form = {
        "page": page.pk,
        f"tile-{wrong}": "label:tools",
        f"tile-{other}": "label:tools",
        f"tile-{crossed}": "crossed",
    }
    response = client.post(address(crops), form, follow=True)
    assert "10 items are verified." in response.content.decode()
    assert crops.annotations.filter(annotator=ann, origin="page").count() == 10
    response = client.post(address(crops), {"act": "undo"}, follow=True)
    assert not crops.annotations.filter(annotator=ann).exists()
    assert page in crops.pages.filter(status="open")


def test_who_overlooked_the_known_wrong_tile_looks_again_at_what_they_marked(client, crops, ann):
    client.force_login(ann)
    page = shown_page(client.get(address(crops)))
    crossed = page.tiles.exclude(assignment=None).first()
    response = client.post(address(crops), {"page": page.pk, f"tile-{crossed.place}": "crossed"}, follow=True)
    again = shown_page(response)
    markup = response.content.decode()
    assert again.second_look_of == page
    assert re.search(r'id="second-look"[^>]*data-bad>Please look again', markup)
    assert [tile.item for tile in again.tiles.filter(marked=True)] == [crossed.item]
    assert re.search(r'value="crossed"\s+selected', markup)
    assert not crops.annotations.filter(annotator=ann).exists()
    response = client.post(address(crops), {"page": again.pk}, follow=True)
    tile = again.tiles.get(assignment=None).place + 1
    assert f"Nothing of that page was stored: you accepted tile {tile}" in response.content.decode()
    assert shown_page(response).second_look_of is None


def test_a_page_that_is_new_says_nothing_of_a_second_look(client, crops, ann):
    client.force_login(ann)
    markup = client.get(address(crops)).content.decode()
    assert re.search(r'id="second-look"[^>]* hidden>', markup)


def test_the_same_page_is_shown_again_after_a_reload(client, crops, ann):
    client.force_login(ann)
    assert shown_page(client.get(address(crops))) == shown_page(client.get(address(crops)))
    assert crops.assignments.live().filter(annotator=ann).count() == 11


def test_another_number_of_tiles_makes_another_page_and_gives_the_first_back(client, crops, ann):
    client.force_login(ann)
    first = shown_page(client.get(address(crops)))
    second = shown_page(client.get(f"{address(crops)}?tiles=24"))
    assert (first.tiles.count(), second.tiles.count()) == (12, 24)
    assert crops.assignments.live().filter(annotator=ann).count() == 23


def test_somebody_else_s_page_cannot_be_accepted(client, crops, ann, rita):
    client.force_login(ann)
    page = shown_page(client.get(address(crops)))
    client.force_login(rita)
    assert client.post(address(crops), {"page": page.pk}).status_code == 404


def test_where_nothing_is_offered_the_page_says_when_it_will_be(client, reviews, ann):
    client.force_login(ann)
    response = client.get(address(reviews))
    assert response.status_code == 200
    assert "20 answered test items" in response.content.decode()


@pytest.mark.parametrize("path", ["", "label/"])
@pytest.mark.parametrize("name", ["ann", "mona"])
def test_overview_and_labelling_screen_lead_there_when_it_is_offered(client, crops, request, path, name):
    client.force_login(request.getfixturevalue(name))
    assert address(crops) in client.get(f"/projects/{crops.pk}/{path}").content.decode()


@pytest.mark.parametrize("path", ["", "label/"])
def test_nothing_leads_there_when_it_is_not_offered(client, reviews, ann, path):
    client.force_login(ann)
    assert address(reviews) not in client.get(f"/projects/{reviews.pk}/{path}").content.decode()


def test_the_script_is_at_most_8_kb_compressed_beside_what_it_shares_with_the_labelling_screen(collected):  # noqa: F811
    sizes = {name: len(gzip.compress(collected[name], 9)) for name in MODULES}
    assert sum(size for name, size in sizes.items() if "/verify/" in name) <= 8 * 1024
    assert sum(sizes.values()) <= 9 * 1024
