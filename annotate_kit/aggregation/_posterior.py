"""From log joint probabilities to probabilities, without underflow."""

import numpy as np
from numpy.typing import NDArray

from ._votes import Floats


def posterior(log_joint: Floats, known: NDArray[np.int64]) -> tuple[Floats, float]:
    """Turn log joint probabilities, (N, K), into probabilities, in place; and the log-likelihood that they sum up to.

    `known` is (N,), the label where it is known and -1 elsewhere.
    """
    rows = np.flatnonzero(known >= 0)
    if rows.size:
        joint = log_joint[rows, known[rows]]
        log_joint[rows] = -np.inf
        log_joint[rows, known[rows]] = joint
    top = log_joint.max(axis=1, keepdims=True)
    log_joint -= top
    np.exp(log_joint, out=log_joint)
    total = log_joint.sum(axis=1, keepdims=True)
    log_joint /= total
    return log_joint, float(top.sum() + np.log(total).sum())
