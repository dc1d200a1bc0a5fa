"""Django's handlers of errors: a page for people, JSON under /api/ for programs."""

import sys
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.views import defaults

from core.postgres.availability import is_unavailable

RETRY_SECONDS = 5


def answer_as_json(status: int, detail: str, page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Django's page for an error, but JSON under /api/: programs read no pages."""

    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": detail}, status=status)
        return page(request, *args, **kwargs)

    return answer


def static_page(template: str, status: int) -> Callable[..., HttpResponse]:
    """A page that asks the database nothing, not even who reads it."""
    return lambda request, *args, **kwargs: HttpResponse(loader.render_to_string(template), status=status)


bad_request = answer_as_json(400, "The request cannot be read.", defaults.bad_request)
not_found = answer_as_json(404, "There is no such address; all end in a slash.", defaults.page_not_found)
_server_error = answer_as_json(500, "Something went wrong here; it is in the log.", defaults.server_error)
_unavailable = answer_as_json(
    503, "The database does not answer; try again in a few seconds.", static_page("503.html", 503)
)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The database cannot be reached."""
    response = _unavailable(request)
    response["Retry-After"] = str(RETRY_SECONDS)
    response.reason_phrase = "Database unavailable"  # Django logs it
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """What no middleware answered; it may be an error of middleware itself."""
    return unavailable(request) if is_unavailable(sys.exc_info()[1]) else _server_error(request)
