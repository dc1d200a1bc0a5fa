"""What REST answers to what nobody can read, and to addresses that there are not."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.urls import resolve
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import APIException, ParseError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from core.error_answers import not_found
from core.limits import TooLarge, body_length, too_large


class LargeBody(APIException):
    status_code = 413
    default_detail = "The body is larger than is taken here."
    default_code = "too_large"


def refuse_larger_than_uploads(request: HttpRequest) -> None:
    """TooLarge when the body says that it is above `UPLOAD_MB`, before anything of it is read.

    The byte above the limit stands for a length that was not told: such a body is cut off there.
    """
    if body_length(request) > settings.UPLOAD_BYTES + 1:
        raise too_large("The body", settings.UPLOAD_BYTES)


def answer_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's answers, and those to bodies on which Django itself gives up; None for what is our own fault."""
    if isinstance(error, RequestDataTooBig):
        error = LargeBody()
    elif isinstance(error, TooLarge):
        error = LargeBody(f"{error}.")
    elif isinstance(error, (MultiPartParserError, SuspiciousOperation, UnreadablePostError)):
        error = ParseError(str(error))
    return exception_handler(error, context)


@csrf_exempt
def nowhere(request: HttpRequest, rest: str) -> HttpResponse:
    """Any other address under /api/: those who forgot the slash at the end are led to it when they only read."""
    if request.method in ("GET", "HEAD") and resolve(f"{request.path_info}/").func is not nowhere:
        return HttpResponsePermanentRedirect(request.get_full_path(force_append_slash=True))
    return not_found(request)
