"""Figures that take long to compute are cached for a while, by all web processes together: twenty times as long as they
took. So two processes show the same figures."""

import time
from collections.abc import Callable, Hashable
from hashlib import blake2b
from typing import TypeVar

from django.core.cache import cache

EXPENSIVE = 0.15  # seconds; what takes less is computed anew each time
TIMES = 20
LONGEST = 600.0

T = TypeVar("T")
_CHANGED = "figures-changed"


def expire_all() -> None:
    """Have all figures computed anew: what they count was changed in bulk."""
    cache.set(_CHANGED, time.time_ns(), timeout=None)


def cached(key: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns, or returned a short while ago in any process under the same key."""
    name = f"figures:{blake2b(repr(key).encode(), digest_size=16).hexdigest()}"
    rows = cache.get_many([_CHANGED, name])
    changed = rows.get(_CHANGED)
    if name in rows and rows[name][0] == changed:
        value: T = rows[name][1]
        return value
    began = time.monotonic()
    new = make()
    seconds = time.monotonic() - began
    if seconds > EXPENSIVE:
        cache.set(name, (changed, new), timeout=min(LONGEST, TIMES * seconds))
    return new
