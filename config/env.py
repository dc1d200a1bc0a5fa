"""Every setting that the environment can make: its name, its type, its default, and what it is for.

`.env` in the project folder is read too; what the environment says wins. A setting that ends in a secret can be
given by file instead: `SECRET_KEY_FILE=/run/secrets/key` (as container secrets are).
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[1]


def _switch(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off", ""):
        return False
    raise ValueError("is neither on nor off: use 1 or 0")


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise ValueError("is not a whole number") from None
    if number < 0:
        raise ValueError("is below zero")
    return number


def _port(text: str) -> int:
    number = _number(text)
    if not 1 <= number <= 65535:
        raise ValueError("is no port: use 1 to 65535")
    return number


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("is no log level: use DEBUG, INFO, WARNING or ERROR")
    return text.upper()


def _makers(text: str) -> str:
    if text.lower() not in ("everyone", "staff"):
        raise ValueError("is neither everyone nor staff")
    return text.lower()


def _model_of(features: str) -> Callable[[str], str]:
    """The absolute path of a folder or file with the model that these features need."""

    def path_of(text: str) -> str:
        path = (ROOT / text).resolve()
        if problem := import_module(f"annotate_kit.features.{features}").problem(path):
            raise ValueError(problem)
        return str(path)

    return path_of


@dataclass(frozen=True)
class Setting:
    name: str
    parse: Callable[[str], Any]
    default: Any
    help: str


SETTINGS = [
    Setting(
        "DEBUG",
        _switch,
        True,
        "Development mode: error pages with details, no secrets needed. Off unless set for up, web and worker.",
    ),
    Setting(
        "SECRET_KEY", str, "", "Signs sessions. Needed in production; with the built-in server one is made and kept."
    ),
    Setting("DATABASE_URL", str, "", "postgres://user:password@host:5432/name. Empty: the built-in PostgreSQL."),
    Setting("DATABASE_PASSWORD", str, "", "The database's password, where DATABASE_URL has none."),
    Setting(
        "EMBEDDED",
        _switch,
        False,
        "1 says that the built-in PostgreSQL is meant although DEBUG is off. On for up unless DEBUG is set.",
    ),
    Setting("ALLOWED_HOSTS", _names, ["localhost", "127.0.0.1", "[::1]"], "Host names that we answer to, by comma."),
    Setting("CSRF_TRUSTED_ORIGINS", _names, [], "Origins behind a proxy, by comma: https://annotate.example.org"),
    Setting("HTTPS", _switch, False, "1 when people reach us by https: secure cookies, HSTS, redirects."),
    Setting("HSTS_SUBDOMAINS", _switch, False, "1 if HSTS is to bind all subdomains of our host name too."),
    Setting("HSTS_PRELOAD", _switch, False, "1 if browsers' makers may list our host name as one of https alone."),
    Setting(
        "PROXIES", _number, 0, "Proxies before us, each of which adds an address to X-Forwarded-For. 0: it is not read."
    ),
    Setting("HOST", str, "127.0.0.1", "Address that the web server listens on. 0.0.0.0 in a container."),
    Setting("PORT", _port, 8000, "Port that the web server listens on."),
    Setting("WEB_WORKERS", _number, 2, "Web processes."),
    Setting("WEB_THREADS", _number, 8, "Requests that a web process answers at once, each in a thread."),
    Setting("WEB_PROCESS_MB", _number, 1024, "Memory at which a web process is replaced by a new one; 0: never."),
    Setting(
        "METRICS_TOKEN",
        str,
        "",
        "Whoever sends it as Authorization: Bearer … reads /metrics and the details of /readyz from other hosts.",
    ),
    Setting("DRAIN_FILE", str, "", "While this file exists, /readyz answers 503: a proxy sends no more requests."),
    Setting("JOB_WORKERS", _number, 2, "Processes of one worker that run jobs (rounds, imports)."),
    Setting("JOB_SECONDS", _number, 3600, "The longest that one job may run."),
    Setting("VAR", str, "var", "Folder for the built-in database, uploads, features and static files."),
    Setting("S3_BUCKET", str, "", "Bucket for uploads and features, instead of VAR; needs django-storages[s3]."),
    Setting("S3_ENDPOINT", str, "", "Address of an S3-compatible service that is not Amazon's."),
    Setting(
        "EMBEDDINGS_MODEL",
        _model_of("text_embeddings"),
        "",
        "Folder of a model of sentence-transformers (with its ONNX file) or model2vec, for the features "
        "text_embeddings; needs requirements-embeddings.txt.",
    ),
    Setting(
        "IMAGE_EMBEDDINGS_MODEL",
        _model_of("image_embeddings"),
        "",
        "Folder of an ONNX model, for the features image_embeddings; needs requirements-embeddings.txt.",
    ),
    Setting(
        "EMAIL_URL", str, "consolemail://", "smtp://user:password@host:587/?tls=True. Mails for forgotten passwords."
    ),
    Setting("EMAIL_FROM", str, "annotate@localhost", "Sender of those mails."),
    Setting("PROJECTS_BY", _makers, "everyone", "Who may make projects: everyone, or staff only."),
    Setting("UPLOAD_MB", _number, 2048, "The largest file that an import takes."),
    Setting("IMAGE_MB", _number, 20, "The largest single image."),
    Setting(
        "WEBHOOKS_PRIVATE",
        _switch,
        False,
        "1 if webhooks may have addresses of this host and its private networks. On in development mode.",
    ),
    Setting("DEMO_PASSWORD", str, "", "Password of the demo's users; random ones are printed when it is empty."),
    Setting("LOG_LEVEL", _level, "INFO", "DEBUG, INFO, WARNING or ERROR."),
]
_BY_NAME = {setting.name: setting for setting in SETTINGS}

environ.Env.read_env(ROOT / ".env")


def choose_defaults(command: str) -> None:
    """Let DEBUG be off for the commands that serve people, where neither the environment nor .env sets it.

    `up` starts the built-in PostgreSQL where no other is named, and `worker` uses it; `web` serves in production, where
    a forgotten DATABASE_URL has to be an error.
    """
    if command in ("up", "web", "worker") and not os.environ.get("DEBUG"):
        os.environ["DEBUG"] = "0"
        if command != "web" and not get("DATABASE_URL"):
            os.environ.setdefault("EMBEDDED", "1")


def limit_threads() -> None:
    """Let all job processes together calculate on half of the cores, unless OMP_NUM_THREADS says otherwise.

    By default linear algebra starts a thread for each core in each process, and where other processes are busy these
    wait for each other: a model of 600 digits took 13 s instead of 1.7. It has to be set before NumPy is imported.
    """
    threads = max(1, (os.cpu_count() or 1) // (2 * max(1, get("JOB_WORKERS"))))
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", os.environ["OMP_NUM_THREADS"])


def name_embeddings_models() -> None:
    """Let `annotate_kit`, which knows no settings, find the folders of the models in the environment."""
    for name in ("EMBEDDINGS_MODEL", "IMAGE_EMBEDDINGS_MODEL"):
        if folder := get(name):
            os.environ[name] = folder


def get(name: str) -> Any:
    """The value of a setting; ImproperlyConfigured says which one is wrong and what would be right."""
    setting = _BY_NAME[name]
    text = _text(name)
    if text is None:
        return setting.default
    try:
        return setting.parse(text)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={text!r} {error}. {name}: {setting.help}") from None


def _text(name: str) -> str | None:
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE={path!r} can't be read: {error.strerror}") from None
    text = os.environ.get(name)
    return None if text is None or (text == "" and _BY_NAME[name].parse is not str) else text


def database() -> dict[str, Any]:
    """Django's `DATABASES["default"]`: the server of DATABASE_URL, else the built-in one."""
    url = get("DATABASE_URL")
    if not url:
        if not (get("DEBUG") or get("EMBEDDED")):
            raise ImproperlyConfigured(
                "DATABASE_URL is not set and DEBUG is off. Set DATABASE_URL=postgres://user:password@host:5432/name, "
                "or EMBEDDED=1 if the built-in PostgreSQL is meant, or DEBUG=1 to develop."
            )
        return {"NAME": "annotate", "USER": "postgres", "EMBEDDED_DATA": str(var() / "postgres")}
    parsed = environ.Env.db_url_config(url)
    if "postgresql" not in parsed["ENGINE"] or not parsed["NAME"]:
        raise ImproperlyConfigured(
            "DATABASE_URL must be a PostgreSQL address with a database: postgres://user:password@host:5432/name"
        )
    parsed["PASSWORD"] = parsed["PASSWORD"] or get("DATABASE_PASSWORD")
    return {key: value for key, value in parsed.items() if key != "ENGINE"}


def var() -> Path:
    """The folder that holds what we keep outside the database."""
    return (ROOT / get("VAR")).resolve()


def secret_key() -> str:
    """SECRET_KEY; else one that is made once and kept beside the built-in database."""
    if key := get("SECRET_KEY"):
        return str(key)
    if get("DATABASE_URL") and not get("DEBUG"):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Make one: python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return _kept_secret(var() / "secret_key")


def _kept_secret(path: Path) -> str:
    import secrets

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    with os.fdopen(descriptor, "w") as handle:
        handle.write(key := secrets.token_urlsafe(50))
    return key
