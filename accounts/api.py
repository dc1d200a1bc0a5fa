"""Tokens for programs, and who I am, by REST."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django.core.exceptions import ValidationError as Refused
from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import attempts
from accounts.models import ApiToken, User
from accounts.requests import body, person


class TokenRequest(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class TokenShape(serializers.Serializer):
    token = serializers.CharField(help_text="Shown this once: only its digest is kept.")
    expires_at = serializers.DateTimeField(help_text="It works for a year.")


class MeShape(serializers.ModelSerializer):
    name = serializers.CharField(source="get_full_name")

    class Meta:
        model = User
        fields = ["id", "username", "name", "email"]


class TokenView(APIView):
    def get_permissions(self) -> Any:
        return [AllowAny()] if self.request.method == "POST" else super().get_permissions()

    def get_authenticators(self) -> list[Any]:
        """None for a log-in: an old token or session that comes along must not stand in its way."""
        return [] if self.request and self.request.method == "POST" else super().get_authenticators()

    @extend_schema(
        request=TokenRequest, auth=[], responses={200: TokenShape, 429: OpenApiResponse(description="Too many tries.")}
    )
    def post(self, request: Request) -> Response:
        """Get a token for `Authorization: Token …`. Each call makes a new one."""
        credentials = body(TokenRequest, request)
        try:
            user = get_adapter().authenticate(request._request, **credentials)
        except Refused as error:
            wait = str(int(attempts.WINDOW.total_seconds()))
            return Response({"detail": " ".join(error.messages)}, status=429, headers={"Retry-After": wait})
        if not isinstance(user, User) or not user.is_active:
            raise ValidationError({"detail": "This user name and password do not fit, or the account is closed."})
        if is_mfa_enabled(user):
            raise ValidationError({"detail": "This account has a second factor; make the token on its account page."})
        token, secret = ApiToken.objects.issue(user, name="by user name and password")
        return Response({"token": secret, "expires_at": token.expires_at})

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Revoke the token that this call is made with."""
        if request.auth is None:
            raise ValidationError({"detail": "This call was made without a token; there is none to revoke."})
        ApiToken.objects.filter(pk=request.auth).delete()
        return Response(status=204)


class MeView(APIView):
    @extend_schema(responses=MeShape)
    def get(self, request: Request) -> Response:
        """Who I am."""
        return Response(MeShape(person(request)).data)


urlpatterns = [
    path("token/", TokenView.as_view(), name="api-token"),
    path("me/", MeView.as_view(), name="api-me"),
]
