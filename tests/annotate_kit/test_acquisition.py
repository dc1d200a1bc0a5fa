"""Acquisition functions give a number per item, higher = ask sooner."""

import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.sparse import csr_matrix

from annotate_kit.acquisition import (
    NEEDS,
    MissingInput,
    Pool,
    arranged,
    auto,
    class_balanced,
    clustered_margin,
    committee,
    density,
    entropy,
    judge,
    least_confidence,
    margin,
    random,
    rare_class,
    registry,
    similar_to,
    top,
    typiclust,
)

UNCERTAINTIES = ["auto", "class_balanced", "clustered_margin", "entropy", "least_confidence", "margin"]
SELECTING = [name for name in registry.names if hasattr(registry.load(name), "select")]


def pool(proba, **more):
    return Pool(np.array(proba), rng=np.random.default_rng(0), **more)


def full_pool(n, labels, *, multilabel=False, sparse=False):
    """A pool with all that any entry may need."""
    rng = np.random.default_rng(1)
    members = rng.dirichlet(np.ones(labels), (3, n))
    features = rng.normal(size=(n, 40)).astype(np.float32)
    sample = rng.normal(size=(30, 40)).astype(np.float32)
    if sparse:
        features, sample = csr_matrix(np.maximum(features, 0)), csr_matrix(np.maximum(sample, 0))
    return Pool(
        members[0],
        multilabel=multilabel,
        features=features,
        rng=rng,
        votes=np.zeros((n, labels)),
        committee=members,
        unlabelled=sample,
        counts=np.arange(labels, dtype=float),
        examples=sample[:2],
    )


