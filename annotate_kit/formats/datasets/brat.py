"""brat's standoff files (read only).

A `.txt` file is a text, the `.ann` file of its name has its spans, `T1<tab>PER 0 4<tab>Anna`, and their
relations, `R1<tab>works-for Arg1:T1 Arg2:T2`. Pieces of a span with white space alone between them, as brat writes a
span that crosses lines, are one span. Events, attributes, normalisations, notes and equivalences are left out, which a
rejected row says of each text. Offsets count all characters of the file, a byte order mark and the line ends of Windows
too; where the text that stands behind them tells that they do not, they are read so.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from annotate_kit.formats.records import Rejected, shown

from ._example import Example, rows
from ._files import of_suffix, text_of
from ._offsets import from_utf16

takes = frozenset({"spans"})

TEXT, ANNOTATIONS = ".txt", ".ann"
TEXT_BOUND = re.compile(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)(?:\t(.*))?")
RELATION = re.compile(r"R\d+\t(\S+) \S+:(\S+) \S+:(\S+)\s*")
LEFT_OUT = {
    "E": "events", "A": "attributes", "M": "attributes", "N": "normalisations", "#": "notes", "*": "equivalences",
}  # fmt: skip
PASSED_OVER = re.compile(r"[EAMN#]\d*\s|\*\s")
REMOVED = re.compile(r"\A\ufeff|\r(?=\n)")
"""Characters of a file that are none of the text."""
Count = Callable[[int], int]
"""From an offset to a place of the text."""


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    texts = of_suffix(files, TEXT)
    for number, name in enumerate(texts, 1):
        yield from rows([(number, name)], lambda _, name: _example(name, texts[name], files), _stem)
        if left_out := _left_out(files.get(_stem(name) + ANNOTATIONS, b"")):
            yield Rejected(number, _stem(name), f"left out: {left_out}; spans and relations between spans are read")
    without = [name for name in files if name.endswith(ANNOTATIONS) and _stem(name) not in set(map(_stem, texts))]
    for number, name in enumerate(sorted(without), len(texts) + 1):
        yield Rejected(number, _stem(name), f"{name} has no {_stem(name)}{TEXT} beside it, the text that it is about")


def _stem(name: str) -> str:
    return name[: -len(TEXT)]


def _left_out(data: bytes) -> str:
    lines = data.decode(errors="replace").removeprefix("\ufeff").splitlines()
    kinds = [LEFT_OUT[line[0]] for line in lines if PASSED_OVER.match(line)]
    kinds += ["relations of events" for line in lines if _is_of_events(line)]
    return ", ".join(f"{count} {kind}" for kind, count in Counter(kinds).items())


def _is_of_events(line: str) -> bool:
    match = RELATION.fullmatch(line)
    return match is not None and any(end.startswith("E") for end in match.groups()[1:])


def _example(name: str, data: bytes, files: Mapping[str, bytes]) -> Example:
    annotated = f"{_stem(name)}{ANNOTATIONS}"
    if annotated not in files:
        raise ValueError(f"{name} has no {annotated} beside it; an empty one says that there are no spans")
    text_of(name, data)  # which says what is wrong where it is no UTF-8
    file = data.decode()
    text = REMOVED.sub("", file).replace("\r", "\n")
    counts = list(_counts(text, file))
    spans, relations = [], []
    for number, line in enumerate(text_of(annotated, files[annotated]).split("\n"), 1):
        line = line.removesuffix("\r")
        where = f"{annotated}, line {number}"
        if line.startswith("T"):
            spans.append(_span(where, line, text, counts))
        elif line.startswith("R"):
            relations += [] if _is_of_events(line) else [_relation(where, line)]
        elif line.strip() and not PASSED_OVER.match(line):
            raise ValueError(f"{where} is {shown(line)}; a line begins with T, R, {', '.join(LEFT_OUT)}")
    return Example(_stem(name), text, value={"spans": spans, "relations": relations})


def _span(where: str, line: str, text: str, counts: Sequence[Count]) -> dict[str, Any]:
    match = TEXT_BOUND.fullmatch(line)
    if not match:
        raise ValueError(f"{where} is {shown(line)}; it should be like T1<tab>LABEL 0 4<tab>text")
    name, label, places, quoted = match.groups()
    pieces = [tuple(map(int, piece.split())) for piece in places.split(";")]
    counted = [[(place_of(start), place_of(end)) for start, end in pieces] for place_of in counts]
    fitting = [pieces for pieces in counted if quoted is None or _at(pieces, text).split() == quoted.split()]
    if not fitting:
        raise ValueError(f"{where}: at {places} the text has {shown(_at(counted[0], text))}, not {shown(quoted)}")
    if any(text[end:start].strip() for (_, end), (start, _) in pairwise(fitting[0])):
        raise ValueError(f"{where} is a span in {len(pieces)} pieces; write a span for each, or leave it out")
    return {"id": name, "start": fitting[0][0][0], "end": fitting[0][-1][1], "label": label}


def _at(pieces: list[tuple[int, int]], text: str) -> str:
    return " ".join(text[start:end] for start, end in pieces)


def _counts(text: str, file: str) -> Iterator[Count]:
    """What offsets may count, first what brat does; and units of UTF-16, as browsers do."""
    removed = [match.start() for match in REMOVED.finditer(file)]
    yield lambda offset: offset - bisect_left(removed, offset)
    if removed:
        yield lambda offset: offset
    if removed[:1] == [0]:
        yield lambda offset: offset + 1 - bisect_left(removed, offset + 1)
    if not text.isascii():
        yield lambda offset: _from_utf16(text, offset)


def _from_utf16(text: str, offset: int) -> int:
    try:
        return from_utf16(text, offset)
    except ValueError:
        return offset


def _relation(where: str, line: str) -> dict[str, Any]:
    match = RELATION.fullmatch(line)
    if not match:
        raise ValueError(f"{where} is {shown(line)}; it should be like R1<tab>LABEL Arg1:T1 Arg2:T2")
    return {"from": match[2], "to": match[3], "label": match[1]}
