"""How many labels the order of the queue has saved: what the record of a round says, and that in words."""

from dataclasses import dataclass

from learner.models import FEWEST_TEST_ITEMS, Round

RECORD = "savings"  # its name in the record of a round


@dataclass(frozen=True)
class Savings:
    """How many more labels random order would have needed, `more`, than the `labels` that the model learned from.

    None is beyond what can be told: `more` and `high` where the curve was not followed so far; `low` is then the
    least. `lacking` says why there is nothing at all.
    """

    lacking: str = ""
    round_id: int | None = None
    labels: int = 0
    more: int | None = None
    low: int | None = None
    high: int | None = None


def of(round: Round | None) -> Savings:
    """What the record of a round says."""
    if round is None:
        return Savings("no round has trained a model yet")
    if not round.project.explore:
        return Savings("no items are served at random; set a share for that in the settings", round.pk)
    if round.n_test < FEWEST_TEST_ITEMS:
        lacking = f"too early: {round.n_test} of {FEWEST_TEST_ITEMS} items served at random are answered"
        return Savings(lacking, round.pk, round.n_train)
    stored = round.record.get(RECORD)
    if stored is None:
        return Savings("the last round did not measure it", round.pk, round.n_train)
    if stored["lacking"]:
        return Savings(stored["lacking"], round.pk, round.n_train)
    more, low, high = (_more(stored[name], round.n_train) for name in ("needed", "low", "high"))
    least = low if low is not None else _more(stored["limit"], round.n_train)
    return Savings("", round.pk, round.n_train, more, least, high)


def _more(labels: float | None, n_train: int) -> int | None:
    return None if labels is None else _rounded(labels - n_train)


def _rounded(labels: float) -> int:
    """To two digits: more would promise too much."""
    digits = max(0, len(str(int(abs(labels)))) - 2)
    return int(round(labels, -digits))


def sentence(savings: Savings) -> str:
    """What the figures mean."""
    if savings.lacking:
        return f"Nobody can tell yet: {savings.lacking}."
    assert savings.low is not None
    if savings.low <= 0:
        return (
            "No saving can be shown: what random order would have needed, by an estimate that reads low, is not "
            f"clearly above the {savings.labels:,} labels that this model learned from."
        )
    least = f"Random order would have needed at least {savings.low:,} more labels, at 95\u202f% confidence."
    return f"{least} The estimate is {savings.more:,}, and it reads low." if savings.more is not None else least
