"""A folder as a zip, streamed."""

import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from django.utils.text import slugify

from projects.models import Project

PIECE = 2**16


def zipped(project: Project, fill: Callable[[Path], None], compression: int = zipfile.ZIP_DEFLATED) -> Iterator[bytes]:
    """The zip of a folder named like the project, piece by piece, once `fill` has written its files."""
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryFile() as packed:
        folder = Path(place) / (slugify(project.name) or "project")
        folder.mkdir()
        fill(folder)
        with zipfile.ZipFile(packed, "w", compression) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    archive.write(path, path.relative_to(place))
        packed.seek(0)
        while piece := packed.read(PIECE):
            yield piece
