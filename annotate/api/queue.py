"""The order of the queue by REST: priorities that people set, and what a model trained elsewhere predicts."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import query
from annotate import predictions
from annotate.api import rows, shapes
from annotate.models import QueueEntry
from annotate.queue import ordering
from annotate.queue.ordering import HIGHEST, Priority
from annotate_kit.formats.records import MAX_MODEL
from core.middleware.body_limit import takes_uploads
from core.rest.pagination import CursorPagination
from projects.access import project_for
from projects.models import Role, acquisitions


class PriorityRow(serializers.Serializer):
    """Names an item by `external_id` or `item`."""

    external_id = serializers.CharField(max_length=200, required=False)
    item = serializers.IntegerField(required=False)
    priority = serializers.FloatField(min_value=0, max_value=HIGHEST, required=False, help_text="1 is first.")
    votes_wanted = serializers.IntegerField(min_value=1, max_value=100, required=False)


class PriorityShape(serializers.Serializer):
    item = serializers.IntegerField()
    external_id = serializers.CharField()
    priority = serializers.FloatField()
    votes_wanted = serializers.IntegerField()


class PredictionRow(serializers.Serializer):
    """Names an item by `external_id` or `item`, and has `proba`, `value` or `parts`, or several."""

    external_id = serializers.CharField(max_length=200, required=False)
    item = serializers.IntegerField(required=False)
    proba = serializers.DictField(
        child=serializers.FloatField(), required=False, help_text="Probability of each label; those left out are 0."
    )
    value = serializers.JSONField(required=False, help_text="Without it, what `proba` or `parts` speak for.")
    parts = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="The parts of spans or shapes, as in a value, each with its `probability`.",
    )
    score = serializers.FloatField(
        required=False, help_text="Higher: ask sooner. Without it, the project's acquisition function judges `proba`."
    )


class RowReportShape(serializers.Serializer):
    stored = serializers.IntegerField()
    rejected_count = serializers.IntegerField()
    rejected = shapes.Rejected(many=True, help_text="The first thousand.")


class PredictionReportShape(RowReportShape):
    generation = serializers.IntegerField(allow_null=True, help_text="The order published, null when none was.")


class PredictionsQuery(serializers.Serializer):
    model = serializers.CharField(max_length=MAX_MODEL, default="external", help_text="The model's name.")
    reorder = serializers.BooleanField(
        allow_null=True,
        default=None,
        help_text="Whether the queue follows. Left out: where scores are given or learning is off.",
    )
    acquisition = serializers.ChoiceField(
        choices=acquisitions(), required=False, help_text="Judges `proba`; left out, the project's own."
    )
    explore = serializers.FloatField(
        default=0.0, min_value=0, max_value=1, help_text="The share of the places that is dealt out at random."
    )
    seed = serializers.IntegerField(required=False, min_value=0, help_text="Makes what is drawn at random repeatable.")


class ByRank(CursorPagination):
    ordering = ("rank", "item_id")  # type: ignore[assignment]
    offset_cutoff = 10**9  # any number of items may share a priority


@takes_uploads
class PrioritiesView(GenericAPIView):
    pagination_class = ByRank

    @extend_schema(responses=PriorityShape(many=True))
    def get(self, request: Request, project_id: int) -> Response:
        """The items with a priority, first one first."""
        project = project_for(request.user, project_id, Role.MANAGER)
        urgent = QueueEntry.objects.filter(project=project, rank__lt=0).select_related("item")
        page = self.paginate_queryset(urgent.only("rank", "wanted", "item__external_id")) or []
        return self.get_paginated_response([_priority_shape(entry) for entry in page])

    @extend_schema(
        request={"application/json": PriorityRow(many=True), "application/x-ndjson": OpenApiTypes.STR},
        responses=RowReportShape,
    )
    def put(self, request: Request, project_id: int) -> Response:
        """Put items first in the queue, or want more votes of them. Other items' priorities stay as they are."""
        project = project_for(request.user, project_id, Role.MANAGER)
        report = rows.RowReport()
        for chunk in rows.chunks(project, request, _priority, report):
            report.stored += ordering.set_urgent(
                project, (Priority(item_id, *priority) for item_id, priority in chunk.items())
            )
        return Response(asdict(report))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project_id: int) -> Response:
        """Take all priorities back: the items go to where they stood by the project's own order."""
        ordering.clear_urgent(project_for(request.user, project_id, Role.MANAGER))
        return Response(status=204)


@takes_uploads
class PredictionsView(APIView):
    @extend_schema(
        parameters=[PredictionsQuery],
        request={"application/json": PredictionRow(many=True), "application/x-ndjson": OpenApiTypes.STR},
        responses=PredictionReportShape,
    )
    def put(self, request: Request, project_id: int) -> Response:
        """Send what a model trained elsewhere predicts: shown as suggestions, and asked about in its order."""
        project = project_for(request.user, project_id, Role.MANAGER)
        requested = query(PredictionsQuery, request)
        report = rows.RowReport()
        order = predictions.Order(project, requested.get("acquisition"), requested["explore"], requested.get("seed"))
        check: Callable[[dict[str, Any]], predictions.Prediction] = predictions.checker(project)
        for chunk in rows.chunks(project, request, check, report):
            report.stored += predictions.store(project, requested["model"], chunk, order)
        reorder = requested["reorder"] if requested["reorder"] is not None else order.reorder_by_default
        return Response({**asdict(report), "generation": order.publish() if reorder else None})


def _priority(row: dict[str, Any]) -> tuple[float | None, int | None]:
    if unknown := row.keys() - {"external_id", "item", "priority", "votes_wanted"}:
        raise ValueError(f"unknown field {min(unknown)!r}; known are external_id, item, priority, votes_wanted")
    priority, wanted = rows.number(row, "priority", 0, HIGHEST), row.get("votes_wanted")
    if wanted is not None and (type(wanted) is not int or not 1 <= wanted <= 100):
        raise ValueError(f"votes_wanted must be a whole number from 1 to 100, this is {wanted!r:.60}")
    if priority is None and wanted is None:
        raise ValueError("a row has a priority or votes_wanted or both")
    return priority, wanted


def _priority_shape(entry: QueueEntry) -> dict[str, Any]:
    return {
        "item": entry.item_id,
        "external_id": entry.item.external_id,
        "priority": ordering.priority_of(entry.rank),
        "votes_wanted": entry.wanted,
    }


urlpatterns = [
    path("projects/<int:project_id>/priorities/", PrioritiesView.as_view(), name="api-priorities"),
    path("projects/<int:project_id>/predictions/", PredictionsView.as_view(), name="api-predictions"),
]
