"""A project that is deleted leaves nothing behind, soon, and whoever labels meanwhile finds it deleted."""

import io
import json
import threading
import time

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone
from PIL import Image

from annotate import consensus
from annotate.imports.run import import_records
from annotate.items import deleted
from annotate.items.deletion import remove_files
from annotate.items.selection import Selection
from annotate.models import (
    Comment,
    Cursor,
    Import,
    Item,
    MachineVote,
    ModelVote,
    Page,
    PageOffer,
    Prediction,
    Skill,
    Suggestion,
    Suspect,
    SuspectShare,
    Tile,
)
from annotate.queue import ordering
from annotate.queue.leasing import lease, lease_next
from annotate.queue.submitting import submit, undo
from annotate.tasks import remove_files as job
from annotate_kit.formats.records import Record
from core import storage_folders
from learner.models import Round
from projects import guidelines, setup
from projects.models import Event, Invitation, LabelRename, Project, WebhookDelivery
from tests.conftest import add_texts
from tests.threads import wait_until_blocked

ANNOTATE_ALL = """
    INSERT INTO annotate_assignment (project_id, item_id, annotator_id, status, leased_at, expires_at, reason)
    SELECT project_id, id, %(person)s, 'submitted', now(), now(), '' FROM annotate_item WHERE project_id = %(project)s;
    INSERT INTO annotate_annotation (project_id, item_id, annotator_id, assignment_id, value, created_at, updated_at)
    SELECT project_id, item_id, annotator_id, id, '"positive"', now(), now() FROM annotate_assignment
    WHERE project_id = %(project)s;
    INSERT INTO annotate_consensusdue (project_id, item_id)
    SELECT project_id, item_id FROM annotate_annotation WHERE project_id = %(project)s;
"""


@pytest.fixture
def worked_on(make_project):
    """Makes a project with a row in every table."""

    def make(name, ann, rita):
        project = make_project(name=name)
        add_texts(project, [f"text {number}" for number in range(6)])
        first, second, third = lease(project, ann, 3)
        submit(first, "positive")
        submit(second, "negative")
        undo(second)
        consensus.fresh(project, whole=True)
        submit(third, "positive")
        ordering.publish(project, list(project.items.values_list("pk", flat=True)))
        deleted.delete(project, Selection(ids=[project.items.last().pk]), ann)
        item = project.items.first()
        item.comments.create(author=ann, text="Is it?")
        item.flags.create(raised_by=ann)
        accepted = {"verdict": "accepted", "value": "positive", "acceptance": project.acceptances.create(reviewer=rita)}
        project.reviews.create(item=item, annotator=ann, reviewer=rita, **accepted)
        Suggestion.objects.create(project=project, item=item, model="m", value="positive", created_at=timezone.now())
        Import.objects.create(project=project, name="texts.csv", reader="csv")
        label = project.labels.first()
        Prediction.objects.create(project=project, item=item, label=label, probability=0.9)
        Suspect.objects.create(
            project=project, item=item, rank=0, label=label, probability=0.9, probability_of_given=0.1
        )
        SuspectShare.objects.create(project=project, share=0.1, low=0.05, high=0.2, items=9)
        MachineVote.objects.create(project=project, item=item, machine=rita, label=label, level=1)
        ModelVote.objects.create(project=project, item=item, label=label, level=1)
        project.saved_views.create(name="Doubtful", query="?state=disputed")
        PageOffer.objects.create(project=project, label=label, tested=9, wrong=0, expected=0.1, caution=0.1)
        page = Page.objects.create(project=project, annotator=ann, label=label)
        Tile.objects.create(page=page, place=1, item=item, probability=0.9)
        Round.objects.create(project=project, trigger="click")
        Event.objects.create(project=project, act="created")
        LabelRename.objects.create(project=project, label=label, version=2, before="good", after=label.name)
        Invitation.objects.create(project=project, expires_at=timezone.now())
        webhook = project.webhooks.create(url="https://example.org/", events=["item.done"])
        WebhookDelivery.objects.create(webhook=webhook, names=["item.done"], events="[]")
        guidelines.record(project, None)
        Skill.objects.get_or_create(
            project=project, annotator=ann, defaults={"skill": 1, "votes": 1, "computed_at": timezone.now()}
        )
        return project

    return make


def rows_of_projects():
    """How many rows each table has that belongs to projects, by name."""
    models = [model for app in ("projects", "annotate", "learner") for model in apps.get_app_config(app).get_models()]
    return {model.__name__: model.objects.count() for model in models if model is not Event}


