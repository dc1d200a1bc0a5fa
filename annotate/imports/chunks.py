"""Records become chunks: what the database is sent, in the form in which COPY takes it."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b, sha256
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from annotate.imports.checks import Checks, Seen
from annotate.predictions import Prediction
from annotate_kit.formats.images import check_image
from annotate_kit.formats.records import Record, Rejected
from core.postgres import copy
from projects.tasktypes import Content

ROWS = 20_000
WEIGHT = 16 * 2**20
WEIGHT_OF_IMAGE = 64 * 2**10  # at least: so that a chunk of images is done, and seen as progress, in seconds


class Chunk(NamedTuple):
    """Some rows of a file. `items` and `annotations` are CSV as COPY takes it.

    `labels_version` is that of the label set by whose names its values were checked.
    """

    size: int
    items: bytes
    annotations: bytes
    rejected: list[Rejected]
    labels_version: int
    new_annotators: dict[int, str]  # the names of those who stand in `annotations` by numbers below zero
    predictions: dict[str, dict[str, Prediction]]  # by model and external_id


def chunks(rows: Iterable[Record | Rejected], checks: Checks) -> Iterator[Chunk]:
    """Check, and write images to the storage on the way. Asks the database nothing, so that a thread can run it."""
    seen = Seen()
    gathered = _Gathered(checks)
    for row in rows:
        if type(row) is Record:
            gathered.add(row)
        else:
            gathered.rejected.append(row)  # type: ignore[arg-type]
        if gathered.is_full():
            yield gathered.chunk(seen)
            gathered = _Gathered(checks)
    if gathered.lines or gathered.rejected:
        yield gathered.chunk(seen)


class _Gathered:
    """A chunk on its way; everything by external_id."""

    def __init__(self, checks: Checks) -> None:
        self._checks, self._labels = checks, checks.labels
        self._weight = 0
        self.lines: dict[str, str] = {}
        self.rejected: list[Rejected] = []
        self._rows: dict[str, int] = {}
        self._unnamed: set[str] = set()  # those whose content is their name
        self._votes: dict[str, list[str]] = {}
        self._predictions: dict[str, dict[str, Prediction]] = {}
        self._new: set[int] = set()
        self._images: dict[str, tuple[str, bytes]] = {}

    def is_full(self) -> bool:
        return len(self.lines) + len(self.rejected) >= ROWS or self._weight >= WEIGHT

    def add(self, record: Record) -> None:
        """Take a record in if it is a good one here, else note why not. This runs for every row: it counts."""
        row, external_id, text, image, _, data, meta, wanted, gold, annotations, predictions = record
        content: Any = text if data is None else data
        image_name, size, votes = "", None, None
        suggested: dict[str, Prediction] = {}
        errors: list[str] = []
        try:
            self._checks.item_type(record)
            if image is not None:
                content = sha256(image).hexdigest()
                image_name, size = _image(self._checks.project_id, content, image)
            if gold is not None or annotations or predictions:
                shown = Content(lambda: (text, size, data))
                gold = None if gold is None else self._checks.gold(gold, self._labels, shown)
                votes = self._checks.annotations(annotations, self._labels, shown) if annotations else None
                if predictions:
                    suggested, errors = self._checks.predictions(predictions, self._labels, shown)
            if external_id is None:
                external_id = _name_of(content)
                self._unnamed.add(external_id)
            if external_id in self.lines:
                raise ValueError(self._twice(external_id, self._rows[external_id]))
        except ValueError as error:
            self.rejected.append(Rejected(row, record.external_id, str(error)))
            return
        self.rejected += [Rejected(row, record.external_id, error) for error in errors]
        pairs = zip(annotations or (), votes or (), strict=True)
        by_name = votes and [(each["annotator"], *rest) for each, (_, *rest) in pairs]
        packed = orjson.dumps((content, meta, gold, wanted, by_name), option=orjson.OPT_SORT_KEYS)
        quoted = copy.text(text) if text is not None else ""
        parts = (data, data and list(data), meta, gold)
        rest = ",,," if meta is gold is data is None else ",".join(map(copy.json_or_null, parts))
        digest = blake2b(packed, digest_size=16).hexdigest()
        width_and_height = f"{size[0]},{size[1]}" if size else ","
        self.lines[external_id] = (
            f"{copy.text(external_id)},{quoted},{image_name},{rest},{copy.number(wanted)},\\x{digest},"
            f"{width_and_height}\n"
        )
        self._rows[external_id] = row
        self._weight += len(packed)
        if votes:
            self._new.update(annotator for annotator, _, _ in votes if annotator < 0)
            self._votes[external_id] = [_annotation(external_id, digest, *each) for each in votes]
        if suggested:
            self._predictions[external_id] = suggested
            self._weight += len(orjson.dumps(predictions))
        if image is not None:
            self._images[external_id] = image_name, image
            self._weight += max(len(image), WEIGHT_OF_IMAGE)

    def chunk(self, seen: Seen) -> Chunk:
        """The chunk, without what came in an earlier one. Its images are in the storage then."""
        if not self._checks.rows_are_votes():  # else more votes of an item may come in any chunk
            self._leave_out_seen(seen)
        seen.add(list(self._rows), list(self._rows.values()))
        for name, image in self._images.values():
            _store(name, image)
        items = "".join(self.lines.values()).encode()
        new = {number: self._checks.annotators.names[number] for number in self._new}
        annotations = "".join(chain.from_iterable(self._votes.values())).encode()
        rejected, version = sorted(self.rejected, key=attrgetter("row")), self._labels.version
        return Chunk(len(self.lines), items, annotations, rejected, version, new, self._by_model())

    def _by_model(self) -> dict[str, dict[str, Prediction]]:
        by_model: dict[str, dict[str, Prediction]] = {}
        for external_id, predictions in self._predictions.items():
            for model, prediction in predictions.items():
                by_model.setdefault(model, {})[external_id] = prediction
        return by_model

    def _leave_out_seen(self, seen: Seen) -> None:
        first_rows = seen.rows_of(list(self.lines))
        for external_id, first_row in zip(list(self.lines), first_rows, strict=True):
            if first_row:
                shown_name = None if external_id in self._unnamed else external_id
                self.rejected.append(Rejected(self._rows[external_id], shown_name, self._twice(external_id, first_row)))
                for by_id in (self.lines, self._rows, self._votes, self._predictions, self._images):
                    by_id.pop(external_id, None)

    def _twice(self, external_id: str, first_row: int) -> str:
        if external_id in self._unnamed:
            return f"the same content as row {first_row}; if both are meant, give each an external_id of its own"
        return f"external_id was given in row {first_row} already; the first one counts"


def _name_of(content: Any) -> str:
    """The external_id of what has none: the same content has the same one when it is sent again."""
    return blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _annotation(external_id: str, digest: str, annotator_id: int, value: Any, seconds: float | None) -> str:
    return copy.line(
        copy.text(external_id), f"\\x{digest}", str(annotator_id), copy.json_or_null(value), copy.number(seconds)
    )


# Images


def _image(project_id: int, digest: str, image: bytes) -> tuple[str, tuple[int, int]]:
    """Where an image is kept: by its content, so the same one once a project; and its width and height.

    ValueError when it can't be shown.
    """
    if len(image) > settings.IMAGE_BYTES:
        most = settings.IMAGE_BYTES / 2**20
        raise ValueError(f"the image has {len(image) / 2**20:.1f} MB, at most {most:.0f} MB are taken")
    kind, *size = check_image(image)
    ending = "jpg" if kind == "JPEG" else kind.lower()
    return f"images/{project_id}/{digest[:2]}/{digest}.{ending}", (size[0], size[1])


def _store(name: str, image: bytes) -> None:
    """Write an image to the storage, unless it is there. Of a writer that was killed there may be a part."""
    if default_storage.exists(name):
        if default_storage.size(name) == len(image):
            return
        default_storage.delete(name)
    stored_name = default_storage.save(name, ContentFile(image))
    if stored_name != name:  # another import wrote it in the meantime
        default_storage.delete(stored_name)
