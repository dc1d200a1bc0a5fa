"""The map of the items, by REST."""

from dataclasses import asdict

from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import query
from learner import item_map
from learner.item_map import Region
from projects.access import project_for
from projects.models import Role


class MapQuery(serializers.Serializer):
    cell = serializers.CharField(
        max_length=7, required=False, help_text="row-column of a cell whose items are listed as well: 3-17."
    )
    around = serializers.IntegerField(
        default=0, min_value=0, max_value=item_map.FURTHEST, help_text="So many neighbours of it to each side as well."
    )

    def validate_cell(self, value: str) -> str:
        if Region.parse(value) is None:
            raise ValidationError("A cell is its row and column with a dash between them: 3-17.")
        return value


class CellShape(serializers.Serializer):
    row = serializers.IntegerField(help_text="From the top, the first is 0.")
    column = serializers.IntegerField()
    items = serializers.IntegerField()
    answered = serializers.IntegerField(help_text="How many of them people have answered.")
    label = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="That most of them have, agreed or else predicted; null where none has any."
    )
    share = serializers.FloatField(help_text="Of the items, that have this label.")


class MapShape(serializers.Serializer):
    lacking = serializers.CharField(allow_blank=True, help_text="Why there is no map; else empty.")
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    labels = serializers.ListField(child=serializers.CharField())
    cells = CellShape(many=True, help_text="Those that hold items.")
    items = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        help_text="The ids in `cell`, where one is named.",
    )


class MapView(APIView):
    @extend_schema(parameters=[MapQuery], responses=MapShape)
    def get(self, request: Request, project_id: int) -> Response:
        """Where the items lie by their features, as the last round stored it: in the cells of a grid."""
        project = project_for(request.user, project_id, Role.REVIEWER)
        parameters = query(MapQuery, request)
        answer = asdict(item_map.of(project))
        region = Region.parse(parameters.get("cell", ""), parameters["around"])
        if region is not None:
            ids = item_map.items_in(project, region).tolist()
            answer["items"] = list(project.items.filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))
        return Response(answer)


urlpatterns = [path("projects/<int:project_id>/items/map/", MapView.as_view(), name="api-items-map")]
