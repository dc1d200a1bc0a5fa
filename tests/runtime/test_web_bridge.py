"""The web server between people and Django: who waits for whom, and for how long."""

import asyncio
import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from wsgiref.util import FileWrapper

import pytest

from runtime.web import bridge, request_body, response
from runtime.web.bridge import Bridge

BUFFERED = 1000


def talk(application, pieces=(b"",), *, method="POST", path="/", headers=(), read=lambda: None, **options):
    """What is sent to a client that sends these pieces, waits where there is a number, and calls `read` to read."""
    length = sum(len(piece) for piece in pieces if isinstance(piece, bytes))
    headers = list(headers)
    if length and b"transfer-encoding" not in dict(headers):
        headers.append((b"content-length", str(length).encode()))
    pieces = pieces if isinstance(pieces, list) else list(pieces)  # what is left of a list was not read
    return run_to_the_end(_talk(application, pieces, method, path, headers, read, options))


def run_to_the_end(coroutine):
    with ThreadPoolExecutor(1) as thread:  # in this one a browser's event loop may be running
        return thread.submit(asyncio.run, coroutine).result()


async def _talk(application, pieces, method, path, headers, read, options):
    client_left = asyncio.Event()
    sent = []

    async def receive():
        while pieces and not isinstance(pieces[0], bytes):
            await asyncio.sleep(pieces.pop(0))
        if pieces:
            piece = pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(pieces)}
        await client_left.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)
        if message["type"] == "http.response.body" and (seconds := read()):
            await asyncio.sleep(seconds)
        if len(sent) == options.get("leave_after"):
            client_left.set()
            await asyncio.sleep(0.05)

    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode(),
        "query_string": b"", "headers": headers, "server": ("127.0.0.1", 8000), "client": ("10.0.0.1", 5),
    }  # fmt: skip
    server = Bridge(application, threads=options.get("threads", 2), buffered_bytes=BUFFERED)
    await server(scope, receive, send)
    return sent


def status(sent) -> int:
    return sent[0]["status"]


def content(sent) -> bytes:
    return b"".join(message["body"] for message in sent[1:])


class Application:
    """Answers with what it read, and notes what it was called with."""

    def __init__(self, answer=None):
        self.calls = []
        self.answer = answer

    def __call__(self, environ, start_response):
        self.calls.append(environ | {"thread": threading.current_thread().name})
        read = environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(read)))])
        return [read]


def streaming(pieces, closed=None):
    class Pieces:
        def __iter__(self):
            return iter(pieces)

        def close(self):
            if closed is not None:
                closed.append(threading.current_thread().name)

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Pieces()

    return application


def test_a_body_in_pieces_is_one_for_the_application():
    application = Application()
    sent = talk(application, [b"one, ", 0.01, b"two"])
    assert (status(sent), content(sent)) == (200, b"one, two")
    assert application.calls[0]["CONTENT_LENGTH"] == "8"


def test_a_body_of_unknown_length_has_one_when_it_is_short():
    application = Application()
    sent = talk(application, [b"", b"one", b"two"], headers=[(b"transfer-encoding", b"chunked")])
    assert content(sent) == b"onetwo"
    assert application.calls[0]["CONTENT_LENGTH"] == "6"
    assert not application.calls[0]["HTTP_TRANSFER_ENCODING"]


def test_a_header_cannot_pose_as_another():
    application = Application()
    talk(application, headers=[(b"x_forwarded_for", b"1.1.1.1"), (b"x-a", b"1"), (b"x-a", b"2"), (b"cookie", b"a=1")])
    environ = application.calls[0]
    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert (environ["HTTP_X_A"], environ["REMOTE_ADDR"]) == ("1,2", "10.0.0.1")


def test_who_stalls_in_the_middle_is_refused_and_takes_no_thread(monkeypatch):
    monkeypatch.setattr(request_body, "STALL_SECONDS", 0.1)
    application = Application()
    began = time.monotonic()
    sent = talk(application, [b"half", 30, b"and half"])
    assert status(sent) == 408
    assert time.monotonic() - began < 5
    assert application.calls == []


def test_who_sends_slowly_but_steadily_is_served(monkeypatch):
    monkeypatch.setattr(request_body, "STALL_SECONDS", 0.2)
    sent = talk(Application(), [piece for _ in range(10) for piece in (0.05, b"x" * 100)])  # twice the least rate
    assert content(sent) == b"x" * 1000


def test_who_drips_is_refused(monkeypatch):
    monkeypatch.setattr(request_body, "STALL_SECONDS", 0.2)
    assert status(talk(Application(), [piece for _ in range(20) for piece in (0.05, b"x")])) == 408


def test_a_long_body_is_read_as_it_comes_by_a_thread_for_uploads():
    application = Application()
    sent = talk(application, [b"x" * 800, 0.01, b"y" * 800])
    assert content(sent) == b"x" * 800 + b"y" * 800
    assert application.calls[0]["thread"].startswith("upload")


def test_a_long_body_of_unknown_length_likewise():
    application = Application()
    sent = talk(application, [b"", b"x" * 800, b"y" * 800, b"z"], headers=[(b"transfer-encoding", b"chunked")])
    assert content(sent) == b"x" * 800 + b"y" * 800 + b"z"
    assert application.calls[0]["thread"].startswith("upload")
    assert "CONTENT_LENGTH" not in application.calls[0]


