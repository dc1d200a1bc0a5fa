"""All strategies side by side for one folder, with a picture of what the best known of them says of the people."""

import time
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit import aggregation
from annotate_kit.aggregation import Result, Votes
from annotate_kit.cli import printing
from annotate_kit.cli.folders import strategies_for_all, votes_of
from annotate_kit.cli.printing import Rows
from annotate_kit.formats.datasets import peerannot
from annotate_kit.formats.datasets.peerannot import Folder

MOST_PEOPLE = 40
"""Whose skill the picture shows: the people of most votes."""
CELL, BAR, LEFT, TOP = 46, 16, 150, 60


def compare(folder: Folder, strategies: Sequence[str], seed: int, picture: Path | None) -> Rows:
    """A row for each strategy: accuracy where the truth is known, agreement with `auto`, confidence and seconds."""
    votes = votes_of(folder)
    auto = by_auto(votes, seed)
    rows = beside_auto(folder, strategies, seed, auto)
    if picture:
        names = folder.label_names or [str(label) for label in range(votes.n_labels)]
        peerannot.save_text(picture, drawn(auto, votes.per_annotator, names))
    return rows


def by_auto(votes: Votes, seed: int) -> Result:
    """What `auto` says; that it begins is told before its parts are loaded."""
    (result,) = [aggregation.aggregate(votes, "auto", seed=seed) for _ in printing.progress(["auto"], "strategy")]
    return result


def beside_auto(folder: Folder, strategies: Sequence[str], seed: int, auto: Result) -> Rows:
    """The rows, the most accurate first; without strategies of every one that needs votes alone."""
    rows = [
        compared(folder, strategy, seed, auto)
        for strategy in printing.progress(list(strategies) or strategies_for_all(), "strategy")
    ]
    return sorted(rows, key=lambda row: -(row.get("accuracy") or row.get("as auto") or 0.0))


def compared(folder: Folder, strategy: str, seed: int, auto: Result) -> dict[str, Any]:
    """What a strategy says; where it cannot take these votes, why."""
    votes = votes_of(folder)
    started = time.perf_counter()
    try:
        result = aggregation.aggregate(votes, strategy, seed=seed)
    except ValueError as error:
        return {"strategy": strategy, "note": str(error)}
    labels, voted = result.labels(), votes.per_item > 0
    known = voted & (folder.truth >= 0) if folder.truth is not None else np.zeros_like(voted)
    return {
        "strategy": strategy,
        "accuracy": _share(labels == folder.truth, known) if known.any() else None,
        "as auto": _share(labels == auto.labels(), voted),
        "confidence": round(float(result.beliefs.max(axis=1)[voted].mean()), 4) if voted.any() else None,
        "undecided": int((labels < 0).sum()),
        "seconds": round(time.perf_counter() - started, 4),
    }


def _share(right: NDArray[np.bool_], among: NDArray[np.bool_]) -> float | None:
    return round(float(right[among].mean()), 4) if among.any() else None


def drawn(result: Result, n_votes: NDArray[np.float64], names: Sequence[str]) -> str:
    """An SVG of the crowd's confusions, as `auto` sees them, and of the skill of the busiest people."""
    people = np.argsort(-n_votes, kind="stable")[:MOST_PEOPLE]
    people = people[n_votes[people] > 0]
    K = len(names)
    right = LEFT + K * CELL + 120
    height = TOP + max(K * CELL, len(people) * BAR) + 40
    parts = [
        text(LEFT, 20, "said (columns) when true (rows), all votes"),
        text(right, 20, "skill of the busiest people"),
    ]
    parts += matrix(crowds_matrix(result, n_votes), names)
    for row, person in enumerate(people):
        y, skill = TOP + row * BAR, float(result.skill[person])
        parts.append(text(right, y + 12, f"worker {person}"))
        parts.append(
            f'<rect class="bar" x="{right + 90}" y="{y + 2}" width="{200 * skill:.1f}" height="{BAR - 4}"'
            ' fill="#35618f"/>'
        )
        parts.append(text(right + 96 + 200 * skill, y + 12, f"{skill:.2f}"))
    size = f'width="{right + 360}" height="{height}"'
    style = 'font-family="sans-serif" font-size="12" color="#222"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n' + "\n".join(parts) + "\n</svg>\n"


def crowds_matrix(result: Result, n_votes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K true, K voted): everybody's matrices, weighted by their votes."""
    K = result.beliefs.shape[1]
    if result.confusion is None or not n_votes.sum():
        return np.full((K, K), np.nan)
    return np.asarray(np.tensordot(n_votes / n_votes.sum(), result.confusion, axes=1))


def matrix(shares: NDArray[np.float64], names: Sequence[str]) -> list[str]:
    """Squares, darker for larger shares, with their numbers."""
    parts = []
    for row, name in enumerate(names):
        parts.append(text(LEFT - 8, TOP + row * CELL + 28, name, anchor="end"))
        parts.append(text(LEFT + row * CELL + CELL / 2, TOP - 8, name, anchor="middle"))
        for column, share in enumerate(shares[row]):
            if np.isnan(share):
                continue
            x, y = LEFT + column * CELL, TOP + row * CELL
            parts.append(
                f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="#35618f" fill-opacity="{share:.3f}"/>'
            )
            colour = "#fff" if share > 0.5 else "currentColor"
            parts.append(text(x + CELL / 2, y + 28, f"{share:.2f}", anchor="middle", colour=colour))
    return parts


def text(x: float, y: float, content: str, *, anchor: str = "start", colour: str = "currentColor") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(content)}</text>'
