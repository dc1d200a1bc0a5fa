"""COCO's JSON.

Boxes are `bbox` [x, y, width, height], polygons `segmentation`, points `keypoints` whose names are those of their
category. Where an annotation has several of them, keypoints come before outlines and outlines before boxes, unless
`kind` says which is wanted. Masks (RLE) are not read.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import orjson

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected

from ._example import Example, Value, corners, need_size, parts_of, rows
from ._files import json_of, of_suffix

takes = frozenset({"boxes", "polygons", "points"})
suffix = ".json"

POINTS = "keypoints"
"""The name of the category that points are written under."""
VISIBLE = 2


def read(files: Mapping[str, bytes], kind: str | None = None) -> Iterator[Example | Rejected]:
    """An example an image of the files; without their annotations, images have none."""
    if kind not in (None, *takes):
        raise Unreadable(f"COCO has {', '.join(sorted(takes))}, not {kind!r}")
    for name, data in of_suffix(files, ".json").items():
        content = json_of(name, data)
        if not isinstance(content, dict) or not isinstance(content.get("images"), list):
            raise Unreadable(
                f'{name} is not COCO: it should be {{"images": […], "annotations": […], "categories": […]}}'
            )
        categories = {entry["id"]: entry for entry in content.get("categories", [])}
        of_image: dict[Any, list[dict[str, Any]]] = {}
        for annotation in content.get("annotations", []):
            of_image.setdefault(annotation.get("image_id"), []).append(annotation)

        def parse(
            number: int, image: dict[str, Any], of_image: Any = of_image, categories: Any = categories
        ) -> Example:
            parts = [part for entry in of_image.get(image["id"], []) for part in _parts(entry, categories, kind)]
            value = parts if image["id"] in of_image or "annotations" in image else []
            return Example(str(image["file_name"]), None, image.get("width"), image.get("height"), value)

        yield from rows(enumerate(content["images"], 1), parse)


def _parts(annotation: dict[str, Any], categories: dict[Any, Any], kind: str | None) -> Value:
    where = f"annotation {annotation.get('id')}"
    category = categories.get(annotation.get("category_id"))
    if category is None:
        raise ValueError(f"{where}: there is no category {annotation.get('category_id')!r} in the file")
    if annotation.get("keypoints") and kind in (None, "points"):
        return _points(annotation["keypoints"], category, where)
    outline = annotation.get("segmentation")
    if outline and kind in (None, "polygons"):
        if isinstance(outline, dict):
            raise ValueError(f"{where} is a mask (RLE), which is not read; export outlines")
        return [{"polygon": corners(ring), "label": category["name"]} for ring in outline]
    if kind in (None, "boxes"):
        x, y, width, height = annotation["bbox"]
        return [{"box": [x, y, x + width, y + height], "label": category["name"]}]
    return []


def _points(flat: list[Any], category: dict[str, Any], where: str) -> Value:
    names = category.get("keypoints") or []
    if len(flat) != 3 * len(names):
        raise ValueError(f"{where} has {len(flat)} numbers for {len(names)} keypoints; there should be three for each")
    triples = zip(names, flat[::3], flat[1::3], flat[2::3], strict=True)
    return [{"point": [x, y], "label": name} for name, x, y, visible in triples if visible]


def write(examples: Iterable[Example]) -> bytes:
    """Labels are numbered from 1 in their alphabetical order."""
    examples = list(examples)
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    parts = [parts_of(example, ("box", "polygon", "point"), "COCO") for example in examples]
    labels = sorted({part["label"] for of_one in parts for part in of_one if "point" not in part})
    names = sorted({part["label"] for of_one in parts for part in of_one if "point" in part})
    number = {label: n for n, label in enumerate(labels, 1)}
    for image_id, (example, of_one) in enumerate(zip(examples, parts, strict=True), 1):
        width, height = need_size(example, "COCO")
        images.append({"id": image_id, "file_name": example.external_id, "width": width, "height": height})
        shapes = [_shape(part, number[part["label"]]) for part in of_one if "point" not in part]
        shapes += _people([part for part in of_one if "point" in part], names, len(labels) + 1)
        annotations += [{"id": len(annotations) + n, "image_id": image_id, **row} for n, row in enumerate(shapes, 1)]
    categories: list[dict[str, Any]] = [{"id": number[label], "name": label, "supercategory": ""} for label in labels]
    if names:
        points = {"id": len(labels) + 1, "name": POINTS, "supercategory": "", "keypoints": names, "skeleton": []}
        categories.append(points)
    return orjson.dumps({"images": images, "annotations": annotations, "categories": categories})


def _shape(part: dict[str, Any], category: int) -> dict[str, Any]:
    ring = np.array(part["polygon"] if "polygon" in part else _ring(part["box"]), dtype=np.float64)
    (x, y), (right, bottom) = ring.min(axis=0), ring.max(axis=0)
    shifted = np.roll(ring, -1, axis=0)
    area = abs(float(ring[:, 0] @ shifted[:, 1] - ring[:, 1] @ shifted[:, 0])) / 2
    return {
        "category_id": category,
        "bbox": _rounded([x, y, right - x, bottom - y]),
        "segmentation": [_rounded(ring.ravel())] if "polygon" in part else [],
        "area": round(area, 2),
        "iscrowd": 0,
    }


def _people(points: Value, names: list[str], category: int) -> list[dict[str, Any]]:
    """The first point of every name, the second of every name, … as one annotation each."""
    of_name: dict[str, list[list[float]]] = {}
    for part in points:
        of_name.setdefault(part["label"], []).append(part["point"])
    people = []
    for turn in range(max(map(len, of_name.values()), default=0)):
        there = {name: rows[turn] for name, rows in of_name.items() if len(rows) > turn}
        flat = [number for name in names for number in ([*there[name], VISIBLE] if name in there else [0, 0, 0])]
        (x, y), (right, bottom) = np.min(list(there.values()), axis=0), np.max(list(there.values()), axis=0)
        people.append(
            {
                "category_id": category,
                "keypoints": flat,
                "num_keypoints": len(there),
                "bbox": _rounded([x, y, right - x, bottom - y]),
                "area": round(float((right - x) * (bottom - y)), 2),
                "segmentation": [],
                "iscrowd": 0,
            }
        )
    return people


def _ring(box: list[float]) -> list[list[float]]:
    x0, y0, x1, y1 = box
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def _rounded(numbers: Any) -> list[float]:
    return [round(float(number), 2) for number in numbers]
