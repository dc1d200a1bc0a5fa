"""How far suggestions pull people's answers: agreement with the model where they saw what it says, and where not.

Suggestions are never shown on the items served at random. What the last round's model, which never trained on those,
predicts of them is held against what people answered there without seeing it. Items that a model asks about are harder
than items at random, so both are compared where the model is equally sure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.consensus.annotator_model import Interval, difference, interval
from annotate.models import Annotation
from annotate.statistics.cached import cached
from learner import predictions
from learner.exploration import in_test_share
from projects.models import Project

NEWEST = 20_000
"""Answers of each kind that are looked at."""
FEWEST = 20
"""Answers of each kind from which on the two are compared."""
FEWEST_IN_A_STRATUM = 5
STRATA = (0.5, 0.7, 0.9)
"""Between these probabilities the model counts as equally sure."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Shares of answers that are what the model says, with 95 % intervals, `with_suggestion` shown and `without`.

    `pull` is their difference where the model is equally sure, weighted by how often suggestions were shown so.
    `lacking` says why there is none.
    """

    lacking: str = ""
    n_with: int = 0
    n_without: int = 0
    with_suggestion: Interval | None = None
    without: Interval | None = None
    pull: Interval | None = None


@dataclass(frozen=True, slots=True)
class _Compared:
    """Answers beside what the model says: (n,) whether they are equal, and (n,) how sure the model was."""

    equal: NDArray[np.bool_]
    sure: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.equal)

    @property
    def share(self) -> Interval | None:
        return interval(float(self.equal.mean()), len(self)) if len(self) else None

    def stratum(self, number: int) -> "_Compared":
        inside = np.digitize(self.sure, STRATA) == number
        return _Compared(self.equal[inside], self.sure[inside])


def of(project: Project) -> Effect:
    """Of the newest answers; kept for a while where that takes long."""
    return cached(("suggestion effect", project.pk), lambda: _of(project))


def _of(project: Project) -> Effect:
    shown = _compared(_shown(project))
    if not len(shown):
        return Effect("nobody has answered with a suggestion in sight")
    hidden = _compared(_hidden(project))
    pull = _pull(shown, hidden) if min(len(shown), len(hidden)) >= FEWEST else None
    return Effect(_lacking(shown, hidden, pull), len(shown), len(hidden), shown.share, hidden.share, pull)


def _lacking(shown: _Compared, hidden: _Compared, pull: Interval | None) -> str:
    if len(shown) < FEWEST:
        return f"too early: {len(shown)} of {FEWEST} answers with a suggestion"
    if len(hidden) < FEWEST:
        return f"too early: {len(hidden)} of {FEWEST} answers without one, to items served at random"
    return "" if pull else "the model was never equally sure of items with a suggestion and of items without"


def _compared(rows: Iterator[tuple[bool, float]]) -> _Compared:
    answers = list(rows)
    equal, sure = [is_equal for is_equal, _ in answers], [sureness for _, sureness in answers]
    return _Compared(np.array(equal, dtype=bool), np.array(sure, dtype=np.float64))


def _shown(project: Project) -> Iterator[tuple[bool, float]]:
    """(the answer is what was suggested, how sure the model was)."""
    answers = Annotation.objects.filter(project=project, suggestion_shown__isnull=False).order_by("-id")
    for value, suggestion in answers.values_list("value", "suggestion_shown")[:NEWEST]:
        if isinstance(suggestion, dict) and suggestion.get("proba"):
            yield value == suggestion.get("value"), _sureness(list(suggestion["proba"].values()), project)


def _hidden(project: Project) -> Iterator[tuple[bool, float]]:
    """The same of answers to items served at random, by what the last round predicts of them."""
    predicted = predictions.newest(project)
    if predicted is None or predicted.labels != project.label_names:
        return
    answers = Annotation.objects.filter(project=project, suggestion_shown__isnull=True).order_by("-id")
    rows: list[tuple[int, Any]] = list(answers.values_list("item", "value")[:NEWEST])
    items = np.array([item for item, _ in rows], dtype=np.int64)
    places, is_there = predicted.places(items)
    for row in np.flatnonzero(in_test_share(project.pk, items, project.explore) & is_there):
        proba = predicted.proba[places[row]].astype(np.float64)
        (says,) = project.kind.predicted(proba[None], project.spec)
        yield rows[row][1] == says, _sureness(proba.tolist(), project)


def _sureness(proba: list[float], project: Project) -> float:
    """The probability of the label; where several fit, how sure each of them is on average."""
    if project.is_multilabel:
        return float(np.mean([max(share, 1 - share) for share in proba]))
    return max(proba)


def _pull(shown: _Compared, hidden: _Compared) -> Interval | None:
    """The difference of the shares within strata of equal sureness, the strata weighted as suggestions were shown."""
    pairs = [(shown.stratum(number), hidden.stratum(number)) for number in range(len(STRATA) + 1)]
    pairs = [pair for pair in pairs if min(map(len, pair)) >= FEWEST_IN_A_STRATUM]
    gaps = [difference(a.share, b.share) for a, b in pairs if a.share and b.share]
    if not gaps:
        return None
    weights = np.array([len(a) for a, _ in pairs]) / sum(len(a) for a, _ in pairs)
    values, lows, highs = np.array([(gap.value, gap.low, gap.high) for gap in gaps]).T
    value = float(weights @ values)
    below, above = (float(np.sqrt(weights**2 @ (values - ends) ** 2)) for ends in (lows, highs))
    return Interval(value, value - below, value + above)


def sentence(pull: Interval) -> str:
    """What such a pull means."""
    if pull.low > 0:
        return (
            "People follow suggestions: with one in sight they agree with the model more often. "
            "Show them after the first choice, or hide them, where that must not be."
        )
    if pull.high < 0:
        return "With a suggestion in sight people agree with the model less often than without."
    return "No pull is to be seen beyond chance; how large it could be says the interval."
