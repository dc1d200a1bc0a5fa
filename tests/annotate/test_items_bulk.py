"""Many items at once: deleted and restored, their votes, priority, flags and people; by REST."""

import io
import json
import threading
import time
from contextlib import suppress

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from PIL import Image

from annotate import consensus
from annotate.imports.run import import_records
from annotate.items import deleted, deleted_rows
from annotate.items.search import Conditions
from annotate.items.selection import Selection
from annotate.models import Assignment, DeletedRows, Deletion, QueueEntry, Skill
from annotate.queue import ordering, suggestions
from annotate.queue.checks import CHECKS, exceptions
from annotate.queue.done import counts
from annotate.queue.leasing import held, lease, lease_next, release_held, renew
from annotate.queue.own import NotYours
from annotate.queue.submitting import submit
from annotate.tasks import each_minute
from annotate_kit.formats.records import Record
from core import storage_folders
from tests.annotate.test_assignments_api import signed_in
from tests.conftest import add_texts


@pytest.fixture
def api(mona):
    return signed_in(mona)


def bulk(api, project, **body):
    return api.post(f"/api/projects/{project.pk}/items/bulk/", body, format="json")


def ids(project, *numbers) -> list[int]:
    by_name = dict(project.items.values_list("external_id", "pk"))
    return [by_name[f"item-{number}"] for number in numbers]


def everything(project):
    """Each table's rows about the items of a project, as JSON."""
    tables = {}
    with connection.cursor() as cursor:
        for name in ("item", "annotation", "assignment", "review", "suggestion"):
            cursor.execute(
                f"SELECT to_jsonb(t)::text FROM annotate_{name} t WHERE project_id = %s ORDER BY 1", [project.pk]
            )
            tables[name] = cursor.fetchall()
    return tables


def assert_promises_hold(project):
    assert [broken for check in CHECKS for broken in exceptions(check, project)] == []


# Deleting and restoring


