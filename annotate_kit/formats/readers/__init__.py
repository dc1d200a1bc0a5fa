"""Readers: a file's bytes to records.

An entry has
    content_types   the media types that it reads, the usual one first
    suffixes        the file names' endings, the usual one first
    read(stream, *, choose=None, folders_are_labels=False)
                    yields a `Record` or a `Rejected` per row, in order and in constant memory. One bad row is a
                    `Rejected`; what spoils the rest of the file raises `Unreadable`, possibly after good rows.
                    `choose` concerns tables: it gets a `columns.Sample` of the file and returns the role of each
                    column, or None where their names say all.
                    `folders_are_labels` concerns archives: the folder of a file becomes its gold.
An entry that reads what other tools wrote has `read(…, kind=None)`, the kind of value that is wanted: a key of
`annotate_kit.merging`, single_choice, multiple_choice or form; and `questions=()`, the names of a form's questions,
where it makes a difference. `rows` gives them to those that have them.
"""

from collections.abc import Collection, Iterator
from inspect import signature
from pathlib import PurePath
from types import ModuleType
from typing import TYPE_CHECKING, Any, BinaryIO

from annotate_kit.formats.records import Record, Rejected
from annotate_kit.formats.records import Unreadable as Unreadable
from annotate_kit.registry import Registry

if TYPE_CHECKING:
    from annotate_kit.formats.columns import Sample

registry = Registry(__name__)


def for_file(name: str | None, content_type: str | None) -> ModuleType:
    """The entry that reads this kind of file: by its content type if that is known, else by its name's ending."""
    media_type = (content_type or "").partition(";")[0].strip().lower()
    suffix = PurePath(name or "").suffix.lower()
    readers = [registry.load(key) for key in registry.names]
    for reader in readers:
        if media_type in reader.content_types:
            return reader
    for reader in readers:
        if suffix in reader.suffixes:
            return reader
    known = ", ".join(f"{' '.join(reader.suffixes)} ({reader.content_types[0]})" for reader in readers)
    raise Unreadable(f"no reader for {name or media_type or 'a file without name and type'}; known are {known}")


def rows(
    reader: ModuleType, stream: BinaryIO, *, kind: str | None, questions: Collection[str] = (), **options: Any
) -> Iterator[Record | Rejected]:
    """What the entry reads, of files that hold values of this kind."""
    wanted = {"kind": kind, "questions": questions}
    wanted = {name: wanted[name] for name in wanted.keys() & signature(reader.read).parameters.keys()}
    records: Iterator[Record | Rejected] = reader.read(stream, **options, **wanted)
    return records


def sample(reader: ModuleType, stream: BinaryIO, questions: Collection[str] = ()) -> "Sample | None":
    """The columns and first rows of a table; None of an archive, and of a table that answers these questions of a form.
    Unreadable when not even these can be read."""
    samples: list[Sample] = []
    records = rows(reader, stream, kind=None, questions=questions, choose=samples.append)
    try:
        next(records, None)
    except Unreadable:  # the columns may need roles
        if not samples:
            raise
    return samples[0] if samples else None
