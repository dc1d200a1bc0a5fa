"""Who is served at random, and how an order is mixed."""

import numpy as np
import pytest
from django.db import connection

from learner.exploration import Best, hash_shares, in_test_share, interleaved

ITEMS = np.arange(1, 100_001)


def test_hash_shares_are_even_and_the_same_whenever_they_are_computed():
    drawn = hash_shares(7, ITEMS)
    assert np.histogram(drawn, 10, (0, 1))[0].std() < 0.02 * len(ITEMS)
    assert (hash_shares(7, ITEMS[500:600]) == drawn[500:600]).all()
    assert hash_shares(7, np.array([1, 2, 3])).round(6).tolist() == [0.920107, 0.812345, 0.686104]


@pytest.mark.parametrize("project", [1, 7, 123_456, 2**40 + 3])
def test_the_database_draws_the_same_hash_shares(db, project):
    items = [1, 2, 3, 999_983, 2**31, 2**53 + 1, 2**62 + 5]
    with connection.cursor() as cursor:
        cursor.execute("SELECT annotate_hash_share(%s, item) FROM unnest(%s) AS item", [project, items])
        drawn = [share for (share,) in cursor.fetchall()]
    assert drawn == hash_shares(project, np.array(items)).tolist()


def test_projects_have_different_hash_shares():
    assert abs(np.corrcoef(hash_shares(1, ITEMS), hash_shares(2, ITEMS))[0, 1]) < 0.02


@pytest.mark.parametrize("explore", [0, 0.1, 0.5])
def test_the_test_share_is_as_large_as_asked_for(explore):
    assert in_test_share(3, ITEMS, explore).mean() == pytest.approx(explore, abs=0.005)


def test_a_larger_test_share_holds_the_smaller():
    assert (in_test_share(3, ITEMS, 0.2) >= in_test_share(3, ITEMS, 0.1)).all()


def test_the_best_of_many_parts_are_the_best_of_all():
    rng = np.random.default_rng(0)
    items, scores = rng.permutation(1000), rng.random(1000)
    best = Best(50)
    for part in np.array_split(np.arange(1000), 7):
        best.offer(items[part], scores[part], scores[part, None])
    assert best.items.tolist() == items[np.argsort(-scores)[:50]].tolist()
    assert best.proba[:, 0] == pytest.approx(best.scores)


@pytest.mark.parametrize(
    "n_ranked, n_random, rate", [(900, 100, 0.1), (900, 5, 0.1), (10, 500, 0.1), (50, 0, 0.3), (0, 9, 0)]
)
def test_an_interleaved_order_keeps_both_orders_and_everything(n_ranked, n_random, rate):
    ranked, at_random = np.arange(n_ranked), np.arange(n_random) + 10_000
    order = interleaved(ranked, at_random, rate, np.random.default_rng(0))
    assert order[order < 10_000].tolist() == ranked.tolist()
    assert order[order >= 10_000].tolist() == at_random.tolist()


def test_random_items_come_at_places_that_nobody_can_guess():
    order = interleaved(np.arange(9000), np.arange(1000) + 10_000, 0.1, np.random.default_rng(0))
    places = np.flatnonzero(order >= 10_000)
    assert len(places[places < 5000]) == pytest.approx(500, abs=70)
    assert len(set(np.diff(places))) > 10
