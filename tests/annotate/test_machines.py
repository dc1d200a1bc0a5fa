"""Machine members: they vote by REST, are weighed where they help, and are counted nowhere."""

import numpy as np
import pytest

from annotate import consensus
from annotate.consensus import machine_votes
from annotate.imports.run import import_records
from annotate.models import Annotation, CrowdRun, Item, MachineVote, QueueEntry, Skill
from annotate.statistics import agreement
from annotate_kit.formats.records import Record
from projects import members, setup
from projects.labels.rows import LabelRow
from projects.models import Project
from tests import lasting
from tests.annotate.test_assignments_api import signed_in
from tests.learner.conftest import topics
from tests.learner.test_model_vote import accuracy, weak_votes

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


@pytest.fixture(scope="module")
def weak_crowd(make_project) -> Project:
    """200 texts with three weak votes each."""
    project = weak_votes(make_project(labels=("fruit", "tools"), retrain_every=0, votes_wanted=3), topics(200))
    consensus.fresh(project, whole=True)
    return project


@pytest.fixture
def crowd(weak_crowd) -> Project:
    """The project, read for this test."""
    return Project.objects.get(pk=weak_crowd.pk)


def votes_of(project: Project, right: float, seed: int = 0) -> list[dict]:
    """Of each item what a machine says that is right so often."""
    rng = np.random.default_rng(seed)
    other = {"fruit": "tools", "tools": "fruit"}
    return [
        {"item": item.pk, "value": item.gold if rng.random() < right else other[item.gold]}
        for item in project.items.order_by("pk")
    ]


def send(mona, project: Project, name: str, rows: list[dict]) -> dict:
    api = signed_in(mona)
    if not project.memberships.filter(user__username=name).exists():
        added = api.post(f"/api/projects/{project.pk}/members/", {"username": name, "role": "machine"}, format="json")
        assert added.status_code == 201, added.json()
    return api.put(f"/api/projects/{project.pk}/machines/{name}/votes/", rows, format="json").json()


def machine(project: Project, name: str) -> machine_votes.Machine:
    consensus.fresh(project, whole=True)
    return next(each for each in machine_votes.machines(project) if each.user.username == name)


def test_a_good_machine_makes_the_consensus_better(crowd, mona):
    before = accuracy(crowd)
    assert send(mona, crowd, "llm", votes_of(crowd, 0.95))["stored"] == 200
    assert accuracy(crowd) > before + 0.08
    assert machine(crowd, "llm").measured.helps_few
    assert machine(crowd, "llm").measured.judged == 200


@pytest.mark.parametrize("seed", range(4))
def test_a_machine_that_guesses_makes_it_no_worse(crowd, mona, seed):
    before = accuracy(crowd)
    send(mona, crowd, "dice", votes_of(crowd, 0.5, seed))
    assert accuracy(crowd) >= before - 0.005


def test_a_machine_that_is_always_wrong_is_read_the_other_way_round(crowd, mona):
    before = accuracy(crowd)
    send(mona, crowd, "liar", votes_of(crowd, 0.05))
    assert accuracy(crowd) > before + 0.08


def test_a_copy_of_a_machine_adds_nothing(crowd, mona):
    send(mona, crowd, "llm", votes_of(crowd, 0.8))
    alone = list(consensus.fresh(crowd, whole=True).order_by("item").values_list("certainty", flat=True))
    send(mona, crowd, "zzz-copy", votes_of(crowd, 0.8))
    assert not machine(crowd, "zzz-copy").measured.helps
    assert machine(crowd, "zzz-copy").counts.startswith("no")
    assert list(consensus.fresh(crowd).order_by("item").values_list("certainty", flat=True)) == pytest.approx(alone)


def test_a_machine_is_counted_nowhere_as_a_person(crowd, mona):
    before = agreement.report(crowd)
    queue = list(QueueEntry.objects.order_by("item").values_list("item", "wanted", "taken", "open"))
    send(mona, crowd, "llm", votes_of(crowd, 0.95))
    rows = list(consensus.fresh(crowd, whole=True))
    assert {row.votes for row in rows} == {3}
    assert all(row.human_value is not None for row in rows)
    assert not Annotation.objects.filter(annotator__username="llm").exists()
    assert not Skill.objects.filter(annotator__username="llm").exists()
    assert list(QueueEntry.objects.order_by("item").values_list("item", "wanted", "taken", "open")) == queue
    after = agreement.report(crowd)
    assert (after.alpha, after.people) == (before.alpha, before.people)


def test_an_item_that_only_a_machine_answered_has_no_consensus(crowd, mona):
    import_records(crowd, [Record(row=1, external_id="new", text="a pear")])
    new = crowd.items.get(external_id="new")
    send(mona, crowd, "llm", [{"external_id": "new", "value": "fruit"}])
    assert not consensus.fresh(crowd, whole=True).filter(item=new).exists()
    assert QueueEntry.objects.get(item=new).open


