"""YOLO's zip: a text file a picture.

A row is `class x y width height` for a box, `class x y x y x y …` for a polygon, as shares of the picture's size.
`data.yaml` (or `classes.txt`) names the classes. Sizes and names are those of the pictures in the zip, or stand in
`images.csv` (file, name, width, height), which is written too. Rows are about the picture of their name in the same
folder, or in `images` where they are in `labels`; else about the only one of their name. Of a pose the box is read.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from annotate_kit.formats.images import check_image
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected, shown

from ._class_names import classes, numbers_of_joints
from ._example import Example, corners, need_size, parts_of, rows
from ._files import PICTURES, of_suffix, packed, stems, text_of

takes = frozenset({"boxes", "polygons"})
suffix = ".zip"

IMAGES = "images.csv"
ABOUT_THE_SET = {"classes.txt", "labels.txt", "labelmap.txt", "train.txt", "val.txt", "valid.txt", "test.txt"}
"""Text files that have no rows."""
Size = tuple[str, int, int]
"""A picture's name, its width and its height."""


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    names, joints = classes(files), numbers_of_joints(files)
    labels, pictures = _labels(files), _sizes(files)
    pictures_of = _by_label(labels, pictures)
    labelled = {picture for places in pictures_of.values() for picture in places}

    def parse(number: int, path: str) -> Example:
        places = pictures_of.get(path, [path])
        if len(places) != 1:
            raise ValueError(_not_one(path, places))
        name, width, height = pictures[places[0]]
        stem = PurePosixPath(path).name
        lines = text_of(f"{stem}.txt", labels.get(path, b"")).split("\n")
        value = [_part(f"{stem}.txt, row {n}", line.split(), names, joints, width, height)
                 for n, line in enumerate(lines, 1) if line.strip()]  # fmt: skip
        return Example(name, None, width, height, value)

    return rows(enumerate(sorted(pictures_of.keys() | (pictures.keys() - labelled)), 1), parse)


def _labels(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of rows by their path without its ending."""
    return {
        _without_ending(name): data
        for name, data in of_suffix(files, ".txt").items()
        if not _is_about_the_set(PurePosixPath(name).name.lower())
    }


def _is_about_the_set(name: str) -> bool:
    return name in ABOUT_THE_SET or name.startswith(("readme", "autosplit_"))


def _without_ending(name: str) -> str:
    path = PurePosixPath(name)
    return str(path.parent / path.stem)


def _by_label(labels: Iterable[str], pictures: Iterable[str]) -> dict[str, list[str]]:
    """The pictures that each file of rows may be about: that of its folder, or those of its name."""
    of_place, of_stem = defaultdict(list), defaultdict(list)
    for picture in pictures:
        of_place[_place(picture)].append(picture)
        of_stem[picture.rpartition("/")[2]].append(picture)
    return {label: of_place.get(_place(label)) or of_stem[label.rpartition("/")[2]] for label in labels}


def _place(path: str) -> str:
    """What a picture's path and that of its rows have in common: images/train/1 and labels/train/1."""
    *folders, stem = path.split("/")
    return "/".join(["*" if folder in ("images", "labels") else folder for folder in folders] + [stem])


def _not_one(path: str, pictures: list[str]) -> str:
    name = f"{PurePosixPath(path).name}.txt"
    if not pictures:
        return f"{name}: the picture's size is not known; put the pictures, or {IMAGES}, into the zip"
    first, second = pictures[:2]
    return f"{path}.txt may be about {first} or {second}; put it beside its picture, or into labels beside images"


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


def _sizes(files: Mapping[str, bytes]) -> dict[str, Size]:
    """By the picture's path without its ending; what the table says goes before the pictures themselves."""
    sizes: dict[str, Size] = {}
    for name, data in files.items():
        if PurePosixPath(name).name == IMAGES:
            lines = csv.DictReader(io.StringIO(text_of(name, data)))
            sizes |= {row["file"]: (row["name"], int(row["width"]), int(row["height"])) for row in lines}
    in_table = set(sizes)
    for name, data in files.items():
        path = PurePosixPath(name)
        if path.suffix.lower() in PICTURES and path.stem not in in_table:
            sizes.setdefault(_without_ending(name), (path.name, *_size(name, data)))
    return sizes


def _size(name: str, data: bytes) -> tuple[int, int]:
    try:
        _, width, height = check_image(data)
    except ValueError as error:
        raise Unreadable(f"{name}: {error}") from None
    return width, height


def write(examples: Iterable[Example]) -> bytes:
    examples = list(examples)
    parts = [parts_of(example, ("box", "polygon"), "YOLO") for example in examples]
    names = sorted({part["label"] for of_one in parts for part in of_one})
    number = {label: n for n, label in enumerate(names)}
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["file", "name", "width", "height"])
    files = {}
    for stem, example, of_one in zip(stems([row.external_id for row in examples]), examples, parts, strict=True):
        width, height = need_size(example, "YOLO")
        writer.writerow([stem, example.external_id, width, height])
        lines = [_line(part, number[part["label"]], width, height) for part in of_one]
        files[f"labels/{stem}.txt"] = "".join(f"{line}\n" for line in lines).encode()
    quoted = ["'" + name.replace("'", "''") + "'" for name in names]
    yaml = "path: .\ntrain: images\nval: images\nnames:\n" + "".join(
        f"  {n}: {name}\n" for n, name in enumerate(quoted)
    )
    return packed({"data.yaml": yaml.encode(), IMAGES: table.getvalue().encode(), **files})


def _line(part: dict[str, Any], number: int, width: int, height: int) -> str:
    if "polygon" in part:
        shares = [share for x, y in part["polygon"] for share in (x / width, y / height)]
    else:
        x0, y0, x1, y1 = part["box"]
        shares = [(x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height]
    return " ".join([str(number), *(f"{share:.8g}" for share in shares)])
