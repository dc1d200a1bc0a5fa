"""The columns of the list of items. Those of COLUMNS have a template `annotate/item_columns/NAME.html`."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Prefetch, prefetch_related_objects

from annotate.models import Annotation, Assignment, Item, Prediction, Suggestion
from projects import tasktypes
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
    Column("predicted", "Predicted", "prediction"),
    Column("consensus", "Consensus"),
    Column("confidence", "Confidence", "confidence", "num less"),
    Column("votes", "Votes", "-votes"),
    Column("disagreement", "Disagreement", "-disagreement", "num"),
    Column("state", "State"),
    Column("assigned", "With"),
    Column("gold", "Gold"),
    Column("priority", "Priority", "priority", "num"),
    Column("updated", "Updated", "-updated", "num"),
]
_AT_FIRST = ("consensus", "confidence", "votes", "disagreement", "state", "updated")


def choices(project: Project) -> list[Column]:
    """All of COLUMNS, and the fields of the project's records and meta in the order of the file."""
    return [*COLUMNS, *(Column(f"{part}.{name}", name, field=name) for part, name in _fields(project))]


def chosen(project: Project, names: Sequence[str]) -> list[Column]:
    """The named ones in the order of all columns; those of the beginning where none is named."""
    wanted = set(names) or {*_AT_FIRST, *(["predicted"] if project.learning and has_choices(project) else [])}
    return [column for column in choices(project) if column.name in wanted]


def has_choices(project: Project) -> bool:
    """Whether its votes are labels of whole items, which a model can predict."""
    return hasattr(project.kind, "predicted")


def _fields(project: Project) -> list[tuple[str, str]]:
    item = project.items.only("data", "fields", "meta").order_by("pk").first()
    if item is None:
        return []
    data = item.data if isinstance(item.data, dict) else {}
    names = [("data", name) for name in (item.fields or data)]
    return [*names, *(("meta", name) for name in item.meta)][:MOST_FIELDS]


def load(project: Project, items: Sequence[Item], columns: Sequence[Column]) -> None:
    """What these columns show beside what the list has loaded anyway."""
    names = {column.name for column in columns}
    if "votes" in names and has_choices(project):
        _load_label_votes(project, items)
    if "predicted" in names:
        newest = Prefetch("suggestions", Suggestion.objects.order_by("-created_at"), to_attr="predicted")
        of_round = Prefetch("prediction", Prediction.objects.select_related("label"))
        prefetch_related_objects(items, newest, of_round)
    if "assigned" in names:
        live = Prefetch("assignments", Assignment.objects.live().select_related("annotator"), to_attr="leases")
        prefetch_related_objects(items, live)


def _load_label_votes(project: Project, items: Sequence[Item]) -> None:
    """`label_votes` of each item: how many people chose which label, the most first."""
    answers = Annotation.objects.filter(item__in=items).order_by().values_list("item_id", "value")
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for item_id, value, people in answers.annotate(people=Count("*")):
        counts[item_id].update(dict.fromkeys(tasktypes.labels_named(project.kind, value), people))
    for item in items:
        item.label_votes = counts[item.pk].most_common()  # type: ignore[attr-defined]
