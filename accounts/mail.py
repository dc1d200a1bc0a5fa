"""Whether mail leaves this site: without a mail server nobody is told that something was sent."""

from django.conf import settings

KEPT_HERE = ("console", "dummy")


def is_sent() -> bool:
    """Whether EMAIL_URL names a server, and not the console."""
    return settings.EMAIL_BACKEND.split(".")[-2] not in KEPT_HERE
