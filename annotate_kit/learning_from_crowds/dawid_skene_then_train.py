"""Dawid–Skene, then a classifier.

What people say is first made one label an item by their confusion matrices; a classifier learns these labels.
"""

from ._consensus import ThenTrain


def make(
    n_labels: int, seed: int = 0, *, consensus: str = "dawid_skene", hard: bool = False, C: float = 1.0
) -> ThenTrain:
    """`consensus` is any aggregation that needs votes alone; `hard` takes each item's likeliest label for certain."""
    return ThenTrain(n_labels, seed, consensus, hard, C)
