"""From comparisons to an order."""

import numpy as np
import pytest

from annotate_kit.ranking import Comparisons, registry


def compared(seed=0, n_items=12, n_people=10, n=1500, lazy=0):
    """Everybody prefers by strength, but `lazy` people take the left one whatever is shown."""
    rng = np.random.default_rng(seed)
    score = np.linspace(-3, 3, n_items)
    left = rng.integers(0, n_items, n)
    right = (left + rng.integers(1, n_items, n)) % n_items
    annotator = rng.integers(0, n_people, n)
    prefers = rng.random(n) < 1 / (1 + np.exp(score[right] - score[left]))
    return Comparisons(left, right, annotator, prefers | (annotator < lazy), n_items, n_people), score


@pytest.mark.parametrize("name", registry.names)
class TestEveryRanking:
    def test_finds_the_order(self, name):
        comparisons, score = compared()
        ranking = registry.load(name).rank(comparisons)
        assert np.corrcoef(ranking.score, score)[0, 1] > 0.98
        assert set(ranking.order()[:3]) == {9, 10, 11}
        assert ranking.score.mean() == pytest.approx(0, abs=1e-9)
        assert (np.diff(ranking.log_likelihood) >= -1e-7).all()

    def test_does_not_care_in_what_order_items_and_people_are_numbered(self, name):
        comparisons, _ = compared()
        rng = np.random.default_rng(1)
        items, people = rng.permutation(12), rng.permutation(10)
        renumbered = Comparisons(
            items[comparisons.left],
            items[comparisons.right],
            people[comparisons.annotator],
            comparisons.left_won,
            12,
            10,
        )
        expected, result = (registry.load(name).rank(votes) for votes in (comparisons, renumbered))
        assert result.score[items] == pytest.approx(expected.score, abs=0.01)
        assert result.skill[people] == pytest.approx(expected.skill, abs=0.01)

    def test_always_winning_is_not_infinitely_good(self, name):
        always = Comparisons(np.array([0, 0]), np.array([1, 1]), np.array([0, 0]), np.array([True, True]), 3, 1)
        ranking = registry.load(name).rank(always)
        assert np.isfinite(ranking.score).all()
        assert list(ranking.order()) == [0, 2, 1]

    def test_takes_no_comparisons(self, name):
        nothing = np.array([], dtype=int)
        ranking = registry.load(name).rank(Comparisons(nothing, nothing, nothing, nothing, 2, 1))
        assert list(ranking.score) == [0, 0]
        assert ((ranking.skill >= 0) & (ranking.skill <= 1)).all()


def test_the_noisy_one_sees_who_always_takes_the_left():
    comparisons, score = compared(lazy=4)
    noisy = registry.load("noisy_bradley_terry").rank(comparisons)
    plain = registry.load("bradley_terry").rank(comparisons)
    assert noisy.skill[:4].max() < 0.3 < 0.6 < noisy.skill[4:].min()
    assert noisy.bias[:4].min() > 0.9
    assert np.abs(noisy.score - score).mean() < np.abs(plain.score - score).mean()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"right": [0, 2]}, "with itself"),
        ({"left": [0, 3]}, "left must hold whole numbers from 0 to 2"),
        ({"left_won": [True]}, "of one length"),
    ],
)
def test_what_is_wrong_with_comparisons_is_named(change, message):
    right = {"left": [0, 1], "right": [1, 2], "annotator": [0, 0], "left_won": [True, False]}
    with pytest.raises(ValueError, match=message):
        Comparisons(**{**right, **change}, n_items=3, n_annotators=1)
