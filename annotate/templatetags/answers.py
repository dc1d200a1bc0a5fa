"""How values, probabilities and estimates are drawn. The `project` must be in the context."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from annotate import reviews
from annotate.consensus.annotator_model import Interval
from annotate.models import Annotation, Consensus, Item, Suggestion
from annotate.queue import ordering, part_origins
from annotate.statistics.annotator import Annotator
from annotate_kit import aggregation
from core import charts
from projects import itemtypes
from projects.models import Project
from projects.tasktypes import Content, label_chips

register = template.Library()

UNKNOWN = "#8a8a8a"
MUCH, SOME = 0.5, 0.25  # chances that two votes differ
MOST_CHARACTERS = 160  # characters of an item in a list


def palette(project: Project) -> dict[str, str]:
    """The colour of each label, in the order of the label set."""
    return dict(project.spec.colors)


@register.simple_tag(takes_context=True)
def draw(context: Context, value: Any, item: Item | None = None) -> SafeString:
    """A value as its task type draws it, on what the item shows."""
    project: Project = context["project"]
    html: SafeString = project.kind.draw(value, _content(item) if item else None, project.spec)
    return html


def _content(item: Item) -> Content:
    return replace(item.content, picture=picture(item) or None)


@register.simple_tag(takes_context=True)
def draw_probabilities(context: Context, probabilities: Mapping[str, float]) -> SafeString:
    """How probable each label is, as the task type draws it."""
    project: Project = context["project"]
    html: SafeString = project.kind.draw_probabilities(probabilities, project.spec)
    return html


@register.simple_tag(takes_context=True)
def draw_parts(context: Context, agreed: Consensus, item: Item) -> SafeString:
    """What the consensus considered of an item's parts, where its task type can draw them."""
    project: Project = context["project"]
    if agreed.parts is None or not hasattr(project.kind, "draw_parts"):
        return SafeString("")
    drawn: SafeString = project.kind.draw_parts(agreed.parts, agreed.value, _content(item), project.spec)
    return drawn


@register.simple_tag(takes_context=True)
def draw_answers(context: Context, groups: Iterable[reviews.Group], item: Item) -> SafeString:
    """All answers over what the item shows, where its task type can draw them so; else nothing."""
    project: Project = context["project"]
    values = [group.value for group in groups]
    if not values or not hasattr(project.kind, "draw_answers"):
        return SafeString("")
    drawn: SafeString = project.kind.draw_answers(values, _content(item), project.spec)
    return drawn


@register.simple_tag(takes_context=True)
def label_chip(context: Context, name: str) -> SafeString:
    """One label with its colour."""
    return label_chips([name], context["project"].spec)


@register.simple_tag(takes_context=True)
def vote_chip(context: Context, name: str, people: int) -> SafeString:
    """A label on a ground of its colour, and how many chose it where that is more than one."""
    color = context["project"].spec.colors.get(name, UNKNOWN)
    return format_html(
        '<span class="vote-chip"><svg aria-hidden="true"><rect class="tint" width="100%" height="100%" fill="{0}"/>'
        '<rect width="100%" height="3" y="100%" transform="translate(0 -3)" fill="{0}"/></svg>'
        "<span>{1}</span>{2}</span>",
        color,
        name,
        format_html(" <small>×\u202f{}</small>", people) if people > 1 else "",
    )


@register.simple_tag
def disagreement_bar(chance: float) -> SafeString:
    """The chance that two votes differ, as a bar and in numbers: half and more is loud, as where two people differ."""
    level = "much" if chance >= MUCH else "some" if chance >= SOME else "little"
    return format_html(
        '<span class="disagreement {}"><svg aria-hidden="true"><rect class="ground" width="100%" height="100%" rx="2"/>'
        '<rect class="mark" width="{}%" height="100%" rx="2"/></svg>{}</span>',
        level,
        f"{100 * chance:.0f}",
        f"{chance:.2f}",
    )


