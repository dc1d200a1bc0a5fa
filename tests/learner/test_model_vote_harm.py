"""The model's vote does no harm: where features say nothing, and where one person alone has answered."""

import numpy as np
import pytest

from annotate import consensus
from annotate.models import ModelVote
from projects.models import Project
from tests.learner.conftest import add_records, finished_round, topics
from tests.learner.test_model_vote import PEOPLE, accuracy, weak_votes

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", range(4))
def test_a_model_without_useful_features_makes_it_no_worse(make_project, seed):
    rng = np.random.default_rng(seed)
    project = make_project(labels=("fruit", "tools"), retrain_every=0, votes_wanted=3)
    words = ["red", "old", "big", "dry", "raw", "new"]
    texts = [{**record, "text": " ".join(rng.choice(words, 4))} for record in topics(200)]
    weak_votes(project, texts, seed=seed)
    before = accuracy(project)
    finished_round(project)
    assert ModelVote.objects.filter(project=project).count() == 200
    assert accuracy(project) >= before - 0.005


def test_one_vote_stands_whatever_the_model_says(make_project):
    records = topics(260)
    project = make_project(labels=("fruit", "tools"), retrain_every=0, votes_wanted=3)
    weak_votes(project, records[:200])
    add_records_of_one(project, records[200:])
    finished_round(project)
    single = consensus.fresh(project).filter(votes=1, human_confidence__isnull=False)
    assert single.count() > 50
    assert all(row.value == row.human_value for row in single)
    assert any(row.certainty < row.human_confidence for row in single)


def add_records_of_one(project: Project, records: list[dict]) -> None:
    for place, record in enumerate(records):
        value = record["gold"] if place % 3 else project.label_names[1 - project.label_names.index(record["gold"])]
        record |= {"external_id": f"single-{place}", "annotations": [{"annotator": PEOPLE[place % 6], "value": value}]}
    add_records(project, records)
