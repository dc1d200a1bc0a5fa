"""spaCy's DocBin."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from annotate_kit.formats.datasets import registry
from annotate_kit.formats.readers import Unreadable, _datasets
from annotate_kit.formats.records import Record, Rejected

content_types = ("application/x-spacy",)
suffixes = (".spacy",)


def read(
    stream: BinaryIO, *, choose: Any = None, folders_are_labels: bool = False, kind: str | None = None
) -> Iterator[Record | Rejected]:
    """A record a text, its spans or categories as gold. Unreadable where spaCy, which reads it, is not installed."""
    data = b"".join(iter(lambda: stream.read(2**20), b""))
    if not data:
        raise Unreadable("the file is empty")
    return _datasets.of_files(registry.load("docbin"), {"file.spacy": data}, kind=kind)
