"""What people agree on: made from all votes in small projects, item by item between whole runs in large ones."""

import re
import threading
from importlib import import_module

import numpy as np
import pytest
from django.db import connection

from accounts.models import User
from annotate import consensus, tasks
from annotate.consensus.refresh import refresh
from annotate.imports.run import import_records
from annotate.models import Annotation, Consensus, ConsensusDue, CrowdRun, Item, Skill
from annotate.queue.leasing import lease_next
from annotate.queue.ordering import want_votes
from annotate.queue.submitting import submit
from annotate_kit import aggregation
from annotate_kit.formats.records import Record
from config.env import ROOT
from projects import setup
from projects.models import Membership, Project, Role
from tests.conftest import add_texts

refresh_module = import_module("annotate.consensus.refresh")
plan_module = import_module("annotate.consensus.plan")


@pytest.fixture
def crowd(make_project) -> Project:
    """200 texts with five votes each: four people are right nine times in ten, `guess` says anything."""
    return fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False))


def fill(project: Project, items: int = 200, seed: int = 0) -> Project:
    rng = np.random.default_rng(seed)
    people = [*(f"good-{number}" for number in range(4)), "guess"]
    User.objects.bulk_create((User(username=name) for name in people), ignore_conflicts=True)  # of another project
    users = User.objects.filter(username__in=people).order_by("pk")
    Membership.objects.bulk_create(Membership(project=project, user=user, role=Role.ANNOTATOR) for user in users)
    labels = project.label_names
    records = []
    for number in range(items):
        truth = int(rng.integers(len(labels)))
        values = [
            labels[truth] if name != "guess" and rng.random() < 0.9 else labels[rng.integers(len(labels))]
            for name in people
        ]
        annotations = [{"annotator": name, "value": value} for name, value in zip(people, values, strict=True)]
        records.append(
            Record(number + 1, f"item-{number}", text=f"text {number}", gold=labels[truth], annotations=annotations)
        )
    report = import_records(project, records)
    assert not report.rejected_count, report.rejected
    return project


def answers(project: Project) -> dict[int, str]:
    return dict(Consensus.objects.filter(project=project).values_list("item", "value"))


def test_a_new_project_aggregates_automatically(make_project):
    assert make_project().aggregation == "auto"


def test_a_whole_run_says_what_the_method_says(crowd):
    consensus.fresh(crowd)
    rows = Annotation.objects.filter(project=crowd).order_by("id").values_list("item", "annotator", "value")
    votes, (items, _, labels) = aggregation.Votes.from_ids(*zip(*rows, strict=True))
    names = [labels[position] for position in aggregation.aggregate(votes, "auto").labels()]
    assert answers(crowd) == dict(zip(items, names, strict=True))


def test_consensus_is_right_more_often_than_its_people(crowd):
    consensus.fresh(crowd)
    gold = dict(Item.objects.values_list("id", "gold"))
    assert np.mean([value == gold[item] for item, value in answers(crowd).items()]) > 0.97


def test_skill_tells_who_guesses(crowd):
    consensus.fresh(crowd)
    skills = dict(Skill.objects.filter(project=crowd).values_list("annotator__username", "skill"))
    assert skills.pop("guess") < 0.5 < 0.8 < min(skills.values())


def test_confusion_matrices_are_probabilities(crowd):
    consensus.fresh(crowd)
    for skill in Skill.objects.filter(project=crowd):
        assert np.sum(skill.confusion, axis=1) == pytest.approx(np.ones(3), abs=1e-4)


def test_a_second_look_makes_nothing_again(crowd, django_assert_max_num_queries):
    assert refresh(crowd) == 200
    with django_assert_max_num_queries(3):
        assert refresh(crowd) == 0


def test_another_method_makes_all_again(crowd):
    consensus.fresh(crowd)
    crowd.aggregation = "majority_vote"
    crowd.save()
    consensus.fresh(crowd)
    assert set(Consensus.objects.values_list("method", flat=True)) == {"majority_vote"}


@pytest.fixture
def large(crowd, monkeypatch) -> Project:
    """The same, in which few changes are taken in one by one."""
    monkeypatch.setattr(plan_module, "SMALL", 0)
    consensus.fresh(crowd)
    return crowd


