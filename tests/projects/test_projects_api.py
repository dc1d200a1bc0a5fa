"""Setting up by REST."""

import pytest
from rest_framework.test import APIClient

from annotate.models import Annotation, QueueEntry
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from projects.models import Event, Membership, Project, Role
from tests.annotate.test_assignments_api import signed_in

YES_NO = [{"name": "yes", "hotkey": "y"}, {"name": "no", "hotkey": "n", "color": "#d55e00"}]


@pytest.fixture
def api(mona) -> APIClient:
    return signed_in(mona)


def test_who_makes_a_project_manages_it(api, mona):
    answer = api.post("/api/projects/", {"name": "Spam", "labels": YES_NO, "votes_wanted": 2})
    assert answer.status_code == 201
    created = answer.json()
    project = Project.objects.get(pk=created["id"])
    assert (created["role"], project.role_of(mona), project.votes_wanted) == ("manager", Role.MANAGER, 2)
    assert [(label["name"], label["hotkey"], label["color"]) for label in created["labels"]] == [
        ("yes", "y", ""),
        ("no", "n", "#d55e00"),
    ]
    assert (project.task_type, created["show_suggestions"]) == ("single_choice", "hidden")
    assert Event.objects.get().act == "created"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"labels": []}, "labels"),
        ({"labels": [{"name": "only"}]}, "labels"),
        ({"labels": [{"name": "twice"}, {"name": "twice"}]}, "labels"),
        ({"labels": [{"name": "a", "hotkey": "1"}, {"name": "b", "hotkey": "1"}]}, "labels"),
        ({"labels": [{"name": "a", "color": "red"}, {"name": "b"}]}, "labels"),
        ({"labels": "yes, no"}, "labels"),
        ({"task_type": "telepathy"}, "task_type"),
        ({"acquisition": "entrophy"}, "acquisition"),
        ({"votes_wanted": 0}, "votes_wanted"),
        ({"votes_wanted": 10**30}, "votes_wanted"),
        ({"explore": 0.9}, "explore"),
        ({"retrain_every": -1}, "retrain_every"),
    ],
)
def test_a_wrong_project_is_refused_by_field(api, wrong, field):
    answer = api.post("/api/projects/", {"name": "Spam", "labels": YES_NO} | wrong)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Project.objects.exists()


def test_the_fields_shown_first_are_set_and_a_name_that_no_item_has_is_refused(api, reviews):
    item = reviews.items.first()
    item.meta = {"channel": "mail", "stars": 4}
    item.save()
    path = f"/api/projects/{reviews.pk}/"
    answer = api.patch(path, {"shown_fields": ["stars", "channel", "stars"]})
    assert (answer.status_code, answer.json()["shown_fields"]) == (200, ["stars", "channel"])
    wrong = api.patch(path, {"shown_fields": ["chanel"]})
    assert wrong.status_code == 400
    assert wrong.json() == {"shown_fields": ["There is no field “chanel”; there are stars, channel."]}
    assert api.patch(path, {"shown_fields": "stars"}).status_code == 400
    assert api.patch(path, {"shown_fields": []}).json()["shown_fields"] == []
    created = api.post("/api/projects/", {"name": "Records", "labels": YES_NO, "shown_fields": ["price"]})
    assert created.json()["shown_fields"] == ["price"]


def test_where_staff_make_projects_others_are_refused_and_told_why(api, mona, settings):
    settings.PROJECTS_BY = "staff"
    refused = api.post("/api/projects/", {"name": "Spam", "labels": YES_NO})
    assert (refused.status_code, "Only staff make projects" in refused.json()["detail"]) == (403, True)
    assert not Project.objects.exists()
    mona.is_staff = True
    mona.save()
    assert api.post("/api/projects/", {"name": "Spam", "labels": YES_NO}).status_code == 201


