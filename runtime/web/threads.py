"""Threads to which an event loop gives what blocks."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """At most `count` threads, each started when the others are busy. None keeps the process from ending.

    All methods but `_work` are called in the event loop's thread, so they need no lock.
    """

    def __init__(self, name: str, count: int) -> None:
        self.name = name
        self.count = count
        self.unfinished = 0
        self._started = 0
        self._calls: SimpleQueue[tuple[asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]]] = SimpleQueue()

    @property
    def waiting(self) -> int:
        """Calls for which no thread is free."""
        return max(0, self.unfinished - self.count)

    def run(self, function: Callable[..., T], *arguments: Any) -> "asyncio.Future[T]":
        """Call the function in a thread; the future has what it returns or raises."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.unfinished += 1
        if self._started < min(self.unfinished, self.count):
            self._started += 1
            Thread(target=self._work, name=f"{self.name}-{self._started}", daemon=True).start()
        self._calls.put((future, function, arguments))
        return future

    def _work(self) -> None:
        while True:
            future, function, arguments = self._calls.get()
            result, error = None, None
            try:
                result = function(*arguments)
            except BaseException as raised:
                error = raised
            with suppress(RuntimeError):  # the event loop has ended
                future.get_loop().call_soon_threadsafe(self._finish, future, result, error)
            del future, function, arguments, result, error

    def _finish(self, future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
        self.unfinished -= 1
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
