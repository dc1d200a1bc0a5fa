"""Labels that are added while labelling, where the project lets annotators do so."""

from uuid import uuid4

import pytest

from annotate.models import Annotation
from annotate.queue.leasing import lease_next
from projects import setup
from projects.models import Event, Project
from tests.annotate.test_assignments_api import signed_in


@pytest.fixture
def open_set(reviews) -> Project:
    """Reviews, in which annotators add labels."""
    reviews.annotators_add_labels = True
    reviews.save()
    return reviews


def add(person, project: Project, name: object):
    return signed_in(person).post(f"/api/projects/{project.pk}/labels/", {"name": name}, format="json")


def names(project: Project) -> list[str]:
    return list(project.labels.values_list("name", flat=True))


def test_an_annotator_adds_a_label_at_the_end_and_it_is_written_down(open_set, ann):
    before = open_set.labels_version
    answer = add(ann, open_set, "  mixed \t feelings ")
    assert answer.status_code == 201
    added = answer.json()
    assert (added["name"], added["key"], added["labels_version"]) == ("mixed feelings", "3", before + 1)
    assert added["color"].startswith("#")
    assert names(open_set)[-1] == "mixed feelings"
    event = Event.objects.get(act="changed")
    assert event.actor == ann and event.data["labels"][1][-1]["name"] == "mixed feelings"


def test_who_answers_with_it_by_the_former_label_set_is_understood(open_set, ann, abe):
    leased, former = lease_next(open_set, ann), open_set.labels_version
    other = lease_next(open_set, abe)
    add(ann, open_set, "mixed")
    for person, assignment, value in ((ann, leased, "mixed"), (abe, other, "positive")):
        answer = signed_in(person).put(
            f"/api/assignments/{assignment.pk}/annotation/",
            {"value": value, "labels_version": former, "client_key": str(uuid4())},
            format="json",
        )
        assert answer.status_code in (200, 201), answer.json()
    assert sorted(Annotation.objects.values_list("value", flat=True)) == ["mixed", "positive"]


def test_two_people_who_miss_the_same_label_make_one(open_set, ann, abe):
    assert add(ann, open_set, "Mixed").status_code == 201
    again = add(abe, open_set, "mixed")
    assert (again.status_code, again.json()["name"]) == (200, "Mixed")
    assert len(names(open_set)) == 3


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\u200bb", None, ["mixed"]])
def test_what_is_no_name_is_refused(open_set, ann, name):
    answer = add(ann, open_set, name)
    assert (answer.status_code, list(answer.json())) == (400, ["name"])
    assert len(names(open_set)) == 2


def test_where_the_project_does_not_let_them_only_managers_add_labels(reviews, ann, mona, otto):
    refused = add(ann, reviews, "mixed")
    assert refused.status_code == 403 and "does not let annotators" in refused.json()["detail"]
    assert add(otto, reviews, "mixed").status_code == 404
    assert add(mona, reviews, "mixed").status_code == 201


def test_answers_without_labels_take_none(make_project, mona, ann):
    project = make_project(task_type="text", labels=(), annotators_add_labels=True)
    assert add(ann, project, "mixed").json() == {"name": ["Answers of this kind have no labels."]}


def test_a_method_for_two_labels_refuses_the_third(open_set, ann, monkeypatch):
    monkeypatch.setattr(
        setup.aggregation, "why_not", lambda method, task_type, n: "It reads two labels." if n > 2 else ""
    )
    assert add(ann, open_set, "mixed").json() == {"name": ["It reads two labels."]}
    assert len(names(open_set)) == 2


def test_without_javascript_the_form_adds_it_and_the_item_stays(client, open_set, ann):
    client.force_login(ann)
    address = f"/projects/{open_set.pk}/label/"
    item = client.get(address).context["assignment"].item_id
    page = client.post(address, {"act": "add_label", "name": "mixed"}, follow=True)
    assert "“mixed” is a label now" in page.content.decode()
    assert page.context["assignment"].item_id == item
    assert [choice.name for choice in page.context["choices"]][-1] == "mixed"
    again = client.post(address, {"act": "add_label", "name": "x" * 101}, follow=True)
    assert "has 1 to 100 characters" in again.content.decode()


def test_who_may_not_sees_no_button_and_cannot_post(client, reviews, ann):
    client.force_login(ann)
    address = f"/projects/{reviews.pk}/label/"
    assert "add-label" not in client.get(address).content.decode()
    page = client.post(address, {"act": "add_label", "name": "mixed"}, follow=True)
    assert "does not let annotators add labels" in page.content.decode()
    assert len(names(reviews)) == 2
