"""`Authorization: Token …`, looked up by the digest of the secret."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.models import ApiToken, User, digest

# Written by hand: it is asked at every call, and `ApiToken.objects.valid()` takes three times as long to build.
_BY_DIGEST = """
    SELECT u.*, t.id AS token_id, t.last_used_on FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id
    WHERE t.digest = %s AND (t.expires_at IS NULL OR t.expires_at > now()) AND u.is_active
"""


class TokenAuthentication(BaseAuthentication):
    keyword = "Token"

    def authenticate(self, request: Request) -> tuple[User, int] | None:
        """The person and the id of the token that let them in."""
        scheme, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if scheme.lower() != self.keyword.lower():
            return None
        for user in User.objects.raw(_BY_DIGEST, [digest(secret.strip())]):
            token_id, last_used_on = vars(user)["token_id"], vars(user)["last_used_on"]
            if last_used_on != date.today():
                ApiToken.objects.filter(pk=token_id).update(last_used_on=date.today())
            return user, token_id
        raise AuthenticationFailed("This token is unknown, revoked or expired.")

    def authenticate_header(self, request: Request) -> str:
        return self.keyword


def login_or_token_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For a view of Django's that programs read as well: a session as with `login_required`, or an API token.

    It is for views that only read, because a token needs no CSRF token. A wrong token is answered with 401.
    """
    with_session = login_required(view)

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            authenticated = TokenAuthentication().authenticate(Request(request))
        except AuthenticationFailed as error:
            headers = {"WWW-Authenticate": TokenAuthentication.keyword}
            return JsonResponse({"detail": str(error.detail)}, status=401, headers=headers)
        if authenticated is None:
            return with_session(request, *args, **kwargs)
        request.user, _ = authenticated
        return view(request, *args, **kwargs)

    return checked


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token <secret>`"}
