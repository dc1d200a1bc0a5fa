"""A row that somebody else deletes while a request is under way is answered with 404, and is no fault of ours."""

import logging
import re
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views import defaults

from core.error_answers import answer_as_json

log = logging.getLogger(__name__)
FOREIGN_KEY_VIOLATION = "23503"
PRIMARY_KEY = re.compile(r"\(id\)=\(")

not_found = answer_as_json(404, "It was deleted in the meantime.", defaults.page_not_found)


class DeletedRowMiddleware:
    """Views look first whether there is what the address names, so what is missing later was there before.

    Only that is answered with 404. A `DoesNotExist` while all of it is still there is a fault of ours, and so is an
    attempt to delete a row to which others refer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not (_refers_to_a_deleted_row(error) or (_is_missing(error) and _names_a_deleted_row(request))):
            return None
        log.warning("Deleted while %s %s was under way: %s", request.method, request.path, error)
        return not_found(request, error)


def _is_missing(error: Exception) -> bool:
    return isinstance(error, ObjectDoesNotExist)


def _names_a_deleted_row(request: HttpRequest) -> bool:
    """Whether a row is missing that the address names: `project_id` is that of a Project, `item_id` of an Item."""
    models = {f"{model._meta.model_name}_id": model for model in apps.get_models()}
    keys = request.resolver_match.kwargs if request.resolver_match else {}
    return any(
        not models[name]._base_manager.filter(pk=value).exists() for name, value in keys.items() if name in models
    )


def _refers_to_a_deleted_row(error: Exception) -> bool:
    """Whether a row was to be stored that refers to a missing one: the database names its column, which is not `id`."""
    cause: Any = error.__cause__
    if not isinstance(error, IntegrityError) or getattr(cause, "pgcode", None) != FOREIGN_KEY_VIOLATION:
        return False
    return not PRIMARY_KEY.search(cause.diag.message_detail or "")
