"""Archives of pictures with what another tool says of them: COCO, YOLO, Pascal VOC, LabelMe, CVAT, Label Studio."""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any
from urllib.parse import unquote

from annotate_kit.formats.datasets import Example
from annotate_kit.formats.datasets import registry as tools
from annotate_kit.formats.datasets._class_names import names_classes
from annotate_kit.formats.datasets._example import KEYS, fitting, is_whole
from annotate_kit.formats.datasets._files import json_of
from annotate_kit.formats.images import check_image
from annotate_kit.formats.readers._datasets import examples
from annotate_kit.formats.records import Rejected, Unreadable, shown

MOST_BYTES = 512 * 2**20
"""Of the files about the pictures together."""
SUFFIXES = (".json", ".xml", ".txt", ".yaml", ".yml", ".names", ".csv")
SUFFIX_OF = {"coco": ".json", "labelme": ".json", "label_studio": ".json", "voc": ".xml", "cvat": ".xml"}
ROOT = re.compile(rb"<annotation(s?)[\s>]")
UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the name of a file that was uploaded there."""

Load = Callable[[str], bytes]


def tool_of(names: Sequence[str], load: Load) -> str | None:
    """The data set format of the files about pictures in an archive; None where there are none."""
    for name in names:
        suffix = PurePosixPath(name).suffix.lower()
        tool = _xml_tool(load(name)) if suffix == ".xml" else _json_tool(load(name)) if suffix == ".json" else None
        if tool:
            return tool
    # Names of classes alone say little: other tools leave such files beside their own.
    return "yolo" if any(map(names_classes, names)) else None


def _xml_tool(data: bytes) -> str | None:
    root = ROOT.search(data)
    return None if root is None else "cvat" if root[1] else "voc"


def _json_tool(data: bytes) -> str | None:
    try:
        content = json_of("", data)
    except Unreadable:
        return None
    if isinstance(content, list):
        is_task = tools.load("label_studio").recognises
        return "label_studio" if any(isinstance(row, dict) and is_task(row) for row in content) else None
    if not isinstance(content, dict):
        return None
    return "coco" if isinstance(content.get("images"), list) else "labelme" if "shapes" in content else None


class Annotations:
    """What the tool's files say of each picture of an archive.

    values        by picture, what is settled
    annotations   by picture, what people said, where the tool keeps that
    predictions   by picture, what models said, likewise
    metas         by picture, what else the tool keeps of it
    sizes         by picture, its width and height as the tool says, where it does
    """

    def __init__(self, tool: str, kind: str, names: Sequence[str], pictures: Sequence[str], load: Load) -> None:
        entry = tools.load(tool)
        if kind not in read_by(entry):
            raise Unreadable(of_other_kind(tool, kind))
        self.rejected: list[Rejected] = []
        self.values: dict[str, Any] = {}
        self.annotations: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.predictions: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.metas: dict[str, dict[str, Any]] = {}
        self.sizes: dict[str, tuple[int, int]] = {}
        self._places, self._load = Places(pictures), load
        files = {name: load(name) for name in names}
        if tool == "yolo":
            self._add_all(entry.read(files, _sizes(pictures, load)), kind)
            return
        suffix = SUFFIX_OF[tool]
        of_tool = {name: data for name, data in files.items() if name.lower().endswith(suffix)}
        self._add_files(entry, _about(kind, of_tool) if tool == "coco" else of_tool, kind)

    def _add_files(self, entry: ModuleType, files: Mapping[str, bytes], kind: str) -> None:
        """One by one, as what they say may be about pictures in their folder. Unreadable where none is of the tool."""
        unreadable: list[Rejected] = []
        for name, data in files.items():
            try:
                self._add_all(examples(entry, {name: data}, kind=kind, size_of=self._size_of(name)), kind, name)
            except Unreadable as error:
                unreadable.append(Rejected(len(unreadable) + 1, None, str(error)))
        if len(unreadable) == len(files):
            raise Unreadable(unreadable[0].error)
        self.rejected += unreadable

    def _add_all(self, rows: Iterator[Example | Rejected], kind: str, of: str = "") -> None:
        for example in rows:
            self._add(example, kind, of)

    def _size_of(self, file: str) -> Callable[[str], tuple[int, int] | None]:
        """What knows the width and height of the pictures that a file names."""

        def size_of(name: str) -> tuple[int, int] | None:
            with suppress(ValueError):
                _, width, height = check_image(self._load(self._places.of(name, file)))
                return width, height
            return None

        return size_of

    def check_size(self, picture: str, image: bytes) -> None:
        """ValueError where the tool saw it in another size: its shapes would lie elsewhere."""
        size = self.sizes.get(picture)
        if size and (self.values.get(picture) or self.annotations.get(picture)):
            _, *own = check_image(image)
            if list(size) != own:
                raise ValueError(
                    f"its shapes are for {size[0]} × {size[1]} pixels, and the picture has {own[0]} × {own[1]}, as it "
                    "is seen; put the one in that was annotated, or leave the shapes out"
                )

    def _add(self, example: Example | Rejected, kind: str, of: str) -> None:
        if isinstance(example, Rejected):
            self.rejected.append(example)
            return
        number = len(self.values) + len(self.rejected) + 1
        try:
            picture = self._places.of(example.external_id, of)
            for value in (example.value, *(row["value"] for row in example.annotations)):
                _check_kind(value, kind)
            predictions, errors = fitting(example.predictions, lambda row: _of_kind(row, kind))
            self.rejected += [Rejected(number, example.external_id, error) for error in errors]
            if example.value is not None:
                self.values[picture] = _together(self.values.get(picture), example.value)
            self.annotations[picture] += example.annotations
            self.predictions[picture] += predictions
            if example.meta:
                self.metas[picture] = example.meta
            if example.width and example.height:
                self.sizes[picture] = example.width, example.height
        except ValueError as error:
            self.rejected.append(Rejected(number, example.external_id, str(error)))


def read_by(entry: ModuleType) -> frozenset[str]:
    """The kinds of value that an entry reads: those that it writes, and perhaps more."""
    return getattr(entry, "reads", None) or entry.takes


def of_other_kind(tool: str, kind: str) -> str:
    """Why a project of this kind takes nothing of this tool from an archive."""
    kinds = read_by(tools.load(tool))
    title = re.split("[,:]", tools.title(tool))[0]
    if kind in kinds:
        return f"an archive is read for pictures; send what is of {title} and about texts by itself"
    listed = ", ".join(sorted(kinds)).replace("_", " ")
    return f"this archive is of {title}, which holds {listed}; the project is of {kind.replace('_', ' ')}"


def _together(former: Any, value: Any) -> Any:
    """What two files settle about one picture. ValueError where they cannot both be right."""
    if former is None or former == value:
        return value
    if not isinstance(former, list):
        raise ValueError(f"it is settled twice, as {shown(former)} and as {shown(value)}; leave one out")
    return [*former, *value]


def _of_kind(prediction: dict[str, Any], kind: str) -> dict[str, Any]:
    _check_kind(prediction["value"], kind)
    return prediction


def _check_kind(value: Any, kind: str) -> None:
    if value is None or is_whole(value):
        return
    if other := next((part for part in value if KEYS[kind] not in part), None):
        turned = "; a turned box is read as a polygon" if kind == "boxes" and "polygon" in other else ""
        raise ValueError(f"it has other shapes than {kind}, such as {shown(other)}{turned}")


class Places:
    """Pictures by their path in the archive, or by as much of its end as a tool gives."""

    def __init__(self, pictures: Sequence[str]) -> None:
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for picture in pictures:
            path = PurePosixPath(picture)
            self._by_name[path.name].append(picture)
            self._by_name[path.stem].append(picture)

    def of(self, name: str, file: str) -> str:
        """That which a file means by this name. ValueError where there is none, or several."""
        is_called_so = PurePosixPath(name).name in self._by_name
        path = PurePosixPath(name if is_called_so else name.partition("?X-")[0].replace("\\", "/"))
        same = next((self._by_name[own] for own in _names(path.name) if own in self._by_name), [])
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(file), path.as_posix()))
        ending = [picture for picture in same if f"/{picture}".endswith(f"/{path}")]
        matches = next(([own] for own in (beside, path.as_posix()) if own in same), _nearest(ending or same, file))
        if not matches:
            raise ValueError(
                f"the picture {shown(name)} is not in the archive; put it in, or leave its annotations out"
            )
        if len(matches) > 1:
            raise ValueError(
                f"{len(matches)} pictures are called {shown(name)}, as {matches[0]} and {matches[1]}; rename one"
            )
        return matches[0]


def _nearest(pictures: Sequence[str], file: str) -> list[str]:
    """Those that have the most folders in common with the file."""
    shared = [len(PurePosixPath(posixpath.commonpath(["/" + file, "/" + picture])).parts) for picture in pictures]
    return [picture for picture, folders in zip(pictures, shared, strict=True) if folders == max(shared)]


def _names(name: str) -> list[str]:
    """What the picture of this name may be called where people have it: addresses of Label Studio are of copies."""
    plain = unquote(name.rpartition("?d=")[2].partition("?")[0])
    return [name, plain, UPLOADED.sub("", plain), name.strip()]


def _sizes(pictures: Sequence[str], load: Load) -> dict[str, tuple[int, int]]:
    """The widths and heights of the pictures; those that are none are left to their own row."""
    sizes = {}
    for picture in pictures:
        with suppress(ValueError):
            _, *size = check_image(load(picture))
            sizes[picture] = size[0], size[1]
    return sizes


def _about(kind: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Of COCO's files those about this kind: captions are none, and keypoints have files of their own."""
    wanted = {
        name: data
        for name, data in files.items()
        if name.lower().endswith(".json") and "captions" not in name.lower()
        and ("keypoints" in name.lower()) == (kind in ("points", "keypoints"))
    }  # fmt: skip
    return wanted or dict(files)
