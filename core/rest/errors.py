"""What REST answers to what nobody can read, and to addresses that there are not."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.urls import resolve
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, ParseError
from rest_framework.response import Response
from rest_framework.views import exception_handler


class TooLarge(APIException):
    status_code = 413
    default_detail = "The body is larger than is taken here."
    default_code = "too_large"


def answer_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's answers, and those to bodies on which Django itself gives up; None for what is our own fault."""
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    elif isinstance(error, (MultiPartParserError, SuspiciousOperation, UnreadablePostError)):
        error = ParseError(str(error))
    return exception_handler(error, context)


def answer_as_json(status: int, detail: str, page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Django's page for an error, but JSON under /api/: programs read no pages."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": detail}, status=status)
        return page(request, *args, **kwargs)

    return answer


bad_request = answer_as_json(400, "The request cannot be read.", defaults.bad_request)
not_found = answer_as_json(404, "There is no such address; all end in a slash.", defaults.page_not_found)
server_error = answer_as_json(500, "Something went wrong here; it is in the log.", defaults.server_error)


@csrf_exempt
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address under /api/: those who forgot the slash at the end are led to it when they only read."""
    if request.method in ("GET", "HEAD") and resolve(f"{request.path_info}/").func is not nowhere:
        return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
    return not_found(request)
