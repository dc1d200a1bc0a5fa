"""How a project is doing, by REST: how far it is, who did what, how far people agree."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import person
from annotate.statistics import summary
from projects.access import project_for
from projects.models import Role


class ProgressShape(serializers.Serializer):
    items = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Items with as many annotations as they want.")
    open = serializers.IntegerField(help_text="The others.")
    leased = serializers.IntegerField(help_text="Places that people hold at the moment.")
    votes_wanted = serializers.IntegerField(help_text="Over all items.")
    annotations = serializers.IntegerField()
    annotators = serializers.IntegerField(help_text="People who annotated.")


class EstimateShape(serializers.Serializer):
    """An estimate with the ends of its 95 % interval."""

    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class AnnotatorShape(serializers.Serializer):
    username = serializers.CharField()
    annotations = serializers.IntegerField()
    skipped = serializers.IntegerField()
    seconds = serializers.FloatField(allow_null=True, help_text="Median time to answer.")
    agreed = serializers.FloatField(
        allow_null=True, help_text="Share of answers that are the consensus, where at least two people answered."
    )
    right = serializers.FloatField(allow_null=True, help_text="Share of answers that are the gold value.")
    gold_seen = serializers.IntegerField(help_text="Answers to items whose gold value is known.")
    gold_right = serializers.IntegerField()
    skill = EstimateShape(allow_null=True, help_text="Share of answers that are right, as the method sees it.")
    agreement = EstimateShape(allow_null=True, help_text="Share of answers that most others gave too.")
    gold = EstimateShape(allow_null=True, help_text="`right` with its interval.")
    confusion = serializers.ListField(
        allow_null=True,
        help_text="Probability of saying a label (inner) when another is true (outer), in the order of the label set; "
        "one such table a label where several fit. Null when there are too many.",
    )
    spam_score = serializers.FloatField(allow_null=True, help_text="0: what they say does not depend on the item.")
    hints = serializers.ListField(child=serializers.CharField(), help_text="What may be worth a look.")
    reviewed = serializers.IntegerField()
    corrected = serializers.IntegerField(help_text="Of the reviewed ones, those corrected or sent back.")
    first_at = serializers.DateTimeField()
    last_at = serializers.DateTimeField()


class AttentionShape(serializers.Serializer):
    username = serializers.CharField()
    pages = serializers.IntegerField(help_text="Finished ones: accepted and dropped.")
    dropped = serializers.IntegerField(help_text="Those whose known wrong tile was not marked: nothing is stored.")
    noticed = EstimateShape(help_text="Share of the known wrong tiles that were marked; there is one a page.")
    tiles = serializers.IntegerField(help_text="The other tiles of accepted pages.")
    marked = serializers.IntegerField(help_text="Those of them that were called wrong.")
    seconds = serializers.FloatField(allow_null=True, help_text="Median time of a page.")


class CoefficientShape(serializers.Serializer):
    name = serializers.CharField()
    title = serializers.CharField()
    value = serializers.FloatField(
        allow_null=True, help_text="1: all agree; 0: as by chance; null: nothing to compare."
    )
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    confidence = serializers.FloatField()
    n_items = serializers.IntegerField(help_text="Items with at least two answers.")


class AgreementShape(serializers.Serializer):
    coefficients = CoefficientShape(many=True)


class ProgressView(APIView):
    @extend_schema(responses=ProgressShape)
    def get(self, request: Request, project_id: int) -> Response:
        """How far the work is."""
        return Response(summary.progress_counts(project_for(request.user, project_id)))


class AnnotatorsView(APIView):
    @extend_schema(responses=AnnotatorShape(many=True))
    def get(self, request: Request, project_id: int) -> Response:
        """Who did what, and how well."""
        return Response(summary.annotator_rows(project_for(request.user, project_id, Role.REVIEWER), person(request)))


class AttentionView(APIView):
    @extend_schema(responses=AttentionShape(many=True))
    def get(self, request: Request, project_id: int) -> Response:
        """How attentively people verify pages, by the one tile of each that is known to be wrong."""
        return Response(summary.attention_rows(project_for(request.user, project_id, Role.REVIEWER), person(request)))


class AgreementView(APIView):
    @extend_schema(responses=AgreementShape)
    def get(self, request: Request, project_id: int) -> Response:
        """How far people agree beyond chance. Whole answers are compared, also where several labels can be chosen."""
        return Response({"coefficients": summary.agreement_rows(project_for(request.user, project_id, Role.REVIEWER))})


urlpatterns = [
    path("projects/<int:project_id>/progress/", ProgressView.as_view(), name="api-progress"),
    path("projects/<int:project_id>/annotators/", AnnotatorsView.as_view(), name="api-annotators"),
    path("projects/<int:project_id>/pages/attention/", AttentionView.as_view(), name="api-attention"),
    path("projects/<int:project_id>/agreement/", AgreementView.as_view(), name="api-agreement"),
]
