"""The reference names every call of REST."""

import re

from drf_spectacular.generators import SchemaGenerator

from tests.docs.test_reference import reference


def test_the_reference_names_every_call_and_no_other():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    there = {f"{method.upper()} {_short(path)}" for path, calls in paths.items() for method in calls}
    named = set(re.findall(r"^\| `([A-Z]+ /api/[^`]*)`", reference("rest"), flags=re.MULTILINE))
    assert named - {"GET /api/docs/"} == there


def _short(path: str) -> str:
    """People call it {id}."""
    return re.sub(r"\{\w+_id\}", "{id}", path)


def test_the_reference_names_every_field_of_a_project():
    fields = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]["Project"]["properties"]
    text = reference("rest")
    assert [name for name in fields if f"`{name}`" not in text] == []
