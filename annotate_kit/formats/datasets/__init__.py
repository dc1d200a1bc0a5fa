"""Data sets: the files that other labelling tools read and write.

An entry has
    takes                    the kinds of value that it has a place for, keys of `annotate_kit.merging`
    suffix                   the ending of what it writes
    read(files)              yields an `Example` or a `Rejected` per row; `files` are bytes by name (see `unpacked`).
                             Unreadable when the rest of a file makes no sense. With `kind`, where a format has several.
    write(examples) -> bytes ValueError where an example has what the format has no place for; entries that are read
                             only have none. With `kind`, as above

An entry that reads more kinds of value than it writes names them all: `reads`.
An entry that cannot do without a package that need not be installed names it: `needs`.

An entry of JSON rows may have
    recognises(row) -> bool  whether this object is one of its rows and of nothing else, so that files need not be named

What is written and read again is the same. `peerannot` is a folder with functions of its own.
"""

from types import ModuleType

from annotate_kit.registry import Registry

from ._example import KEYS, WHOLE, Example
from ._files import unpacked

__all__ = ["Example", "content_of", "registry", "unpacked"]

registry = Registry(__name__)


def content_of(entry: ModuleType) -> frozenset[str]:
    """What the items of a format show, by its kinds of value: text, image or both."""
    return frozenset("image" if kind in KEYS else "text" for kind in entry.takes if kind not in WHOLE)
