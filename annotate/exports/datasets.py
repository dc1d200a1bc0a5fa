"""A project as a file of another labelling tool: the entries of `annotate_kit.formats.datasets` that fit its values."""

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from inspect import signature
from typing import Any

from annotate import consensus
from annotate_kit.formats.datasets import Example, registry
from projects import tasktypes
from projects.models import Project

PIECE = 2**16


def formats(task_type: str | None = None) -> list[tuple[str, str]]:
    """(key, name for people) of the entries that are written, for values of a task type or of any.

    For a task type, without those whose package is not installed here.
    """
    names = [name for name in registry.names if _fits(name, task_type)]
    return [(name, registry.title(name)) for name in names if task_type is None or _is_installed(name)]


def _is_installed(name: str) -> bool:
    package = getattr(registry.load(name), "needs", None)
    return package is None or find_spec(package) is not None


def _fits(name: str, task_type: str | None) -> bool:
    entry = registry.load(name)
    takes: frozenset[str] = getattr(entry, "takes", frozenset())
    return hasattr(entry, "suffix") and bool(takes) and (task_type is None or tasktypes.merging_of(task_type) in takes)


def write(project: Project, name: str, item_ids: Sequence[int] | None = None) -> Iterator[bytes]:
    """The file, piece by piece. ValueError where the project's values do not fit into such a file."""
    if not _fits(name, project.task_type):
        known = ", ".join(key for key, _ in formats(project.task_type)) or "none"
        raise ValueError(f"{name} has no place for answers of the type {project.task_type}; there is {known}")
    writer = registry.load(name).write
    whole = writer(list(_examples(project, item_ids)), **_settings(project, writer))
    return (whole[start : start + PIECE] for start in range(0, len(whole), PIECE))


def _settings(project: Project, writer: Callable[..., bytes]) -> dict[str, Any]:
    """The labels, and what the task type says in files beside its values, as far as this format takes it."""
    of_type = getattr(project.kind, "file_settings", None)
    settings = {"labels": project.label_names, **(of_type(project.spec) if of_type else {})}
    return {name: settings[name] for name in settings.keys() & signature(writer).parameters.keys()}


def _examples(project: Project, item_ids: Sequence[int] | None) -> Iterator[Example]:
    """Each item with what is agreed on; else with what is known to be right."""
    items = consensus.items(project).order_by("pk")
    if item_ids is not None:
        items = items.filter(pk__in=item_ids)
    for item in items.prefetch_related("annotations__annotator").iterator(chunk_size=2000):
        agreed = item.consensus.value if hasattr(item, "consensus") else item.gold
        annotations: list[dict[str, Any]] = [
            {"annotator": row.annotator.username, "value": row.value} for row in item.annotations.all()
        ]
        yield Example(item.external_id, item.text, item.width, item.height, agreed, annotations)
