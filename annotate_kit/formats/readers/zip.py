"""Zip of images, of brat's texts, of a folder of answers as peerannot has it, or our export for Hugging Face.

Beside them may be what COCO, YOLO, Pascal VOC, LabelMe, CVAT or Label Studio say of them: the shapes are then their
gold, or answers of the people who drew them.
"""

import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any, BinaryIO, cast

from annotate_kit.formats.datasets import brat
from annotate_kit.formats.datasets import registry as tools
from annotate_kit.formats.datasets._example import KEYS
from annotate_kit.formats.datasets._files import PICTURES, json_of
from annotate_kit.formats.images import MAX_IMAGE_BYTES, check_image
from annotate_kit.formats.readers import Unreadable, _peerannot, parquet
from annotate_kit.formats.readers._annotated import (
    MOST_BYTES,
    SUFFIXES,
    Annotations,
    Places,
    of_other_kind,
    read_by,
    tool_of,
)
from annotate_kit.formats.readers._datasets import of_files
from annotate_kit.formats.readers._limits import Budget
from annotate_kit.formats.readers._records import Choose
from annotate_kit.formats.readers._stream import seekable
from annotate_kit.formats.records import Record, Rejected, clean, clean_external_id, shown, with_values

content_types = ("application/zip", "application/x-zip-compressed", "application/x-zip")
suffixes = (".zip",)

MAX_MEMBERS = 100_000
_DIRECTORY_BYTES = 64 * 2**20
_ENTRY = b"PK\x01\x02"
_MOST_FROM_ONE_BYTE = 100  # pictures hardly shrink; what grows more than this is a bomb, or holds nothing to see
_SMALL = 2**20
_RECORDS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".xlsm", ".conll", ".spacy")
_ABOUT = (*SUFFIXES, brat.ANNOTATIONS)
_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
"""Of PNG, JPEG, GIF, WebP, BMP and TIFF."""


def read(
    stream: BinaryIO, *, choose: Choose | None = None, folders_are_labels: bool = False, kind: str | None = None
) -> Iterator[Record | Rejected]:
    """An image record per file in the archive, in its order; `external_id` is the path within.

    With `folders_are_labels`, the gold is the name of the folder in which the file stands. With `kind`, a kind of
    shapes, it is what files of COCO, YOLO, Pascal VOC, LabelMe, CVAT or Label Studio in the archive say; with choices
    or text as the kind, what those of Label Studio do.
    """
    source = seekable(stream)
    try:
        archive = zipfile.ZipFile(_Source(source))
    except Unreadable:
        raise
    except Exception:  # on broken archives zipfile raises nearly anything
        raise Unreadable("this is no readable zip archive") from None
    with archive:
        members = archive.infolist()
        if sum(member.compress_size for member in members) > (size := source.seek(0, 2)):
            raise Unreadable("this zip archive is a bomb: its members share the same bytes")
        Budget(size).check(sum(member.file_size for member in members))
        members = [member for member in members if not _is_passed_over(member)]
        yield from _rows(archive, members, kind, folders_are_labels)


def _rows(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], kind: str | None, folders_are_labels: bool
) -> Iterator[Record | Rejected]:
    if _is_data_set(members):
        yield from _splits(archive, members)
        return
    if (folder := _peerannot.folder_in([member.filename for member in members])) is not None:
        if kind not in (None, "single_choice"):
            raise Unreadable("a folder of answers has one label an answer; it goes into a project of single choice")
        yield from _answered(archive, members, folder)
        return
    if kind == "spans" and any(_suffix(member) == brat.ANNOTATIONS for member in members):
        yield from _texts(archive, members)
        return
    about = [member for member in members if kind and not folders_are_labels and _suffix(member) in SUFFIXES]
    if sum(member.file_size for member in about) > MOST_BYTES:
        raise Unreadable(f"files about the pictures have more than {MOST_BYTES >> 20} MB; cut them into parts")
    tool = tool_of([member.filename for member in about], _loader(archive, members))
    if tool and (kind in KEYS or kind in read_by(tools.load(tool)) - {"spans"}):
        yield from _annotated(archive, members, about, tool, str(kind))
        return
    for row, member in enumerate(members, 1):
        if tool and _suffix(member) in SUFFIXES:
            yield Rejected(row, None, f"{shown(member.filename)}: {of_other_kind(tool, str(kind))}")
        else:
            yield _record(row, archive, member, folders_are_labels)


def _is_data_set(members: list[zipfile.ZipInfo]) -> bool:
    """Whether this is a data set of Hugging Face: Parquet files, and the card beside them."""
    others = {PurePosixPath(member.filename).name for member in members if _suffix(member) != ".parquet"}
    return others == {"README.md"} and len(members) > 1


