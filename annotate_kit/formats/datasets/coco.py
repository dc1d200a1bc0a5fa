"""COCO's JSON.

Boxes are `bbox` [x, y, width, height], polygons `segmentation`, keypoints and points `keypoints` whose names are those
of their category; of points it is called "keypoints". Where an annotation has several of them, keypoints come before
outlines and outlines before boxes, unless `kind` says which is wanted. Masks (RLE) are not read. Crowds (`iscrowd`) are
many objects at once: they are left out, which a rejected row says of each picture.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import orjson

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected, shown

from ._example import Example, Value, corners, need_size, parts_of, rows
from ._files import json_of, of_suffix

takes = frozenset({"boxes", "polygons", "points", "keypoints"})
suffix = ".json"

LIKE = '{"id": 1, "file_name": "a.png"} with {"image_id": 1, "category_id": 1, "bbox": [x, y, width, height]}'
POINTS = "keypoints"
"""The name of the category that points are written under."""
VISIBLE = 2
LISTS = ("images", "annotations", "categories")
FIELDS = ("bbox", "segmentation", "keypoints")
FIELDS_OF = {
    "boxes": ("bbox", "segmentation"),
    "polygons": ("segmentation",),
    "points": ("keypoints",),
    "keypoints": ("keypoints",),
}
"""Where an annotation has the shapes of each kind."""


def read(files: Mapping[str, bytes], kind: str | None = None) -> Iterator[Example | Rejected]:
    """An example an image of the files; in a file without annotations, nothing is known of its images."""
    if kind not in (None, *takes):
        raise Unreadable(f"COCO has {', '.join(sorted(takes))}, not {kind!r}")
    for name, data in of_suffix(files, ".json").items():
        content = json_of(name, data)
        if not isinstance(content, dict) or not isinstance(content.get("images"), list):
            raise Unreadable(
                f'{name} is not COCO: it should be {{"images": […], "annotations": […], "categories": […]}}'
            )
        images, annotations, categories = (_objects(name, content, key) for key in LISTS)
        _check_kind(name, annotations, kind)
        yield from _of_file(images, annotations, categories, "annotations" in content, kind)


def _of_file(
    images: Value, annotations: Value, categories: Value, is_annotated: bool, kind: str | None
) -> Iterator[Example | Rejected]:
    by_id = {_id(entry.get("id")): entry for entry in categories}
    of_image: dict[str, Value] = {}
    for annotation in annotations:
        of_image.setdefault(_id(annotation.get("image_id")), []).append(annotation)

    def parse(number: int, image: dict[str, Any]) -> Example:
        entries = of_image.get(_id(image["id"]), [])
        single = [entry for entry in entries if not _is_crowd(entry)]
        value = [part for entry in single for part in _parts(entry, by_id, kind)]
        size = image.get("width"), image.get("height")
        is_known = is_annotated and (bool(single) or not entries)  # of crowds alone it is not told what they are of
        return Example(str(image["file_name"]), None, *size, value if is_known else None)

    yield from rows(enumerate(images, 1), parse, lambda image: image.get("file_name"), LIKE)
    yield from _crowds(images, of_image)
    missing = of_image.keys() - {_id(image.get("id")) for image in images}
    for number, image_id in enumerate(sorted(missing), len(images) + 1):
        where = f"annotation {of_image[image_id][0].get('id')}"
        yield Rejected(number, None, f"{where} is about the image {image_id}, which is not among the file's images")


def _crowds(images: Value, of_image: Mapping[str, Value]) -> Iterator[Rejected]:
    """A row for each picture that has some, which says that they are left out."""
    for number, image in enumerate(images, 1):
        if ids := [entry.get("id") for entry in of_image.get(_id(image.get("id")), []) if _is_crowd(entry)]:
            listed = f"{', '.join(map(str, ids[:3]))}{' …' if len(ids) > 3 else ''}"
            error = (
                f"crowds (iscrowd) are many objects in one shape, and left out: annotation {listed}; all else is read"
            )
            yield Rejected(number, None if image.get("file_name") is None else str(image["file_name"]), error)


def _is_crowd(annotation: Mapping[str, Any]) -> bool:
    return annotation.get("iscrowd") in (1, "1")


def _objects(name: str, content: dict[str, Any], key: str) -> list[dict[str, Any]]:
    entries = content.get(key) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Unreadable(f'{name}: "{key}" should be a list of objects; it is {shown(entries)}')
    return entries


def _id(number: Any) -> str:
    """Ids are the same where they are written as 1, 1.0 and "1"."""
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)


def _check_kind(name: str, annotations: Value, kind: str | None) -> None:
    """Unreadable where no annotation has what is asked for: nothing would seem to be on any picture."""
    fields = FIELDS_OF.get(kind or "", ())
    if fields and annotations and not any(annotation.get(field) for annotation in annotations for field in fields):
        holds = [field for field in FIELDS if any(annotation.get(field) for annotation in annotations)]
        raise Unreadable(
            f"{name} has no {kind}: its annotations have {' and '.join(holds) or 'no shapes'}, and {kind} are "
            f"read of {' or '.join(fields)}"
        )


def _parts(annotation: dict[str, Any], categories: Mapping[str, Any], kind: str | None) -> Value:
    where = f"annotation {annotation.get('id')}"
    category = categories.get(_id(annotation.get("category_id")))
    if category is None:
        raise ValueError(f"{where}: there is no category {annotation.get('category_id')!r} in the file")
    label = category.get("name")
    if label is None:
        raise ValueError(f"{where}: the category {annotation.get('category_id')!r} has no name")
    if annotation.get("keypoints") and kind in (None, "points", "keypoints"):
        joints = _joints(annotation["keypoints"], category, where)
        if kind == "points" or (kind is None and label == POINTS):
            return [{"point": joint[:2], "label": name} for name, joint in joints.items()]
        return [{"keypoints": joints, "label": label}] if joints else []
    if kind == "polygons" or (kind is None and annotation.get("segmentation")):
        return [{"polygon": ring, "label": label} for ring in _rings(annotation, where)]
    if kind in (None, "boxes"):
        return [{"box": _box(annotation, where), "label": label}]
    return []


def _rings(annotation: dict[str, Any], where: str) -> list[list[list[float]]]:
    outline = annotation.get("segmentation")
    if isinstance(outline, dict):
        raise ValueError(f"{where} is a mask (RLE), which is not read; export outlines")
    if not isinstance(outline, list) or not outline:
        raise ValueError(f"{where} has no outline; segmentation should be [[x, y, x, y, …]], it is {shown(outline)}")
    return [corners(ring) for ring in (outline if isinstance(outline[0], list) else [outline])]


def _box(annotation: dict[str, Any], where: str) -> list[float]:
    """What bbox says, or about the outline where there is none."""
    box = annotation.get("bbox")
    if not box and isinstance(annotation.get("segmentation"), list) and annotation["segmentation"]:
        every = np.array([corner for ring in _rings(annotation, where) for corner in ring])
        return [*every.min(axis=0).tolist(), *every.max(axis=0).tolist()]
    if not isinstance(box, list) or len(box) != 4:
        raise ValueError(f"{where} should have a bbox [x, y, width, height]; it is {shown(box)}")
    x, y, width, height = box
    return [x, y, x + width, y + height]


def _joints(flat: list[Any], category: dict[str, Any], where: str) -> dict[str, list[Any]]:
    """[x, y, visibility] of each joint that is there, by its name."""
    names = category.get("keypoints") or []
    if len(flat) != 3 * len(names):
        raise ValueError(f"{where} has {len(flat)} numbers for {len(names)} keypoints; there should be three for each")
    triples = zip(names, flat[::3], flat[1::3], flat[2::3], strict=True)
    return {name: [x, y, visible] for name, x, y, visible in triples if visible}


def write(examples: Iterable[Example], *, joints: Sequence[str] = (), edges: Iterable[tuple[str, str]] = ()) -> bytes:
    """The pictures of which something is known; labels are numbered from 1 in their alphabetical order.

    `joints` is the order of the joints of keypoints, other ones follow; `edges`, pairs of them, are the skeleton.
    """
    examples = [example for example in examples if example.value is not None]
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    parts = [parts_of(example, ("box", "polygon", "point", "keypoints"), "COCO") for example in examples]
    every = [part for of_one in parts for part in of_one]
    labels = sorted({part["label"] for part in every if "point" not in part})
    names = sorted({part["label"] for part in every if "point" in part})
    number = {label: n for n, label in enumerate(labels, 1)}
    skeletons = {label: _names([part for part in every if part["label"] == label], joints) for label in labels}
    for image_id, (example, of_one) in enumerate(zip(examples, parts, strict=True), 1):
        width, height = need_size(example, "COCO")
        images.append({"id": image_id, "file_name": example.external_id, "width": width, "height": height})
        shapes = [
            {"category_id": number[part["label"]], **_shape(part, skeletons[part["label"]])}
            for part in of_one
            if "point" not in part
        ]
        shapes += _people([part for part in of_one if "point" in part], names, len(labels) + 1)
        annotations += [{"id": len(annotations) + n, "image_id": image_id, **row} for n, row in enumerate(shapes, 1)]
    categories: list[dict[str, Any]] = [
        {"id": number[label], "name": label, "supercategory": "", **_skeleton(skeletons[label], edges)}
        for label in labels
    ]
    if names:
        points = {"id": len(labels) + 1, "name": POINTS, "supercategory": "", "keypoints": names, "skeleton": []}
        categories.append(points)
    return orjson.dumps({"images": images, "annotations": annotations, "categories": categories})


def _names(parts: Value, joints: Sequence[str]) -> list[str]:
    """The joints of a label's keypoints in their order; none where it has other shapes alone."""
    drawn = {name for part in parts for name in part.get("keypoints", ())}
    return [*joints, *sorted(drawn - {*joints})] if drawn else []


