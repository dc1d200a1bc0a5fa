"""Figures that take long to compute are cached for a while in this process: twenty times as long as they took."""

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

EXPENSIVE = 0.15  # seconds; what takes less is computed anew each time
TIMES = 20
LONGEST = 600.0
MOST = 500

T = TypeVar("T")
_values: dict[Hashable, tuple[float, Any]] = {}


def cached(key: Hashable, make: Callable[[], T]) -> T:
    """What `make` returns, or returned a short while ago under the same key."""
    until, value = _values.get(key, (0.0, None))
    began = time.monotonic()
    if began < until:
        stored: T = value
        return stored
    new = make()
    now = time.monotonic()
    if now - began > EXPENSIVE:
        _make_room(now)
        _values[key] = (now + min(LONGEST, TIMES * (now - began)), new)
    return new


def _make_room(now: float) -> None:
    if len(_values) >= MOST:
        for key in [key for key, (until, _) in _values.items() if until < now] or list(_values)[: MOST // 2]:
            _values.pop(key, None)
