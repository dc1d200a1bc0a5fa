"""Files in and out: an archive or a single one, JSON and XML within."""

import io
import re
import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from xml.etree import ElementTree

import orjson

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import shown

MAX_BYTES = 2**30
"""What an archive may hold once unpacked."""
LONG_AGO = (1980, 1, 1, 0, 0, 0)
HIDDEN = ("__MACOSX/", ".")
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif")
"""The endings of pictures that annotations are about."""
MOST_BYTES_OF_NAME = 200
"""Of a file or folder; systems take 255, and an ending and a number come behind."""
RESERVED = re.compile(r"(CON|PRN|AUX|NUL|COM\d|LPT\d)(\..*)?", re.IGNORECASE)
"""What no file may be called on Windows."""


def unpacked(name: str, data: bytes) -> dict[str, bytes]:
    """The files in a zip by their names, or the one file itself. Unreadable for a broken or huge archive."""
    if not data.startswith(b"PK\x03\x04"):
        return {PurePosixPath(name).name: data}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [member for member in archive.infolist() if _is_file(member)]
            if sum(member.file_size for member in members) > MAX_BYTES:
                raise Unreadable(f"the archive holds more than {MAX_BYTES >> 20} MB; send it in parts")
            return {member.filename: archive.read(member) for member in members}
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise Unreadable(f"{name} is a broken or encrypted archive: {error}") from None


def _is_file(member: zipfile.ZipInfo) -> bool:
    linked = stat.S_ISLNK(member.external_attr >> 16)
    return not member.is_dir() and not linked and not member.filename.startswith(HIDDEN)


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files; the same files make the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def of_suffix(files: Mapping[str, bytes], *suffixes: str) -> dict[str, bytes]:
    """The files of these endings, sorted by name. Unreadable when there is none."""
    matching = {name: files[name] for name in sorted(files) if name.lower().endswith(suffixes)}
    if not matching:
        raise Unreadable(f"there is no {' or '.join(suffixes)} file in it; there is {', '.join(files) or 'nothing'}")
    return matching


def text_of(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"{name} is not UTF-8 (byte {error.start}); save it as UTF-8") from None


def json_of(name: str, data: bytes) -> Any:
    try:
        return orjson.loads(text_of(name, data))
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"{name} is no JSON: {error}") from None


def json_rows(files: Mapping[str, bytes]) -> Iterator[tuple[int, Any]]:
    """Numbered rows of JSON lines, or of a file that is one list. A line that is broken comes as ValueError's text."""
    number = 0
    for name, data in of_suffix(files, ".jsonl", ".ndjson", ".json").items():
        text = text_of(name, data)
        if text.lstrip().startswith("[") and not name.lower().endswith((".jsonl", ".ndjson")):
            for row in json_of(name, data):
                number += 1
                yield number, row
            continue
        for line in text.split("\n"):
            number += 1
            if line.strip():
                yield number, line


def parsed_row(row: Any) -> Any:
    """A row of `json_rows`: what a line holds. ValueError for broken JSON."""
    if not isinstance(row, str):
        return row
    try:
        return orjson.loads(row)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"broken JSON: {error}") from None


def json_object(row: Any) -> dict[str, Any]:
    parsed = parsed_row(row)
    if not isinstance(parsed, dict):
        raise ValueError(f"a row is an object; this is {shown(parsed)}")
    return parsed


def json_lines(objects: list[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(row) + b"\n" for row in objects)


def xml_of(name: str, data: bytes) -> ElementTree.Element:
    """The root element. Declared entities are refused: they can make a small file huge."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Unreadable(f"{name} declares a document type, which is not read; remove its <!DOCTYPE …>")
    try:
        return ElementTree.fromstring(data)  # noqa: S314  entities are refused above
    except ElementTree.ParseError as error:
        raise Unreadable(f"{name} is broken XML: {error}") from None


def stems(names: Iterable[str]) -> list[str]:
    """A safe and distinct file name, without ending and folders, for each name."""
    return _distinct(_parts_of_path(name)[-1] for name in names)


def paths(names: Iterable[str]) -> list[str]:
    """The same in the folders that the names have."""
    return _distinct("/".join(_parts_of_path(name)) for name in names)


def _parts_of_path(name: str) -> list[str]:
    """Folders and the file's name without its ending, each as every system takes it."""
    *folders, base = [part for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/") if part] or [""]
    return [*map(_safe, (folder for folder in folders if folder.strip(" ."))), _safe(base.rpartition(".")[0] or base)]


def _safe(name: str) -> str:
    plain = "".join(c if c.isalnum() or c in "-_ ." else "_" for c in name).strip(" .")
    short = plain.encode()[:MOST_BYTES_OF_NAME].decode(errors="ignore").strip(" .")
    return f"_{short}" if RESERVED.fullmatch(short) else short or "item"


def _distinct(names: Iterable[str]) -> list[str]:
    """With a number behind each that another one has, be it in other case."""
    used: set[str] = set()
    unique = []
    for name in names:
        own, number = name, 1
        while own.casefold() in used:
            number += 1
            own = f"{name}_{number}"
        used.add(own.casefold())
        unique.append(own)
    return unique
