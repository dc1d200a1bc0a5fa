"""Learning from votes: a classifier of items whose training labels are what several fallible people said.

Every entry is a module with `make(n_labels, seed=0, **options) -> Learner`, not fitted yet. A learner has

    fit(X, votes)      X is (N, F), dense or CSR, one row an item of the votes; items without votes teach nothing
    predict_proba(X)   (n, K) probabilities of the labels, of these or other items
    classifier_        once fitted: what predicts, without a trace of the items and people that it learned from
    result_            once fitted: what the votes and the classifier together say of the items and people, a `Result`

so that it is at once an estimator for new items and a way from votes to truth for these. NumPy and SciPy alone.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Result, Votes
from annotate_kit.registry import Registry

from ._classifier import Softmax

__all__ = ["Learner", "learn", "registry"]

registry = Registry(__name__)


class Learner(Protocol):
    classifier_: Softmax
    result_: Result

    def fit(self, X: Any, votes: Votes) -> Any: ...
    def predict_proba(self, X: Any) -> NDArray[np.float64]: ...


def learn(X: Any, votes: Votes, method: str = "common_individual_shrinkage", *, seed: int = 0, **options: Any) -> Any:
    """A fitted learner of that name. KeyError for an unknown one, TypeError for an option that it does not have."""
    return registry.load(method).make(votes.n_labels, seed, **options).fit(X, votes)
