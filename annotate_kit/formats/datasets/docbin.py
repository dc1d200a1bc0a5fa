"""spaCy's DocBin.

The binary files that spaCy trains from. Spans that do not overlap are entities (`doc.ents`), others are the span group
"sc"; both are read, and every other group. Choices are categories (`doc.cats`), where `kind` asks for them. Knowledge
base ids, and categories among spans, are left out, which a rejected row says of each text. Needs spaCy, which is loaded
when a file is read or written.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import ModuleType
from typing import Any

from annotate_kit.formats.readers import Unreadable
from annotate_kit.formats.records import Rejected

from ._example import CHOICES, Example, Value, bare, need_text, rows
from ._files import MAX_BYTES, of_suffix
from ._tokens import tokens
from .spacy import category, cats_of

takes = frozenset({"spans", *CHOICES})
suffix = ".spacy"
needs = "spacy"
"""The package without which it neither reads nor writes."""

GROUP = "sc"
"""What spaCy calls the group of spans that may overlap."""
MISSING = "spaCy's DocBin is read and written by spaCy, which is not installed here: pip install spacy"


def read(files: Mapping[str, bytes], kind: str | None = None) -> Iterator[Example | Rejected]:
    binary = of_suffix(files, suffix)
    try:
        spacy = _spacy()
    except ValueError as error:
        raise Unreadable(str(error)) from None
    vocab = spacy.vocab.Vocab()
    docs = [doc for name, data in binary.items() for doc in _docs(spacy, name, data, vocab)]
    for number, doc in enumerate(docs, 1):
        yield from rows([(number, doc)], lambda number, doc: _example(number, doc, kind))
        if kind not in CHOICES and (left_out := _left_out(doc)):
            yield Rejected(number, doc.user_data.get("external_id"), f"left out: {left_out}; spans are read")


def _left_out(doc: Any) -> str:
    known = sum(bool(span.kb_id_) for span in _spans(doc))
    ids = [f"knowledge base ids of {known} spans"] if known else []
    categories = ["categories, which go into a project of single or multiple choice"] if doc.cats else []
    return ", ".join(ids + categories)


def _docs(spacy: ModuleType, name: str, data: bytes, vocab: Any) -> list[Any]:
    _check_size(name, data)
    try:
        return list(spacy.tokens.DocBin().from_bytes(data).get_docs(vocab))
    except Exception as error:  # a broken file fails in any of spaCy's layers
        raise Unreadable(f"{name} is no DocBin that this version of spaCy reads: {error}") from None


def _check_size(name: str, data: bytes) -> None:
    """spaCy unpacks a file as a whole; a small one can be huge."""
    try:
        if len(zlib.decompressobj().decompress(data, MAX_BYTES + 1)) > MAX_BYTES:
            raise Unreadable(f"{name} holds more than {MAX_BYTES >> 20} MB; write it in parts")
    except zlib.error:
        raise Unreadable(f"{name} is no DocBin: it is not compressed with zlib") from None


def _example(number: int, doc: Any, kind: str | None) -> Example:
    external_id = str(doc.user_data.get("external_id", number))
    value = _category(doc, kind) if kind in CHOICES else _value(doc)
    meta = doc.user_data.get("meta")
    meta = meta if isinstance(meta, dict) else None
    return Example(external_id, doc.text, value=value, meta=meta, is_numbered="external_id" not in doc.user_data)


def _spans(doc: Any) -> list[Any]:
    return [*doc.ents, *(span for group in doc.spans.values() for span in group)]


def _value(doc: Any) -> Value | None:
    is_known = doc.has_annotation("ENT_IOB")
    unknown = sum(not token.ent_iob and not token.is_space for token in doc) if is_known else 0
    if unknown:
        raise ValueError(
            f"of {unknown} tokens it is not told whether they are in entities (missing); annotate them, or set them "
            "outside"
        )
    if not is_known and not doc.spans and doc.text:
        return None
    return [{"start": span.start_char, "end": span.end_char, "label": span.label_} for span in _spans(doc)]


def _category(doc: Any, kind: str | None) -> Value | None:
    if not doc.cats and _spans(doc):
        raise ValueError("it has spans and no categories (cats); spans go into a project of spans")
    return category(doc.cats, kind) if doc.cats else None


def write(examples: Iterable[Example], labels: Sequence[str] = (), kind: str | None = None) -> bytes:
    """`labels` are all that there are, where the values are choices, which `kind` says."""
    texts = [(example, need_text(example, "DocBin")) for example in examples]
    spacy = _spacy()
    vocab = spacy.vocab.Vocab()
    if kind in CHOICES:
        docs = [_classified(spacy, vocab, text, example, labels) for example, text in texts]
    else:
        docs = [_doc(spacy, vocab, text, example) for example, text in texts]
    return bytes(spacy.tokens.DocBin(store_user_data=True, docs=docs).to_bytes())


def _classified(spacy: ModuleType, vocab: Any, text: str, example: Example, labels: Sequence[str]) -> Any:
    doc = _doc(spacy, vocab, text, replace(example, value=None))
    doc.cats = {} if example.value is None else cats_of(example.value, labels)
    return doc


def _doc(spacy: ModuleType, vocab: Any, text: str, example: Example) -> Any:
    spans = bare(example.value)
    words, spaces = _words(text, spans)
    doc = spacy.tokens.Doc(vocab, words=words, spaces=spaces)
    doc.user_data |= {"external_id": example.external_id} | ({"meta": example.meta} if example.meta else {})
    if example.value is None:
        return doc
    marked = [doc.char_span(span["start"], span["end"], label=span["label"]) for span in spans]
    if _overlap(spans):
        doc.spans[GROUP] = marked
    else:
        doc.set_ents(marked, default="outside")
    return doc


def _overlap(spans: Value) -> bool:
    places = sorted((span["start"], span["end"]) for span in spans)
    return any(start < end for (_, end), (start, _) in pairwise(places))


def _words(text: str, spans: Value) -> tuple[list[str], list[bool]]:
    """Tokens that are the whole text, cut where spans begin and end; and whether a space follows each.

    A single space belongs to the token before it, unless a span begins with it or ends behind it. White space
    else is a token, as spaCy has it.
    """
    begins, ends = {span["start"] for span in spans}, {span["end"] for span in spans}
    words: list[str] = []
    spaces: list[bool] = []
    place = 0
    for start, end in [*((token.start, token.end) for token in tokens(text, begins | ends)), (len(text), len(text))]:
        if words and text[place : place + 1] == " " and place < start and not (place in begins or place + 1 in ends):
            spaces[-1] = True
            place += 1
        cuts = sorted({place, start, *(cut for cut in begins | ends if place < cut < start)})
        pieces = [text[a:b] for a, b in pairwise(cuts)] + [text[start:end]]
        words += [piece for piece in pieces if piece]
        spaces += [False] * (len(words) - len(spaces))
        place = end
    return words, spaces


def _spacy() -> ModuleType:
    try:
        import spacy.tokens  # type: ignore[import-not-found, unused-ignore]
        import spacy.vocab  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise ValueError(MISSING) from None
    return spacy
