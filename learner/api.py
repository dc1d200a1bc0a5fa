"""Rounds and vectors by REST."""

from dataclasses import asdict
from typing import Any

import numpy as np
import orjson
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import body, person, query
from core.middleware.body_limit import takes_uploads
from core.rest.errors import refuse_larger_than_uploads
from core.rest.pagination import CursorPagination
from learner import rounds
from learner.evaluation import estimates, suggestion_effect
from learner.features import store_vectors
from learner.models import Round
from projects.access import project_for, projects_of
from projects.models import Role

MAX_IDS_BYTES = 128 * 2**20


class RoundShape(serializers.ModelSerializer):
    asked_by = serializers.CharField(source="asked_by.username", default=None, allow_null=True)
    timings = serializers.DictField(child=serializers.FloatField(), help_text="Seconds spent in each phase.")

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
            "reason",
        ]


class QueuedRoundShape(serializers.Serializer):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=Round.Status.choices)


class IdsField(serializers.Field):
    """A text or a file: a JSON list, or one id a line."""

    def to_internal_value(self, data: Any) -> list[str]:
        if getattr(data, "size", 0) > MAX_IDS_BYTES:
            raise ValidationError(f"The ids have more than {MAX_IDS_BYTES >> 20} MB; send the vectors in parts.")
        text = data.read() if hasattr(data, "read") else str(data).encode()
        try:
            ids = orjson.loads(text) if text.lstrip().startswith(b"[") else text.decode().splitlines()
        except ValueError as error:
            raise ValidationError(f"The ids are neither a JSON list nor lines of text: {error}") from error
        if not all(isinstance(external_id, (str, int)) and "\0" not in str(external_id) for external_id in ids):
            raise ValidationError("Each id is a text, the external_id of an item.")
        return [str(external_id) for external_id in ids]


class VectorsRequest(serializers.Serializer):
    vectors = serializers.FileField(help_text="A .npy file of n × d numbers.")
    ids = extend_schema_field(OpenApiTypes.STR)(IdsField)(
        help_text="The n external_ids: a JSON list, or one a line; as a field or, above 2 MB, as a file."
    )
    replace = serializers.BooleanField(default=False, help_text="Forget the vectors that were sent before.")


class VectorsShape(serializers.Serializer):
    stored = serializers.IntegerField()
    unknown_count = serializers.IntegerField()
    unknown = serializers.ListField(child=serializers.CharField(), help_text="The first thousand ids of no item.")


class NewestFirst(CursorPagination):
    ordering = "-id"


@extend_schema_view(get=extend_schema(description="The rounds of a project, newest first."))
class RoundsView(ListAPIView):
    serializer_class = RoundShape
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Round]:
        project = project_for(self.request.user, self.kwargs["project_id"], Role.REVIEWER)
        return project.rounds.select_related("asked_by")

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
        mine = projects_of(request.user, Role.REVIEWER)
        found_round = Round.objects.select_related("asked_by").filter(pk=round_id, project__in=mine).first()
        if found_round is None:
            raise Http404("There is no such round, or you have no part in its project.")
        return Response(RoundShape(found_round).data)


@takes_uploads
class FeaturesView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(request={"multipart/form-data": VectorsRequest}, responses=VectorsShape)
    def put(self, request: Request, project_id: int) -> Response:
        """Send vectors of items, for projects whose features are `given_vectors`. New ones replace the former."""
        project = project_for(request.user, project_id, Role.MANAGER)
        refuse_larger_than_uploads(request._request)
        request._request.upload_handlers = [TemporaryFileUploadHandler(request._request)]
        sent = body(VectorsRequest, request)
        try:
            vectors = _numbers(sent["vectors"].temporary_file_path())
            report = store_vectors(project, sent["ids"], vectors, replace=sent["replace"])
        except ValueError as error:
            raise ValidationError({"vectors": [str(error)]}) from error
        return Response(asdict(report))


def _numbers(path: str) -> np.ndarray:
    """The array of a .npy file, read from the disk where it is needed. ValueError for any other file."""
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except Exception as error:  # of a broken header numpy raises SyntaxError, TokenError, TypeError, and others
        raise ValueError(f"This is no .npy file of numbers: {error}") from error
    if array.dtype.kind not in "iufb":
        raise ValueError(f"This is no .npy file of numbers: its type is {array.dtype}.")
    return array


class IntervalShape(serializers.Serializer):
    share = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class ShareShape(serializers.Serializer):
    label = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of that name
    estimate = IntervalShape(help_text="By predictions of all items and the items served at random together.")
    classical = IntervalShape(help_text="By the items served at random alone.")


class SliceShape(serializers.Serializer):
    value = serializers.CharField(allow_null=True, help_text="Of the meta column; null for all items.")
    n_items = serializers.IntegerField()
    n_random = serializers.IntegerField(help_text="Answered items that were served at random.")
    shares = ShareShape(many=True, help_text="Empty where fewer than ten random items are answered.")


class EstimatesShape(serializers.Serializer):
    lacking = serializers.CharField(allow_blank=True, help_text="Why there are no estimates yet; else empty.")
    round_id = serializers.IntegerField(allow_null=True, help_text="The round whose predictions were used.")
    whole = SliceShape(allow_null=True)
    slices = SliceShape(many=True)


class EstimatesQuery(serializers.Serializer):
    by = serializers.CharField(default="", allow_blank=True, max_length=200, help_text="A column of the items' meta.")


class EstimatesView(APIView):
    @extend_schema(parameters=[EstimatesQuery], responses=EstimatesShape)
    def get(self, request: Request, project_id: int) -> Response:
        """How frequent each label is over the whole project, with 95 % intervals; by a meta column as well."""
        project = project_for(request.user, project_id, Role.REVIEWER)
        return Response(asdict(estimates.of(project, query(EstimatesQuery, request)["by"])))


class ShareIntervalShape(serializers.Serializer):
    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class SuggestionEffectShape(serializers.Serializer):
    lacking = serializers.CharField(allow_blank=True, help_text="Why there is no `pull` yet; else empty.")
    n_with = serializers.IntegerField(help_text="Answers with a suggestion in sight.")
    n_without = serializers.IntegerField(help_text="Answers to items served at random, without one.")
    with_suggestion = ShareIntervalShape(allow_null=True, help_text="Of the former, the share that agree with it.")
    without = ShareIntervalShape(allow_null=True, help_text="Of the latter, the share that agree with the model.")
    pull = ShareIntervalShape(allow_null=True, help_text="Their difference where the model is equally sure.")


class SuggestionEffectView(APIView):
    @extend_schema(responses=SuggestionEffectShape)
    def get(self, request: Request, project_id: int) -> Response:
        """How far suggestions pull people's answers, with 95 % intervals."""
        project = project_for(request.user, project_id, Role.REVIEWER)
        return Response(asdict(suggestion_effect.of(project)))


urlpatterns = [
    path("projects/<int:project_id>/estimates/", EstimatesView.as_view(), name="api-estimates"),
    path("projects/<int:project_id>/rounds/", RoundsView.as_view(), name="api-rounds"),
    path(
        "projects/<int:project_id>/suggestions/effect/",
        SuggestionEffectView.as_view(),
        name="api-suggestion-effect",
    ),
    path("rounds/<int:round_id>/", RoundView.as_view(), name="api-round"),
    path("projects/<int:project_id>/features/", FeaturesView.as_view(), name="api-features"),
]
