"""Members who open a page that their role does not open are told for whom it is, and whom to ask."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from accounts.requests import person
from projects.access import RoleNeeded
from projects.models import Role

FOR = {Role.REVIEWER: "reviewers and managers", Role.MANAGER: "managers"}


class RoleNeededMiddleware:
    """Outsiders get 404 all the same: a project that they have no part in does not exist for them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, RoleNeeded):
            return None
        managers = error.project.memberships.filter(role=Role.MANAGER, user__is_active=True)
        context = {
            "project": error.project,
            "role": error.project.role_of(person(request)),
            "meant_for": FOR[error.role],
            "managers": list(managers.order_by("user__username").values_list("user__username", flat=True)[:5]),
        }
        return render(request, "projects/role_needed.html", context, status=403)
