"""CoNLL-2003 columns with IOB2 tags.

A row is a token: its text, where it begins in the item's text, its tag. Rows of four columns as in CoNLL-2003, and of
two, are read too: the first column is the token, the last the tag; then the text is the tokens with a space between,
a line a sentence. Tags may be IOB1, IOB2, BIOES or BILOU. `# id = …` and `# text = …` (JSON) stand before an item.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import orjson

from annotate_kit.formats.records import Rejected, shown

from ._example import Example, Value, bare, need_text, rows
from ._files import of_suffix, text_of
from ._tokens import tokens

takes = frozenset({"spans"})
suffix = ".conll"

DOCUMENT = "-DOCSTART-"


@dataclass
class _Item:
    """The rows of an item: each sentence's columns."""

    external_id: str
    is_numbered: bool = True
    text: str | None = None
    sentences: list[list[list[str]]] = field(default_factory=lambda: [[]])


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    """The row's number is that of the item. Without `# id` or -DOCSTART- rows, the file is one item."""
    matching = of_suffix(files, ".conll", ".txt", ".iob", ".tsv", ".bio")
    items = (item for name, data in matching.items() for item in _items(name, text_of(name, data)))
    return rows(enumerate(items, 1), lambda number, item: _example(item))


def _items(name: str, content: str) -> Iterator[_Item]:
    item, number = _Item(name), 0
    for line in content.split("\n"):
        line = line.rstrip("\r")
        if line.startswith(("# id = ", DOCUMENT)):
            if number or any(item.sentences):
                yield item
            number += 1
            is_named = line.startswith("#")
            item = _Item(line.removeprefix("# id = ") if is_named else f"{name}-{number}", not is_named)
        elif line.startswith('# text = "') and line.endswith('"'):  # else CoNLL-U's, which is plain
            item.text = line.removeprefix("# text = ")
        elif line.startswith("# ") and "\t" not in line:
            continue
        elif line.strip():
            item.sentences[-1].append(line.split("\t") if "\t" in line else re.split(" +", line.strip(" ")))
        elif item.sentences[-1]:
            item.sentences.append([])
    if number or any(item.sentences):
        yield item


def _example(item: _Item) -> Example:
    sentences = [sentence for sentence in item.sentences if sentence]
    for columns in (row for sentence in sentences for row in sentence):
        if len(columns) < 2:
            raise ValueError(f"a row is a token and its tag; this is {shown(columns)}")
    if item.text is None:
        return replace(_joined(item.external_id, sentences), is_numbered=item.is_numbered)
    text = orjson.loads(item.text)
    places = [(int(row[1]), int(row[1]) + len(row[0]), row[-1]) for sentence in sentences for row in sentence]
    for (start, end, _), row in zip(places, (row for sentence in sentences for row in sentence), strict=True):
        if text[start:end] != row[0]:
            raise ValueError(f"at {start} the text has {text[start:end]!r}, and the token is {row[0]!r}")
    return Example(item.external_id, text, value=_spans([places]), is_numbered=item.is_numbered)


def _joined(external_id: str, sentences: list[list[list[str]]]) -> Example:
    lines, places, start = [], [], 0
    for sentence in sentences:
        of_sentence = []
        for row in sentence:
            of_sentence.append((start, start + len(row[0]), row[-1]))
            start += len(row[0]) + 1
        lines.append(" ".join(row[0] for row in sentence))
        places.append(of_sentence)
    return Example(external_id, "\n".join(lines), value=_spans(places))


def _spans(sentences: list[list[tuple[int, int, str]]]) -> Value:
    spans: list[dict[str, Any]] = []
    for sentence in sentences:
        going_on = None
        for start, end, tag in sentence:
            where, _, label = tag.partition("-")
            if where not in ("O", "B", "I", "E", "S", "L", "U") or (where != "O" and not label):
                raise ValueError(f"a tag is O, B-LABEL or I-LABEL; this is {tag!r}")
            if where in "BSU" or (where in "IEL" and going_on != label):
                spans.append({"start": start, "end": end, "label": label})
            elif where in "IEL":
                spans[-1]["end"] = end
            going_on = label if where in "BI" else None
    return spans


def write(examples: Iterable[Example]) -> bytes:
    """The texts of which something is known: without tags, the others would be texts with nothing in them."""
    return "".join(_written(example) for example in examples if example.value is not None).encode()


def _written(example: Example) -> str:
    text = need_text(example, "CoNLL")
    head = f"# id = {_one_line(example.external_id)}\n# text = {orjson.dumps(text).decode()}\n"
    spans = sorted(bare(example.value), key=lambda span: span["start"])
    lines, former_end, last = [], 0, 0
    for token in tokens(text, [place for span in spans for place in (span["start"], span["end"])]):
        if former_end and "\n" in text[former_end : token.start]:
            lines.append("")
        former_end = token.end
        while last < len(spans) and spans[last]["end"] <= token.start:
            last += 1
        lines.append(f"{token.text}\t{token.start}\t{_tag(spans[last : last + 1], token.start)}")
    _check(example, spans, text)
    return head + "\n".join([*lines, "", ""])


def _tag(span: Value, start: int) -> str:
    if not span or start < span[0]["start"]:
        return "O"
    return ("B-" if start == span[0]["start"] else "I-") + span[0]["label"]


def _check(example: Example, spans: Value, text: str) -> None:
    """What IOB2 cannot say is refused: overlaps, ends in white space, ends of lines within."""
    for former, span in pairwise(spans):
        if span["start"] < former["end"]:
            raise ValueError(f"CoNLL has one tag a token; spans of {example.external_id!r} overlap at {span['start']}")
    for span in spans:
        inside = text[span["start"] : span["end"]]
        if inside != inside.strip():
            raise ValueError(
                f"CoNLL has tokens only; the span {span['start']} to {span['end']} of {example.external_id!r} begins "
                "or ends with white space"
            )
        if any(c.isspace() for c in span["label"]):
            raise ValueError(f"CoNLL has no place for the white space in the label {span['label']!r}")


def _one_line(external_id: str) -> str:
    if "\n" in external_id or "\r" in external_id:
        raise ValueError(f"CoNLL has no place for an id of several lines: {external_id!r}")
    return external_id
