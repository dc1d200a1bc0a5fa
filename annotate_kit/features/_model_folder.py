"""Models of the user's own: a folder of this machine, named by an environment variable. Nothing is ever downloaded."""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

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
        return f"{self.path}, which {self.variable} names,"

    def lacking(self) -> str:
        """Why there are no embeddings here, and what to do; empty when all is there."""
        if find_spec(self.package) is None:
            return f"{self.entry} needs the package {self.package}, which is not installed: {INSTALL}"
        if not self.path:
            return f"{self.entry} needs a model: set {self.variable} to its folder"
        problem = self.problem(Path(self.path))
        return f"{self.entry} needs a model, and {self} {problem}" if problem else ""

    def problem(self, path: Path) -> str:
        """What a path lacks to be a model, as the end of a sentence that begins with its name; else empty."""
        if not path.is_dir():
            return "is no folder: name the one into which the model was downloaded"
        return _without([str(file.relative_to(path)) for file in self.contents(path) if not file.is_file()])

    def contents(self, path: Path) -> list[Path]:
        """The files that make the model."""
        return [path / name for name in self.files]

    def model_id(self) -> str:
        """What tells models apart: a digest of the model's files. Empty without a model."""
        if not self.path or self.problem(Path(self.path)):
            return ""
        files = self.contents(Path(self.path))
        changes = [file.stat() for file in files]
        return _digest(tuple(files), tuple((change.st_mtime_ns, change.st_size) for change in changes))


@dataclass(frozen=True)
class NetworkFolder(ModelFolder):
    """A folder with an ONNX file, in it or in its folder `onnx`, and `files` beside; or that ONNX file itself."""

    def problem(self, path: Path) -> str:
        networks = onnx_files(path)
        if not (path.is_dir() or networks):
            return "is no folder and no ONNX file: name what was downloaded or exported"
        if len(networks) > 1:
            return f"holds several networks: name the file that is meant, such as {networks[0]}"
        named = [] if networks else ["model.onnx"]
        return _without([*named, *(name for name in self.files if not (self.root(path) / name).is_file())])

    def contents(self, path: Path) -> list[Path]:
        """The network, weights in files of their own (model.onnx_data), and all settings beside it."""
        network, root = self.network(path), self.root(path)
        weights = network.parent.glob(f"{network.name}?*")
        settings = [*root.glob("*.json"), *root.glob("[0-9]_*/*")]
        return [network, *sorted(weights), *sorted(file for file in settings if file.is_file())]

    def network(self, path: Path) -> Path:
        """The ONNX file of a path without a problem."""
        return onnx_files(path)[0]

    def root(self, path: Path) -> Path:
        """The folder of the files beside the network."""
        folder = path.parent if path.is_file() else path
        is_part = folder.name == "onnx" and all((folder.parent / name).is_file() for name in self.files)
        return folder.parent if is_part else folder


def onnx_files(path: Path) -> list[Path]:
    """Those that a path may mean: itself; else those called model.onnx in it or in its folder onnx; else all there."""
    if path.is_file():
        return [path] if path.suffix == ".onnx" else []
    networks = sorted([*path.glob("*.onnx"), *path.glob("onnx/*.onnx")])
    return [network for network in networks if network.name == "model.onnx"] or networks


def session(network: Path) -> "InferenceSession":
    """The network in memory, with as many threads as all calculations of this process; its errors have no class."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0"))
    return onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])


def _without(files: list[str]) -> str:
    if not files:
        return ""
    return f"holds no model: {', '.join(files)} {'is' if len(files) == 1 else 'are'} missing"


@lru_cache(maxsize=4)
def _digest(files: tuple[Path, ...], changes: tuple[tuple[int, int], ...]) -> str:
    """Of the files' contents; `changes` are the times and sizes at which this digest holds."""
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:16]