def _splits(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[Record | Rejected]:
    """The rows of its splits, one behind the other."""
    before = row = 0
    for member in members:
        if _suffix(member) == ".parquet":
            for record in _split(archive, member):
                row = before + record.row
                yield record._replace(row=row)
            before = row


def _split(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Record | Rejected]:
    """The rows of a file that our export wrote; another one is rejected."""
    with tempfile.TemporaryFile() as file:
        try:
            _copy(archive, member, file)
        except ValueError as error:
            yield Rejected(1, None, f"{shown(member.filename)}: {error}")
            return
        if parquet.is_own(file):
            yield from parquet.read(cast(BinaryIO, file))
        else:
            yield _record(1, archive, member, False)


def _answered(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: str) -> Iterator[Record | Rejected]:
    """The tasks of a folder of answers, and then what else is in the archive."""
    by_name = {member.filename: member for member in members}
    pictures = [member.filename for member in members if _is_picture(archive, member)]
    answers = _peerannot.FolderOfAnswers(folder, list(by_name), pictures, partial(_whole, archive))
    places, used, row = Places(pictures), {""}, 0
    for row, task in enumerate(answers.tasks(lambda name: places.of(name, folder)), 1):
        if isinstance(task, Rejected):
            yield task
            continue
        used.add(task.picture or "")
        shown_by = _record(row, archive, by_name[task.picture], False) if task.picture else clean(row, task.content)
        yield _with_known(shown_by, task.known)
    others = [by_name[name] for name in by_name if name not in used and not _peerannot.is_of_folder(name, folder)]
    for number, member in enumerate(others, row + 1):
        yield _record(number, archive, member, False)


def _with_known(record: Record | Rejected, known: dict[str, Any]) -> Record | Rejected:
    try:
        return record if isinstance(record, Rejected) else with_values(record, **known)
    except ValueError as error:
        return Rejected(record.row, record.external_id, str(error))


def _annotated(
    archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], about: list[zipfile.ZipInfo], tool: str, kind: str
) -> Iterator[Record | Rejected]:
    """The pictures with what the tool says of them; one that it says nothing of has no gold."""
    pictures = [member for member in members if _is_picture(archive, member)]
    names = [member.filename for member in about]
    annotations = Annotations(tool, kind, names, [member.filename for member in pictures], _loader(archive, members))
    for row, member in enumerate(pictures, 1):
        yield _with_shapes(_record(row, archive, member, False), member.filename, annotations)
    for row, rejected in enumerate(annotations.rejected, len(pictures) + 1):
        yield rejected._replace(row=row)


