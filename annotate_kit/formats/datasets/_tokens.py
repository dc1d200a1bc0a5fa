"""Texts in tokens, for formats that have a row a token."""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

TOKEN = re.compile(r"\w+|[^\w\s]")


class Token(NamedTuple):
    text: str
    start: int
    end: int


def tokens(text: str, cuts: Iterable[int] = ()) -> list[Token]:
    """Words and single other characters, cut also at these places. Offsets are code points."""
    places = sorted(set(cuts))
    pieces = []
    for match in TOKEN.finditer(text):
        inside = [place for place in places if match.start() < place < match.end()] if places else []
        for start, end in pairwise([match.start(), *inside, match.end()]):
            pieces.append(Token(text[start:end], start, end))
    return pieces
