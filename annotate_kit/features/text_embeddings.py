"""Sentence embeddings.

Texts of similar meaning lie near each other: the mean of the vectors that a static model (model2vec) has for their
tokens.

The model is a folder of this machine, named by the environment variable EMBEDDINGS_MODEL; nothing is ever downloaded.
"""

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annotate_kit.features._model_folder import ModelFolder
from annotate_kit.geometry.neighbours import unit_rows

if TYPE_CHECKING:
    from model2vec import StaticModel

kinds = frozenset({"text"})
VERSION = 1

MODEL = ModelFolder(
    "text_embeddings", "EMBEDDINGS_MODEL", ("model.safetensors", "tokenizer.json", "config.json"), "model2vec"
)
lacking, model_id = MODEL.lacking, MODEL.model_id


def compute(contents: Sequence[str]) -> NDArray[np.float32]:
    """(n, d) for a model of d numbers: rows of length 1; zeros for a text without a token that the model knows.

    Tokens count by the model's weights, where it has some, and no further than the model reads (512 tokens, where its
    config.json names no other number). ValueError says what is to be installed or set.
    """
    if reason := lacking():
        raise ValueError(reason)
    model = _model(MODEL.path, model_id())
    if not contents:
        return np.empty((0, model.dim), dtype=np.float32)
    # The mean may be in float16, whose lengths are rough: it is normalised in float32.
    means = model.encode(list(contents), normalize=False, use_multiprocessing=False).astype(np.float32)
    rows: NDArray[np.float32] = unit_rows(means)
    return rows


@lru_cache(maxsize=1)
def _model(folder: str, model_id: str) -> "StaticModel":
    """The model in memory, read again when its files have changed. ValueError when they are no model."""
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is downloaded, even if the folder disappears just now
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # several jobs share the cores already
    from model2vec import StaticModel

    try:
        return StaticModel.from_pretrained(folder)
    except Exception as error:  # each of the libraries that read the three files has errors of its own
        raise ValueError(f"{MODEL}, holds no model of model2vec: {error}") from error
