"""Models of the user's own: a folder of this machine, named by an environment variable. Nothing is ever downloaded."""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

INSTALL = "pip install -r requirements-embeddings.txt"


@dataclass(frozen=True)
class ModelFolder:
    """What an entry needs of a model.

    entry      the key of the features
    variable   the environment variable that names the folder
    files      the names of the files that are in it
    package    what reads them
    """

    entry: str
    variable: str
    files: tuple[str, ...]
    package: str

    @property
    def path(self) -> str:
        """The folder; empty where none is named."""
        return os.environ.get(self.variable, "")

    def __str__(self) -> str:
        return f"the folder {self.path}, which {self.variable} names"

    def lacking(self) -> str:
        """Why there are no embeddings here, and what to do; empty when all is there."""
        if find_spec(self.package) is None:
            return f"{self.entry} needs the package {self.package}, which is not installed: {INSTALL}"
        if not self.path:
            return f"{self.entry} needs a model: set {self.variable} to a folder with {', '.join(self.files)}"
        missing = [name for name in self.files if not (Path(self.path) / name).is_file()]
        if missing:
            return f"{self.entry} needs {', '.join(missing)} in {self}"
        return ""

    def model_id(self) -> str:
        """What tells models apart: a digest of the model's files. Empty without a model."""
        files = [Path(self.path) / name for name in self.files]
        if not self.path or not all(file.is_file() for file in files):
            return ""
        changes = [file.stat() for file in files]
        return _digest(tuple(files), tuple((change.st_mtime_ns, change.st_size) for change in changes))


@lru_cache(maxsize=4)
def _digest(files: tuple[Path, ...], changes: tuple[tuple[int, int], ...]) -> str:
    """Of the files' contents; `changes` are the times and sizes at which this digest holds."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:16]
