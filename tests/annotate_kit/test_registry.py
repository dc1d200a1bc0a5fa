"""A folder's entries are known by their names and titles before any of them is imported."""

import ast
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from annotate_kit.registry import Registry
from tests.docs.test_reference import REGISTRIES

HEADS = {
    "one_line": '"""What it does."""\n',
    "more_lines": '"""What it does.\n\nAnd how.\n"""\n',
    "raw": 'r"""What it does."""\n',
    "after_comments": '#!/usr/bin/env python3\n# A licence.\n\n"""What it does"""\n',
}


@pytest.fixture
def entries(tmp_path, monkeypatch) -> Iterator[Registry]:
    package = tmp_path / "entries_of_a_test"
    package.mkdir()
    heads = HEADS | {"none": "import os\n", "empty": "", "later": 'X = 1\n"""No docstring."""\n'}
    for name, head in [("__init__", ""), *heads.items()]:
        (package / f"{name}.py").write_text(head)
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry(package.name)
    sys.modules.pop(package.name, None)


@pytest.mark.parametrize("name", HEADS)
def test_a_title_is_the_first_line_of_the_docstring(entries, name):
    assert entries.title(name) == "What it does"


def test_what_an_entry_does_is_the_first_sentence_of_the_second_paragraph(entries):
    assert entries.about("more_lines") == "And how."
    assert [entries.about(name) for name in ("one_line", "raw", "none", "empty", "later")] == [""] * 5


@pytest.mark.parametrize("name", ["none", "empty", "later"])
def test_without_a_docstring_the_title_is_the_key(entries, name):
    assert entries.title(name) == name


@pytest.mark.parametrize("package", REGISTRIES)
def test_every_title_is_what_python_takes_for_the_docstring(package):
    registry = Registry(package)
    for name in registry.names:
        docstring = ast.get_docstring(ast.parse(registry._file(name).read_text(encoding="utf-8")))
        assert docstring
        assert registry.title(name) == docstring.splitlines()[0].rstrip(".")


def test_titles_are_read_without_the_parser_of_python(monkeypatch):
    """In Python 3.11 it fails where several threads use it at once, as the threads of a server that starts do."""
    monkeypatch.setattr(ast, "parse", lambda *_: pytest.fail("parsed"))
    registry = Registry("annotate_kit.aggregation")
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: str(registry.choices()), range(32)))) == 1
