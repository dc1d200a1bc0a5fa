"""Webhooks by REST."""

from datetime import datetime
from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.attempts import TooMany
from accounts.requests import body, person
from projects.access import project_for
from projects.models import Role, Webhook, WebhookEvent
from projects.webhooks import addresses, registering, testing

TOO_MANY_TESTS = OpenApiResponse(description="So many tests an hour are enough.")


class WebhookShape(serializers.ModelSerializer):
    by = serializers.CharField(source="by.username", allow_null=True, default=None)
    events = serializers.ListField(child=serializers.ChoiceField(choices=WebhookEvent.choices))
    has_secret = serializers.BooleanField(help_text="Whether there is a secret, which is never shown.")
    switched_off = serializers.CharField(help_text="Why it was switched off after a day of failures; else empty.")
    attempts = serializers.SerializerMethodField(help_text="So often what waits now was sent in vain.")
    next_attempt_at = serializers.SerializerMethodField(help_text="When it is sent again; null where nothing waits.")

    class Meta:
        model = Webhook
        fields = [
            "id", "url", "events", "active", "has_secret", "by", "created_at", "delivered_at", "failed_at", "error",
            "attempts", "next_attempt_at", "switched_off",
        ]  # fmt: skip

    def get_attempts(self, webhook: Webhook) -> int:
        return webhook.waiting.attempts if webhook.waiting else 0

    def get_next_attempt_at(self, webhook: Webhook) -> datetime | None:
        return webhook.waiting.next_at if webhook.waiting and webhook.active else None


class WebhookRequest(serializers.Serializer):
    url = serializers.CharField(max_length=addresses.LONGEST_URL)
    events = serializers.ListField(child=serializers.ChoiceField(choices=WebhookEvent.choices), allow_empty=False)
    secret = serializers.CharField(
        max_length=200,
        required=False,
        allow_blank=True,
        trim_whitespace=False,
        write_only=True,
        help_text="Signs what is sent. Empty: nothing is signed.",
    )
    active = serializers.BooleanField(required=False, default=True)


class WebhookChangeRequest(WebhookRequest):
    active = serializers.BooleanField(required=False)


class TestShape(serializers.Serializer):
    received = serializers.BooleanField(help_text="Whether it answered with a status from 200 to 299.")
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    seconds = serializers.FloatField()


@extend_schema_view(get=extend_schema(description="The addresses to which events are sent, and how that goes."))
class WebhooksView(generics.ListAPIView):
    queryset = Webhook.objects.none()
    serializer_class = WebhookShape

    def get_queryset(self) -> Any:
        project = project_for(self.request.user, self.kwargs["project_id"], Role.MANAGER)
        return project.webhooks.select_related("by", "delivery")

    @extend_schema(request=WebhookRequest, responses={201: WebhookShape})
    def post(self, request: Request, project_id: int) -> Response:
        """Have events sent to an address from now on."""
        project = project_for(request.user, project_id, Role.MANAGER)
        fields = body(WebhookRequest, request)
        try:
            webhook = registering.add(project, by=person(request), **fields)
        except registering.TooManyWebhooks as error:
            raise ValidationError({"detail": str(error)}) from error
        except addresses.Refused as error:
            raise ValidationError({"url": [str(error)]}) from error
        return Response(WebhookShape(webhook).data, status=201)


class WebhookView(APIView):
    @extend_schema(responses={200: WebhookShape})
    def get(self, request: Request, project_id: int, webhook_id: int) -> Response:
        """One webhook: what it is sent, when something was last received, and what went wrong last."""
        return Response(WebhookShape(registering.managed(request.user, project_id, webhook_id)).data)

    @extend_schema(request=WebhookChangeRequest, responses={200: WebhookShape})
    def patch(self, request: Request, project_id: int, webhook_id: int) -> Response:
        """Change it. What waits is sent at once; one that was switched off goes on where it stopped."""
        webhook = registering.managed(request.user, project_id, webhook_id)
        serializer = WebhookChangeRequest(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        try:
            registering.change(webhook, person(request), serializer.validated_data)
        except addresses.Refused as error:
            raise ValidationError({"url": [str(error)]}) from error
        return Response(WebhookShape(webhook).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, project_id: int, webhook_id: int) -> Response:
        """Send it nothing more; what waits for it is dropped."""
        registering.remove(registering.managed(request.user, project_id, webhook_id), by=person(request))
        return Response(status=204)


class WebhookTestView(APIView):
    @extend_schema(request=None, responses={200: TestShape, 429: TOO_MANY_TESTS})
    def post(self, request: Request, project_id: int, webhook_id: int) -> Response:
        """Send the event `test` now, and say how it went."""
        webhook = registering.managed(request.user, project_id, webhook_id)
        try:
            attempt = testing.test(webhook, person(request))
        except TooMany:
            return Response({"detail": testing.TOO_MANY}, status=429, headers={"Retry-After": "3600"})
        return Response(TestShape(attempt).data)


urlpatterns = [
    path("projects/<int:project_id>/webhooks/", WebhooksView.as_view(), name="api-webhooks"),
    path("projects/<int:project_id>/webhooks/<int:webhook_id>/", WebhookView.as_view(), name="api-webhook"),
    path(
        "projects/<int:project_id>/webhooks/<int:webhook_id>/test/", WebhookTestView.as_view(), name="api-webhook-test"
    ),
]
