"""Figures of merged values against known ones, in per cent where they are shares."""


def f1(right: int, predicted: int, true: int) -> dict[str, float]:
    """F1, precision and recall of `given` parts, `right` of which are among `true` ones; all 1 of nothing at all."""
    precision = right / predicted if predicted else float(not true)
    recall = right / true if true else float(not predicted)
    total = predicted + true
    return {"f1": 2 * right / total if total else 1.0, "precision": precision, "recall": recall}
