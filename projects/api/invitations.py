"""Invitations by REST."""

from datetime import timedelta
from typing import Any

from django.http import Http404
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.requests import body, person
from projects import invitations
from projects.access import project_for
from projects.invitations import mailing
from projects.models import Invitation, Role


class InvitationShape(serializers.ModelSerializer):
    email = serializers.CharField(source="addressee", help_text="The address or name that it is for, if it is for one.")
    by = serializers.CharField(source="by.username", allow_null=True, default=None)
    url = serializers.SerializerMethodField(help_text="Whoever opens it may join.")

    class Meta:
        model = Invitation
        fields = ["id", "email", "role", "uses", "used", "practice", "url", "by", "created_at", "expires_at"]

    def get_url(self, invitation: Invitation) -> str:
        url: str = self.context["request"].build_absolute_uri(invitations.path(invitation))
        return url


class NewInvitationShape(InvitationShape):
    mailed = serializers.BooleanField(help_text="Whether the link was mailed to the address.")

    class Meta(InvitationShape.Meta):
        fields = [*InvitationShape.Meta.fields, "mailed"]


class InvitationRequest(serializers.Serializer):
    email = serializers.EmailField(max_length=254, required=False, default="", allow_blank=True)
    role = serializers.ChoiceField(choices=Role.of_people(), default=Role.ANNOTATOR)
    uses = serializers.IntegerField(
        min_value=1, max_value=invitations.MOST_USES, default=1, help_text="How many people may join by the link."
    )
    days = serializers.IntegerField(
        min_value=1,
        max_value=invitations.LONGEST.days,
        default=invitations.LIFETIME.days,
        help_text="The link works so long.",
    )
    practice = serializers.BooleanField(
        default=False, help_text="Who joins begins with 20 items whose right answer is known, and sees it after each."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["email"] and attrs["uses"] > 1:
            raise ValidationError({"uses": ["A link for one address is used once; leave the address out."]})
        return attrs


@extend_schema_view(get=extend_schema(description="The links by which people may still join, expired ones included."))
class InvitationsView(generics.ListAPIView):
    queryset = Invitation.objects.none()
    serializer_class = InvitationShape

    def get_queryset(self) -> Any:
        project = project_for(self.request.user, self.kwargs["project_id"], Role.MANAGER)
        return project.invitations.unused().select_related("by")

    @extend_schema(request=InvitationRequest, responses={201: NewInvitationShape})
    def post(self, request: Request, project_id: int) -> Response:
        """Make a link by which people join: one, or as many as `uses` says; it is mailed to an address."""
        project = project_for(request.user, project_id, Role.MANAGER)
        request_data = body(InvitationRequest, request)
        try:
            invitation = invitations.invite(
                project,
                by=person(request),
                role=request_data["role"],
                addressee=request_data["email"],
                uses=request_data["uses"],
                lifetime=timedelta(days=request_data["days"]),
                practice=request_data["practice"],
            )
        except ValueError as error:
            raise ValidationError({"email": [str(error)]}) from error
        invitation_data = InvitationShape(invitation, context={"request": request}).data
        return Response({**invitation_data, "mailed": mailing.send(invitation, request._request)}, status=201)


class InvitationView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, project_id: int, invitation_id: int) -> Response:
        """Withdraw an invitation: its link lets nobody in any more. Who joined by it stays."""
        project = project_for(request.user, project_id, Role.MANAGER)
        invitation = project.invitations.filter(pk=invitation_id).first()
        if invitation is None:
            raise Http404("There is no such invitation.")
        invitations.withdraw(invitation, by=person(request))
        return Response(status=204)


urlpatterns = [
    path("projects/<int:project_id>/invitations/", InvitationsView.as_view(), name="api-invitations"),
    path("projects/<int:project_id>/invitations/<int:invitation_id>/", InvitationView.as_view(), name="api-invitation"),
]