def test_votes_that_are_sent_again_replace_the_former_and_can_be_taken_back(crowd, mona):
    before = accuracy(crowd)
    send(mona, crowd, "llm", votes_of(crowd, 0.5))
    send(mona, crowd, "llm", votes_of(crowd, 1.0))
    assert MachineVote.objects.count() == 200
    assert accuracy(crowd) > before + 0.08
    assert signed_in(mona).delete(f"/api/projects/{crowd.pk}/machines/llm/votes/").status_code == 204
    assert accuracy(crowd) == before


def test_a_machine_that_leaves_takes_its_votes_with_it(crowd, mona):
    send(mona, crowd, "llm", votes_of(crowd, 1.0))
    signed_in(mona).delete(f"/api/projects/{crowd.pk}/members/llm/")
    assert not MachineVote.objects.exists()
    consensus.fresh(crowd, whole=True)
    assert CrowdRun.objects.get(project=crowd).machines == {}


def test_new_answers_are_weighed_with_the_machine_item_by_item(crowd, mona, abe, monkeypatch):
    from importlib import import_module

    send(mona, crowd, "llm", votes_of(crowd, 0.95))
    consensus.fresh(crowd, whole=True)
    monkeypatch.setattr(import_module("annotate.consensus.plan"), "SMALL", 1)
    item = crowd.items.order_by("pk").first()
    Annotation.objects.filter(item=item).first().delete()
    consensus.refresh(crowd)
    row = consensus.fresh(crowd).get(item=item)
    assert row.has_model_vote


def test_bad_rows_are_rejected_with_what_would_be_right(crowd, mona):
    item = crowd.items.first().pk
    report = send(
        mona,
        crowd,
        "llm",
        [
            {"item": item, "value": "stone"},
            {"item": item, "value": "fruit", "confidence": 2},
            {"item": item, "value": "fruit", "probability": 0.5},
            {"external_id": "none", "value": "fruit"},
        ],
    )
    assert (report["stored"], report["rejected_count"]) == (0, 4)
    errors = [row["error"] for row in report["rejected"]]
    assert any("fruit" in error for error in errors)
    assert "confidence must be a number from 0 to 1, this is 2" in errors
    assert "unknown field 'probability'; known are confidence, external_id, item, value" in errors


def test_a_label_that_gets_a_new_name_keeps_its_machine_votes(crowd, mona):
    send(mona, crowd, "llm", votes_of(crowd, 0.95))
    rows = [LabelRow(name=label.name.replace("fruit", "food"), id=label.pk) for label in crowd.labels.all()]
    setup.set_labels(crowd, mona, rows)
    project = Project.objects.get(pk=crowd.pk)
    consensus.fresh(project, whole=True)
    assert machine(project, "llm").measured.right > 0.6


def test_a_machine_cannot_log_in_and_a_person_does_not_become_one(crowd, mona, ann, client):
    send(mona, crowd, "llm", [])
    llm = crowd.memberships.get(user__username="llm").user
    assert not llm.is_active and not llm.has_usable_password()
    assert crowd.role_of(llm) == "machine"
    api = signed_in(mona)
    members_address = f"/api/projects/{crowd.pk}/members/"
    refused = api.post(members_address, {"username": ann.username, "role": "machine"}, format="json")
    assert refused.status_code == 400 and "name of a person" in refused.json()["username"][0]
    assert api.patch(f"{members_address}llm/", {"role": "reviewer"}, format="json").status_code == 409
    assert api.patch(f"{members_address}weak-1/", {"role": "machine"}, format="json").status_code == 400
    with pytest.raises(members.NoPerson):
        members.change_role(crowd.memberships.get(user__username="weak-1"), "machine", mona)


def test_the_page_of_people_shows_machines_apart(crowd, mona, client):
    send(mona, crowd, "llm", votes_of(crowd, 0.95))
    consensus.fresh(crowd, whole=True)
    client.force_login(mona)
    page = client.get(f"/projects/{crowd.pk}/people/").content.decode()
    assert "Machine members" in page and "On all items that people answered" in page
    assert f"/projects/{crowd.pk}/people/llm/" not in page
    listed = signed_in(mona).get(f"/api/projects/{crowd.pk}/machines/").json()
    assert (listed[0]["username"], listed[0]["votes"], listed[0]["judged"]) == ("llm", 200, 200)
    assert 0.6 < listed[0]["right"] < 1


def test_a_file_of_answers_does_not_make_a_machine_a_person(crowd, mona):
    send(mona, crowd, "llm", [])
    answered = Record(row=1, external_id="x", text="a saw", annotations=[{"annotator": "llm", "value": "tools"}])
    report = import_records(crowd, [answered])
    assert report.rejected_count == 1 and "is no member" in report.rejected[0]["error"]
    assert not Item.objects.filter(external_id="x").exists()
