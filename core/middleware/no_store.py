"""Neither browsers nor proxies keep what REST answers, nor pages of accounts, which show secrets."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

NOT_STORED = ("/api/", "/account/", "/accounts/", "/admin/", "/join/", "/setup/")


class NoStoreMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.path_info.startswith(NOT_STORED):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
