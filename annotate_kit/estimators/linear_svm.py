"""Linear support vector machine, calibrated.

Platt 1999, "Probabilistic outputs for support vector machines".
"""

from annotate_kit.estimators import Context, Estimator


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """For many sparse words; its decisions become probabilities by sigmoids that are fitted out of fold."""
    from sklearn.svm import LinearSVC

    from annotate_kit.estimators._pipeline import Calibrated, SeenColumns, UnitRows, Weighted

    machine = Calibrated(LinearSVC(C=1.0, random_state=seed), seed)
    columns = [("columns", SeenColumns())] if sparse else []
    return Weighted([*columns, ("rows", UnitRows()), ("estimator", machine)])
