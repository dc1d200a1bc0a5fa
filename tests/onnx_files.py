"""Parts of ONNX files, field by field, as https://github.com/onnx/onnx/blob/main/onnx/onnx.proto numbers them."""


def tensor(name: str, *sizes: str | int, kind: int = 1) -> bytes:
    """A ValueInfoProto; the kinds are 1 for float32 and 7 for int64."""
    dimensions = b"".join(part(1, part(2, size) if isinstance(size, str) else number(1, size)) for size in sizes)
    return part(1, name) + part(2, part(1, number(1, kind) + part(2, dimensions)))


def number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def part(field: int, content: bytes | str) -> bytes:
    content = content.encode() if isinstance(content, str) else content
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + _varint(value >> 7)
