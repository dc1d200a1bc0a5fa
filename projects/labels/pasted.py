"""A list of labels as people paste it: one a line, or name, key, description and parent with tabs between them."""

from collections.abc import Iterator, Mapping, Sequence

FIELD = "pasted_labels"  # of the editor's form


def action_in(data: Mapping[str, str]) -> str:
    """What the editor is asked to do: the button that was pressed, else to add what was pasted and not added yet."""
    return data.get("act", "") or ("paste" if data.get(FIELD, "").strip() else "")


def added(rows: Sequence[Mapping[str, str]], text: str) -> list[dict[str, str]]:
    """The rows that have a name, then what was pasted; of a name that is there already, the new fields."""
    together = [dict(row) for row in rows if row.get("name")]
    by_name = {row["name"]: row for row in together}
    for row in _lines(text):
        if row["name"] not in by_name:
            together.append(by_name.setdefault(row["name"], row))
        by_name[row["name"]].update({field: value for field, value in row.items() if value})
    return together


def _lines(text: str) -> Iterator[dict[str, str]]:
    for line in text.replace("\0", "").splitlines():
        name, *others = (cell.strip() for cell in line.split("\t"))
        if name:
            yield {"name": name, **_other_fields(others)}


def _other_fields(cells: list[str]) -> dict[str, str]:
    """Of two columns the second is the key where it is one letter or digit, else the description."""
    if len(cells) == 1 and len(cells[0]) > 1:
        cells = ["", *cells]
    key, description, parent = [*cells, "", "", ""][:3]
    return {"hotkey": key.lower(), "description": description, "parent": parent}
