"""A forgotten password: a link by mail, or whom to ask where there is no mail."""

from typing import Any

from allauth.account.views import PasswordResetDoneView, PasswordResetView
from django.http import HttpRequest, HttpResponseBase

from accounts import mail


class MailedResetView(PasswordResetView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().post(request, *args, **kwargs) if mail.is_sent() else self.get(request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "sends_mail": mail.is_sent()}


class MailedResetDoneView(PasswordResetDoneView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "sends_mail": mail.is_sent()}
