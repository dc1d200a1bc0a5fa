"""Hashed words and word pairs.

Weinberger et al. 2009, "Feature hashing for large scale multitask learning".
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

kinds = frozenset({"text"})
VERSION = 1

COLUMNS = 2**18
# A word; in scripts that put no spaces between words (Chinese, Japanese), each character.
_NO_SPACES = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = rf"[{_NO_SPACES}]|[^\W{_NO_SPACES}]+"


def compute(contents: Sequence[str]) -> "csr_matrix":
    """(n, 2**18), rows of length 1: 1 + log of the count of each word and pair of neighbouring words."""
    from sklearn.preprocessing import normalize

    counts = _vectorizer().transform(contents)
    np.log(counts.data, out=counts.data)
    counts.data += 1
    return normalize(counts, copy=False)


@cache
def _vectorizer() -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        n_features=COLUMNS, ngram_range=(1, 2), token_pattern=_WORD, alternate_sign=False, norm=None, dtype=np.float32
    )
