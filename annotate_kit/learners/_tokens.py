"""Texts as tokens, and spans as labels of tokens (BIO)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|\w+(?:[.'’]\w+)*|[^\w\s]")
"""Abbreviations such as U.S., words, numbers; any other character by itself."""
LONGEST = 200
"""Tokens of a sequence; what is longer is cut, so that its probability can be told from 0."""


@dataclass(frozen=True)
class Token:
    """A word or a single other character; `start` and `end` in code points, half-open."""

    text: str
    start: int
    end: int


def sentences(text: str) -> list[list[Token]]:
    """The tokens of each line, lines of more than LONGEST tokens in pieces."""
    pieces: list[list[Token]] = []
    start = 0
    for line in text.splitlines(keepends=True):
        tokens = (Token(match[0], start + match.start(), start + match.end()) for match in TOKEN.finditer(line))
        while piece := list(islice(tokens, LONGEST)):
            pieces.append(piece)
        start += len(line)
    return pieces


def labelled(sentence: Sequence[Token], spans: Iterable[dict[str, Any]]) -> list[str]:
    """O, B-… or I-… of each token. A span that cuts a token has all of it; of overlapping ones the longest counts."""
    labels = ["O"] * len(sentence)
    for span in sorted(spans, key=lambda span: span["start"] - span["end"]):
        inside = [n for n, token in enumerate(sentence) if token.start < span["end"] and token.end > span["start"]]
        if inside and all(labels[n] == "O" for n in inside):
            for n in inside:
                labels[n] = f"I-{span['label']}"
            if span["start"] >= sentence[0].start:
                labels[inside[0]] = f"B-{span['label']}"
    return labels


def runs(labels: Sequence[str]) -> list[tuple[int, int, str]]:
    """The spans that the labels mean: first token, the one behind the last, label. An I that follows nothing begins."""
    stretches: list[list[Any]] = []
    former = "O"
    for n, label in enumerate(labels):
        where, _, name = label.partition("-")
        if where == "B" or (where == "I" and former[2:] != name):
            stretches.append([n, n + 1, name])
        elif where == "I":
            stretches[-1][1] = n + 1
        former = label
    return [(first, behind, name) for first, behind, name in stretches]
