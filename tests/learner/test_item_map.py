"""The map of the items: where they lie, what colours they have, and what people do with a region."""

import re

import numpy as np
import pytest
from django.core.files.storage import default_storage
from rest_framework.test import APIClient

from annotate.items import deleted
from annotate.items.selection import Selection
from annotate.models import Assignment
from annotate.queue.leasing import lease_next
from learner import features, item_map, rounds
from learner.item_map import Region
from learner.models import Round
from projects.models import Project
from tests.learner.conftest import add_records

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_islands(make_project) -> Project:
    """Sixty items in the west and sixty in the east, told apart by their vectors; nobody has answered."""
    project = make_project(labels=("west", "east"), retrain_every=0, features="given_vectors", explore=0.5)
    add_records(project, [{"text": f"at {place}", "gold": "east" if place % 2 else "west"} for place in range(120)])
    vectors = np.random.default_rng(0).normal(size=(120, 4)) + 9 * np.outer(2 * (np.arange(120) % 2) - 1, [1, 0, 0, 0])
    features.store_vectors(project, [f"item-{place}" for place in range(1, 121)], vectors)
    return project


def run_round(project: Project) -> None:
    begun, _ = rounds.begin(project, Round.Trigger.CLICK)
    assert rounds.run(begun).status == Round.Status.FINISHED


def address(project: Project, query: str = "") -> str:
    return f"/projects/{project.pk}/items/map/{query}"


def fullest(project: Project) -> item_map.Cell:
    return max(item_map.of(project).cells, key=lambda cell: cell.items)


def test_a_round_puts_every_item_in_a_cell_and_what_is_alike_close_together(two_islands):
    run_round(two_islands)
    whole = item_map.of(two_islands)
    assert whole.items == 120
    gold = dict(two_islands.items.values_list("pk", "gold"))
    for cell in whole.cells:
        ids = item_map.items_in(two_islands, Region(cell.row, cell.column)).tolist()
        assert len(ids) == cell.items and len({gold[pk] for pk in ids}) == 1


def test_cells_have_the_agreed_label_first_and_the_predicted_one_later(two_islands, ann, answer):
    run_round(two_islands)
    assert {cell.label for cell in item_map.of(two_islands).cells} == {None}
    answered = {item.pk for item in answer(two_islands, ann, 50)}
    run_round(two_islands)
    whole = item_map.of(two_islands)
    gold = dict(two_islands.items.values_list("pk", "gold"))
    assert sum(cell.answered for cell in whole.cells) == len(answered)
    for cell in whole.cells:
        ids = item_map.items_in(two_islands, Region(cell.row, cell.column)).tolist()
        assert cell.label == gold[ids[0]] and cell.share == 1


def test_undoing_a_round_takes_the_labels_that_it_predicted_from_the_map(two_islands, mona, ann, answer):
    run_round(two_islands)
    answer(two_islands, ann, 50)
    run_round(two_islands)
    rounds.undo(two_islands.rounds.latest("pk"), mona)
    whole = item_map.of(two_islands)
    assert sum(round(cell.share * cell.items) for cell in whole.cells) == 50


def test_places_are_computed_anew_only_when_items_have_changed(two_islands, monkeypatch):
    run_round(two_islands)
    places = []
    compute = item_map._place
    monkeypatch.setattr(item_map, "_place", lambda *arguments: places.append(compute(*arguments)) or places[-1])
    item_map.refresh(two_islands)
    assert not places
    features.store_vectors(two_islands, ["item-1"], np.full((1, 4), 9.0))
    item_map.refresh(two_islands)
    assert len(places) == 1


def test_deleted_items_leave_the_map_and_others_stay_where_they_are(two_islands, mona):
    run_round(two_islands)
    cell = fullest(two_islands)
    ids = item_map.items_in(two_islands, Region(cell.row, cell.column)).tolist()
    deleted.delete(two_islands, Selection(ids=ids[:1]), mona)
    item_map.refresh(two_islands)
    assert item_map.items_in(two_islands, Region(cell.row, cell.column)).tolist() == ids[1:]


def test_a_region_takes_its_neighbours_in_and_ends_at_the_edge(two_islands):
    run_round(two_islands)
    whole = item_map.of(two_islands)
    everywhere = Region(0, 0, max(whole.rows, whole.columns))
    assert len(item_map.items_in(two_islands, everywhere)) == 120
    assert len(item_map.items_in(two_islands, Region(999, 999))) == 0


