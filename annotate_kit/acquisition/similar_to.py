"""Items like given examples."""

from annotate_kit.acquisition import MissingInput, Pool, Scores, in_parts
from annotate_kit.geometry.neighbours import nearest, unit_rows

needs = frozenset({"features"})


def score(pool: Pool) -> Scores:
    """The cosine similarity to the example that is most like the item: from -1 to 1."""
    examples = pool.required("examples")
    if not examples.shape[0]:
        raise MissingInput("similar_to needs at least one example with features")
    reference = unit_rows(examples)
    return in_parts(pool.required("features"), lambda X: nearest(unit_rows(X), reference, 1)[1][:, 0])
