"""`manage.py up`: everything starts together, ends together, and comes back with all that was acknowledged."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from config import env
from tests.runtime.installation import Installation, eventually

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("up")]


@pytest.fixture
def up(new_folder) -> Iterator[Installation]:
    up = Installation(new_folder)
    yield up
    up.kill()


def test_an_installation_comes_back_with_everything_and_leaves_nothing_running(up):
    welcome = up.start("--demo")
    assert f"http://localhost:{up.port}/" in welcome
    assert re.search(
        "mona / a-demo-password, rita / .*, ann / .*, abe / a-demo-password, admin / a-demo-password", welcome
    )
    with pytest.raises(HTTPError) as missing:
        up.call("GET", "/nowhere/")
    assert "DEBUG = True" not in missing.value.read().decode()
    ann = up.call("POST", "/api/token/", {"username": "ann", "password": "a-demo-password"})["token"]
    projects = {project["name"]: project["id"] for project in up.call("GET", "/api/projects/", token=ann)["results"]}
    (assignment,) = up.call("POST", f"/api/projects/{projects['digits']}/assignments/", {"count": 1}, ann)
    up.call("PUT", f"/api/assignments/{assignment['id']}/annotation/", {"value": "7"}, ann)

    up.kill()
    up.process.wait()
    assert eventually(up.nothing_runs)

    up.start()
    answers = up.call("GET", f"/api/projects/{projects['digits']}/annotations/", token=ann)["results"]
    assert [answer["value"] for answer in answers] == ["7"]

    up.process.kill()
    assert eventually(up.nothing_runs), [process.cmdline() for process in up.processes()]


def test_a_taken_port_is_reported_before_anything_is_started(up):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", up.port))
        taken.listen()
        failed = subprocess.run(
            [sys.executable, "manage.py", "up"], cwd=env.ROOT, env=up.environment, capture_output=True, text=True
        )
    assert failed.returncode == 1
    assert f"Port {up.port} on 127.0.0.1 can't be used: Address already in use. Choose another: PORT=" in failed.stderr
    assert up.nothing_runs()
