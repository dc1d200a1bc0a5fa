"""Any process of an installation may be killed: it comes back by itself, and `up` lives on."""

import http.client
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from runtime.processes import wait_until_ended
from tests.cpu_time import busyness
from tests.runtime.installation import Installation, eventually

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("up")]

RECOVERY_SECONDS = 20.0
STOP_SECONDS = 5.0


@pytest.fixture(scope="module")
def installation(installed) -> Iterator[Installation]:
    installation = Installation(installed)
    installation.start()
    yield installation
    installation.kill()


@pytest.fixture
def up(installation) -> Installation:
    """With everything, and started again where a test before has stopped it."""
    if installation.process.poll() is not None:
        installation.start()
    assert eventually(lambda: has_everything(installation)), installation.log()
    return installation


def has_everything(up: Installation) -> bool:
    """Whether every process of a healthy installation runs, and the page that says so agrees."""
    one_each = all(len(up.processes(words)) == 1 for words in ("runtime.reaper", "embedded_watchdog", "postgres -D"))
    return has_worker(up) and one_each and has_web_process(up) and up.is_ready()


def has_worker(up: Installation) -> bool:
    """The cluster of a watchdog that was killed lives on for a moment: it is not the present one's."""
    watchdogs = [process for process in up.processes("manage.py worker") if process.ppid() == up.process.pid]
    cluster = watchdogs[0].children(recursive=True) if len(watchdogs) == 1 else []
    at_work = up.processes("worker --marks")
    return len(at_work) == 5 and set(at_work) <= set(cluster)  # parent, sentinel, one for jobs, pusher, monitor


def has_web_process(up: Installation) -> bool:
    """Others may be left for half a minute, of a parent that was killed."""
    servers = up.processes("granian")
    parents = [server.pid for server in servers if server.ppid() == up.process.pid]
    return len(parents) == 1 and sum(server.ppid() in parents for server in servers) == 1


KILLED: dict[str, Callable[[Installation], psutil.Process]] = {
    "a web process": lambda up: up.child("granian").children()[0],
    "the parent of the web processes": lambda up: up.child("granian"),
    "the worker's watchdog": lambda up: up.child("manage.py worker"),
    "the worker's cluster": lambda up: up.child("manage.py worker").children()[0],
    "a process that runs jobs": lambda up: next(p for p in up.processes("worker --marks") if not p.children()),
    "the reaper": lambda up: up.child("runtime.reaper"),
    "a backend of PostgreSQL": lambda up: next(
        p for p in up.postmaster().children() if p.cmdline()[0].startswith("postgres: postgres annotate")
    ),
    "PostgreSQL": lambda up: up.postmaster(),
    "the watchdog of PostgreSQL": lambda up: up.processes("embedded_watchdog")[0],
}


@pytest.mark.parametrize("name", KILLED)
def test_who_is_killed_comes_back(up, name):
    victim = KILLED[name](up)
    victim.kill()
    assert wait_until_ended([victim.pid], 10)
    assert eventually(up.is_ready, RECOVERY_SECONDS), up.log()
    assert eventually(lambda: has_everything(up)), [up.log(), *(p.cmdline() for p in up.processes())]
    assert up.process.poll() is None


def test_postgresql_and_its_watchdog_are_killed_together_and_come_back(up):
    for victim in (up.processes("embedded_watchdog")[0], up.postmaster()):
        victim.kill()
        assert wait_until_ended([victim.pid], 10)
    assert eventually(up.is_ready, RECOVERY_SECONDS), up.log()
    assert eventually(lambda: has_everything(up)), up.log()


def test_a_healthy_installation_stops_at_once(up):
    """Below a second on an idle machine, all processes and PostgreSQL included; what is under way is answered first.

    Where other processes want the processors too, it may take as much longer as they make everything take.
    """
    idle = http.client.HTTPConnection("127.0.0.1", up.port)
    idle.request("GET", "/healthz")
    assert idle.getresponse().read()  # and the connection stays open
    under_way = http.client.HTTPConnection("127.0.0.1", up.port)
    under_way.putrequest("POST", "/api/token/")
    under_way.putheader("Content-Type", "application/json")
    under_way.putheader("Content-Length", "2")
    under_way.endheaders(b"{")
    time.sleep(0.5)
    busy = busyness()
    stopped_at = time.monotonic()
    up.process.terminate()
    under_way.send(b"}")
    assert under_way.getresponse().status == 400
    assert up.process.wait(30) == 0
    seconds = time.monotonic() - stopped_at
    assert eventually(up.nothing_runs, 2 * busy)
    assert seconds < STOP_SECONDS * max(busy, busyness()), f"{seconds:.1f} s"
