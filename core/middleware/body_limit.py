"""A long body is taken only where files are uploaded, and only from somebody who is logged in.

Django would write it to the temporary folder before any view has looked at who sends it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.settings import api_settings

from core.error_answers import answer_as_json, bad_request, static_page
from core.limits import body_length, is_longer_than_uploads, too_large

V = TypeVar("V", bound=Callable[..., Any])


def takes_uploads(view: V) -> V:
    """Marks a view, a function or a class of REST, that takes bodies of up to UPLOAD_BYTES."""
    view.takes_uploads = True  # type: ignore[attr-defined]
    return view


class BodyLimitMiddleware:
    """Stands before the middleware that looks for the CSRF token, because that reads the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if body_length(request) <= settings.BODY_BYTES:
            return None
        if not getattr(getattr(view, "cls", view), "takes_uploads", False):
            return refuse(request, settings.BODY_BYTES)
        if not _is_logged_in(request):
            return _log_in_first(request)
        return refuse(request, settings.UPLOAD_BYTES) if is_longer_than_uploads(request) else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The client left in the middle of its body, or sent it too slowly."""
        return bad_request(request, error) if isinstance(error, UnreadablePostError) else None


def refuse(request: HttpRequest, most: int) -> HttpResponse:
    return answer_as_json(413, f"{too_large('The body', most)}.", static_page("413.html", 413))(request)


def _is_logged_in(request: HttpRequest) -> bool:
    return request.user.is_authenticated or (request.path.startswith("/api/") and _has_token(request))


def _has_token(request: HttpRequest) -> bool:
    """Whether any way to log in but the session, which DRF would check by reading the body, lets them in."""
    ways: Any = api_settings.DEFAULT_AUTHENTICATION_CLASSES
    classes = [authentication for authentication in ways if not issubclass(authentication, SessionAuthentication)]
    try:
        return any(authentication().authenticate(request) for authentication in classes)
    except AuthenticationFailed:
        return False


def _log_in_first(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "Log in before you upload: the token is missing or not valid."}, status=401)
    return redirect_to_login(request.get_full_path())
