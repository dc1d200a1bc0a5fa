"""What the columns of an ordinary file may be, by their names and first rows: for the person who sent it to look at.

The content is the column with the best known name, else the one with the longest words. An id must be different in
every row, a right answer one of the labels. All else is kept beside the content; in records, it is a field.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from annotate_kit.formats.columns import (
    CONTENT,
    Roles,
    Sample,
    check_names,
    check_roles,
    completed,
    has_native_content,
    native_role,
    of_export,
)
from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import MAX_EXTERNAL_ID, shown

_TEXT_NAMES = (
    "text", "message", "body", "sentence", "content", "tweet", "review", "comment", "post", "utterance", "question",
    "document", "description", "abstract", "title", "headline", "prompt", "transcript", "texte", "nachricht", "texto",
)  # fmt: skip
_IMAGE_NAMES = ("image", "img", "picture", "photo")
_ID_NAMES = ("external_id", "id", "_id", "uid", "uuid", "guid", "key", "identifier", "nr", "no")
_ID_OF = "item doc document text message record tweet review comment post sentence image row example sample case ticket"
_GOLD_NAMES = (
    "gold", "label", "labels", "class", "category", "target", "truth", "ground_truth", "answer", "sentiment", "correct",
)  # fmt: skip
_ANSWERS_OF = re.compile(r"(annotator|rater|coder|worker|labell?er|judge|annotation|answer|label)_?([0-9]+|[a-z])")
_MOST_LABELS = 50
_NUMBER_OR_DATE = re.compile(r"[-+]?[\d.,:/ T%€$-]*(Z|UTC|[AaPp][Mm])?")
_ADDRESS = re.compile(r"(https?|s3|gs|ftp)://\S+|\S+\.(png|jpe?g|gif|webp|bmp|tiff?)", re.IGNORECASE)


def choose(
    sample: Sample,
    *,
    requested: Mapping[str, str] | None = None,
    before: Mapping[str, str] | None = None,
    content: str = "",
    labels: Collection[str] = (),
    people: Collection[str] = (),
) -> Roles | None:
    """The role of each column; None when their names say all. Unreadable when no choice makes records.

    Of an export of ours, what is agreed on is left out.

    The keys of JSON are guessed about only where one is a well-known name for the content.

    `given` is what somebody said, `before` what was said of an earlier file: it counts when it fits. `content` is what
    the project labels: text, image or field; empty when nobody knows.
    """
    if requested:
        return _with_requested(sample, requested, guess(sample, content=content, labels=labels, people=people) or {})
    if before and (roles := as_before(sample, before)):
        return roles
    if has_native_content(sample.names):
        return of_export(sample.names)
    roles = guess(sample, content=content, labels=labels, people=people)
    return None if sample.objects and not _is_meant(roles or {}, content) else roles


def _is_meant(roles: Roles, content: str) -> bool:
    """Whether a program that wrote these keys meant such a record: a slip in `text` is an error, not a new name."""
    known = {"text": _TEXT_NAMES, "image": _IMAGE_NAMES}
    if content == "field":
        return True
    return any(role in known and _name_rank(name, known[role]) < 2 * len(known[role]) for name, role in roles.items())


def propose(
    sample: Sample,
    *,
    before: Mapping[str, str] | None = None,
    content: str = "",
    labels: Collection[str] = (),
    people: Collection[str] = (),
) -> Roles | None:
    """Roles for somebody to look at; None when there is nothing to ask, since the names say all.

    They may lack a content, which the person has to choose then.
    """
    if roles := choose(sample, before=before, content=content, labels=labels, people=people):
        return roles
    if has_native_content(sample.names) and all(map(native_role, sample.names)):
        return None
    return guess(sample) or completed({}, sample.names)


def _with_requested(sample: Sample, requested: Mapping[str, str], guessed: Roles) -> Roles:
    """What was said, and a guess about the content where nothing was said of it."""
    check_names(requested, sample.names)
    roles = completed(requested, sample.names)
    if not set(CONTENT) & set(roles.values()):
        used = set(requested.values())
        roles |= {name: role for name, role in guessed.items() if name not in requested and role not in used}
    check_roles(roles, sample.names)
    return roles


def as_before(sample: Sample, before: Mapping[str, str]) -> Roles | None:
    """The roles of an earlier file if this one has the columns that were its content, of records half of them."""
    content = [name for name, role in before.items() if role in CONTENT]
    if 2 * sum(name in sample.names for name in content) <= len(content):
        return None
    if all(native_role(name) == before.get(name, native_role(name)) for name in sample.names):
        return None
    return completed({name: before[name] for name in sample.names if name in before}, sample.names)


def guess(
    sample: Sample, *, content: str = "", labels: Collection[str] = (), people: Collection[str] = ()
) -> Roles | None:
    """A role for each column; None when there is no column that could be the content."""
    roles = _image(sample) if content == "image" else {} if content == "field" else _text(sample)
    if not roles and content in ("text", "image"):
        return None
    other = "meta" if roles else "field"
    for role, fits in _FITS:
        candidates = [name for name in _called(sample.names, role) if name not in roles]
        if name := next((name for name in candidates if fits(sample, name, labels)), None):
            roles[name] = role
    for name in sample.names:
        if name not in roles and _is_answers(sample, name, labels, people):
            roles[name] = "answer"
    roles = {name: roles.get(name) or native_role(name) or other for name in sample.names}
    return roles if set(CONTENT) & set(roles.values()) else None


def _text(sample: Sample) -> Roles:
    """The column that people read, if there is one."""
    words = [name for name in sample.names if _is_words(sample, name)]
    if not words:
        return {}
    return {min(words, key=lambda name: (_name_rank(name, _TEXT_NAMES), -_mean_length(sample.column(name)))): "text"}


def _image(sample: Sample) -> Roles:
    """The column of pictures. Unreadable when there are addresses of pictures instead."""
    named = sorted(sample.names, key=lambda name: _name_rank(name, _IMAGE_NAMES))
    for name in named:
        cells = sample.column(name)
        if cells and all(_is_picture(cell) for cell in cells):
            return {name: "image"}
    for name in named:
        refuse_addresses(name, sample.column(name))
    return {}


def refuse_addresses(name: str, cells: Sequence[Any]) -> None:
    """Unreadable when all of them are addresses of pictures."""
    if cells and all(isinstance(cell, str) and _ADDRESS.fullmatch(cell.strip()) for cell in cells):
        raise Unreadable(
            f"column {shown(name)} holds addresses of pictures, such as {shown(cells[0])}; the server fetches nothing "
            "from elsewhere: put the pictures into a zip (the path within becomes their external_id)"
        )


def _is_picture(cell: Any) -> bool:
    """Bytes, {bytes, path}, a data: URL, or what may be base64."""
    if type(cell) is dict:
        cell = cell.get("bytes")
    if isinstance(cell, str):
        return cell.startswith("data:image/") or (
            len(cell) > 60 and re.fullmatch(r"[A-Za-z0-9+/=\s]+", cell) is not None
        )
    return isinstance(cell, bytes)


def _is_words(sample: Sample, name: str) -> bool:
    """Whether a column could be read: strings that are not all numbers, dates or addresses."""
    cells = sample.column(name)
    if native_role(name) not in (None, "text") or not cells or not all(isinstance(cell, str) for cell in cells):
        return False
    return not all(_NUMBER_OR_DATE.fullmatch(cell.strip()) or _ADDRESS.fullmatch(cell.strip()) for cell in cells)


def _mean_length(cells: Sequence[Any]) -> float:
    return sum(len(str(cell)) for cell in cells) / max(1, len(cells))


def _plain(name: str) -> str:
    """`Message-Text ` as `message_text`."""
    return re.sub(r"[^\w]+", "_", name.strip().lower()).strip("_") or name


def _name_rank(name: str, known: Sequence[str]) -> int:
    """The place of a name among the known ones: exact ones first, then those of which it is a word."""
    plain = _plain(name)
    if plain in known:
        return known.index(plain)
    words = [known.index(word) for word in plain.split("_") if word in known]
    return len(known) + min(words) if words else 2 * len(known)


def _called(names: Sequence[str], role: str) -> list[str]:
    """The columns that are called as this role is, the best name first."""
    known = {"external_id": _ID_NAMES + tuple(f"{kind}_id" for kind in _ID_OF.split()), "gold": _GOLD_NAMES}
    called = known.get(role, (role,))
    return sorted((name for name in names if _plain(name) in called), key=lambda name: called.index(_plain(name)))


def _fits_id(sample: Sample, name: str, labels: Collection[str]) -> bool:
    """Different in every row, and short."""
    ids = [str(cell) for cell in sample.column(name)]
    return len(ids) == len(sample.rows) == len(set(ids)) and max(map(len, ids), default=0) <= MAX_EXTERNAL_ID


def _fits_gold(sample: Sample, name: str, labels: Collection[str]) -> bool:
    """Labels of the project; where it has none yet, a few words that come again and again."""
    values = [str(cell) for cell in sample.column(name)]
    if labels:
        return bool(values) and set(values) <= set(labels)
    few = len(set(values)) <= _MOST_LABELS and all(len(value) <= 100 for value in values)
    return bool(values) and few and (_plain(name) == "gold" or len(set(values)) < len(values))


def _fits(sample: Sample, name: str, labels: Collection[str]) -> bool:
    return True


_FITS: list[tuple[str, Callable[[Sample, str, Collection[str]], bool]]] = [
    ("external_id", _fits_id),
    ("gold", _fits_gold),
    ("votes_wanted", _fits),
    ("annotations", _fits),
]


def _is_answers(sample: Sample, name: str, labels: Collection[str], people: Collection[str]) -> bool:
    """Whether a column is called like a person of the project, or annotator_1, and holds labels."""
    is_person = name in people or _ANSWERS_OF.fullmatch(_plain(name)) is not None
    return is_person and _fits_gold(sample, name, labels)
