"""How long what somebody sends may be, and the error that says so."""

from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat

FORM_BYTES = 2**16
"""What the body of an upload has besides its file."""


class TooLarge(ValueError):
    """More was sent than is taken: 413, where an interface answers with such a number."""


def too_large(what: str, most: int) -> TooLarge:
    setting = " (UPLOAD_MB)" if most == settings.UPLOAD_BYTES else ""
    return TooLarge(f"{what} is larger than {filesizeformat(most)}, the most that is taken{setting}")


def body_length(request: HttpRequest) -> int:
    """The bytes that the body has, as its header says; 0 where there is none."""
    return int(request.META.get("CONTENT_LENGTH") or 0)


def is_longer_than_uploads(request: HttpRequest) -> bool:
    return body_length(request) > settings.UPLOAD_BYTES + FORM_BYTES
