"""What models propose for items: kept here, whoever trained them."""

from collections.abc import Sequence
from typing import Any

from annotate.models import Assignment, Suggestion


def show(assignments: Sequence[Assignment]) -> None:
    """Put the newest suggestion on each assignment, and record that it was shown. Two queries for all."""
    newest = Suggestion.objects.filter(item__in=[a.item_id for a in assignments]).order_by("item", "created_at")
    by_item: dict[int, dict[str, Any]] = {
        found.item_id: {"model": found.model, "value": found.value, "proba": found.proba} for found in newest
    }
    for assignment in assignments:
        assignment.suggestion_shown = by_item.get(assignment.item_id)
    Assignment.objects.bulk_update([a for a in assignments if a.suggestion_shown], ["suggestion_shown"])
