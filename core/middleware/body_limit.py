"""A long body is taken only where files are uploaded, and only from somebody who is logged in.

Django would write it to the temporary folder before any view has looked at who sends it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from django.template.defaultfilters import filesizeformat
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.settings import api_settings

from core.error_answers import answer_as_json, bad_request, static_page

FORM_BYTES = 2**16
"""What an upload has besides its file."""
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
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length <= settings.BODY_BYTES:
            return None
        if not getattr(getattr(view, "cls", view), "takes_uploads", False):
            return too_large(request, settings.BODY_BYTES)
        if not _is_logged_in(request):
            return _log_in_first(request)
        return too_large(request, settings.UPLOAD_BYTES) if length > settings.UPLOAD_BYTES + FORM_BYTES else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The client left in the middle of its body, or sent it too slowly."""
        return bad_request(request, error) if isinstance(error, UnreadablePostError) else None


def too_large(request: HttpRequest, most: int) -> HttpResponse:
    detail = f"The body is larger than {filesizeformat(most)}, the most that is taken here."
    return answer_as_json(413, detail, static_page("413.html", 413))(request)


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
