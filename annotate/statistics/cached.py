"""Figures that are dear to make are kept for a while in this process: twenty times as long as making them took."""

import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

DEAR = 0.15  # seconds; what is cheaper is made anew each time
TIMES = 20
LONGEST = 600.0
MOST = 500

T = TypeVar("T")
_kept: dict[Hashable, tuple[float, Any]] = {}


def remembered(key: Hashable, make: Callable[[], T]) -> T:
    """What `make` says now, or said a short while ago under the same key."""
    until, value = _kept.get(key, (0.0, None))
    began = time.monotonic()
    if began < until:
        known: T = value
        return known
    made = make()
    now = time.monotonic()
    if now - began > DEAR:
        _make_room(now)
        _kept[key] = (now + min(LONGEST, TIMES * (now - began)), made)
    return made


def _make_room(now: float) -> None:
    if len(_kept) >= MOST:
        for key in [key for key, (until, _) in _kept.items() if until < now] or list(_kept)[: MOST // 2]:
            _kept.pop(key, None)
