"""The files: bytes to plain records and back. Nothing here knows Django."""
