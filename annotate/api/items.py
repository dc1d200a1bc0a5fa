"""Items by REST: send them in bulk, look for them, read one."""

from dataclasses import asdict
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ParseError, UnsupportedMediaType, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.requests import body, person, query
from annotate import consensus, pseudonyms
from annotate.api import shapes
from annotate.imports.run import Report, import_file
from annotate.items import deleted, editing, search, sorting
from annotate.items.selection import Selection
from annotate.models import Annotation, Consensus, Item, annotators_of
from annotate.queue.done import item_is_done
from annotate.queue.ordering import HIGHEST, priority_of
from annotate_kit.formats.columns import ROLES, Roles, parse_roles
from annotate_kit.formats.readers import Unreadable, for_file
from core.middleware.body_limit import takes_uploads
from core.rest import errors
from core.rest.pagination import SearchPagination
from projects.access import project_for, projects_of
from projects.models import Project, Role

OPEN_TO_ALL = ("open", "done")
"""The states that annotators may search for; the others tell of consensus and of other people."""

FILTERS = ("search", "state", "label", "annotator", "not_by", "predicted", "confidence_below")


class ItemQuery(serializers.Serializer):
    state = serializers.ChoiceField(
        choices=search.STATE_NAMES,
        required=False,
        help_text="done: it has as many annotations as it wants; open: all others. The other states are for reviewers "
        "and managers.",
    )
    search = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Part of the text, the data or the external_id."
    )
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=100,
        required=False,
        help_text="Its consensus or an annotation says so; for annotators, one of theirs.",
    )
    annotator = serializers.CharField(
        max_length=150, required=False, help_text="The username of who annotated it; for annotators, their own only."
    )
    not_by = serializers.CharField(
        max_length=150, required=False, help_text="Not this person; for annotators, their own name only."
    )
    predicted = serializers.CharField(
        max_length=100, required=False, help_text="The newest round predicts this label. For reviewers."
    )
    confidence_below = serializers.FloatField(
        min_value=0, max_value=1, required=False, help_text="Of the prediction, as 0.7. For reviewers."
    )


class ListQuery(ItemQuery):
    sort = serializers.ChoiceField(
        choices=sorting.SORT_NAMES,
        required=False,
        help_text="With `-` the largest first. For reviewers; up to the 10,000th row. Left out: as imported.",
    )


class AgreedShape(serializers.ModelSerializer):
    has_model_vote = serializers.BooleanField(help_text="Whether a model's vote is weighed in beside those of people.")

    class Meta:
        model = Consensus
        fields = ["value", "belief", "votes", "has_model_vote", "method", "updated_at"]


class ItemShape(shapes.ContentShape):
    """`gold`, `consensus` and `priority` are there for reviewers and managers only."""

    meta = serializers.DictField(help_text="Empty where the external_id is hidden.")
    state = serializers.ChoiceField(choices=["open", "done"])
    votes_wanted = serializers.IntegerField()
    votes = serializers.IntegerField(help_text="How many people annotated it.")
    created_at = serializers.DateTimeField()
    gold = serializers.JSONField(required=False, allow_null=True)
    consensus = AgreedShape(required=False, allow_null=True)
    priority = serializers.FloatField(required=False, allow_null=True, help_text="1 is first; null: it has none.")


class ItemAnnotationShape(serializers.ModelSerializer):
    annotator = serializers.CharField(source="annotator.username")

    class Meta:
        model = Annotation
        fields = ["id", "annotator", "value", "seconds", "created_at", "updated_at"]


class OneItemShape(ItemShape):
    """`annotations` are all of them for reviewers and managers, my own for annotators."""

    annotations = ItemAnnotationShape(many=True)
    comments = serializers.IntegerField()
    flags = serializers.ListField(child=serializers.CharField(), help_text="Who flagged it.")


class RecordRequest(serializers.Serializer):
    """Exactly one of text, image and data."""

    external_id = serializers.CharField(max_length=200, required=False, help_text="Sent again, it updates the item.")
    text = serializers.CharField(required=False)
    image = serializers.CharField(required=False, help_text="A data: URL, or the file in base64.")
    data = serializers.DictField(required=False)  # type: ignore[assignment]
    meta = serializers.DictField(required=False)
    votes_wanted = serializers.IntegerField(min_value=1, max_value=100, required=False)
    gold = serializers.JSONField(required=False)
    annotations = serializers.ListField(child=serializers.DictField(), required=False)
    predictions = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="What models say, each {model, value? proba? parts? score?}: suggestions.",
    )


class ReportShape(serializers.Serializer):
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected_count = serializers.IntegerField()
    annotators_created = serializers.IntegerField(
        required=False, help_text="With `create_annotators`: how many members who cannot log in were made."
    )
    columns = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="The role of each column, where their names do not say all.",
    )
    rejected = shapes.Rejected(many=True, help_text="The first thousand.")


class ItemChange(serializers.Serializer):
    """What is left out stays as it is. The content of an item is changed by its record, sent again."""

    meta = serializers.DictField(required=False, help_text="In place of the former.")
    gold = serializers.JSONField(required=False, allow_null=True, help_text="The right value; null: it is not known.")
    votes_wanted = serializers.IntegerField(
        min_value=1, max_value=100, required=False, help_text="An item that has more keeps them."
    )
    priority = serializers.FloatField(
        min_value=0, max_value=HIGHEST, required=False, allow_null=True, help_text="1 is first; null takes it back."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(self.initial_data.keys() - self.fields.keys()):
            raise ValidationError({unknown[0]: [f"It can't be changed here; {', '.join(self.fields)} can."]})
        return attrs


class FileRequest(serializers.Serializer):
    file = serializers.FileField()


class MostQuery(serializers.Serializer):
    most_annotations = serializers.IntegerField(
        min_value=0, required=False, help_text="409, and nothing is deleted, when more annotations would go."
    )


class DeletionShape(serializers.Serializer):
    items = serializers.IntegerField(help_text="How many items were meant.")
    changed = serializers.IntegerField(help_text="How many of them are not as they were.")
    annotations = serializers.IntegerField(required=False, help_text="How many annotations were deleted with them.")
    deletion = serializers.IntegerField(required=False, help_text="`DELETE` it to restore the items.")
    restorable_until = serializers.DateTimeField(required=False)


class ImportQuery(serializers.Serializer):
    name = serializers.CharField(max_length=255, required=False, help_text="The file's name, if its type is not clear.")
    columns = serializers.CharField(
        required=False,
        help_text="What the columns of a table are: `message:text,id:external_id,stars:gold`, or as a JSON object. "
        f"Roles: {', '.join(ROLES)}, and answer:NAME. Of what is not said, the file before or a guess decides.",
    )
    folders_are_labels = serializers.BooleanField(default=False, help_text="Of a zip: an image's folder is its gold.")
    create_annotators = serializers.BooleanField(
        default=False, help_text="People of `annotations` without an account become members who cannot log in."
    )

    def validate_columns(self, value: str) -> Roles:
        try:
            return parse_roles(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error


@takes_uploads
class ItemsView(GenericAPIView):
    pagination_class = SearchPagination

    @extend_schema(parameters=[ListQuery], responses=ItemShape(many=True))
    def get(self, request: Request, project_id: int) -> Response:
        """The items of a project.

        A page may have fewer rows than asked for, even none, while a search goes on: follow `next` until it is null.
        """
        project = project_for(request.user, project_id)
        sees_all = _sees_all(project, person(request))
        filters = query(ListQuery, request)
        conditions = conditions_of(project, person(request), sees_all, filters)
        pages = SearchPagination()
        after, size = pages.start(request)
        items, sort = _with_votes(project, sees_all), filters.get("sort")
        if sort and not sees_all:
            raise ValidationError({"sort": ["Only reviewers can sort items."]})
        try:
            if sort:
                page = sorting.find_sorted(project, items, conditions, sort, after, size)
            else:
                page = search.find(project, items, conditions, after, size)
        except sorting.TooSlow as error:
            raise ValidationError({"sort": ["There are too many items to sort; filter them."]}) from error
        return pages.answer([_row(item, project, sees_all) for item in page.items], page.after)

    @extend_schema(
        parameters=[ImportQuery],
        request={
            "application/json": RecordRequest(many=True),
            "application/x-ndjson": OpenApiTypes.STR,
            "text/csv": OpenApiTypes.STR,
            "application/vnd.apache.parquet": OpenApiTypes.BINARY,
            "application/zip": OpenApiTypes.BINARY,
            "multipart/form-data": FileRequest,
        },
        responses={200: ReportShape},
    )
    def post(self, request: Request, project_id: int) -> Response:
        """Send items in bulk: the file as the body, or as `file` of a form. It is read as it comes in.

        Idempotent on external_id. Nothing of a rejected row is stored, the others are.
        """
        project = project_for(request.user, project_id, Role.MANAGER)
        options = query(ImportQuery, request)
        errors.refuse_larger_than_uploads(request._request)
        stream, name, content_type = _file(request)
        name = options.get("name") or name
        try:
            for_file(name, content_type)
        except Unreadable as error:
            raise UnsupportedMediaType(content_type, detail=str(error)) from error
        try:
            report = import_file(
                project,
                stream,
                name=name,
                content_type=content_type,
                by=person(request),
                columns=options.get("columns"),
                folders_are_labels=options["folders_are_labels"],
                create_annotators=options["create_annotators"],
            )
        except Unreadable as error:
            raise ParseError(str(error)) from error
        return Response(_report(report, options["create_annotators"]))


def _report(report: Report, with_annotators: bool) -> dict[str, Any]:
    shape = asdict(report)
    left_out = {"annotators_created": not with_annotators, "columns": not report.columns}
    return {name: value for name, value in shape.items() if not left_out.get(name)}


class ItemView(APIView):
    @extend_schema(parameters=[OpenApiParameter("item_id", int, OpenApiParameter.PATH)], responses=OneItemShape)
    def get(self, request: Request, item_id: int) -> Response:
        """One item, with its annotations."""
        project = item_for(request.user, item_id).project
        sees_all = _sees_all(project, person(request))
        annotations = Annotation.objects.select_related("annotator").order_by("id")
        if not sees_all:
            annotations = annotations.filter(annotator=person(request))
        items = _with_votes(project, sees_all).prefetch_related(Prefetch("annotations", annotations))
        item = items.get(pk=item_id)
        flags = list(item.flags.select_related("raised_by").order_by("id"))
        people = [row.annotator for row in item.annotations.all()] + [flag.raised_by for flag in flags]
        pseudonyms.hide(project, person(request), people)
        return Response(
            {
                **_row(item, project, sees_all),
                "annotations": ItemAnnotationShape(item.annotations.all(), many=True).data,
                "comments": item.comments.count(),
                "flags": [flag.raised_by.username for flag in flags],
            }
        )

    @extend_schema(
        parameters=[OpenApiParameter("item_id", int, OpenApiParameter.PATH)],
        request=ItemChange,
        responses=OneItemShape,
    )
    def patch(self, request: Request, item_id: int) -> Response:
        """Change what is known of an item, how many votes it wants, and where it stands in the queue."""
        item = item_for(request.user, item_id, Role.MANAGER)
        try:
            editing.change(item, body(ItemChange, request))
        except ValueError as error:
            raise ValidationError({"gold": [str(error)]}) from error
        return self.get(request, item_id)

    @extend_schema(
        parameters=[OpenApiParameter("item_id", int, OpenApiParameter.PATH), MostQuery],
        responses={200: DeletionShape, 409: OpenApiResponse(description="More annotations would go than said.")},
    )
    def delete(self, request: Request, item_id: int) -> Response:
        """Delete an item with its annotations. For a minute the deletion can be undone, by `DELETE` of itself."""
        project = item_for(request.user, item_id, Role.MANAGER).project
        most = query(MostQuery, request).get("most_annotations")
        return deletion_answer(project, Selection(ids=[item_id]), person(request), most)


def deletion_answer(project: Project, selection: Selection, by: User, most_annotations: int | None) -> Response:
    """Delete these items; 409 where more annotations would go than `most_annotations`."""
    try:
        deletion = deleted.delete(project, selection, by, most_annotations)
    except deleted.MoreAnnotations as error:
        return Response({"detail": str(error)}, status=409)
    return Response(
        {
            "items": deletion.items,
            "changed": deletion.items,
            "annotations": deletion.annotations,
            "deletion": deletion.pk,
            "restorable_until": deleted.restorable_until(deletion),
        }
    )


def item_for(user: Any, item_id: int, role: Role = Role.ANNOTATOR) -> Item:
    """The item with its project, if this person has at least this role there; else Http404."""
    item = Item.objects.select_related("project").filter(pk=item_id, project__in=projects_of(user, role)).first()
    if item is None:
        raise Http404("There is no such item, or you have no part in its project.")
    return item


def _sees_all(project: Project, user: User) -> bool:
    return project.role_of(user) in Role.REVIEWER.at_least


def conditions_of(project: Project, user: User, sees_all: bool, filters: dict[str, Any]) -> search.Conditions:
    """What the query asks for; what does not exist, or is not for this person, is refused by field."""
    state, label = filters.get("state", ""), filters.get("label", "")
    if state not in ("", *OPEN_TO_ALL) and not sees_all:
        raise ValidationError({"state": [f"This state is for reviewers; you can use {' or '.join(OPEN_TO_ALL)}."]})
    if label and label not in project.label_names:
        raise ValidationError({"label": [f"There is no such label; the project has {', '.join(project.label_names)}."]})
    predicted = filters.get("predicted", "")
    if predicted and predicted not in project.label_names:
        raise ValidationError({"predicted": [f"There is no such label; there are {', '.join(project.label_names)}."]})
    if not sees_all and filters.keys() & {"predicted", "confidence_below"}:
        raise ValidationError({"predicted": ["What the model predicts is for reviewers."]})
    return search.Conditions(
        not_by=_annotator(project, user, sees_all, filters["not_by"]) if "not_by" in filters else None,
        predicted=predicted,
        below=filters.get("confidence_below"),
        words=filters.get("search", ""),
        state=state,
        label=label,
        person=_annotator(project, user, sees_all, filters["annotator"]) if "annotator" in filters else None,
        names=sees_all or not project.hide_external_ids,
        reader=None if sees_all else user.pk,
    )


def _annotator(project: Project, user: User, sees_all: bool, username: str) -> int:
    """Who is named, if they annotate here; annotators may name themselves only."""
    people = annotators_of(project) if sees_all else User.objects.filter(pk=user.pk)
    annotator = pseudonyms.find(project, user, username, people)
    if annotator is None:
        rule = "Nobody of this name annotated here." if sees_all else "Annotators can name themselves only."
        raise ValidationError({"annotator": [rule]})
    return annotator.pk


def _with_votes(project: Project, sees_all: bool) -> QuerySet[Item]:
    """The project's items with the number of their votes; for who sees all, with a fresh consensus."""
    items = consensus.items(project) if sees_all else project.items.all()
    counts = Annotation.objects.filter(item=OuterRef("pk")).order_by().values("item").annotate(n=Count("*"))
    return items.select_related("queueentry").annotate(
        votes=Coalesce(Subquery(counts.values("n")), 0), is_done=item_is_done()
    )


def _row(item: Any, project: Project, sees_all: bool) -> dict[str, Any]:
    hidden = project.hide_external_ids and not sees_all
    row = {
        **shapes.content(item, hidden),
        "meta": {} if hidden else item.meta,
        "state": "done" if item.is_done else "open",
        "votes_wanted": item.queueentry.wanted,
        "votes": item.votes,
        "created_at": item.created_at,
    }
    if sees_all:
        agreed = getattr(item, "consensus", None)
        row |= {"gold": item.gold, "consensus": AgreedShape(agreed).data if agreed else None}
        row["priority"] = priority_of(item.queueentry.rank)
    return row


def _file(request: Request) -> tuple[Any, str | None, str]:
    """The stream of what was sent, its name and its type; nothing of it is in memory yet."""
    content_type = request.content_type or ""
    if not content_type.startswith("multipart/form-data"):
        return request._request, None, content_type
    if (file := request._request.FILES.get("file")) is None:
        raise ValidationError({"file": ["The form has no file called file."]})
    return file, file.name, file.content_type or ""


urlpatterns = [
    path("projects/<int:project_id>/items/", ItemsView.as_view(), name="api-items"),
    path("items/<int:item_id>/", ItemView.as_view(), name="api-item"),
]
