"""What the image holds, and what its containers may do."""

from fnmatch import fnmatch
from pathlib import PurePosixPath

import pytest
import yaml

from config import env

SERVICES = yaml.safe_load((env.ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def is_left_out(path: str) -> bool:
    """Whether `.dockerignore` leaves this file out: a pattern names it, or a folder that it is in."""
    lines = (env.ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    names = [path, *(str(parent) for parent in PurePosixPath(path).parents)]
    return any(fnmatch(name, pattern.removeprefix("**/")) for pattern in patterns for name in _parts(names, pattern))


def _parts(names: list[str], pattern: str) -> list[str]:
    """What a pattern is compared with: whole paths, or last names where it begins with **/."""
    return [PurePosixPath(name).name for name in names] if pattern.startswith("**/") else names


@pytest.mark.parametrize(
    "path",
    [
        "secrets/db_password",
        "secrets/secret_key",
        ".env",
        ".env.production",
        "var/secret_key",
        "var/postgres/base/1",
        ".git/config",
        "deploy/site.key",
        "tests/conftest.py",
        "annotate/__pycache__/apps.cpython-312.pyc",
    ],
)
def test_secrets_and_what_only_development_needs_are_not_in_the_image(path):
    assert is_left_out(path)


def test_what_git_leaves_out_is_not_in_the_image():
    lines = (env.ROOT / ".gitignore").read_text(encoding="utf-8").split()
    folders = [line.strip("/") for line in lines if line.endswith("/") and line != "staticfiles/"]
    assert {"secrets", "var"} <= set(folders)
    assert [folder for folder in folders if not is_left_out(f"{folder.replace('*', 'x')}/file")] == []


@pytest.mark.parametrize("path", ["manage.py", "requirements.txt", "config/env.py", "runtime/reaper.py"])
def test_what_runs_is_in_the_image(path):
    assert (env.ROOT / path).exists()
    assert not is_left_out(path)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_cannot_change_its_programs_and_has_no_rights_and_limited_memory(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["restart"] == "unless-stopped"
    assert service["init"] is True
