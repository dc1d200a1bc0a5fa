"""People whose answers differ from the model's far more often than others' do, and in which pair of labels.

What is compared with are predictions of models that had not seen the items, where the model is equally sure: who got
the harder items differs from it more often without being any worse.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRATA = (0.5, 0.7, 0.9)  # between these probabilities the model counts as equally sure
FEWEST = 20  # answers of a person, and of all others
ERROR = 0.001  # the chance that anybody at all is named wrongly, after Bonferroni
FARTHER = 0.1  # above the share of the others by so much at least
LARGE = 0.3  # the share of somebody's differences that one pair of labels makes a pattern


def check(
    person: NDArray[np.int64],
    answer: NDArray[np.int64],
    predicted: NDArray[np.int64],
    sure: NDArray[np.floating],
    labels: Sequence[str],
) -> list[dict[str, Any]]:
    """Of each answer (v,): whose it is (an id), the label, the label that the model says, and how sure it is."""
    differs, stratum = answer != predicted, np.digitize(sure, STRATA)
    people, place = np.unique(person, return_inverse=True)
    findings = []
    for row, user in enumerate(people.tolist()):
        mine = place == row
        if min(mine.sum(), (~mine).sum()) < FEWEST:
            continue
        expected, chance = _compared(differs, mine, stratum)
        share = float(differs[mine].mean())
        if chance * len(people) >= ERROR or share - expected < FARTHER:
            continue
        pattern = _pattern(answer[mine & differs], predicted[mine & differs], labels)
        findings.append(
            {
                "check": "person",
                "user": user,
                "answers": int(mine.sum()),
                "share": round(share, 3),
                "others": round(expected, 3),
                **pattern,
            }
        )
    return findings


def _compared(differs: NDArray[np.bool_], mine: NDArray[np.bool_], stratum: NDArray[np.intp]) -> tuple[float, float]:
    """The share that would differ if this person were as the others, and the chance of so many as there are.

    Mantel & Haenszel 1959: the hypergeometric means and variances of the strata are added up.
    """
    from scipy.special import ndtr

    mean = variance = usual = 0.0
    for number in range(len(STRATA) + 1):
        inside = stratum == number
        n, k, d = float(inside.sum()), float((inside & mine).sum()), float((inside & differs).sum())
        others = n - k
        if not k or not others:
            usual += float((inside & mine & differs).sum())  # nothing to compare with: as it is
            mean += float((inside & mine & differs).sum())
            continue
        usual += k * float((inside & ~mine & differs).sum()) / others
        mean += k * d / n
        variance += k * others * d * (n - d) / (n * n * (n - 1))
    observed = float((mine & differs).sum())
    z = (observed - mean - 0.5) / variance**0.5 if variance else 0.0
    return usual / float(mine.sum()), float(ndtr(-z))


def _pattern(answer: NDArray[np.int64], predicted: NDArray[np.int64], labels: Sequence[str]) -> dict[str, Any]:
    """The pair of labels in which most of these differ, where it is a large part of them."""
    counts = np.bincount(answer * len(labels) + predicted, minlength=len(labels) ** 2)
    pair, often = int(counts.argmax()), int(counts.max())
    if often < LARGE * len(answer):
        return {}
    return {"answer": labels[pair // len(labels)], "model": labels[pair % len(labels)], "often": often}


def person(finding: dict[str, Any]) -> str:
    pattern = (
        f" {finding['often']} times the answer was “{finding['answer']}” where the model says “{finding['model']}”."
        if "answer" in finding
        else " No pair of labels stands out."
    )
    mine, others = (f"{100 * finding[name]:.0f}\u202f%" for name in ("share", "others"))
    return (
        f"{finding['user']} differs from the model in {mine} of {finding['answers']} answers; others do so in {others} "
        f"where the model is equally sure.{pattern} They may read the guidelines in another way, or see what the model "
        "does not. Look at some of these answers together before any are changed."
    )
