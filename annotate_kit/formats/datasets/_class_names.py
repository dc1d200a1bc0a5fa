"""The names of YOLO's classes, and what else its `data.yaml` says of the rows.

Read is the part of YAML that such files are made of: a list or a mapping, in brackets or a line each, with comments.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import orjson

from annotate_kit.formats.readers import Unreadable

from ._files import text_of

LISTS = ("classes.txt", "obj.names")
QUOTED = r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\n]|'')*'"
COMMENT = re.compile(rf"((?<![^\s\[{{,:]){QUOTED})|(?:^|(?<=\s))#[^\n]*", re.MULTILINE)
ENTRY = re.compile(rf"\s*(?:(\d+)\s*:\s)?\s*({QUOTED}|[^,\]}}]+)\s*(?:,|(?=[\]}}]))")
"""One of a list or mapping in brackets: its number, where it has one, and its name."""
BEFORE = re.compile(r"(?:-\s+|(\d+|\"\d+\"|'\d+')\s*:\s+)(.*)")
"""A dash or a number, and the name behind it."""


def classes(files: Mapping[str, bytes]) -> dict[int, str]:
    """By their numbers; none where no file has them. Unreadable when several have others."""
    of_file = {name: names for name, data in files.items() if (names := _names_in(name, data))}
    if not of_file:
        return {}
    first, *others = sorted(of_file, key=lambda name: PurePosixPath(name).name not in LISTS)
    for other in others:
        if of_file[other] != of_file[first]:
            raise Unreadable(f"{first} and {other} name other classes; send what each of them is about by itself")
    return of_file[first]


def _names_in(name: str, data: bytes) -> dict[int, str]:
    if PurePosixPath(name).name in LISTS:
        return dict(enumerate(line.strip() for line in text_of(name, data).split("\n") if line.strip()))
    return _names(text_of(name, data)) if _is_yaml(name) else {}


def numbers_of_joints(files: Mapping[str, bytes]) -> int:
    """How many numbers a row has behind its box, where the rows are of poses (`kpt_shape: [joints, 2 or 3]`)."""
    for name, data in files.items():
        if _is_yaml(name) and (shape := re.search(r"^kpt_shape:\s*\[\s*(\d+)\s*,\s*(\d)", text_of(name, data), re.M)):
            return int(shape[1]) * int(shape[2])
    return 0


def names_classes(name: str) -> bool:
    """Whether a file of this name has the names of classes."""
    return _is_yaml(name) or PurePosixPath(name).name in LISTS


def _is_yaml(name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml"))


def _names(yaml: str) -> dict[int, str]:
    """What `names:` holds."""
    plain = COMMENT.sub(lambda match: match[1] or "", yaml.replace("\r\n", "\n"))
    start = re.search(r"^names:", plain, re.MULTILINE)
    if not start:
        return {}
    after = plain[start.end() :].lstrip()
    pairs = _in_brackets(after[1:]) if after.startswith(("[", "{")) else _by_line(plain[start.end() :])
    return {place if number is None else int(number): name for place, (number, name) in enumerate(pairs)}


def _in_brackets(after: str) -> Iterator[tuple[str | None, str]]:
    place = 0
    while match := ENTRY.match(after, place):
        yield match[1], _unquoted(match[2])
        place = match.end()


def _by_line(after: str) -> Iterator[tuple[str | None, str]]:
    for line in after.split("\n"):
        if line.strip() and not line.startswith((" ", "\t", "-")):
            break
        if not line.strip():
            continue
        if not (match := BEFORE.fullmatch(line.strip())):
            raise Unreadable(f"names in data.yaml should be a list or `0: name` a line; it has {line.strip()!r}")
        yield match[1] and match[1].strip("\"'"), _unquoted(match[2])


def _unquoted(word: str) -> str:
    word = word.strip()
    if len(word) > 1 and word.startswith("'") and word.endswith("'"):
        return word[1:-1].replace("''", "'")
    if not (len(word) > 1 and word.startswith('"') and word.endswith('"')):
        return word
    try:
        return str(orjson.loads(word))
    except orjson.JSONDecodeError:
        return word[1:-1]
