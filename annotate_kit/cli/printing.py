"""What a command prints: progress on stderr, tables on stdout."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from annotate_kit.progress import listened_to_by

Rows = list[dict[str, Any]]

CLEAR = "\r\x1b[K"
"""Begin a terminal's line anew."""


def write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def status(text: str) -> None:
    """Replace the terminal's last line; nothing where stderr is no terminal."""
    if sys.stderr.isatty():
        write(CLEAR + text)


def progress(things: Sequence[Any], what: str) -> Iterator[Any]:
    """The things one by one, and on stderr how far we are: a bar on a terminal, else a line now and then.

    The time that is left is what the things so far took, for as many as are left.
    """
    started = written = time.monotonic()
    for number, thing in enumerate(things, 1):
        now = time.monotonic()
        label = (thing if isinstance(thing, str) else what) + _remaining(number - 1, len(things), now - started)
        if sys.stderr.isatty():
            done = round(24 * (number - 1) / len(things))
            write(f"{CLEAR}[{'#' * done}{'.' * (24 - done)}] {number}/{len(things)} {label}")
        elif isinstance(thing, str) or now - written > 5:
            written = now
            write(f"{number}/{len(things)} {label}\n")
        with listened_to_by(Steps(f"{number}/{len(things)} {thing if isinstance(thing, str) else what}", now)):
            yield thing
    if sys.stderr.isatty() and things:
        write(f"{CLEAR}{len(things)} × {what}, {time.monotonic() - started:.1f} s\n")


class Steps:
    """Shows how far the work on one thing is: on a terminal in its last line, else in a line now and then."""

    def __init__(self, thing: str, now: float) -> None:
        self.thing = thing
        self.started = self.shown = now
        self.steps: dict[str, tuple[int, int]] = {}

    def __call__(self, step: str, done: int, most: int) -> None:
        """A step of a kind ends those within it."""
        outer = list(self.steps)[: list(self.steps).index(step)] if step in self.steps else list(self.steps)
        self.steps = {**{name: self.steps[name] for name in outer}, step: (done, most)}
        now, on_terminal = time.monotonic(), sys.stderr.isatty()
        if now - self.shown < (0.2 if on_terminal else 5):
            return
        self.shown = now
        write(f"{CLEAR}{self.in_words(now)}" if on_terminal else f"{self.in_words(now)}\n")

    def in_words(self, now: float) -> str:
        """`1/1 glad, iteration 28 of at most 100, at most 40 s left`."""
        words = [f"{step} {done + 1} of at most {most}" for step, (done, most) in self.steps.items()]
        share, size = 0.0, 1.0
        for done, most in self.steps.values():
            size /= most
            share += done * size
        seconds = (now - self.started) * (1 - share) / share if share else 0.0
        return ", ".join([self.thing, *words, *([f"at most {seconds:.0f} s left"] if seconds >= 1 else [])])


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int, str], None]]:
    """A function to tell how many are done, of how many, and how it goes; it shows a bar, or a line now and then.

    Work that goes on where it was stopped begins at more than one; what was done before takes no part in the time.
    """
    started = written = time.monotonic()
    before = -1

    def show(done: int, total: int, how: str) -> None:
        nonlocal before, written
        before, now = (done - 1 if before < 0 else before), time.monotonic()
        label = how + _remaining(done - before, total - before, now - started)
        if sys.stderr.isatty():
            filled = round(24 * done / total)
            write(f"{CLEAR}[{'#' * filled}{'.' * (24 - filled)}] {done}/{total} {label}")
        elif now - written > 5 or done == total:
            written = now
            write(f"{done}/{total} {what}, {label}\n")

    yield show
    status("")


def _remaining(done: int, total: int, seconds: float) -> str:
    """`, 12 s left`; nothing at the start, and where it is a moment."""
    remaining = seconds / max(1, done) * (total - done)
    return f", {remaining:.0f} s left" if done and remaining >= 1 else ""


def table(rows: Rows) -> str:
    """Columns of what the rows have, numbers to the right; a single row stands upright."""
    if len(rows) == 1:
        rows = [{"what": name, "value": value} for name, value in rows[0].items()]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [columns] + [[cell(row.get(column)) for column in columns] for row in rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(columns))]
    numeric = [all(isinstance(row.get(column), int | float | None) for row in rows) for column in columns]
    return "\n".join(
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    )


def cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return " ".join(map(cell, value)) or "–"
    return str(value)
