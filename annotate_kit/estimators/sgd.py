"""Logistic regression by stochastic gradient descent.

Weights are averaged over the steps: Xu 2011, "Towards optimal one pass large scale learning with averaged SGD".
"""

from annotate_kit.estimators import Context, Estimator


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """For a hundred thousand labels and more: time grows with their number only."""
    from sklearn.linear_model import SGDClassifier

    from annotate_kit.estimators._pipeline import prepared

    sgd = SGDClassifier(loss="log_loss", alpha=1e-4, average=True, max_iter=200, random_state=seed)
    return prepared(sgd, sparse=sparse)
