"""brat's standoff files (read only).

A `.txt` file is a text, the `.ann` file of its name has its spans, `T1<tab>PER 0 4<tab>Anna`, and their
relations, `R1<tab>works-for Arg1:T1 Arg2:T2`. Events, attributes and notes are passed over.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from annotate_kit.formats.records import Rejected

from ._example import Example, rows
from ._files import of_suffix, text_of

takes = frozenset({"spans"})

TEXT_BOUND = re.compile(r"(T\d+)\t(\S+) (\d+) (\d+)(\t.*)?")
RELATION = re.compile(r"R\d+\t(\S+) \S+:(\S+) \S+:(\S+)\s*")


def read(files: Mapping[str, bytes]) -> Iterator[Example | Rejected]:
    texts = of_suffix(files, ".txt")
    return rows(enumerate(texts, 1), lambda number, name: _example(name, texts[name], files))


def _example(name: str, data: bytes, files: Mapping[str, bytes]) -> Example:
    stem = name.removesuffix(".txt")
    annotated = f"{stem}.ann"
    if annotated not in files:
        raise ValueError(f"{name} has no {annotated} beside it; an empty one says that there are no spans")
    lines = text_of(annotated, files[annotated]).split("\n")
    spans = [_span(annotated, number, line) for number, line in enumerate(lines, 1) if line.startswith("T")]
    relations = [_relation(annotated, number, line) for number, line in enumerate(lines, 1) if line.startswith("R")]
    value = {"spans": spans, "relations": relations}
    return Example(stem, text_of(name, data).replace("\r\n", "\n"), value=value)


def _span(name: str, number: int, line: str) -> dict[str, Any]:
    match = TEXT_BOUND.fullmatch(line)
    if not match:
        right = "T1<tab>LABEL 0 4<tab>text; spans in several pieces are not read"
        raise ValueError(f"{name}, line {number} is {line!r}; it should be like {right}")
    return {"id": match[1], "start": int(match[3]), "end": int(match[4]), "label": match[2]}


def _relation(name: str, number: int, line: str) -> dict[str, Any]:
    match = RELATION.fullmatch(line)
    if not match:
        raise ValueError(f"{name}, line {number} is {line!r}; it should be like R1<tab>LABEL Arg1:T1 Arg2:T2")
    return {"from": match[2], "to": match[3], "label": match[1]}
