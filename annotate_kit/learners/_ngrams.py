"""Texts as hashed counts of their words, pairs of neighbouring words and runs of three characters.

Each of these is a stretch of code points c, and its hash Σ c_j pʲ, counted from its start, modulo 2⁶⁴: it is told from
two prefix sums, so no stretch is ever cut out.

R. Karp, M. Rabin (1987), Efficient randomized pattern-matching algorithms. Weinberger et al. (2009), Feature hashing
for large scale multitask learning.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import scipy  # which loads a part of itself when that is first used
from numpy.typing import NDArray

COLUMN_BITS = 18
RUN = 3
"""Characters of a run."""
AT_ONCE = 1000
"""Texts whose stretches are in memory together."""

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 2**64)
_MIXER = np.uint64(0xD6E8FEB86659FD93)

Ints = NDArray[np.int64]


class _Stretches(NamedTuple):
    """(m,) the text that each stretch is of, where it starts, and where it ends."""

    text: Ints
    start: Ints
    end: Ints


def vectors(texts: Sequence[str]) -> Any:
    """(n, F) CSR: 1 + log of the counts of words, of pairs and of runs, of length 1 each, and log(1 + characters)."""
    chunks = [_vectors(texts[start : start + AT_ONCE]) for start in range(0, max(1, len(texts)), AT_ONCE)]
    return scipy.sparse.vstack(chunks, format="csr")


def _vectors(texts: Sequence[str]) -> Any:
    lines = [" ".join(text.lower().split()) + "\n" for text in texts]
    codes = np.frombuffer("".join(lines).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    length = np.array([len(line) for line in lines], dtype=np.int64)
    words, prefix = _words(codes, length), _prefix_sums(codes)
    stretches = (words, _pairs(words), _runs(length))
    counts = [_counts(some, prefix, len(texts)) for some in stretches]
    n_characters = np.array([[len(text)] for text in texts], dtype=np.float64).reshape(-1, 1)
    return scipy.sparse.hstack([*counts, scipy.sparse.csr_array(np.log1p(n_characters))], format="csr")


def _words(codes: NDArray[np.uint32], length: Ints) -> _Stretches:
    """Letters and digits that stand together."""
    different, place = np.unique(codes, return_inverse=True)
    in_word = np.array([chr(code).isalnum() for code in different.tolist()], dtype=bool)[place]
    change = np.diff(in_word.astype(np.int8), prepend=0, append=0)
    start, end = np.flatnonzero(change > 0), np.flatnonzero(change < 0)
    return _Stretches(np.repeat(np.arange(len(length)), length)[start], start, end)


def _pairs(words: _Stretches) -> _Stretches:
    """Every two neighbours, with what stands between them."""
    together = words.text[:-1] == words.text[1:]
    return _Stretches(words.text[:-1][together], words.start[:-1][together], words.end[1:][together])


def _runs(length: Ints) -> _Stretches:
    """RUN characters from each one on, the end of the line as the last."""
    text = np.repeat(np.arange(len(length)), length)
    start = np.arange(len(text))
    inside = start + RUN <= np.cumsum(length)[text]
    return _Stretches(text[inside], start[inside], start[inside] + RUN)


def _prefix_sums(codes: NDArray[np.uint32]) -> NDArray[np.uint64]:
    return np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(codes * _powers(_BASE, len(codes)))])


def _counts(stretches: _Stretches, prefix: NDArray[np.uint64], n_texts: int) -> Any:
    text, start, end = stretches
    hashes = (prefix[end] - prefix[start]) * _powers(_INVERSE, len(prefix))[start] * _MIXER
    columns = (hashes >> np.uint64(64 - COLUMN_BITS)).astype(np.int64)
    shape = (n_texts, 2**COLUMN_BITS)
    counts = scipy.sparse.csr_array((np.ones(len(text)), (text, columns)), shape=shape)
    counts.data = 1 + np.log(counts.data)
    lengths = np.sqrt(counts.multiply(counts).sum(axis=1))
    return scipy.sparse.diags_array(1 / np.maximum(lengths, 1e-300), format="csr") @ counts


def _powers(base: int, n: int) -> NDArray[np.uint64]:
    """base⁰ … baseⁿ⁻¹ modulo 2⁶⁴."""
    factors = np.full(n, base, dtype=np.uint64)
    factors[:1] = 1
    return np.cumprod(factors)
