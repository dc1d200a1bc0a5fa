"""What more labels are expected to bring, by the project's learning curve: see annotate_kit/learning_curve.py."""

from typing import Any

from annotate_kit import learning_curve
from annotate_kit.learning_curve import Forecast
from learner.models import FEWEST_TEST_ITEMS, Round

RECORD = "forecast"  # its name in the record of a round
FEWEST_MORE = 100  # labels, of which it is said what they bring; or a tenth of those that there are
FARTHEST = 0.1  # of the present labels: what the model was like with fewer says little of what it is like now
SAME = ("labels", "estimator", "features")  # parameters of rounds that are points of one curve


def measure(round: Round) -> dict[str, Any] | None:
    """What goes into the record of a round; None with too few rounds, or where they follow no such curve."""
    points = _points(round)
    forecast = learning_curve.forecast(
        [point.n_labels for point in points],
        [point.score or 0.0 for point in points],
        [point.n_test for point in points],
        _more(round.n_labels),
    )
    if forecast is None:
        return None
    figures = {"gain": forecast.gain, "low": forecast.low, "high": forecast.high}
    return {"labels": forecast.labels, **{name: round_off(value) for name, value in figures.items()}}


def round_off(value: float) -> float:
    return float(f"{value:.5f}")


def _points(round: Round) -> list[Round]:
    """The rounds up to this one that learned alike, by ascending labels; of those with as many labels the last."""
    rounds = round.project.rounds.informative().filter(pk__lte=round.pk, n_test__gte=FEWEST_TEST_ITEMS)
    points: list[Round] = []
    for each in rounds.exclude(score=None).order_by("-id"):
        if not _is_alike(each, round) or each.n_labels < FARTHEST * round.n_labels:
            break
        if not points or each.n_labels < points[-1].n_labels:
            points.append(each)
    return points[::-1]


def _is_alike(earlier: Round, round: Round) -> bool:
    parameters = (each.record.get("parameters", {}) for each in (earlier, round))
    first, second = ([each.get(name) for name in SAME] for each in parameters)
    return first == second


def _more(labels: int) -> int:
    """About a tenth of them, by one digit."""
    tenth = labels // 10
    return max(FEWEST_MORE, round(tenth, 1 - len(str(tenth))))


def of(round: Round | None) -> Forecast | None:
    """What the record of a round says."""
    stored = round.record.get(RECORD) if round else None
    return Forecast(**stored) if stored else None
