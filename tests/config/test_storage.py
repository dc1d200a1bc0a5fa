"""Static files as production serves them."""

import re

import pytest
from django.conf import settings
from django.test import override_settings

from core.static_files import StaticStorage, collect

STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "core.static_files.StaticStorage"}}


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder, STORAGES=STORAGES):
        collect(folder)
        yield folder


def test_every_module_imports_hashed_modules_that_are_there(collected):
    modules = list((collected / "annotate").rglob("*.js"))
    assert modules
    for module in modules:
        for imported in re.findall(r"""(?:from|import)\s*\(?["'](\..*?)["']""", module.read_text(encoding="utf-8")):
            assert re.search(r"\.[0-9a-f]{12}\.js$", imported), f"{module.name} imports {imported}, which has no hash"
            assert (module.parent / imported).exists(), f"{module.name} imports {imported}, which is not there"


def test_what_was_collected_is_not_collected_again(collected, monkeypatch):
    monkeypatch.setattr("core.static_files.call_command", lambda *a, **k: pytest.fail("collected again"))
    collect(collected)


def test_the_viewer_of_the_api_is_served_under_its_own_name(collected):
    assert StaticStorage().url("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css").endswith("/swagger-ui.css")
