"""The first account of a new site: an administrator's, made by a link that only the server's console shows."""

from django.core import signing
from django.db import transaction
from django.utils.crypto import constant_time_compare

from accounts.forms import NewAccountForm
from accounts.models import User
from core.postgres.locks import advisory_lock

_signer = signing.Signer(salt="accounts.first_run")


class Done(Exception):
    """There is an account already."""


def is_needed() -> bool:
    return not User.objects.exists()


def path() -> str:
    """The address that makes the first account, below that of this site. It ends with the first account."""
    return f"/setup/?key={_key()}"


def fits(key: str) -> bool:
    return constant_time_compare(key, _key())


def make_administrator(form: NewAccountForm) -> User:
    """Done when somebody else was first."""
    with advisory_lock("accounts.first_run"), transaction.atomic():
        if not is_needed():
            raise Done
        user = form.save(commit=False)
        user.is_staff = user.is_superuser = True
        user.save()
    return user


def _key() -> str:
    return _signer.signature("the first account")