def _skeleton(joints: list[str], edges: Iterable[tuple[str, str]]) -> dict[str, Any]:
    if not joints:
        return {}
    number = {name: n for n, name in enumerate(joints, 1)}
    return {"keypoints": joints, "skeleton": [[number[a], number[b]] for a, b in edges if a in number and b in number]}


def _shape(part: dict[str, Any], joints: list[str]) -> dict[str, Any]:
    if "keypoints" in part:
        return _keypoints(part["keypoints"], joints)
    ring = np.array(part["polygon"] if "polygon" in part else _ring(part["box"]), dtype=np.float64)
    (x, y), (right, bottom) = ring.min(axis=0), ring.max(axis=0)
    shifted = np.roll(ring, -1, axis=0)
    area = abs(float(ring[:, 0] @ shifted[:, 1] - ring[:, 1] @ shifted[:, 0])) / 2
    return {
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
        people.append({"category_id": category, **_keypoints(there, names)})
    return people


def _keypoints(there: Mapping[str, list[Any]], joints: Sequence[str]) -> dict[str, Any]:
    """An annotation of [x, y, visibility] by joint; [x, y] is visible."""
    placed = {name: [*joint, VISIBLE][:3] for name, joint in there.items()}
    corners = [joint[:2] for joint in placed.values()]
    (x, y), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
    return {
        "keypoints": [number for name in joints for number in placed.get(name, [0, 0, 0])],
        "num_keypoints": len(placed),
        "bbox": _rounded([x, y, right - x, bottom - y]),
        "area": round(float((right - x) * (bottom - y)), 2),
        "segmentation": [],
        "iscrowd": 0,
    }


def _ring(box: list[float]) -> list[list[float]]:
    x0, y0, x1, y1 = box
    return [[x0, y0], [x1, y0], [x1, y1], [x0, y1]]


def _rounded(numbers: Any) -> list[float]:
    return [round(float(number), 2) for number in numbers]
