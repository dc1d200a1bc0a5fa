"""Items like given examples."""

import numpy as np

from annotate_kit.acquisition import MissingInput, Pool, Scores
from annotate_kit.geometry.neighbours import nearest, unit_rows

needs = frozenset({"features"})


def score(pool: Pool) -> Scores:
    """The cosine similarity to the example that is most like the item: from -1 to 1."""
    examples = pool.required("examples")
    if not examples.shape[0]:
        raise MissingInput("similar_to needs at least one example with features")
    return nearest(unit_rows(pool.required("features")), unit_rows(examples), 1)[1][:, 0].astype(np.float64)
