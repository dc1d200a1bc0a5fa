"""What annotators see beside an item: those of its notes (meta) that the project's `shown_fields` name."""

from typing import Any

from annotate.models import Item
from annotate.queue.leasing import LeasedItem
from projects.models import Project


def shown_beside(item: Item | LeasedItem, project: Project) -> dict[str, Any]:
    """In the order of `shown_fields`; empty where the project hides names and notes, which may tell the answer."""
    if project.hide_external_ids or not item.meta:
        return {}
    fields = item.data or {}
    return {name: item.meta[name] for name in project.shown_fields if name in item.meta and name not in fields}
