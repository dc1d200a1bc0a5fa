"""Small networks in a folder, as ONNX files: a picture's mean colour, or its brightest values."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.onnx_files import number, part, tensor

needs_onnxruntime = pytest.mark.skipif(
    find_spec("onnxruntime") is None,
    reason="onnxruntime is not installed: pip install -r requirements-embeddings.txt",
)
PREPARATION = {"size": {"height": 8, "width": 8}, "do_normalize": False}


def write_network(
    folder: Path, operation: str = "GlobalAveragePool", inputs: tuple[str, ...] = ("pixels",), **changes: Any
) -> Path:
    """Write a network of one operation over (n, 3, height, width), with what its preprocessor_config.json says."""
    folder.mkdir(exist_ok=True)
    (folder / "model.onnx").write_bytes(_model(operation, inputs))
    (folder / "preprocessor_config.json").write_text(json.dumps(PREPARATION | changes))
    return folder


def _model(operation: str, inputs: tuple[str, ...]) -> bytes:
    """ModelProto of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, field by field."""
    nodes = [(operation, inputs[0], "pooled"), ("Flatten", "pooled", "vector")]
    graph = b"".join(
        [
            *(part(1, part(1, source) + part(2, target) + part(4, name)) for name, source, target in nodes),
            part(2, "graph"),
            *(part(11, tensor(name, "n", 3, "height", "width")) for name in inputs),
            part(12, tensor("vector", "n", 3)),
        ]
    )
    return number(1, 8) + part(8, number(2, 13)) + part(7, graph)
