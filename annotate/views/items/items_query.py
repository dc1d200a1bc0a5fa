"""What the address of the list of items asks for: a filter, an order, columns. Such an address is a saved view."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict

from accounts.models import User
from accounts.requests import whole_number
from annotate import pseudonyms
from annotate.items import search, sorting
from annotate.items.search import Conditions
from annotate.models import annotators_of
from annotate.views.items import item_columns
from annotate.views.items.item_columns import Column
from projects import label_sets
from projects.models import Project

LARGEST = 2**63 - 1
FILTERS = ("search", "state", "label", "annotator", "not_by", "predicted", "below")
PEOPLE = {"annotator", "not_by"}
"""Filters that name somebody."""
CHIPS = {
    "state": "state",
    "label": "label",
    "annotator": "labelled by",
    "not_by": "not labelled by",
    "predicted": "predicted",
    "below": "confidence below",
}


class Head(NamedTuple):
    """The head of a column: the address that sorts by it, and how it is sorted now, as ARIA says it."""

    column: Column
    address: str
    sorted: str


class Chip(NamedTuple):
    """A filter that is set, in words, and the address of the list without it."""

    title: str
    value: str
    address: str


class ItemsQuery:
    """What is not there is not asked for."""

    def __init__(self, project: Project, query: QueryDict, viewer: User) -> None:
        sort = query.get("sort", "")
        self.sort = sort if sort in sorting.SORT_NAMES else ""
        self.after = whole_number(query.get("after", ""))
        self.columns = item_columns.chosen(project, query.getlist("columns"))
        self.conditions = conditions(project, query, viewer)
        self.form_data: dict[str, Any] = {name: query[name] for name in FILTERS if query.get(name)}
        self._columns = query.getlist("columns")
        self._sorting = {"sort": self.sort} if self.sort else {}

    def address(self, **more: Any) -> str:
        """The same list, from its beginning unless `after` is given; `sort` may be another one."""
        return self.address_of(self.form_data, **{**self._sorting, **more})

    def address_of(self, filters: Mapping[str, Any], **more: Any) -> str:
        """A list with the same columns, but these filters, as imported unless `sort` is given."""
        pairs = [*filters.items(), *(("columns", name) for name in self._columns), *more.items()]
        return f"?{urlencode(pairs)}"

    def chips(self) -> Sequence[Chip]:
        """The filters that narrow the list, but for the words, which stand in their field."""
        return [
            Chip(title, self._in_words(name), self._address_without(name))
            for name, title in CHIPS.items()
            if name in self.form_data
        ]

    def _in_words(self, name: str) -> str:
        value = self.form_data[name]
        if name == "state":
            return search.STATES.get(value, value).lower()
        return f"{value}\u202f%" if name == "below" else value

    def _address_without(self, name: str) -> str:
        others = {other: value for other, value in self.form_data.items() if other != name}
        return self.address_of(others, **self._sorting)

    def heads(self) -> Sequence[Head]:
        return [self._head(column) for column in (item_columns.ITEM, *self.columns)]

    def _head(self, column: Column) -> Head:
        if not column.sort:
            return Head(column, "", "")
        name, first = column.sort.removeprefix("-"), column.sort
        other = name if first.startswith("-") else f"-{name}"
        direction = {"": "", name: "ascending", f"-{name}": "descending"}.get(self.sort, "")
        return Head(column, self.address(sort=other if self.sort == first else first), direction)


def conditions(project: Project, query: Mapping[str, str], viewer: User | None = None) -> Conditions:
    """People are named as the viewer sees them, or by their user names."""
    state = query.get("state", "")
    return Conditions(
        words=query.get("search", "").replace("\0", "").strip()[:200],
        state=state if state in search.STATES else "",
        label=_label(project, query.get("label", "")),
        person=_annotator(project, viewer, query.get("annotator", "")),
        not_by=_annotator(project, viewer, query.get("not_by", "")),
        predicted=_label(project, query.get("predicted", "")),
        below=_percent(query.get("below", "")),
    )


def _annotator(project: Project, viewer: User | None, name: str) -> int | None:
    annotator = pseudonyms.find(project, viewer, name, annotators_of(project)) if name else None
    return annotator.pk if annotator else None


def _label(project: Project, name: str) -> str:
    """The present name of a label, which the address may name as it was; empty where there is none."""
    if not name or name in project.label_names:
        return name
    return label_sets.names_understood(project).get(name, "")


def _percent(text: str) -> float | None:
    """A share that is written in percent; None where it is none."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 4
    return int(text) / 100 if is_number and int(text) <= 100 else None
