"""Settings from the environment: what is wrong says what would be right."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config import env


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("PORT", "eight", "PORT='eight' is not a whole number. PORT: Port that the web server listens on."),
        ("PORT", "70000", "PORT='70000' is no port: use 1 to 65535"),
        ("WEB_WORKERS", "-1", "WEB_WORKERS='-1' is below zero"),
        ("DEBUG", "maybe", "DEBUG='maybe' is neither on nor off: use 1 or 0"),
        ("PROJECTS_BY", "nobody", "PROJECTS_BY='nobody' is neither everyone nor staff"),
        (
            "EMBEDDINGS_MODEL",
            "nowhere",
            "EMBEDDINGS_MODEL='nowhere' is no folder: name the one into which the model was",
        ),
        (
            "EMBEDDINGS_MODEL",
            "docs",
            "'docs' holds no model: there is neither a model.onnx nor a model.safetensors",
        ),
        (
            "EMBEDDINGS_MODEL",
            "README.md",
            "'README.md' is no folder and no ONNX file: name what was downloaded or exported",
        ),
        (
            "IMAGE_EMBEDDINGS_MODEL",
            "docs",
            "'docs' holds no model: model.onnx, preprocessor_config.json are missing",
        ),
        ("LOG_LEVEL", "loud", "LOG_LEVEL='loud' is no log level: use DEBUG, INFO, WARNING or ERROR"),
    ],
)
def test_a_wrong_setting_says_what_would_be_right(monkeypatch, name, text, message):
    monkeypatch.setenv(name, text)
    with pytest.raises(ImproperlyConfigured, match=re.escape(message)):
        env.get(name)


def test_the_folder_of_a_model_may_be_given_from_the_projects_folder(monkeypatch):
    folder = env.ROOT / "var" / f"model-{os.getpid()}"
    folder.mkdir(parents=True)
    try:
        for name in ("model.safetensors", "tokenizer.json", "config.json"):
            (folder / name).touch()
        monkeypatch.setenv("EMBEDDINGS_MODEL", f"var/{folder.name}")
        env.name_embeddings_models()
        assert os.environ["EMBEDDINGS_MODEL"] == str(folder)
    finally:
        shutil.rmtree(folder)


def test_a_secret_can_be_given_by_file(monkeypatch, tmp_path):
    (tmp_path / "key").write_text("s3cret\n")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    assert env.secret_key() == "s3cret"


def test_a_secret_file_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(ImproperlyConfigured, match=r"SECRET_KEY_FILE='.*nowhere' can't be read"):
        env.secret_key()


def test_production_needs_a_database_or_the_word_that_the_built_in_one_is_meant(monkeypatch):
    monkeypatch.setenv("DEBUG", "0")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("EMBEDDED", raising=False)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL is not set and DEBUG is off"):
        env.database()
    monkeypatch.setenv("EMBEDDED", "1")
    assert env.database()["EMBEDDED_DATA"].endswith("postgres")


@pytest.mark.parametrize(
    ("command", "debug", "embedded"),
    [("up", False, True), ("worker", False, True), ("web", False, False), ("shell", True, False)],
)
def test_what_serves_people_is_not_in_development_mode_unless_this_is_set(monkeypatch, command, debug, embedded):
    for name in ("DEBUG", "EMBEDDED", "DATABASE_URL"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    env.choose_defaults(command)
    assert (env.get("DEBUG"), env.get("EMBEDDED")) == (debug, embedded)


@pytest.mark.parametrize("debug", ["0", "1"])
def test_what_the_environment_says_stays(monkeypatch, debug):
    monkeypatch.setenv("EMBEDDED", "")
    monkeypatch.setenv("DEBUG", debug)
    env.choose_defaults("up")
    assert (env.get("DEBUG"), env.get("EMBEDDED")) == (debug == "1", False)


def test_only_postgresql_is_a_database(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///db.sqlite3")
    with pytest.raises(ImproperlyConfigured, match="must be a PostgreSQL address"):
        env.database()


def test_the_password_can_stand_apart_from_the_address(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://annotate@db:5432/annotate")
    monkeypatch.setenv("DATABASE_PASSWORD", "s3cret")
    assert (env.database()["HOST"], env.database()["PASSWORD"]) == ("db", "s3cret")


def test_production_needs_a_secret_key(monkeypatch):
    monkeypatch.setenv("DEBUG", "0")
    monkeypatch.setenv("DATABASE_URL", "postgres://annotate@db:5432/annotate")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        env.secret_key()


def test_the_example_lists_every_setting_with_its_default():
    example = (env.ROOT / ".env.example").read_text(encoding="utf-8")
    for setting in env.SETTINGS:
        assert f"# {setting.help}\n#{setting.name}={_as_text(setting.default)}\n" in example


def _as_text(default: object) -> str:
    if isinstance(default, bool):
        return str(int(default))
    return ",".join(default) if isinstance(default, list) else str(default)


@pytest.mark.parametrize(
    ("environment", "header"),
    [
        ({}, "max-age=31536000"),
        ({"HSTS_SUBDOMAINS": "1"}, "max-age=31536000; includeSubDomains"),
        ({"HSTS_SUBDOMAINS": "1", "HSTS_PRELOAD": "1"}, "max-age=31536000; includeSubDomains; preload"),
    ],
)
def test_https_binds_our_own_host_alone_unless_more_is_set(settings, environment, header):
    """The settings of such an environment are read by a process of its own; then they are those of this one."""
    names = [f"SECURE_HSTS_{name}" for name in ("SECONDS", "INCLUDE_SUBDOMAINS", "PRELOAD")]
    code = f"import json; from config import settings; print(json.dumps({{n: getattr(settings, n) for n in {names}}}))"
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=env.ROOT,
        env=os.environ | {"HTTPS": "1", "DEBUG": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name, read in json.loads(printed).items():
        setattr(settings, name, read)
    assert Client().get("/healthz", secure=True)["Strict-Transport-Security"] == header


@pytest.mark.parametrize(("cores", "jobs", "threads"), [(1, "2", "1"), (2, "2", "1"), (16, "2", "4"), (16, "0", "8")])
def test_jobs_calculate_on_half_of_the_cores_together(monkeypatch, cores, jobs, threads):
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    monkeypatch.setenv("JOB_WORKERS", jobs)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    env.limit_threads()
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]) == (threads, threads)


def test_a_number_of_threads_from_outside_stays(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    env.limit_threads()
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]) == ("7", "7")


def test_linear_algebra_is_limited_wherever_the_settings_are_read():
    code = """if True:
        import django; django.setup()
        import numpy, threadpoolctl
        print({library["num_threads"] for library in threadpoolctl.threadpool_info()})
    """
    environment = {name: text for name, text in os.environ.items() if not name.endswith("_NUM_THREADS")}
    with_many_jobs = {"DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "1", "JOB_WORKERS": "999"}
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | with_many_jobs, cwd=env.ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert shown.stdout == "{1}\n"
