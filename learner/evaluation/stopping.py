"""What speaks for labelling on, and what against: advice in words, never a switch.

The models of two rounds are held against each other on the same test items, and on a sample of all items, of which
the share that changed its predicted label is counted. Bloodgood & Vijay-Shanker 2009, "A method for stopping active
learning based on stabilizing predictions and the need for user-adjustable stopping", take Cohen's kappa of at least
0.99 for a sign of a stable model.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.consensus.annotator_model import Interval
from annotate_kit.learning_curve import Forecast
from learner import predictions
from learner.dataset import Labelled
from learner.evaluation import forecast, scores
from learner.exploration import in_test_share
from learner.models import FEWEST_TEST_ITEMS, Round
from learner.predictions import Predictions
from projects.models import Project

RECORD = "progress"  # its name in the record of a round
SAMPLE = 20_000  # items whose predictions are compared
LITTLE = 0.01  # of the score


@dataclass(frozen=True)
class Progress:
    """What the newest `labels` brought since an earlier round: `gain` of the score with its 95 % interval.

    `changed` is the share of all items of which another label is predicted than then, `kappa` how far both models
    agree beyond chance; where items have several labels, in each yes or no. `forecast` is what the next labels are
    expected to bring, None where nobody can tell. `lacking` says why there is nothing but that.
    """

    lacking: str = ""
    round_id: int | None = None
    since: int | None = None
    labels: int = 0
    gain: Interval | None = None
    changed: float | None = None
    kappa: float | None = None
    forecast: Forecast | None = None


def measure(round: Round, labelled: Labelled) -> dict[str, Any] | None:
    """What goes into the record of a round; None where no earlier round's predictions are stored that compare."""
    project = round.project
    now = predictions.of_round(project, round.pk)
    earlier = _earlier(round)
    then = predictions.of_round(project, earlier.pk) if earlier else None
    if now is None or earlier is None or then is None or now.labels != then.labels:
        return None
    test = labelled.part(in_test_share(project.pk, labelled.items, project.explore))
    test = test.part(now.places(test.items)[1] & then.places(test.items)[1])
    if len(test) < FEWEST_TEST_ITEMS:
        return None
    before, after = (scores.right(_of(each, test.items), test.answers) for each in (then, now))
    gain = paired_gain(before, after, 1 / len(now.labels) if project.is_multilabel else 1.0)
    common = np.intersect1d(now.items, then.items, assume_unique=True)
    common = common[:: max(1, len(common) // SAMPLE)]
    changed, kappa = _moved(_of(then, common), _of(now, common), project.is_multilabel)
    return {
        "since": earlier.pk,
        "labels": round.n_labels - earlier.n_labels,
        "gain": gain.value,
        "low": gain.low,
        "high": gain.high,
        "changed": changed,
        "kappa": kappa,
    }


def _of(predictions: Predictions, items: NDArray[np.int64]) -> NDArray[np.floating]:
    return predictions.proba[predictions.places(items)[0]]


def _moved(then: NDArray[np.floating], now: NDArray[np.floating], is_multilabel: bool) -> tuple[float, float]:
    """The share of the items (n, L) of which another answer is predicted, and the kappa of both predictions."""
    if is_multilabel:
        is_changed = ((then > 0.5) != (now > 0.5)).any(axis=1)
        first, second, n_labels = (then > 0.5).ravel().astype(np.intp), (now > 0.5).ravel().astype(np.intp), 2
    else:
        first, second, n_labels = then.argmax(axis=1), now.argmax(axis=1), then.shape[1]
        is_changed = first != second
    return float(is_changed.mean()), scores.kappa(first, second, n_labels)


def _earlier(round: Round) -> Round | None:
    """The first of the newest rounds whose predictions are stored, with fewer labels than this."""
    project: Project = round.project
    before = project.rounds.informative().filter(pk__lt=round.pk, n_labels__lt=round.n_labels).order_by("-id")
    stored = [each for each in before[: predictions.MOST_ROUNDS - 1] if predictions.of_round(project, each.pk)]
    return stored[-1] if stored else None


def paired_gain(before: NDArray[np.floating], after: NDArray[np.floating], step: float = 1.0) -> Interval:
    """How much larger the mean share right is than it was, on the same items (n,), with its 95 % interval.

    Each item is right or not, or in parts of `step`. With two items more, one of them without a difference and half
    an item with a step in each direction, after Agresti & Min 2005, "Simple improved confidence intervals for comparing
    matched proportions".
    """
    difference = np.subtract(after, before, dtype=np.float64)
    value, total, moved = float(difference.mean()), len(before) + 2, float(difference.sum())
    reach = scores.Z * sqrt(float((difference**2).sum()) + step**2 - moved**2 / total) / total
    return Interval(value, min(value, moved / total - reach), max(value, moved / total + reach))


def of(round: Round | None) -> Progress:
    """What the record of a round says."""
    if round is None:
        return Progress("no round has trained a model yet")
    stored = round.record.get(RECORD)
    if stored is None:
        lacking = f"it takes two rounds whose models are tested on the same {FEWEST_TEST_ITEMS} items or more"
        return Progress(lacking, round.pk, forecast=forecast.of(round))
    gain = Interval(stored["gain"], stored["low"], stored["high"])
    figures = (stored["since"], stored["labels"], gain, stored["changed"], stored["kappa"])
    return Progress("", round.pk, *figures, forecast.of(round))


def advice(progress: Progress) -> list[str]:
    """What the figures say, the reasons with them; one sentence each."""
    return [*_of_last_labels(progress), *_of_next_labels(progress.forecast)]


def _of_last_labels(progress: Progress) -> list[str]:
    if progress.gain is None or progress.kappa is None or progress.changed is None:
        return [f"Nobody can tell yet whether more labels pay: {progress.lacking}."]
    gain = progress.gain
    return [
        f"The last {progress.labels:,} labels brought {_points(gain.value)} points of the score "
        f"(95\u202f% interval {_points(gain.low)} to {_points(gain.high)}), on the same test items: {_meaning(gain)}.",
        f"Meanwhile what is predicted of {_share(progress.changed)} of the items changed "
        f"(kappa {progress.kappa:.3f}): {_stability(progress.kappa)}.",
    ]


def _of_next_labels(forecast: Forecast | None) -> list[str]:
    if forecast is None:
        return []
    return [
        f"The next {forecast.labels:,} labels are expected to bring {_points(forecast.gain)} points "
        f"(95\u202f% interval {_points(forecast.low)} to {_points(forecast.high)}) on average, if the learning curve "
        "goes on by the power law that fits its last rounds."
    ]


def _meaning(gain: Interval) -> str:
    if gain.low > 0:
        return "more labels of this kind still help"
    if gain.high < 0:
        return "the model has got worse, so look at what changed, the labels above all"
    if gain.high <= LITTLE:
        return "more labels of this kind bring little"
    return "too few test items to tell whether more labels help"


def _stability(kappa: float) -> str:
    if kappa >= scores.STABLE:
        return "the model has become stable, which is a reason to stop, though a stable model may be wrong"
    return "the model still moves, which is a reason to go on, though it may move without getting better"


def _share(value: float) -> str:
    return f"{100 * value:.1f}\u202f%"


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("+0.0", "0.0").replace("-0.0", "0.0").replace("-", "\u2212")
