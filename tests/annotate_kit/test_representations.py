"""Representations are learned from all items, kept, and give an item that comes later its own row."""

import numpy as np
import pytest
from scipy import sparse

from annotate_kit.features import text_hashing
from annotate_kit.geometry.graph import Graph
from annotate_kit.representations import Views, registry

TEXTS = [f"{word} {number % 7} of the day" for number, word in enumerate(["cat", "dog", "fish", "bird"] * 15)]


def views(n=60, *, vectors=True, words=True):
    rng = np.random.default_rng(0)
    dense = (rng.normal(size=(60, 8)) + 4 * np.eye(4, 8)[np.arange(60) % 4]).astype(np.float32)
    return Views(dense[:n] if vectors else None, text_hashing.compute(TEXTS)[:n] if words else None)


def dense(rows):
    return rows.toarray() if sparse.issparse(rows) else rows


CASES = [("neighbour_means", {"words": False}), ("joint_text", {}), ("joint_text", {"vectors": False})]


@pytest.mark.parametrize(("name", "which"), CASES, ids=["neighbour means", "joint text", "words alone"])
class TestEveryRepresentation:
    def test_gives_each_item_a_row_of_its_own(self, name, which):
        fitted = registry.load(name).fit(views(**which), 0)
        rows = dense(fitted.rows(views(**which)))
        assert len(rows) == 60
        assert np.isfinite(rows).all()
        assert dense(fitted.rows(views(9, **which))) == pytest.approx(rows[:9], abs=1e-5)

    def test_can_be_kept(self, name, which):
        entry = registry.load(name)
        fitted = entry.fit(views(**which), 0)
        again = entry.load(fitted.arrays())
        assert (dense(again.rows(views(**which))) == dense(fitted.rows(views(**which)))).all()

    def test_is_repeatable_by_its_seed(self, name, which):
        first, again = (registry.load(name).fit(views(**which), 3).rows(views(**which)) for _ in range(2))
        assert (dense(first) == dense(again)).all()

    def test_survives_items_that_show_nothing(self, name, which):
        nothing = Views(
            np.zeros((5, 8), dtype=np.float32) if which.get("vectors", True) else None,
            sparse.csr_matrix((5, text_hashing.COLUMNS), dtype=np.float32) if which.get("words", True) else None,
        )
        assert np.isfinite(dense(registry.load(name).fit(nothing, 0).rows(nothing))).all()


def test_a_row_lies_between_an_item_and_its_neighbours():
    items = views(words=False)
    rows = registry.load("neighbour_means").fit(items, 0).rows(items)
    kind = np.arange(60) % 4
    own = items.vectors / np.linalg.norm(items.vectors, axis=1, keepdims=True)
    spread = [np.mean([X[kind == k].var(axis=0).sum() for k in range(4)]) for X in (own, rows)]
    assert spread[1] < 0.6 * spread[0]


@pytest.mark.parametrize("name", registry.names)
def test_what_lacks_is_named(name):
    needed = {"neighbour_means": "vectors", "joint_text": "words"}[name]
    with pytest.raises(ValueError, match=f"{name} needs {needed}"):
        registry.load(name).fit(views(**{needed: False}), 0)
    with pytest.raises(ValueError, match="views are vectors or words or both"):
        Views()


def test_labels_spread_over_the_island_that_they_were_given_on():
    rng = np.random.default_rng(0)
    island = np.arange(200) % 2
    X = (rng.normal(size=(200, 5)) + 6 * np.eye(2, 5)[island]).astype(np.float32)
    spread = Graph(X[2:]).spread(X[:2], np.eye(2))
    proba = spread.proba(X)
    assert proba.sum(axis=1) == pytest.approx(1)
    assert (proba.argmax(axis=1) == island).mean() > 0.98
