"""YOLO's zip: a text file a picture.

A row is `class x y width height` for a box, `class x y x y x y …` for a polygon, as shares of the picture's size.
`data.yaml` (or `classes.txt`) names the classes. Sizes and names are those of the pictures in the zip, or stand in
`images.csv` (file, name, width, height), which is written too.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from annotate_kit.formats.images import check_image
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected, shown

from ._example import Example, corners, need_size, parts_of, rows
from ._files import of_suffix, packed, stems, text_of

takes = frozenset({"boxes", "polygons"})
suffix = ".zip"

IMAGES = "images.csv"
PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".gif")
Size = tuple[str, int, int]
"""A picture's name, its width and its height."""


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    classes = _classes(files)
    sizes = _sizes(files)
    labels = {
        PurePosixPath(name).stem: data
        for name, data in of_suffix(files, ".txt").items()
        if PurePosixPath(name).name not in ("classes.txt", "obj.names", "train.txt", "val.txt", "test.txt")
    }

    def parse(number: int, stem: str) -> Example:
        if stem not in sizes:
            raise ValueError(
                f"{stem}.txt: the picture's size is not known; put the pictures, or {IMAGES}, into the zip"
            )
        name, width, height = sizes[stem]
        lines = text_of(f"{stem}.txt", labels.get(stem, b"")).split("\n")
        value = [_part(f"{stem}.txt, row {n}", line.split(), classes, width, height)
                 for n, line in enumerate(lines, 1) if line.strip()]  # fmt: skip
        return Example(name, None, width, height, value)

    return rows(enumerate(sorted(labels | sizes), 1), parse)


def _part(where: str, columns: list[str], classes: list[str], width: int, height: int) -> dict[str, object]:
    try:
        number, shares = int(columns[0]), [float(column) for column in columns[1:]]
    except ValueError:
        raise ValueError(f"{where} is {shown(' '.join(columns))}; it should be a class's number and shares") from None
    if not 0 <= number < len(classes):
        raise ValueError(f"{where}: class {number} has no name; data.yaml names 0 to {len(classes) - 1}")
    label = classes[number]
    if len(shares) == 4:
        x, y, w, h = shares
        box = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height]
        return {"box": box, "label": label}
    if len(shares) < 6:
        raise ValueError(f"{where} has {len(shares)} numbers behind the class; a box has 4, a polygon 6 or more")
    return {"polygon": [[x * width, y * height] for x, y in corners(shares)], "label": label}


def _classes(files: Mapping[str, bytes]) -> list[str]:
    for name, data in files.items():
        if PurePosixPath(name).name in ("classes.txt", "obj.names"):
            return [line.strip() for line in text_of(name, data).split("\n") if line.strip()]
    for name, data in files.items():
        if name.endswith((".yaml", ".yml")) and (names := _names(text_of(name, data))):
            return names
    raise Unreadable("there are no classes' names in it; data.yaml (names: […]) or classes.txt should have them")


LIST_ITEM = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,'"][^,]*)\s*(?:,|$)""")


def _names(yaml: str) -> list[str]:
    """What `names:` holds, as a list in brackets, a list of dashes, or `0: name` a line."""
    lines = yaml.split("\n")
    start = next((n for n, line in enumerate(lines) if line.startswith("names:")), len(lines))
    after = "\n".join([line.removeprefix("names:") for line in lines[start : start + 1]] + lines[start + 1 :]).lstrip(
        " "
    )
    if after.startswith("["):
        return [_unquoted(name) for name in LIST_ITEM.findall(after[1:].partition("]")[0].replace("\n", " "))]
    block = []
    for line in lines[start + 1 :]:
        if line.strip() and not line.startswith((" ", "\t", "-")):
            break
        block += [line.strip()] if line.strip() else []
    if all(line.startswith("-") for line in block):
        return [_unquoted(line[1:]) for line in block]
    pairs = [line.partition(":") for line in block]
    if any(not key.isdecimal() for key, _, _ in pairs):
        raise Unreadable(f"names in data.yaml should be a list or `0: name` a line; it has {block[0]!r}")
    return [_unquoted(name) for _, name in sorted((int(key), name) for key, _, name in pairs)]


def _unquoted(word: str) -> str:
    word = word.strip()
    if word.startswith("'") and word.endswith("'"):
        return word[1:-1].replace("''", "'")
    return word[1:-1] if word.startswith('"') and word.endswith('"') else word


def _sizes(files: Mapping[str, bytes]) -> dict[str, Size]:
    """By the file's name without its ending."""
    sizes: dict[str, Size] = {}
    for name, data in files.items():
        path = PurePosixPath(name)
        if path.name == IMAGES:
            lines = csv.DictReader(io.StringIO(text_of(name, data)))
            sizes |= {row["file"]: (row["name"], int(row["width"]), int(row["height"])) for row in lines}
        elif path.suffix.lower() in PICTURES and path.stem not in sizes:
            try:
                _, width, height = check_image(data)
            except ValueError as error:
                raise Unreadable(f"{name}: {error}") from None
            sizes[path.stem] = (path.name, width, height)
    return sizes


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