def _texts(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[Record | Rejected]:
    """Those of brat, and what is left of the archive."""
    names = [member.filename for member in members if _suffix(member) in (brat.TEXT, brat.ANNOTATIONS)]
    others = [member.filename for member in members if _suffix(member) not in (brat.TEXT, brat.ANNOTATIONS, ".conf")]
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise Unreadable(f"the texts and their spans have more than {MOST_BYTES >> 20} MB; cut them into parts")
    load, row = _loader(archive, members), 0
    for row, record in enumerate(of_files(brat, {name: load(name) for name in names}), 1):
        yield record._replace(row=row)
    for number, name in enumerate(others, row + 1):
        yield Rejected(
            number, None, f"{shown(name)} is left out: a text of brat is {brat.TEXT} with {brat.ANNOTATIONS}"
        )


def _with_shapes(record: Record | Rejected, name: str, annotations: Annotations) -> Record | Rejected:
    """The picture and what is said of it; alone where that does not fit, which is rejected."""
    if isinstance(record, Rejected) or record.image is None:
        return record
    try:
        annotations.check_size(name, record.image)
        return with_values(
            record,
            meta=annotations.metas.get(name),
            gold=annotations.values.get(name),
            annotations=annotations.annotations.get(name) or None,
            predictions=annotations.predictions.get(name) or None,
        )
    except ValueError as error:
        annotations.rejected.append(Rejected(record.row, record.external_id, str(error)))
        return record


def _loader(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Callable[[str], bytes]:
    by_name = {member.filename: member for member in members}

    def load(name: str) -> bytes:
        member = by_name[name]
        try:
            _safe_path(member)
            if not member.file_size and _suffix(member) in _ABOUT:
                return b""  # YOLO's way to say that there is nothing on a picture, and brat's that there are no spans
            return _unpacked(archive, member, MOST_BYTES if _suffix(member) in _ABOUT else MAX_IMAGE_BYTES)
        except ValueError as error:
            if _suffix(member) not in _ABOUT:
                return b""  # its own row tells why
            raise Unreadable(f"{shown(name)}: {error}") from None

    return load


def _suffix(member: zipfile.ZipInfo) -> str:
    """The ending of the file's name, also where that is all of it."""
    _, dot, ending = PurePosixPath(member.filename).name.rpartition(".")
    return f"{dot}{ending}".lower()


def _is_picture(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """By its ending; by how it begins where that is none of those that are known."""
    suffix = _suffix(member)
    if suffix in PICTURES or suffix in SUFFIXES:
        return suffix in PICTURES
    with suppress(Exception), archive.open(member) as file:  # on broken archives zipfile raises nearly anything
        return file.read(12).startswith(_BEGINNINGS)
    return False


class _Source:
    """A file whose directory of members is looked at before the standard library makes an object of each."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > _DIRECTORY_BYTES:
            raise Unreadable("the directory of this zip archive is too long; cut it into several archives")
        data = self._file.read(size)
        if data.startswith(_ENTRY) and data.count(_ENTRY) > MAX_MEMBERS:
            raise Unreadable(
                f"this zip archive has more than {MAX_MEMBERS:,} files and folders; cut it into several archives"
            )
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _is_passed_over(member: zipfile.ZipInfo) -> bool:
    """Folders, and what macOS and Windows leave behind."""
    path = PurePosixPath(member.filename)
    return (
        member.filename.endswith("/")
        or path.name in (".DS_Store", "Thumbs.db", "desktop.ini")
        or "__MACOSX" in path.parts
    )


def _record(row: int, archive: zipfile.ZipFile, member: zipfile.ZipInfo, folders_are_labels: bool) -> Record | Rejected:
    external_id = None
    try:
        external_id = clean_external_id(_safe_path(member))
        if _suffix(member) == brat.ANNOTATIONS:
            raise ValueError(f"{external_id} is of brat, whose texts go into a project of spans")
        if _suffix(member) in _RECORDS:
            raise ValueError(
                f"{external_id} is no picture; take files of records out of the zip and import each by itself"
            )
        if _suffix(member) == ".json":
            raise ValueError(_why_not_read(external_id, _unpacked(archive, member, MOST_BYTES)))
        image = _unpacked(archive, member)
        check_image(image)
    except ValueError as error:
        return Rejected(row, external_id, str(error))
    path = PurePosixPath(external_id)
    gold = path.parent.name or None if folders_are_labels else None
    return Record(row, external_id, image=image, image_name=path.name, gold=gold)


def _why_not_read(name: str, data: bytes) -> str:
    """What is wrong with a file of JSON that stands among pictures."""
    try:
        json_of(name, data)
    except Unreadable as error:
        return str(error)
    return (
        f"{name} is no picture, and says nothing of pictures that this project takes; COCO, LabelMe, Label Studio do, "
        "and records go in by themselves"
    )


def _safe_path(member: zipfile.ZipInfo) -> str:
    """ValueError when the path leads out of the archive: nothing is unpacked to disk, but it tells of ill will."""
    path = member.filename.replace("\\", "/")
    if path.startswith("/") or path[1:3] == ":/" or ".." in path.split("/"):
        raise ValueError(f"the path {shown(member.filename)} leads out of the archive; use paths below its root")
    return path


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int = MAX_IMAGE_BYTES) -> bytes:
    with _unpacking(archive, member, most) as file:
        return file.read(most)


def _whole(archive: zipfile.ZipFile, name: str) -> bytes:
    """A file that all others hang on."""
    try:
        return _unpacked(archive, archive.getinfo(name), MOST_BYTES)
    except ValueError as error:
        raise Unreadable(f"{shown(name)}: {error}") from None


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: IO[bytes]) -> None:
    """What is larger than memory should hold."""
    with _unpacking(archive, member, member.file_size) as packed:
        shutil.copyfileobj(packed, file)


@contextmanager
def _unpacking(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> Iterator[IO[bytes]]:
    """A file of the archive to read from. ValueError says why it cannot be read."""
    _check_member(member, most)
    try:
        with archive.open(member) as file:
            yield file
    except Exception as error:  # see above; its words for a wrong checksum or method are clear enough
        raise ValueError(f"the file cannot be unpacked: {shown(str(error))}") from None


def _check_member(member: zipfile.ZipInfo, most: int) -> None:
    if stat.S_ISLNK(member.external_attr >> 16):
        raise ValueError("this is a symbolic link; put the file itself into the archive")
    if member.flag_bits & 1:
        raise ValueError("this file is encrypted; make the archive without a password")
    if not member.file_size:
        raise ValueError("the file is empty; leave it out")
    if member.file_size > most:
        raise ValueError(f"the file has {member.file_size / 2**20:.1f} MB, at most {most >> 20} MB are read")
    if member.file_size > max(_SMALL, _MOST_FROM_ONE_BYTE * member.compress_size):
        raise ValueError(f"the file grows more than {_MOST_FROM_ONE_BYTE}-fold when unpacked, as only bombs do")