def islands(*sizes, distance=20.0, seed=0):
    """Points about centres that lie far from each other, and the island of each."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(sizes), 8)) * distance
    island = np.repeat(np.arange(len(sizes)), sizes)
    return (centres[island] + rng.normal(size=(len(island), 8))).astype(np.float32), island


def score(name, *args, **more):
    return registry.load(name).score(pool(*args, **more))


@pytest.mark.parametrize("name", registry.names)
class TestEveryAcquisitionFunction:
    def test_says_what_it_needs(self, name):
        assert isinstance(registry.load(name).needs, frozenset)
        assert registry.load(name).needs <= NEEDS

    @pytest.mark.parametrize("sparse", [False, True])
    @pytest.mark.parametrize(("n", "labels"), [(0, 3), (1, 2), (7, 5)])
    def test_gives_a_finite_number_per_item(self, name, n, labels, sparse):
        for multilabel in (False, True):
            scores = registry.load(name).score(full_pool(n, labels, multilabel=multilabel, sparse=sparse))
            assert scores.shape == (n,)
            assert scores.dtype == np.float64
            assert np.isfinite(scores).all()

    def test_leaves_the_pool_as_it_was(self, name):
        original, same = full_pool(50, 3), full_pool(50, 3)
        registry.load(name).score(original)
        assert (original.proba == same.proba).all()
        assert (original.features == same.features).all()

    def test_a_score_hangs_on_the_items_own_row_alone(self, name):
        if name == "random":
            pytest.skip("it draws lots")
        whole = full_pool(40, 4)
        parts = [
            replace(
                whole,
                proba=whole.proba[rows],
                features=whole.features[rows],
                committee=whole.committee[:, rows],
            )
            for rows in (slice(0, 13), slice(13, 40))
        ]
        scores = np.concatenate([registry.load(name).score(part) for part in parts])
        assert scores == pytest.approx(registry.load(name).score(whole), abs=1e-6)


@pytest.mark.parametrize("name", SELECTING)
class TestEverySelection:
    @pytest.mark.parametrize("sparse", [False, True])
    @pytest.mark.parametrize("k", [1, 10, 60, 100])
    def test_is_k_different_places(self, name, k, sparse):
        candidates = full_pool(60, 3, sparse=sparse)
        chosen = registry.load(name).select(candidates, k, np.random.default_rng(0))
        assert len(chosen) == len(set(chosen.tolist())) == min(k, 60)
        assert set(chosen.tolist()) <= set(range(60))

    def test_is_repeatable_by_its_rng(self, name):
        first, again = (registry.load(name).select(full_pool(60, 3), 9, np.random.default_rng(4)) for _ in range(2))
        assert first.tolist() == again.tolist()


@pytest.mark.parametrize("name", UNCERTAINTIES)
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


def test_a_function_that_lacks_what_it_needs_names_it():
    with pytest.raises(MissingInput, match="needs the pool's features"):
        typiclust.score(pool([[0.5, 0.5]]))
    with pytest.raises(MissingInput, match="needs the pool's proba"):
        margin.score(Pool(features=np.ones((3, 2))))
    with pytest.raises(ValueError, match="a pool has proba, features or a committee"):
        Pool()


def test_typical_items_come_from_every_region_the_largest_first():
    points, island = islands(100, 60, 30, 10)
    chosen = typiclust.select(Pool(features=points), 4, np.random.default_rng(0))
    assert island[chosen].tolist() == [0, 1, 2, 3]


def test_an_item_is_typical_where_many_are_like_it():
    points, _ = islands(50)
    lonely = -points.mean(axis=0, keepdims=True)
    scores = typiclust.score(Pool(features=np.vstack([points[:1], lonely]), unlabelled=points))
    assert scores[0] > scores[1]


def test_clustered_margin_asks_about_every_region_where_the_model_is_unsure():
    points, island = islands(60, 100, 100)
    unsure = np.where(np.arange(260) % 10 == 0, 0.5, 0.99)
    unsure[island == 0] = 0.5  # by margin alone this island would have the whole batch
    candidates = pool(np.stack([unsure, 1 - unsure], axis=1), features=points)
    assert set(island[top(margin.score(candidates), 20)]) == {0}
    assert set(island[clustered_margin.select(candidates, 20, np.random.default_rng(0))]) == {0, 1, 2}


def test_auto_starts_with_typical_items_and_goes_on_with_clustered_margins():
    full = full_pool(60, 3)
    start = replace(full, proba=None)
    assert auto.select(start, 9, np.random.default_rng(0)).tolist() == (
        typiclust.select(start, 9, np.random.default_rng(0)).tolist()
    )
    assert auto.select(full, 9, np.random.default_rng(0)).tolist() == (
        clustered_margin.select(full, 9, np.random.default_rng(0)).tolist()
    )
    without_features = replace(full, features=None, unlabelled=None)
    assert auto.select(without_features, 9, np.random.default_rng(0)).tolist() == (top(margin.score(full), 9).tolist())


@pytest.mark.parametrize("has_model", [False, True])
def test_auto_arranges_a_mapped_pool_without_a_copy_of_its_features(tmp_path, has_model):
    n, columns = 200_000, 160
    written = np.lib.format.open_memmap(tmp_path / "features.npy", "w+", np.float16, (n, columns))
    rng = np.random.default_rng(5)
    written[:] = rng.integers(-8, 8, size=(n, columns), dtype=np.int8)
    written.flush()
    features = np.load(tmp_path / "features.npy", mmap_mode="r")
    proba = rng.dirichlet(np.ones(3), n).astype(np.float32) if has_model else None
    mapped = Pool(proba, features=features, unlabelled=np.asarray(features[:100]), rng=rng)
    tracemalloc.start()
    order = arranged(auto, mapped, auto.score(mapped), 20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sorted(order.tolist()) == list(range(n))
    assert peak < features.nbytes * 1.2  # half of what one copy as float32 would be, which is a quarter of what it was


def test_density_prefers_of_two_unsure_items_the_one_that_many_resemble():
    points, _ = islands(50)
    unsure = pool([[0.5, 0.5], [0.5, 0.5]], features=np.vstack([points[0], -points[0]]), unlabelled=points)
    scores = density.score(unsure)
    assert scores[0] > scores[1]


def test_rare_class_asks_for_likely_members_of_what_is_rare_so_far():
    candidates = pool([[0.9, 0.1], [0.1, 0.9]], counts=np.array([100.0, 2.0]))
    assert list(top(rare_class.score(candidates), 2)) == [1, 0]


def test_class_balanced_fills_up_the_label_with_the_fewest_answers():
    sure, unsure = [0.9, 0.05, 0.05], [0.4, 0.35, 0.25]
    proba = np.array([sure, unsure, np.roll(sure, 1), np.roll(unsure, 1), np.roll(sure, 2), np.roll(unsure, 2)])
    chosen = class_balanced.select(pool(proba, counts=np.array([5.0, 0.0, 1.0])), 4, np.random.default_rng(0))
    assert chosen.tolist() == [3, 5, 2, 4]


def test_a_committee_asks_about_what_its_members_disagree_on_and_not_about_what_all_find_hard():
    agree, disagree = [[0.5, 0.5]] * 2, [[0.9, 0.1], [0.1, 0.9]]
    members = np.array([agree, disagree]).transpose(1, 0, 2)
    candidates = Pool(committee=members)
    assert committee.score(candidates) == pytest.approx([0, 0.368], abs=1e-3)


def test_similar_to_puts_what_resembles_an_example_first():
    points, island = islands(10, 10)
    scores = similar_to.score(Pool(features=points, examples=points[island == 1][:2]))
    assert set(island[top(scores, 10)]) == {1}


def test_arranged_is_what_is_selected_and_then_the_rest_by_score():
    candidates = full_pool(30, 3)
    scores = clustered_margin.score(candidates)
    order = arranged(clustered_margin, candidates, scores, 5)
    assert sorted(order.tolist()) == list(range(30))
    assert (np.diff(scores[order[5:]]) <= 0).all()
    assert arranged(margin, candidates, scores, 5).tolist() == top(scores, 30).tolist()


def test_every_entry_is_in_the_reference():
    reference = (Path(__file__).parents[2] / "docs/reference/acquisition.md").read_text(encoding="utf-8")
    assert [name for name in registry.names if f"| `{name}` |" not in reference] == []
