"""The product's settings, with a database of this test run's own that waits for no disk, and a quick password hash."""

import os

from config.settings import *  # noqa: F403
from config.settings import DATABASES, DEBUG

os.environ["DEBUG"] = str(int(DEBUG))  # else an import of config.wsgi switches it off for processes started later
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
if data := DATABASES["default"].get("EMBEDDED_DATA"):
    DATABASES["default"]["EMBEDDED_DATA"] = f"{data}-tests"
DATABASES["default"]["TEST"] = {"NAME": f"test_annotate_{os.getpid()}"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
ACCOUNT_RATE_LIMITS = False
WHITENOISE_AUTOREFRESH = True  # else each test client looks at every static file
