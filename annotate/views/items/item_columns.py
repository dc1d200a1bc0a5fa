"""The columns of the list of items. Those of COLUMNS have a template `annotate/item_columns/NAME.html`."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects

from annotate.models import Assignment, Item, Suggestion
from projects.models import Project

MOST_FIELDS = 60


@dataclass(frozen=True, slots=True)
class Column:
    """`sort` is the order that a click on its head asks for first; `classes` are those of its cells."""

    name: str
    title: str
    sort: str = ""
    classes: str = ""
    field: str = ""  # of the record, or of meta

    @property
    def template(self) -> str:
        return "annotate/item_columns/field.html" if self.field else f"annotate/item_columns/{self.name}.html"

    def value(self, item: Item) -> object:
        """What a field holds."""
        within = item.data if self.name.startswith("data.") else item.meta
        return within.get(self.field) if isinstance(within, dict) else None


ITEM = Column("item", "Item", "name")
COLUMNS = [
    Column("consensus", "Consensus"),
    Column("confidence", "Confidence", "confidence", "num less"),
    Column("disagreement", "Disagreement", "-disagreement", "num"),
    Column("votes", "Votes", "-votes", "num"),
    Column("state", "State"),
    Column("predicted", "Predicted"),
    Column("assigned", "With"),
    Column("gold", "Gold"),
    Column("priority", "Priority", "priority", "num"),
    Column("updated", "Updated", "-updated", "num"),
]
_AT_FIRST = ("consensus", "confidence", "votes", "state")


def choices(project: Project) -> list[Column]:
    """All of COLUMNS, and the fields of the project's records and meta in the order of the file."""
    return [*COLUMNS, *(Column(f"{part}.{name}", name, field=name) for part, name in _fields(project))]


def chosen(project: Project, names: Sequence[str]) -> list[Column]:
    """The named ones in the order of all columns; those of the beginning where none is named."""
    wanted = set(names) or set(_AT_FIRST)
    return [column for column in choices(project) if column.name in wanted]


def _fields(project: Project) -> list[tuple[str, str]]:
    item = project.items.only("data", "fields", "meta").order_by("pk").first()
    if item is None:
        return []
    data = item.data if isinstance(item.data, dict) else {}
    names = [("data", name) for name in (item.fields or data)]
    return [*names, *(("meta", name) for name in item.meta)][:MOST_FIELDS]


def load(items: Sequence[Item], columns: Sequence[Column]) -> None:
    """What these columns show beside what the list has loaded anyway."""
    names = {column.name for column in columns}
    if "predicted" in names:
        newest = Prefetch("suggestions", Suggestion.objects.order_by("-created_at"), to_attr="predicted")
        prefetch_related_objects(items, newest)
    if "assigned" in names:
        live = Prefetch("assignments", Assignment.objects.live().select_related("annotator"), to_attr="leases")
        prefetch_related_objects(items, live)
