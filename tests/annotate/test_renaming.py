"""A label gets another name while people answer: no answer is lost, and none is left under a name that is no more."""

import io
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, transaction
from rest_framework.test import APIClient

from accounts.models import User
from annotate import consensus
from annotate.imports import chunks
from annotate.imports.run import Report, import_file, import_records
from annotate.models import Annotation, Assignment, Consensus, Item, Review, Suggestion
from annotate.queue import suggestions
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate.reviews import accept, correct
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Record
from learner import dataset
from projects import setup
from projects.labels.replacing import LabelInUse
from projects.labels.rows import LabelRow
from projects.models import Label, LabelRename, Project
from tests.conftest import add_texts
from tests.threads import at_once, wait_until_blocked

ANSWERS = 40


def signed_in(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.mark.django_db(transaction=True)
@pytest.mark.processes
def test_no_answer_is_lost_while_a_label_is_renamed_twenty_times_a_second(make_project, mona, ann, abe, rita):
    project = make_project(votes_wanted=3)
    add_texts(project, [f"text {number}" for number in range(2 * ANSWERS)])
    label = project.labels.get(name="positive")
    acknowledged: list[int] = []
    refused: list[object] = []
    renames: list[str] = []

    def answer(user: User) -> None:
        """Answer with the name that the label has on the screen, which is loaded now and then."""
        api = signed_in(user)
        [held] = api.post(f"/api/projects/{project.pk}/assignments/", {"count": 1}).json()
        for n in range(ANSWERS):
            if n % 10 == 0:
                name = Label.objects.get(pk=label.pk).name
            answered = api.put(f"/api/assignments/{held['id']}/annotation/", {"value": name, "next": 1})
            if answered.status_code == 200:
                acknowledged.append(answered.json()["annotation"]["id"])
                [held] = answered.json()["next"]
            else:
                refused.append(answered.json())

    def rename_often() -> None:
        api = signed_in(mona)
        while len(acknowledged) + len(refused) < 3 * ANSWERS:
            renames.append(f"good {len(renames)}")
            names = [{"id": label.pk, "name": renames[-1]}, {"name": "negative"}]
            changed = api.patch(f"/api/projects/{project.pk}/", {"labels": names})
            assert changed.status_code == 200, changed.json()
            time.sleep(0.05)

    assert at_once(rename_often, *(lambda user=user: answer(user) for user in (ann, abe, rita))) == []
    assert refused == []
    assert len(set(acknowledged)) == 3 * ANSWERS
    assert len(renames) > 3
    assert dict(Annotation.objects.values_list("pk", "value")) == dict.fromkeys(acknowledged, renames[-1])


def rename(project: Project, by: User, names: dict[str, str]) -> None:
    """Give labels other names, from a copy of the project that knows nothing of what others have loaded."""
    labels = Project.objects.get(pk=project.pk).labels.all()
    rows = [LabelRow(id=label.pk, name=names.get(label.name, label.name)) for label in labels]
    setup.set_labels(Project.objects.get(pk=project.pk), by, rows)


def put(user: User, leased: Assignment, **body) -> tuple[int, Any]:
    """The answer's status, and the value that is stored or the error."""
    answered = signed_in(user).put(f"/api/assignments/{leased.pk}/annotation/", body)
    content = answered.json()
    return answered.status_code, content["annotation"]["value"] if answered.status_code == 200 else content["value"]


class TestALateAnswer:
    """What was answered by the names of yesterday."""

    def test_a_former_name_is_stored_as_the_present_one(self, reviews, mona, ann):
        leased = lease_next(reviews, ann)
        rename(reviews, mona, {"positive": "good"})
        rename(reviews, mona, {"good": "very good"})
        assert put(ann, leased, value="positive") == (200, "very good")
        assert put(ann, leased, value="good") == (200, "very good")

    def test_the_version_tells_what_a_name_meant_when_two_labels_swapped_theirs(self, reviews, mona, ann):
        leased, version = lease_next(reviews, ann), reviews.labels_version
        rename(reviews, mona, {"positive": "negative", "negative": "positive"})
        assert put(ann, leased, value="positive", labels_version=version) == (200, "negative")
        assert put(ann, leased, value="positive", labels_version=version + 1) == (200, "positive")
        assert put(ann, leased, value="positive") == (200, "positive")

    def test_a_new_label_with_a_former_name_is_not_what_was_meant_before_it_came(self, reviews, mona, ann):
        leased, version = lease_next(reviews, ann), reviews.labels_version
        rename(reviews, mona, {"positive": "good"})
        labels = [LabelRow(id=label.pk, name=label.name) for label in reviews.labels.all()]
        setup.set_labels(reviews, mona, [*labels, LabelRow("positive")])
        assert put(ann, leased, value="positive") == (200, "positive")
        assert put(ann, leased, value="positive", labels_version=version) == (200, "good")
        rename(reviews, mona, {"positive": "fine"})
        assert put(ann, leased, value="positive", labels_version=version) == (200, "good")
        assert put(ann, leased, value="positive", labels_version=version + 2) == (200, "fine")

    def test_a_present_name_is_understood_whatever_version_comes_with_it(self, reviews, mona, ann):
        leased = lease_next(reviews, ann)
        rename(reviews, mona, {"positive": "good"})
        assert put(ann, leased, value="good", labels_version=1) == (200, "good")
        assert put(ann, leased, value="good", labels_version=99) == (200, "good")

    def test_two_names_of_one_label_are_one_label(self, make_project, mona, ann):
        project = make_project(labels=("cheap", "good", "slow"), task_type="multiple_choice")
        add_texts(project, ["one"])
        leased = lease_next(project, ann)
        rename(project, mona, {"good": "fine"})
        assert put(ann, leased, value=["slow", "good", "fine"]) == (200, ["fine", "slow"])

    def test_a_label_that_is_no_more_is_refused_with_the_present_ones_named(self, reviews, mona, ann):
        leased = lease_next(reviews, ann)
        keep = [LabelRow(id=label.pk, name=label.name) for label in reviews.labels.all()]
        setup.set_labels(reviews, mona, [keep[1], LabelRow("fine")])
        refused = "'positive' is no label of this project; it has negative, fine"
        assert put(ann, leased, value="positive", labels_version=1) == (400, [refused])

    def test_the_page_says_by_which_names_it_was_made(self, client, reviews, mona, ann):
        client.force_login(ann)
        page = client.get(f"/projects/{reviews.pk}/label/")
        leased = page.context["assignment"]
        assert page.context["bootstrap"]["labels_version"] == 1
        rename(reviews, mona, {"positive": "negative", "negative": "positive"})
        form = {"act": "submit", "assignment": leased.pk, "choice": "positive", "labels_version": 1}
        client.post(f"/projects/{reviews.pk}/label/", form)
        assert Annotation.objects.get().value == "negative"

    def test_so_does_the_reviewers_page(self, client, reviews, mona, rita, ann):
        submit(leased := lease_next(reviews, ann), "positive")
        rename(reviews, mona, {"positive": "negative", "negative": "positive"})
        client.force_login(rita)
        form = {
            "act": "correct",
            "item": leased.item_id,
            "annotation": Annotation.objects.get().pk,
            "choice": "negative",
            "labels_version": 1,
        }
        client.post(f"/projects/{reviews.pk}/review/", form)
        assert Annotation.objects.get().value == Review.objects.get().value == "positive"


@pytest.mark.django_db(transaction=True)
class TestWhileALabelIsRenamed:
    """Something is stored whose value was checked before the rename, and which arrives before it is committed."""

    def while_renaming(self, project: Project, mona: User, store: Callable[[], object]) -> None:
        """Begin to store while a rename is not committed; it waits, and ends after the rename."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                store()
            except BaseException as error:
                failed.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        with transaction.atomic():
            rename(project, mona, {"positive": "good"})
            thread.start()
            wait_until_blocked(thread)
        thread.join(20)
        assert not failed

    def test_an_answer_follows(self, reviews, mona, ann):
        leased = lease_next(reviews, ann)
        assert leased.project.label_names == ["positive", "negative"]
        self.while_renaming(reviews, mona, lambda: submit(leased, "positive"))
        assert Annotation.objects.get().value == "good"

    def test_a_review_decision_follows(self, reviews, mona, ann, rita):
        submit(lease_next(reviews, ann), "positive")
        answer = Annotation.objects.select_related("project").get()
        assert answer.project.label_names == ["positive", "negative"]
        self.while_renaming(reviews, mona, lambda: accept([answer], rita))
        assert Review.objects.get().value == Annotation.objects.get().value == "good"

    def test_a_correction_follows(self, reviews, mona, ann, rita):
        submit(lease_next(reviews, ann), "negative")
        answer = Annotation.objects.select_related("project").get()
        self.while_renaming(reviews, mona, lambda: correct([answer], rita, "positive"))
        assert Review.objects.get().value == Annotation.objects.get().value == "good"

    def test_an_import_follows(self, make_project, mona, ann):
        project = make_project()
        annotations = [{"annotator": "ann", "value": "positive"}]
        records = [Record(row=1, external_id="one", text="one", gold="positive", annotations=annotations)]
        self.while_renaming(project, mona, lambda: import_records(Project.objects.get(pk=project.pk), records))
        assert Item.objects.get().gold == Annotation.objects.get().value == "good"

    def test_suggestions_follow(self, reviews, mona):
        item = reviews.items.first()
        rows = [(item.pk, "positive", {"positive": 0.9, "negative": 0.1})]
        assert reviews.label_names == ["positive", "negative"]
        self.while_renaming(reviews, mona, lambda: suggestions.store(reviews, "mine", rows))
        suggestion = Suggestion.objects.get()
        assert (suggestion.value, suggestion.proba) == ("good", {"good": 0.9, "negative": 0.1})

    def test_the_consensus_follows(self, reviews, mona, ann):
        submit(lease_next(reviews, ann), "positive")
        assert reviews.label_names == ["positive", "negative"]
        self.while_renaming(reviews, mona, lambda: consensus.fresh(reviews))
        agreed = Consensus.objects.get()
        assert (agreed.value, set(agreed.belief)) == ("good", {"good", "negative"})


def test_the_chunks_of_an_import_that_come_after_the_rename_are_checked_by_the_new_names(
    make_project, mona, monkeypatch
):
    """The second chunk is made before the rename and stored after it, the fourth names the label as it is then."""
    monkeypatch.setattr(chunks, "ROWS", 2)
    project = make_project()
    gold = ["positive"] * 6 + ["good", "positive"]
    lines = (f'{{"external_id": "{n}", "text": "text {n}", "gold": "{value}"}}\n' for n, value in enumerate(gold))

    def rename_once(bytes_read: int, report: Report) -> None:
        if report.stored == 2:
            rename(project, mona, {"positive": "good"})

    report = import_file(
        project, io.BytesIO("".join(lines).encode()), name="a.jsonl", content_type=None, on_progress=rename_once
    )
    assert (report.created, report.rejected) == (8, [])
    assert set(Item.objects.values_list("gold", flat=True)) == {"good"}


def test_an_import_that_names_a_label_which_is_removed_meanwhile_ends_with_the_reason(make_project, mona, monkeypatch):
    monkeypatch.setattr(chunks, "ROWS", 2)
    project = make_project(labels=("positive", "negative", "neither"))
    gold = ["positive", "positive", "neither", "neither"]
    lines = (f'{{"external_id": "{n}", "text": "text {n}", "gold": "{value}"}}\n' for n, value in enumerate(gold))

    def remove(bytes_read: int, report: Report) -> None:
        keep = [LabelRow(id=label.pk, name=label.name) for label in project.labels.exclude(name="neither")]
        setup.set_labels(Project.objects.get(pk=project.pk), mona, keep)

    with pytest.raises(Unreadable, match="labels were changed while the file was imported: 'neither' is no label"):
        import_file(project, io.BytesIO("".join(lines).encode()), name="a.jsonl", content_type=None, on_progress=remove)
    assert set(Item.objects.values_list("gold", flat=True)) == {"positive"}


def test_a_file_with_former_names_is_understood(make_project, mona):
    project = make_project()
    rename(project, mona, {"positive": "good"})
    records = [Record(row=1, external_id="one", text="one", gold="positive")]
    assert import_records(Project.objects.get(pk=project.pk), records).rejected == []
    assert Item.objects.get().gold == "good"


def test_predictions_may_name_labels_as_they_were(reviews, mona):
    rename(reviews, mona, {"positive": "good"})
    rows = [
        {"external_id": "item-1", "proba": {"positive": 0.9, "negative": 0.1}},
        {"external_id": "item-2", "value": "positive"},
        {"external_id": "item-3", "proba": {"positive": 0.5, "good": 0.5}},
    ]
    report = signed_in(mona).put(f"/api/projects/{reviews.pk}/predictions/", rows).json()
    assert report["stored"] == 2
    assert [row["error"] for row in report["rejected"]] == [
        "a label comes twice in proba, by its present name and by a former one"
    ]
    assert set(Suggestion.objects.values_list("value", flat=True)) == {"good"}


def test_what_people_agree_on_is_read_by_the_present_names(reviews, mona, ann):
    submit(lease_next(reviews, ann), "positive")
    assert reviews.label_names == ["positive", "negative"]
    rename(reviews, mona, {"positive": "good"})
    consensus.fresh(Project.objects.get(pk=reviews.pk))
    assert len(dataset.labelled(reviews)) == 1
    assert reviews.label_names == ["good", "negative"]


def test_another_order_of_the_labels_keeps_equal_answers_equal(make_project, mona, ann, abe):
    project = make_project(labels=("cheap", "good", "slow"), task_type="multiple_choice", votes_wanted=2)
    add_texts(project, ["one"])
    submit(lease_next(project, ann), ["cheap", "good"])
    rows = [LabelRow(id=label.pk, name=label.name) for label in project.labels.all()]
    setup.set_labels(project, mona, rows[::-1])
    submit(lease_next(project, abe), ["cheap", "good"])
    assert list(Annotation.objects.values_list("value", flat=True)) == [["good", "cheap"]] * 2


def test_a_removed_label_leaves_no_suggestion_and_no_probability_behind(make_project, mona):
    project = make_project(labels=("positive", "negative", "neither"))
    add_texts(project, ["one", "two"])
    first, second = project.items.order_by("pk")
    rows = [(first.pk, "neither", {"neither": 1.0}), (second.pk, "positive", {"positive": 0.8, "neither": 0.2})]
    suggestions.store(project, "mine", rows)
    keep = [LabelRow(id=label.pk, name=label.name) for label in project.labels.exclude(name="neither")]
    setup.set_labels(project, mona, keep)
    remaining = Suggestion.objects.get()
    assert (remaining.item, remaining.proba) == (second, {"positive": 0.8})


def test_what_a_reviewer_decided_for_cannot_be_removed(make_project, mona, rita, ann):
    project = make_project(labels=("positive", "negative", "neither"))
    add_texts(project, ["one"])
    submit(leased := lease_next(project, ann), "neither")
    accept([Annotation.objects.get()], rita)
    Annotation.objects.update(value="positive")
    keep = [LabelRow(id=label.pk, name=label.name) for label in project.labels.exclude(name="neither")]
    with pytest.raises(LabelInUse, match="'neither'"):
        setup.set_labels(project, mona, keep)
    assert leased.item.reviews.get().value == "neither"


def test_the_history_of_names_is_read_from_the_events_of_former_versions(reviews, mona):
    migration = import_module("projects.migrations.0004_name_label_versions")
    rename(reviews, mona, {"positive": "good"})
    rename(reviews, mona, {"good": "negative", "negative": "good"})
    renames = LabelRename.objects.order_by("version", "before").values_list("version", "before", "after", "label")
    written = list(renames)
    assert [row[:3] for row in written] == [
        (2, "positive", "good"),
        (3, "good", "negative"),
        (3, "negative", "good"),
    ]
    LabelRename.objects.all().delete()
    Project.objects.update(labels_version=1)
    migration.read_history(apps, None)
    assert list(renames.all()) == written
    assert Project.objects.get(pk=reviews.pk).labels_version == 3
