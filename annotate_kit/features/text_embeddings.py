"""Sentence embeddings.

Texts of similar meaning lie near each other: the vectors that a network (an ONNX file in a folder of
sentence-transformers) has for them, or the mean of those that a static model (model2vec) has for their tokens.

The model is a folder of this machine, named by the environment variable EMBEDDINGS_MODEL; nothing is ever downloaded.
"""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate_kit.features._model_folder import ModelFolder, NetworkFolder, onnx_files
from annotate_kit.geometry.neighbours import unit_rows

Embed = Callable[[Sequence[str]], NDArray[Any]]

kinds = frozenset({"text"})
VERSION = 1


NO_NETWORK = (
    "holds the weights of a network for PyTorch and no ONNX file: download or export model.onnx, "
    "see docs/how-to/embeddings.md"
)


@dataclass(frozen=True)
class StaticFolder(ModelFolder):
    """A static model, as model2vec or sentence-transformers writes it."""

    def problem(self, path: Path) -> str:
        if path.is_dir() and not self.contents(path)[0].is_file():
            return "holds no model: there is neither a model.onnx nor a model.safetensors"
        return super().problem(path) or ("" if _is_static(self.contents(path)[0]) else NO_NETWORK)

    def contents(self, path: Path) -> list[Path]:
        nested = path / "0_StaticEmbedding"
        if not nested.is_dir():
            return super().contents(path)
        return [nested / "model.safetensors", nested / "tokenizer.json", path / "config_sentence_transformers.json"]


def _is_static(tensors: Path) -> bool:
    """Whether a safetensors file, by its header, holds a table of tokens; True where it can't be read."""
    with tensors.open("rb") as content:
        size = int.from_bytes(content.read(8), "little")
        try:
            names = json.loads(content.read(min(size, _LONGEST_HEADER)))
        except ValueError:
            return True
    return "embeddings" in names or "embedding.weight" in names


_LONGEST_HEADER = 100_000_000
STATIC = StaticFolder(
    "text_embeddings", "EMBEDDINGS_MODEL", ("model.safetensors", "tokenizer.json", "config.json"), "model2vec"
)
NETWORK = NetworkFolder("text_embeddings", "EMBEDDINGS_MODEL", ("tokenizer.json",), "onnxruntime")


def folder_of(path: Path) -> ModelFolder:
    """What a path holds: a network where there is an ONNX file, else a static model."""
    return NETWORK if path.is_file() or onnx_files(path) else STATIC


def problem(path: Path) -> str:
    """What a path lacks to be a model, as the end of a sentence that begins with its name; else empty."""
    return folder_of(path).problem(path)


def lacking() -> str:
    """Why there are no embeddings here, and what to do; empty when all is there."""
    return _named().lacking()


def model_id() -> str:
    """What tells models apart. Empty without a model."""
    return _named().model_id()


def _named() -> ModelFolder:
    return folder_of(Path(STATIC.path)) if STATIC.path else STATIC


def compute(contents: Sequence[str]) -> NDArray[np.float32]:
    """(n, d) for a model of d numbers: rows of length 1; zeros for a text of which the model knows no token.

    Texts count as far as the model reads. A network pools what it says of their tokens as its folder says; a static
    model's tokens count by its weights, where it has some. ValueError says what is to be installed or set.
    """
    if reason := lacking():
        raise ValueError(reason)
    folder = _named()
    embed = (_with_network if folder is NETWORK else _with_table)(folder.path, model_id())
    # Means may be in float16, whose lengths are rough: they are normalised in float32.
    vectors = embed(list(contents) or [""]).astype(np.float32)[: len(contents)]
    rows: NDArray[np.float32] = unit_rows(vectors)
    return rows


@lru_cache(maxsize=1)
def _with_network(path: str, model_id: str) -> Embed:
    """The network in memory, read again when its files have changed. ValueError when it is no such model."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # several jobs share the cores already
    from annotate_kit.features import _sentence_network

    try:
        return _sentence_network.read(NETWORK.network(Path(path)), NETWORK.root(Path(path))).embed
    except Exception as error:  # each of the libraries that read the files has errors of its own
        raise ValueError(f"{NETWORK} holds no network of sentence embeddings: {error}") from error


@lru_cache(maxsize=1)
def _with_table(path: str, model_id: str) -> Embed:
    """The static model in memory, read again when its files have changed. ValueError when they are no model."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is downloaded, even if the folder disappears just now
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # several jobs share the cores already
    from model2vec import StaticModel

    try:
        model = StaticModel.from_pretrained(path)
    except Exception as error:  # each of the libraries that read the files has errors of its own
        raise ValueError(f"{STATIC} holds no model of model2vec: {error}") from error
    return partial(model.encode, normalize=False, use_multiprocessing=False)
