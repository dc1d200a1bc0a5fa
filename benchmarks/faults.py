"""Twelve people label by REST while processes are killed: is every acknowledged answer kept, and how soon is all well?

    .venv/bin/python benchmarks/faults.py [--kills 300] [--people 12] [--items 5000] [--seed 1]

Starts `manage.py up` with the built-in PostgreSQL in a temporary folder, and starts it again when it ends, as systemd
does. A manager renames labels, changes how many votes items want, and removes and readmits people meanwhile. In the
end every answer that a client saw acknowledged must be stored under the label that was meant, and `manage.py
check_queue` must find every promise kept; the exit code says whether.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)  # the project, and not this folder: another file here has the name of a standard module

# ruff: noqa: E402
import argparse
import itertools
import os
import random
import signal
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable

from benchmarks.labelling_people import Manager, Person, Rest
from benchmarks.supervised import ROLES, Service, choose, kill

WHOLE_SECONDS = 120.0


def main() -> int:
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    with Service(options.port) as service:
        tokens = service.make_people(options.people)
        project = make_project(service.rest, tokens, options)
        people = [Person(service.port, project, token, options.think) for token in tokens[1:]]
        manager = Manager(service.port, project, tokens[0], options.people)
        probe = Probe(service.port, tokens[0])
        for thread in (probe, manager, *people):
            thread.start()
        print_silence_without_kills(probe, options.calm)
        times = kill_at_random(service, probe, people, options)
        manager.finish()
        for person in people:
            person.finish()
        probe.finish()
        print_times(times)
        is_complete = print_answers(service, people, manager, project)
        checked = service.manage("check_queue", str(project))
        print(checked.stdout, checked.stderr)
        return int(not is_complete or checked.returncode)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--think", type=float, default=0.2, help="seconds that a person thinks about an item")
    parser.add_argument("--pause", type=float, default=2, help="at most so many seconds from recovery to the next kill")
    parser.add_argument("--calm", type=float, default=60, help="seconds before the first kill, for comparison")
    parser.add_argument("--port", type=int, default=8733)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def make_project(rest: Callable[[str], Rest], tokens: list[str], options: argparse.Namespace) -> int:
    mona = rest(tokens[0])
    labels = [{"name": f"label {number}, version 0"} for number in range(4)]
    created = mona.call("POST", "/api/projects/", {"name": "Faults", "labels": labels, "votes_wanted": 3})
    project: int = created["id"]
    mona.call("PATCH", f"/api/projects/{project}/", {"retrain_every": 200, "lease_minutes": 5})
    for number in range(options.people):
        mona.call("POST", f"/api/projects/{project}/members/", {"username": f"p{number}", "role": "annotator"})
    for start in range(0, options.items, 1000):
        rows = [{"external_id": str(n), "text": f"text number {n}"} for n in range(start, start + 1000)]
        mona.call("POST", f"/api/projects/{project}/items/", rows[: options.items - start])
    return project


# The kills


class Probe(Rest):
    """Asks for a page of the database ten times a second, and notes when it was answered."""

    def __init__(self, port: int, token: str) -> None:
        super().__init__(port, token, timeout=2)
        self.answered_at = [time.monotonic()]

    def step(self) -> None:
        status, _ = self.ask("GET", "/api/me/")
        if status == 200:
            self.answered_at.append(time.monotonic())
        time.sleep(0.1)

    def longest_silence(self, since: float) -> float:
        """The longest time without an answer since then, in seconds."""
        times = [since, *(at for at in self.answered_at if at > since), time.monotonic()]
        return max(after - before for before, after in itertools.pairwise(times))


def print_silence_without_kills(probe: Probe, seconds: float) -> None:
    started_at = time.monotonic()
    time.sleep(seconds)
    load = os.getloadavg()[0]
    print(
        f"without a kill: {probe.longest_silence(started_at):.1f} s at most in {seconds:g} s; load {load:.1f}",
        flush=True,
    )


Times = dict[str, list[tuple[float, float]]]


def kill_at_random(service: Service, probe: Probe, people: list[Person], options: argparse.Namespace) -> Times:
    """For each role how long nothing was answered after each kill, and how long it took until every process ran."""
    rng = random.Random(options.seed)
    times: Times = defaultdict(list)
    for number in range(1, options.kills + 1):
        role = rng.choice(ROLES)
        victims = choose(service, role, rng)
        killed_at = time.monotonic()
        kill(victims)
        if not service.wait_until_whole(WHOLE_SECONDS):
            print(f"after the kill of {role} not all runs again in {WHOLE_SECONDS:g} s: {service.census()}", flush=True)
        whole = time.monotonic() - killed_at
        times[role].append((probe.longest_silence(killed_at), whole))
        answers = sum(len(person.acknowledged) for person in people)
        print(
            f"{number}: {role}: silent {times[role][-1][0]:.1f} s, whole {whole:.1f} s; {answers:,} answers", flush=True
        )
        time.sleep(rng.uniform(0, options.pause))
    return times


# The report


def print_times(times: Times) -> None:
    print("\n| killed | times | no answer, median | longest | all processes again, median | longest |")
    print("|---|---|---|---|---|---|")
    for role in ROLES:
        if not times[role]:
            continue
        silent, whole = zip(*times[role], strict=True)
        print(
            f"| {role} | {len(silent)} | {statistics.median(silent):.1f} s | {max(silent):.1f} s "
            f"| {statistics.median(whole):.1f} s | {max(whole):.1f} s |"
        )


def print_answers(service: Service, people: list[Person], manager: Manager, project: int) -> bool:
    """Whether every acknowledged answer is stored under the label that its person chose."""
    names = {label["id"]: label["name"] for label in manager.call("GET", f"/api/projects/{project}/")["labels"]}
    stored = service.stored_answers(project)
    acknowledged = {key: label for person in people for key, label in person.acknowledged.items()}
    missing = [key for key in acknowledged if key not in stored]
    wrong = [key for key, label in acknowledged.items() if key in stored and not is_label(names[label], *stored[key])]
    refused = sum((person.refused for person in people), Counter[int]())
    unanswered = sum(person.unanswered for person in people)
    changed = sum(not in_force for _, in_force in stored.values())
    print(f"\n{len(acknowledged):,} answers acknowledged, {len(stored):,} stored, {changed} of them changed since")
    print(f"acknowledged and missing: {len(missing)}; under another label than was meant: {len(wrong)}")
    print(f"sent again, without an answer or after a 5xx: {unanswered:,}; refused, by status: {dict(refused)}")
    print(f"{manager.renames} renames, {manager.changes_of_votes} changes of votes, {manager.removals} removals\n")
    return not missing and not wrong


def is_label(name: str, value: str, in_force: bool) -> bool:
    """An answer in force has the label's present name; the history keeps the name of its time, another version."""
    return value == name if in_force else value.split(",")[0] == name.split(",")[0]


if __name__ == "__main__":
    sys.exit(main())
