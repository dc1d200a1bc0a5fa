"""A small model of static embeddings in a folder, as model2vec writes them: words of fruit and of tools."""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

INSTALLED = find_spec("model2vec") is not None
needs_model2vec = pytest.mark.skipif(
    not INSTALLED, reason="model2vec is not installed: pip install -r requirements-embeddings.txt"
)
VOCABULARY = ["[UNK]", "apple", "pear", "plum", "cherry", "hammer", "saw", "chisel", "drill"]


def vectors(seed: int = 0) -> np.ndarray:
    """Fruit lies in one direction, tools in another."""
    noise = np.random.default_rng(seed).normal(0, 0.1, (len(VOCABULARY), 8))
    noise[1:5, 0] += 1
    noise[5:, 1] += 1
    return noise.astype(np.float32)


def write_model(folder: Path, table: np.ndarray, weights: Sequence[float] | None = None) -> Path:
    """Write the model of this table of vectors, one for each word of the vocabulary."""
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    folder.mkdir(exist_ok=True)
    words = {word: place for place, word in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    tensors = {"embeddings": table}
    if weights is not None:
        tensors["weights"] = np.asarray(weights, dtype=np.float32)
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"normalize": False}))
    return folder
