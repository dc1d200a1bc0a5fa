"""Soft labels weighted by Dawid–Skene's diagonals (WDS).

A vote weighs how often its author gives that label when it is true; the weighted shares are learned as they are, so
that an item of which people are unsure teaches less.

T. Lefort, B. Charlier, A. Joly, J. Salmon (2022), Identify ambiguous tasks combining crowdsourced labels by weighting
areas under the margin.
"""

from ._consensus import ThenTrain


def make(n_labels: int, seed: int = 0, *, C: float = 1.0) -> ThenTrain:
    """`C` is the classifier's, as in scikit-learn's LogisticRegression."""
    return ThenTrain(n_labels, seed, "wds", False, C)