def test_no_row_of_it_is_left_in_any_table(worked_on, ann, rita, mona):
    stays = worked_on("Stays", ann, rita)
    before = rows_of_projects()
    assert all(before.values()), before
    goes = worked_on("Goes", ann, rita)
    setup.delete(goes, mona)
    assert rows_of_projects() == before
    assert Project.objects.get() == stays


def test_its_events_stay(worked_on, ann, rita, mona):
    project = worked_on("Goes", ann, rita)
    setup.delete(project, mona)
    created, ended = Event.objects.filter(act__in=["created", "deleted"]).order_by("id")
    assert (created.act, created.project) == ("created", None)
    assert (ended.act, ended.actor, ended.project) == ("deleted", mona, None)


def test_its_pictures_and_uploads_go_too(make_project, mona):
    project = make_project()
    picture = io.BytesIO()
    Image.new("RGB", (4, 4)).save(picture, "PNG")
    import_records(project, [Record(row=1, external_id="one", image=picture.getvalue(), image_name="one.png")])
    name = project.items.get().image
    pk = project.pk
    setup.delete(project, mona)
    queued = _jobs()
    assert queued == [("annotate.tasks.remove_files", (pk,))]
    job(pk)
    assert not default_storage.exists(name)
    assert not storage_folders.files(f"images/{pk}")
    remove_files(pk)  # once more does no harm


def _jobs():
    from django_q.models import OrmQ

    return [(waiting.task["func"], tuple(waiting.task["args"])) for waiting in OrmQ.objects.all()]


@pytest.mark.django_db(transaction=True)
def test_twenty_thousand_annotated_items_go_at_once_beside_as_many_others(make_project, ann, mona):
    for project in (stays := make_project(name="Stays"), goes := make_project(name="Goes")):
        rows = (Record(row=row, external_id=str(row), text="a text") for row in range(1, 20_001))
        assert import_records(project, rows).created == 20_000
        with connection.cursor() as cursor:
            cursor.execute(ANNOTATE_ALL, {"project": project.pk, "person": ann.pk})
    began = time.monotonic()
    setup.delete(goes, mona)
    assert time.monotonic() - began < 5  # 0.2 s on an idle machine; by cascade it was 45 s
    assert Item.objects.count() == stays.annotations.count() == 20_000


@pytest.mark.django_db(transaction=True)
class TestWhoIsAtIt:
    """The project is deleted in the middle of somebody's request."""

    def test_who_answers_is_told_that_it_was_deleted(self, client, reviews, ann, mona):
        assignment = lease_next(reviews, ann)
        client.force_login(ann)
        address = f"/api/assignments/{assignment.pk}/annotation/"
        answered = self._while_deleting(
            reviews,
            mona,
            lambda: client.put(address, json.dumps({"value": "positive"}), content_type="application/json"),
        )
        assert (answered.status_code, answered.json()) == (404, {"detail": "It was deleted in the meantime."})

    def test_who_skips_is_told_that_it_was_deleted(self, client, reviews, ann, mona):
        assignment = lease_next(reviews, ann)
        client.force_login(ann)
        address, form = f"/projects/{reviews.pk}/label/", {"act": "skip", "assignment": assignment.pk}
        answered = self._while_deleting(reviews, mona, lambda: client.post(address, form))
        assert answered.status_code == 404

    @pytest.mark.parametrize("first_time", [True, False])
    def test_who_asks_for_items_is_told_that_it_was_deleted(self, client, reviews, ann, mona, first_time):
        if not first_time:
            lease_next(reviews, ann)
        client.force_login(ann)
        address = f"/api/projects/{reviews.pk}/assignments/"
        answered = self._while_deleting(
            reviews, mona, lambda: client.post(address, {"count": 1}, content_type="application/json")
        )
        assert answered.status_code == 404

    def test_who_comments_is_told_that_it_was_deleted(self, client, reviews, ann, mona):
        client.force_login(ann)
        address, comment = f"/api/items/{reviews.items.first().pk}/comments/", json.dumps({"text": "Is it?"})
        answered = self._while_deleting(
            reviews, mona, lambda: client.post(address, comment, content_type="application/json")
        )
        assert answered.status_code == 404
        assert not Comment.objects.exists()

    def _while_deleting(self, project, mona, request):
        """What `request` answers that begins when the project is deleted, and that deletion not committed yet."""
        answers = []

        def run():
            try:
                answers.append(request())
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        with transaction.atomic():
            setup.delete(project, mona)
            thread.start()
            wait_until_blocked(thread)
        thread.join(20)
        assert not Project.objects.exists()
        assert not Cursor.objects.exists()
        (answer,) = answers
        return answer
