"""Items like others: who finds them, in which order, and what managers do with them."""

import numpy as np
import pytest
from rest_framework.test import APIClient

from annotate.items import deleted
from annotate.items.selection import Selection
from annotate.models import Assignment, QueueEntry
from annotate.queue.leasing import lease_next
from learner import features
from learner.features import likeness
from projects.models import Project
from tests.learner.conftest import add_records

pytestmark = pytest.mark.django_db


@pytest.fixture
def compass(make_project) -> Project:
    """Ten items on a quarter of a circle, item-1 in the east and item-10 in the north."""
    project = make_project(labels=("east", "north"), retrain_every=0, features="given_vectors")
    add_records(project, [{"text": f"at {place}"} for place in range(10)])
    angles = np.linspace(0, np.pi / 2, 10)
    names = [f"item-{place}" for place in range(1, 11)]
    features.store_vectors(project, names, np.stack([np.cos(angles), np.sin(angles)], axis=1))
    return project


def pk(project: Project, *names: str) -> np.ndarray:
    return np.array([project.items.get(external_id=f"item-{name}").pk for name in names])


def names(project: Project, ids: np.ndarray) -> list[str]:
    by_id = dict(project.items.values_list("pk", "external_id"))
    return [by_id[item].removeprefix("item-") for item in ids.tolist()]


def test_the_nearest_come_first_and_the_example_is_not_among_them(compass):
    alike = likeness.most_like(compass, pk(compass, "1"), 4)
    assert names(compass, alike.items) == ["2", "3", "4", "5"]
    assert alike.similarities == pytest.approx(np.cos(np.arange(1, 5) * np.pi / 18), abs=1e-5)


def test_of_several_examples_the_most_alike_one_counts(compass):
    alike = likeness.most_like(compass, pk(compass, "1", "10"), 4)
    assert set(names(compass, alike.items)) == {"2", "9", "3", "8"}


def test_deleted_items_are_not_found_though_their_features_are_still_there(compass, mona):
    deleted.delete(compass, Selection(ids=pk(compass, "2").tolist()), mona)
    assert names(compass, likeness.most_like(compass, pk(compass, "1"), 2).items) == ["3", "4"]


def test_done_items_are_left_out_where_only_open_ones_are_wanted(compass, ann, answer):
    answer(compass, ann, 3, lambda item: "east")
    alike = likeness.most_like(compass, pk(compass, "1"), 2, only_open=True)
    assert names(compass, alike.items) == ["4", "5"]


def test_texts_that_share_a_rare_word_are_alike_and_those_that_share_common_ones_are_not(make_project):
    project = make_project(labels=("a", "b"), retrain_every=0)
    common = [{"text": f"the order number {place} came to the house"} for place in range(50)]
    add_records(project, [*common, {"text": "the aardvark"}, {"text": "aardvark for sale"}])
    features.of_items(project)
    alike = likeness.most_like(project, pk(project, "51"), 3)
    assert names(project, alike.items)[0] == "52"


def test_before_any_features_the_answer_says_when_there_are_some(fruit_and_tools):
    alike = likeness.most_like(fruit_and_tools, pk(fruit_and_tools, "1"), 3)
    assert (len(alike.items), alike.lacking) == (0, likeness.NO_FEATURES)


def test_an_item_without_a_vector_is_compared_with_nothing(compass):
    add_records(compass, [{"text": "new", "external_id": "late"}])
    alike = likeness.most_like(compass, np.array([compass.items.get(external_id="late").pk]), 3)
    assert (len(alike.items), alike.lacking) == (0, likeness.NO_VECTORS)


def test_a_reviewer_sees_the_most_alike_first_and_may_go_on_from_any(compass, client, rita):
    client.force_login(rita)
    page = client.get(f"/projects/{compass.pk}/items/similar/?to={pk(compass, '1')[0]}").content.decode()
    places = [page.index(f'aria-label="More like this: item-{place}"') for place in range(2, 11)]
    assert places == sorted(places)
    assert "Ask these next" not in page
    listed = client.get(f"/projects/{compass.pk}/items/").content.decode()
    assert f"/items/similar/?to={pk(compass, '1')[0]}" in listed


def test_a_manager_has_the_chosen_ones_asked_about_next_in_this_order(compass, client, mona, ann):
    client.force_login(mona)
    chosen = pk(compass, "9", "7").tolist()
    query = f"?to={pk(compass, '10')[0]}"
    address = f"/projects/{compass.pk}/items/similar/"
    answered = client.post(address, {"query": query, "ids": chosen, "action": "next"}, follow=True)
    assert "2 items will be asked about next" in answered.content.decode()
    assert answered.redirect_chain[-1][0] == address + query
    assert names(compass, np.array([lease_next(compass, ann).item_id for _ in range(2)])) == ["9", "7"]


def test_a_manager_takes_them_to_label_at_once(compass, client, mona):
    client.force_login(mona)
    chosen = pk(compass, "9", "7").tolist()
    answered = client.post(
        f"/projects/{compass.pk}/items/similar/", {"query": "?to=1", "ids": chosen, "action": "label"}
    )
    assert answered.headers["Location"] == f"/projects/{compass.pk}/label/"
    leased = Assignment.objects.filter(annotator=mona, status="leased").values_list("item", flat=True)
    assert set(leased) == set(chosen)


def test_ticked_items_of_the_list_are_what_others_are_compared_with(compass, client, mona):
    client.force_login(mona)
    first, second = pk(compass, "1", "2").tolist()
    address = f"/projects/{compass.pk}/items/similar/"
    answered = client.post(address, {"query": "", "ids": [first, second]})
    assert answered.headers["Location"] == f"{address}?to={first}&to={second}"
    empty = client.post(address, {"query": ""}, follow=True)
    assert "No item is chosen" in empty.content.decode()


def test_a_reviewer_changes_no_priority(compass, client, rita):
    client.force_login(rita)
    chosen = {"ids": pk(compass, "9").tolist(), "action": "next"}
    assert client.post(f"/projects/{compass.pk}/items/similar/", chosen).status_code == 403
    assert not QueueEntry.objects.filter(project=compass, rank__lt=0).exists()


def test_rest_lists_them_with_their_similarity(compass, rita):
    api = APIClient()
    api.force_authenticate(rita)
    address = f"/api/projects/{compass.pk}/items/similar/"
    listed = api.get(address, {"to": f"{pk(compass, '1')[0]}", "count": 2}).json()
    assert [row["external_id"] for row in listed["items"]] == ["item-2", "item-3"]
    assert listed["items"][0]["similarity"] == pytest.approx(0.9848, abs=1e-4)
    assert api.get(address, {"to": "item-1"}).json() == {"to": ["Ids are numbers with commas between them: 17,18."]}
    assert api.get(address, {"to": ",".join(["1"] * 101)}).status_code == 400
