"""How alike two texts are."""

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

LONGEST = 3
"""Words of the longest runs that are compared."""
SPELLING = 0.02
"""What the likeness of characters counts, beside that of words: it decides between single words."""

Runs = frozenset[tuple[Hashable, int]]


@dataclass(frozen=True)
class Reading:
    """A text prepared for comparison: its words in lower case, and their runs of one, two, … words."""

    text: str
    runs: tuple[Runs, ...]


def read(text: str) -> Reading:
    return Reading(text, tuple(_runs(words(text), n) for n in range(1, LONGEST + 1)))


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def likeness(a: Reading, b: Reading) -> float:
    """0 to 1: the mean F1 of shared runs of words, and a little of the characters."""
    if a.text == b.text:
        return 1.0
    pairs = [(of_a, of_b) for of_a, of_b in zip(a.runs, b.runs, strict=True) if of_a or of_b]
    shared = [2 * len(of_a & of_b) / (len(of_a) + len(of_b)) for of_a, of_b in pairs]
    of_words = sum(shared) / len(shared) if shared else 0.0
    return (1 - SPELLING) * of_words + SPELLING * (1 - normalised_edit_distance(a.text, b.text))


def normalised_edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> float:
    """Insertions, deletions and substitutions, as a share of the longer sequence."""
    return edit_distance(a, b) / max(len(a), len(b), 1)


def edit_distance(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """Levenshtein's distance, a column of its table at a time as the bits of whole numbers.

    G. Myers (1999), A fast bit-vector algorithm for approximate string matching; in H. Hyyrö's form (2003).
    """
    if not a or not b:
        return max(len(a), len(b))
    full, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    where: dict[Hashable, int] = {}
    for place, symbol in enumerate(a):
        where[symbol] = where.get(symbol, 0) | 1 << place
    up, down, distance = full, 0, len(a)
    for symbol in b:
        equal = where.get(symbol, 0)
        diagonal = equal | down
        across = (((equal & up) + up) ^ up) | equal
        more, less = down | ~(across | up) & full, up & across
        distance += bool(more & last) - bool(less & last)
        more, less = (more << 1 | 1) & full, (less << 1) & full
        up, down = less | ~(diagonal | more) & full, more & diagonal
    return distance


def _runs(of: Sequence[str], n: int) -> Runs:
    """The runs of n words, each with how many equal ones came before it, so that sets count like bags."""
    seen: Counter[tuple[str, ...]] = Counter()
    runs = []
    for start in range(len(of) - n + 1):
        run = tuple(of[start : start + n])
        runs.append((run, seen[run]))
        seen[run] += 1
    return frozenset(runs)
