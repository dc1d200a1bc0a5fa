"""What a cluster does, marked by files in a folder: its processes write them, its watchdog reads them.

`job-7` means that the job 7 of the table was taken from it and is not done; it holds the time until which the job is
locked. `worker-123` means that the process 123 works for the pool; it holds the number of the job that it is at. A
process that ends in order removes its mark: a mark without a process is a process that was killed. `back-7` is a job
that has to be given back to the table, and `kills-7` counts the processes that were killed while they were at it.
"""

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from runtime.processes import runs, wait_until_ended

END_SECONDS = 5.0


class Marks:
    """The marks of one cluster."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # What the cluster writes.

    def take(self, job: int, lock: str) -> None:
        (self.folder / f"job-{job}").write_text(lock)

    def finish(self, job: int) -> None:
        (self.folder / f"job-{job}").unlink(missing_ok=True)
        (self.folder / f"kills-{job}").unlink(missing_ok=True)

    def begin(self, pid: int, job: int | None) -> None:
        """The process is at this job, or at none."""
        (self.folder / f"worker-{pid}").write_text("" if job is None else str(job))

    def leave(self, pid: int) -> None:
        (self.folder / f"worker-{pid}").unlink(missing_ok=True)

    # What the watchdog reads.

    def workers(self) -> dict[int, int | None]:
        """The job that each process of the pool is at."""
        return {pid: int(job) if job else None for pid, job in self._read("worker")}

    def jobs(self) -> set[int]:
        """What was taken and is not done."""
        return {job for job, _ in self._read("job")}

    def waiting_since(self) -> list[float]:
        """When each job was taken that was taken and not begun."""
        running = set(self.workers().values())
        times = []
        for job in self.jobs() - running:
            with contextlib.suppress(FileNotFoundError):
                times.append((self.folder / f"job-{job}").stat().st_mtime)
        return times

    def killed_pids(self) -> list[int]:
        """The processes of the pool that were killed."""
        return [pid for pid in self.workers() if not runs(pid)]

    # What is left of a cluster whose processes have all ended.

    def clear(self, killed_pids: Iterable[int]) -> None:
        """Every job has to be given back; it is counted at which the processes `killed_pids` were."""
        for pid, job in self.workers().items():
            self.leave(pid)
            if job is not None and pid in killed_pids:
                self._count_kill(job)
        for job in self.jobs():
            (self.folder / f"job-{job}").rename(self.folder / f"back-{job}")

    def adopt(self, other: "Marks") -> None:
        """Take over what a cluster left behind whose watchdog was killed, too; its processes end at once."""
        wait_until_ended(other.workers(), END_SECONDS)
        other.clear(killed_pids=other.workers())
        for mark in [*other.folder.glob("back-*"), *other.folder.glob("kills-*")]:
            mark.rename(self.folder / mark.name)

    def to_give_back(self) -> list[tuple[int, str, int]]:
        """Jobs, each with the time until which it is locked, and how many processes were killed while at it."""
        kills = dict(self._read("kills"))
        return [(job, lock, int(kills.get(job) or 0)) for job, lock in self._read("back")]

    def give_back(self, job: int) -> None:
        """The table has it."""
        (self.folder / f"back-{job}").unlink(missing_ok=True)

    def _count_kill(self, job: int) -> None:
        path = self.folder / f"kills-{job}"
        kills = int(path.read_text()) if path.exists() else 0
        path.write_text(str(kills + 1))

    def _read(self, kind: str) -> Iterator[tuple[int, str]]:
        for mark in self.folder.glob(f"{kind}-*"):
            with contextlib.suppress(FileNotFoundError):
                yield int(mark.name.removeprefix(f"{kind}-")), mark.read_text()


class LockedFolder:
    """A new folder for marks, locked for as long as its watchdog lives, beside those of other watchdogs."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        unlocked = Path(tempfile.mkdtemp(prefix="new-", dir=root))
        self._lock = _try_to_lock(unlocked)
        self.path = unlocked.rename(unlocked.with_name(unlocked.name.replace("new-", "cluster-", 1)))

    def abandoned(self) -> Iterator[Path]:
        """The folders of watchdogs that were killed; each is removed once the caller asks for the next."""
        for folder in self.path.parent.glob("cluster-*"):
            if folder != self.path and (lock := _try_to_lock(folder)):
                with lock:
                    yield folder
                    shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


def _try_to_lock(folder: Path) -> IO[str] | None:
    """The lock of a folder, held until it is closed; None where somebody has it, or the folder is no more."""
    try:
        lock = (folder / "lock").open("a")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock
