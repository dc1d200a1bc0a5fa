"""Projects and their members by REST."""

from dataclasses import asdict
from typing import Any

from django.db.models import OuterRef, Prefetch, Subquery, prefetch_related_objects
from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import attempts, people
from accounts.requests import body, person
from projects import members, setup
from projects.access import NO_PROJECTS, may_make_projects, project_for, projects_of
from projects.forms.field_names import refuse_unknown
from projects.hotkeys import keys_of
from projects.labels.checks import LONGEST_NAME
from projects.labels.rows import LabelRow, current_rows
from projects.models import Label, Membership, Project, ProjectQuerySet, Role, Suggestions

LABELS = Prefetch("labels", Label.objects.select_related("parent"))


class ParentField(serializers.CharField):
    """A label is named, since it may be one that is made by the same call."""

    def get_attribute(self, instance: Label) -> str:
        return instance.parent.name if instance.parent else ""


class LabelShape(serializers.ModelSerializer):
    id = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, help_text="With a new name: renames this label in all answers."
    )
    parent = ParentField(  # type: ignore[assignment]  # a field, which the metaclass takes away
        required=False, max_length=100, allow_blank=True, help_text="The name of the label under which it stands."
    )

    class Meta:
        model = Label
        fields = ["id", "name", "color", "hotkey", "description", "parent"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "name" not in attrs:  # a PATCH may leave out fields of the project, never a label's name
            raise ValidationError({"name": ["Each label needs a name."]})
        return attrs


class SuggestionsField(serializers.ChoiceField):
    """hidden, after or shown; true and false stand for shown and hidden."""

    def to_internal_value(self, data: Any) -> Any:
        plain = {True: Suggestions.SHOWN, False: Suggestions.HIDDEN}
        return super().to_internal_value(plain[data] if isinstance(data, bool) else data)


class ProjectShape(serializers.ModelSerializer):
    labels = LabelShape(many=True, help_text="The whole label set in its order.")
    shown_fields = serializers.ListField(
        child=serializers.CharField(max_length=200),
        max_length=200,
        required=False,
        help_text="Of a record the fields that stand first; else what of meta is shown beside an item.",
    )
    show_suggestions = SuggestionsField(choices=Suggestions.choices, default=Suggestions.HIDDEN)
    role = serializers.SerializerMethodField(help_text="My role in it.")

    class Meta:
        model = Project
        fields = [
            "id",
            "name",
            "task_type",
            "options",
            "labels",
            "labels_version",
            "guidelines",
            "annotators_add_labels",
            "hide_external_ids",
            "hide_names",
            "shown_fields",
            "votes_wanted",
            "votes_most",
            "votes_budget",
            "votes_target",
            "route_by_skill",
            "finish_begun",
            "lease_minutes",
            "order",
            "aggregation",
            "gold_in_consensus",
            "model_vote",
            "learning",
            "acquisition",
            "estimator",
            "features",
            "retrain_every",
            "retrain_minutes",
            "explore",
            "show_suggestions",
            "page_tiles",
            "created_at",
            "role",
        ]

    def validate_shown_fields(self, names: list[str]) -> list[str]:
        """Each once; a name that no item has is refused, unless it was there before."""
        names = list(dict.fromkeys(names))
        if self.instance is not None:
            refuse_unknown(self.instance, [name for name in names if name not in self.instance.shown_fields])
        return names

    def to_representation(self, instance: Project) -> Any:
        """By a query for all labels and parents, also after they were changed."""
        prefetch_related_objects([instance], LABELS)
        return super().to_representation(instance)

    def get_role(self, project: Project) -> Role:
        asks = person(self.context["request"])
        return Role.MANAGER if asks.is_superuser else Role(vars(project)["my_role"])

    def create(self, validated_data: dict[str, Any]) -> Project:
        labels = [LabelRow(**label) for label in validated_data.pop("labels")]
        return setup.create(person(self.context["request"]), validated_data, labels)

    def update(self, project: Project, validated_data: dict[str, Any]) -> Project:
        labels = validated_data.pop("labels", None)
        rows = None if labels is None else _rows(project, labels)
        setup.change(project, person(self.context["request"]), validated_data, rows)
        return project

    def save(self, **kwargs: Any) -> Project:
        try:
            return super().save(**kwargs)
        except setup.InUse as error:
            raise ValidationError({"detail": str(error)}) from error
        except setup.BadOptions as error:
            raise ValidationError({"options": [str(error)]}) from error
        except setup.Unsuited as error:
            raise ValidationError({error.field: [str(error)]}) from error
        except ValueError as error:
            raise ValidationError({"labels": [str(error)]}) from error


class AddedLabelRequest(serializers.Serializer):
    name = serializers.CharField(max_length=LONGEST_NAME)


class AddedLabelShape(serializers.ModelSerializer):
    color = serializers.CharField(source="shown_color", help_text="Its own, else one by its place.")
    key = serializers.SerializerMethodField(help_text="The key that chooses it; empty where it has none.")
    labels_version = serializers.IntegerField(source="project.label_set.version", help_text="Of the label set with it.")

    class Meta:
        model = Label
        fields = ["id", "name", "color", "key", "labels_version"]

    def get_key(self, label: Label) -> str:
        labels = list(label.project.labels.all())
        return keys_of(labels)[labels.index(label)]


def _rows(project: Project, labels: list[dict[str, Any]]) -> list[LabelRow]:
    """The labels as they are sent; what is left out of one that is there already stays as it is."""
    present = current_rows(project)
    by_id, by_name = ({getattr(row, field): asdict(row) for row in present} for field in ("id", "name"))
    former = [by_id.get(label.get("id")) or by_name.get(label["name"], {}) for label in labels]
    return [LabelRow(**{**row, "id": None, **label}) for row, label in zip(former, labels, strict=True)]


class MemberShape(serializers.ModelSerializer):
    username = serializers.CharField(source="user.username")
    name = serializers.CharField(source="user.get_full_name")

    class Meta:
        model = Membership
        fields = ["username", "name", "role", "created_at"]


class MemberRequest(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    role = serializers.ChoiceField(choices=Role.choices, default=Role.ANNOTATOR)


class RoleRequest(serializers.Serializer):
    role = serializers.ChoiceField(choices=Role.of_people())


NO_LABELS = "This project does not let annotators add labels: a manager adds them, or switches it on in the settings."
TOO_MANY_NAMES = OpenApiResponse(description="Ten names within an hour were no account's.")
LAST_MANAGER = OpenApiResponse(description="Nobody else manages the project.")


@extend_schema_view(
    get=extend_schema(description="The projects in which I have a part."),
    post=extend_schema(
        description="Make a project; its maker becomes its manager.",
        responses={201: ProjectShape, 403: OpenApiResponse(description="Only staff make projects here.")},
    ),
)
class ProjectsView(generics.ListCreateAPIView):
    serializer_class = ProjectShape

    def get_queryset(self) -> ProjectQuerySet:
        return _with_roles(projects_of(self.request.user), self.request)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if not may_make_projects(request.user):
            raise PermissionDenied(NO_PROJECTS)
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer: Any) -> None:
        serializer.save().my_role = Role.MANAGER


@extend_schema_view(
    get=extend_schema(description="One project, with its label set."),
    patch=extend_schema(
        description="Change the set-up. `labels`, if given, is the whole new label set. A label that is the answer of "
        "annotations can change in everything but cannot be removed; to rename it, send its `id` with the new name. "
        "What is left out of a label stays as it is."
    ),
    delete=extend_schema(description="End the project with everything in it. This cannot be undone."),
)
class ProjectView(generics.RetrieveUpdateDestroyAPIView):
    serializer_class = ProjectShape
    http_method_names = ["get", "patch", "delete", "head", "options"]

    def get_object(self) -> Project:
        role = Role.ANNOTATOR if self.request.method in ("GET", "HEAD") else Role.MANAGER
        project = project_for(self.request.user, self.kwargs["project_id"], role)
        return _with_roles(Project.objects.filter(pk=project.pk), self.request).get()

    def perform_destroy(self, instance: Project) -> None:
        setup.delete(instance, person(self.request))


class LabelsView(APIView):
    @extend_schema(
        request=AddedLabelRequest,
        responses={200: AddedLabelShape, 201: AddedLabelShape, 403: OpenApiResponse(description=NO_LABELS)},
    )
    def post(self, request: Request, project_id: int) -> Response:
        """Add a label while labelling, where the project lets annotators do so; managers always may.

        201, or 200 with the present label where one has this name, whatever its capitals and spaces.
        """
        project = project_for(request.user, project_id)
        name = body(AddedLabelRequest, request)["name"]
        if not project.annotators_add_labels and project.role_of(person(request)) != Role.MANAGER:
            raise PermissionDenied(NO_LABELS)
        try:
            label, created = setup.add_label(project, person(request), name)
        except ValueError as error:
            raise ValidationError({"name": [str(error)]}) from error
        return Response(AddedLabelShape(label).data, status=201 if created else 200)


@extend_schema_view(get=extend_schema(description="Who takes part, and in which role."))
class MembersView(generics.ListAPIView):
    queryset = Membership.objects.none()
    serializer_class = MemberShape

    def get_queryset(self) -> Any:
        project = project_for(self.request.user, self.kwargs["project_id"], Role.MANAGER)
        return project.memberships.select_related("user")

    @extend_schema(request=MemberRequest, responses={201: MemberShape, 429: TOO_MANY_NAMES})
    def post(self, request: Request, project_id: int) -> Response:
        """Let somebody take part who has an account. Others are invited. A `machine` gets a name that cannot log in."""
        project = project_for(request.user, project_id, Role.MANAGER)
        request_data = body(MemberRequest, request)
        try:
            if request_data["role"] == Role.MACHINE:
                machine = members.add_machine(project, request_data["username"], by=person(request))
                return Response(MemberShape(machine).data, status=201)
            user = people.find(request_data["username"], by=person(request))
            if user is None:
                raise ValueError(f"There is no user {request_data['username']}; invite them: POST …/invitations/.")
            member = members.add(project, user, request_data["role"], by=person(request))
        except attempts.TooMany:
            return Response({"detail": members.TOO_MANY_NAMES}, status=429, headers={"Retry-After": "3600"})
        except ValueError as error:
            raise ValidationError({"username": [str(error)]}) from error
        return Response(MemberShape(member).data, status=201)


class MemberView(APIView):
    @extend_schema(request=RoleRequest, responses={200: MemberShape, 409: LAST_MANAGER})
    def patch(self, request: Request, project_id: int, username: str) -> Response:
        """Change a member's role."""
        member = _member(request, project_id, username)
        role = body(RoleRequest, request)["role"]
        try:
            return Response(MemberShape(members.change_role(member, role, by=person(request))).data)
        except (members.LastManager, members.NoPerson) as error:
            return Response({"detail": str(error)}, status=409)

    @extend_schema(responses={204: None, 409: LAST_MANAGER})
    def delete(self, request: Request, project_id: int, username: str) -> Response:
        """End somebody's part. What they annotated stays; what they have leased goes back to the queue."""
        try:
            members.remove(_member(request, project_id, username), by=person(request))
        except members.LastManager as error:
            return Response({"detail": str(error)}, status=409)
        return Response(status=204)


def _with_roles(projects: ProjectQuerySet, request: Request) -> ProjectQuerySet:
    """With the label sets, and the role in `my_role`: three queries for any number of projects."""
    mine = Membership.objects.filter(project=OuterRef("pk"), user=request.user.pk)
    return projects.prefetch_related(LABELS).annotate(my_role=Subquery(mine.values("role")))


def _member(request: Request, project_id: int, username: str) -> Membership:
    project = project_for(request.user, project_id, Role.MANAGER)
    memberships = project.memberships.select_related("user", "project").filter(user__username=username)
    member = None if "\0" in username else memberships.first()
    if member is None:
        raise Http404("There is no such member.")
    return member


urlpatterns = [
    path("projects/", ProjectsView.as_view(), name="api-projects"),
    path("projects/<int:project_id>/", ProjectView.as_view(), name="api-project"),
    path("projects/<int:project_id>/labels/", LabelsView.as_view(), name="api-labels"),
    path("projects/<int:project_id>/members/", MembersView.as_view(), name="api-members"),
    path("projects/<int:project_id>/members/<str:username>/", MemberView.as_view(), name="api-member"),
]
