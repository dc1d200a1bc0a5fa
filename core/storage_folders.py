"""Folders of Django's storage, which knows files only."""

from contextlib import suppress
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage


def files(folder: str) -> list[str]:
    with suppress(FileNotFoundError):
        return default_storage.listdir(folder)[1]
    return []


def folders(folder: str) -> list[str]:
    with suppress(FileNotFoundError):
        return default_storage.listdir(folder)[0]
    return []


def replace(name: str, content: bytes | IO[bytes]) -> None:
    """Store a file in place of the one that has this name, if any."""
    if default_storage.exists(name):
        default_storage.delete(name)
    default_storage.save(name, ContentFile(content) if isinstance(content, bytes) else File(content))


def remove(folder: str) -> None:
    """Remove a folder with all that is in it, by name; nothing happens when there is none."""
    for inner in folders(folder):
        remove(f"{folder}/{inner}")
    for name in sorted(files(folder)):
        default_storage.delete(f"{folder}/{name}")
    with suppress(OSError):
        default_storage.delete(folder)