@register.filter
def probability(suggestion: Suggestion) -> float | None:
    """Of the suggested value, where that is one label."""
    value = suggestion.value
    return (suggestion.proba or {}).get(value) if isinstance(value, str) else None


@register.inclusion_tag("annotate/estimate.html")
def estimate(share: Interval | None, about: str = "") -> dict[str, Any]:
    """A share with its interval, in numbers and as a small picture; a dash for None."""
    return {
        "share": share,
        "about": about,
        "whisker": share and charts.whisker(share.value, share.low, share.high),
        "says": share and says(share),
    }


@register.inclusion_tag("site/whisker.html")
def whisker(share: Interval, target: float | None = None) -> dict[str, Any]:
    """An interval from 0 to 1 as a small picture, and what is aimed at; decoration, since the numbers stand beside."""
    return {"whisker": charts.whisker(share.value, share.low, share.high, target)}


@register.filter
def says(share: Interval) -> str:
    """82 to 91 %."""
    return f"{100 * share.low:.0f} to {100 * share.high:.0f}\u202f%"


@register.filter
def week(annotator: Annotator) -> str:
    """88 votes in seven days, 12 of them today."""
    votes = f"{annotator.last_week:,} vote{'' if annotator.last_week == 1 else 's'}"
    return f"{votes} in seven days, {annotator.today:,} of them today"


@register.filter
def on_gold(annotator: Annotator | None) -> str:
    """123 of 182 answers to items whose right value is known are right."""
    if not annotator or not annotator.gold_seen:
        return ""
    return f"{annotator.gold_right:,} of {annotator.gold_seen:,} answers to items whose right value is known are right"


@register.filter
def seconds(number: Any) -> str:
    """A time to answer: 0.8 s, 12 s, 3 min. A dash for what is no number."""
    if not isinstance(number, int | float):
        return "–"
    if number < 90:
        return f"{number:.1f}\u202fs" if number < 9.95 else f"{number:.0f}\u202fs"
    return f"{number / 60:.0f}\u202fmin"


@register.filter
def glimpse(item: Item) -> str:
    """The beginning of what an item shows, in one line."""
    _, item_type, content = itemtypes.shown_by(item)
    line: str = item_type.glimpse(content)
    return line if len(line) <= MOST_CHARACTERS else f"{line[: MOST_CHARACTERS - 1]}…"


@register.filter
def picture(item: Item) -> str:
    """The address of the picture that stands for an item; empty where none does."""
    return itemtypes.shown_by(item).type.picture(item.pk) or ""


@register.filter
def item_template(item: Item) -> str:
    """What draws an item of its type."""
    return f"annotate/items/{item.kind}.html"


@register.filter
def names(people: list[Any]) -> str:
    """ann, abe and 3 others."""
    names = [str(person) for person in people]
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} others"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


@register.simple_tag
def label_color(palette: Mapping[str, str], name: str) -> str:
    return palette.get(name, UNKNOWN)


@register.filter
def origins(annotation: Annotation, project: Project) -> str:
    """Where the parts of an answer come from, in words: 2 drawn, 1 accepted. Empty where that is not known."""
    counts = Counter(part_origins.of_parts(project.kind, annotation.value, annotation.part_origins) or [])
    return ", ".join(f"{counts[origin]} {origin}" for origin in part_origins.ORIGINS if counts[origin])


@register.filter
def priority(item: Item) -> float | None:
    """The number that a manager gave it, 1 being first; None where nobody did."""
    return ordering.priority_of(item.queueentry.rank)


@register.filter
def field_value(column: Any, item: Item) -> str:
    """A field of a record or of meta in one line; a dash where the item lacks it."""
    value = column.value(item)
    if value is None:
        return "–"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def method_title(name: str) -> str:
    """What a method of aggregation is called."""
    return aggregation.registry.title(name) if name in aggregation.registry else name


@register.filter
def pretty(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=2)


@register.filter
def as_json(value: Any) -> str:
    """JSON for a field of a form."""
    return json.dumps(value, ensure_ascii=False)
