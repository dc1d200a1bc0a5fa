"""Small networks in a folder, as ONNX files: a picture's mean colour, or its brightest values."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

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
            *(_part(1, _part(1, source) + _part(2, target) + _part(4, name)) for name, source, target in nodes),
            _part(2, "graph"),
            *(_part(11, _tensor(name, "n", 3, "height", "width")) for name in inputs),
            _part(12, _tensor("vector", "n", 3)),
        ]
    )
    return _number(1, 8) + _part(8, _number(2, 13)) + _part(7, graph)


def _tensor(name: str, *sizes: str | int) -> bytes:
    dimensions = b"".join(_part(1, _part(2, size) if isinstance(size, str) else _number(1, size)) for size in sizes)
    return _part(1, name) + _part(2, _part(1, _number(1, 1) + _part(2, dimensions)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _part(field: int, content: bytes | str) -> bytes:
    content = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + _varint(value >> 7)
