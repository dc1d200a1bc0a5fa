"""A project as a file of another labelling tool: the entries of `annotate_kit.formats.datasets` that fit its values."""

from collections.abc import Callable, Collection, Iterator, Sequence
from importlib.util import find_spec
from inspect import signature
from typing import Any

from annotate import consensus
from annotate.exports import own_columns
from annotate_kit.formats.datasets import Example, content_of, registry
from projects import tasktypes
from projects.models import Project

PIECE = 2**16


def formats(task_type: str | None = None, content: Collection[str] = ()) -> list[tuple[str, str]]:
    """(key, name for people) of the entries that are written, for values of a task type or of any.

    For a task type, without those whose package is not installed here. `content` is what the items show: text, image or
    data.
    """
    names = [name for name in registry.names if _fits(name, task_type, content)]
    return [(name, registry.title(name)) for name in names if task_type is None or _is_installed(name)]


def _is_installed(name: str) -> bool:
    package = getattr(registry.load(name), "needs", None)
    return package is None or find_spec(package) is not None


def _fits(name: str, task_type: str | None, content: Collection[str] = ()) -> bool:
    entry = registry.load(name)
    takes: frozenset[str] = getattr(entry, "takes", frozenset())
    if not hasattr(entry, "suffix") or not takes or not content_of(entry).issuperset(content):
        return False
    return task_type is None or tasktypes.merging_of(task_type) in takes


def write(project: Project, name: str, item_ids: Sequence[int] | None = None) -> Iterator[bytes]:
    """The file, piece by piece. ValueError where the project's values do not fit into such a file."""
    content = own_columns.content(project)
    if not _fits(name, project.task_type, content):
        known = ", ".join(key for key, _ in formats(project.task_type, content)) or "none"
        about = f"{project.task_type} about {' and '.join(content) or 'nothing'}"
        raise ValueError(f"{name} has no place for answers of the type {about}; there is {known}")
    writer = registry.load(name).write
    whole = writer(list(_examples(project, item_ids)), **_settings(project, writer))
    return (whole[start : start + PIECE] for start in range(0, len(whole), PIECE))


def _settings(project: Project, writer: Callable[..., bytes]) -> dict[str, Any]:
    """The labels, and what the task type says in files beside its values, as far as this format takes it."""
    of_type = getattr(project.kind, "file_settings", None)
    known = {"labels": project.label_names, "kind": tasktypes.merging_of(project.task_type)}
    settings = {**known, **(of_type(project.spec) if of_type else {})}
    return {name: settings[name] for name in settings.keys() & signature(writer).parameters.keys()}


def _examples(project: Project, item_ids: Sequence[int] | None) -> Iterator[Example]:
    """Each item with what is agreed on; else with what is known to be right."""
    items = consensus.items(project).order_by("pk")
    if item_ids is not None:
        items = items.filter(pk__in=item_ids)
    for item in items.prefetch_related("annotations__annotator").iterator(chunk_size=2000):
        agreed = item.consensus.value if hasattr(item, "consensus") else item.gold
        annotations: list[dict[str, Any]] = [
            {"annotator": row.annotator.username, "value": row.value, "seconds": row.seconds}
            for row in item.annotations.all()
        ]
        meta = item.meta or None
        yield Example(item.external_id, item.text, item.width, item.height, agreed, annotations, meta=meta)
