"""Random order."""

from annotate_kit.acquisition import Pool, Scores

needs: frozenset[str] = frozenset()


def score(pool: Pool) -> Scores:
    """Evenly from 0 to 1, from `pool.rng`. The yardstick that every other function has to beat."""
    if pool.rng is None:
        raise ValueError("random needs the pool's rng, such as numpy.random.default_rng(0)")
    return pool.rng.random(len(pool))
