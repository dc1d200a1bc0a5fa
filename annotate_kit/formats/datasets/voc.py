"""Pascal VOC's XML, a file a picture.

`<annotation>` has `<filename>`, `<size>` and an `<object>` with `<name>` and `<bndbox>` a box; corners in pixels.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from annotate_kit.formats.records import Rejected

from ._example import Example, need_size, parts_of, rows
from ._files import of_suffix, packed, stems, xml_of

takes = frozenset({"boxes"})
suffix = ".zip"

SIDES = ("xmin", "ymin", "xmax", "ymax")


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    matching = of_suffix(files, ".xml")
    return rows(enumerate(matching, 1), lambda number, name: _example(name, xml_of(name, matching[name])))


def _example(name: str, root: Element) -> Example:
    if root.tag != "annotation":
        raise ValueError(f"{name} begins with <{root.tag}>; Pascal VOC begins with <annotation>")
    picture = _name_of_picture(root) or PurePosixPath(name).stem
    value = []
    for thing in root.iter("object"):
        box = [_number(thing, f"bndbox/{side}", name) for side in SIDES]
        value.append({"box": box, "label": _text(thing, "name", name)})
    return Example(picture, None, *_size(root, name), value)


def _name_of_picture(root: Element) -> str:
    """As it stands there, blanks at its ends included; on lines of its own without them."""
    picture = root.findtext("filename") or ""
    return picture if picture.strip() and "\n" not in picture.strip(" \t") else picture.strip()


def _size(root: Element, name: str) -> tuple[int | None, int | None]:
    """None where it is left out or 0, as some tools do."""
    if root.find("size") is None:
        return None, None
    width, height = (int(_number(root, f"size/{side}", name)) for side in ("width", "height"))
    return width or None, height or None


def _text(of: Element, path: str, name: str) -> str:
    value = of.findtext(path)
    if value is None or not value.strip():
        raise ValueError(f"{name} has no <{path.replace('/', '><')}> in <{of.tag}>")
    return value.strip()


def _number(of: Element, path: str, name: str) -> float:
    value = _text(of, path, name)
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{name}: <{path.rpartition('/')[2]}> should be a number of pixels; it is {value!r}") from None


def write(examples: Iterable[Example]) -> bytes:
    """A file for each picture of which something is known."""
    examples = [example for example in examples if example.value is not None]
    names = stems([example.external_id for example in examples])
    return packed({f"Annotations/{stem}.xml": _written(example) for stem, example in zip(names, examples, strict=True)})


def _written(example: Example) -> bytes:
    width, height = need_size(example, "Pascal VOC")
    root = Element("annotation")
    SubElement(root, "filename").text = example.external_id
    size = SubElement(root, "size")
    for name, pixels in (("width", width), ("height", height), ("depth", 3)):
        SubElement(size, name).text = str(pixels)
    for part in parts_of(example, ("box",), "Pascal VOC"):
        thing = SubElement(root, "object")
        for name, text in (("name", part["label"]), ("pose", "Unspecified"), ("truncated", "0"), ("difficult", "0")):
            SubElement(thing, name).text = text
        box = SubElement(thing, "bndbox")
        for side, pixels in zip(SIDES, part["box"], strict=True):
            SubElement(box, side).text = f"{pixels:g}" if pixels < 1e5 else str(pixels)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8")
