"""YOLO's zip: a text file a picture.

A row is `class x y width height` for a box, `class x y x y x y …` for a polygon, as shares of the picture's size.
`data.yaml` (or `classes.txt`) names the classes. Sizes and names are those of the pictures in the zip, or stand in
`images.csv` (file, name, width, height), which is written too, with pictures that nothing is known of and that have no
rows. Rows are about the picture of their name in the same folder, or in `images` where they are in `labels`; else about
the only one of their name. Of a pose the box is read.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from annotate_kit.formats.images import check_image
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected, shown

from ._class_names import classes, numbers_of_joints
from ._example import Example, corners, need_size, parts_of, rows
from ._files import PICTURES, of_suffix, packed, paths, text_of

takes = frozenset({"boxes", "polygons"})
suffix = ".zip"

IMAGES = "images.csv"
COLUMNS = ("file", "name", "width", "height")
ABOUT_THE_SET = {"classes.txt", "labels.txt", "labelmap.txt", "train.txt", "val.txt", "valid.txt", "test.txt"}
"""Text files that have no rows."""


class Picture(NamedTuple):
    name: str
    width: int
    height: int


def read(
    files: Mapping[str, bytes], sizes: Mapping[str, tuple[int, int]] | None = None
) -> Iterator[Example | Rejected]:
    """`sizes` are those of the pictures by their names, where the pictures are not among the files."""
    in_table, joints, names = _table(files), numbers_of_joints(files), classes(files)
    listed = {picture.name for picture in in_table.values()}
    unlisted = [Picture(name, *size) for name, size in (_sizes(files) if sizes is None else sizes).items()]
    labels = _labels(files if in_table else of_suffix(files, ".txt"))
    if not names and (not in_table or any(map(bytes.strip, labels.values()))):
        raise Unreadable("there are no classes' names in it; data.yaml (names: […]) or classes.txt should have them")
    pictures_of = _by_label(labels, in_table, [picture for picture in unlisted if picture.name not in listed])
    labelled = {picture for pictures in pictures_of.values() for picture in pictures}
    pictures_of |= {row.name: [row] for row in in_table.values() or unlisted if row not in labelled}
    # What stands in our table without rows is not known; else a picture without rows has nothing on it.
    without_rows: list[Any] | None = None if in_table else []

    def parse(number: int, path: str) -> Example:
        if len(pictures_of[path]) != 1:
            raise ValueError(_not_one(path, pictures_of[path]))
        ((name, width, height),) = pictures_of[path]
        if path not in labels:
            return Example(name, None, width, height, without_rows)
        stem = PurePosixPath(path).name
        lines = text_of(f"{stem}.txt", labels[path]).split("\n")
        value = [_part(f"{stem}.txt, row {n}", line.split(), names, joints, width, height)
                 for n, line in enumerate(lines, 1) if line.strip()]  # fmt: skip
        return Example(name, None, width, height, value)

    return rows(enumerate(sorted(pictures_of), 1), parse)


def _labels(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of rows by their path without its ending."""
    return {
        _without_ending(name): data
        for name, data in files.items()
        if name.lower().endswith(".txt") and not _is_about_the_set(PurePosixPath(name).name.lower())
    }


def _is_about_the_set(name: str) -> bool:
    return name in ABOUT_THE_SET or name.startswith(("readme", "autosplit_"))


def _without_ending(name: str) -> str:
    path = PurePosixPath(name)
    return str(path.parent / path.stem)


def _by_label(
    labels: Iterable[str], in_table: Mapping[str, Picture], others: Iterable[Picture]
) -> dict[str, list[Picture]]:
    """The pictures that each file of rows may be about: that of its folder, or those of its name."""
    of_place, of_stem = defaultdict(list), defaultdict(list)
    for path, picture in [*in_table.items(), *((_without_ending(picture.name), picture) for picture in others)]:
        of_place[_place(path)].append(picture)
        of_stem[path.rpartition("/")[2]].append(picture)
    return {label: of_place.get(_place(label)) or of_stem[label.rpartition("/")[2]] for label in labels}


def _place(path: str) -> str:
    """What a picture's path and that of its rows have in common: images/train/1 and labels/train/1."""
    *folders, stem = path.split("/")
    return "/".join(["*" if folder in ("images", "labels") else folder for folder in folders] + [stem])


