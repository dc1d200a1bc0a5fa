"""What REST answers to bodies that nobody can read."""

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
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
