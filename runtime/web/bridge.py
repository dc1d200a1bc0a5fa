"""A WSGI application as an ASGI one: the event loop waits for people, threads run the application.

Only what computes takes a thread. A body of usual size is read before; a response goes out after, and a file or an
export asks for a thread again for each of its pieces, once the client has taken the one before. Uploads, which are
read as they come in, have threads of their own, and so have the probes of those who watch the server.
"""

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import IO, Any

from runtime.web.request_body import BlockingBody, RequestBody
from runtime.web.response import Response
from runtime.web.threads import Threads
from runtime.web.wsgi_environ import environ

STREAM_THREADS = 4
UPLOAD_THREADS = 8
UPLOAD_WAIT_SECONDS = 30
MOST_WAITING = 500
WRITE_SECONDS = 60
"""How long a client may take to read what fills the buffers of its connection."""

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[Any]]


class Bridge:
    """An ASGI application. A body of more than `buffered_bytes`, or of unknown length and more, is an upload."""

    def __init__(self, application: Any, *, threads: int, buffered_bytes: int) -> None:
        self.application = application
        self.buffered_bytes = buffered_bytes
        self.requests = Threads("request", threads)
        self.streams = Threads("stream", STREAM_THREADS)
        self.uploads = Threads("upload", UPLOAD_THREADS)
        self.free_for_uploads = asyncio.Semaphore(UPLOAD_THREADS)
        self.probes = {path: Threads(path, 1) for path in ("/healthz", "/readyz", "/metrics")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"this serves HTTP only, not {scope['type']}")
        length = _content_length(scope)
        body = RequestBody(receive, is_complete=length == 0)
        try:
            response = await self._respond(scope, body, length)
        except TimeoutError as error:
            response = Response.refusal(408, str(error), retry_after=None)
        except ConnectionError:
            return  # nobody is there to answer
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        if response.pieces is None:
            await send({"type": "http.response.body", "body": response.content})
        else:
            await self._stream(response, receive, send)
        await body.discard()

    async def _respond(self, scope: Scope, body: RequestBody, length: int | None) -> Response:
        if length is not None and length > self.buffered_bytes:
            return await self._upload(scope, io.BytesIO(), body)
        buffered = await body.buffered(self.buffered_bytes)
        return await (self._call if body.is_complete else self._upload)(scope, buffered, body)

    async def _call(self, scope: Scope, buffered: IO[bytes], body: RequestBody) -> Response:
        threads = self.probes.get(scope["path"], self.requests)
        if threads.waiting >= MOST_WAITING:
            return Response.refusal(503, "More requests wait than can be answered soon.", retry_after=2)
        return await threads.run(Response.of, self.application, environ(scope, buffered, body.length))

    async def _upload(self, scope: Scope, buffered: IO[bytes], body: RequestBody) -> Response:
        try:
            async with asyncio.timeout(UPLOAD_WAIT_SECONDS):
                await self.free_for_uploads.acquire()
        except TimeoutError:
            return Response.refusal(503, "As many uploads as can be taken at once are under way.", retry_after=30)
        try:
            stream = io.BufferedReader(BlockingBody(buffered, body, asyncio.get_running_loop()), 2**16)
            return await self.uploads.run(Response.of, self.application, environ(scope, stream))
        finally:
            self.free_for_uploads.release()

    async def _stream(self, response: Response, receive: Receive, send: Send) -> None:
        disconnected = asyncio.ensure_future(_disconnect(receive))
        try:
            while not disconnected.done() and (piece := await self.streams.run(response.next_piece)):
                async with asyncio.timeout(WRITE_SECONDS):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            if not disconnected.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            disconnected.cancel()
            await self.streams.run(response.close)


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _content_length(scope: Scope) -> int | None:
    """What the headers say: 0 where there is no body, None where the body comes in chunks of a number unknown."""
    headers = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return None
    return int(headers.get(b"content-length", 0))
