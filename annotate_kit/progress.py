"""How far long work is: methods tell it here, and whoever wants to know listens. Nothing is printed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[str, int, int], None]
"""Told what kind of step is done, how many of them, and how many there are at most."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listened_to_by(listener: Listener) -> Iterator[None]:
    """What is told within goes to the listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(step: str, done: int, most: int) -> None:
    """So many steps are done, of at most so many; steps within steps are told by another name."""
    if listener := _listener.get():
        listener(step, done, most)
