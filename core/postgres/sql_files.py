"""A file of SQL beside the module that runs it: blocks, each under a line `-- name: …`."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def blocks(file: Path) -> dict[str, str]:
    """Each block by its name. What stands before the first one is for the reader of the file."""
    _, *named = _NAME.split(file.read_text(encoding="utf-8"))
    return {name: sql.strip() for name, sql in zip(named[::2], named[1::2], strict=True)}
