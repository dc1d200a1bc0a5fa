"""What was said and what was agreed, by REST."""

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.requests import person, query
from annotate import consensus, exports, pseudonyms
from annotate.api.items import FILTERS, ItemQuery, conditions_of
from annotate.items.selection import Selection
from annotate.models import Annotation, Consensus
from annotate.queue import part_origins
from core.rest.pagination import CursorPagination
from projects.access import project_for
from projects.models import Role


@extend_schema_field(OpenApiTypes.STR)
class SinceField(serializers.Field):
    """A moment, as ISO 8601; or the id of the last annotation that is known."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if str(data).isascii() and str(data).isdigit():
            return {"id__gt": int(data)}
        return {"updated_at__gt": moment(str(data))}


def moment(text: str) -> datetime:
    """A moment with its time zone; UTC where it names none. A space for the + of an offset is forgiven."""
    try:
        parsed = parse_datetime(text) or parse_datetime(text.replace(" ", "+")) or parse_datetime(f"{text}T00:00")
        if parsed is None:
            raise ValueError(text)
        aware = parsed if timezone.is_aware(parsed) else timezone.make_aware(parsed, UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValidationError("A time such as 2026-01-31T12:00:00Z is wanted.") from None


class AnnotationsQuery(serializers.Serializer):
    since = SinceField(
        required=False, help_text="A time (stored or changed after it), or an annotation's id (later ones)."
    )


class ListedAnnotationShape(serializers.ModelSerializer):
    external_id = serializers.SerializerMethodField(help_text="Empty for annotators where the project hides it.")
    annotator = serializers.CharField(source="annotator.username")
    origins = serializers.SerializerMethodField(
        help_text="Where each part of the value comes from: drawn, accepted, edited or repeated; null where not known."
    )

    class Meta:
        model = Annotation
        fields = [
            "id",
            "item",
            "external_id",
            "annotator",
            "value",
            "seconds",
            "origin",
            "origins",
            "created_at",
            "updated_at",
        ]

    def get_origins(self, annotation: Annotation) -> list[str] | None:
        return part_origins.of_parts(self.context["kind"], annotation.value, annotation.part_origins)

    def get_external_id(self, annotation: Annotation) -> str:
        return "" if self.context.get("hidden") else annotation.item.external_id


class ConsensusShape(serializers.ModelSerializer):
    external_id = serializers.CharField(source="item.external_id")
    has_model_vote = serializers.BooleanField(help_text="Whether a model's vote is weighed in beside those of people.")

    class Meta:
        model = Consensus
        fields = [
            "item", "external_id", "value", "belief", "certainty", "settled", "votes", "has_model_vote", "method",
            "updated_at",
        ]  # fmt: skip


class ExportQuery(ItemQuery):
    """The fields by which the list of items is filtered export what it lists."""

    ids = serializers.RegexField(
        r"^[0-9]{1,18}(,[0-9]{1,18})*$", required=False, help_text="Only these items, such as 17,18,21."
    )
    format = serializers.ChoiceField(choices=exports.formats(), default="jsonl")
    what = serializers.ChoiceField(choices=list(exports.WHAT.items()), default=exports.ITEMS)
    only_done = serializers.BooleanField(default=False, help_text="Only items with all the annotations they want.")
    splits = serializers.BooleanField(
        default=False,
        help_text="A zip with a file for training and one, with an item in five, for testing.",
    )
    since = serializers.CharField(
        max_length=50, required=False, help_text="Only what has an annotation from then on, such as 2026-01-31T12:00Z."
    )

    def validate_since(self, value: str) -> datetime:
        return moment(value)


class AnnotationsView(ListAPIView):
    serializer_class = ListedAnnotationShape
    hidden = False
    kind: ModuleType | None = None

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "hidden": self.hidden, "kind": self.kind}

    @extend_schema(parameters=[AnnotationsQuery])
    def get(self, *args: Any, **kwargs: Any) -> Any:
        """The annotations: all for reviewers and managers, my own for annotators."""
        return super().get(*args, **kwargs)

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        project = project_for(self.request.user, self.kwargs["project_id"])
        pseudonyms.hide(project, person(self.request), [row.annotator for row in page or []])
        return page

    def get_queryset(self) -> QuerySet[Annotation]:
        project = project_for(self.request.user, self.kwargs["project_id"])
        self.kind = project.kind
        annotations = project.annotations.select_related("item", "annotator").defer("item__text", "item__data")
        if project.role_of(person(self.request)) == Role.ANNOTATOR:
            annotations = annotations.filter(annotator=person(self.request))
            self.hidden = project.hide_external_ids
        return annotations.filter(**query(AnnotationsQuery, self.request).get("since", {}))


class ByItem(CursorPagination):
    ordering = "item_id"


@extend_schema_view(
    get=extend_schema(description="What the annotations of each item agree on, made afresh where votes changed.")
)
class ConsensusView(ListAPIView):
    serializer_class = ConsensusShape
    pagination_class = ByItem

    def get_queryset(self) -> QuerySet[Consensus]:
        project = project_for(self.request.user, self.kwargs["project_id"], Role.REVIEWER)
        return consensus.fresh(project).select_related("item").defer("item__text", "item__data")


class ExportView(APIView):
    @extend_schema(
        parameters=[ExportQuery],
        responses={
            (200, exports.content_type(name).partition(";")[0]): OpenApiResponse(OpenApiTypes.BINARY)
            for name, _ in exports.formats()
        },
    )
    def get(self, request: Request, project_id: int) -> StreamingHttpResponse:
        """Download what was labelled, as a file that is written while it is sent."""
        project = project_for(request.user, project_id, Role.MANAGER)
        options = query(ExportQuery, request)
        writer_name, ids = options.pop("format"), options.pop("ids", "")
        filters: dict[str, Any] = {name: options.pop(name) for name in FILTERS if name in options}
        if ids:
            options["items"] = Selection(ids=[int(pk) for pk in ids.split(",")])
        elif filters:
            options["items"] = Selection(conditions_of(project, person(request), True, filters))
        try:
            pieces = exports.export(project, writer_name, **options)
        except ValueError as error:
            raise ValidationError({"format": [str(error)]}) from error
        file_name = exports.file_name(project, writer_name, options["what"], splits=options["splits"])
        return StreamingHttpResponse(
            pieces,
            content_type=exports.content_type(writer_name, options["splits"]),
            headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
        )


urlpatterns = [
    path("projects/<int:project_id>/annotations/", AnnotationsView.as_view(), name="api-annotations"),
    path("projects/<int:project_id>/consensus/", ConsensusView.as_view(), name="api-consensus"),
    path("projects/<int:project_id>/export/", ExportView.as_view(), name="api-export"),
]
