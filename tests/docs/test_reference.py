"""The documentation names everything that can be named, and its links lead somewhere."""

import pkgutil
import re
from pathlib import Path

import pytest

from annotate_kit.registry import Registry
from config import env

DOCS = env.ROOT / "docs"
PAGES = [*DOCS.rglob("*.md"), *(env.ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))]
REGISTRIES = {
    "annotate_kit.acquisition": "acquisition",
    "annotate_kit.aggregation": "aggregation",
    "annotate_kit.ranking": "aggregation",
    "annotate_kit.merging": "merging",
    "annotate_kit.agreement": "agreement",
    "annotate_kit.identification": "identification",
    "annotate_kit.features": "features",
    "annotate_kit.estimators": "estimators",
    "annotate_kit.representations": "estimators",
    "annotate_kit.simulation": "simulation",
    "annotate_kit.learners": "learners",
    "annotate_kit.networks": "networks",
    "annotate_kit.formats.readers": "formats",
    "annotate_kit.formats.writers": "formats",
    "annotate_kit.formats.datasets": "formats",
    "projects.tasktypes": "task-types",
    "projects.itemtypes": "task-types",
}


def reference(page: str) -> str:
    return (DOCS / "reference" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("package", "page"), REGISTRIES.items())
def test_the_reference_names_every_entry_of_a_registry(package, page):
    text = reference(page)
    assert [name for name in Registry(package).names if f"`{name}`" not in text] == []


def test_the_reference_names_every_setting():
    text = reference("settings")
    assert [setting.name for setting in env.SETTINGS if f"`{setting.name}`" not in text] == []


def test_the_reference_names_every_command():
    folders = [env.ROOT / app / "management" / "commands" for app in ("config", "projects", "annotate", "learner")]
    commands = [module.name for folder in folders for module in pkgutil.iter_modules([str(folder)])]
    text = reference("commands")
    assert commands
    assert [command for command in commands if f"`{command}" not in text] == []


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(env.ROOT)))
def test_links_lead_somewhere(document: Path):
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http://", "https://", "mailto:"))]
    assert [link for link in local if not (document.parent / link).exists()] == []
