"""How values are drawn on pages."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core import charts

from ._contract import Spec

NO_COLOR = "#8a8a8a"
NOTHING = mark_safe('<span class="muted">–</span>')


def muted(text: str) -> SafeString:
    return format_html('<span class="muted">{}</span>', text)


def label_chips(names: Iterable[str], spec: Spec) -> SafeString:
    """Label names, each with a swatch of its colour."""
    return format_html_join(
        " ",
        '<span class="label"><svg class="swatch" viewBox="0 0 1 1" aria-hidden="true">'
        '<rect width="1" height="1" fill="{}"/></svg><span>{}</span></span>',
        ((spec.colors.get(name, NO_COLOR), name) for name in names),
    )


def shares_of_one(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    """One bar of how probable each label is, where just one of them is right."""
    ordered = dict(sorted(probabilities.items(), key=lambda pair: -pair[1]))
    stretches = [(part, spec.colors.get(part.name, NO_COLOR)) for part in charts.probabilities(ordered)]
    rows = [row for row in _rows(ordered, spec) if row["share"] >= 0.005]
    return render_to_string("tasktypes/shares_of_one.html", {"stretches": stretches, "rows": rows})


def shares_each(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    """A bar a label, where each of them can be right."""
    ordered = dict(sorted(probabilities.items(), key=lambda pair: -pair[1]))
    return render_to_string("tasktypes/shares_each.html", {"rows": _rows(ordered, spec)})


def _rows(probabilities: Mapping[str, float], spec: Spec) -> list[dict[str, Any]]:
    return [
        {"name": name, "share": share, "percent": round(100 * share, 1), "color": spec.colors.get(name, NO_COLOR)}
        for name, share in probabilities.items()
    ]
