"""The plane that items are drawn in: the two directions in which they differ most."""

import numpy as np
from scipy import sparse

from annotate_kit.geometry import plane


def spread(n: int = 500) -> np.ndarray:
    """Rows of 40 numbers that differ much in the fourth, less in the seventh, and hardly in the others."""
    rng = np.random.default_rng(3)
    X = rng.normal(scale=0.1, size=(n, 40)).astype(np.float32) + 5
    X[:, 3] += rng.normal(scale=9, size=n)
    X[:, 6] += rng.normal(scale=4, size=n)
    return X


def test_across_is_the_direction_in_which_rows_differ_most_and_up_the_second():
    X = spread()
    across, up = plane.fit(X, np.random.default_rng(0)).places(X).T
    assert np.corrcoef(across, X[:, 3])[0, 1] > 0.99
    assert np.corrcoef(up, X[:, 6])[0, 1] > 0.99


def test_places_lie_in_the_drawing_and_fill_it_though_one_row_is_far_off():
    X = spread()
    X[0, 3] = 1e6
    places = plane.fit(X, np.random.default_rng(0)).places(X)
    assert places.min() == 0 and places.max() == 1
    assert np.ptp(np.quantile(places[1:, 0], [0.05, 0.95])) > 0.4


def test_words_are_drawn_by_how_they_differ_not_by_what_all_have_in_common():
    rng = np.random.default_rng(5)
    group = np.arange(300) % 2
    words = (rng.random((300, 60)) < 0.2).astype(np.float32)
    words[:, 0] = 8  # a word of every text
    words[:, 1:6] += 3 * group[:, np.newaxis]
    X = sparse.csr_matrix(words)
    across = plane.fit(X, np.random.default_rng(0)).places(X)[:, 0]
    assert abs(np.corrcoef(across, group)[0, 1]) > 0.95


def test_equal_rows_and_single_numbers_have_a_place_as_well():
    same = np.ones((4, 3), dtype=np.float32)
    assert np.isfinite(plane.fit(same, np.random.default_rng(0)).places(same)).all()
    line = np.arange(9, dtype=np.float32)[:, np.newaxis]
    places = plane.fit(line, np.random.default_rng(0)).places(line)
    assert (np.diff(places[:, 0]) >= 0).all() and places[0, 0] < places[-1, 0]


def test_the_same_rows_and_seed_give_the_same_plane():
    X = spread()
    first, second = (plane.fit(X, np.random.default_rng(1)).places(X) for _ in range(2))
    assert (first == second).all()