def test_an_upload_that_stalls_is_an_error_for_who_reads_it(monkeypatch):
    monkeypatch.setattr(request_body, "STALL_SECONDS", 0.1)

    def application(environ, start_response):
        with pytest.raises(OSError, match="more slowly than 1,000 bytes a second"):
            environ["wsgi.input"].read()
        start_response("400 Bad Request", [])
        return [b""]

    assert status(talk(application, [b"x" * 1200, 30, b"x"])) == 400


def test_an_upload_may_wait_for_the_application(monkeypatch):
    monkeypatch.setattr(request_body, "STALL_SECONDS", 0.1)

    def application(environ, start_response):
        environ["wsgi.input"].read(1)
        time.sleep(0.3)  # at work
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    assert len(content(talk(application, [b"x" * 1200, b"x"]))) == 1200


def test_an_upload_waits_for_a_thread_and_is_refused_in_the_end(monkeypatch):
    monkeypatch.setattr(bridge, "UPLOAD_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(bridge, "UPLOAD_THREADS", 0)
    sent = talk(Application(), [b"x" * 2000])
    assert status(sent) == 503
    assert (b"retry-after", b"30") in sent[0]["headers"]


def test_a_piece_is_made_when_the_one_before_was_taken():
    pieces_made, taken = [], []

    def pieces():
        for number in range(5):
            pieces_made.append(number)
            yield b"piece"

    def read():
        taken.append(len(pieces_made))
        return 0.02

    sent = talk(streaming(pieces()), read=read)
    assert taken == [1, 2, 3, 4, 5, 5]
    assert content(sent) == b"piece" * 5


def test_who_does_not_read_is_left_and_nothing_more_is_made(monkeypatch):
    monkeypatch.setattr(bridge, "WRITE_SECONDS", 0.05)
    pieces_made, closed = [], []
    pieces = (pieces_made.append(number) or b"piece" for number in range(100))
    with pytest.raises(TimeoutError):  # upon which the server breaks the connection
        talk(streaming(pieces, closed), read=lambda: 30)
    assert (len(pieces_made), len(closed)) == (1, 1)


def test_nothing_more_is_made_for_who_has_left():
    pieces_made, closed = [], []
    pieces = (pieces_made.append(number) or b"piece" for number in range(100))
    talk(streaming(pieces, closed), leave_after=3)
    assert (len(pieces_made), len(closed)) == (2, 1)


def test_what_fails_in_the_middle_does_not_look_complete():
    def pieces():
        yield b"piece"
        raise RuntimeError("in the middle")

    closed = []
    with pytest.raises(RuntimeError, match="in the middle"):  # upon which the server breaks the connection
        talk(streaming(pieces(), closed))
    assert len(closed) == 1


def test_nothing_is_made_where_only_the_headers_are_wanted():
    pieces_made, closed = [], []
    pieces = (pieces_made.append(number) or b"piece" for number in range(100))
    sent = talk(streaming(pieces, closed), method="HEAD")
    assert (status(sent), content(sent), pieces_made, len(closed)) == (200, b"", [], 1)


@pytest.mark.parametrize(("size", "messages"), [(1000, 1), (response.WHOLE_BYTES + 1, 6)])
def test_a_short_file_is_sent_whole_and_a_long_one_in_blocks(size, messages):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Length", str(size))])
        wrapper = environ["wsgi.file_wrapper"]
        assert issubclass(wrapper, FileWrapper)
        return wrapper(io.BytesIO(b"x" * size), 4096)

    sent = talk(application)
    assert content(sent) == b"x" * size
    assert len(sent) == 1 + messages


def test_a_probe_is_answered_while_all_threads_are_busy():
    busy = threading.Event()

    def application(environ, start_response):
        if environ["PATH_INFO"] != "/healthz":
            busy.wait(10)
        start_response("200 OK", [])
        return [b"ok"]

    async def call(server, path, headers=()):
        sent = []

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode(),
            "query_string": b"", "headers": headers,
        }  # fmt: skip
        await server(scope, None, send)
        return sent

    async def run():
        server = Bridge(application, threads=2, buffered_bytes=BUFFERED)
        waiting = [asyncio.ensure_future(call(server, "/")) for _ in range(2 + bridge.MOST_WAITING)]
        await asyncio.sleep(0.05)
        probe = await asyncio.wait_for(call(server, "/healthz"), 5)
        refused = await asyncio.wait_for(call(server, "/"), 5)
        busy.set()
        answers = await asyncio.gather(*waiting)
        return probe, refused, answers

    probe, refused, answers = run_to_the_end(run())
    assert content(probe) == b"ok"
    assert (status(refused), refused[0]["headers"][-1]) == (503, (b"retry-after", b"2"))
    assert {status(answer) for answer in answers} == {200}


def test_who_is_busy_sending_what_is_refused_comes_to_see_the_answer():
    def refuse(environ, start_response):
        start_response("413 Content Too Large", [])
        return [b"too large"]

    pieces = [b"x" * 800, 0.01, b"x" * 800, 0.01, b"x"]
    assert status(talk(refuse, pieces)) == 413
    assert pieces == []
