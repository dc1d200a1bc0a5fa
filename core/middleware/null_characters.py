"""An address with the character U+0000 is refused: PostgreSQL can store no text with it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.views import defaults

from core.error_answers import answer_as_json

refuse = answer_as_json(
    400, "The address has the character U+0000 (%00), which cannot be stored; remove it.", defaults.bad_request
)


class NullCharacterMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return refuse(request, None)
        return self.get_response(request)
