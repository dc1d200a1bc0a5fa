"""Who waits for a method can hear how far it is."""

import numpy as np
import pytest

from annotate_kit import progress
from annotate_kit.aggregation import aggregate
from annotate_kit.identification import identify
from annotate_kit.simulation import simulate

AT_ONCE = {"majority_vote", "naive_soft", "twothird", "wawa"}
ITERATIVE = [
    "dawid_skene",
    "dawid_skene_clust",
    "glad",
    "iwmv",
    "kos",
    "mace",
    "mmsr",
    "one_coin_dawid_skene",
    "plantnet",
]


@pytest.fixture(scope="module")
def votes():
    return simulate("independent_confusion", seed=0, n_annotators=9, n_items=60, n_labels=2).votes


def steps_of(work):
    steps = []
    with progress.listened_to_by(lambda *step: steps.append(step)):
        work()
    return steps


@pytest.mark.parametrize("method", ITERATIVE)
def test_a_method_that_iterates_says_so(votes, method):
    steps = steps_of(lambda: aggregate(votes, method))
    assert [done for _, done, _ in steps[:2]] == [0, 1]
    assert {(step, most) for step, _, most in steps} == {("iteration", steps[0][2])}


def test_auto_tells_its_readings_and_their_iterations(votes):
    steps = steps_of(lambda: aggregate(votes, "auto"))
    assert [done for step, done, most in steps if step == "reading" and most == 3] == [0, 1, 2]
    assert ("iteration", 1, 40) in steps


@pytest.mark.parametrize("method", sorted(AT_ONCE))
def test_a_method_that_is_done_at_once_says_nothing(votes, method):
    assert steps_of(lambda: aggregate(votes, method)) == []


def test_a_classifier_in_training_tells_its_epochs_and_whose_it_is(votes):
    X = np.random.default_rng(0).random((votes.n_items, 3))
    steps = steps_of(lambda: identify(votes, "waum_perworker", X=X, epochs=4))
    assert [done for step, done, most in steps if step == "worker" and most == 9] == list(range(9))
    assert [done for step, done, most in steps if step == "epoch" and most == 4] == [0, 1, 2, 3] * 9


def test_nobody_has_to_listen_and_who_did_hears_no_more(votes):
    steps = steps_of(lambda: None)
    aggregate(votes, "dawid_skene")
    assert steps == []
