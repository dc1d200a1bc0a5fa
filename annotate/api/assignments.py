"""Labelling by REST: lease, answer, skip, take back. A person's own assignments only; others' are 404.

This is the path of every key press: beside what the log-in costs, an answer that brings the next items is two
statements, one that reads by what it is checked and one that stores it and leases.
"""

from dataclasses import asdict

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import body, person, query
from annotate.api import shapes
from annotate.api.rows import MAX_ID
from annotate.models import Assignment
from annotate.queue import leasing, part_origins, submitting
from annotate.queue.own import NotYours, own
from annotate.queue.remaining import remaining
from projects.access import project_for

GENERATION = "X-Queue-Generation"
_SAYS_GENERATION = OpenApiParameter(
    GENERATION,
    int,
    OpenApiParameter.HEADER,
    response=[200],
    description="The number of the order in force. When it grows, the leases ahead are from an older order: "
    "whoever gives them back and leases again works by the new one.",
)
REVIEWED = OpenApiResponse(description="A reviewer has accepted or corrected this answer; it stays as it is.")
LEASE_ENDED = OpenApiResponse(description="The lease had ended and the item went to somebody else, or it is answered.")


SHARE = "Come to hold no more than a fair share of what is open, so that others find something as well."


class LeaseRequest(serializers.Serializer):
    count = serializers.IntegerField(min_value=1, max_value=leasing.MOST_AT_ONCE, default=1)
    share = serializers.BooleanField(default=False, help_text=SHARE)


class ReleaseRequest(serializers.Serializer):
    ids = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=MAX_ID), max_length=1000)


class AnswerRequest(serializers.Serializer):
    value = serializers.JSONField(help_text="A label's name; a list of names where several can be chosen.")
    client_key = serializers.UUIDField(
        allow_null=True, default=None, help_text="Made by the client once an answer: sent twice, it is stored once."
    )
    seconds = serializers.FloatField(allow_null=True, default=None, min_value=0, help_text="From paint to answer.")
    labels_version = serializers.IntegerField(
        allow_null=True,
        default=None,
        min_value=1,
        max_value=2**31 - 1,
        help_text="The project's `labels_version` when its labels were read: an answer that comes after a label was "
        "renamed is then stored under the label's new name.",
    )
    origins = serializers.ListField(
        child=serializers.ChoiceField(part_origins.ORIGINS),
        allow_null=True,
        default=None,
        help_text="Where each part of the value comes from, of spans, shapes and texts; stored beside the value.",
    )
    next = serializers.IntegerField(
        min_value=0, max_value=leasing.MOST_AT_ONCE, default=0, help_text="Lease so many items in the same call."
    )
    share = serializers.BooleanField(default=False, help_text=SHARE)


class AnswerShape(serializers.Serializer):
    annotation = shapes.AnnotationShape(allow_null=True, help_text="null when a repeated answer was taken back since.")
    outcome = serializers.ChoiceField(choices=["created", "changed", "repeated"])
    next = shapes.AssignmentShape(many=True)


class RemainingShape(serializers.Serializer):
    today = serializers.IntegerField(help_text="My answers since midnight.")
    open = serializers.IntegerField(help_text="Items that wait for me, those that I hold included.")
    more_open = serializers.BooleanField(help_text="There are more than were counted.")


class UndoRequest(serializers.Serializer):
    client_key = serializers.UUIDField(default=None, help_text="Take back the answer of this key and no newer one.")


class SkipRequest(serializers.Serializer):
    reason = serializers.CharField(max_length=300, allow_blank=True, default="")


class AssignmentsView(APIView):
    @extend_schema(responses=shapes.AssignmentShape(many=True))
    def get(self, request: Request, project_id: int) -> Response:
        """What I hold: leased and not answered, what was sent back first, then the oldest first."""
        project = project_for(request.user, project_id)
        return Response([shapes.assignment(leased) for leased in leasing.held(project, person(request))])

    @extend_schema(
        request=LeaseRequest, parameters=[_SAYS_GENERATION], responses={200: shapes.AssignmentShape(many=True)}
    )
    def post(self, request: Request, project_id: int) -> Response:
        """Lease the next items; an empty list when nothing is left for me, or when I hold a hundred already."""
        project = project_for(request.user, project_id)
        wanted = body(LeaseRequest, request)
        in_force = {GENERATION: str(leasing.generation(project))}
        leased = leasing.lease_rows(project, person(request), wanted["count"], wanted["share"])
        return Response([shapes.leased(row, project) for row in leased], headers=in_force)