def test_texts_without_vectors_have_a_map_of_their_words(fruit_and_tools):
    features.of_items(fruit_and_tools)
    item_map.refresh(fruit_and_tools)
    assert item_map.of(fruit_and_tools).items == 200


def test_the_map_goes_with_its_project(two_islands):
    run_round(two_islands)
    folder = f"features/{two_islands.pk}/map"
    assert default_storage.exists(f"{folder}/cells.npz")
    features.remove(two_islands.pk)
    assert not default_storage.exists(f"{folder}/cells.npz")


def test_before_the_first_round_the_page_says_when_there_is_a_map(two_islands, client, rita):
    client.force_login(rita)
    assert "the next round computes them" in client.get(address(two_islands)).content.decode()


def test_a_reviewer_goes_from_a_dot_to_its_items_without_a_script(two_islands, client, rita):
    run_round(two_islands)
    client.force_login(rita)
    listed = client.get(f"/projects/{two_islands.pk}/items/").content.decode()
    assert address(two_islands) in listed
    page = client.get(address(two_islands)).content.decode()
    dots = re.findall(r'<a href="(\?[^"]*)#region"', page)
    assert len(dots) == len(item_map.of(two_islands).cells)
    cell = fullest(two_islands)
    query = f"?cell={cell.row}-{cell.column}"
    assert query in dots
    region = client.get(address(two_islands, query)).content.decode()
    for pk in item_map.items_in(two_islands, Region(cell.row, cell.column)).tolist():
        assert f'href="/items/{pk}/"' in region
    assert "Label these" not in region


def test_a_manager_takes_a_region_to_label_at_once_or_has_it_asked_about_next(two_islands, client, mona, ann):
    run_round(two_islands)
    client.force_login(mona)
    cell = fullest(two_islands)
    query = f"?cell={cell.row}-{cell.column}"
    ids = item_map.items_in(two_islands, Region(cell.row, cell.column)).tolist()
    answered = client.post(address(two_islands), {"query": query, "ids": ids[1:], "action": "label"})
    assert answered.headers["Location"] == f"/projects/{two_islands.pk}/label/"
    leased = Assignment.objects.filter(annotator=mona, status="leased").values_list("item", flat=True)
    assert set(leased) == set(ids[1:])
    answered = client.post(address(two_islands), {"query": query, "ids": ids[:1], "action": "next"})
    assert answered.headers["Location"] == address(two_islands, query)
    assert lease_next(two_islands, ann).item_id == ids[0]


def test_done_items_can_be_left_out_and_a_region_made_wider(two_islands, client, rita, ann, answer):
    run_round(two_islands)
    answer(two_islands, ann, 120)
    client.force_login(rita)
    cell = fullest(two_islands)
    query = f"?cell={cell.row}-{cell.column}"
    assert "All items here are done" in client.get(address(two_islands, f"{query}&state=open")).content.decode()
    wider = client.get(address(two_islands, f"{query}&around=1")).content.decode()
    assert f"{query}&amp;around=2" in wider and "Narrower" in wider


@pytest.mark.parametrize("query", ["?cell=x", "?cell=1", "?cell=1-2-3", "?cell=9999-1", "?cell=1-1&around=x&after=x"])
def test_an_address_that_makes_no_sense_shows_the_map(two_islands, client, rita, query):
    run_round(two_islands)
    client.force_login(rita)
    assert client.get(address(two_islands, query)).status_code == 200


def test_rest_lists_the_cells_and_the_items_of_one(two_islands, rita):
    api = APIClient()
    api.force_authenticate(rita)
    path = f"/api{address(two_islands)}"
    assert api.get(path).json() == {"lacking": item_map.NO_FEATURES, "rows": 0, "columns": 0, "labels": [], "cells": []}
    run_round(two_islands)
    listed = api.get(path).json()
    assert sum(cell["items"] for cell in listed["cells"]) == 120 and "items" not in listed
    cell = listed["cells"][0]
    named = api.get(path, {"cell": f"{cell['row']}-{cell['column']}"}).json()
    assert len(named["items"]) == cell["items"]
    assert api.get(path, {"cell": "here"}).status_code == 400
