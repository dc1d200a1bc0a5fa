"""A round learns from what people agree on and changes what is asked next."""

import numpy as np
import pytest

import annotate_kit.acquisition
import annotate_kit.estimators
from annotate.models import QueueState
from annotate.queue.leasing import lease
from annotate_kit.features import text_hashing
from learner import features, rounds
from learner.exploration import in_test_share
from learner.features import representing, shards, store
from learner.models import PHASES, Round
from learner.pipeline import learnt, training
from learner.rounds import running
from projects.models import Project
from tests.learner.conftest import add_records, published_order, run_round, topics

pytestmark = pytest.mark.django_db
TRAINS = pytest.mark.slow(reason="some train for seconds")
CLICK = Round.Trigger.CLICK


def test_a_round_scores_the_pool_and_publishes_an_order(fruit_and_tools, ann, answer):
    answered = answer(fruit_and_tools, ann, 60)
    done = run_round(fruit_and_tools)
    assert (done.status, done.reason, done.attempt) == ("finished", "", 1)
    assert done.n_labels == 60 == done.n_train + done.n_test
    assert done.score_low < done.score <= done.score_high
    assert done.cv_score > 0.9
    assert done.generation == QueueState.objects.get(project=fruit_and_tools).generation
    assert len(published_order(fruit_and_tools)) == 140
    assert not set(published_order(fruit_and_tools)) & {item.pk for item in answered}
    assert [phase for phase, _ in done.timed] == [phase for phase in PHASES if phase != "suggestions"]


def test_the_next_items_come_from_the_new_order(fruit_and_tools, ann, abe, answer):
    answer(fruit_and_tools, ann, 40)
    run_round(fruit_and_tools)
    assert [assignment.item_id for assignment in lease(fruit_and_tools, abe, 5)] == published_order(fruit_and_tools)[:5]


def test_leased_items_keep_their_place_in_the_order(fruit_and_tools, ann, abe, answer):
    answer(fruit_and_tools, ann, 40)
    held = lease(fruit_and_tools, abe, 3)
    run_round(fruit_and_tools)
    assert {assignment.item_id for assignment in held} <= set(published_order(fruit_and_tools))


def test_no_model_trains_on_the_share_that_is_served_at_random(fruit_and_tools, ann, answer, monkeypatch):
    choose(fruit_and_tools, estimator="sgd", acquisition="margin")
    trained_on: list[np.ndarray] = []
    model = training.Trainer._model

    def noted(self, rows):
        trained_on.append(self.train.items[rows])
        return model(self, rows)

    monkeypatch.setattr(training.Trainer, "_model", noted)
    items = np.array([item.pk for item in answer(fruit_and_tools, ann, 100)])
    done = run_round(fruit_and_tools)
    is_test = in_test_share(fruit_and_tools.pk, items, fruit_and_tools.explore)
    assert done.n_test == is_test.sum() > 0
    assert trained_on
    assert not set(items[is_test]) & set(np.concatenate(trained_on))
    assert set(trained_on[0]) == set(items[~is_test])


def test_the_test_share_is_mixed_into_the_order_at_its_rate(make_project, ann, answer):
    project = make_project(labels=("fruit", "tools"), explore=0.3, retrain_every=0)
    add_records(project, topics(600))
    answer(project, ann, 40)
    run_round(project)
    is_test = in_test_share(project.pk, np.array(published_order(project)[:300]), 0.3)
    assert 0.2 < is_test.mean() < 0.4
    assert is_test[:30].any()
    assert not is_test[:15].all()


def test_a_round_without_exploring_has_no_score_but_the_cross_validated_one(fruit_and_tools, ann, answer):
    fruit_and_tools.explore = 0
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 40)
    done = run_round(fruit_and_tools)
    assert (done.n_test, done.score) == (0, None)
    assert done.cv_score > 0.9


def choose(project: Project, **fields: object) -> None:
    for name, value in fields.items():
        setattr(project, name, value)
    project.save()


