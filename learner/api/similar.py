"""The items most like given ones, by REST."""

from typing import Any

import numpy as np
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import query
from learner.features import likeness
from projects.access import project_for
from projects.models import Role


class SimilarQuery(serializers.Serializer):
    to = serializers.CharField(
        max_length=4000, help_text=f"The ids of up to {likeness.MOST_EXAMPLES} items, with commas between them."
    )
    count = serializers.IntegerField(default=50, min_value=1, max_value=likeness.MOST)
    state = serializers.ChoiceField(choices=["open"], required=False, help_text="Only items that are not done.")

    def validate_to(self, value: str) -> list[int]:
        ids = [part.strip() for part in value.split(",")]
        if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in ids):
            raise ValidationError("Ids are numbers with commas between them: 17,18.")
        if len(ids) > likeness.MOST_EXAMPLES:
            raise ValidationError(f"Items are compared with {likeness.MOST_EXAMPLES} others at most.")
        return [int(part) for part in ids]


class SimilarItemShape(serializers.Serializer):
    item = serializers.IntegerField()
    external_id = serializers.CharField()
    similarity = serializers.FloatField(help_text="To the most alike of the given items: the cosine, 1 is the same.")


class SimilarShape(serializers.Serializer):
    lacking = serializers.CharField(allow_blank=True, help_text="Why nothing could be compared; else empty.")
    items = SimilarItemShape(many=True, help_text="The most alike first, without the given ones.")


class SimilarView(APIView):
    @extend_schema(parameters=[SimilarQuery], responses=SimilarShape)
    def get(self, request: Request, project_id: int) -> Response:
        """The items whose features are most like those of given items."""
        project = project_for(request.user, project_id, Role.REVIEWER)
        parameters: dict[str, Any] = query(SimilarQuery, request)
        examples = np.array(parameters["to"], dtype=np.int64)
        alike = likeness.most_like(project, examples, parameters["count"], only_open="state" in parameters)
        ids = alike.items.tolist()
        names = dict(project.items.filter(pk__in=ids).values_list("pk", "external_id"))
        rows = [
            {"item": pk, "external_id": names[pk], "similarity": round(similarity, 4)}
            for pk, similarity in zip(ids, alike.similarities.tolist(), strict=True)
            if pk in names
        ]
        return Response({"lacking": alike.lacking, "items": rows})


urlpatterns = [path("projects/<int:project_id>/items/similar/", SimilarView.as_view(), name="api-similar")]
