"""Somebody else deleted it while the request was under way: that is a 404, and no fault of ours."""

import logging
from collections.abc import Callable

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views import defaults

log = logging.getLogger(__name__)
FOREIGN_KEY_VIOLATION = "23503"


class GoneMeanwhileMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Views look first whether there is what they are asked for, so what is missing later was there before."""
        if not _is_missing(error):
            return None
        log.warning("Deleted while %s %s was under way", request.method, request.path, exc_info=error)
        if request.path.startswith("/api/"):
            return JsonResponse({"detail": "It was deleted in the meantime."}, status=404)
        return defaults.page_not_found(request, error)


def _is_missing(error: Exception) -> bool:
    """Whether a row is gone: one that was to be read, or that another one was to belong to."""
    if isinstance(error, IntegrityError):
        return getattr(error.__cause__, "pgcode", None) == FOREIGN_KEY_VIOLATION
    return isinstance(error, ObjectDoesNotExist)