def test_the_queue_starts_with_typical_items_before_anybody_has_labelled(make_project, ann):
    project = make_project(labels=("fruit", "tools"), retrain_every=0)
    add_records(project, [{"text": f"odd one {number}"} for number in range(3)] + topics(300))
    done = run_round(project)
    assert (done.status, done.n_labels, done.generation) == ("finished", 0, 1)
    assert done.reason.startswith("needs at least one annotation of two labels")
    at_random = in_test_share(project.pk, np.array(published_order(project)), project.explore)
    assert 100 <= len(published_order(project)) <= 115
    assert at_random.any()
    first = project.items.filter(pk__in=published_order(project)[:20]).values_list("gold", flat=True)
    assert {"fruit", "tools"} <= set(first)
    assert not project.rounds.informative().exists()


def test_a_project_that_nobody_has_labelled_gets_its_first_order_by_itself(fruit_and_tools, make_project):
    switched_off = make_project(labels=("fruit", "tools"), learning=False)
    add_records(switched_off, topics(10))
    empty = make_project(labels=("a", "b"))
    rounds.ask_scheduled()
    assert fruit_and_tools.rounds.get().trigger == Round.Trigger.SCHEDULE
    assert not switched_off.rounds.exists()
    assert not empty.rounds.exists()
    run_round(fruit_and_tools)
    rounds.ask_scheduled()
    assert fruit_and_tools.rounds.count() == 1


@pytest.mark.parametrize("estimator", ["auto", "mixture"])
def test_vectors_of_a_large_project_are_put_among_their_neighbours_for_a_short_list_only(
    make_project, ann, answer, monkeypatch, estimator
):
    monkeypatch.setattr(representing, "MOST_KEPT", 100)
    monkeypatch.setattr(learnt, "ORDER_LENGTH", 60)
    project = make_project(
        labels=("a", "b"), retrain_every=0, explore=0.0, features="given_vectors", estimator=estimator
    )
    add_records(project, [{"data": {"row": row}, "gold": "ab"[row % 2]} for row in range(300)])
    vectors = np.random.default_rng(0).normal(size=(300, 5)) + 3 * np.eye(2, 5)[np.arange(300) % 2]
    features.store_vectors(project, [f"item-{row}" for row in range(1, 301)], vectors)
    answer(project, ann, 20)
    done = run_round(project)
    assert (done.status, done.reason, done.n_pool) == ("finished", "", 280)
    assert len(published_order(project)) == 60
    assert done.tuning["estimator"] == "mixture"


def test_a_round_takes_over_the_settings_of_the_last_one_until_labels_have_grown_by_half(fruit_and_tools, ann, answer):
    answer(fruit_and_tools, ann, 40)
    first = run_round(fruit_and_tools).tuning
    assert first["estimator"] == "joint_text"
    answer(fruit_and_tools, ann, 4)
    assert run_round(fruit_and_tools).tuning == first
    answer(fruit_and_tools, ann, 30)
    assert run_round(fruit_and_tools).tuning["n"] > first["n"]


def test_the_share_of_the_features_that_is_computed_is_shown(fruit_and_tools, ann, answer, monkeypatch):
    phases = []
    compute = text_hashing.compute

    def noted(texts):
        phases.append(fruit_and_tools.rounds.get().phase)
        return compute(texts)

    monkeypatch.setattr(text_hashing, "compute", noted)
    monkeypatch.setattr(running, "PROGRESS_SECONDS", -1.0)
    monkeypatch.setitem(store._AT_ONCE, "text", 50)
    answer(fruit_and_tools, ann, 4)
    done = run_round(fruit_and_tools)
    assert phases == ["features", "features 25%", "features 50%", "features 75%"]
    assert (done.phase, done.status) == ("", "finished")