def test_a_character_that_cannot_be_stored_is_refused(api):
    answer = api.post("/api/projects/", b'{"name": "a\\u0000b"}', content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


def test_true_shows_suggestions(api):
    created = api.post("/api/projects/", {"name": "Spam", "labels": YES_NO, "show_suggestions": True}).json()
    assert created["show_suggestions"] == "shown"


def test_my_projects_are_listed_with_my_role(api, reviews, make_project, rita, mona):
    alone = make_project(name="Without rita")
    alone.memberships.filter(user=rita).delete()
    assert [(p["name"], p["role"]) for p in api.get("/api/projects/").json()["results"]] == [
        ("Reviews", "manager"),
        ("Without rita", "manager"),
    ]
    assert [p["role"] for p in signed_in(rita).get("/api/projects/").json()["results"]] == ["reviewer"]


def test_listing_projects_costs_the_same_for_one_and_for_many(api, make_project, django_assert_num_queries):
    for _ in range(5):
        make_project()
    with django_assert_num_queries(2):
        api.get("/api/projects/")


def test_a_change_of_the_set_up_is_noted(api, reviews, mona):
    answer = api.patch(f"/api/projects/{reviews.pk}/", {"guidelines": "Read twice.", "explore": 0.2})
    assert (answer.status_code, answer.json()["guidelines"]) == (200, "Read twice.")
    noted = Event.objects.get()
    assert (noted.act, noted.actor, noted.data["explore"]) == ("changed", mona, [0.1, 0.2])


def test_votes_wanted_reach_the_queue(api, reviews):
    api.patch(f"/api/projects/{reviews.pk}/", {"votes_wanted": 3})
    assert set(QueueEntry.objects.values_list("wanted", flat=True)) == {3}


def test_a_label_that_nobody_used_can_go(api, reviews):
    answer = patch_labels(api, reviews, [{"name": "positive"}, {"name": "neutral"}])
    assert [label["name"] for label in answer.json()["labels"]] == ["positive", "neutral"]


def test_a_label_in_use_cannot_go(api, reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    answer = patch_labels(api, reviews, [{"name": "negative"}, {"name": "neutral"}])
    assert answer.status_code == 400
    assert "'positive' is the answer of annotations" in answer.json()["detail"]
    assert list(reviews.labels.values_list("name", flat=True)) == ["positive", "negative"]


def test_a_rename_by_id_renames_the_answers(api, reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    positive, negative = reviews.labels.all()
    patch_labels(api, reviews, [{"id": positive.pk, "name": "good"}, {"id": negative.pk, "name": "bad"}])
    assert Annotation.objects.get().value == "good"


def test_two_labels_can_swap_names_and_keys(api, reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    positive, negative = reviews.labels.all()
    swapped = [
        {"id": positive.pk, "name": "negative", "hotkey": "2"},
        {"id": negative.pk, "name": "positive", "hotkey": "1"},
    ]
    assert patch_labels(api, reviews, swapped).status_code == 200
    assert Annotation.objects.get().value == "negative"


def test_an_id_of_another_project_is_refused(api, reviews, make_project):
    other = make_project().labels.first()
    answer = patch_labels(api, reviews, [{"id": other.pk, "name": "stolen"}, {"name": "positive"}])
    assert (answer.status_code, list(answer.json())) == (400, ["labels"])
    other.refresh_from_db()
    assert other.name == "positive"


def test_a_label_without_a_name_is_refused_in_a_change_too(api, reviews):
    assert patch_labels(api, reviews, [{"color": "#000000"}, {"name": "positive"}]).status_code == 400


def test_the_task_type_is_fixed_once_somebody_answered(api, reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    answer = api.patch(f"/api/projects/{reviews.pk}/", {"task_type": "multiple_choice"})
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


def test_a_project_is_deleted_with_everything_in_it(api, reviews, ann, mona):
    submit(lease_next(reviews, ann), "positive")
    assert api.delete(f"/api/projects/{reviews.pk}/").status_code == 204
    assert not Project.objects.exists()
    assert not Annotation.objects.exists()
    assert Event.objects.latest("id").data == {"id": reviews.pk, "name": "Reviews"}


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_only_managers_change_the_set_up(reviews, rita, ann, method):
    for who in (rita, ann):
        assert getattr(signed_in(who), method)(f"/api/projects/{reviews.pk}/", {}).status_code == 404
    assert Project.objects.exists()


def test_a_manager_lets_somebody_take_part(api, reviews, otto):
    answer = api.post(f"/api/projects/{reviews.pk}/members/", {"username": "otto", "role": "reviewer"})
    assert (answer.status_code, answer.json()["username"], answer.json()["role"]) == (201, "otto", "reviewer")
    assert reviews.role_of(otto) == Role.REVIEWER


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": "nobody"}, "username"),
        ({"username": "ann"}, "username"),
        ({"username": 7}, "username"),
        ({"username": "otto", "role": "king"}, "role"),
        ({}, "username"),
    ],
)
def test_a_wrong_member_is_refused_by_field(api, reviews, otto, wrong, field):
    answer = api.post(f"/api/projects/{reviews.pk}/members/", wrong)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_a_role_changes(api, reviews, ann):
    assert api.patch(f"/api/projects/{reviews.pk}/members/ann/", {"role": "reviewer"}).json()["role"] == "reviewer"
    assert reviews.role_of(ann) == Role.REVIEWER


def test_who_leaves_gives_their_leases_back(api, reviews, ann):
    lease_next(reviews, ann)
    assert api.delete(f"/api/projects/{reviews.pk}/members/ann/").status_code == 204
    assert reviews.role_of(ann) is None
    assert set(QueueEntry.objects.values_list("taken", flat=True)) == {0}


@pytest.mark.parametrize(("method", "body"), [("delete", None), ("patch", {"role": "annotator"})])
def test_the_last_manager_stays(api, reviews, mona, method, body):
    answer = getattr(api, method)(f"/api/projects/{reviews.pk}/members/mona/", body)
    assert (answer.status_code, list(answer.json())) == (409, ["detail"])
    assert reviews.role_of(mona) == Role.MANAGER


def test_one_of_two_managers_may_go(api, reviews, rita, mona):
    Membership.objects.filter(user=rita).update(role=Role.MANAGER)
    assert api.delete(f"/api/projects/{reviews.pk}/members/mona/").status_code == 204


def patch_labels(api, project, labels):
    return api.patch(f"/api/projects/{project.pk}/", {"labels": labels})
