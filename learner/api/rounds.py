"""Rounds by REST."""

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import person
from core.rest.pagination import CursorPagination
from learner import rounds
from learner.models import Round
from projects.access import project_for, projects_of
from projects.models import Role


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


urlpatterns = [
    path("projects/<int:project_id>/rounds/", RoundsView.as_view(), name="api-rounds"),
    path("rounds/<int:round_id>/", RoundView.as_view(), name="api-round"),
]
