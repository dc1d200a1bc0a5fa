"""Rounds by REST."""

from dataclasses import asdict
from typing import Any, cast

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import person, query
from core.rest.pagination import CursorPagination
from learner import rounds
from learner.evaluation import checks
from learner.models import Round
from learner.rounds import comparing, outcomes
from projects.access import project_for, projects_of
from projects.models import Role


class WarningShape(serializers.Serializer):
    """What was seen, by `check`; the figures beside it are those of its text."""

    check = serializers.ChoiceField(choices=sorted(checks.SENTENCES))
    text = serializers.CharField(help_text="What was seen, what it means, and what to do.")


class RoundShape(serializers.ModelSerializer):
    asked_by = serializers.CharField(source="asked_by.username", default=None, allow_null=True)
    undone_by = serializers.CharField(source="undone_by.username", default=None, allow_null=True)
    record = serializers.DictField(
        help_text="What decides the outcome: `seed`, `parameters`, `versions`, and digests of the `data` that it read, "
        "of the `rows` that the model was fitted to, and of the `order`."
    )
    timings = serializers.DictField(child=serializers.FloatField(), help_text="Seconds spent in each phase.")
    warnings = serializers.SerializerMethodField(help_text="What may mislead; what names people, for managers alone.")

    @extend_schema_field(WarningShape(many=True))
    def get_warnings(self, round: Round) -> list[dict[str, Any]]:
        context = cast(dict[str, Any], self.context)
        viewer, roles = person(context["request"]), context.setdefault("roles", {})
        if round.project_id not in roles:
            roles[round.project_id] = round.project.role_of(viewer)
        return checks.shown_to(viewer, roles[round.project_id], round)

    def to_representation(self, round: Round) -> dict[str, Any]:
        """The record without the warnings, which name people by their numbers."""
        shown: dict[str, Any] = super().to_representation(round)
        return {**shown, "record": {name: value for name, value in shown["record"].items() if name != checks.WARNINGS}}

    class Meta:
        model = Round
        fields = [
            "id",
            "project",
            "status",
            "trigger",
            "asked_by",
            "attempt",
            "created_at",
            "started_at",
            "finished_at",
            "phase",
            "timings",
            "estimator",
            "acquisition",
            "n_labels",
            "n_train",
            "n_test",
            "n_pool",
            "score",
            "score_low",
            "score_high",
            "cv_score",
            "tuning",
            "generation",
            "record",
            "warnings",
            "undone_at",
            "undone_by",
            "reason",
        ]


class QueuedRoundShape(serializers.Serializer):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Round.Status.choices)


class NewestFirst(CursorPagination):
    ordering = "-id"


@extend_schema_view(get=extend_schema(description="The rounds of a project, newest first."))
class RoundsView(ListAPIView):
    serializer_class = RoundShape
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Round]:
        project = project_for(self.request.user, self.kwargs["project_id"], Role.REVIEWER)
        return project.rounds.select_related("project", "asked_by", "undone_by")

    @extend_schema(request=None, responses={202: QueuedRoundShape})
    def post(self, request: Request, project_id: int) -> Response:
        """Retrain now, in the background. Where a round is queued or running, that one is answered."""
        project = project_for(request.user, project_id, Role.MANAGER)
        queued = rounds.ask(project, Round.Trigger.CLICK, by=person(request))
        return Response({"id": queued.pk, "status": queued.status}, status=202)


class RoundView(APIView):
    @extend_schema(responses=RoundShape)
    def get(self, request: Request, round_id: int) -> Response:
        """How a round is doing, or why it failed."""
        return Response(RoundShape(_round(request, round_id), context={"request": request}).data)


class InForceShape(serializers.Serializer):
    in_force = serializers.IntegerField(
        allow_null=True, help_text="The round whose order returned; null: the project's."
    )


class OrderView(APIView):
    @extend_schema(
        responses={
            200: InForceShape,
            409: OpenApiResponse(description="Its order is not in force, or no other is left."),
        }
    )
    def delete(self, request: Request, round_id: int) -> Response:
        """Undo a round: the order of the round before returns."""
        undone = _round(request, round_id, Role.MANAGER)
        try:
            former = rounds.undo(undone, person(request))
        except rounds.NotUndoable as error:
            return Response({"detail": f"Nothing was undone: {error}."}, status=409)
        return Response({"in_force": former and former.pk})


class ModelView(APIView):
    @extend_schema(
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            409: OpenApiResponse(description="The model of this round is not stored."),
        }
    )
    def get(self, request: Request, round_id: int) -> Any:
        """The model of a round as a file of skops, which `annotate_kit.trained.load` reads."""
        round = _round(request, round_id)
        name = outcomes.model_file(round)
        if name is None:
            return Response({"detail": outcomes.NO_MODEL}, status=409)
        return FileResponse(default_storage.open(name), as_attachment=True, filename=outcomes.file_name(round))


class ComparisonQuery(serializers.Serializer):
    def get_fields(self) -> dict[str, serializers.Field]:
        """`with` is a word of Python."""
        return {"with": serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Another round.")}


class DifferenceShape(serializers.Serializer):
    name = serializers.CharField()
    first = serializers.JSONField(allow_null=True)
    second = serializers.JSONField(allow_null=True)


class OnTestShape(serializers.Serializer):
    items = serializers.IntegerField(help_text="Served at random and answered by now.")
    first = serializers.IntegerField(help_text="Of which this round's model is right.")
    second = serializers.IntegerField(help_text="Of which the other's is.")
    only_first = serializers.IntegerField()
    only_second = serializers.IntegerField()


class ComparisonShape(serializers.Serializer):
    record = DifferenceShape(many=True, help_text="What differs in the records of the two, but for seed and order.")
    same_next = serializers.IntegerField(allow_null=True, help_text="Of the first hundred of each order, in both.")
    agreement = serializers.FloatField(allow_null=True, help_text="Share of the items of which both predict the same.")
    on_test = OnTestShape(allow_null=True)


class ComparisonView(APIView):
    @extend_schema(parameters=[ComparisonQuery], responses=ComparisonShape)
    def get(self, request: Request, round_id: int) -> Response:
        """This round and another of the project, side by side; null is what is no longer stored."""
        first = _round(request, round_id)
        second = first.project.rounds.filter(pk=query(ComparisonQuery, request)["with"]).first()
        if second is None:
            raise ValidationError({"with": ["There is no such round in this project."]})
        compared = asdict(comparing.compare(first, second))
        names = ("name", "first", "second")
        return Response({**compared, "record": [dict(zip(names, row, strict=True)) for row in compared["record"]]})


def _round(request: Request, round_id: int, role: Role = Role.REVIEWER) -> Round:
    mine = projects_of(request.user, role)
    rows = Round.objects.select_related("project", "asked_by", "undone_by")
    found_round = rows.filter(pk=round_id, project__in=mine).first()
    if found_round is None:
        raise Http404("There is no such round, or you have no part in its project.")
    return found_round


urlpatterns = [
    path("projects/<int:project_id>/rounds/", RoundsView.as_view(), name="api-rounds"),
    path("rounds/<int:round_id>/", RoundView.as_view(), name="api-round"),
    path("rounds/<int:round_id>/comparison/", ComparisonView.as_view(), name="api-round-comparison"),
    path("rounds/<int:round_id>/model/", ModelView.as_view(), name="api-round-model"),
    path("rounds/<int:round_id>/order/", OrderView.as_view(), name="api-round-order"),
]
