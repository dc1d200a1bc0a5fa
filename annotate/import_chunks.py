"""Records become chunks: what the database is sent, in the form in which COPY takes it."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b, sha256
from typing import Any, NamedTuple

import orjson
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from annotate.import_checks import Checks, Seen, twice
from formats.images import check_image
from formats.records import Record, Rejected
from projects.models import Project

ROWS = 20_000
WEIGHT = 16 * 2**20
WEIGHT_OF_IMAGE = 64 * 2**10  # at least: so that a chunk of images is done, and seen as progress, in seconds


class Chunk(NamedTuple):
    """Some rows of a file. `items` and `annotations` are CSV as COPY takes it."""

    size: int
    items: bytes
    annotations: bytes
    rejected: list[Rejected]


class _Checked(NamedTuple):
    """A record that can be stored unless its external_id came before."""

    record: Record
    external_id: str
    packed: bytes
    said: list[tuple[int, Any, float | None]]
    suffix: str | None  # of an image's file name


def chunks(project: Project, rows: Iterable[Record | Rejected], checks: Checks) -> Iterator[Chunk]:
    """Check, and write images to the storage on the way. Asks the database nothing, so that a thread can run it."""
    seen = Seen()
    checked: dict[str, _Checked] = {}
    rejected: list[Rejected] = []
    weight = 0
    for row in rows:
        if isinstance(row, Record):
            try:
                one = _checked(row, checks)
                if earlier := checked.get(one.external_id):
                    raise ValueError(twice(row, earlier.record.row))
            except ValueError as error:
                rejected.append(Rejected(row.row, row.external_id, str(error)))
                continue
            checked[one.external_id] = one
            weight += len(one.packed) if row.image is None else max(len(row.image), WEIGHT_OF_IMAGE)
        else:
            rejected.append(row)
        if len(checked) + len(rejected) >= ROWS or weight >= WEIGHT:
            yield _chunk(project, checked, rejected, seen)
            checked, rejected, weight = {}, [], 0
    if checked or rejected:
        yield _chunk(project, checked, rejected, seen)


def _checked(record: Record, checks: Checks) -> _Checked:
    _, external_id, text, image, _, data, meta, votes_wanted, gold, annotations = record
    content: Any = text if data is None else data
    suffix = None
    if image is not None:
        suffix = _suffix(image)
        content = sha256(image).hexdigest()
    if gold is not None:
        gold = checks.gold(gold)
        record = record._replace(gold=gold)
    said = checks.annotations(annotations) if annotations else []
    packed = orjson.dumps((content, meta, gold, votes_wanted, said), option=orjson.OPT_SORT_KEYS)
    if external_id is None:
        external_id = blake2b(orjson.dumps(content, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
    return _Checked(record, external_id, packed, said, suffix)


def _suffix(image: bytes) -> str:
    """The ending of an image's file name, by its content. ValueError when it is none that can be shown."""
    if len(image) > settings.IMAGE_BYTES:
        raise ValueError(
            f"the image has {len(image) / 2**20:.1f} MB, at most {settings.IMAGE_BYTES / 2**20:.0f} MB are taken"
        )
    kind, _, _ = check_image(image)
    return {"jpeg": "jpg"}.get(kind.lower(), kind.lower())


def _chunk(project: Project, checked: dict[str, _Checked], rejected: list[Rejected], seen: Seen) -> Chunk:
    """Leave out what came in an earlier chunk, and write the rest as COPY takes it."""
    first_rows = seen.rows_of(list(checked))
    if any(first_rows):
        for one, first_row in zip(list(checked.values()), first_rows, strict=True):
            if first_row:
                rejected.append(Rejected(one.record.row, one.record.external_id, twice(one.record, first_row)))
                del checked[one.external_id]
    seen.add(list(checked), [one.record.row for one in checked.values()])
    items = "".join([_item(project, one) for one in checked.values()])
    annotations = "".join([line for one in checked.values() if one.said for line in _annotations(one)])
    return Chunk(len(checked), items.encode(), annotations.encode(), sorted(rejected))


def _item(project: Project, one: _Checked) -> str:
    """A line of CSV; what is empty is NULL, what is quoted is text."""
    record = one.record
    external_id = one.external_id.replace('"', '""')
    digest = blake2b(one.packed, digest_size=16).hexdigest()
    wanted = "" if record.votes_wanted is None else record.votes_wanted
    meta, gold = _json(record.meta), _json(record.gold)
    if record.text is not None:
        text = record.text.replace('"', '""')
        return f'"{external_id}","{text}",,,{meta},{gold},{wanted},\\x{digest}\n'
    if record.data is not None:
        return f'"{external_id}",,,{_json(record.data)},{meta},{gold},{wanted},\\x{digest}\n'
    return f'"{external_id}",,{_stored(project, one)},,{meta},{gold},{wanted},\\x{digest}\n'


def _annotations(one: _Checked) -> Iterator[str]:
    external_id = one.external_id.replace('"', '""')
    for annotator_id, value, seconds in one.said:
        yield f'"{external_id}",{annotator_id},{_json(value)},{"" if seconds is None else seconds}\n'


def _json(value: Any) -> str:
    return "" if value is None else f'"{orjson.dumps(value).decode().replace(chr(34), chr(34) * 2)}"'


def _stored(project: Project, one: _Checked) -> str:
    """The name of the image in the storage, by its content: the same image is kept once a project.

    A writer that was killed may have left a part of it, which is written again.
    """
    image = one.record.image
    assert image is not None
    digest = sha256(image).hexdigest()
    name = f"images/{project.pk}/{digest[:2]}/{digest}.{one.suffix}"
    if default_storage.exists(name):
        if default_storage.size(name) == len(image):
            return name
        default_storage.delete(name)
    return default_storage.save(name, ContentFile(image))
