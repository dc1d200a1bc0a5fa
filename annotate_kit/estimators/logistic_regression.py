"""Logistic regression."""

from annotate_kit.estimators import Context, Estimator


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """The first choice: well calibrated, fitted in well under a second for some thousand labels."""
    from sklearn.linear_model import LogisticRegression

    from annotate_kit.estimators._pipeline import prepared

    return prepared(LogisticRegression(C=10.0, max_iter=500, random_state=seed), sparse=sparse)
