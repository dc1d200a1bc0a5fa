"""How items, assignments and annotations look in JSON: the quick functions, and the serializers that document them.

The functions are what labelling pays for at every key press, so they build plain dictionaries.
"""

from typing import Any

from rest_framework import serializers

from annotate.items.context import shown_beside
from annotate.models import Assignment, Item
from annotate.queue.leasing import Leased, LeasedItem
from annotate.queue.submitting import Stored
from projects import itemtypes
from projects.models import Project


class ContentShape(serializers.Serializer):
    """Exactly one of `text`, `image` (an address) and `data` is there."""

    id = serializers.IntegerField()
    external_id = serializers.CharField(
        allow_blank=True,
        help_text="Empty for annotators where the project hides it: it may tell the right answer.",
    )
    text = serializers.CharField(required=False)
    image = serializers.CharField(required=False)
    data = serializers.DictField(required=False)  # type: ignore[assignment]
    context = serializers.DictField(  # type: ignore[assignment]
        required=False, help_text="Of a lease: what of `meta` the project shows beside the content (`shown_fields`)."
    )


class SuggestionShape(serializers.Serializer):
    model = serializers.CharField()
    value = serializers.JSONField()
    proba = serializers.DictField(child=serializers.FloatField(), allow_null=True)
    parts = serializers.ListField(
        child=serializers.DictField(), required=False, help_text="What the value is made of, with probabilities."
    )


class SentBackShape(serializers.Serializer):
    by = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    sentence = serializers.CharField(help_text="Both in words, for the screen.")


class AssignmentShape(serializers.Serializer):
    id = serializers.IntegerField()
    item = ContentShape()
    status = serializers.ChoiceField(choices=Assignment.Status.choices)
    expires_at = serializers.DateTimeField()
    suggestion = SuggestionShape(allow_null=True)
    sent_back = SentBackShape(allow_null=True, help_text="Set where a reviewer sent my answer to this item back.")
    assigned = serializers.BooleanField(help_text="Whether a manager gave the item to me.")


class AnnotationShape(serializers.Serializer):
    id = serializers.IntegerField()
    item = serializers.IntegerField()
    value = serializers.JSONField()
    client_key = serializers.UUIDField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class Rejected(serializers.Serializer):
    row = serializers.IntegerField()
    external_id = serializers.CharField(allow_null=True)
    error = serializers.CharField()


def content(item: Item | LeasedItem, hidden: bool = False) -> dict[str, Any]:
    """`hidden`: without what may tell the right answer."""
    name, item_type, shown = itemtypes.shown_by(item)
    external_id = "" if hidden else item.external_id
    return {"id": item.id, "external_id": external_id, name: item_type.sent(item.id, shown)}


def _leased_content(item: Item | LeasedItem, project: Project) -> dict[str, Any]:
    """As the labelling screen shows it, with its context where it has one."""
    shown, context = content(item, hidden=project.hide_external_ids), shown_beside(item, project)
    return {**shown, "context": context} if context else shown


def assignment(assignment: Assignment) -> dict[str, Any]:
    """The item and the project must be loaded; `suggestion` is what the person is shown, null when nothing is."""
    return {
        "id": assignment.pk,
        "item": _leased_content(assignment.item, assignment.project),
        "status": assignment.status,
        "expires_at": assignment.expires_at,
        "suggestion": assignment.suggestion_shown,
        "sent_back": assignment.sent_back
        and assignment.sent_back._asdict() | {"sentence": assignment.sent_back.sentence},
        "assigned": assignment.assigned,
    }


def leased(row: Leased, project: Project) -> dict[str, Any]:
    """A new lease in the form of `assignment`."""
    return {
        "id": row.id,
        "item": _leased_content(row.item, project),
        "status": Assignment.Status.LEASED,
        "expires_at": row.expires_at,
        "suggestion": row.suggestion,
        "sent_back": None,
        "assigned": False,
    }


def annotation(stored: Stored) -> dict[str, Any]:
    return stored._asdict()
