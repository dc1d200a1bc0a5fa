"""Krippendorff's α of the whole crowd.

1 = all agree, 0 = as chance would.
"""

import numpy as np
from numpy.typing import NDArray

from annotate_kit.aggregation import Votes
from annotate_kit.agreement import measure

ABOUT = "crowd"
SUSPECT = "low"


def score(votes: Votes, metric: str = "nominal") -> NDArray[np.float64]:
    """() α for labels that are names ("nominal"), ranks ("ordinal") or numbers ("interval"); NaN without pairs."""
    return np.asarray(measure(votes, "krippendorff", metric=metric, replicates=0).value)
