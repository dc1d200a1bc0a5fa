"""Which split an item is in, for training or for testing, and an export as a file for each split."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from pathlib import Path

from annotate.exports import _folder
from projects.models import Project

TEST_SHARE = 0.2
SPLITS = ("train", "test")


def split_of(external_id: str) -> str:
    """The split of an item: one in five is for testing. It follows from the item's name, so that it stays the same."""
    number = int.from_bytes(blake2b(external_id.encode(), digest_size=8).digest(), "big")
    return "test" if number / 2**64 < TEST_SHARE else "train"


def write(project: Project, files: Mapping[str, Iterator[bytes]]) -> Iterator[bytes]:
    """A zip of these files, {name: its pieces}, piece by piece."""

    def fill(folder: Path) -> None:
        for name, pieces in files.items():
            with (folder / name).open("wb") as file:
                file.writelines(pieces)

    return _folder.zipped(project, fill)
