"""Neighbours, clusters and projections, against what brute force and scikit-learn say."""

import mmap
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from annotate_kit.geometry import mapped
from annotate_kit.geometry.clustering import k_means
from annotate_kit.geometry.neighbours import nearest, nearness, neighbour_means, unit_rows
from annotate_kit.geometry.projection import directions, projected


@pytest.fixture
def rows() -> np.ndarray:
    return unit_rows(np.random.default_rng(0).normal(size=(200, 12)))


@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "sparse"])
def test_the_nearest_are_those_of_the_largest_products(rows, make):
    places, similarities = nearest(make(rows), make(rows), 5, but_equals=True)
    products = rows @ rows.T - 9 * np.eye(200)
    assert (np.sort(places) == np.sort(np.argsort(-products)[:, :5])).all()
    assert np.sort(similarities) == pytest.approx(np.sort(products)[:, -5:], abs=1e-5)


@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "sparse"])
def test_nearness_is_the_mean_similarity_of_the_nearest(rows, make):
    products = np.sort(rows[:20] @ rows[20:].T)
    assert nearness(make(rows[:20]), make(rows[20:]), 5) == pytest.approx(products[:, -5:].mean(axis=1), abs=1e-5)
    assert nearness(rows[:3], rows[:0], 5).tolist() == [0, 0, 0]


def test_some_rows_are_projected_as_they_are_with_all_others(rows):
    some = np.array([3, 1, 150])
    whole = projected(rows, 4, np.random.default_rng(0))
    assert projected(rows, 4, np.random.default_rng(0), some) == pytest.approx(whole[some], abs=1e-5)


def test_an_equal_row_is_no_neighbour_where_equals_are_left_out(rows):
    assert 0 in nearest(rows[:1], rows, 3)[0]
    assert 0 not in nearest(rows[:1], rows, 3, but_equals=True)[0]
    assert nearest(rows[:1], rows[:1], 5, but_equals=True)[1].tolist() == [[-np.inf]]
    assert nearest(rows[:1], rows[:0], 5)[0].shape == (1, 0)


def test_the_mean_of_neighbours_lies_among_them_and_a_loner_is_its_own(rows):
    twins = np.vstack([rows[:1], rows[:1] + 0.01])
    assert neighbour_means(rows[:1], unit_rows(twins), 2) == pytest.approx(rows[:1], abs=0.02)
    assert neighbour_means(-rows[:1], rows[:1], 1) == pytest.approx(-rows[:1])


def test_unit_rows_have_length_one_and_zeros_stay():
    assert np.linalg.norm(unit_rows([[3.0, 4.0], [0.0, 0.0]]), axis=1).tolist() == [1.0, 0.0]
    assert unit_rows(csr_matrix([[3.0, 4.0], [0.0, 0.0]])).toarray() == pytest.approx(np.array([[0.6, 0.8], [0, 0]]))


def test_k_means_is_as_tight_as_scikit_learns():
    from sklearn.cluster import KMeans

    points = np.random.default_rng(1).normal(size=(600, 8)).astype(np.float32)
    points[::3] += 4
    cluster = k_means(points, 12, np.random.default_rng(0))
    centres = np.stack([points[cluster == number].mean(axis=0) for number in range(12)])
    reference_inertia = KMeans(12, n_init=1, random_state=0).fit(points).inertia_
    assert np.square(points - centres[cluster]).sum() < 1.05 * reference_inertia


def test_k_means_follows_the_weights_and_takes_few_points_as_they_are():
    points = np.array([[0.0], [1.0], [10.0], [11.0], [100.0]], dtype=np.float32)
    cluster = k_means(points, 2, np.random.default_rng(0), np.array([1e3, 1e3, 1e3, 1e3, 1e-9]))
    assert cluster[0] == cluster[1] != cluster[2] == cluster[3]
    assert k_means(points, 5, np.random.default_rng(0)).tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("make", [np.asarray, csr_matrix], ids=["dense", "sparse"])
def test_directions_span_what_the_singular_vectors_span(make):
    rng = np.random.default_rng(2)
    X = (rng.normal(size=(300, 5)) * [50, 40, 30, 20, 10]) @ rng.normal(size=(5, 60)) + rng.normal(size=(300, 60))
    axes = directions(make(X.astype(np.float32)), 5, rng)
    _, _, exact = np.linalg.svd(X, full_matrices=False)
    assert np.linalg.norm(exact[:5] @ axes) == pytest.approx(np.sqrt(5), abs=0.01)


def test_projections_are_centred_and_narrow_rows_stay_as_they_are():
    X = np.random.default_rng(3).normal(size=(500, 40)).astype(np.float32) + 100
    plane = projected(X, 3, np.random.default_rng(0))
    assert plane.shape == (500, 3)
    assert np.abs(plane.mean(axis=0)).max() < 0.1
    assert (projected(X, 40, np.random.default_rng(0)) == X).all()


def test_pages_of_a_mapped_array_are_given_back_and_read_again(tmp_path):
    np.save(tmp_path / "rows.npy", np.arange(60_000_000, dtype=np.int8).reshape(-1, 600))
    X = np.load(tmp_path / "rows.npy", mmap_mode="r")
    before = resident_bytes()
    read = np.concatenate([rows[:, 0].copy() for _, rows in mapped.parts(X)])
    assert resident_bytes() - before < X.nbytes / 3
    assert (read == np.load(tmp_path / "rows.npy")[:, 0]).all()


def test_rows_of_a_mapped_array_come_in_the_order_of_their_places(tmp_path):
    X = np.random.default_rng(1).normal(size=(5000, 7))
    np.save(tmp_path / "rows.npy", X)
    places = np.random.default_rng(2).integers(5000, size=400)
    assert (mapped.rows(np.load(tmp_path / "rows.npy", mmap_mode="r"), places) == X[places]).all()
    assert (mapped.rows(X, places) == X[places]).all()


def test_changes_that_are_in_memory_alone_are_not_given_back(tmp_path):
    np.save(tmp_path / "rows.npy", np.zeros((5000, 7)))
    X = np.load(tmp_path / "rows.npy", mmap_mode="c")
    X[10] = 1
    mapped.release(X[5:])
    assert X[10].tolist() == [1] * 7


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE
