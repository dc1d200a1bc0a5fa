"""Logging in, and what to do where there is no account yet."""

from typing import Any

from allauth.account.views import LoginView

from accounts import first_run


class LogInView(LoginView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "is_first_run": first_run.is_needed()}
