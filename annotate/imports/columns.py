"""Which column of a file is what: as somebody says, as in the file before, or as its names and first rows suggest."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from annotate_kit.formats.column_guesses import choose, propose
from annotate_kit.formats.columns import Roles, Sample, context_of, native_role
from annotate_kit.formats.records import Record, Rejected, shown
from projects import itemtypes, tasktypes
from projects.models import Project

_BY_FEATURES = {item_type.features: item_type.role for _, item_type in itemtypes.in_order()}
_ANY_FEATURES = Project._meta.get_field("features").default  # nobody chose these
_MERGED_ITEMS = 20_000
_MERGED_BYTES = 16 * 2**20


class ColumnChoice:
    """Chooses the roles of a file's columns as a reader asks for them, and keeps them.

    Asks the database when it is made and in `remember`, else never, so that a thread can use it.
    """

    def __init__(self, project: Project, roles: Mapping[str, str] | None = None) -> None:
        self.roles: Roles | None = None
        self.names: list[str] = []
        self._roles = roles
        self._project_columns: dict[str, Any] = {
            "before": dict(project.columns),
            "content": content_of(project),
            "labels": project.label_names,
            "people": list(project.memberships.of_people().values_list("user__username", flat=True)),
        }

    def __call__(self, sample: Sample) -> Roles | None:
        self.names = sample.names
        self.roles = choose(sample, requested=self._roles, **self._project_columns)
        return self.roles

    def propose(self, sample: Sample) -> Roles | None:
        """Roles for somebody to look at; None when the names of the columns say all."""
        return propose(sample, **self._project_columns)

    @property
    def rows_are_votes(self) -> bool:
        """Whether a row holds the answer of one person, so that an item comes in several rows."""
        return "annotator" in (self.roles or {}).values()

    @property
    def context(self) -> list[str]:
        return context_of(self.roles or {})

    def remember(self, project: Project) -> None:
        """For the next file, for exports, and for the screen, which shows what is context."""
        columns = list((self.roles or self._native()).items())
        fields = [*project.shown_fields, *(name for name in self.context if name not in project.shown_fields)]
        if (self.roles or not project.columns) and columns and all(role for _, role in columns):
            project.columns, project.shown_fields = [list(pair) for pair in columns], fields
            Project.objects.filter(pk=project.pk).update(columns=project.columns, shown_fields=fields)

    def _native(self) -> dict[str, str | None]:
        return {name: native_role(name) for name in self.names}


def wanted(project: Project) -> dict[str, Any]:
    """What readers are told of the values that are wanted."""
    questions = [question.name for question in tasktypes.columns_of(project.kind, project.spec)]
    return {"kind": tasktypes.merging_of(project.task_type), "questions": questions}


def content_of(project: Project) -> str:
    """What a project labels, as the role of a column: by its items, else by its features; empty when nobody knows."""
    if item := project.items.only(*itemtypes.columns()).first():
        return itemtypes.shown_by(item).type.role
    return "" if project.features == _ANY_FEATURES else _BY_FEATURES.get(project.features, "")


def merged(rows: Iterable[Record | Rejected], choice: ColumnChoice) -> Iterator[Record | Rejected]:
    """Where rows are votes, records with the annotations of several rows, as far as these are near each other."""
    window: dict[Any, Record] = {}
    size = 0
    for row in rows:
        if isinstance(row, Rejected) or not choice.rows_are_votes:
            yield row
            continue
        key, size = row.external_id or _content(row), size + len(row.text or row.image or "")
        if key not in window:
            window[key] = row
        elif (both := _both(window[key], row)) and isinstance(both, Record):
            window[key] = both
        else:
            yield both
        if len(window) >= _MERGED_ITEMS or size >= _MERGED_BYTES:
            yield from window.values()
            window, size = {}, 0
    yield from window.values()


def _both(record: Record, other: Record) -> Record | Rejected:
    """The first one with the answers of both."""
    if _content(record) != _content(other):
        return Rejected(other.row, other.external_id, f"row {record.row} gives this external_id another content")
    before, more = record.annotations or [], other.annotations or []
    annotators = {answer["annotator"] for answer in before}
    if again := [answer["annotator"] for answer in more if answer["annotator"] in annotators]:
        return Rejected(other.row, other.external_id, f"{shown(again[0])} has answered this already; the first counts")
    return record._replace(annotations=[*before, *more] or None)


def _content(record: Record) -> Any:
    return record.text or record.image or repr(record.data)
