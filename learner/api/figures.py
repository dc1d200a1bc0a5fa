"""What the learner estimates of a project, by REST."""

from dataclasses import asdict

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import query
from learner.evaluation import estimates, suggestion_effect
from projects.access import project_for
from projects.models import Role


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
    path(
        "projects/<int:project_id>/suggestions/effect/",
        SuggestionEffectView.as_view(),
        name="api-suggestion-effect",
    ),
]
