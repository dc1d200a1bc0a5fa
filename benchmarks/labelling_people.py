"""People who label by REST and do not give up, and a manager who changes what they work on."""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from typing import Any


class Rest(threading.Thread):
    """A client in a thread of its own, which takes steps until it is told to finish."""

    def __init__(self, port: int, token: str, timeout: float = 30) -> None:
        super().__init__(daemon=True)
        self._port, self._token, self._timeout = port, token, timeout
        self._connection: http.client.HTTPConnection | None = None
        self._finishing = threading.Event()
        self.unanswered = 0

    def run(self) -> None:
        while not self._finishing.is_set():
            self.step()

    def step(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """Returns when the last step is done."""
        self._finishing.set()
        self.join()

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Status and answer; status 0 where there is none."""
        headers = {"Content-Type": "application/json", "Authorization": f"Token {self._token}"}
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
            self._connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = self._connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except (OSError, http.client.HTTPException, ValueError):
            if self._connection:
                self._connection.close()
            self._connection = None
            return 0, None

    def insist(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """The same, but sent again until it is answered, and not by a fault of the server."""
        while True:
            status, answer = self.ask(method, path, body)
            if 0 < status < 500:
                return status, answer
            self.unanswered += 1
            time.sleep(0.2)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer to what has to succeed."""
        status, answer = self.insist(method, path, body)
        if status >= 400:
            raise RuntimeError(f"{method} {path} was answered by {status}: {answer}")
        return answer


class Person(Rest):
    """Somebody who answers at random, and remembers which label was meant by each acknowledged answer."""

    def __init__(self, port: int, project: int, token: str, think: float) -> None:
        super().__init__(port, token)
        self._project, self._think = project, think
        self._leases: list[dict[str, Any]] = []
        self._labels: dict[str, Any] = {}
        self._labels_read_at = -1e9
        self.acknowledged: dict[str, int] = {}
        self.refused: Counter[int] = Counter()

    def step(self) -> None:
        self._read_labels()
        if not self._leases:
            status, leases = self.insist("POST", f"/api/projects/{self._project}/assignments/", {"count": 3})
            self._leases = leases if status < 400 else []
        if self._leases and self._labels:
            self._answer(self._leases.pop(0)["id"])
        time.sleep(random.uniform(0, 2 * self._think))

    def _read_labels(self) -> None:
        """Every two seconds: so labels that were renamed meanwhile are answered by their former names."""
        if time.monotonic() - self._labels_read_at > 2:
            status, project = self.insist("GET", f"/api/projects/{self._project}/")
            if status == 200:
                self._labels, self._labels_read_at = project, time.monotonic()

    def _answer(self, assignment: int) -> None:
        label = random.choice(self._labels["labels"])
        answer = {
            "value": label["name"],
            "client_key": str(uuid.uuid4()),
            "labels_version": self._labels["labels_version"],
            "next": 1,
        }
        status, stored = self.insist("PUT", f"/api/assignments/{assignment}/annotation/", answer)
        if status < 400:
            self.acknowledged[answer["client_key"]] = label["id"]
            self._leases += stored["next"]
        else:
            self.refused[status] += 1


class Manager(Rest):
    """Renames labels, changes how many votes items want, removes people and lets them in again."""

    def __init__(self, port: int, project: int, token: str, people: int) -> None:
        super().__init__(port, token)
        self._path = f"/api/projects/{project}"
        self._people = people
        self.renames = self.changes_of_votes = self.removals = 0

    def step(self) -> None:
        random.choice([self._rename, self._change_votes, self._remove_and_readmit])()
        time.sleep(random.uniform(0, 1))

    def _rename(self) -> None:
        labels = self.call("GET", f"{self._path}/")["labels"]
        label = random.choice(labels)
        number, version = label["name"].split(", version ")
        label["name"] = f"{number}, version {int(version) + 1}"
        self.call("PATCH", f"{self._path}/", {"labels": labels})
        self.renames += 1

    def _change_votes(self) -> None:
        rows = [{"external_id": str(random.randrange(5000)), "votes_wanted": random.randint(1, 4)} for _ in range(20)]
        self.insist("PUT", f"{self._path}/priorities/", rows)
        self.changes_of_votes += 1

    def _remove_and_readmit(self) -> None:
        username = f"p{random.randrange(self._people)}"
        self.insist("DELETE", f"{self._path}/members/{username}/")
        time.sleep(random.uniform(0, 1))
        self.insist("POST", f"{self._path}/members/", {"username": username, "role": "annotator"})
        self.removals += 1
