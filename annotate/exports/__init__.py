"""Files on their way out."""

from annotate.exports.rows import ITEMS, WHAT, content_type, counts, export, file_name, formats

__all__ = ["ITEMS", "WHAT", "content_type", "counts", "export", "file_name", "formats"]
