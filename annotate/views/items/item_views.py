"""The views beside the list of items: links to filters, each with how many items it has where that is counted quickly.

All of them together take at most SECONDS for each to be counted, and are cached where they take long.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from annotate.items import sorting
from annotate.statistics.cached import cached
from annotate.views.items import item_columns
from annotate.views.items.items_query import ItemsQuery, conditions
from projects.models import Project

SECONDS = 0.1
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


@dataclass(frozen=True, slots=True)
class View:
    """`count` is None where counting takes long; `is_current` where the list shows just this."""

    title: str
    address: str
    count: int | None
    is_current: bool


def built_in(project: Project, query: ItemsQuery) -> list[View]:
    """Those that the project's task type has, with the columns that the list shows now."""
    views = {
        title: filters
        for title, filters in BUILT_IN.items()
        if "below" not in filters or item_columns.has_choices(project)
    }
    counts = cached(("item-views", project.pk), lambda: [_count(project, filters) for filters in views.values()])
    return [
        View(title, query.address_of(filters), count, query.form_data == filters)
        for (title, filters), count in zip(views.items(), counts, strict=True)
    ]


def _count(project: Project, filters: Mapping[str, str]) -> int | None:
    return sorting.count(project, conditions(project, filters), SECONDS)
