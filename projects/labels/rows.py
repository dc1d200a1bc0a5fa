"""A label set as rows: as it is, or as somebody wants it."""

from dataclasses import dataclass

from projects.models import Label, Project


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A label as somebody wants it; `id` is that of a present label, which is then changed or renamed.

    `parent` is the name of another label of the set, or empty.
    """

    name: str
    color: str = ""
    hotkey: str = ""
    description: str = ""
    parent: str = ""
    id: int | None = None


def current_rows(project: Project) -> list[LabelRow]:
    """The label set as it is now, in its order."""
    return [
        LabelRow(
            name=label.name,
            color=label.color,
            hotkey=label.hotkey,
            description=label.description,
            parent=label.parent.name if label.parent else "",
            id=label.pk,
        )
        for label in Label.objects.filter(project=project).select_related("parent")
    ]
