"""Logistic regression, an RBF machine and label spreading together.

For vectors and pictures, on each vector and the mean of its neighbours.
"""

from annotate_kit.estimators import Context, Estimator

representation = "neighbour_means"
uses_graph = True


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """The first choice for embeddings and pixels, most of all while labels are few."""
    from annotate_kit.estimators._mixture import Mixture
    from annotate_kit.estimators._pipeline import Directions, Weighted

    mixture = Mixture(seed, context.tuning if context else None, None if sparse or not context else context.graph)
    return Weighted([("columns", Directions(seed)), ("estimator", mixture)]) if sparse else mixture
