"""Scores and times in words."""

from typing import Any

from django import template

from learner.evaluation.scores import in_words
from learner.models import FEWEST_TEST_ITEMS, Round

register = template.Library()


@register.filter
def exact_percent(share: float | None) -> str:
    """0.9423 → 94.2 %. A dash for unknown."""
    return "–" if share is None else f"{100 * share:.1f}\u202f%"


@register.filter
def points(share: float) -> str:
    """0.0712 → +7, -0.004 → 0."""
    return f"{round(100 * share):+d}".replace("+0", "0").replace("-", "\u2212")


@register.filter
def model_score(round: Round) -> str:
    """The share of right answers on the test items; a dash for unknown."""
    if round.score is None or round.score_low is None or round.score_high is None:
        return "–"
    if round.is_too_early:
        return f"too early: {round.n_test} of {FEWEST_TEST_ITEMS}"
    return in_words(round.score, round.score_low, round.score_high)


@register.filter
def duration(seconds: float | None) -> str:
    """12 ms, 1.2 s, 3 min 20 s."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{1000 * seconds:.0f}\u202fms"
    if seconds < 60:
        return f"{seconds:.1f}\u202fs"
    return f"{seconds // 60:.0f}\u202fmin {seconds % 60:.0f}\u202fs"


@register.filter
def cut_underscores(name: str) -> str:
    """former_tuning → Former tuning."""
    return name.replace("_", " ").capitalize()


@register.filter
def record_value(value: Any) -> str:
    """What a record says, in one line; a dash for what it says nothing of."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {record_value(inner)}" for name, inner in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return f"{value:.4g}" if isinstance(value, float) else "–" if value in (None, "") else str(value)
