"""What a WSGI application answers, in memory or piece by piece."""

from collections.abc import Iterator
from typing import Any

from django.db import close_old_connections

WHOLE_BYTES = 2**18
"""A shorter file is read at once."""


class Response:
    """`content`, or `pieces` to be fetched by `next_piece` and ended by `close`."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.content = b""
        self.pieces: Iterator[bytes] | None = None
        self._iterable: Any = None

    @classmethod
    def of(cls, application: Any, environ: dict[str, Any]) -> "Response":
        """Call the application and read its answer, unless that is long or of unknown length."""
        response = cls()
        response._iterable = iterable = application(environ, response._start)
        if environ["REQUEST_METHOD"] == "HEAD":
            response.close()
        elif getattr(iterable, "streaming", True) and not response._is_short():
            response.pieces = iter(iterable)
        else:
            response.content = b"".join(iterable)
            response.close()
        return response

    @classmethod
    def refusal(cls, status: int, text: str, retry_after: int | None) -> "Response":
        response = cls()
        response.status = status
        response.content = text.encode()
        response.headers = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(response.content)).encode()),
        ]
        if retry_after is not None:
            response.headers.append((b"retry-after", str(retry_after).encode()))
        return response

    def _start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        self.status = int(status[:3])
        self.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    def _is_short(self) -> bool:
        return any(name == b"content-length" and int(value) <= WHOLE_BYTES for name, value in self.headers)

    def next_piece(self) -> bytes:
        """The next piece, b"" at the end. No two pieces need to be fetched by the same thread."""
        assert self.pieces is not None
        close_old_connections()
        return next(filter(None, self.pieces), b"")

    def close(self) -> None:
        if close := getattr(self._iterable, "close", None):
            close()
