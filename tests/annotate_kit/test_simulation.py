import time
from typing import Any

import numpy as np
import pytest

from annotate_kit import simulation
from annotate_kit.aggregation import aggregate
from annotate_kit.simulation import simulate


@pytest.fixture(params=simulation.registry.names)
def strategy(request):
    return request.param


def pairs(votes):
    return list(zip(votes.item.tolist(), votes.annotator.tolist(), strict=True))


def confusion_seen(simulated, only=slice(None)):
    """(A, K, K) how often each person said what, as shares of what was true."""
    votes = simulated.votes
    K = votes.n_labels
    counts = np.zeros((votes.n_annotators, K, K))
    at = (votes.annotator[only], simulated.truth[votes.item[only]], votes.label[only])
    np.add.at(counts, at, 1)
    return counts / counts.sum(axis=2, keepdims=True)


# What every strategy promises


def test_by_default_everybody_votes_once_on_everything(strategy):
    votes = simulate(strategy, n_annotators=7, n_items=30, n_labels=3).votes
    assert pairs(votes) == [(item, who) for item in range(30) for who in range(7)]


def test_people_vote_as_their_matrices_say(strategy):
    simulated = simulate(strategy, n_annotators=4, n_items=40_000, n_labels=3, ratio=0.5, ratio_diff=0)
    np.testing.assert_allclose(confusion_seen(simulated), simulated.crowd.matrices, atol=0.02)
    np.testing.assert_allclose(simulated.crowd.matrices.sum(axis=2), 1)


def test_all_labels_are_true_about_as_often(strategy):
    truth = simulate(strategy, n_items=30_000, n_labels=3).truth
    assert np.bincount(truth) / 30_000 == pytest.approx(1 / 3, abs=0.02)


def test_no_item_gets_more_votes_than_its_feedback_and_nobody_votes_twice_on_one(strategy):
    votes = simulate(strategy, n_annotators=12, n_items=200, feedback=5).votes
    assert set(votes.per_item) == {5}
    assert len(set(pairs(votes))) == 1000
    assert votes.per_annotator.min() > 0


def test_nobody_works_more_than_the_workload(strategy):
    votes = simulate(strategy, n_annotators=10, n_items=100, feedback=5, workload=30).votes
    assert votes.per_annotator.max() == 30
    assert len(set(pairs(votes))) == len(votes) == 300
    assert votes.per_item.min() >= 1 and votes.per_item.max() <= 5


def test_a_workload_that_just_suffices_gives_every_item_a_vote(strategy):
    votes = simulate(strategy, n_annotators=5, n_items=50, workload=10).votes
    assert set(votes.per_item) == {1} and set(votes.per_annotator) == {10}


def test_imbalanced_votes_are_one_to_feedback(strategy):
    votes = simulate(strategy, n_annotators=9, n_items=500, feedback=4, imbalance_votes=True).votes
    assert set(votes.per_item) == {1, 2, 3, 4}


def test_a_seed_repeats(strategy):
    first, again, other = (simulate(strategy, n_annotators=5, n_items=40, feedback=3, seed=seed) for seed in (1, 1, 2))
    for a, b in ((first.votes, again.votes), (first.crowd, again.crowd)):
        for name, value in vars(a).items():
            np.testing.assert_array_equal(value, getattr(b, name))
    assert (first.truth != other.truth).any()


@pytest.mark.parametrize("ratio", [0, 0.5, 0.9])
def test_one_person_and_any_ratio_will_do(strategy, ratio):
    assert len(simulate(strategy, n_annotators=1, n_items=5, ratio=ratio).votes) == 5


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n_annotators": 5, "n_items": 51, "workload": 10}, "workload must be at least 11"),
        ({"n_labels": 0}, "n_labels is 0"),
        ({"feedback": 0}, "feedback is 0"),
        ({"ratio": 1.5}, "ratio is 1.5; it must be between 0 and 1"),
        ({"random": -1}, "random is -1"),
        ({"ratio_diff": -1}, "ratio_diff is -1"),
    ],
)
def test_options_that_cannot_be_met_say_what_could(strategy, options, says):
    with pytest.raises(ValueError, match=says):
        simulate(strategy, **options)


