"""Rounds of projects whose learner reads whole texts: spans by a conditional random field."""

from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import pytest

from annotate.models import Suggestion
from annotate.queue import suggestions
from learner.models import Round
from learner.pipeline import by_learner
from learner.pipeline.learnt import Learnt
from projects import setup
from projects.labels.rows import LabelRow
from projects.models import Project
from tests.learner.conftest import add_records, run_round

NAMES = ["Ann", "Otto", "Rita", "Abe"]
TOWNS = ["Rome", "Oslo", "Bath", "Riga"]


def travels(n: int) -> list[dict]:
    """Who went where; what tells is the word before."""
    texts = [f"Mr {NAMES[place % 4]} went to {TOWNS[place // 4 % 4]} on day {place}" for place in range(n)]
    return [{"text": text, "gold": [*_of(text, NAMES, "Person"), *_of(text, TOWNS, "Town")]} for text in texts]


def _of(text: str, words: list[str], label: str) -> list[dict]:
    matches = [(text.index(word), word) for word in words if word in text]
    return [{"start": start, "end": start + len(word), "label": label} for start, word in matches]


@pytest.fixture
def news(make_project) -> Project:
    project = make_project(
        labels=("Person", "Town"), task_type="spans", retrain_every=0, explore=0.3, show_suggestions="shown"
    )
    add_records(project, travels(120))
    return project


def test_a_round_learns_spans_scores_them_and_suggests_them_with_probabilities(news, ann, answer):
    answer(news, ann, 70)
    new_round = run_round(news)
    assert (new_round.status, new_round.reason) == (Round.Status.FINISHED, "")
    assert new_round.n_test >= 5
    assert new_round.score >= 0.9
    assert new_round.score_low <= new_round.score <= new_round.score_high
    assert new_round.cv_score >= 0.9
    suggestion = Suggestion.objects.exclude(value=[]).first()
    assert {tuple(sorted(part)) for part in suggestion.parts} == {("end", "label", "probability", "start")}
    assert all(0 <= part["probability"] <= 1 for part in suggestion.parts)
    assert suggestion.value == suggestion.item.gold


def test_the_suggested_parts_come_with_the_item(news, ann, abe, client, answer):
    answer(news, ann, 70)
    run_round(news)
    client.force_login(abe)
    leased = client.post(f"/api/projects/{news.pk}/assignments/", {"count": 30}, content_type="application/json").json()
    assert any(row["suggestion"] and row["suggestion"]["parts"] for row in leased)


def test_without_a_single_span_the_round_says_what_is_needed(news, ann, answer):
    answer(news, ann, 5, value=lambda item: [])
    new_round = run_round(news)
    assert new_round.status == Round.Status.FINISHED
    assert "needs at least one item with parts" in new_round.reason


def test_a_label_that_gets_a_new_name_while_a_round_reads_is_learned_by_that_name(news, ann, mona, answer):
    answer(news, ann, 70)
    labels = [LabelRow({"Person": "Human"}.get(label.name, label.name), id=label.pk) for label in news.labels.all()]

    def phase(name: str) -> nullcontext[Callable[[float], None]]:
        if name == "votes":  # the consensus is made, and not read yet
            setup.change(Project.objects.get(pk=news.pk), mona, {}, labels)
        return nullcontext(lambda share: None)

    learnt = Learnt()
    by_learner.learn(news, learnt, np.random.default_rng(0), phase)
    assert news.label_names == ["Human", "Town"]
    assert suggestions.store(news, "sequence", learnt.proposals) == len(learnt.proposals)
    named = {part["label"] for row in Suggestion.objects.filter(model="sequence") for part in row.value}
    assert named == {"Human", "Town"}
