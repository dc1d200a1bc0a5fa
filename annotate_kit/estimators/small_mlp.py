"""A small neural network.

One hidden layer: Rumelhart, Hinton & Williams 1986, "Learning representations by back-propagating errors".
"""

from annotate_kit.estimators import Context, Estimator

HIDDEN = 64
STEPS = 1000


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """For embeddings with some thousand labels, where a straight line is too little."""
    from sklearn.neural_network import MLPClassifier

    from annotate_kit.estimators._pipeline import Directions, UnitRows, Weighted

    network = MLPClassifier(
        (HIDDEN,), alpha=1e-2, learning_rate_init=5e-3, max_iter=STEPS, n_iter_no_change=20, random_state=seed
    )
    columns = [("columns", Directions(seed))] if sparse else []
    return Weighted([*columns, ("rows", UnitRows()), ("estimator", network)])
