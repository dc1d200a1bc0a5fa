"""Vectors of items by REST."""

from dataclasses import asdict
from typing import Any

import numpy as np
import orjson
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import body
from core.middleware.body_limit import takes_uploads
from core.rest.errors import refuse_larger_than_uploads
from learner.features import store_vectors
from projects.access import project_for
from projects.models import Role

MAX_IDS_BYTES = 128 * 2**20


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


urlpatterns = [path("projects/<int:project_id>/features/", FeaturesView.as_view(), name="api-features")]