def test_rows_of_a_representation_are_computed_once_and_for_new_items_only(fruit_and_tools, ann, answer, monkeypatch):
    answer(fruit_and_tools, ann, 40)
    run_round(fruit_and_tools)
    written: list[int] = []
    add = shards.Shards.add
    monkeypatch.setattr(
        shards.Shards, "add", lambda self, owners, X: written.append(len(owners)) or add(self, owners, X)
    )
    run_round(fruit_and_tools)
    assert written == []
    add_records(fruit_and_tools, [{"text": "a new one", "external_id": "new"}])
    run_round(fruit_and_tools)
    assert written == [1, 1]
    add_records(fruit_and_tools, [{"text": f"number {n}", "external_id": f"more {n}"} for n in range(150)])
    run_round(fruit_and_tools)
    assert written[2:] == [150, 351]


@pytest.mark.parametrize("answers", [0, 1, 30])
def test_too_few_labels_are_a_said_state(fruit_and_tools, ann, answer, answers):
    choose(fruit_and_tools, acquisition="margin")
    answer(fruit_and_tools, ann, answers, value=lambda item: "fruit")
    done = run_round(fruit_and_tools)
    assert done.status == "finished"
    assert done.reason.startswith("needs at least one annotation of two labels")
    assert (done.generation, published_order(fruit_and_tools)) == (None, [])
    assert done.n_labels == answers


def test_several_labels_an_item(make_project, ann, answer):
    project = make_project(labels=("fruit", "tools", "odd"), task_type="multiple_choice", retrain_every=0)
    records = topics(150)
    for place, record in enumerate(records):
        record["gold"] = [record["gold"]] + (["odd"] if place % 3 == 0 else [])
        record["text"] += " curious" if place % 3 == 0 else ""
    add_records(project, records)
    answer(project, ann, 80)
    done = run_round(project)
    assert (done.status, done.reason) == ("finished", "")
    assert done.cv_score > 0.8
    assert 0 < done.score <= 1
    assert len(published_order(project)) == 70


def test_answers_that_never_differ_are_too_few_where_several_labels_can_be_chosen(make_project, ann, answer):
    project = make_project(task_type="multiple_choice", retrain_every=0)
    add_records(project, [{"text": f"text {number}"} for number in range(20)])
    answer(project, ann, 10, value=lambda item: ["positive"])
    assert run_round(project).reason.startswith("needs two annotations that differ")


@pytest.mark.parametrize(
    "entry",
    [("acquisition", name) for name in annotate_kit.acquisition.registry.names]
    + [pytest.param(("estimator", name), marks=TRAINS) for name in annotate_kit.estimators.registry.names],
    ids=lambda entry: entry[1],
)
def test_every_estimator_and_every_acquisition_function_makes_an_order(fruit_and_tools, ann, answer, entry):
    chosen = {"estimator": "sgd", "acquisition": "margin"} | dict([entry])
    Project.objects.filter(pk=fruit_and_tools.pk).update(**chosen)
    fruit_and_tools.refresh_from_db()
    answer(fruit_and_tools, ann, 30)
    done = run_round(fruit_and_tools)
    assert (done.status, done.reason) == ("finished", "")
    assert {"estimator": done.estimator, "acquisition": done.acquisition} == chosen
    assert len(published_order(fruit_and_tools)) == 170


@pytest.mark.parametrize("shown", ["hidden", "after", "shown"])
def test_the_model_proposes_answers_where_people_are_to_see_them(fruit_and_tools, ann, abe, answer, shown):
    fruit_and_tools.show_suggestions = shown
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 60)
    run_round(fruit_and_tools)
    proposals = fruit_and_tools.suggestions.select_related("item")
    assert proposals.exists() == (shown != "hidden")
    assert all(proposal.value == proposal.item.gold for proposal in proposals)


def test_the_test_share_gets_no_proposals(fruit_and_tools, ann, answer):
    fruit_and_tools.show_suggestions = "shown"
    fruit_and_tools.save()
    answer(fruit_and_tools, ann, 60)
    run_round(fruit_and_tools)
    proposed = np.array(fruit_and_tools.suggestions.values_list("item", flat=True))
    assert len(proposed) > 100
    assert not in_test_share(fruit_and_tools.pk, proposed, fruit_and_tools.explore).any()
