"""Labels that hardly anybody has chosen, and one that nearly every item has."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FEWEST = 5  # training items of a label
MOST = 0.95  # of the training items
PER_LABEL = 10  # training items a label on average, before few of one mean anything
FEWEST_ITEMS = 20


def check(counts: NDArray[np.floating], n_items: int, labels: Sequence[str]) -> list[dict[str, Any]]:
    """counts (L,): how many of the `n_items` training items have each label."""
    findings: list[dict[str, Any]] = []
    rare = [
        {"label": label, "items": int(count)} for label, count in zip(labels, counts, strict=True) if count < FEWEST
    ]
    if rare and n_items >= PER_LABEL * len(labels):
        findings.append({"check": "rare_labels", "labels": rare, "items": n_items})
    if n_items >= FEWEST_ITEMS and counts.max() > MOST * n_items:
        place = int(counts.argmax())
        findings.append({"check": "one_label", "label": labels[place], "of": int(counts[place]), "items": n_items})
    return findings


def rare_labels(finding: dict[str, Any]) -> str:
    rare = ", ".join(f"“{row['label']}” ({row['items']})" for row in finding["labels"])
    return (
        f"Of {finding['items']} items that the model trains on, fewer than {FEWEST} have each of these labels: {rare}. "
        "The model can hardly learn them, and the score says little of them. Search for such items and label them, "
        "choose the acquisition function rare_class, or remove labels that do not occur."
    )


def one_label(finding: dict[str, Any]) -> str:
    return (
        f"{finding['of']} of the {finding['items']} items that the model trains on have the label "
        f"“{finding['label']}”. A model that always says “{finding['label']}” would score as well, "
        "so read the shares label by label on the page of the round, and label more of the other kinds."
    )
