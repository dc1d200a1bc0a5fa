"""What webhooks are sent: which events, in which batches, again after failures, and never lost."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from annotate import reviews as decisions
from annotate.imports.run import import_file, import_records
from annotate.items import deleted
from annotate.items.selection import Selection
from annotate.models import Annotation, Assignment
from annotate.queue.leasing import lease, lease_next
from annotate.queue.submitting import submit, undo
from annotate.webhooks import batches, delivering, stored
from annotate_kit.formats.records import Record
from learner.models import Round
from projects.models import Event, Project, Webhook, WebhookDelivery, WebhookEvent
from projects.webhooks import outcomes, registering, sending
from tests.annotate.test_assignments_api import signed_in
from tests.receiver import Receiver, receiving
from tests.threads import at_once

ALL = WebhookEvent.values


@pytest.fixture
def receiver(db) -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def webhook(reviews, mona, receiver) -> Webhook:
    """Of all events."""
    return registering.add(reviews, mona, receiver.url, ALL, "a long secret")


class Clock:
    def __init__(self) -> None:
        self.now = timezone.now() + timedelta(minutes=1)  # what is stored by the database's own clock is past

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    return clock


def answer(project: Project, user: User, value: str = "positive") -> Assignment:
    assignment = lease_next(project, user)
    assert assignment is not None
    submit(assignment, value)
    return assignment


def serve() -> None:
    """What the worker does when it looks."""
    for webhook_id in delivering.due():
        delivering.serve(webhook_id)


# Which events


def test_an_answer_and_its_item_come_in_one_request_with_ids_and_names(webhook, receiver, reviews, ann):
    assignment = answer(reviews, ann)
    serve()
    [request] = receiver.requests
    assert request.names == ["annotation.submitted", "item.done"]
    assert request.headers["X-Annotate-Event"] == "annotation.submitted,item.done"
    submitted, done = (event["data"] for event in request.events)
    annotation = Annotation.objects.get()
    external_id = assignment.item.external_id
    assert {name: submitted[name] for name in ("id", "item", "external_id", "annotator", "value")} == {
        "id": annotation.pk,
        "item": assignment.item_id,
        "external_id": external_id,
        "annotator": "ann",
        "value": "positive",
    }
    assert (done["external_id"], done["value"], done["votes"]) == (external_id, "positive", 1)
    assert 0 < done["certainty"] <= 1 and done["belief"]["positive"] == pytest.approx(done["certainty"])
    assert request.content["project"] == {"id": reviews.pk, "name": "Reviews"}


def test_an_item_is_done_once_with_the_last_answer_that_it_wants(make_project, mona, ann, abe, receiver):
    project = make_project(votes_wanted=2)
    import_records(project, [Record(row=1, external_id="a", text="a")])
    registering.add(project, mona, receiver.url, ["item.done"])
    answer(project, ann)
    serve()
    assert receiver.requests == []
    answer(project, abe)
    serve()
    serve()
    assert [(event["data"]["external_id"], event["data"]["votes"]) for event in receiver.events] == [("a", 2)]


def test_two_last_answers_in_one_batch_are_one_item(make_project, mona, ann, abe, receiver):
    project = make_project(votes_wanted=2)
    import_records(project, [Record(row=1, external_id="a", text="a")])
    registering.add(project, mona, receiver.url, ["item.done", "annotation.submitted"])
    answer(project, ann)
    answer(project, abe)
    serve()
    assert receiver.names == ["annotation.submitted", "annotation.submitted", "item.done"]


def test_changed_and_withdrawn_answers_come_in_their_order(webhook, receiver, reviews, ann):
    assignment = answer(reviews, ann)
    serve()
    submit(assignment, "negative", uuid4())
    serve()
    undo(assignment)
    serve()
    changed, withdrawn = (request.events[0] for request in receiver.requests[1:])
    assert changed["event"] == "annotation.changed"
    assert (changed["data"]["value"], changed["data"]["former_value"]) == ("negative", "positive")
    assert (changed["data"]["by"], changed["data"]["action"]) == ("ann", "changed")
    assert withdrawn["event"] == "annotation.deleted"
    assert (withdrawn["data"]["annotator"], withdrawn["data"]["action"]) == ("ann", "undone")
    assert withdrawn["data"]["external_id"] == assignment.item.external_id


def test_an_answer_that_was_changed_and_withdrawn_meanwhile_is_withdrawn(webhook, receiver, reviews, ann):
    assignment = answer(reviews, ann)
    submit(assignment, "negative", uuid4())
    undo(assignment)
    submit(assignment, "positive", uuid4())
    serve()
    assert receiver.names == ["annotation.changed", "annotation.deleted", "annotation.submitted", "item.done"]


def test_decisions_of_reviewers_say_what_they_decided(webhook, receiver, reviews, ann, rita):
    answer(reviews, ann)
    serve()
    decisions.correct(list(Annotation.objects.all()), rita, "negative", "ironic")
    serve()
    assert set(receiver.requests[1].names) == {"item.reviewed", "annotation.changed"}
    [reviewed] = [event["data"] for event in receiver.events if event["event"] == "item.reviewed"]
    assert (reviewed["decision"], reviewed["value"], reviewed["reviewer"]) == ("corrected", "negative", "rita")
    decisions.send_back(list(Annotation.objects.all()), rita, "look again")
    serve()
    assert set(receiver.requests[2].names) == {"item.reviewed", "annotation.deleted"}


def test_an_import_says_what_it_stored(webhook, receiver, reviews, mona, tmp_path):
    path = tmp_path / "more.csv"
    path.write_text("external_id,text\nx,an x\ny,a y\n")
    with path.open("rb") as stream:
        import_file(reviews, stream, name="more.csv", content_type=None, by=mona)
    serve()
    [event] = receiver.events
    assert event["event"] == "import.finished"
    assert event["data"] == {"by": "mona", "file": "more.csv", "created": 2, "updated": 0, "rejected": 0}


def test_rounds_come_when_they_end_and_early_scores_are_no_scores(webhook, receiver, reviews):
    first = Round.objects.create(project=reviews, trigger="click", status="running")
    serve()
    assert receiver.requests == []
    fields = {"status": "finished", "score": 0.9, "n_test": 3, "finished_at": timezone.now()}
    Round.objects.filter(pk=first.pk).update(**fields)
    second = Round.objects.create(project=reviews, trigger="click", status="failed", reason="no memory")
    serve()
    finished, failed = receiver.events
    assert (finished["event"], finished["data"]["round"], finished["data"]["score"]) == (
        "round.finished",
        first.pk,
        None,
    )
    assert (failed["event"], failed["data"]["round"], failed["data"]["reason"]) == (
        "round.failed",
        second.pk,
        "no memory",
    )


def test_a_round_that_was_under_way_when_the_webhook_was_added_comes_when_it_ends(reviews, mona, receiver):
    under_way = Round.objects.create(project=reviews, trigger="click", status="running")
    registering.add(reviews, mona, receiver.url, ["round.failed"])
    Round.objects.filter(pk=under_way.pk).update(status="failed")
    serve()
    assert receiver.names == ["round.failed"]


def test_only_what_a_webhook_wants_comes_and_only_of_its_project(reviews, make_project, mona, ann, receiver):
    other = make_project()
    import_records(other, [Record(row=1, external_id="a", text="a")])
    registering.add(reviews, mona, receiver.url, ["annotation.submitted"])
    answer(other, ann)
    assignment = answer(reviews, ann)
    undo(assignment)
    submit(assignment, "negative", uuid4())
    serve()
    assert [(event["event"], event["data"]["value"]) for event in receiver.events] == [
        ("annotation.submitted", "negative")
    ]


def test_nothing_from_before_comes_and_new_events_begin_when_they_are_wanted(reviews, mona, ann, receiver):
    answer(reviews, ann)
    webhook = registering.add(reviews, mona, receiver.url, ["round.finished"])
    answer(reviews, ann)
    registering.change(webhook, mona, {"events": ["annotation.submitted"]})
    serve()
    assert receiver.requests == []
    newest = answer(reviews, ann)
    serve()
    assert [event["data"]["item"] for event in receiver.events] == [newest.item_id]


def test_answers_of_deleted_items_come_once_they_are_restored_and_once_only(webhook, receiver, reviews, ann, mona):
    assignments = [answer(reviews, ann)]
    serve()
    assignments.append(answer(reviews, ann))
    deletion = deleted.delete(reviews, Selection(ids=[row.item_id for row in assignments]), mona)
    serve()
    assert len(receiver.requests) == 1
    deleted.restore(deletion, mona)
    serve()
    submitted = [event["data"]["item"] for event in receiver.events if event["event"] == "annotation.submitted"]
    assert submitted == [row.item_id for row in assignments]


# In batches


@pytest.fixture
def many(make_project) -> Project:
    project = make_project()
    import_records(project, (Record(row=n, external_id=f"{n}", text=f"{n}") for n in range(1, 31)))
    return project


def test_many_events_come_in_few_requests_each_once_in_order(many, mona, ann, receiver, monkeypatch):
    monkeypatch.setattr(batches, "MOST_ROWS", 20)
    registering.add(many, mona, receiver.url, ["annotation.submitted", "annotation.changed"])
    for assignment in lease(many, ann, 30):
        submit(assignment, "positive")
        submit(assignment, "negative", uuid4())
    serve()
    assert [len(request.events) for request in receiver.requests] == [20, 20, 20]
    assert receiver.names == ["annotation.submitted", "annotation.changed"] * 30
    submitted = [event["data"]["id"] for event in receiver.events if event["event"] == "annotation.submitted"]
    assert submitted == sorted(many.annotations.values_list("pk", flat=True))
    assert len({request.content["delivery"] for request in receiver.requests}) == 3


def test_a_request_has_a_limit_of_bytes_and_at_least_one_event(many, mona, ann, receiver, monkeypatch):
    monkeypatch.setattr(batches, "MOST_BYTES", 700)
    registering.add(many, mona, receiver.url, ["annotation.submitted"])
    for assignment in lease(many, ann, 6):
        submit(assignment, "positive")
    serve()
    assert [len(request.events) for request in receiver.requests] == [2, 2, 2]
    monkeypatch.setattr(batches, "MOST_BYTES", 1)
    answer(many, ann)
    answer(many, ann)
    serve()
    assert [len(request.events) for request in receiver.requests[3:]] == [1, 1]
    assert [event["data"]["id"] for event in receiver.events] == list(
        many.annotations.order_by("pk").values_list("pk", flat=True)
    )


def test_rows_that_make_no_event_are_passed_over(many, mona, ann, receiver, monkeypatch):
    monkeypatch.setattr(batches, "MOST_ROWS", 5)
    webhook = registering.add(many, mona, receiver.url, ["annotation.deleted"])
    assignments = lease(many, ann, 12)
    for assignment in assignments:
        submit(assignment, "positive")
        submit(assignment, "negative", uuid4())
    undo(assignments[0])
    serve()
    assert receiver.names == ["annotation.deleted"]
    assert delivering.due() == []
    webhook.refresh_from_db()
    assert webhook.delivered_at is not None


def test_a_batch_that_is_not_full_waits_for_the_next_look(many, mona, ann, receiver, monkeypatch):
    """So a quick receiver is not sent each of many answers by itself."""
    registering.add(many, mona, receiver.url, ["annotation.submitted"])
    real = sending.send

    def send(webhook, delivery):
        answer(many, ann)
        return real(webhook, delivery)

    answer(many, ann)
    monkeypatch.setattr(sending, "send", send)
    serve()
    assert len(receiver.requests) == 1


# Again, and given up


def test_what_fails_is_sent_again_after_growing_pauses_as_the_same_delivery(
    webhook, receiver, reviews, ann, clock, api_of_mona
):
    receiver.statuses = [500, 503]
    answer(reviews, ann)
    serve()
    shown = api_of_mona()
    assert (shown["error"], shown["attempts"]) == ("It answered 500 Internal Server Error.", 1)
    assert datetime.fromisoformat(shown["next_attempt_at"]) == clock.now + timedelta(minutes=1)
    answer(reviews, ann)
    clock.now += timedelta(seconds=59)
    serve()
    assert len(receiver.requests) == 1
    clock.now += timedelta(seconds=2)
    serve()
    clock.now += timedelta(minutes=5)
    serve()
    assert len(receiver.requests) == 4
    first, second, third, other = (request.content for request in receiver.requests)
    assert first["delivery"] == second["delivery"] == third["delivery"] != other["delivery"]
    assert first["events"] == second["events"] == third["events"]
    assert len(other["events"]) == 2
    shown = api_of_mona()
    assert (shown["error"], shown["attempts"], shown["failed_at"], shown["next_attempt_at"]) == ("", 0, None, None)
    assert shown["delivered_at"] is not None


@pytest.fixture
def api_of_mona(mona, webhook):
    api = signed_in(mona)
    return lambda: api.get(f"/api/projects/{webhook.project_id}/webhooks/{webhook.pk}/").json()


def test_after_a_day_it_is_switched_off_with_the_reason_and_goes_on_where_it_stopped(
    webhook, receiver, reviews, ann, mona, clock, api_of_mona
):
    receiver.statuses = [404] * 9
    assignment = answer(reviews, ann)
    began = clock.now
    while api_of_mona()["active"]:
        serve()
        clock.now = WebhookDelivery.objects.get().next_at
    assert len(receiver.requests) == 9
    assert timedelta(hours=20) < clock.now - began < timedelta(hours=28)
    shown = api_of_mona()
    assert shown["switched_off"] == "9 attempts within a day failed. It answered 404 Not Found."
    event = Event.objects.get(act="webhook switched off")
    assert event.actor is None and event.data["reason"] == shown["switched_off"]
    clock.now += timedelta(days=3)
    answer(reviews, ann)
    serve()
    assert len(receiver.requests) == 9
    registering.change(Webhook.objects.get(), mona, {"active": True})
    serve()
    assert receiver.requests[9].events[0]["data"]["item"] == assignment.item_id
    assert len(receiver.requests) == 11
    assert api_of_mona()["switched_off"] == ""


def test_what_waits_goes_to_a_new_address_at_once(webhook, receiver, reviews, ann, mona):
    receiver.statuses = [500]
    answer(reviews, ann)
    serve()
    registering.change(webhook, mona, {"url": f"{receiver.url}/other"})
    serve()
    assert [request.path for request in receiver.requests] == ["/hook", "/hook/other"]


def test_a_removed_webhook_and_a_deleted_project_end_a_delivery_quietly(webhook, receiver, reviews, ann, mona):
    answer(reviews, ann)
    batches.make(webhook)
    delivery = WebhookDelivery.objects.select_related("webhook__project").get()
    attempt = sending.send(webhook, delivery)
    registering.remove(webhook, mona)
    outcomes.store(delivery, attempt)
    outcomes.store(delivery, sending.Attempt("It answered 500.", 500, 0.1))
    delivering.serve(delivery.pk)
    assert not Webhook.objects.exists()


# Never lost


def test_a_worker_killed_before_the_receiver_answered_sends_the_same_again(
    webhook, receiver, reviews, ann, monkeypatch
):
    answer(reviews, ann)

    def killed(*about: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(outcomes, "store", killed)
        serve()
    serve()
    first, second = receiver.requests
    assert first.content["delivery"] == second.content["delivery"] and first.events == second.events
    assert not WebhookDelivery.objects.exists()


def test_a_worker_killed_between_storing_and_sending_loses_nothing(webhook, receiver, reviews, ann):
    answer(reviews, ann)
    batches.make(webhook)
    answer(reviews, ann)
    serve()
    serve()
    assert receiver.names == ["annotation.submitted", "item.done"] * 2


def test_a_worker_killed_while_it_stores_stores_all_of_it_or_nothing(webhook, receiver, reviews, ann, monkeypatch):
    answer(reviews, ann)

    def killed(**fields: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt), transaction.atomic():
        patch.setattr(WebhookDelivery.objects, "create", killed)
        batches.make(webhook)
    serve()
    assert receiver.names == ["annotation.submitted", "item.done"]


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_is_stored_late_under_an_earlier_number_is_not_passed_over(
    webhook, receiver, reviews, ann, abe, monkeypatch
):
    """ann's answer has its number first, and abe's is stored first."""
    first, second = lease_next(reviews, ann), lease_next(reviews, abe)
    assert first and second
    numbered, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            submit(first, "positive")
            numbered.set()
            go_on.wait(60)

    thread = threading.Thread(target=lambda: (slow(), connection.close()))
    thread.start()
    numbered.wait(60)
    submit(second, "negative")
    monkeypatch.setattr(stored, "WAIT_SECONDS", 0.1)
    assert stored.wait_for_writers(["annotate_annotation"], 0.1) is False
    assert batches.make(Webhook.objects.get()) is False
    go_on.set()
    thread.join()
    serve()
    values = [event["data"]["value"] for event in receiver.events if event["event"] == "annotation.submitted"]
    assert values == ["positive", "negative"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_everything_once(webhook, receiver, reviews, ann):
    for _ in range(5):
        answer(reviews, ann)
    assert at_once(serve, serve, serve) == []
    assert receiver.names.count("annotation.submitted") == 5


@pytest.mark.django_db(transaction=True)
def test_a_slow_receiver_holds_no_other_up(webhook, receiver, reviews, mona, ann):
    with receiving() as quick:
        registering.add(reviews, mona, quick.url, ["annotation.submitted"])
        receiver.release.clear()
        answer(reviews, ann)
        turns: dict[int, delivering.Turn] = {}
        delivering.start_turns(turns)
        turns[Webhook.objects.get(url=quick.url).pk].join(20)
        assert quick.names == ["annotation.submitted"]
        assert not Webhook.objects.get(url=receiver.url).delivered_at
        delivering.start_turns(turns)
        receiver.release.set()
        for turn in turns.values():
            turn.join(20)
    assert receiver.names == ["annotation.submitted", "item.done"] and len(receiver.requests) == 1


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_ours_is_logged_and_tried_again_after_a_pause(webhook, receiver, reviews, ann, monkeypatch, caplog):
    def fail(webhook: Webhook) -> bool:
        raise ZeroDivisionError

    answer(reviews, ann)
    turns: dict[int, delivering.Turn] = {}
    with monkeypatch.context() as patch:
        patch.setattr(batches, "make", fail)
        delivering.start_turns(turns)
        turns[webhook.pk].join(20)
    assert f"Webhook {webhook.pk} could not be served" in caplog.text
    failed = turns[webhook.pk]
    delivering.start_turns(turns)
    assert turns[webhook.pk] is failed and receiver.requests == []
    failed.rests_until = 0.0
    delivering.start_turns(turns)
    turns[webhook.pk].join(20)
    assert receiver.names == ["annotation.submitted", "item.done"]


# Labelling


def test_an_answer_costs_no_query_more_where_there_are_webhooks(
    reviews, mona, ann, receiver, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as without:
        answer(reviews, ann)
    for _ in range(3):
        registering.add(reviews, mona, receiver.url, ALL)
    with django_assert_num_queries(len(without)):
        answer(reviews, ann)
