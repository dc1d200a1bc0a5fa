"""Rounds of comparisons and rankings, which are learned from what the candidates say."""

import numpy as np
import pytest

from annotate.models import Suggestion
from learner.evaluation import values
from learner.exploration import in_test_share
from learner.models import FEWEST_TEST_ITEMS, Round
from projects.models import Project
from tests.learner.conftest import add_records, published_order, run_round

WORDS = ["tea", "boat", "lamp", "river", "stone", "cloud", "chair", "apple", "paper", "horse"]


def replies(n: int, n_candidates: int) -> list[dict]:
    """Replies of six words, of which people prefer the politer ones; their order in the record."""
    rng = np.random.default_rng(5)
    records = []
    for _ in range(n):
        thanks = rng.permutation(5)[:n_candidates]
        texts = [" ".join(rng.permutation([*rng.choice(WORDS, 6), *["thanks"] * k])) for k in thanks.tolist()]
        records.append({"data": {"replies": texts}, "gold": np.argsort(-thanks).tolist()})
    return records


@pytest.fixture
def project_of(make_project):
    def project_of(task_type: str, **options) -> Project:
        return make_project(
            labels=(),
            task_type=task_type,
            options={"candidates": "replies", **options},
            retrain_every=0,
            explore=0.3,
            show_suggestions="shown",
        )

    return project_of


@pytest.fixture
def rankings(project_of) -> Project:
    project = project_of("ranking")
    add_records(project, replies(160, 3))
    return project


@pytest.fixture
def comparisons(project_of) -> Project:
    project = project_of("pairwise", ties=True)
    sides = {0: "left", 1: "right"}
    add_records(project, [{**record, "gold": sides[record["gold"][0]]} for record in replies(160, 2)])
    return project


@pytest.mark.parametrize("kind", ["comparisons", "rankings"])
def test_a_round_learns_what_people_prefer_scores_it_and_suggests_it(kind, request, ann, answer):
    project = request.getfixturevalue(kind)
    answered = answer(project, ann, 110)
    done = run_round(project)
    assert (done.status, done.reason) == (Round.Status.FINISHED, "")
    assert done.n_test >= FEWEST_TEST_ITEMS
    assert 0.7 < done.score_low <= done.score <= done.score_high <= 1
    assert done.cv_score > 0.8
    suggestions = Suggestion.objects.filter(project=project, model="preference").select_related("item")
    ids = [suggestion.item_id for suggestion in suggestions]
    assert set(published_order(project)) > set(ids)
    assert not in_test_share(project.pk, np.array(ids), 0.3).any()
    assert not set(ids) & {item.pk for item in answered}
    assert np.mean([suggestion.value == suggestion.item.gold for suggestion in suggestions]) > 0.6
    for suggestion in suggestions:
        assert suggestion.value == project.kind.clean(suggestion.value, project.spec)


def test_items_come_at_random_since_unsure_ones_teach_no_more(rankings, ann, answer):
    answer(rankings, ann, 110)
    run_round(rankings)
    score = dict(Suggestion.objects.filter(project=rankings).values_list("item", "score"))
    order = [item for item in published_order(rankings) if item in score]
    assert len(order) > 30
    assert order not in (sorted(order), sorted(order, key=lambda item: -score[item]))


def test_ties_are_not_learned_and_until_something_is_the_order_is_that_of_the_features(comparisons, ann, answer):
    answer(comparisons, ann, 12, value=lambda item: "tie")
    done = run_round(comparisons)
    assert done.status == Round.Status.FINISHED
    assert done.reason == (
        "needs at least two items of which people prefer a candidate to learn from, "
        "outside the share that is kept for testing"
    )
    assert len(published_order(comparisons)) > 100


def test_records_that_lost_their_candidates_are_neither_learned_from_nor_suggested_for(rankings, ann, answer):
    answer(rankings, ann, 60)
    lost = rankings.items.filter(pk__in=list(rankings.items.values_list("pk", flat=True))[::4])
    lost.update(data={"replies": "none"})
    assert run_round(rankings).status == Round.Status.FINISHED
    suggested = Suggestion.objects.filter(project=rankings)
    assert suggested.exists()
    assert not suggested.filter(item__in=lost).exists()


def test_predictions_from_elsewhere_are_scored_alike_without_ties(comparisons):
    items = list(comparisons.items.order_by("pk")[:4])
    for item, value in zip(items, ("left", "right", "tie", "left"), strict=True):
        Suggestion.objects.create(
            project=comparisons, item=item, model="judge", value=value, created_at=item.created_at
        )
    ids, agreed = np.array([item.pk for item in items]), ["left", "left", "right", "tie"]
    judged = values.judge(comparisons, ids, agreed, np.random.default_rng(0))
    assert (judged.n_items, judged.score.value) == (2, 0.5)


def test_the_page_of_the_model_calls_the_score_pairs_in_the_right_order(comparisons, ann, mona, answer, client):
    answer(comparisons, ann, 110)
    run_round(comparisons)
    client.force_login(mona)
    assert "Pairs in the right order" in client.get(f"/projects/{comparisons.pk}/rounds/").content.decode()
