"""How common the labels are, and what known labels teach about it."""

import numpy as np
import pytest

from annotate_kit.aggregation import Votes, aggregate
from annotate_kit.aggregation._shares import label_shares

SHARES = np.array([0.5, 0.5])


def crowd_that_misses(seed, n_items=1200, people=40, per_item=3):
    """Everybody misses the second label as often as they see it, and seldom invents it: half of the items have it."""
    rng = np.random.default_rng(seed)
    truth = (np.arange(n_items) % 2).astype(int)
    item = np.repeat(np.arange(n_items), per_item)
    annotator = rng.integers(0, people, len(item))
    label = (rng.random(len(item)) < np.where(truth[item] == 1, 0.5, 0.04)).astype(int)
    return Votes(item, annotator, label, n_items, people, 2), truth


def gold_of(truth, seed, shares):
    """Fifty known labels, drawn with these shares."""
    rng = np.random.default_rng(seed)
    gold = np.full(len(truth), -1)
    for label, share in enumerate(shares):
        those = rng.choice(np.flatnonzero(truth == label), round(50 * share), replace=False)
        gold[those] = label
    return gold


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("drawn", [(0.5, 0.5), (0.2, 0.8)], ids=["as they are", "otherwise"])
def test_gold_teaches_how_common_a_label_is_that_everybody_misses(seed, drawn):
    votes, truth = crowd_that_misses(seed)
    ones, gold = np.ones(votes.n_annotators), gold_of(truth, seed, drawn)
    without, taught = label_shares(votes, ones), label_shares(votes, ones, gold)
    assert without[1] < 0.4
    assert np.abs(taught - SHARES).max() < np.abs(without - SHARES).max() - 0.03
    assert taught.sum() == pytest.approx(1.0)


def test_items_that_are_not_known_gain_from_gold():
    gains = []
    for seed in range(4):
        votes, truth = crowd_that_misses(seed)
        gold = gold_of(truth, seed, SHARES)
        unknown = gold < 0
        before = (aggregate(votes).labels() == truth)[unknown].mean()
        gains.append((aggregate(votes, gold=gold).labels() == truth)[unknown].mean() - before)
    assert np.mean(gains) > 0.02


def test_one_known_item_changes_little():
    votes, truth = crowd_that_misses(0)
    gold = np.full(votes.n_items, -1)
    gold[np.flatnonzero(truth == 1)[0]] = 1
    ones = np.ones(votes.n_annotators)
    assert np.abs(label_shares(votes, ones, gold) - label_shares(votes, ones)).max() < 0.05


def test_known_items_without_votes_say_nothing_of_the_crowd():
    votes = Votes(np.array([0, 1]), np.array([0, 0]), np.array([0, 1]), 4, 1, 2)
    gold = np.array([-1, -1, 1, 1])
    assert label_shares(votes, np.ones(1), gold) == pytest.approx(label_shares(votes, np.ones(1)))
