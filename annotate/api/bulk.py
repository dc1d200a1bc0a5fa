"""Many items at once by REST: delete them, and put them back; their votes wanted, priority, flags and people."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.requests import body, person
from annotate.api.items import DeletionShape, ItemQuery, conditions_of, deletion_answer
from annotate.api.rows import MAX_ID
from annotate.items import actions, deleted
from annotate.items.selection import Selection
from annotate.queue.ordering import HIGHEST
from projects.access import project_for
from projects.models import Project, Role

MOST_IDS = 100_000
DELETE = "delete"
_NEEDS = {"votes_wanted": ["votes_wanted"], "priority": ["priority"], "assign": ["people"]}
_ALSO_TAKES = {"assign": ["days"], DELETE: ["most_annotations"]}


class BulkRequest(serializers.Serializer):
    """Either `ids` or `filter`; the fields of the action, and no other."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID),
        max_length=MOST_IDS,
        required=False,
        help_text="Of items; those of other projects are passed over.",
    )
    filter = ItemQuery(required=False, help_text="As in the list of items; `{}` is all items.")
    action = serializers.ChoiceField(choices=[DELETE, *actions.ACTIONS])
    votes_wanted = serializers.IntegerField(
        min_value=1, max_value=100, required=False, help_text="An item that has more keeps them."
    )
    priority = serializers.FloatField(
        min_value=0, max_value=HIGHEST, required=False, allow_null=True, help_text="1 is first; null takes it back."
    )
    people = serializers.ListField(
        child=serializers.CharField(max_length=150),
        allow_empty=False,
        max_length=1000,
        required=False,
        help_text="Usernames of members: each item goes to one of them in turn. Nobody holds more than 100 items.",
    )
    days = serializers.IntegerField(
        min_value=1,
        max_value=actions.LONGEST_DAYS,
        required=False,
        help_text="How long it stays theirs; left out, 3.",
    )
    most_annotations = serializers.IntegerField(
        min_value=0, required=False, help_text="409, and nothing is deleted, when more annotations would go."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("ids" in attrs) == ("filter" in attrs):
            raise ValidationError("Name the items by either ids or filter.")
        action = attrs["action"]
        needed = _NEEDS.get(action, [])
        if missing := [name for name in needed if name not in attrs]:
            raise ValidationError({missing[0]: [f"The action {action} needs it."]})
        takes = {"ids", "filter", "action", *needed, *_ALSO_TAKES.get(action, [])}
        if more := sorted(attrs.keys() - takes):
            raise ValidationError({more[0]: [f"The action {action} does not take it."]})
        return attrs


class RestoredShape(serializers.Serializer):
    items = serializers.IntegerField(help_text="How many were restored.")
    not_restored = serializers.IntegerField(help_text="How many were not, because their names were imported anew.")
    taken = serializers.ListField(child=serializers.CharField(), help_text="Up to twenty of these names.")


class BulkView(APIView):
    @extend_schema(
        request=BulkRequest,
        responses={200: DeletionShape, 409: OpenApiResponse(description="More annotations would go than said.")},
    )
    def post(self, request: Request, project_id: int) -> Response:
        """Do something with many items, in one transaction. What is deleted can be restored for a minute."""
        project, me = project_for(request.user, project_id, Role.MANAGER), person(request)
        values = body(BulkRequest, request)
        selection = _selection(project, me, values)
        if values["action"] == DELETE:
            return deletion_answer(project, selection, me, values.get("most_annotations"))
        if "people" in values:
            values |= {"people": _members(project, values["people"]), "days": values.get("days", 3)}
        return Response(asdict(actions.perform(project, selection, me, values["action"], values)))


class DeletionView(APIView):
    @extend_schema(responses={200: RestoredShape})
    def delete(self, request: Request, project_id: int, deletion_id: int) -> Response:
        """Undo a deletion: its items are as they were, but for their leases. 404 after a minute."""
        project = project_for(request.user, project_id, Role.MANAGER)
        try:
            deletion = deleted.restorable(project, min(deletion_id, MAX_ID))
            return Response(asdict(deleted.restore(deletion, person(request))))
        except deleted.NotRestorable as error:
            raise NotFound(str(error)) from error


def _selection(project: Project, user: User, values: dict[str, Any]) -> Selection:
    if "ids" in values:
        return Selection(ids=values["ids"])
    return Selection(conditions_of(project, user, True, values["filter"]))


def _members(project: Project, usernames: list[str]) -> list[User]:
    members: QuerySet[User] = User.objects.filter(memberships__project=project, is_active=True)
    users = {user.username: user for user in members.filter(username__in=usernames)}
    if missing := [name for name in usernames if name not in users]:
        raise ValidationError({"people": [f"{missing[0]!r:.60} is no active member of this project."]})
    return list(users.values())


urlpatterns = [
    path("projects/<int:project_id>/items/bulk/", BulkView.as_view(), name="api-items-bulk"),
    path("projects/<int:project_id>/deletions/<int:deletion_id>/", DeletionView.as_view(), name="api-deletion"),
]