def test_a_changed_vote_moves_its_item_alone(large, ann):
    before, run = answers(large), CrowdRun.objects.get()
    item = Item.objects.order_by("id").first()
    other = next(name for name in large.label_names if name != before[item.pk])
    for annotation in item.annotations.all():
        submit(annotation.assignment, other)
    assert refresh(large) == 1
    assert answers(large) == before | {item.pk: other}
    again = CrowdRun.objects.get()
    assert (again.computed_at, again.since) == (run.computed_at, 1)


def test_updating_item_by_item_says_nearly_what_a_whole_run_says(large):
    whole = answers(large)
    ConsensusDue.objects.bulk_create(ConsensusDue(item_id=pk, project=large) for pk in list(whole)[:40])
    Consensus.objects.update(value=None)
    assert refresh(large) == 40
    streamed = {item: value for item, value in answers(large).items() if value is not None}
    assert len(streamed) == 40
    assert np.mean([whole[item] == value for item, value in streamed.items()]) > 0.95


def test_many_changes_bring_a_whole_run(large):
    first = CrowdRun.objects.get().computed_at
    ConsensusDue.objects.bulk_create(ConsensusDue(item=item, project=large) for item in Item.objects.all()[:60])
    consensus.fresh(large)
    assert CrowdRun.objects.get().computed_at > first


def test_pages_leave_what_takes_long_to_the_worker(crowd, monkeypatch):
    jobs: list[tuple] = []
    monkeypatch.setattr(refresh_module, "async_task", lambda *job, **options: jobs.append(job))
    monkeypatch.setattr(plan_module, "QUICK", 10)
    assert refresh(crowd, wait=False) == 0
    assert refresh(crowd, wait=False) == 0
    assert (jobs, Consensus.objects.count()) == ([("annotate.tasks.aggregate_votes", crowd.pk)], 0)
    tasks.aggregate_votes(crowd.pk)
    assert Consensus.objects.count() == 200
    ConsensusDue.objects.create(item=Item.objects.all()[0], project=crowd)
    assert refresh(crowd, wait=False) == 1


def test_somebody_new_counts_as_the_average_person_between_runs(large, ann):
    item = Item.objects.order_by("id").first()
    want_votes(large, 6)
    submit(lease_next(large, ann), "a")
    consensus.fresh(large)
    assert sum(Consensus.objects.get(item=item).belief.values()) == pytest.approx(1, abs=1e-4)


def test_where_one_vote_is_wanted_the_vote_stands(make_project, ann, abe):
    project = make_project()
    add_texts(project, [f"text {number}" for number in range(6)])
    for person, value in [
        (ann, "positive"),
        (ann, "positive"),
        (ann, "positive"),
        (abe, "negative"),
        (ann, "positive"),
    ]:
        submit(lease_next(project, person), value)
    consensus.fresh(project)
    votes = dict(Annotation.objects.values_list("item", "value"))
    assert answers(project) == votes
    assert set(Consensus.objects.values_list("certainty", flat=True)) == {0.8}


def test_a_method_that_cannot_gives_way_to_the_majority_and_says_why(crowd):
    Project.objects.filter(pk=crowd.pk).update(aggregation="kos")
    crowd.refresh_from_db()
    consensus.fresh(crowd)
    run = consensus.last_run(crowd)
    assert (run.method, set(Consensus.objects.values_list("method", flat=True))) == ("majority_vote", {"majority_vote"})
    assert "two labels" in run.reason


def test_a_method_that_cannot_is_refused_in_the_settings(crowd, mona, client):
    with pytest.raises(setup.Unsuited, match="two labels"):
        setup.change(crowd, mona, {"aggregation": "kos"})
    client.force_login(mona)
    refused = client.patch(f"/api/projects/{crowd.pk}/", {"aggregation": "kos"}, content_type="application/json")
    assert refused.status_code == 400
    assert "two labels" in refused.json()["aggregation"][0]


