"""CoNLL (a row a token)."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from annotate_kit.formats.datasets import registry
from annotate_kit.formats.readers import _datasets
from annotate_kit.formats.readers._stream import text_chunks
from annotate_kit.formats.records import Record, Rejected

content_types = ("text/x-conll",)
suffixes = (".conll", ".iob", ".bio")


def read(stream: BinaryIO, *, choose: Any = None, folders_are_labels: bool = False) -> Iterator[Record | Rejected]:
    """A record an item, its spans as gold. It has no columns to choose among."""
    return _datasets.of_files(registry.load("conll"), {"file.conll": b"".join(text_chunks(stream))})
