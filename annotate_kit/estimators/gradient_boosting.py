"""Gradient boosting of trees.

Friedman 2001, "Greedy function approximation"; histograms as in Ke et al. 2017, "LightGBM".
"""

from annotate_kit.estimators import Context, Estimator


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """For tables with some thousand labels."""
    from annotate_kit.estimators._pipeline import FrequentColumns, Weighted
    from annotate_kit.estimators._trees import BoostedTrees

    trees = BoostedTrees(min_samples_leaf=5, early_stopping=False, random_state=seed)
    return Weighted([("columns", FrequentColumns()), ("estimator", trees)]) if sparse else trees
