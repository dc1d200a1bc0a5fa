"""Naive Bayes.

Rennie et al. 2003, "Tackling the poor assumptions of naive Bayes text classifiers", for words; Gaussian for vectors.
"""

from annotate_kit.estimators import Context, Estimator


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """The quickest to fit; its probabilities are too sure, so they are calibrated out of fold."""
    from sklearn.naive_bayes import GaussianNB, MultinomialNB

    from annotate_kit.estimators._pipeline import Calibrated, SeenColumns, Weighted

    if sparse:
        return Weighted([("columns", SeenColumns()), ("estimator", Calibrated(MultinomialNB(alpha=0.1), seed))])
    return Calibrated(GaussianNB(var_smoothing=1e-3), seed)