def test_gold_teaches_only_when_the_project_says_so(crowd):
    crowd.aggregation = "dawid_skene"
    crowd.save()
    Item.objects.update(gold="a")
    consensus.fresh(crowd)
    assert set(answers(crowd).values()) == {"a", "b", "c"}
    crowd.gold_in_consensus = True
    crowd.save()
    consensus.fresh(crowd)
    assert set(answers(crowd).values()) == {"a"}


def test_several_labels_are_questions_of_their_own(make_project, ann, abe, rita):
    project = make_project(labels=("cheap", "good", "slow"), task_type="multiple_choice", votes_wanted=3)
    add_texts(project, ["one"])
    for person, value in [(ann, ["cheap", "good"]), (abe, ["cheap"]), (rita, ["cheap"])]:
        submit(lease_next(project, person), value)
    consensus.fresh(project)
    agreed = Consensus.objects.get()
    assert agreed.value == ["cheap"]
    assert agreed.belief["slow"] < agreed.belief["good"] < 0.5 < agreed.belief["cheap"]
    assert agreed.certainty == pytest.approx(min(agreed.belief["cheap"], 1 - agreed.belief["good"]), abs=1e-5)


def test_disagreement_is_the_chance_that_two_votes_differ(make_project, ann, abe):
    project = make_project(votes_wanted=2)
    add_texts(project, ["one", "two"])
    for person, values in [(ann, ["positive", "positive"]), (abe, ["positive", "negative"])]:
        for value in values:
            submit(lease_next(project, person), value)
    consensus.fresh(project)
    assert list(Consensus.objects.order_by("item").values_list("dispute", flat=True)) == [0.0, 0.5]


@pytest.mark.django_db(transaction=True)
def test_two_who_refresh_at_once_lose_nothing(make_project):
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5), items=40)
    failures = []

    def look() -> None:
        try:
            for _ in range(5):
                ConsensusDue.objects.bulk_create(
                    ConsensusDue(item=item, project=project) for item in Item.objects.all()
                )
                consensus.fresh(Project.objects.get(pk=project.pk))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    looking = [threading.Thread(target=look) for _ in range(4)]
    for thread in looking:
        thread.start()
    for thread in looking:
        thread.join(60)
    assert not failures
    consensus.fresh(project)
    assert (Consensus.objects.count(), ConsensusDue.objects.count()) == (40, 0)


# Who reads it


READERS = {
    "the overview": "/projects/{project}/",
    "the review": "/projects/{project}/review/",
    "one item's review": "/projects/{project}/review/?item={item}",
    "the items": "/projects/{project}/items/",
    "one item": "/items/{item}/",
    "one person's work": "/projects/{project}/people/{person}/",
    "consensus by REST": "/api/projects/{project}/consensus/",
    "items by REST": "/api/projects/{project}/items/",
    "items with a label by REST": "/api/projects/{project}/items/?label=positive",
    "one item by REST": "/api/items/{item}/",
    "the export": "/api/projects/{project}/export/?format=jsonl",
    "the export of a folder": "/api/projects/{project}/export/?format=peerannot",
}


@pytest.mark.parametrize("address", READERS.values(), ids=READERS)
def test_whoever_reads_consensus_reads_it_fresh(client, reviews, mona, ann, address):
    leased = lease_next(reviews, ann)
    submit(leased, "positive")
    client.force_login(mona)
    response = client.get(address.format(project=reviews.pk, item=leased.item_id, person=ann.username))
    assert response.status_code == 200
    assert list(response)
    assert answers(reviews) == {leased.item_id: "positive"}
    assert not ConsensusDue.objects.exists()


OTHERWISE = re.compile(
    r"Consensus\.objects|consensus_rows(?!.*\.delete\(\))|select_related\(\"consensus|consensus\.refresh"
)


def test_the_code_reads_consensus_by_fresh_alone():
    others = [path for app in ("annotate", "learner") for path in (ROOT / app).rglob("*.py")]
    exempt = {"consensus", "migrations", "models"}
    others = [path for path in others if not exempt & set(path.relative_to(ROOT).parts)]
    assert len(others) > 100
    assert [path for path in others if OTHERWISE.search(path.read_text(encoding="utf-8"))] == []
