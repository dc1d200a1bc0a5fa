"""A back-up is one tar file: the dump of the database, the stored files, and last a summary of what is in it."""

import hashlib
import json
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.files.storage import default_storage

from core import storage_folders
from runtime.backups import Unusable, database

DUMP = "database.dump"
FILES = "files/"
SUMMARY = "backup.json"
FORMAT = 1


@dataclass(frozen=True)
class Summary:
    """What a back-up holds."""

    made_at: str
    migrations: list[list[str]]
    rows: dict[str, int]
    """Of each table."""
    files: int
    digest: str
    """SHA-256 of the names, sizes and contents of all that stands before."""
    format: int = FORMAT


class _Hashed:
    """A file that is read once, whose digest is taken on the way."""

    def __init__(self, file: IO[bytes], digest: Any) -> None:
        self._file, self._digest = file, digest

    def read(self, size: int = -1) -> bytes:
        self._digest.update(data := self._file.read(size))
        return data


def write(file: IO[bytes], scratch: Path | None = None) -> Summary:
    """Make a back-up while people go on labelling; `scratch` is a folder with room for the database's dump.

    The files are named by what is in them and copied last, so all that the database speaks of are there.
    """
    digest = hashlib.sha256()
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        with TemporaryFile(dir=scratch) as dump:
            with database.snapshot() as snapshot:
                database.dump(dump, of=snapshot)
                rows, migrations = database.count_rows(database.our_tables()), sorted(map(list, database.migrations()))
            _add(tar, DUMP, dump, dump.seek(0, 2), digest)
        files = sum(_add_stored(tar, name, digest) for name in stored_files())
        summary = Summary(datetime.now(UTC).isoformat(timespec="seconds"), migrations, rows, files, digest.hexdigest())
        content = json.dumps(asdict(summary), indent=1).encode()
        _add(tar, SUMMARY, BytesIO(content), len(content), hashlib.sha256())
    return summary


def stored_files(folder: str = "") -> Iterator[str]:
    """The names of all files in the storage."""
    prefix = f"{folder}/" if folder else ""
    for name in sorted(storage_folders.files(folder)):
        yield prefix + name
    for inner in sorted(storage_folders.folders(folder)):
        yield from stored_files(prefix + inner)


def check(path: Path) -> Summary:
    """Read a back-up from its beginning to its end. Unusable where it is not whole."""
    digest = hashlib.sha256()
    with _reading(path) as tar:
        for member in tar:
            if member.name == SUMMARY:
                return _summary(path, _content(tar, member).read(), digest.hexdigest())
            _tell(digest, member.name, member.size)
            content = _Hashed(_content(tar, member), digest)
            while content.read(tarfile.RECORDSIZE):
                pass
    raise Unusable(f"{path} is not whole: its end is missing, or it is no back-up of Annotate.")


def restore(path: Path) -> Summary:
    """Put a back-up into an empty installation: the files first, then the database, all of it or nothing."""
    summary = check(path)
    _check_version(summary)
    with _reading(path) as tar:
        _check_empty({member.name.removeprefix(FILES) for member in tar if member.name.startswith(FILES)})
    with _reading(path) as tar, TemporaryFile() as dump:
        for member in tar:
            if member.name.startswith(FILES):
                storage_folders.replace(member.name.removeprefix(FILES), _content(tar, member))
            elif member.name == DUMP:
                shutil.copyfileobj(_content(tar, member), dump)
        dump.seek(0)
        database.load(dump)
    if (rows := database.count_rows(summary.rows)) != summary.rows:  # of tables that this version may not know
        wrong = ", ".join(sorted(name for name, _ in rows.items() ^ summary.rows.items()))
        raise Unusable(f"These tables are not as they were: {wrong}. Remove the database, and restore anew.")
    return summary


def described(summary: Summary) -> str:
    """In words, for whoever made or restores it."""
    n_rows = sum(summary.rows.values())
    return f"{n_rows:,} rows of {len(summary.rows)} tables and {summary.files:,} files, as of {summary.made_at}"


def _check_version(summary: Summary) -> None:
    if unknown := database.unknown((app, name) for app, name in summary.migrations):
        names = ", ".join(sorted(f"{app}.{name}" for app, name in unknown))
        raise Unusable(f"The back-up is of a newer version of Annotate, with {names}. Update Annotate first.")


def _check_empty(names: set[str]) -> None:
    """Nothing may be lost by a restoration: it may go on where one was killed, but not replace an installation."""
    if n := database.other_sessions():
        raise Unusable(f"Annotate is running ({n} connections to its database). Stop it first.")
    if n := database.count_people():
        raise Unusable(f"The database has {n} people in it. Restore into an empty one: set VAR or DATABASE_URL anew.")
    if others := set(stored_files()) - names:
        raise Unusable(
            f"There are {len(others)} files that the back-up does not have, {min(others)} for one."
            " Restore into an empty folder or bucket: set VAR or S3_BUCKET anew."
        )


def _add_stored(tar: tarfile.TarFile, name: str, digest: Any) -> bool:
    """Whether the file was still there."""
    try:
        file = default_storage.open(name)
    except FileNotFoundError:
        return False
    with file:
        _add(tar, FILES + name, file, file.size, digest)
    return True


def _add(tar: tarfile.TarFile, name: str, file: Any, size: int, digest: Any) -> None:
    file.seek(0)
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    _tell(digest, name, size)
    tar.addfile(member, _Hashed(file, digest))


def _tell(digest: Any, name: str, size: int) -> None:
    digest.update(f"{name}\0{size}\0".encode())


@contextmanager
def _reading(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except tarfile.TarError as error:
        raise Unusable(f"{path} is not whole, or no back-up of Annotate: {error}.") from None


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    if content is None:
        raise Unusable(f"{member.name} is no file: this is no back-up of Annotate.")
    return content


def _summary(path: Path, content: bytes, digest: str) -> Summary:
    fields = json.loads(content)
    if fields["format"] > FORMAT:
        raise Unusable(f"{path} is of a newer version of Annotate. Update Annotate first.")
    if fields["digest"] != digest:
        raise Unusable(f"{path} is damaged: what is in it is not what was written. Use another back-up.")
    return Summary(**fields)
