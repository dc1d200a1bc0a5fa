"""`manage.py up` as systemd runs it, and its processes by the roles that they play."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg2

from benchmarks.labelling_people import Rest

ROOT = Path(__file__).resolve().parents[1]
UNCOUNTED = ("backend", "auxiliary", "left behind")  # they come and go
ROLES = [
    "a web process",
    "the parent of the web processes",
    "the worker's watchdog",
    "the worker's cluster",
    "a process of the cluster",
    "the reaper",
    "a backend of PostgreSQL",
    "PostgreSQL",
    "the watchdog of PostgreSQL",
    "`up`",
    "everything at once",
]
MAKE_PEOPLE = """
import json
from accounts.models import ApiToken, User
people = [User.objects.create(username="mona", is_staff=True)]
people += [User.objects.create(username=f"p{number}") for number in range(%d)]
print(json.dumps([ApiToken.objects.issue(person)[1] for person in people]))
"""


class Service(threading.Thread):
    """Starts `up` a second after it ends, whatever is left of it killed first: Restart=always, KillMode=mixed."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.folder = Path(tempfile.mkdtemp(prefix="annotate-faults-"))
        self._ending = threading.Event()
        self._whole: Counter[str] = Counter()
        self.restarts = 0
        inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DEBUG")}
        self._environment = {**inherited, "VAR": str(self.folder), "PORT": str(port), "LOG_LEVEL": "ERROR"}

    def run(self) -> None:
        while not self._ending.is_set():
            with (self.folder / "log").open("a") as log:
                self.up = subprocess.Popen(
                    [sys.executable, "manage.py", "up"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
                )
            self.up.wait()
            self.restarts += 1
            kill(list(self.processes()))
            self._ending.wait(1)

    def __enter__(self) -> Self:
        self.start()
        try:
            self._wait_until_started()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _wait_until_started(self) -> None:
        client = Rest(self.port, "")
        while client.ask("GET", "/readyz")[0] != 200 or self.census()["job process"] < 4:
            time.sleep(0.5)
        time.sleep(5)
        self._whole = self.census()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self.up.terminate()
        self.join()
        shutil.rmtree(self.folder, ignore_errors=True)

    def rest(self, token: str) -> Rest:
        return Rest(self.port, token)

    def manage(self, *command: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "manage.py", *command]
        environment = {**self._environment, "EMBEDDED": "1", "DEBUG": "0"}
        return subprocess.run(arguments, cwd=ROOT, env=environment, capture_output=True, text=True)

    def make_people(self, count: int) -> list[str]:
        """Tokens: mona's, who manages, then those of p0, p1, …"""
        completed = self.manage("shell", "--no-imports", "-c", MAKE_PEOPLE % count)
        assert completed.returncode == 0, completed.stderr
        tokens: list[str] = json.loads(completed.stdout)
        return tokens

    def stored_answers(self, project: int) -> dict[str, tuple[str, bool]]:
        """The value of each client_key, and whether it is in force. One that was changed since is in the history."""
        connection = psycopg2.connect(host=str(self.folder / "postgres"), user="postgres", dbname="annotate")
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(
                """SELECT client_key::text, value, false FROM annotate_annotationchange WHERE client_key IS NOT NULL
                UNION ALL SELECT client_key::text, value, true FROM annotate_annotation WHERE project_id = %s""",
                [project],
            )
            return {key: (value, in_force) for key, value, in_force in cursor.fetchall()}

    def processes(self) -> dict[psutil.Process, str]:
        """Every process of this service, with its role."""
        roles = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if process.status() != psutil.STATUS_ZOMBIE and (role := self._role(process)):
                    roles[process] = role
        return roles

    def _role(self, process: psutil.Process) -> str:
        command = " ".join(process.cmdline())
        if process.name() == "postgres":
            return self._role_in_postgres(process, command)
        if str(self.folder) not in command and process.environ().get("VAR") != str(self.folder):
            return ""
        words = {
            "manage.py up": "up",
            "runtime.reaper": "reaper",
            "embedded_watchdog": "PostgreSQL's watchdog",
            "worker --marks": "job process",
            "manage.py worker": "worker",
            "manage.py": "",
        }
        role = next((role for word, role in words.items() if word in command), "web process")
        if role != "web process":
            return role
        parent = process.parent()
        if parent is not None and parent.pid == self.up.pid:
            return "web parent"
        return role if parent is not None and parent.ppid() == self.up.pid else "left behind"

    def _role_in_postgres(self, process: psutil.Process, command: str) -> str:
        if Path(process.cwd()) != self.folder / "postgres":
            return ""
        if " -D " in command:
            return "PostgreSQL"
        return "backend" if command.startswith("postgres: postgres annotate") else "auxiliary"

    def census(self) -> Counter[str]:
        """How many processes there are of each role that has a fixed number."""
        counts = Counter(self.processes().values())
        return Counter({role: counts[role] for role in counts if role not in UNCOUNTED})

    def wait_until_whole(self, seconds: float) -> bool:
        """Whether the processes that ran at first run again, and the service is ready."""
        client = Rest(self.port, "", timeout=5)
        deadline = time.monotonic() + seconds
        while self.census() != self._whole or client.ask("GET", "/readyz")[0] != 200:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.25)
        return True


def choose(service: Service, role: str, rng: random.Random) -> list[psutil.Process]:
    """The processes that have to be killed."""
    by_role: dict[str, list[psutil.Process]] = defaultdict(list)
    for process, name in service.processes().items():
        by_role[name].append(process)
    if role == "everything at once":
        return [process for processes in by_role.values() for process in processes]
    parents = {process.ppid() for process in by_role["job process"]}

    def at_random(name: str, is_parent: bool = False) -> list[psutil.Process]:
        candidates = [process for process in by_role[name] if (process.pid in parents) == is_parent]
        return rng.sample(candidates, min(1, len(candidates)))

    victims = {
        "a web process": at_random("web process"),
        "the parent of the web processes": by_role["web parent"],
        "the worker's watchdog": by_role["worker"],
        "the worker's cluster": at_random("job process", is_parent=True),
        "a process of the cluster": at_random("job process"),
        "the reaper": by_role["reaper"],
        "a backend of PostgreSQL": at_random("backend"),
        "PostgreSQL": by_role["PostgreSQL"],
        "the watchdog of PostgreSQL": by_role["PostgreSQL's watchdog"],
        "`up`": by_role["up"],
    }
    return victims[role]


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