class RemainingView(APIView):
    @extend_schema(responses=RemainingShape)
    def get(self, request: Request, project_id: int) -> Response:
        """How many I answered today, and how many wait for me: it falls as others answer."""
        return Response(asdict(remaining(project_for(request.user, project_id), person(request))))


class ReleaseView(APIView):
    @extend_schema(request=ReleaseRequest, responses={204: None})
    def post(self, request: Request, project_id: int) -> Response:
        """Release many leases: their items go to whoever asks next. What is not leased by me stays as it is."""
        project = project_for(request.user, project_id)
        leasing.release_held(project, person(request), body(ReleaseRequest, request)["ids"])
        return Response(status=204)


class AssignmentView(APIView):
    @extend_schema(request=None, responses={200: shapes.AssignmentShape, 409: LEASE_ENDED})
    def patch(self, request: Request, assignment_id: int) -> Response:
        """Renew the lease: its time starts again."""
        assignment = _own(request, assignment_id)
        try:
            renewed = leasing.renew(assignment)
        except (leasing.GivenAway, ValueError) as error:
            return Response({"detail": str(error)}, status=409)
        return Response(shapes.assignment(renewed))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, assignment_id: int) -> Response:
        """Release the lease: the item goes to whoever asks next."""
        leasing.release(_own(request, assignment_id))
        return Response(status=204)


class SkipView(APIView):
    @extend_schema(request=SkipRequest, responses={200: shapes.AssignmentShape, 409: LEASE_ENDED})
    def put(self, request: Request, assignment_id: int) -> Response:
        """Leave the item to others for good."""
        assignment = _own(request, assignment_id)
        reason = body(SkipRequest, request)["reason"]
        try:
            return Response(shapes.assignment(leasing.skip(assignment, reason)))
        except ValueError as error:
            return Response({"detail": str(error)}, status=409)


class AnnotationView(APIView):
    @extend_schema(request=AnswerRequest, parameters=[_SAYS_GENERATION], responses={200: AnswerShape, 409: REVIEWED})
    def put(self, request: Request, assignment_id: int) -> Response:
        """Answer, and lease the next items in the same call. Kept for good once this is answered, however late."""
        try:
            assignment = own(person(request), min(assignment_id, MAX_ID))
        except NotYours as error:
            raise Http404(str(error)) from None
        answer = body(AnswerRequest, request)
        answer["then_lease"] = answer.pop("next")
        try:
            submitted = submitting.submit(assignment, **answer)
        except submitting.Reviewed as error:
            return Response({"detail": str(error)}, status=409)
        except ValueError as error:
            raise ValidationError({"value": [str(error)]}) from error
        return Response(
            {
                "annotation": submitted.annotation and shapes.annotation(submitted.annotation),
                "outcome": submitted.outcome,
                "next": [shapes.leased(row, assignment.project) for row in submitted.next],
            },
            headers={GENERATION: str(submitted.generation)},
        )

    @extend_schema(parameters=[UndoRequest], responses={200: shapes.AssignmentShape, 409: REVIEWED})
    def delete(self, request: Request, assignment_id: int) -> Response:
        """Take the answer or the skip back: the item is leased to me again. The answer stays in the history.

        With `client_key` only that answer is: where there is none or another, nothing happens, and `status` says how
        it stands.
        """
        assignment = _own(request, assignment_id)
        client_key = query(UndoRequest, request)["client_key"]
        try:
            return Response(shapes.assignment(submitting.undo(assignment, client_key)))
        except submitting.Reviewed as error:
            return Response({"detail": str(error)}, status=409)


def _own(request: Request, assignment_id: int) -> Assignment:
    assignment = Assignment.objects.of(person(request)).filter(pk=min(assignment_id, MAX_ID)).first()
    if assignment is None:
        raise Http404(str(NotYours()))
    return assignment


urlpatterns = [
    path("projects/<int:project_id>/assignments/", AssignmentsView.as_view(), name="api-assignments"),
    path("projects/<int:project_id>/remaining/", RemainingView.as_view(), name="api-remaining"),
    path("projects/<int:project_id>/assignments/release/", ReleaseView.as_view(), name="api-release"),
    path("assignments/<int:assignment_id>/", AssignmentView.as_view(), name="api-assignment"),
    path("assignments/<int:assignment_id>/skip/", SkipView.as_view(), name="api-skip"),
    path("assignments/<int:assignment_id>/annotation/", AnnotationView.as_view(), name="api-annotation"),
]
