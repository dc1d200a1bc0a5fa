"""The columns that a project's files brought: their order, and what type each has."""

from django.db import connection

from projects import itemtypes
from projects.models import Project

_TYPES = """
    SELECT name, bool_and(kind = 'boolean'), bool_and(kind = 'number'),
        bool_and(CASE WHEN kind = 'number' THEN abs(value::text::numeric) < 1e15
                 AND value::text::numeric = trunc(value::text::numeric) ELSE false END),
        bool_or(kind = 'string')
    FROM (
        SELECT part.name, value, jsonb_typeof(value) AS kind FROM annotate_item i,
        LATERAL (VALUES ('data.', i.data), ('meta.', i.meta)) AS record(prefix, content),
        LATERAL jsonb_each(CASE WHEN jsonb_typeof(content) = 'object' THEN content ELSE '{}' END) AS cell(key, value),
        LATERAL (SELECT prefix || key AS name) AS part
        WHERE i.project_id = %s AND value <> 'null'
    ) cells GROUP BY name ORDER BY name
"""


def fields(project: Project) -> list[str]:
    """The names within `data` of all items: in the order of the file that brought them, the first file first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT name FROM (
                SELECT fields, min(id) AS first FROM annotate_item
                WHERE project_id = %(project)s AND fields IS NOT NULL GROUP BY fields
            ) files, jsonb_array_elements_text(fields) WITH ORDINALITY AS part(name, place) ORDER BY first, place
            """,
            {"project": project.pk},
        )
        in_files = dict.fromkeys(name for (name,) in cursor.fetchall())
        cursor.execute(
            """
            SELECT DISTINCT jsonb_object_keys(data) AS name FROM annotate_item
            WHERE project_id = %s AND data IS NOT NULL ORDER BY name
            """,
            [project.pk],
        )
        return list(in_files | dict.fromkeys(name for (name,) in cursor.fetchall()))


def content(project: Project) -> list[str]:
    """The columns of the item types that this project's items have."""
    columns = itemtypes.columns()
    there = ", ".join(f"bool_or({column} IS NOT NULL)" for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {there} FROM annotate_item WHERE project_id = %s", [project.pk])  # noqa: S608  ours
        has = cursor.fetchone()
    return [column for column, is_there in zip(columns, has, strict=True) if is_there]


def types(project: Project) -> dict[str, str]:
    """{data.NAME or meta.NAME: string, json, int64, float64 or bool}, in the order of the files."""
    with connection.cursor() as cursor:
        cursor.execute(_TYPES, [project.pk])
        kinds = {name: _type(*flags) for name, *flags in cursor.fetchall()}
    order = [f"data.{name}" for name in fields(project)]
    order += [f"meta.{name.removeprefix('meta.')}" for name, _ in project.columns]
    return {name: kinds[name] for name in dict.fromkeys([*order, *kinds]) if name in kinds}


def _type(is_boolean: bool, is_number: bool, is_whole: bool, has_strings: bool) -> str:
    if is_boolean:
        return "bool"
    if is_number:
        return "int64" if is_whole else "float64"
    return "string" if has_strings else "json"
