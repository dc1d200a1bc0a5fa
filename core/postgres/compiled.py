"""Querysets on the busiest paths, compiled once: building one anew costs ten times what the database takes for it."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)

_PLACEHOLDER = -(2**62)  # a number that no row has


class CompiledQuery:
    """The rows of `build(*numbers)`, as a `values_list` gives them, except that JSON is its text.

    `build` is called once, with a placeholder for each of its numbers, which may end up in conditions only.
    """

    def __init__(self, build: Callable[..., QuerySet], numbers: int) -> None:
        self._build = build
        self._placeholders = [_PLACEHOLDER - place for place in range(numbers)]

    @cached_property
    def _compiled(self) -> tuple[str, tuple[Any, ...]]:
        sql, values = self._build(*self._placeholders).query.sql_with_params()
        if missing := set(self._placeholders) - set(values):
            raise ValueError(f"{len(missing)} of the numbers are not in the conditions of the query: {sql}")
        return sql, values

    def first(self, *numbers: int) -> tuple[Any, ...] | None:
        """The first row, None where there is none."""
        sql, values = self._compiled
        by_placeholder = dict(zip(self._placeholders, numbers, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(sql, [by_placeholder.get(value, value) for value in values])
            return cursor.fetchone()


def loaded(model: type[M], values: Sequence[Any]) -> M:
    """An instance of all the columns of a row, in the order of the model's fields."""
    fields = model._meta.concrete_fields
    converted = [
        field.from_db_value(value, None, connection) if hasattr(field, "from_db_value") else value
        for field, value in zip(fields, values, strict=True)
    ]
    return model.from_db(connection.alias, [field.attname for field in fields], converted)
