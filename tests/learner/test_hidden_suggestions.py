"""On items served at random people never see what a model says, whoever sent it and wherever they answer."""

import numpy as np
import pytest
from rest_framework.test import APIClient

from annotate.imports.run import import_records
from annotate.models import Assignment, QueueEntry
from annotate.pages.opening import open_page
from annotate.queue.leasing import held, lease
from annotate.queue.suggestions import store
from annotate_kit.formats.records import Record
from learner.exploration import in_test_share
from projects import tasktypes
from projects.models import Project
from tests.annotate.pages import with_offer
from tests.pictures import coins

pytestmark = pytest.mark.django_db

ITEMS = 40
BOX = {"box": [4, 4, 20, 20], "label": "positive"}
VALUES = {
    "single_choice": "positive",
    "multiple_choice": ["positive"],
    "spans": [{"start": 0, "end": 4, "label": "positive"}],
    "boxes": [BOX],
    "text": "another text",
    "rating": 3.5,
}


@pytest.fixture
def suggested(make_project):
    """A project of this type in which a model elsewhere says the same of every item; half are served at random."""

    def suggested(task_type: str, **fields) -> Project:
        project = make_project(task_type=task_type, **{"explore": 0.5, "show_suggestions": "shown", **fields})
        with_text = "text" in tasktypes.registry.load(task_type).item_types
        shown = {} if with_text else {"image": coins(), "image_name": "a.png"}
        records = [Record(n, f"item {n}", **(shown or {"text": f"text {n}"})) for n in range(ITEMS)]
        assert import_records(project, records).created == ITEMS
        store(project, "elsewhere", [(item, VALUES[task_type]) for item in project.items.values_list("pk", flat=True)])
        return project

    return suggested


def served_at_random(project: Project) -> set[int]:
    items = np.array(project.items.values_list("pk", flat=True))
    return set(items[in_test_share(project.pk, items, project.explore)].tolist())


def without(leased: list[dict]) -> set[int]:
    """The items that came without a suggestion."""
    return {assignment["item"]["id"] for assignment in leased if assignment["suggestion"] is None}


@pytest.fixture
def api(ann) -> APIClient:
    client = APIClient()
    client.force_authenticate(ann)
    return client


@pytest.mark.parametrize("mode", ["after", "shown"])
@pytest.mark.parametrize("task_type", VALUES)
def test_they_come_without_a_suggestion_by_the_queue_and_by_rest(suggested, api, abe, task_type, mode):
    project = suggested(task_type, show_suggestions=mode, votes_wanted=2)
    hidden = served_at_random(project)
    assert 0 < len(hidden) < ITEMS
    leases = lease(project, abe, ITEMS)
    assert {row.item_id for row in leases if row.suggestion_shown is None} == hidden
    leased = api.post(f"/api/projects/{project.pk}/assignments/", {"count": 5}, format="json").json()
    answer = {"value": VALUES[task_type], "next": ITEMS}
    leased += api.put(f"/api/assignments/{leased[0]['id']}/annotation/", answer, format="json").json()["next"]
    assert len(leased) == ITEMS
    assert without(leased) == hidden
    listed = api.get(f"/api/projects/{project.pk}/assignments/").json()
    assert without(listed) == hidden - {leased[0]["item"]["id"]}


@pytest.mark.parametrize("task_type", ["single_choice", "spans", "text"])
def test_the_labelling_screen_has_no_suggestion_for_them(client, ann, suggested, task_type):
    project = suggested(task_type)
    lease(project, ann, ITEMS)
    client.force_login(ann)
    response = client.get(f"/projects/{project.pk}/label/")
    assert without(response.context["bootstrap"]["assignments"]) == served_at_random(project)
    first = held(project, ann)[0].item_id
    marked = [choice for choice in response.context["choices"] if choice.suggested]
    assert bool(marked) == (task_type != "text" and first not in served_at_random(project))


def test_what_is_leased_again_is_as_it_is_now(suggested, ann):
    """A share that was raised counts from the next lease on."""
    project = suggested("single_choice", explore=0.0)
    leases = lease(project, ann, ITEMS)
    assert all(row.suggestion_shown for row in leases)
    Assignment.objects.update(status=Assignment.Status.RELEASED)
    QueueEntry.objects.update(taken=0)
    project.explore = 0.5
    leases = lease(project, ann, ITEMS)
    assert {row.item_id for row in leases if row.suggestion_shown is None} == served_at_random(project)


def test_every_item_has_its_suggestion_where_no_model_learns(suggested, ann):
    """No round makes a score there, so there are no test items."""
    assert all(row.suggestion_shown for row in lease(suggested("single_choice", learning=False), ann, ITEMS))


def test_they_stand_on_no_page_also_when_the_share_was_raised_since_the_round(make_project, ann, abe):
    project = with_offer(make_project(labels=("fruit", "tools"), page_tiles=48), abe)
    project.explore = 0.4
    page = open_page(project, ann)
    assert page is not None
    on_page = set(page.tiles.exclude(assignment=None).values_list("item", flat=True))
    fruit = set(project.items.filter(text__startswith="fruit").values_list("pk", flat=True))
    assert on_page == fruit - served_at_random(project)
    assert on_page < fruit
