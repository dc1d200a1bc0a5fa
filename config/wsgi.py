"""The WSGI application that granian serves."""

import os
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from annotate_kit import aggregation
from config import env

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
env.choose_defaults("web")
django = get_wsgi_application()
# Before this process takes its first request, since it takes seconds: all views, and the usual consensus.
import_module(settings.ROOT_URLCONF)
aggregation.registry.load("auto")


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Django reads as much as CONTENT_LENGTH says: nothing of a chunked body, which does not say.

    Such a body may be as long as the longest upload and one byte more, by which the importer sees that it is too long.
    """
    if not environ.get("CONTENT_LENGTH") and "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        environ["CONTENT_LENGTH"] = str(settings.UPLOAD_BYTES + 1)
    return django(environ, start_response)
