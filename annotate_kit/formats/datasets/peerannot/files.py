"""Reading a folder's files with errors that name them, and writing them whole or not at all."""

import codecs
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray


class FolderError(ValueError):
    """A file that is not as it should be; the message names the file, the key and the value."""


def shown(value: object) -> str:
    """A value as an error quotes it: short, and printable."""
    text = ascii(value) if not str(value).isprintable() else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def read_bytes(path: Path, why: str = "") -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise FolderError(f"{path} is missing{'; ' + why if why else ''}") from None
    except OSError as error:
        raise FolderError(f"{path} cannot be read: {error.strerror}") from None


def load_json(path: Path, why: str = "") -> dict[str, Any]:
    """The file's object. FolderError also for a key given twice, which JSON readers drop in silence."""
    text = read_bytes(path, why).removeprefix(codecs.BOM_UTF8)
    try:
        loaded = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FolderError(f"{path} is not JSON: {error}") from None
    if not isinstance(loaded, dict):
        raise FolderError(f"{path} must hold an object, {{…}}; it holds {shown(loaded)}")
    if text.count(b":") != len(loaded) + sum(len(value) for value in loaded.values() if isinstance(value, dict)):
        _find_repeated_key(path, text)
    return loaded


def load_lines(path: Path, why: str = "") -> list[str]:
    """The file's lines, stripped, the empty ones left out."""
    try:
        text = read_bytes(path, why).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FolderError(f"{path} is not UTF-8 text (byte {error.start})") from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def load_array(path: Path, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """The `.npy` file's array, whose shape must be so; None stands for any length. Pickled objects are refused."""
    try:
        array = np.load(path, allow_pickle=False)
    except FileNotFoundError:
        raise FolderError(f"{path} is missing") from None
    except (OSError, ValueError, EOFError):
        raise FolderError(f"{path} is not a .npy file of numbers, as numpy.save writes it") from None
    if not isinstance(array, np.ndarray) or not _fits(array.shape, shape):
        lengths = ", ".join("any" if length is None else str(length) for length in shape)
        wanted = f"({lengths},)" if len(shape) == 1 else f"({lengths})"
        raise FolderError(f"{path} must have the shape {wanted}; it has {getattr(array, 'shape', 'none')}")
    return array


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to; it takes the place of `path` when all went well, and is removed otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield aside
        aside.replace(path)
    except OSError as error:
        if error.filename != str(aside):
            raise
        raise FolderError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def check_writable(path: Path, *read: Path) -> None:
    """FolderError, before any work, where `path` cannot be written or is one of the files that are read."""
    if path.is_dir():
        raise FolderError(f"{path} is a folder; name a file in it")
    if any(path.resolve() == file.resolve() for file in read):
        raise FolderError(f"{path} is what is read; name another file for what is written")
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise FolderError(f"{path} cannot be written: {folder} is {'read-only' if folder.is_dir() else 'no folder'}")


def save_json(path: Path, content: Any) -> None:
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
    with replacing(path) as aside:
        aside.write_bytes(orjson.dumps(content, option=options) + b"\n")


def save_array(path: Path, array: NDArray[Any]) -> None:
    with replacing(path) as aside, aside.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def save_text(path: Path, text: str) -> None:
    with replacing(path) as aside:
        aside.write_text(text, encoding="utf-8")


def _find_repeated_key(path: Path, text: bytes) -> None:
    """Read again, slowly, and raise if an object has a key twice.

    Only asked for when the text has more colons than two levels of objects have keys: one of them is deeper, in a
    string, or belongs to a key that was dropped.
    """

    def check(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        loaded = dict(pairs)
        if len(loaded) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            values = [value for key, value in pairs if key == twice]
            raise FolderError(
                f"{path} has the key {shown(twice)} {len(values)} times in one object, with "
                f"{' and '.join(map(shown, values[:2]))}; each key may be there once"
            )
        return loaded

    try:
        json.loads(text, object_pairs_hook=check)
    except RecursionError:
        raise FolderError(f"{path} has objects within objects without end; two levels are right") from None


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(want in (None, length) for length, want in zip(shape, wanted, strict=True))
