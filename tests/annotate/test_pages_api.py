"""Verifying by the page by REST."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from annotate.models import Page
from projects.models import Project
from tests.annotate.pages import with_offer

pytestmark = pytest.mark.django_db


@pytest.fixture
def crops(make_project, abe) -> Project:
    return with_offer(make_project(labels=("fruit", "tools"), page_tiles=12), abe)


@pytest.fixture
def api(ann) -> APIClient:
    client = APIClient()
    client.force_authenticate(ann)
    return client


def known_wrong(page: dict) -> str:
    return str(Page.objects.get(pk=page["id"]).tiles.get(assignment=None).place)


def test_a_page_is_opened_answered_and_taken_back(crops, api):
    (offer,) = api.get(f"/api/projects/{crops.pk}/pages/").json()["offers"]
    assert (offer["label"], offer["items"]) == ("fruit", 40)
    page = api.post(f"/api/projects/{crops.pk}/pages/", {"tiles": 8}, format="json").json()["page"]
    assert (page["label"], len(page["tiles"])) == ("fruit", 8)
    assert {tile["item"]["external_id"] for tile in page["tiles"]} == {""}
    answers = {"marks": {known_wrong(page): "tools"}, "client_key": str(uuid4()), "seconds": 12}
    outcome = api.put(f"/api/pages/{page['id']}/answers/", answers, format="json").json()
    assert (outcome["status"], outcome["stored"]) == ("accepted", 7)
    assert api.put(f"/api/pages/{page['id']}/answers/", answers, format="json").json() == outcome
    again = api.delete(f"/api/pages/{page['id']}/answers/").json()
    assert [str(tile["place"]) for tile in again["tiles"] if tile["label"] == "tools"] == [known_wrong(page)]
    assert not crops.annotations.filter(origin="page").exists()


def test_a_dropped_page_comes_back_with_its_marks(crops, api):
    page = api.post(f"/api/projects/{crops.pk}/pages/").json()["page"]
    crossed = next(tile for tile in page["tiles"] if str(tile["place"]) != known_wrong(page))
    answers = {"marks": {str(crossed["place"]): None}, "client_key": str(uuid4())}
    outcome = api.put(f"/api/pages/{page['id']}/answers/", answers, format="json").json()
    again = outcome.pop("second_look")
    assert outcome == {"status": "dropped", "stored": 0, "returned": 0, "known_wrong": None}
    assert (again["second_look_of"], again["status"], len(again["tiles"])) == (page["id"], "open", 12)
    assert [tile["item"] for tile in again["tiles"] if tile["marked"]] == [crossed["item"]]
    assert api.get(f"/api/pages/{again['id']}/").json() == again
    repeated = api.put(f"/api/pages/{page['id']}/answers/", answers, format="json").json()
    assert repeated == outcome | {"second_look": again}
    assert api.delete(f"/api/pages/{page['id']}/answers/").status_code == 409


def test_a_page_that_is_dropped_twice_says_which_tile_it_was(crops, api):
    page = api.post(f"/api/projects/{crops.pk}/pages/").json()["page"]
    dropped = api.put(f"/api/pages/{page['id']}/answers/", {"marks": {}}, format="json").json()
    again = dropped["second_look"]
    outcome = api.put(f"/api/pages/{again['id']}/answers/", {"marks": {}}, format="json").json()
    assert (outcome["status"], outcome["stored"], outcome["returned"]) == ("dropped", 0, 11)
    assert (str(outcome["known_wrong"]), outcome["second_look"]) == (known_wrong(again), None)
    attention = api.get(f"/api/projects/{crops.pk}/pages/").json()
    assert (attention["pages"], attention["dropped"]) == (2, 2)


def test_a_page_is_renewed_and_released(crops, api):
    page = api.post(f"/api/projects/{crops.pk}/pages/").json()["page"]
    assert api.delete(f"/api/pages/{page['id']}/").status_code == 204
    assert api.get(f"/api/pages/{page['id']}/").json()["status"] == "released"
    assert api.patch(f"/api/pages/{page['id']}/").json()["status"] == "open"


def test_nothing_to_verify_is_no_error(reviews, api):
    assert api.post(f"/api/projects/{reviews.pk}/pages/").json() == {"page": None, "offers": []}


@pytest.mark.parametrize(
    ("marks", "words"),
    [({"0": "vegetable"}, "'vegetable'"), ({"99": None}, "no tile 99"), ({"x": None}, "places of tiles")],
)
def test_wrong_marks_are_explained(crops, api, marks, words):
    page = api.post(f"/api/projects/{crops.pk}/pages/").json()["page"]
    refused = api.put(f"/api/pages/{page['id']}/answers/", {"marks": marks}, format="json")
    assert refused.status_code == 400
    assert words in str(refused.json()["marks"])


def test_somebody_else_s_page_is_not_found(crops, api, rita, otto):
    page = api.post(f"/api/projects/{crops.pk}/pages/").json()["page"]
    for person in (rita, otto):
        other = APIClient()
        other.force_authenticate(person)
        assert other.get(f"/api/pages/{page['id']}/").status_code == 404
        assert other.put(f"/api/pages/{page['id']}/answers/", {"marks": {}}, format="json").status_code == 404
    assert other.post(f"/api/projects/{crops.pk}/pages/").status_code == 404
