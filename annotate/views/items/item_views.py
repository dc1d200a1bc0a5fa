"""The views beside the list of items: links to filters, with how many items each has where that is counted quickly.

Some are built in, others are saved by managers. The page counts for AT_ONCE; what takes longer it asks for once it is
there (`counted`), where counting one takes SECONDS at most, all of them SECONDS_OF_ALL, and the numbers are cached.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from accounts.models import User
from accounts.requests import person
from annotate import pseudonyms
from annotate.items import sorting
from annotate.models import SavedView
from annotate.statistics.cached import cached
from annotate.views.items import item_columns
from annotate.views.items.items_query import PEOPLE, ItemsQuery, conditions
from projects.access import project_for
from projects.models import Project, Role

AT_ONCE, SECONDS, SECONDS_OF_ALL = 0.02, 0.1, 0.6
LEAST_SECONDS = 0.002  # 0 milliseconds are no limit to PostgreSQL
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


@login_required
def counted(request: HttpRequest, project_id: int) -> HttpResponse:
    """The views beside a list whose page did not wait for their counts."""
    project, me = project_for(request.user, project_id, Role.REVIEWER), person(request)
    query = ItemsQuery(project, request.GET, me)
    return render(request, "annotate/items_views.html", {"views": views(project, query, me, SECONDS_OF_ALL)})


def views(project: Project, query: ItemsQuery, viewer: User, seconds: float) -> list[View]:
    """Those that are built in, with the columns that the list shows now, and those that managers saved, by name.

    They are counted for so many seconds.
    """
    built_in = {title: filters for title, filters in BUILT_IN.items() if _fits(project, filters)}
    saved = _saved(project, viewer)
    counts = _counts(project, [*built_in.values(), *(QueryDict(view.query[1:]) for view in saved)], seconds)
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


def _counts(project: Project, lists: Iterable[Mapping[str, str]], seconds: float) -> list[int | None]:
    """How many items meet each of these filters."""
    wanted = [conditions(project, filters) for filters in lists]

    def count() -> Iterator[int | None]:
        deadline = time.monotonic() + seconds
        for each in wanted:
            seconds_now = min(SECONDS, deadline - time.monotonic())
            yield sorting.count(project, each, seconds_now) if seconds_now > LEAST_SECONDS else None

    return cached(("item-views", project.pk, tuple(wanted), seconds), lambda: list(count()))
