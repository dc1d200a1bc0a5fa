"""Where an object is, given where several people see it.

Everybody has a spread of their own, and a bias: some draw every box too wide, or too high. Both are found from all that
they drew. Now and then anybody slips: residuals follow Student's t, fitted by expectation–maximisation. K. Lange, R.
Little, J. Taylor (1989), Robust statistical modeling using the t distribution.

A hand errs by about as many pixels on a small object as on a large one, so spread and bias are in the unit of the
picture, not of the object.
"""

import numpy as np
from numpy.typing import NDArray

from ._contract import Floats, Ints

NU = 3.0
"""Degrees of freedom: how often people slip."""
PRIOR = 5.0
"""How many shapes' worth of the ordinary spread a person starts with."""
BIAS_PRIOR = 10.0
"""How many shapes without bias a person starts with."""
ITERATIONS = 10
FINEST = 0.1
"""No one's spread is taken for smaller, in units."""


def centres(place: Floats, group: Ints, person: Ints, unit: Floats) -> Floats:
    """(O, D) where each of O objects is.

    place    (M, D) coordinates of each shape
    group    (M,) its object, from 0 to O − 1, each with one shape or more
    person   (M,) who drew it
    unit     (O,) what errors are counted in, in coordinates: a pixel, or more where a picture is larger
    """
    n = len(unit)
    centre = medians(place, group, n)
    members = np.bincount(group, minlength=n)
    shared = (members > 1)[group]
    if not shared.any():
        return centre
    unit, together = unit[group][:, None], shared[:, None]  # what one person alone drew stays as it is
    unbiased = (members / np.maximum(members - 1, 1))[group][:, None]
    bias = np.zeros((int(person.max()) + 1, place.shape[1]))
    seen, squared = place, ((place - centre[group]) / unit) ** 2
    variance = np.full(len(bias), max(float(np.median((squared * unbiased)[shared])), FINEST**2))
    for _ in range(ITERATIONS):
        squared = ((seen - centre[group]) / unit) ** 2
        weight = (NU + 1) / (NU + squared / variance[person][:, None])
        variance = _variance(weight * squared * unbiased, person, shared, len(bias))
        bias = _bias(weight, (place - centre[group]) / unit, person, shared, len(bias))
        seen = place - together * bias[person] * unit
        centre = _means(seen, weight / variance[person][:, None], group, n)
    return centre


def _variance(squared: Floats, person: Ints, shared: NDArray[np.bool_], n_people: int) -> Floats:
    """(P,) each person's, in units; with that of everybody where somebody drew little."""
    sides = squared.shape[1]
    count = np.bincount(person[shared], minlength=n_people) * sides
    total = np.bincount(person[shared], squared[shared].sum(axis=1), n_people)
    ordinary = PRIOR * sides
    variance = (total + ordinary * total.sum() / count.sum()) / (count + ordinary)
    return np.maximum(variance, FINEST**2)


def _bias(weight: Floats, off: Floats, person: Ints, shared: NDArray[np.bool_], n_people: int) -> Floats:
    """(P, D) how far each person is off on average, in units, from whom half the shapes lie to either side."""
    mass = _sums(weight[shared], person[shared], n_people)
    bias = _sums((weight * off)[shared], person[shared], n_people) / (mass + BIAS_PRIOR)
    return np.asarray(bias - np.median(bias[person], axis=0))


def _means(place: Floats, weight: Floats, group: Ints, n: int) -> Floats:
    return np.asarray(_sums(weight * place, group, n) / _sums(weight, group, n))


def _sums(columns: Floats, group: Ints, n: int) -> Floats:
    """(n, D) the sum of each column over each group's members."""
    return np.stack([np.bincount(group, column, n) for column in columns.T], axis=1)


def medians(place: Floats, group: Ints, n: int) -> Floats:
    """(n, D) median of each coordinate over each group's members."""
    columns = []
    ends = np.cumsum(np.bincount(group, minlength=n))
    starts = np.concatenate([[0], ends[:-1]])
    for x in place.T:
        ordered = x[np.lexsort((x, group))]
        columns.append((ordered[(starts + ends - 1) // 2] + ordered[(starts + ends) // 2]) / 2)
    return np.stack(columns, axis=1) if n else np.zeros((0, place.shape[1]))
