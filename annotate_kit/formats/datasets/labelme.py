"""LabelMe's JSON, a file a picture.

`shapes` are rectangles (two corners, or all four), polygons, points, lines and linestrips, in pixels. A rectangle that
is turned becomes a polygon. One file or a zip of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from annotate_kit.formats.records import Rejected, shown

from ._example import SHAPES, Example, need_size, parts_of, rows
from ._files import json_of, of_suffix, packed, stems

LIKE = '{"imagePath": "a.png", "shapes": [{"shape_type": "polygon", "label": "car", "points": [[x, y], …]}]}'
takes = frozenset({"boxes", "polygons", "points", "lines"})
suffix = ".zip"


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    matching = of_suffix(files, ".json")
    return rows(enumerate(matching, 1), lambda number, name: _example(name, json_of(name, matching[name])), like=LIKE)


def _example(name: str, content: Any) -> Example:
    if not isinstance(content, dict) or not isinstance(content.get("shapes"), list):
        raise ValueError(f'{name} is not LabelMe\'s: it should be {{"shapes": […], "imagePath", "imageWidth", …}}')
    if not isinstance(content.get("imagePath"), str):
        raise ValueError(f"{name}: imagePath should be the picture's name; it is {shown(content.get('imagePath'))}")
    value = [_part(f"{name}, shape {number}", shape) for number, shape in enumerate(content["shapes"], 1)]
    return Example(content["imagePath"], None, content.get("imageWidth"), content.get("imageHeight"), value)


def _part(where: str, shape: dict[str, Any]) -> dict[str, Any]:
    points, label = shape["points"], shape["label"]
    match shape.get("shape_type", "polygon"):
        case "rectangle" if len(points) == 2 or _is_upright(points):
            xs, ys = zip(*points, strict=True)
            return {"box": [min(xs), min(ys), max(xs), max(ys)], "label": label}
        case "rectangle" | "rotation" | "oriented_rectangle" if len(points) == 4:
            return {"polygon": points, "label": label}
        case "polygon":
            return {"polygon": points, "label": label}
        case "point" if len(points) == 1:
            return {"point": points[0], "label": label}
        case "line" | "linestrip":
            return {"line": points, "label": label}
        case other:
            known = "rectangle (two corners), polygon, point, line and linestrip"
            raise ValueError(f"{where} is a {other} of {len(points)} points; what is read is {known}")


def _is_upright(points: list[list[float]]) -> bool:
    """Whether four corners are those of a box, to half a pixel."""
    if len(points) != 4:
        return False
    xs, ys = (sorted(axis) for axis in zip(*points, strict=True))
    return max(xs[1] - xs[0], xs[3] - xs[2], ys[1] - ys[0], ys[3] - ys[2]) <= 0.5


def write(examples: Iterable[Example]) -> bytes:
    """A file for each picture of which something is known."""
    examples = [example for example in examples if example.value is not None]
    names = stems([example.external_id for example in examples])
    return packed({f"{stem}.json": _written(example) for stem, example in zip(names, examples, strict=True)})


def _written(example: Example) -> bytes:
    width, height = need_size(example, "LabelMe")
    content: dict[str, Any] = {
        "version": "5.5.0",
        "flags": {},
        "shapes": [_shape(part) for part in parts_of(example, SHAPES, "LabelMe")],
        "imagePath": example.external_id,
        "imageData": None,
        "imageHeight": height,
        "imageWidth": width,
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2)


def _shape(part: dict[str, Any]) -> dict[str, Any]:
    if "box" in part:
        x0, y0, x1, y1 = part["box"]
        kind, points = "rectangle", [[x0, y0], [x1, y1]]
    elif "point" in part:
        kind, points = "point", [part["point"]]
    else:
        kind, points = ("polygon", part["polygon"]) if "polygon" in part else ("linestrip", part["line"])
    return {"label": part["label"], "points": points, "group_id": None, "shape_type": kind, "flags": {}}
