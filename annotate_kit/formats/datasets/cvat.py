"""CVAT's XML for images (read only).

`<image name width height>` has `<box xtl ytl xbr ybr>`, `<polygon points="x,y;x,y">`, `<polyline>` and `<points>`.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected

from ._example import Example, Value, rows
from ._files import of_suffix, xml_of

takes = frozenset({"boxes", "polygons", "points", "lines"})

PASSED_OVER = {"tag", "cuboid", "mask", "skeleton", "ellipse"}
CORNERS = ("xtl", "ytl", "xbr", "ybr")


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    for name, data in of_suffix(files, ".xml").items():
        root = xml_of(name, data)
        if root.tag != "annotations" or root.find("track") is not None:
            raise Unreadable(f"{name} is not CVAT's for images; export it as 'CVAT for images 1.1'")
        yield from rows(enumerate(root.iter("image"), 1), lambda number, image: _example(image), _name)


def _name(image: Element) -> str | None:
    return image.get("name")


def _example(image: Element) -> Example:
    value = [part for shape in image for part in _parts(shape, image.get("name"))]
    return Example(_get(image, "name"), None, int(_get(image, "width")), int(_get(image, "height")), value)


def _parts(shape: Element, of: Any) -> Value:
    if shape.tag in PASSED_OVER:
        if shape.tag == "tag":
            return []
        raise ValueError(f"{of} has a <{shape.tag}>, which is not read; boxes, polygons, polylines and points are")
    label = _get(shape, "label")
    if shape.tag == "box":
        if float(shape.get("rotation", 0)) != 0:
            raise ValueError(f"{of} has a rotated box, which is not read; export it as a polygon")
        return [{"box": [float(_get(shape, corner)) for corner in CORNERS], "label": label}]
    points = [[float(number) for number in pair.split(",")] for pair in _get(shape, "points").split(";")]
    match shape.tag:
        case "polygon":
            return [{"polygon": points, "label": label}]
        case "polyline":
            return [{"line": points, "label": label}]
        case "points":
            return [{"point": point, "label": label} for point in points]
    raise ValueError(f"{of} has a <{shape.tag}>, which CVAT does not know")


def _get(element: Element, name: str) -> str:
    value = element.get(name)
    if value is None:
        raise ValueError(f"<{element.tag}> has no {name}=")
    return value
