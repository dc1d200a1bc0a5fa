"""Random forest.

Breiman 2001, "Random forests".
"""

from annotate_kit.estimators import Context, Estimator


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """For tables, where what matters are thresholds and combinations."""
    from sklearn.ensemble import RandomForestClassifier

    from annotate_kit.estimators._pipeline import SeenColumns, Weighted

    # A leaf of one item says 0 or 1; of two at least, the trees' mean is much nearer to a probability.
    forest = RandomForestClassifier(200, min_samples_leaf=2, random_state=seed)
    return Weighted([("columns", SeenColumns()), ("estimator", forest)]) if sparse else forest