def test_a_million_votes_take_seconds(strategy):
    started = time.process_time()
    assert len(simulate(strategy, n_annotators=200, n_items=100_000, n_labels=10, feedback=10).votes) == 1_000_000
    assert time.process_time() - started < 20


# The strategies


def test_hammers_are_right_and_spammers_guess():
    simulated = simulate("hammer-spammer", n_annotators=10, n_items=5000, n_labels=4, ratio=0.3)
    right = simulated.votes.label == simulated.truth[simulated.votes.item]
    share = np.bincount(simulated.votes.annotator, right) / 5000
    assert (share[:7] == 1).all()
    assert share[7:] == pytest.approx(0.25, abs=0.03)


def test_students_have_the_matrix_of_their_teacher():
    crowd = simulate("student-teacher", n_annotators=10, n_items=5, n_labels=3, ratio=0.4).crowd
    assert crowd.following is not None
    assert crowd.following[:, 0].tolist() == [6, 7, 8, 9]
    for student, teacher in crowd.following:
        assert teacher < 6
        np.testing.assert_array_equal(crowd.matrices[student], crowd.matrices[teacher])


def test_students_need_a_teacher():
    with pytest.raises(ValueError, match="one teacher is needed"):
        simulate("student-teacher", n_annotators=3, ratio=1)


def test_difficulties_are_as_common_as_asked_and_mean_what_they_say():
    simulated = simulate("discrete-difficulty", n_annotators=3, n_items=20_000, random=0.2, ratio_diff=3, n_labels=4)
    difficulties = np.asarray(simulated.crowd.difficulties)
    levels, counts = np.unique(difficulties, return_counts=True)
    assert levels.tolist() == ["easy", "hard", "random"]
    assert counts / 20_000 == pytest.approx([0.6, 0.2, 0.2], abs=0.02)
    of_vote = difficulties[simulated.votes.item]
    right = simulated.votes.label == simulated.truth[simulated.votes.item]
    assert right[of_vote == "easy"].all()
    assert right[of_vote == "random"].mean() == pytest.approx(0.25, abs=0.02)
    hard = confusion_seen(simulated, of_vote == "hard")
    np.testing.assert_allclose(hard, simulated.crowd.matrices, atol=0.05)


def test_good_workers_say_the_true_label_most():
    matrices = simulate("discrete-difficulty", n_annotators=40, n_items=5, n_labels=5, ratio=0.5).crowd.matrices
    assert (matrices[:20].argmax(axis=2) == np.arange(5)).all()
    assert not (matrices[20:].argmax(axis=2) == np.arange(5)).all()


@pytest.mark.parametrize("strategy", ["student_teacher", "independent_confusion"])
def test_people_say_the_true_label_more_often_than_any_other(strategy):
    simulation = simulate(strategy, n_annotators=30, n_items=2000, n_labels=5, ratio=0.3, feedback=5)
    assert (simulation.crowd.matrices.argmax(axis=2) == np.arange(5)).all()
    assert (aggregate(simulation.votes, "majority_vote", seed=0).labels() == simulation.truth).mean() > 0.55


@pytest.mark.parametrize("strategy", ["student_teacher", "independent_confusion", "discrete_difficulty"])
def test_given_matrices_are_used_and_wrong_ones_refused(strategy):
    matrices = np.random.default_rng(0).dirichlet(np.ones(3), size=(5, 3))
    plan: dict[str, Any] = {"n_annotators": 5, "n_labels": 3, "ratio": 0.0}
    np.testing.assert_array_equal(simulate(strategy, matrices=matrices, **plan).crowd.matrices, matrices)
    with pytest.raises(ValueError, match=r"must be \(5, 3, 3\)"):
        simulate(strategy, matrices=matrices[:2], **plan)
    with pytest.raises(ValueError, match="matrix 2 is not one of probabilities"):
        simulate(strategy, matrices=matrices * np.array([1, 1, 2, 1, 1])[:, None, None], **plan)


def test_an_unknown_strategy_names_the_known_ones():
    with pytest.raises(KeyError, match="discrete_difficulty, hammer_spammer"):
        simulate("hammer-time")
