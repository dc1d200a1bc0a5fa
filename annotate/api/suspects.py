"""Labels that are probably wrong, by REST."""

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.models import Suspect, SuspectShare
from projects.access import project_for
from projects.models import Role


class SuspectShape(serializers.ModelSerializer):
    external_id = serializers.CharField(source="item.external_id")
    label = serializers.CharField(source="label.name", help_text="What the model believes.")  # type: ignore[assignment]
    value = serializers.JSONField(source="item.consensus.value", default=None, help_text="What people agree on now.")

    class Meta:
        model = Suspect
        fields = ["item", "external_id", "value", "label", "probability", "probability_of_given", "neighbours"]


class SuspectsShape(serializers.Serializer):
    share = serializers.FloatField(allow_null=True, help_text="Of wrong labels; null before the first round.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    items = serializers.IntegerField(help_text="Labelled items that were looked at.")
    suspects = SuspectShape(many=True, help_text="The most suspect first, 500 at most; without those reviewed since.")


class SuspectsView(APIView):
    @extend_schema(responses=SuspectsShape)
    def get(self, request: Request, project_id: int) -> Response:
        """Labels that are probably wrong, by a model that had not seen the items, and the estimated share of them."""
        project = project_for(request.user, project_id, Role.REVIEWER)
        estimate = SuspectShare.objects.filter(project=project).first() or SuspectShare(items=0)
        suspects = project.suspects.exclude(item__consensus__settled=True).order_by("rank")
        figures = {name: getattr(estimate, name) for name in ("share", "low", "high", "items")}
        listed = suspects.select_related("item__consensus", "label")
        return Response({**figures, "suspects": SuspectShape(listed, many=True).data})


urlpatterns = [path("projects/<int:project_id>/suspects/", SuspectsView.as_view(), name="api-suspects")]
