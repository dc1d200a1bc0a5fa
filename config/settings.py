"""Django's settings, from the environment (`env.py` lists it) and from decisions that need no switch."""

from typing import Any

from config import env

env.limit_threads()
env.name_embeddings_models()
BASE_DIR = env.ROOT
DEBUG = env.get("DEBUG")
SECRET_KEY = env.secret_key()
ALLOWED_HOSTS = env.get("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.get("CSRF_TRUSTED_ORIGINS")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

INSTALLED_APPS = [
    "config",
    "runtime",
    "learner",
    "annotate",
    "projects",
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_q",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "core.middleware.null_characters.NullCharacterMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.csp.ContentSecurityPolicyMiddleware",
    "core.middleware.no_store.NoStoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "core.middleware.body_limit.BodyLimitMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "projects.middleware.RoleNeededMiddleware",
    "core.middleware.deleted_rows.DeletedRowMiddleware",
    "core.middleware.database_unavailable.DatabaseUnavailableMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [env.ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

FORM_RENDERER = "core.forms.FormRenderer"

# Database, cache

DATABASES = {
    "default": {
        "ENGINE": "runtime.database",
        "CONN_MAX_AGE": None,  # a connection is kept: 5–10 times the requests of a new one each
        "CONN_HEALTH_CHECKS": True,
        **env.database(),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},  # figures of projects may not push out what limits the rate of log-ins
    }
}

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_FORMS = {"login": "accounts.forms.LogInForm"}
ACCOUNT_ADAPTER = "accounts.login.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Codes of the second factor, and mails to one address. Passwords: accounts/login/adapter.py
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": "5/5m/key", "reset_password": "20/m/ip,5/h/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.get("PROXIES")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
PROJECTS_BY = env.get("PROJECTS_BY")
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_FORMS = {"authenticate": "accounts.forms.CodeForm", "reauthenticate": "accounts.forms.CodeAgainForm"}

# Web server

WEB_HOST = env.get("HOST")
WEB_PORT = env.get("PORT")
WEB_WORKERS = env.get("WEB_WORKERS")
WEB_THREADS = env.get("WEB_THREADS")
WEB_PROCESS_MB = env.get("WEB_PROCESS_MB")
DRAIN_FILE = env.get("DRAIN_FILE")

# Security

SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = env.get("HTTPS")
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if env.get("HTTPS") else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.get("HSTS_SUBDOMAINS")
SECURE_HSTS_PRELOAD = env.get("HSTS_PRELOAD")
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # these two bind hosts that may not be ours to bind
METRICS_TOKEN = env.get("METRICS_TOKEN")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.get("HTTPS") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "blob:", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}

# Language and time

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# Files

STATIC_URL = "/static/"
STATIC_ROOT = env.var() / "static"
STATICFILES_DIRS = [env.ROOT / "static"]
MEDIA_ROOT = env.var() / "media"
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "core.static_files.StaticStorage"
    },
}
if env.get("S3_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {"bucket_name": env.get("S3_BUCKET"), "endpoint_url": env.get("S3_ENDPOINT") or None},
    }
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
BODY_BYTES = 3 * 1024 * 1024  # a longer body is an upload: see core/middleware/body_limit.py
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
UPLOAD_BYTES = env.get("UPLOAD_MB") * 1024 * 1024
IMAGE_BYTES = env.get("IMAGE_MB") * 1024 * 1024

# Mail

vars().update(env.environ.Env.email_url_config(env.get("EMAIL_URL")))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.get("EMAIL_FROM")

# Webhooks

WEBHOOKS_PRIVATE = env.get("WEBHOOKS_PRIVATE") or DEBUG

# Jobs

Q_CLUSTER = {
    "name": "annotate",
    "orm": "default",
    "workers": env.get("JOB_WORKERS"),
    "poll": 0.2,
    "max_attempts": 1,
    "ack_failures": True,
    "timeout": env.get("JOB_SECONDS"),
    "retry": 2 * env.get("JOB_SECONDS"),  # above the longest job and its wait: below, a job starts twice
    "queue_limit": 2,
    "bulk": 1,
    "save_limit": 500,
    "catch_up": False,
    "label": "Jobs",
}
# What rounds import, once for all workers: else the first round of each takes some seconds more.
WORKER_IMPORTS = [
    "learner.tasks",
    "sklearn.feature_extraction.text",
    "sklearn.linear_model",
    "sklearn.pipeline",
    "sklearn.svm",
]
WORKER_LOOPS = ["annotate.webhooks.delivering.run"]  # what a worker does beside its jobs, in a thread each
WORKER_MARKS = env.var() / "worker"  # what each worker is at; read by the next one where one was killed

# REST

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "accounts.permissions.PersonExpected",
    ],
    "DEFAULT_PARSER_CLASSES": ["core.rest.json.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["core.rest.json.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "core.rest.pagination.CursorPagination",
    "DEFAULT_METADATA_CLASS": "core.rest.metadata.Metadata",
    "DEFAULT_SCHEMA_CLASS": "core.rest.schema.Schema",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "core.rest.json.Negotiation",
    "NUM_PROXIES": env.get("PROXIES"),
    "EXCEPTION_HANDLER": "core.rest.errors.answer_exception",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Annotate",
    "DESCRIPTION": "A team labels data together while a model learns from every label and decides what to ask next.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": True,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AssignmentStatus": "annotate.models.Assignment.Status",
        "RoundStatus": "learner.models.Round.Status",
        "Role": "projects.models.Role",
        "PersonRole": "projects.models.roles.ROLES_OF_PEOPLE",
        "ItemState": "annotate.api.items.OPEN_TO_ALL",
        "SearchedState": "annotate.items.search.STATE_NAMES",
    },
}

# Logs

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"database": {"()": "core.postgres.availability.WithoutTraceback"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["database"]}},
    "root": {"handlers": ["console"], "level": env.get("LOG_LEVEL")},
    "loggers": {"django-q": {"level": "INFO" if env.get("LOG_LEVEL") == "DEBUG" else "WARNING"}},
}
