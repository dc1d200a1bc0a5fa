"""People whose connection is slow, or who mean no good, keep nobody else from working."""

import contextlib
import http.client
import json
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from config import env
from tests.runtime.installation import Installation, eventually

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("up")]

HALF_SENT = 64
SLOW_READERS = 32
ITEMS = 60_000

SET_UP = f"""
from accounts.models import ApiToken, User
from annotate.imports.run import import_records
from annotate_kit.formats.records import Record
from projects.models import Label, Membership, Project
project = Project.objects.create(name="Long", learning=False)
Label.objects.bulk_create(Label(project=project, name=name) for name in ("yes", "no"))
secrets = []
for name, role in (("mona", "manager"), ("ann", "annotator")):
    user = User.objects.create_user(name)
    Membership.objects.create(project=project, user=user, role=role)
    secrets.append(ApiToken.objects.issue(user)[1])
texts = (f"text {{number}} " + "word " * 100 for number in range({ITEMS}))
import_records(project, (Record(row=row, external_id=str(row), text=text) for row, text in enumerate(texts, 1)))
print(project.pk, *secrets)
"""


@pytest.fixture(scope="module")
def up(installed) -> Iterator[Installation]:
    up = Installation(installed)
    up.start()
    assert eventually(up.is_ready), up.log()
    yield up
    up.kill()


@pytest.fixture(scope="module")
def project(up) -> tuple[int, str, str]:
    """A project with an export of 36 MB, more than the buffers of a connection hold; the tokens of mona and ann."""
    output = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", SET_UP],
        cwd=env.ROOT, env=up.environment, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    return int(output[0]), output[1], output[2]


@pytest.fixture
def connect(up) -> Iterator:
    """`connect(first_bytes)`: a connection on which this was sent, and nothing more will be."""
    with contextlib.ExitStack() as connections:

        def connect(first_bytes: str) -> socket.socket:
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", up.port), timeout=30))
            connection.sendall(first_bytes.replace("\n", "\r\n").encode())
            return connection

        yield connect


def half_sent(length: int = 1000) -> str:
    return f"POST /api/token/ HTTP/1.1\nHost: localhost\nContent-Length: {length}\n\n" + "{"


def export(project: int, token: str) -> str:
    return f"GET /api/projects/{project}/export/ HTTP/1.1\nHost: localhost\nAuthorization: Token {token}\n\n"


def seconds_of(call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def test_half_sent_requests_and_slow_readers_stop_nobody(up, project, connect):
    number, mona, ann = project
    label(up, number, ann)
    alone = statistics.median(seconds_of(lambda: label(up, number, ann)) for _ in range(10))
    for _ in range(HALF_SENT):
        connect(half_sent())
    readers = [connect(export(number, mona)) for _ in range(SLOW_READERS)]
    assert all(reader.recv(1) for reader in readers)
    time.sleep(3)

    probes = [seconds_of(lambda: up.call("GET", "/healthz")) for _ in range(20)]
    ready = seconds_of(lambda: up.call("GET", "/readyz"))
    labelling = statistics.median(seconds_of(lambda: label(up, number, ann)) for _ in range(10))
    assert statistics.median(probes) <= 0.2, probes
    assert ready <= 2
    assert labelling <= max(4 * alone, 1), (alone, labelling)


def label(up: Installation, project: int, token: str) -> None:
    """Lease an item, answer it."""
    (lease,) = up.call("POST", f"/api/projects/{project}/assignments/", {"count": 1}, token)
    up.call("PUT", f"/api/assignments/{lease['id']}/annotation/", {"value": "yes"}, token)


def test_a_stranger_cannot_upload_and_learns_it_at_once(up, connect):
    connections = [connect(half_sent(10_000_000)) for _ in range(HALF_SENT)]
    assert {answer(connection).status for connection in connections} == {413}


def test_a_stranger_who_is_busy_sending_comes_to_see_the_refusal(up):
    connection = http.client.HTTPConnection("127.0.0.1", up.port, timeout=30)
    connection.request("POST", "/api/token/", b"x" * 30_000_000)
    assert connection.getresponse().status == 413


def test_a_stranger_cannot_upload_what_has_no_length(up, connect):
    connection = connect("POST /api/token/ HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\n")
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    with contextlib.suppress(ConnectionError):
        for _ in range(60):
            connection.sendall(chunk)
    assert answer(connection).status == 413


def test_an_upload_that_comes_slowly_is_stored_and_stops_nobody(up, project, connect):
    number, mona, ann = project
    rows = [json.dumps({"external_id": f"slow-{row}", "text": "x" * 30_000}).encode() + b"\n" for row in range(120)]
    uploads = [
        connect(
            f"POST /api/projects/{number}/items/ HTTP/1.1\nHost: localhost\nAuthorization: Token {mona}\n"
            f"Content-Type: application/x-ndjson\nContent-Length: {sum(map(len, rows))}\n\n"
        )
        for _ in range(5)
    ]
    for row in rows:
        uploads[0].sendall(row)  # the others send nothing
        time.sleep(0.03)
    label(up, number, ann)
    answered = answer(uploads[0])
    assert (answered.status, json.load(answered)["created"]) == (200, 120)


def test_an_export_is_whole_for_who_reads_it_slowly(up, project, connect):
    number, mona, _ = project
    fast = answer(connect(export(number, mona))).read()
    slow = answer(connect(export(number, mona)))
    time.sleep(3)
    assert slow.read() == fast
    assert fast.count(b"\n") >= ITEMS


def answer(connection: socket.socket) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response
