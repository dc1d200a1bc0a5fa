"""The body of a request: waited for by the event loop, no longer than a client takes that sends in earnest."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import IO, Any

STALL_SECONDS = 20.0
"""How long a client may send nothing, or fall behind the least rate."""
LEAST_RATE = 1000
"""Bytes a second; what a client is ahead of it counts for STALL_SECONDS at most."""
DISCARD_SECONDS = 5.0
MEMORY_BYTES = 2**16
"""A larger body waits in a temporary file."""

Receive = Callable[[], Awaitable[Any]]


class RequestBody:
    """Pieces of a body. Only the time spent waiting for the client counts, not that in which we read nothing."""

    def __init__(self, receive: Receive, *, is_complete: bool = False) -> None:
        self.is_complete = is_complete
        self.length = 0
        self._receive = receive
        self._allowance = STALL_SECONDS

    async def piece(self) -> bytes:
        """The next piece, b"" at the end. TimeoutError if it comes too slowly, ConnectionError if the client left."""
        if self.is_complete:
            return b""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._allowance):
                message = await self._receive()
        except TimeoutError:
            raise TimeoutError(f"The body came more slowly than {LEAST_RATE:,} bytes a second.") from None
        if message["type"] != "http.request":
            raise ConnectionResetError("The client left before it had sent the whole body.")
        self.is_complete = not message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        self.length += len(piece)
        gained = len(piece) / LEAST_RATE - (loop.time() - began)
        self._allowance = min(STALL_SECONDS, self._allowance + gained)
        return piece

    async def buffered(self, limit: int) -> IO[bytes]:
        """A file of the body; or of its beginning, if it is longer than `limit` and so not complete."""
        piece = await self.piece()
        if self.is_complete:
            return io.BytesIO(piece)
        file: IO[bytes] = SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115  it ends with the request
        file.write(piece)
        while not self.is_complete and file.tell() <= limit:
            file.write(await self.piece())
        file.seek(0)
        return file

    async def discard(self) -> None:
        """Read what nobody wants, for some seconds: who is busy sending does not see that it was refused."""
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(DISCARD_SECONDS):
                while not self.is_complete:
                    await self.piece()


class BlockingBody(io.RawIOBase):
    """The same for a thread: it begins with what is buffered already and then waits for what the event loop gets."""

    def __init__(self, buffered: IO[bytes], body: RequestBody, loop: asyncio.AbstractEventLoop) -> None:
        self._buffered = buffered
        self._body = body
        self._loop = loop
        self._piece = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: Any) -> int:
        if not self._piece:
            self._piece = memoryview(self._next())
        count = min(len(target), len(self._piece))
        target[:count] = self._piece[:count]
        self._piece = self._piece[count:]
        return count

    def _next(self) -> bytes:
        if piece := self._buffered.read(MEMORY_BYTES):
            return piece
        while not self._body.is_complete:
            if piece := asyncio.run_coroutine_threadsafe(self._body.piece(), self._loop).result():
                return piece
        return b""
