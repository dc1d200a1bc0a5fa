"""Numbers and categories of a table."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import copysign, log1p
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

kinds = frozenset({"data"})
VERSION = 1

COLUMNS = 2**16
_INFINITE = 1e300  # also what an integer must stay below to be a float; NaN is not below it


def compute(contents: Sequence[Mapping[str, Any]]) -> "csr_matrix":
    """(n, 2**16): each field's name, with its value or its name for a value, is hashed to a column.

    A number x becomes sign(x) · log(1 + |x|), so that no field drowns the others without having seen them all.
    A string, true or false becomes a 1 for "name=value", and one for each of its words if it has several. What
    lists and objects hold is taken as if it stood in the field itself, or in "name.inner".
    """
    return _hasher().transform(list(_terms(content)) for content in contents)


@cache
def _hasher() -> Any:
    from sklearn.feature_extraction import FeatureHasher

    return FeatureHasher(n_features=COLUMNS, input_type="pair", alternate_sign=False, dtype=np.float32)


def _terms(content: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    for name, value in content.items():
        yield from _of_value(name, value)


def _of_value(name: str, value: Any) -> Iterator[tuple[str, float]]:
    if isinstance(value, bool | None):
        yield f"{name}={value}", 1.0
    elif isinstance(value, int | float):
        yield (name, copysign(log1p(abs(value)), value)) if abs(value) < _INFINITE else (f"{name}={value}", 1.0)
    elif isinstance(value, Mapping):
        yield from _terms({f"{name}.{inner}": part for inner, part in value.items()})
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _of_value(name, part)
    else:
        yield from _of_words(name, str(value))


def _of_words(name: str, value: str) -> Iterator[tuple[str, float]]:
    yield f"{name}={value}", 1.0
    words = value.split()
    if len(words) > 1:
        for word in words:
            yield f"{name}:{word.lower()}", 1.0
