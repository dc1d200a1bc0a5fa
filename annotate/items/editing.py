"""One item changed by its manager: what is known of it, how many votes it wants, and where it stands in the queue."""

from collections.abc import Mapping
from typing import Any

from annotate.items import actions
from annotate.items.selection import Selection
from annotate.models import Item
from core.postgres.transactions import atomic
from projects import label_sets


@atomic
def change(item: Item, values: Mapping[str, Any]) -> None:
    """`values` has any of meta, gold, votes_wanted and priority. ValueError where gold is no answer here.

    What was imported is still known: a file that brings the same record again changes nothing.
    """
    project, selection = item.project, Selection(ids=[item.pk])
    label_sets.hold(project.pk)
    project.read_labels_again()
    known = {name: values[name] for name in ("meta", "gold") if name in values}
    if known.get("gold") is not None:
        known["gold"] = label_sets.clean(project, known["gold"], content=item.content)
    if known:
        Item.objects.filter(pk=item.pk).update(**known)
    if "votes_wanted" in values:
        actions.want_votes(project, selection, values["votes_wanted"])
    if "priority" in values:
        actions.set_priority(project, selection, values["priority"])
