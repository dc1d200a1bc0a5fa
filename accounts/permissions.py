"""Who may call at all, before any view is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:  # which reads the settings that name this module
    from rest_framework.views import APIView


class PersonExpected(BasePermission):
    """A call that names its person in `X-Person` is done for no other.

    Tabs of one browser share one session: where somebody else logs in meanwhile, a page must not send its person's
    answers in the other's name, nor lease items for them.
    """

    message = "Somebody else is logged in here than this page was made for."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.headers.get("X-Person") in (None, "", str(request.user.pk))