def _not_one(path: str, pictures: list[Picture]) -> str:
    name = f"{PurePosixPath(path).name}.txt"
    if not pictures:
        return f"{name}: the picture's size is not known; put the pictures, or {IMAGES}, into the zip"
    first, second = pictures[:2]
    if _without_ending(first.name) == _without_ending(second.name):
        right = "rename one of them, and its rows"
    else:
        right = "put it beside its picture, or into labels beside images"
    return f"{path}.txt may be about {first.name} or {second.name}; {right}"


def _part(
    where: str, columns: list[str], names: Mapping[int, str], joints: int, width: int, height: int
) -> dict[str, object]:
    try:
        number, shares = int(columns[0]), [float(column) for column in columns[1:]]
    except ValueError:
        raise ValueError(f"{where} is {shown(' '.join(columns))}; it should be a class's number and shares") from None
    if number not in names:
        raise ValueError(f"{where}: class {number} has no name; data.yaml names {min(names)} to {max(names)}")
    label = names[number]
    if len(shares) == 4 or (joints and len(shares) == 4 + joints):
        x, y, w, h = shares[:4]
        box = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height]
        return {"box": box, "label": label}
    if len(shares) < 6:
        raise ValueError(f"{where} has {len(shares)} numbers behind the class; a box has 4, a polygon 6 or more")
    if joints:
        raise ValueError(f"{where} has {len(shares)} numbers behind the class; by kpt_shape it should be {4 + joints}")
    return {"polygon": [[x * width, y * height] for x, y in corners(shares)], "label": label}


def _table(files: Mapping[str, bytes]) -> dict[str, Picture]:
    """What was written about the pictures, by the paths where they would stand beside their rows in `labels`."""
    pictures = {}
    for name, data in files.items():
        if PurePosixPath(name).name == IMAGES and text_of(name, data).startswith(",".join(COLUMNS)):
            for number, row in enumerate(csv.DictReader(io.StringIO(text_of(name, data), newline="")), 1):
                path = str(PurePosixPath(name).parent / "images" / str(row.get("file")))
                pictures[path] = _listed(f"{name}, row {number}", row)
    return pictures


def _listed(where: str, row: Mapping[str, str | None]) -> Picture:
    try:
        return Picture(str(row["name"]), int(row["width"] or ""), int(row["height"] or ""))
    except ValueError:
        raise Unreadable(
            f"{where} should have a file, a name, a width and a height in pixels; it has {shown(row)}"
        ) from None


def _sizes(files: Mapping[str, bytes]) -> dict[str, tuple[int, int]]:
    return {name: _size(name, data) for name, data in files.items() if PurePosixPath(name).suffix.lower() in PICTURES}


def _size(name: str, data: bytes) -> tuple[int, int]:
    try:
        _, width, height = check_image(data)
    except ValueError as error:
        raise Unreadable(f"{name}: {error}") from None
    return width, height


def write(examples: Iterable[Example], *, labels: Iterable[str] = ()) -> bytes:
    """`labels` are those of the project, in whose order the classes are numbered; other ones follow."""
    examples = list(examples)
    parts = [parts_of(example, ("box", "polygon"), "YOLO") for example in examples]
    names = list(dict.fromkeys([*labels, *sorted({part["label"] for of_one in parts for part in of_one})]))
    number = {label: n for n, label in enumerate(names)}
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    files = {}
    for path, example, of_one in zip(paths(map(_name_of_rows, examples)), examples, parts, strict=True):
        width, height = need_size(example, "YOLO")
        writer.writerow([path, example.external_id, width, height])
        if example.value is not None:
            lines = [_line(part, number[part["label"]], width, height) for part in of_one]
            files[f"labels/{path}.txt"] = "".join(f"{line}\n" for line in lines).encode()
    quoted = ["'" + name.replace("'", "''") + "'" for name in names]
    yaml = "path: .\ntrain: images\nval: images\nnames:\n" + "".join(
        f"  {n}: {name}\n" for n, name in enumerate(quoted)
    )
    return packed({"data.yaml": yaml.encode(), IMAGES: table.getvalue().encode(), **files})


def _name_of_rows(example: Example) -> str:
    """That of the picture, unless rows of this name would be taken for something else."""
    folders, slash, name = example.external_id.rpartition("/")
    other = "_" if _is_about_the_set(f"{name.rpartition('.')[0] or name}.txt".lower()) else ""
    return f"{folders}{slash}{other}{name}"


def _line(part: dict[str, Any], number: int, width: int, height: int) -> str:
    if "polygon" in part:
        shares = [share for x, y in part["polygon"] for share in (x / width, y / height)]
    else:
        x0, y0, x1, y1 = part["box"]
        shares = [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height]
    return " ".join([str(number), *(f"{share:.8g}" for share in shares)])
