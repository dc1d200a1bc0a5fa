"""A gigabyte goes in and a million items come out, by REST: how much memory does a web process take at most?

    .venv/bin/python benchmarks/memory.py [--rows 1000000] [--bytes 1050]

Starts `manage.py up` with the built-in PostgreSQL in a temporary folder, and ends it. The kernel says the most memory
(VmHWM) of each web process during each step; the exit code is 1 where one took more than `--limit` or was replaced.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder

# ruff: noqa: E402
import argparse
import http.client
import random
import re
import string
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import orjson
import psutil

from benchmarks.supervised import Service

BOUNDARY = "a-boundary-that-no-text-has"
EXPORTS = ["jsonl", "csv", "parquet"]


def main() -> int:
    options = parse()
    with Service(options.port) as service:
        token = service.make_people(1)[0]
        project = make_project(service, token)
        file = write(service.folder / "rows.jsonl", options.rows, options.bytes)
        items = f"/api/projects/{project}/items/"
        print(f"{options.rows:,} items, {file.stat().st_size / 1e9:.2f} GB of JSON lines\n")
        print("| step | time | bytes | most memory of a web process |\n|---|---|---|---|", flush=True)
        steps: list[tuple[str, Callable[[], int]]] = [
            ("nothing", wait),
            ("upload of the file", lambda: upload(service.port, token, items, file)),
            ("the same as a form", lambda: upload_as_form(service.port, token, items, file)),
            *(
                (f"export as {name}", lambda name=name: download(service.port, token, project, name, options.rows))
                for name in EXPORTS
            ),
        ]
        peaks = [step(service, name, function) for name, function in steps]
    return int(max(peaks) > options.limit)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--bytes", type=int, default=1_050, help="length of a text")
    parser.add_argument("--limit", type=int, default=700, help="MB that a web process may take at most")
    parser.add_argument("--port", type=int, default=8734)
    return parser.parse_args()


def make_project(service: Service, token: str) -> int:
    mona = service.rest(token)
    created = mona.call("POST", "/api/projects/", {"name": "Memory", "labels": [{"name": "yes"}, {"name": "no"}]})
    mona.call("POST", f"/api/projects/{created['id']}/members/", {"username": "p0", "role": "annotator"})
    project: int = created["id"]
    return project


def write(path: Path, rows: int, length: int) -> Path:
    """One item in ten has an answer."""
    rng = random.Random(1)
    text = "".join(rng.choices(string.ascii_lowercase + " ", k=1000 * length))
    answer = [{"annotator": "p0", "value": "yes"}]
    with path.open("wb") as file:
        for number in range(rows):
            start = rng.randrange(len(text) - length)
            row = {"external_id": f"row-{number:07d}", "text": f"{number} {text[start : start + length]}"}
            file.write(orjson.dumps(row if number % 10 else row | {"annotations": answer}) + b"\n")
    return path


# The steps


def wait() -> int:
    time.sleep(5)
    return 0


def upload(port: int, token: str, path: str, file: Path) -> int:
    return _post(port, token, path, "application/x-ndjson", file, b"", b"")


def upload_as_form(port: int, token: str, path: str, file: Path) -> int:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="rows.jsonl"\r\n\r\n'
    tail = f"\r\n--{BOUNDARY}--\r\n"
    return _post(port, token, path, f"multipart/form-data; boundary={BOUNDARY}", file, head.encode(), tail.encode())


def _post(port: int, token: str, path: str, content_type: str, file: Path, head: bytes, tail: bytes) -> int:
    size = len(head) + file.stat().st_size + len(tail)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    with closing(connection), file.open("rb") as stream:
        connection.putrequest("POST", path)
        headers = {"Authorization": f"Token {token}", "Content-Type": content_type, "Content-Length": str(size)}
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        for piece in (head, *iter(lambda: stream.read(2**18), b""), tail):
            connection.send(piece)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content[:500]
    return size


def download(port: int, token: str, project: int, name: str, rows: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    size = lines = 0
    with closing(connection):
        headers = {"Authorization": f"Token {token}"}
        connection.request("GET", f"/api/projects/{project}/export/?format={name}", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read(500)
        while piece := answer.read(2**18):
            size, lines = size + len(piece), lines + piece.count(b"\n")
    assert name == "parquet" or lines >= rows
    return size


# The measure


def step(service: Service, name: str, function: Callable[[], int]) -> float:
    """Do it, print a row and return the most MB that a web process took meanwhile."""
    started_at = time.monotonic()
    with measured(service) as peaks:
        size = function()
    seconds = time.monotonic() - started_at
    print(f"| {name} | {seconds:,.0f} s | {size / 1e6:,.0f} MB | {max(peaks):.0f} MB |", flush=True)
    return max(peaks)


@contextmanager
def measured(service: Service) -> Iterator[list[float]]:
    """Filled in the end: the most MB of each web process, infinity where one was replaced."""
    before = web_processes(service)
    for process in before:
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # the peak is counted from here
    peaks: list[float] = []
    yield peaks
    peaks += [peak(process) if process.is_running() else float("inf") for process in before]


def web_processes(service: Service) -> list[psutil.Process]:
    return [process for process, role in service.processes().items() if role == "web process"]


def peak(process: psutil.Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) / 1024


if __name__ == "__main__":
    sys.exit(main())
