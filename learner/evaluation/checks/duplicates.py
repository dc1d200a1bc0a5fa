"""Test items that the model has trained on under another name."""

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from annotate_kit.geometry.neighbours import nearest, unit_rows

SAME = 0.999  # cosine similarity from which on two items are nearly the same
FEWEST = 2  # test items, and
SHARE = 0.01  # of them, from which on it matters


def check(
    test_hash: NDArray[np.int64], train_hash: NDArray[np.int64], test_X: Any = None, train_X: Any = None
) -> list[dict[str, Any]]:
    """Test items whose content (a hash of each) or features (n, d) are those of a training item.

    Features in which the typical training item has such a twin tell nothing apart: then contents alone are compared.
    """
    identical = np.isin(test_hash, train_hash)
    alike = identical.copy()
    if test_X is not None and train_X is not None and len(train_hash) > 1 and len(test_hash):
        test_unit, train_unit = unit_rows(test_X), unit_rows(train_X)
        if _tell_apart(train_unit):
            alike |= nearest(test_unit, train_unit, 1)[1][:, 0] > SAME
    if alike.sum() < max(FEWEST, SHARE * len(alike)):
        return []
    counts = {"identical": int(identical.sum()), "alike": int(alike.sum()), "items": len(alike)}
    return [{"check": "test_in_training", **counts}]


def _tell_apart(unit: Any) -> bool:
    sample = unit[:: max(1, unit.shape[0] // 500)]
    others = nearest(sample, sample, 2)[1].min(axis=1)  # one of the two is the row itself
    return bool(np.median(cast(Any, others)) <= SAME)


def test_in_training(finding: dict[str, Any]) -> str:
    same = f"{finding['identical']} have the same content" if finding["identical"] else "none has the same content"
    return (
        f"{finding['alike']} of {finding['items']} test items are also among those that the model trains on, or nearly "
        f"so ({same}, the others the same features). The model knows their answers, so the score is too good. Delete "
        "duplicates on the page of the items before they are labelled, and read the score with care."
    )
