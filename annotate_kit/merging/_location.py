"""Where an object is, given where several people see it.

Everybody has a spread of their own, found from all that they drew, and now and then anybody slips: residuals follow
Student's t, fitted by expectation–maximisation. K. Lange, R. Little, J. Taylor (1989), Robust statistical modeling
using the t distribution.
"""

import numpy as np

from ._contract import Floats, Ints

NU = 3.0
"""Degrees of freedom: how often people slip."""
PRIOR = 5.0
"""How many shapes' worth of the ordinary spread a person starts with."""
ITERATIONS = 10
FINEST = 1e-3
"""No one's spread is taken for smaller, as a share of the objects' size."""


def centres(place: Floats, group: Ints, person: Ints, size: Floats) -> Floats:
    """(O, D) where each of O objects is.

    place    (M, D) coordinates of each shape
    group    (M,) its object, from 0 to O − 1, each with one shape or more
    person   (M,) who drew it
    size     (O,) the objects' sizes, in the coordinates' unit
    """
    n = len(size)
    centre = medians(place, group, n)
    members = np.bincount(group, minlength=n)
    shared = members[group] > 1
    if not shared.any():
        return centre
    unbiased = (members / np.maximum(members - 1, 1))[group][:, None]
    count = np.bincount(person[shared], minlength=int(person.max()) + 1) * place.shape[1]
    squared = _squared(place, centre, group, size)
    variance = np.full(len(count), max(float(np.median((squared * unbiased)[shared])), FINEST**2))
    for _ in range(ITERATIONS):
        squared = _squared(place, centre, group, size)
        weight = (NU + 1) / (NU + squared / variance[person][:, None])
        total = np.bincount(person[shared], (weight * squared * unbiased)[shared].sum(axis=1), len(count))
        ordinary = PRIOR * place.shape[1]
        variance = (total + ordinary * total.sum() / count.sum()) / (count + ordinary)
        variance = np.maximum(variance, FINEST**2)
        precision = weight / variance[person][:, None]
        centre = np.stack([np.bincount(group, w * x, n) / np.bincount(group, w, n)
                           for w, x in zip(precision.T, place.T, strict=True)], axis=1)  # fmt: skip
    return centre


def _squared(place: Floats, centre: Floats, group: Ints, size: Floats) -> Floats:
    return np.asarray(((place - centre[group]) / size[group][:, None]) ** 2)


def medians(place: Floats, group: Ints, n: int) -> Floats:
    """(n, D) median of each coordinate over each group's members."""
    columns = []
    ends = np.cumsum(np.bincount(group, minlength=n))
    starts = np.concatenate([[0], ends[:-1]])
    for x in place.T:
        ordered = x[np.lexsort((x, group))]
        columns.append((ordered[(starts + ends - 1) // 2] + ordered[(starts + ends) // 2]) / 2)
    return np.stack(columns, axis=1) if n else np.zeros((0, place.shape[1]))
