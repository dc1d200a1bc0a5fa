"""Writers: rows to a file's bytes.

An entry has
    content_type   the media type of what it writes
    suffix         the ending of the file's name
    nested         whether a value may hold others; if not, objects are better given as columns of their own
    write(rows, fields)
                   yields the file in pieces of about `PIECE` bytes, in constant memory. `rows` are mappings; of each,
                   `fields` are written in that order, and one that a row lacks is written as empty (null).
"""

from annotate_kit.registry import Registry

registry = Registry(__name__)

PIECE = 2**16
