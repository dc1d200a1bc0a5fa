"""How people log in: nobody signs up by themselves, and guessing passwords is limited so that nobody is locked out."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email
from allauth.core.internal.ratelimit import get_ip
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse

from accounts import attempts
from accounts.attempts import Attempt, Limit
from accounts.login import devices
from accounts.models import User

MOST_PER_ACCOUNT = 5  # wrong passwords for one account from one address
MOST_PER_DEVICE = 10  # for one account on a device on which its owner has logged in before
MOST_PER_ADDRESS = 100  # for all accounts together from one address, known devices not counted


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "too_many_login_attempts": "Too many wrong passwords from here. Wait five minutes, or log in on a device on "
        "which you have logged in before.",
    }
    _attempts: list[Attempt]

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            self._attempts = attempts.begin(log_in_limits(request, credentials))
        except attempts.TooMany:
            raise self.validation_error("too_many_login_attempts") from None

    def _rollback_login_failed_rl_usage(self) -> None:
        """allauth calls this when the password was right."""
        attempts.take_back(self._attempts)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        assert isinstance(user, User)
        devices.add(request, response, user)
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """The person's address; that of whoever is connected to us where no proxy reports one, as over a socket."""
        try:
            return super().get_client_ip(request)
        except (ImproperlyConfigured, PermissionDenied):
            return request.META.get("REMOTE_ADDR") or "unknown"


def log_in_limits(request: HttpRequest, credentials: dict[str, Any]) -> list[Limit]:
    """What an attempt to log in counts against.

    Each account and address has a limit of its own, so wrong passwords from elsewhere, or for others, refuse nobody;
    and a device on which the person has logged in before has one, which neighbours behind the same address do not use
    up. The address as a whole may try many accounts, but not all.
    """
    address = get_ip(request)
    names = {str(credentials[name]).strip().lower() for name in ("username", "email") if credentials.get(name)}
    users = _accounts(names)
    numbers = {user: number for user in users if (number := devices.nonce(request, user))}
    limits = [Limit(f"device {user.pk} {number}", MOST_PER_DEVICE) for user, number in numbers.items()]
    limits += [Limit(f"account {user.pk} {address}", MOST_PER_ACCOUNT) for user in users if user not in numbers]
    if not users:
        limits += [Limit(f"name {name} {address}", MOST_PER_ACCOUNT) for name in sorted(names)]
    if not numbers:
        limits.append(Limit(f"address {address}", MOST_PER_ADDRESS))
    return limits


def _accounts(names: set[str]) -> list[User]:
    """The accounts that such a name could open: by user name, or by any of their addresses."""
    users = {user for name in names for user in User.objects.filter(username__iexact=name)}
    users |= {user for name in names if "@" in name for user in filter_users_by_email(name)}
    return sorted(users, key=lambda user: user.pk)
