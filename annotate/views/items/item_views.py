"""The views beside the list of items: links to filters, with how many items each has where that is counted quickly.

Some are built in, others are saved by managers. To count one takes at most SECONDS, and once SECONDS_OF_ALL are over no
more are counted; where it takes long, the numbers are cached.
"""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.http import QueryDict

from accounts.models import User
from annotate import pseudonyms
from annotate.items import sorting
from annotate.models import SavedView
from annotate.statistics.cached import cached
from annotate.views.items import item_columns
from annotate.views.items.items_query import PEOPLE, ItemsQuery, conditions
from projects.models import Project

SECONDS, SECONDS_OF_ALL = 0.1, 0.6
BUILT_IN: dict[str, dict[str, str]] = {
    "All items": {},
    "Disputed": {"state": "disputed"},
    "Flagged": {"state": "flagged"},
    "Model unsure": {"below": "60"},
    "Not started": {"state": "not_started"},
    "Done": {"state": "done"},
    "Reviewed": {"state": "reviewed"},
    "Gold items": {"state": "gold"},
}
_SORTED = {"Disputed": {"sort": "-disagreement"}, "Model unsure": {"sort": "prediction"}}


@dataclass(frozen=True, slots=True)
class View:
    """`count` is None where counting takes long; `is_current` where the list shows just this."""

    title: str
    address: str
    count: int | None
    is_current: bool
    saved: SavedView | None = None


def views(project: Project, query: ItemsQuery, viewer: User) -> list[View]:
    """Those that are built in, with the columns that the list shows now, and those that managers saved, by name."""
    built_in = {title: filters for title, filters in BUILT_IN.items() if _fits(project, filters)}
    saved = _saved(project, viewer)
    counts = _counts(project, [*built_in.values(), *(QueryDict(view.query[1:]) for view in saved)])
    address = query.address()
    saved_is_current = any(view.query == address for view in saved)
    return [
        View(
            title,
            query.address_of(filters, **_SORTED.get(title, {})),
            count,
            query.form_data == filters and not saved_is_current,
        )
        for (title, filters), count in zip(built_in.items(), counts, strict=False)
    ] + [
        View(view.name, view.query, count, view.query == address, view)
        for view, count in zip(saved, counts[len(built_in) :], strict=True)
    ]


def _fits(project: Project, filters: Mapping[str, str]) -> bool:
    """Whether the project's task type has what these filters ask for."""
    return "below" not in filters or item_columns.has_choices(project)


def _saved(project: Project, viewer: User) -> list[SavedView]:
    """By name; without those that name people, where this person may not know the names."""
    rows = list(SavedView.objects.filter(project=project).select_related("made_by").order_by("name"))
    if not pseudonyms.are_shown(project, viewer):
        return rows
    return [view for view in rows if not QueryDict(view.query[1:]).keys() & PEOPLE]


def _counts(project: Project, lists: Iterable[Mapping[str, str]]) -> list[int | None]:
    """How many items meet each of these filters."""
    wanted = [conditions(project, filters) for filters in lists]

    def count() -> list[int | None]:
        deadline = time.monotonic() + SECONDS_OF_ALL
        return [sorting.count(project, each, SECONDS) if time.monotonic() < deadline else None for each in wanted]

    return cached(("item-views", project.pk, tuple(wanted)), count)
