"""Rows that were copied into a staging table, each about an `item`."""


def with_project(table: str) -> str:
    """SQL: the rows of a staging table, with the `project` of their item; NULL where the item was deleted.

    One look-up by key a row, whatever the planner thinks of a table that just grew: by its statistics a new project has
    one item, and a join would go through all rows for each of them.
    """
    return f"(SELECT *, (SELECT project_id FROM annotate_item WHERE id = item) AS project FROM {table} OFFSET 0)"  # noqa: S608  ours
