"""What managers do with items that a page shows as tiles: have them asked about next, or label them at once."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest
from django.template.defaultfilters import pluralize

from accounts.requests import person, whole_number
from annotate.items import actions
from annotate.items.selection import Selection
from annotate.queue import ordering
from annotate.queue.ordering import Priority
from learner.features.likeness import MOST_EXAMPLES
from projects.models import Project

SHOWN = 48
DAYS = 1  # that items which somebody takes to label now stay theirs


def perform(request: HttpRequest, project: Project, action: str, ids: Sequence[int]) -> bool:
    """Do it and say so in a message; whether this person is to go on to the labelling screen."""
    if not ids:
        messages.error(request, "No item is chosen. Tick the boxes of some.")
    elif action == "next":
        _ask_next(request, project, ids)
    return bool(ids) and action == "label" and _take(request, project, ids)


def numbers(texts: Sequence[str]) -> list[int]:
    """Ids of items, each once, as many as one search compares with."""
    return list(dict.fromkeys(filter(None, map(whole_number, texts))))[:MOST_EXAMPLES]


def _ask_next(request: HttpRequest, project: Project, ids: Sequence[int]) -> None:
    """Put them first in the queue, in the order in which the page shows them."""
    changed = ordering.set_urgent(project, [Priority(item, place) for place, item in enumerate(ids, start=1)])
    sentence = f"{changed} item{pluralize(changed)} will be asked about next. Those that are done stay done."
    messages.success(request, sentence)


def _take(request: HttpRequest, project: Project, ids: Sequence[int]) -> bool:
    """Lease them to who asks, if they may still label any of them."""
    outcome = actions.assign(project, Selection(ids=ids), [person(request)], DAYS)
    if not outcome.changed:
        messages.error(request, "You have labelled these already, or hold as many items as one person may.")
    return outcome.changed > 0
