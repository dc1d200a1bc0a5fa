"""Files of a folder that people name: there is the whole new one or the one from before, never a part."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A file to write beside the path, which takes its place at the end of the block; nothing stays after an error."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(mode & ~_umask())
        part.replace(path)
    except BaseException:
        part.unlink()
        raise


def _umask() -> int:
    os.umask(mask := os.umask(0))
    return mask
