"""Browsers on which a person has logged in before: a signed cookie says so, for a year.

Guessing from elsewhere does not shut them out, since their own attempts are counted apart. (After the "device cookies"
of OWASP: https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies)
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User

COOKIE = "device"
SALT = "accounts.devices"
LIFETIME = timedelta(days=365)
MOST_PEOPLE = 10  # on one device


def nonce(request: HttpRequest, user: User) -> str | None:
    """The number of this device for this person; None when they have not logged in here before."""
    return _people(request).get(str(user.pk))


def add(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Note that this person has logged in on this device."""
    numbers = _people(request)
    number = numbers.pop(str(user.pk), None) or secrets.token_urlsafe(12)
    people = dict([*numbers.items(), (str(user.pk), number)][-MOST_PEOPLE:])
    response.set_cookie(
        COOKIE,
        signing.dumps(people, salt=SALT),
        max_age=LIFETIME,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> dict[str, str]:
    """The people who have logged in on this device, the latest last, each with a random number."""
    try:
        return dict(signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=LIFETIME))
    except signing.BadSignature:
        return {}
