"""Machine members by REST: what they vote, and how good they are."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.http import Http404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from annotate import consensus
from annotate.api import rows
from annotate.api.queue import RowReportShape
from annotate.consensus import machine_votes
from core.middleware.body_limit import takes_uploads
from projects import label_sets
from projects.access import project_for
from projects.models import Project, Role

FIELDS = {"external_id", "item", "value", "confidence"}


class MachineVoteRow(serializers.Serializer):
    """Names its item by external_id or item."""

    external_id = serializers.CharField(required=False)
    item = serializers.IntegerField(required=False)
    value = serializers.CharField(help_text="A label.")
    confidence = serializers.FloatField(min_value=0, max_value=1, required=False, help_text="How sure it is of that.")


class MachineShape(serializers.Serializer):
    username = serializers.CharField(source="user.username")
    votes = serializers.IntegerField(help_text="Items of which it says something.")
    judged = serializers.IntegerField(
        source="measured.judged", default=0, help_text="Those with three votes of people."
    )
    right = serializers.FloatField(
        source="measured.right",
        default=None,
        allow_null=True,
        help_text="Of these, where it says what people agree on.",
    )
    gain = serializers.FloatField(
        source="measured.gain", default=None, allow_null=True, help_text="What it adds to one vote, in nats an item."
    )
    error = serializers.FloatField(
        source="measured.error", default=None, allow_null=True, help_text="The standard error of that."
    )
    counts = serializers.CharField(help_text="On which items its vote is weighed in, in words.")


class MachinesView(APIView):
    @extend_schema(responses=MachineShape(many=True))
    def get(self, request: Request, project_id: int) -> Response:
        """The machine members, how good they are, and where their votes count."""
        project = project_for(request.user, project_id, Role.REVIEWER)
        consensus.fresh(project)
        return Response(MachineShape(machine_votes.machines(project), many=True).data)


@takes_uploads
class MachineVotesView(APIView):
    @extend_schema(
        request={"application/json": MachineVoteRow(many=True), "application/x-ndjson": OpenApiTypes.STR},
        responses=RowReportShape,
    )
    def put(self, request: Request, project_id: int, machine: str) -> Response:
        """Send what a machine member says of items. A vote on an item takes the place of its former one."""
        project, user = _machine(request, project_id, machine)
        if not project.labels_whole_items or project.is_multilabel:
            raise ValidationError("Machines vote where an item has one label.")
        report = rows.RowReport()
        for chunk in rows.chunks(project, request, _checker(project), report):
            report.stored += machine_votes.store(project, user, chunk)
        return Response(asdict(report))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project_id: int, machine: str) -> Response:
        """Take all votes of a machine member back."""
        project, user = _machine(request, project_id, machine)
        machine_votes.remove(project, user)
        return Response(status=204)


def _checker(project: Project) -> Callable[[dict[str, Any]], tuple[str, float | None]]:
    names = label_sets.names_understood(project)

    def check(row: dict[str, Any]) -> tuple[str, float | None]:
        if unknown := row.keys() - FIELDS:
            raise ValueError(f"unknown field {min(unknown)!r}; known are {', '.join(sorted(FIELDS))}")
        label = label_sets.clean_by_former(project.kind, row.get("value"), project.spec, names)
        return str(label), rows.number(row, "confidence", 0, 1)

    return check


def _machine(request: Request, project_id: int, username: str) -> tuple[Project, User]:
    project = project_for(request.user, project_id, Role.MANAGER)
    members = project.memberships.filter(role=Role.MACHINE).select_related("user")
    member = None if "\0" in username else members.filter(user__username=username).first()
    if member is None:
        raise Http404("There is no machine member of this name; make one: POST …/members/ with the role machine.")
    return project, member.user


urlpatterns = [
    path("projects/<int:project_id>/machines/", MachinesView.as_view(), name="api-machines"),
    path(
        "projects/<int:project_id>/machines/<str:machine>/votes/",
        MachineVotesView.as_view(),
        name="api-machine-votes",
    ),
]
