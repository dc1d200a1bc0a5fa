"""Scores and times in words."""

from django import template

register = template.Library()


@register.filter
def exact_percent(share: float | None) -> str:
    """0.9423 → 94.2 %. A dash for unknown."""
    return "–" if share is None else f"{100 * share:.1f}\u202f%"


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
