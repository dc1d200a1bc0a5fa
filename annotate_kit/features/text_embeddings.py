"""Sentence embeddings.

Texts of similar meaning lie near each other: the mean of the vectors that a static model (model2vec) has for their
tokens.

The model is a folder of this machine, named by the environment variable EMBEDDINGS_MODEL; nothing is ever downloaded.
"""

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from model2vec import StaticModel

kinds = frozenset({"text"})
VERSION = 1

FOLDER = "EMBEDDINGS_MODEL"
FILES = ("model.safetensors", "tokenizer.json", "config.json")
INSTALL = "pip install -r requirements-embeddings.txt"


def compute(contents: Sequence[str]) -> NDArray[np.float32]:
    """(n, d) for a model of d numbers: rows of length 1; zeros for a text without a token that the model knows.

    Tokens count by the model's weights, where it has some, and no further than the model reads (512 tokens, where its
    config.json names no other number). ValueError says what is to be installed or set.
    """
    if reason := lacking():
        raise ValueError(reason)
    model = _model(os.environ[FOLDER], model_id())
    if not contents:
        return np.empty((0, model.dim), dtype=np.float32)
    # The mean may be in float16, whose lengths are rough: it is normalised in float32.
    means = model.encode(list(contents), normalize=False, use_multiprocessing=False).astype(np.float32)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return np.divide(means, lengths, out=np.zeros_like(means), where=lengths > 0)


def lacking() -> str:
    """Why there are no embeddings here, and what to do; empty when all is there."""
    if find_spec("model2vec") is None:
        return f"text_embeddings needs the package model2vec, which is not installed: {INSTALL}"
    folder = os.environ.get(FOLDER, "")
    if not folder:
        return f"text_embeddings needs a model: set {FOLDER} to a folder with {', '.join(FILES)} of model2vec"
    missing = [name for name in FILES if not (Path(folder) / name).is_file()]
    return f"text_embeddings needs {', '.join(missing)} in the folder {folder}, which {FOLDER} names" if missing else ""


def model_id() -> str:
    """What tells models apart: a digest of the model's files. Empty without a model."""
    files = [Path(os.environ.get(FOLDER, "")) / name for name in FILES]
    if not os.environ.get(FOLDER) or not all(file.is_file() for file in files):
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


@lru_cache(maxsize=1)
def _model(folder: str, model_id: str) -> "StaticModel":
    """The model in memory, read again when its files have changed. ValueError when they are no model."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is downloaded, even if the folder disappears just now
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # several jobs share the cores already
    from model2vec import StaticModel

    try:
        return StaticModel.from_pretrained(folder)
    except Exception as error:  # each of the libraries that read the three files has errors of its own
        raise ValueError(f"the folder {folder}, which {FOLDER} names, holds no model of model2vec: {error}") from error
