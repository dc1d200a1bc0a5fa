"""What the learner estimates of a project, by REST."""

from dataclasses import asdict

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import query
from learner import status
from learner.evaluation import estimates, savings, stopping, suggestion_effect
from learner.pipeline import calibration
from learner.pipeline.calibration import Calibration
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


class SavingsShape(serializers.Serializer):
    lacking = serializers.CharField(allow_blank=True, help_text="Why there are no figures yet; else empty.")
    round_id = serializers.IntegerField(allow_null=True, help_text="The round that measured it.")
    labels = serializers.IntegerField(help_text="Labels that its model learned from.")
    more = serializers.IntegerField(
        allow_null=True,
        help_text="So many more random order would have needed, by an estimate that reads low. Null: beyond it.",
    )
    low = serializers.IntegerField(allow_null=True, help_text="At least so many, at 95 % confidence.")
    high = serializers.IntegerField(allow_null=True, help_text="Null beyond what can be told.")
    sentence = serializers.CharField()


class ForecastShape(serializers.Serializer):
    labels = serializers.IntegerField(help_text="So many more.")
    gain = serializers.FloatField(help_text="Of the score, by a power law through the learning curve.")
    low = serializers.FloatField(help_text="Of the 95 % interval.")
    high = serializers.FloatField()


class ModelProgressShape(serializers.Serializer):
    lacking = serializers.CharField(allow_blank=True, help_text="Why there are no figures yet; else empty.")
    round_id = serializers.IntegerField(allow_null=True)
    since = serializers.IntegerField(allow_null=True, help_text="The earlier round that it is compared with.")
    labels = serializers.IntegerField(help_text="Labels that were new since then.")
    gain = ShareIntervalShape(allow_null=True, help_text="Of the score on the same test items, with a 95 % interval.")
    changed = serializers.FloatField(allow_null=True, help_text="Share of the items whose predicted label changed.")
    kappa = serializers.FloatField(allow_null=True, help_text="How far both models agree beyond chance.")
    forecast = ForecastShape(allow_null=True, help_text="What the next labels are expected to bring; null: no telling.")
    advice = serializers.ListField(child=serializers.CharField())


class WorthShape(serializers.Serializer):
    savings = SavingsShape()
    progress = ModelProgressShape()


class SavingsView(APIView):
    @extend_schema(responses=WorthShape)
    def get(self, request: Request, project_id: int) -> Response:
        """How many labels the order of the queue has saved, and what the last labels brought."""
        project = project_for(request.user, project_id, Role.REVIEWER)
        scored = status.last_scored(project)
        saved, progress = savings.of(scored), stopping.of(scored)
        return Response(
            {
                "savings": {**asdict(saved), "sentence": savings.sentence(saved)},
                "progress": {**asdict(progress), "advice": stopping.advice(progress)},
            }
        )


NOT_ADAPTIVE = "votes do not adapt in this project: votes_most is not above votes_wanted"


class CalibrationShape(serializers.Serializer):
    adapts = serializers.BooleanField(help_text="Whether votes adapt: otherwise there are no calibration items.")
    items = serializers.IntegerField(help_text="Calibration items with three votes.")
    lacking = serializers.CharField(allow_blank=True, help_text="Why nothing can be said yet; else empty.")
    first = ShareIntervalShape(allow_null=True, help_text="Of these, where the first vote is what all agree on.")
    model = ShareIntervalShape(allow_null=True, help_text="Where the model, which had not seen them, says that.")
    same = ShareIntervalShape(allow_null=True, help_text="Where the first vote and the model say the same.")
    if_same = ShareIntervalShape(allow_null=True, help_text="Of those, where that is what all agree on.")
    if_not = ShareIntervalShape(allow_null=True, help_text="Of the others, where the first vote is.")


class CalibrationView(APIView):
    @extend_schema(responses=CalibrationShape)
    def get(self, request: Request, project_id: int) -> Response:
        """How far one vote can be trusted, by the items that get three votes anyway, with 95 % intervals."""
        shown = calibration.of(project_for(request.user, project_id, Role.REVIEWER))
        adapts, shown = shown is not None, shown or Calibration(0)
        lacking = shown.lacking if adapts else NOT_ADAPTIVE
        return Response({"adapts": adapts, "lacking": lacking, **asdict(shown)})


urlpatterns = [
    path("projects/<int:project_id>/calibration/", CalibrationView.as_view(), name="api-calibration"),
    path("projects/<int:project_id>/estimates/", EstimatesView.as_view(), name="api-estimates"),
    path("projects/<int:project_id>/savings/", SavingsView.as_view(), name="api-savings"),
    path(
        "projects/<int:project_id>/suggestions/effect/",
        SuggestionEffectView.as_view(),
        name="api-suggestion-effect",
    ),
]
