"""The part of a form that says a value: the task type's own template, on the labelling screen and in review."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from annotate.models import Item
from projects import tasktypes
from projects.hotkeys import MOST_KEYS, keys_of
from projects.labels.groups import in_groups
from projects.models import Label, Project

register = template.Library()


@dataclass(frozen=True, slots=True)
class Choice:
    """A label as its control shows it."""

    name: str
    key: str
    color: str
    description: str
    chosen: bool
    suggested: bool
    proba: float | None
    group: str = ""
    heading: str = ""  # its group, where it is the first of that


def template_of(project: Project) -> str:
    return f"annotate/tasktypes/{project.task_type}.html"


def keys_templates_of(project: Project) -> list[str]:
    """The rows of the sheet of shortcuts that the task type brings, else those of a type without keys of its own."""
    return [f"annotate/tasktypes/{project.task_type}_keys.html", "annotate/keys.html"]


def choices(project: Project, value: Any = None, suggestion: dict[str, Any] | None = None) -> list[Choice]:
    """The labels in their groups: those that the value names are chosen, those of the suggestion are marked."""
    labels = list(project.labels.all())
    keys = dict(zip((label.pk for label in labels), keys_of(labels), strict=True))
    suggestion = suggestion or {"value": None, "proba": None}
    names = tasktypes.labels_named(project.kind, value)
    suggested = tasktypes.labels_named(project.kind, suggestion["value"])
    shown = in_groups(labels)
    return [
        Choice(
            name=label.name,
            key=keys[label.pk],
            color=label.shown_color,
            description=label.description,
            chosen=label.name in names,
            suggested=label.name in suggested,
            proba=(suggestion["proba"] or {}).get(label.name),
            group=group,
            heading="" if group == before else group,
        )
        for (group, label), (before, _) in zip(shown, [("", None), *shown], strict=False)
    ]


def columns(labels: list[Label]) -> str:
    """How the buttons are laid out: in a row like the keyboard's if they are short, else in even rows, or to search."""
    if len(labels) > MOST_KEYS:
        return "many"
    if len(labels) > 5 and all(len(label.name) <= 3 for label in labels):
        return "keyboard"
    rows = {6: 3, 7: 4, 8: 4, 9: 5, 10: 5}
    return str(rows.get(len(labels), len(labels)))


@register.simple_tag(takes_context=True)
def value_controls(context: Context, value: Any, item: Item) -> SafeString:
    """The controls by which a reviewer says the right value, filled in with this one."""
    project: Project = context["project"]
    filled = {"project": project, "item": item, "value": value, "enabled": True, "options": project.spec.options}
    return render_to_string(template_of(project), {**filled, "choices": choices(project, value), "columns": "1"})


@register.filter
def answer_to(value: Any, question: str) -> Any:
    """What the answers to a form say to one question; None where they say nothing."""
    return value.get(question) if isinstance(value, dict) else None


@register.filter
def includes(answer: Any, choice: Any) -> bool:
    """Whether the answer is this choice, or is a list with it."""
    return choice in answer if isinstance(answer, list) else answer == choice
