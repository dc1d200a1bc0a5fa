"""By the kind of data: joint text, or a mixture.

`joint_text` for texts, `mixture` for vectors and pictures, `logistic_regression` for tables. Fixed, since choosing by
cross-validation among few labels goes wrong more often than it helps.
"""

from annotate_kit.estimators import Context, Estimator, joint_text, mixture


def choice(kind: str, *, has_vectors: bool) -> str:
    """The key of the estimator for items of a kind ("text", "image", "data") with dense features or without."""
    if kind == "text":
        return "joint_text"
    return "mixture" if has_vectors else "logistic_regression"


def make(n_labels: int, seed: int, *, sparse: bool, context: Context | None = None) -> Estimator:
    """For features alone, of which the kind is not known: hashed words where they are sparse, else vectors."""
    return (joint_text if sparse else mixture).make(n_labels, seed, sparse=sparse, context=context)
