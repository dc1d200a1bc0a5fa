"""A small network of sentences in a folder, as sentence-transformers lays it out: a vector for each word."""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.onnx_files import number, part, tensor

needs_onnxruntime = pytest.mark.skipif(
    find_spec("onnxruntime") is None or find_spec("tokenizers") is None,
    reason="onnxruntime is not installed: pip install -r requirements-embeddings.txt",
)
VOCABULARY = ["[PAD]", "[UNK]", "[CLS]", "apple", "pear", "hammer", "saw"]
TABLE = np.random.default_rng(0).normal(size=(len(VOCABULARY), 4)).astype(np.float32)
INPUTS = ("input_ids", "attention_mask", "token_type_ids")
MODULES = ("Transformer", "Pooling", "Normalize")


def write_folder(
    folder: Path,
    network: str = "onnx/model.onnx",
    *,
    inputs: Sequence[str] = INPUTS,
    output: str = "last_hidden_state",
    modules: Sequence[str] = MODULES,
    **pooling: Any,
) -> Path:
    """Write the model whose output is the row of the table of each token, after [CLS] at the start of every text."""
    (folder / network).parent.mkdir(parents=True, exist_ok=True)
    (folder / network).write_bytes(_network(inputs, output))
    _write_tokenizer(folder / "tokenizer.json")
    rows = [{"idx": n, "path": f"{n}_{kind}", "type": f"a.package.{kind}"} for n, kind in enumerate(modules)]
    write_json(folder / "modules.json", rows)
    write_json(folder / "1_Pooling" / "config.json", pooling)
    return folder


def write_json(file: Path, content: object) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(content))


def _write_tokenizer(file: Path) -> None:
    """As of many real models, it cuts short and fills up more than the model wants."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = {word: place for place, word in enumerate(VOCABULARY)}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A", special_tokens=[("[CLS]", 2)])
    tokenizer.enable_truncation(max_length=3)
    tokenizer.enable_padding(length=3)
    tokenizer.save(str(file))


def _network(inputs: Sequence[str], output: str) -> bytes:
    """Gather rows of the table by the first input; the others are not looked at."""
    node = part(1, "table") + part(1, inputs[0]) + part(2, output) + part(4, "Gather")
    table = number(1, TABLE.shape[0]) + number(1, TABLE.shape[1]) + number(2, 1) + part(8, "table")
    graph = b"".join(
        [
            part(1, node),
            part(2, "graph"),
            part(5, table + part(9, TABLE.tobytes())),
            *(part(11, tensor(name, "n", "t", kind=7)) for name in inputs),
            part(12, tensor(output, "n", "t", TABLE.shape[1])),
        ]
    )
    return number(1, 8) + part(8, number(2, 13)) + part(7, graph)