def test_what_is_deleted_is_in_no_list_count_or_export(api, reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    answer = bulk(api, reviews, ids=ids(reviews, 1, 2), action="delete").json()
    assert (answer["items"], answer["annotations"]) == (2, 1)
    assert counts([reviews.pk])[reviews.pk].items == 8
    assert len(api.get(f"/api/projects/{reviews.pk}/items/").json()["results"]) == 8
    export = b"".join(api.get(f"/api/projects/{reviews.pk}/export/").streaming_content)
    assert (export.count(b"\n"), b'"item-1"' in export) == (8, False)
    assert not reviews.annotations.exists()
    assert_promises_hold(reviews)


def test_an_undo_brings_all_of_it_back(api, reviews, ann, rita):
    submit(lease_next(reviews, ann), "positive")
    item = reviews.items.first()
    item.comments.create(author=ann, text="Is it?")
    item.flags.create(raised_by=ann)
    reviews.reviews.create(item=item, annotator=ann, reviewer=rita, verdict="accepted", value="positive")
    consensus.fresh(reviews)
    suggestions.store(reviews, "m", [(item.pk, "positive", {"positive": 0.9, "negative": 0.1}, 0.5)])
    before = everything(reviews)
    assert all(before.values())
    deletion = bulk(api, reviews, filter={}, action="delete").json()["deletion"]
    assert not reviews.items.exists()
    answer = api.delete(f"/api/projects/{reviews.pk}/deletions/{deletion}/")
    assert answer.json() == {"items": 10, "not_restored": 0, "taken": []}
    assert everything(reviews) == before
    assert (item.comments.count(), item.flags.count(), item.reviews.count()) == (1, 1, 1)
    assert consensus.fresh(reviews).get().settled
    assert not DeletedRows.objects.exists()
    assert_promises_hold(reviews)


def test_an_undo_is_exact_where_the_rows_are_stored_in_many_parts(make_project, ann, mona, monkeypatch):
    project = make_project()
    odd = '“Ünïcode” \\ back\\slash, "quotes"\n\t{}[],null %s %(a)s \U0001f600'
    texts = [f"{odd} {number}" * (1 + 50 * (number % 7 == 0)) for number in range(60)]
    records = [Record(row=n, external_id=f"{n},[{n}]", text=text, meta={"a": None}) for n, text in enumerate(texts)]
    import_records(project, records)
    for _ in range(5):
        submit(lease_next(project, ann), "positive", seconds=1 / 3)
    ordering.prefer(project, project.items.values_list("pk", flat=True)[:3], [[ann.pk, mona.pk], [], None])
    before = everything(project)
    monkeypatch.setattr(deleted_rows, "ITEMS_TOGETHER", 6)
    monkeypatch.setattr(deleted_rows, "LONG", 1000)
    deletion = deleted.delete(project, Selection(conditions=Conditions()), mona)
    parts = deletion.rows.filter(table="annotate_item")
    assert parts.count() == 11 + 9  # nine long ones
    assert sum(len(json.loads(part.rows)) for part in parts) == 60
    assert deleted.restore(deletion, mona).items == 60
    entries = QueueEntry.objects.filter(project=project).order_by("item")
    assert list(entries.values_list("preferred", flat=True)[:4]) == [[ann.pk, mona.pk], [], None, None]
    after = everything(project)
    assert {name: rows for name, rows in after.items() if before[name] != rows} == {}
    assert_promises_hold(project)


def test_an_undo_works_once_and_for_a_minute(api, reviews):
    deletion = bulk(api, reviews, ids=ids(reviews, 1), action="delete").json()["deletion"]
    address = f"/api/projects/{reviews.pk}/deletions/{deletion}/"
    assert [api.delete(address).status_code for _ in range(2)] == [200, 404]
    deletion = bulk(api, reviews, ids=ids(reviews, 1), action="delete").json()["deletion"]
    Deletion.objects.update(created_at=timezone.now() - deleted.RESTORABLE)
    answer = api.delete(f"/api/projects/{reviews.pk}/deletions/{deletion}/")
    assert (answer.status_code, "one minute" in answer.json()["detail"]) == (404, True)


def test_an_undo_fails_where_a_person_was_deleted_whose_answers_it_would_bring_back(reviews, ann, mona):
    submit(lease_next(reviews, ann), "positive")
    deletion = deleted.delete(reviews, Selection(ids=ids(reviews, 1, 2, 3)), mona)
    ann.delete()
    with pytest.raises(deleted.NotRestorable, match="a user was deleted meanwhile"):
        deleted.restore(deletion, mona)
    assert deletion.annotations == 1 and not reviews.annotations.exists()
    assert reviews.items.count() == 7  # none of it


def test_who_holds_a_deleted_item_is_told_so_and_gets_it_back_with_the_undo(reviews, ann, mona):
    leased = lease_next(reviews, ann)
    deletion = deleted.delete(reviews, Selection(ids=[leased.item_id]), mona)
    with pytest.raises(NotYours):
        submit(leased, "positive")
    deleted.restore(deletion, mona)
    assert Assignment.objects.get(pk=leased.pk).status == "released"
    submit(leased, "positive")  # the answer that waited on the device
    assert_promises_hold(reviews)


def test_the_restored_items_are_those_whose_names_nobody_took_meanwhile(reviews, mona):
    deletion = deleted.delete(reviews, Selection(ids=ids(reviews, 1, 2)), mona)
    add_texts(reviews, ["another text"])  # it is called item-1
    restored = deleted.restore(deletion, mona)
    assert (restored.items, restored.not_restored, restored.taken) == (1, 1, ["item-1"])
    assert reviews.items.get(external_id="item-1").text == "another text"
    assert_promises_hold(reviews)


def test_no_more_annotations_are_deleted_than_was_agreed_to(api, reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    answer = bulk(api, reviews, filter={}, action="delete", most_annotations=0)
    assert (answer.status_code, "1 annotations" in answer.json()["detail"]) == (409, True)
    assert (reviews.items.count(), Deletion.objects.count()) == (10, 0)
    item = reviews.annotations.get().item_id
    assert api.delete(f"/api/items/{item}/?most_annotations=0").status_code == 409
    assert api.delete(f"/api/items/{item}/?most_annotations=1").json()["annotations"] == 1


def test_labels_renamed_meanwhile_are_renamed_in_what_is_restored(api, reviews, ann, mona):
    submit(lease_next(reviews, ann), "positive")
    deletion = deleted.delete(reviews, Selection(ids=[reviews.annotations.get().item_id]), mona)
    labels = [
        {"id": label.pk, "name": "good"} if label.name == "positive" else {"name": label.name}
        for label in reviews.labels.all()
    ]
    assert api.patch(f"/api/projects/{reviews.pk}/", {"labels": labels}, format="json").status_code == 200
    deleted.restore(deletion, mona)
    assert reviews.annotations.get().value == "good"


def test_skill_does_not_rest_on_votes_that_are_deleted(make_project, ann, abe, mona):
    project = make_project(votes_wanted=2)
    add_texts(project, ["one", "two"])
    for person in (ann, abe):
        submit(lease_next(project, person), "positive")
    consensus.fresh(project)
    assert Skill.objects.filter(project=project).count() == 2
    deleted.delete(project, Selection(ids=ids(project, 1)), mona)
    consensus.fresh(project)
    assert not Skill.objects.filter(project=project).exists()


def test_after_the_minute_a_job_deletes_it_for_good_with_its_picture(make_project, mona):
    project = make_project()
    for name in ("one", "same", "other"):
        picture = io.BytesIO()
        Image.new("RGB", (4, 4), "red" if name == "other" else "blue").save(picture, "PNG")
        import_records(project, [Record(row=1, external_id=name, image=picture.getvalue(), image_name="a.png")])
    blue, same, other = project.items.order_by("id")
    deleted.delete(project, Selection(ids=[blue.pk, other.pk]), mona)
    each_minute()
    assert DeletedRows.objects.exists()  # it can still be restored
    Deletion.objects.update(created_at=timezone.now() - 3 * deleted.RESTORABLE)
    each_minute()
    assert not DeletedRows.objects.exists() and not Deletion.objects.exists()
    assert default_storage.exists(same.image) and not default_storage.exists(other.image)
    storage_folders.remove(f"images/{project.pk}")


def test_an_order_and_predictions_pass_over_what_is_deleted(reviews, mona):
    known = list(reviews.items.values_list("pk", flat=True))
    deleted.delete(reviews, Selection(ids=known[:3]), mona)
    ordering.publish(reviews, known)
    assert suggestions.store(reviews, "m", [(pk, "positive") for pk in known]) == 7
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.slow(reason="two people label while a third deletes and restores")
@pytest.mark.django_db(transaction=True)
def test_people_label_while_items_are_deleted_and_restored(make_project, ann, abe, mona):
    project = make_project(votes_wanted=2)
    add_texts(project, [f"text {number}" for number in range(40)])
    errors = []

    def label(person):
        try:
            for _ in range(30):
                for leased in lease(project, person, 2):
                    with suppress(NotYours):
                        submit(leased, "positive")
                consensus.fresh(project)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    people = [threading.Thread(target=label, args=[person]) for person in (ann, abe)]
    [thread.start() for thread in people]
    names = [f"item-{number}" for number in range(1, 41, 2)]
    while any(thread.is_alive() for thread in people):
        chosen = list(project.items.filter(external_id__in=names).values_list("pk", flat=True))
        deletion = deleted.delete(project, Selection(ids=chosen), mona)
        assert deleted.restore(deletion, mona).items == len(names)
        time.sleep(0.02)
    [thread.join() for thread in people]
    assert errors == []
    assert project.items.count() == 40
    assert_promises_hold(project)


# The other actions


def test_votes_wanted_never_fall_below_those_taken(api, make_project, ann, abe):
    project = make_project(votes_wanted=2)
    add_texts(project, ["one", "two"])
    for person in (ann, abe):
        submit(lease_next(project, person), "positive")
    assert bulk(api, project, filter={}, action="votes_wanted", votes_wanted=1).json() == {"items": 2, "changed": 1}
    assert wanted(project) == [2, 1]
    bulk(api, project, ids=ids(project, 1), action="votes_wanted", votes_wanted=3)
    assert wanted(project) == [3, 1]


def wanted(project) -> list[int]:
    return list(project.items.order_by("pk").values_list("queueentry__wanted", flat=True))


def test_a_priority_puts_items_first_and_null_takes_it_back(api, reviews, ann):
    assert bulk(api, reviews, ids=ids(reviews, 7, 8), action="priority", priority=1).json()["changed"] == 2
    assert lease_next(reviews, ann).item.external_id == "item-7"
    assert bulk(api, reviews, filter={}, action="priority", priority=None).json()["changed"] == 2
    assert lease_next(reviews, ann).item.external_id == "item-1"


def test_items_are_flagged_once_and_unflagged(api, reviews):
    assert bulk(api, reviews, ids=ids(reviews, 1, 2), action="flag").json() == {"items": 2, "changed": 2}
    assert bulk(api, reviews, filter={"search": "text"}, action="flag").json() == {"items": 10, "changed": 8}
    assert bulk(api, reviews, filter={"state": "flagged"}, action="unflag").json() == {"items": 10, "changed": 10}


def test_done_items_are_opened_again_and_skips_forgotten(api, reviews, ann, abe):
    submit(lease_next(reviews, ann), "positive")
    skipped = lease_next(reviews, ann)
    signed_in(ann).put(f"/api/assignments/{skipped.pk}/skip/", {}, format="json")
    assert bulk(api, reviews, filter={}, action="reopen").json() == {"items": 10, "changed": 2}
    assert lease_next(reviews, ann).pk == skipped.pk
    assert lease_next(reviews, abe).item.external_id == "item-1"
    assert_promises_hold(reviews)


def test_items_are_assigned_in_turn_and_come_first(api, reviews, ann, abe):
    submit(lease_next(reviews, ann), "positive")  # item-1: done, and not ann's any more
    answer = bulk(api, reviews, ids=ids(reviews, 1, 5, 6, 7), action="assign", people=["ann", "abe"])
    assert answer.json() == {"items": 4, "changed": 4}
    mine = {user: [each.item.external_id for each in held(reviews, user)] for user in (ann, abe)}
    assert (sorted(map(len, mine.values())), "item-1" in mine[abe]) == ([2, 2], True)
    assert wanted(reviews)[0] == 2
    assert_promises_hold(reviews)


def test_what_is_assigned_stays_with_the_person_who_leaves_the_page(api, reviews, ann):
    bulk(api, reviews, ids=ids(reviews, 5), action="assign", people=["ann"], days=2)
    [mine] = held(reviews, ann)
    until = mine.expires_at
    release_held(reviews, ann, [mine.pk])
    assert [each.pk for each in held(reviews, ann)] == [mine.pk]
    assert renew(mine).expires_at == until  # and no page that holds it shortens it


def test_nobody_is_assigned_more_than_a_hundred_items(api, make_project):
    project = make_project()
    add_texts(project, [f"text {number}" for number in range(120)])
    answer = bulk(api, project, filter={}, action="assign", people=["ann"]).json()
    assert answer == {"items": 120, "changed": 100}
    assert_promises_hold(project)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "delete"}, "non_field_errors"),
        ({"action": "delete", "ids": [1], "filter": {}}, "non_field_errors"),
        ({"action": "votes_wanted", "filter": {}}, "votes_wanted"),
        ({"action": "flag", "filter": {}, "priority": 1}, "priority"),
        ({"action": "assign", "filter": {}, "people": ["otto"]}, "people"),
        ({"action": "flag", "filter": {"label": "odd"}}, "label"),
        ({"action": "explode", "filter": {}}, "action"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(api, reviews, otto, body, field):
    answer = bulk(api, reviews, **body)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_items_of_other_projects_are_passed_over(api, reviews, make_project):
    other = make_project(name="Other")
    add_texts(other, ["mine"])
    assert bulk(api, reviews, ids=ids(other, 1), action="delete").json()["items"] == 0
    assert other.items.count() == 1


def test_predictions_of_deleted_items_are_refused_by_row(api, reviews, mona):
    deleted.delete(reviews, Selection(ids=ids(reviews, 1)), mona)
    rows = [{"external_id": "item-1", "value": "positive"}, {"external_id": "item-2", "value": "positive"}]
    answer = api.put(f"/api/projects/{reviews.pk}/predictions/", rows, format="json").json()
    assert (answer["stored"], answer["rejected_count"]) == (1, 1)
