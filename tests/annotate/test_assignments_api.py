"""Labelling by REST."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from annotate.consensus.refresh import refresh
from annotate.models import Annotation, Assignment, Consensus, Item, QueueEntry
from annotate.queue.leasing import lease_next, release
from annotate.queue.ordering import publish
from annotate.queue.submitting import submit
from annotate.queue.suggestions import store
from annotate.reviews import accept, correct, send_back
from tests.annotate.test_leasing import expire


@pytest.fixture
def api(ann) -> APIClient:
    return signed_in(ann)


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def lease(api, project, count=1) -> list[dict]:
    return api.post(f"/api/projects/{project.pk}/assignments/", {"count": count}).json()


def test_a_lease_has_what_is_to_be_labelled_and_until_when(api, reviews):
    [leased] = lease(api, reviews)
    item = Item.objects.get(pk=leased["item"]["id"])
    assert leased["item"] == {"id": item.pk, "external_id": "item-1", "text": "text 0"}
    assert (leased["status"], leased["suggestion"]) == ("leased", None)
    assert leased["expires_at"].endswith("Z")


def test_several_are_leased_at_once_in_order(api, reviews):
    assert [leased["item"]["external_id"] for leased in lease(api, reviews, 3)] == ["item-1", "item-2", "item-3"]


def test_nothing_left_is_an_empty_list(api, reviews, abe):
    lease(api, reviews, 10)
    answer = signed_in(abe).post(f"/api/projects/{reviews.pk}/assignments/", {})
    assert (answer.status_code, answer.json()) == (200, [])


@pytest.mark.parametrize("count", [0, 101, -1, "many", 10**30, None])
def test_a_senseless_count_is_refused(api, reviews, count):
    answer = api.post(f"/api/projects/{reviews.pk}/assignments/", {"count": count})
    assert (answer.status_code, list(answer.json())) == (400, ["count"])
    assert not Assignment.objects.exists()


def test_what_i_hold_is_listed_oldest_first(api, reviews):
    first, second = lease(api, reviews) + lease(api, reviews)
    assert api.get(f"/api/projects/{reviews.pk}/assignments/").json() == [first, second]


def test_an_answer_brings_the_next_item(api, reviews):
    [leased], key = lease(api, reviews), str(uuid4())
    answer = put_annotation(api, leased, value="positive", client_key=key, seconds=1.25, next=2)
    assert answer.status_code == 200
    body = answer.json()
    stored = Annotation.objects.get()
    assert body["outcome"] == "created"
    assert body["annotation"]["id"] == stored.pk
    assert [body["annotation"][name] for name in ("value", "client_key", "seconds")] == ["positive", key, 1.25]
    assert [leased["item"]["external_id"] for leased in body["next"]] == ["item-2", "item-3"]


def test_the_same_answer_twice_is_one(api, reviews):
    [leased], key = lease(api, reviews), str(uuid4())
    first, second = (put_annotation(api, leased, value="positive", client_key=key).json() for _ in range(2))
    assert (first["outcome"], second["outcome"]) == ("created", "repeated")
    assert first["annotation"] == second["annotation"]


def test_a_repeated_answer_that_was_taken_back_stays_taken_back(api, reviews):
    [leased], key = lease(api, reviews), str(uuid4())
    put_annotation(api, leased, value="positive", client_key=key)
    api.delete(f"/api/assignments/{leased['id']}/annotation/")
    assert put_annotation(api, leased, value="positive", client_key=key).json()["annotation"] is None
    assert not Annotation.objects.exists()


def test_another_answer_changes_the_first(api, reviews):
    [leased] = lease(api, reviews)
    put_annotation(api, leased, value="positive", client_key=str(uuid4()))
    assert put_annotation(api, leased, value="negative", client_key=str(uuid4())).json()["outcome"] == "changed"


def test_an_answer_that_is_no_label_is_refused_with_the_labels_named(api, reviews):
    answer = put_annotation(api, lease(api, reviews)[0], value="great")
    assert answer.status_code == 400
    assert "it has positive, negative" in answer.json()["value"][0]
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "value"),
        ({"value": None}, "value"),
        ({"value": "positive", "client_key": "mine"}, "client_key"),
        ({"value": "positive", "seconds": -1}, "seconds"),
        ({"value": "positive", "seconds": "NaN"}, "seconds"),
        ({"value": "positive", "seconds": "inf"}, "seconds"),
        ({"value": "positive", "next": -1}, "next"),
        ([1, 2], "non_field_errors"),
        ("positive", "non_field_errors"),
    ],
)
def test_a_wrong_answer_is_refused_by_field(api, reviews, wrong, field):
    leased = lease(api, reviews)[0]
    answer = api.put(f"/api/assignments/{leased['id']}/annotation/", wrong)
    assert (answer.status_code, list(answer.json())) == (400, [field])
    assert not Annotation.objects.exists()


def test_undo_gives_the_item_back(api, reviews):
    [leased] = lease(api, reviews)
    put_annotation(api, leased, value="positive")
    answer = api.delete(f"/api/assignments/{leased['id']}/annotation/")
    assert (answer.status_code, answer.json()["status"]) == (200, "leased")
    assert not Annotation.objects.exists()


def test_skip_leaves_the_item_to_others(api, reviews, abe):
    [leased] = lease(api, reviews)
    answer = api.put(f"/api/assignments/{leased['id']}/skip/", {"reason": "blurred"})
    assert (answer.status_code, answer.json()["status"]) == (200, "skipped")
    assert Assignment.objects.get().reason == "blurred"
    assert lease(signed_in(abe), reviews)[0]["item"] == leased["item"]


def test_what_is_answered_cannot_be_skipped(api, reviews):
    [leased] = lease(api, reviews)
    put_annotation(api, leased, value="positive")
    assert api.put(f"/api/assignments/{leased['id']}/skip/", {}).status_code == 409


def test_renew_starts_the_time_again(api, reviews):
    [leased] = lease(api, reviews)
    renewed = api.patch(f"/api/assignments/{leased['id']}/", {}).json()
    assert renewed["expires_at"] > leased["expires_at"]


def test_a_lease_that_went_to_another_cannot_be_renewed(api, reviews, ann, abe):
    [leased] = lease(api, reviews)
    mine = Assignment.objects.get()
    expire(mine)
    release(mine)
    submit(lease_next(reviews, abe), "positive")
    answer = api.patch(f"/api/assignments/{leased['id']}/", {})
    assert (answer.status_code, list(answer.json())) == (409, ["detail"])


def test_release_opens_the_place_for_others(api, reviews, abe):
    [leased] = lease(api, reviews)
    assert api.delete(f"/api/assignments/{leased['id']}/").status_code == 204
    assert lease(signed_in(abe), reviews)[0]["item"] == leased["item"]


@pytest.mark.parametrize("call", ["delete /", "patch /", "put /skip/", "put /annotation/", "delete /annotation/"])
def test_nobody_reaches_the_assignment_of_another(api, reviews, mona, call):
    [leased] = lease(api, reviews)
    method, tail = call.split()
    answer = getattr(signed_in(mona), method)(f"/api/assignments/{leased['id']}{tail}", {"value": "positive"})
    assert (answer.status_code, list(answer.json())) == (404, ["detail"])


def test_who_left_the_project_reaches_nothing_of_it(api, reviews, ann):
    [leased] = lease(api, reviews)
    reviews.memberships.filter(user=ann).delete()
    assert put_annotation(api, leased, value="positive").status_code == 404


def test_an_undo_by_key_leaves_a_newer_answer_alone(api, reviews):
    [leased], former, newer = lease(api, reviews), str(uuid4()), str(uuid4())
    address = f"/api/assignments/{leased['id']}/annotation/?client_key="
    put_annotation(api, leased, value="positive", client_key=former)
    put_annotation(api, leased, value="negative", client_key=newer)
    assert api.delete(address + former).json()["status"] == "submitted"
    assert Annotation.objects.get().value == "negative"
    assert [api.delete(address + newer).json()["status"] for _ in range(2)] == ["leased", "leased"]
    assert not Annotation.objects.exists()
    assert (api.delete(address + "mine").status_code, list(api.delete(address + "mine").json())) == (
        400,
        ["client_key"],
    )


def test_a_comment_that_is_sent_twice_is_stored_once(api, reviews, abe):
    item, comment = reviews.items.first(), {"text": "Which side?", "client_key": str(uuid4())}
    address = f"/api/items/{item.pk}/comments/"
    first, again = api.post(address, comment), api.post(address, comment)
    assert (first.status_code, again.status_code, again.json()) == (201, 200, first.json())
    assert signed_in(abe).post(address, comment).status_code == 201
    assert [api.post(address, {"text": "No key"}).status_code for _ in range(2)] == [201, 201]
    assert item.comments.count() == 4


def test_many_are_released_in_one_call_and_only_my_own_leases(api, reviews, abe):
    held = lease(api, reviews, 4)
    put_annotation(api, held[0], value="positive")
    others = lease_next(reviews, abe)
    ids = [*(leased["id"] for leased in held[:3]), others.pk, 10**15]
    for _ in range(2):
        answer = api.post(f"/api/projects/{reviews.pk}/assignments/release/", {"ids": ids})
        assert (answer.status_code, answer.content) == (204, b"")
        statuses = Assignment.objects.order_by("pk").values_list("status", flat=True)
        assert list(statuses) == ["submitted", "released", "released", "leased", "leased"]
        assert QueueEntry.objects.filter(taken=1).count() == 3
        assert QueueEntry.objects.filter(taken=0).count() == 7


def test_leases_and_answers_say_which_order_is_in_force(api, reviews):
    def generation(answer):
        return answer["X-Queue-Generation"]

    first = api.post(f"/api/projects/{reviews.pk}/assignments/", {"count": 3})
    last, before = reviews.items.order_by("-pk").values_list("pk", flat=True)[:2]
    assert publish(reviews, [last, before]) == 1
    second = put_annotation(api, first.json()[0], value="positive", next=1)
    assert (
        generation(first),
        generation(second),
        generation(put_annotation(api, first.json()[1], value="positive")),
    ) == ("0", "1", "1")
    assert second.json()["next"][0]["item"]["id"] == last
    ids = [leased["id"] for leased in first.json()]
    api.post(f"/api/projects/{reviews.pk}/assignments/release/", {"ids": ids})
    third = api.post(f"/api/projects/{reviews.pk}/assignments/", {"count": 2})
    assert [leased["item"]["id"] for leased in third.json()] == [before, first.json()[2]["item"]["id"]]


def test_an_answer_with_the_next_items_costs_two_statements(api, reviews, django_assert_num_queries):
    update(reviews, show_suggestions="shown", learning=False)
    [leased] = lease(api, reviews)
    with django_assert_num_queries(2):
        answer = put_annotation(api, leased, value="positive", next=3).json()
    assert (answer["annotation"]["value"], len(answer["next"])) == ("positive", 3)


def test_the_log_in_costs_two_queries_more_and_the_question_whether_a_round_is_due_one(
    client, ann, reviews, django_assert_num_queries
):
    leased = lease_next(reviews, ann)
    client.force_login(ann)
    with django_assert_num_queries(5):
        client.put(f"/api/assignments/{leased.pk}/annotation/", {"value": "positive"}, content_type="application/json")


def test_leasing_costs_three_queries_with_suggestions_too(api, reviews, django_assert_num_queries):
    update(reviews, show_suggestions="shown")
    with django_assert_num_queries(3):
        assert len(lease(api, reviews, 5)) == 5


def update(project, **fields):
    type(project).objects.filter(pk=project.pk).update(**fields)


def test_next_items_come_with_the_newest_suggestion_which_is_recorded_as_shown(api, reviews):
    update(reviews, show_suggestions="after", explore=0)
    reviews.refresh_from_db()
    first, second = reviews.items.order_by("pk")[:2]
    store(reviews, "old", [(second.pk, "negative", {"positive": 0.2, "negative": 0.8}, None)])
    store(reviews, "new", [(second.pk, "positive", None, None)])
    [leased] = lease(api, reviews)
    [following] = put_annotation(api, leased, value="positive", next=1).json()["next"]
    assert (leased["item"]["id"], leased["suggestion"]) == (first.pk, None)
    assert following["suggestion"] == {"model": "new", "value": "positive", "proba": None}
    assert Assignment.objects.get(pk=following["id"]).suggestion_shown == following["suggestion"]


def test_an_answer_that_is_not_stored_leases_nothing(api, reviews, rita):
    [leased] = lease(api, reviews)
    put_annotation(api, leased, value="positive")
    accept([Annotation.objects.get()], rita)
    assert put_annotation(api, leased, value="negative", next=5).status_code == 409
    assert put_annotation(api, leased, value="purple", next=5).status_code == 400
    assert Assignment.objects.count() == 1


def put_annotation(api, leased, **answer):
    return api.put(f"/api/assignments/{leased['id']}/annotation/", answer)


@pytest.mark.parametrize("decide", [accept, lambda answers, by: correct(answers, by, "negative")])
def test_an_answer_that_a_reviewer_settled_is_neither_overwritten_nor_taken_back(api, reviews, rita, decide):
    [leased] = lease(api, reviews)
    put_annotation(api, leased, value="positive", client_key=str(uuid4()))
    decide([Annotation.objects.get()], rita)
    settled = Annotation.objects.get().value
    changed = put_annotation(api, leased, value="negative" if settled == "positive" else "positive")
    undone = api.delete(f"/api/assignments/{leased['id']}/annotation/")
    for refused in (changed, undone):
        assert (refused.status_code, list(refused.json())) == (409, ["detail"])
        assert "A reviewer has settled this answer" in refused.json()["detail"]
    refresh(reviews)
    assert Annotation.objects.get().value == Consensus.objects.get().value == settled


def test_a_retry_of_an_answer_that_was_settled_meanwhile_is_repeated(api, reviews, rita):
    [leased], key = lease(api, reviews), str(uuid4())
    put_annotation(api, leased, value="positive", client_key=key)
    accept([Annotation.objects.get()], rita)
    assert put_annotation(api, leased, value="positive", client_key=key).json()["outcome"] == "repeated"


def test_an_answer_that_came_back_from_review_can_be_given_again_and_changed(api, reviews, rita):
    [leased] = lease(api, reviews)
    put_annotation(api, leased, value="positive")
    accept([Annotation.objects.get()], rita)
    send_back([Annotation.objects.get()], rita)
    assert put_annotation(api, leased, value="negative").json()["outcome"] == "created"
    assert put_annotation(api, leased, value="positive").json()["outcome"] == "changed"


def test_what_remains_for_me_falls_as_others_answer(api, reviews, abe):
    assert api.get(f"/api/projects/{reviews.pk}/remaining/").data == {"today": 0, "open": 10, "more_open": False}
    signed_in(abe).put(f"/api/assignments/{lease(signed_in(abe), reviews)[0]['id']}/annotation/", {"value": "positive"})
    mine = lease(api, reviews, 2)[0]
    api.put(f"/api/assignments/{mine['id']}/annotation/", {"value": "negative"})
    assert api.get(f"/api/projects/{reviews.pk}/remaining/").data == {"today": 1, "open": 8, "more_open": False}


def test_a_call_that_names_another_person_is_done_for_nobody(api, reviews, ann, abe):
    path = f"/api/projects/{reviews.pk}/assignments/"
    refused = api.post(path, {"count": 1}, headers={"X-Person": str(abe.pk)})
    assert refused.status_code == 403
    assert "Somebody else is logged in" in refused.json()["detail"]
    assert not Assignment.objects.exists()
    assert api.post(path, {"count": 1}, headers={"X-Person": str(ann.pk)}).status_code == 200
