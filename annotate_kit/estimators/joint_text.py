"""Logistic regression on meaning, neighbours and words.

For texts. On the representation of the same name; its strength is chosen by cross-validated log loss.
"""

from annotate_kit.estimators import Context, Estimator

representation = "joint_text"


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """The first choice for texts, with vectors or without."""
    from annotate_kit.estimators._pipeline import SeenColumns, Weighted
    from annotate_kit.estimators._regression import TunedRegression

    regression = TunedRegression(seed, context.tuning if context else None)
    if not sparse:
        return regression
    return Weighted([("columns", SeenColumns()), ("estimator", regression)])
