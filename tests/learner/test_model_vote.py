"""The model's vote: weighed in the consensus where it helps, and nowhere else."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from django.test import Client

from accounts.models import User
from annotate import consensus
from annotate.consensus import model_vote
from annotate.exports import export
from annotate.models import Annotation, ConsensusDue, CrowdRun, ModelVote, Review, Skill
from annotate.statistics import agreement, annotators
from learner import dataset
from learner.evaluation import scores
from projects import setup
from projects.labels.rows import LabelRow
from projects.models import Membership, Project, Role
from tests import lasting
from tests.learner.conftest import add_records, finished_round, topics

plan_module = import_module("annotate.consensus.plan")
pytestmark = pytest.mark.django_db
PEOPLE = [f"weak-{number}" for number in range(6)]
mona, rita, ann, abe, make_project = lasting.CAST


def weak_votes(project: Project, records: list[dict], votes: int = 3, seed: int = 0, right: float = 2 / 3) -> Project:
    """Import these with the answers of people who are right two times in three, or as often as `right` says."""
    rng = np.random.default_rng(seed)
    for name in PEOPLE:
        user, _ = User.objects.get_or_create(username=name)
        Membership.objects.create(project=project, user=user, role=Role.ANNOTATOR)
    labels = project.label_names
    for record in records:
        people = rng.permutation(PEOPLE)[:votes]
        wrong = labels[1 - labels.index(record["gold"])]
        record["annotations"] = [
            {"annotator": name, "value": record["gold"] if rng.random() < right else wrong} for name in people.tolist()
        ]
    add_records(project, records)
    return project


@dataclass
class Before:
    """What was told of a crowd before a model had a vote."""

    accuracy: float
    agreed: list[dict]
    figures: list
    annotations: bytes
    labelled: Any


@pytest.fixture(scope="module")
def round_on_a_crowd(make_project) -> tuple[Project, Before]:
    """200 texts that tell their label, with three weak votes each, and a round that has ended."""
    crowd = weak_votes(make_project(labels=("fruit", "tools"), retrain_every=0, votes_wanted=3), topics(200))
    before = Before(accuracy(crowd), agreed(crowd), figures(crowd), annotations(crowd), dataset.labelled(crowd))
    finished_round(crowd)
    return crowd, before


@pytest.fixture
def crowd(round_on_a_crowd) -> Project:
    """The project, read for this test."""
    return Project.objects.get(pk=round_on_a_crowd[0].pk)


@pytest.fixture
def before(round_on_a_crowd) -> Before:
    return round_on_a_crowd[1]


def accuracy(project: Project) -> float:
    gold = dict(project.items.values_list("pk", "gold"))
    values = consensus.fresh(project).values_list("item", "value")
    return float(np.mean([value == gold[item] for item, value in values]))


def agreed(project: Project) -> list[dict]:
    return list(consensus.fresh(project).order_by("item").values("item", "value", "certainty", "belief"))


def figures(project: Project) -> list:
    """Votes, agreement, skill and people."""
    rows = consensus.fresh(project).order_by("item")
    people = [(row.user.username, row.annotations, row.agreed, row.skill) for row in annotators.annotators(project)]
    skills = list(Skill.objects.order_by("annotator").values("annotator", "skill", "confusion", "votes"))
    confusion = [annotators.confusion(project, User.objects.get(username=name)).counts.tolist() for name in PEOPLE]
    disagreement = list(rows.values_list("item", "votes", "dispute"))
    return [people, skills, confusion, disagreement, repr(agreement.report(project)), Annotation.objects.count()]


def annotations(project: Project) -> bytes:
    """Their export."""
    return b"".join(export(project, "jsonl", what="annotations"))


def test_a_model_that_knows_the_features_makes_the_consensus_better(crowd, before):
    assert accuracy(crowd) > before.accuracy + 0.1
    assert consensus.fresh(crowd).filter(human_confidence__isnull=False).count() == 200
    assert CrowdRun.objects.get(project=crowd).model["judged"] == 200


def test_the_model_votes_on_all_labelled_items_by_models_that_had_not_seen_them(crowd, monkeypatch):
    ModelVote.objects.all().delete()
    monkeypatch.setattr(scores, "CV_ITEMS", 60)
    finished_round(crowd)
    assert ModelVote.objects.filter(project=crowd).count() == 200
    gold = {item.pk: item.gold for item in crowd.items.all()}
    labels = {vote.item_id: vote.label.name for vote in ModelVote.objects.select_related("label")}
    assert np.mean([labels[item] == gold[item] for item in gold]) > 0.8


def test_with_the_setting_off_people_alone_agree(crowd, before):
    crowd.model_vote = False
    crowd.save()
    assert agreed(crowd) == before.agreed
    crowd.model_vote = True
    crowd.save()
    assert consensus.fresh(crowd).filter(human_confidence__isnull=False).exists()


def test_votes_agreement_skill_and_people_are_unchanged_by_it(crowd, before):
    assert figures(crowd) == before.figures


def test_the_export_of_annotations_is_unchanged_by_it(crowd, before):
    assert consensus.fresh(crowd).filter(human_confidence__isnull=False).exists()
    assert annotations(crowd) == before.annotations


def test_the_model_learns_from_people_alone_and_is_judged_by_them(crowd, before):
    assert consensus.fresh(crowd).filter(human_confidence__isnull=False).exists()
    after = dataset.labelled(crowd)
    assert (after.answers == before.labelled.answers).all()
    assert after.weights == pytest.approx(before.labelled.weights)


def test_what_a_reviewer_decided_stands(crowd, rita):
    overruled = consensus.fresh(crowd).exclude(human_value=None).first()
    other = "tools" if overruled.value == "fruit" else "fruit"
    annotator = overruled.item.annotations.first().annotator
    Review.objects.create(
        project=crowd, item=overruled.item, annotator=annotator, reviewer=rita, verdict="corrected", value=other
    )
    ConsensusDue.objects.create(project=crowd, item=overruled.item)
    row = consensus.fresh(crowd).get(item=overruled.item)
    assert (row.value, row.certainty, row.has_model_vote) == (other, 1.0, False)


def test_it_has_no_vote_where_people_saw_what_the_model_says(crowd):
    seen = crowd.items.first()
    seen.annotations.update(suggestion_shown={"value": "fruit"})
    ConsensusDue.objects.create(project=crowd, item=seen)
    assert not consensus.fresh(crowd).get(item=seen).has_model_vote


def test_a_round_has_only_the_consensus_made_anew_of_which_the_model_thinks_otherwise(crowd):
    consensus.fresh(crowd)
    votes = ModelVote.objects.filter(project=crowd).order_by("item")
    items = np.array(votes.values_list("item", flat=True))
    is_fruit = np.array([name == "fruit" for name in votes.values_list("label__name", flat=True)])
    proba = np.where(is_fruit[:, np.newaxis], [0.95, 0.05], [0.05, 0.95])
    model_vote.store(crowd, items, proba)
    consensus.fresh(crowd)
    proba[0] = proba[0, ::-1]
    model_vote.store(crowd, items, proba)
    assert list(ConsensusDue.objects.values_list("item", flat=True)) == [items[0]]


def test_an_item_that_is_due_gets_the_models_vote_by_the_last_whole_run(crowd, monkeypatch):
    before = list(consensus.fresh(crowd).order_by("item").values_list("item", "human_value"))
    monkeypatch.setattr(plan_module, "SMALL", 0)
    item = crowd.items.first()
    ConsensusDue.objects.create(project=crowd, item=item)
    row = consensus.fresh(crowd).get(item=item)
    assert CrowdRun.objects.get(project=crowd).since == 1
    assert row.has_model_vote
    assert row.human_value == dict(before)[item.pk]


def test_the_item_and_its_review_say_that_the_models_vote_is_in_it(crowd, rita):
    row = consensus.fresh(crowd).exclude(human_value=None).first()
    client = Client()
    client.force_login(rita)
    for address in (f"/items/{row.item_id}/", f"/projects/{crowd.pk}/review/?item={row.item_id}"):
        page = client.get(address).content.decode()
        assert "The model’s vote is in it" in page
        assert "People alone say" in page
    api = client.get(f"/api/projects/{crowd.pk}/consensus/").json()["results"]
    assert {entry["has_model_vote"] for entry in api} == {True}


def test_a_renamed_label_is_renamed_in_what_people_alone_say(crowd, mona):
    assert consensus.fresh(crowd).filter(human_value="fruit").exists()
    names = [LabelRow(name=label.name.replace("fruit", "food"), id=label.pk) for label in crowd.labels.all()]
    setup.set_labels(crowd, mona, names)
    rows = consensus.fresh(Project.objects.get(pk=crowd.pk))
    assert rows.filter(human_value="food").exists()
    assert not rows.filter(human_value="fruit").exists()
