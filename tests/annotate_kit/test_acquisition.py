"""Acquisition functions give a number per item, higher = ask sooner."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotate_kit.acquisition import Pool, entropy, judge, least_confidence, margin, random, registry, top

DETERMINISTIC = [name for name in registry.names if name != "random"]


def pool(proba, **more):
    return Pool(np.array(proba), rng=np.random.default_rng(0), **more)


def score(name, *args, **more):
    return registry.load(name).score(pool(*args, **more))


@pytest.mark.parametrize("name", registry.names)
class TestEveryAcquisitionFunction:
    @pytest.mark.parametrize(("n", "labels"), [(0, 3), (1, 2), (7, 5)])
    def test_gives_a_finite_number_per_item(self, name, n, labels):
        proba = np.random.default_rng(1).dirichlet(np.ones(labels), n)
        for multilabel in (False, True):
            scores = score(name, proba, multilabel=multilabel)
            assert scores.shape == (n,)
            assert np.isfinite(scores).all()

    def test_takes_certainty_and_impossibility(self, name):
        assert np.isfinite(score(name, [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])).all()

    def test_takes_float32_and_leaves_the_pool_as_it_was(self, name):
        proba = np.random.default_rng(1).dirichlet(np.ones(3), 50).astype(np.float32)
        before = proba.copy()
        assert score(name, proba).dtype == np.float64
        assert (proba == before).all()


@pytest.mark.parametrize("name", DETERMINISTIC)
class TestEveryUncertainty:
    def test_asks_first_what_the_model_knows_least(self, name):
        scores = score(name, [[0.9, 0.05, 0.05], [0.4, 0.35, 0.25], [0.6, 0.3, 0.1], [1.0, 0.0, 0.0]])
        assert list(top(scores, 4)) == [1, 2, 0, 3]

    def test_scores_a_large_pool_as_it_scores_its_parts(self, name):
        proba = np.random.default_rng(2).dirichlet(np.ones(4), 40_000)
        parts = [score(name, part) for part in np.array_split(proba, 7)]
        assert np.array_equal(score(name, proba), np.concatenate(parts))

    def test_with_several_labels_is_the_mean_over_them(self, name):
        scores = score(name, [[0.5, 1.0], [0.5, 0.5], [0.0, 1.0]], multilabel=True)
        one_label = score(name, [[0.5, 0.5], [0.0, 1.0]])
        assert scores == pytest.approx([one_label.mean(), one_label[0], one_label[1]], abs=1e-9)


def test_the_formulas():
    proba = [[0.5, 0.3, 0.2]]
    assert least_confidence.score(pool(proba)) == pytest.approx([0.5])
    assert margin.score(pool(proba)) == pytest.approx([1 - (0.5 - 0.3)])
    assert entropy.score(pool(proba)) == pytest.approx([-(np.log(proba) * proba).sum()])
    assert margin.score(pool([[0.3, 0.7]])) == pytest.approx([0.6])


def test_random_is_repeatable_by_its_rng_and_needs_one():
    assert np.array_equal(random.score(pool([[0.5, 0.5]] * 9)), random.score(pool([[0.5, 0.5]] * 9)))
    with pytest.raises(ValueError, match=r"needs the pool's rng"):
        random.score(Pool(np.array([[0.5, 0.5]])))


@pytest.mark.parametrize("wrong", [[0.5, 0.5], [[1.0]], [[0.5, np.nan]], [[2.0, -1.0]], np.zeros((2, 2, 2))])
def test_a_pool_refuses_what_are_no_probabilities(wrong):
    with pytest.raises(ValueError, match=r"proba must (be \(items, labels\)|hold probabilities)"):
        pool(wrong)


def test_judge_sees_each_label_as_yes_and_no():
    seen = []
    judge(pool([[0.25, 1.0]], multilabel=True), lambda proba: seen.append(proba) or proba[:, 0])
    assert seen[0].tolist() == [[0.25, 0.75], [1.0, 0.0]]


@given(
    scores=arrays.arrays(float, st.integers(0, 30), elements=st.sampled_from([0.0, 0.5, 1.0, -1.0, np.nan, np.inf])),
    k=st.integers(-1, 40),
)
@settings(max_examples=100, deadline=None)
def test_top_is_the_head_of_a_stable_sort(scores, k):
    known = [score if score == score else -np.inf for score in scores]
    expected = sorted(range(len(scores)), key=lambda place: -known[place])[: max(k, 0)]
    assert top(scores, k).tolist() == expected


def test_every_entry_is_in_the_reference():
    reference = (Path(__file__).parents[2] / "docs/reference/acquisition.md").read_text(encoding="utf-8")
    assert [name for name in registry.names if f"| `{name}` |" not in reference] == []
