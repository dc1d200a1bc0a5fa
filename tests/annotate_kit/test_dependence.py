"""People who make the same errors count once; where two truths are behind the votes, votes are counted."""

import csv

import numpy as np
import pytest

from annotate_kit.aggregation import Votes, aggregate
from annotate_kit.aggregation import _dependence as dependence
from annotate_kit.aggregation.auto import two_truths
from annotate_kit.aggregation.multidimensional import Model

EVERYONE = 16


def everyone_votes(label, n_labels):
    """Votes from a table, (N, A), in which everybody has voted on everything."""
    item, annotator = (axis.ravel() for axis in np.mgrid[: label.shape[0], : label.shape[1]])
    return Votes(item, annotator, label.ravel(), *label.shape, n_labels)


def independent(rng, truth, n_labels, accuracy):
    """(N, A) votes of people with these accuracies, whose errors are chance."""
    right = rng.random((len(truth), len(accuracy))) < accuracy
    wrong = (truth[:, None] + rng.integers(1, n_labels, right.shape)) % n_labels
    return np.where(right, truth[:, None], wrong)


def students(seed, n_labels=3, n_items=400):
    """Six of sixteen people say nine times in ten what a teacher says who is right every second time."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_labels, n_items)
    label = independent(rng, truth, n_labels, rng.uniform(0.55, 0.75, EVERYONE))
    teacher = independent(rng, truth, n_labels, np.array([0.5]))
    copied = rng.random((n_items, 6)) < 0.9
    label[:, :6] = np.where(copied, teacher, label[:, :6])
    return everyone_votes(label, n_labels), truth


def look_alikes(seed, n_items=300):
    """A third of the items look like ducks and are none: half of the people take all of them for ducks."""
    rng = np.random.default_rng(seed)
    kind = np.arange(n_items) % 3
    sees_duck = np.column_stack([kind > 0 if person < 22 else kind > 1 for person in range(40)])
    label = np.where(rng.random(sees_duck.shape) < 0.85, sees_duck, ~sees_duck).astype(int)
    return everyone_votes(label, 2), (kind > 1).astype(int)


def accuracy_of(votes, truth, method):
    return (aggregate(votes, method).labels() == truth).mean()


@pytest.mark.parametrize("seed", range(4))
def test_students_of_a_bad_teacher_are_one_voice(seed):
    votes, truth = students(seed)
    result = aggregate(votes)
    pairs = {(person, other) for person, other, _ in result.together}
    assert pairs == {(person, other) for person in range(6) for other in range(person + 1, 6)}
    assert (result.labels() == truth).mean() > accuracy_of(votes, truth, "majority_vote") + 0.03
    assert accuracy_of(votes, truth, "dawid_skene") < accuracy_of(votes, truth, "majority_vote")


def test_six_people_who_always_agree_count_nearly_as_one():
    votes, _ = students(0)
    counts = dependence.voices(votes, dependence.pairs(votes))
    assert counts is not None
    assert (counts[votes.annotator >= 6] == 1).all()
    assert 1 / 6 <= counts[votes.annotator < 6].min() < 0.25


def test_where_items_hang_together_nobody_is_taken_for_a_copy():
    votes, _ = students(0)
    assert aggregate(votes).together
    assert aggregate(votes, independent=False).together == []


@pytest.mark.parametrize("seed", range(4))
def test_items_that_are_hard_for_everybody_make_nobody_a_copier(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 500)
    knows = rng.random((500, EVERYONE)) < rng.uniform(0.5, 0.95, EVERYONE) * rng.beta(4, 1, (500, 1))
    label = np.where(knows, truth[:, None], rng.integers(0, 3, knows.shape))
    result = aggregate(everyone_votes(label, 3))
    assert result.together == []


def test_people_who_hardly_met_are_not_compared():
    votes, _ = students(0, n_items=15)
    assert aggregate(votes).together == []


def test_counted_votes_add_up_to_what_they_count():
    votes, _ = students(1, n_items=30)
    weight = np.random.default_rng(0).random(len(votes))
    counted = votes.counting(weight)
    assert counted.tally.sum() == pytest.approx(weight.sum())
    assert counted.by_answer.sum() == pytest.approx(weight.sum())
    assert counted.per_item[3] == pytest.approx(weight[votes.item == 3].sum())
    assert counted.weighted_tally(np.full(EVERYONE, 2.0)) == pytest.approx(2 * counted.tally)
    assert len(counted) == len(votes)


@pytest.mark.parametrize("seed", range(3))
def test_where_people_answer_two_questions_votes_are_counted(seed):
    votes, truth = look_alikes(seed)
    assert two_truths(dependence.pairs(votes)) == 1.0
    majority = accuracy_of(votes, truth, "majority_vote")
    assert accuracy_of(votes, truth, "dawid_skene") < majority - 0.05
    assert accuracy_of(votes, truth, "auto") >= majority - 0.005


@pytest.mark.parametrize("seed", range(6))
def test_a_crowd_with_one_truth_has_no_second_dimension(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 400)
    votes = everyone_votes(independent(rng, truth, 2, rng.beta(4, 2, EVERYONE)), 2)
    assert two_truths(dependence.pairs(votes)) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_people_who_always_say_the_same_label_are_neither_copiers_nor_a_second_truth(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 400)
    label = independent(rng, truth, 2, rng.uniform(0.7, 0.9, 24))
    label[:, :12] = 0
    pairs = dependence.pairs(everyone_votes(label, 2))
    assert pairs.together() == []
    assert two_truths(pairs) == 0.0


CROWDS = [
    *("bluebirds", "weather_amt", "labelme", "music", "snow_rte", "sentiment_polarity_mturk", "adult_content2"),
    *("ducks", "paper_screening", "web_search", "trec_rf10", "medical_cause", "medical_treat"),
    *("cifar100_mammals", "cifar100_trees"),
]


@pytest.mark.realdata
def test_auto_is_nowhere_far_behind_the_count_on_real_crowds_and_as_sure_as_it_is_right(shared_data):
    gains, errors = {}, []
    for name in CROWDS:
        votes, truth = real_crowd(shared_data / name)
        probabilities, counted = aggregate(votes).beliefs, aggregate(votes, "majority_vote").beliefs
        gains[name] = credit(probabilities, truth) - credit(counted, truth)
        errors.append(calibration_error(probabilities, truth))
    assert {name: gain for name, gain in gains.items() if gain < -0.02} == {}
    assert np.mean(list(gains.values())) > 0.04
    assert np.mean(errors) <= 0.08


def credit(probabilities, truth):
    """Accuracy where the truth is known; tied labels share the credit."""
    known = np.flatnonzero(truth >= 0)
    top = probabilities[known] >= probabilities[known].max(axis=1, keepdims=True) - 1e-9
    return (top / top.sum(axis=1, keepdims=True))[np.arange(len(known)), truth[known]].mean()


def calibration_error(probabilities, truth):
    """How far probabilities are from the share that is right, in ten steps (ECE)."""
    known = truth >= 0
    sure, right = probabilities.max(axis=1)[known], (probabilities.argmax(axis=1) == truth)[known]
    step = np.minimum((10 * sure).astype(int), 9)
    return sum(abs((sure - right)[step == number].sum()) for number in range(10)) / known.sum()


def real_crowd(folder):
    with (folder / "answers.csv").open() as answers, (folder / "gold.csv").open() as gold:
        rows, known = list(csv.DictReader(answers)), {row["task"]: row["label"] for row in csv.DictReader(gold)}
    votes, (items, _, labels) = Votes.from_ids(*([row[name] for row in rows] for name in ("task", "worker", "label")))
    place = {label: number for number, label in enumerate(labels)}
    return votes, np.array([place.get(known.get(item, ""), -1) for item in items])


class TestPointsAndClassifiers:
    """The multidimensional model."""

    def test_its_gradient_is_that_of_its_loss(self):
        rng = np.random.default_rng(0)
        votes = everyone_votes(rng.integers(0, 3, (6, 4)), 3)
        known = np.array([-1, 2, -1, -1, 0, -1])
        model = Model(votes, known, 2, 0.8, 1.0, 3.0)
        row = rng.normal(size=len(model.start()))
        step = 1e-6 * np.eye(len(row))
        numerical = [(model.loss(row + h)[0] - model.loss(row - h)[0]) / 2e-6 for h in step]
        assert model.loss(row)[1] == pytest.approx(np.array(numerical), abs=1e-5)

    def test_two_schools_of_thought_need_two_dimensions(self):
        votes, _ = look_alikes(0, n_items=120)
        likelihood = [aggregate(votes, "multidimensional", dimensions=D).log_likelihood[-1] for D in (1, 2)]
        assert likelihood[1] > likelihood[0] + 20

    def test_a_dimension_at_least_is_needed(self):
        with pytest.raises(ValueError, match="dimensions is 0; it must be 1 or more"):
            aggregate(look_alikes(0, n_items=3)[0], "multidimensional[dimensions=0]")
