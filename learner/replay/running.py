"""Several seeds of both sides, batch by batch, until the target is reached; stopped at any time, it goes on later."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from learner.replay import figures
from learner.replay.figures import Side
from learner.replay.playing import PLAIN, Plan, Player, full_score, remove, set_up
from learner.replay.recording import Recording, Unusable
from projects.models import Project

BEYOND = 1.25  # a curve goes on to so many times the labels at which it first reached the target
VOTES_BESIDE_ADAPTIVE = 3  # that random order gives each item, by majority, where the other side adapts
SIDES = ("curve", "random")

Tell = Callable[[str, int, int, float], None]  # side, seed, labels, score


@dataclass(frozen=True)
class Options:
    strategy: str = "auto"
    estimator: str = "auto"
    batch: int = 100
    seeds: int = 10
    target: float = 0.99
    votes: int = 1
    adaptive: bool = False
    metric: str = "accuracy"
    test_share: float = 0.1
    most: int | None = None


@dataclass
class State:
    """What was done so far, written down after every batch of every seed."""

    key: str
    targets: list[float] = field(default_factory=list)
    projects: dict[str, list[int]] = field(default_factory=lambda: {side: [] for side in SIDES})
    sides: dict[str, Side] = field(default_factory=lambda: {side: Side() for side in SIDES})

    def write(self, path: Path) -> None:
        part = path.with_suffix(path.suffix + ".new")
        part.write_bytes(orjson.dumps(asdict(self)))
        part.replace(path)


def read_state(path: Path, key: str) -> State:
    """The state that an earlier run of the same replay left; a new one where there is none."""
    if not path.exists():
        return State(key)
    stored = orjson.loads(path.read_bytes())
    if stored["key"] != key:
        raise Unusable(f"{path} belongs to a replay with other options or data; remove it, or choose another --json")
    return State(
        key, stored["targets"], stored["projects"], {name: Side(**side) for name, side in stored["sides"].items()}
    )


def key_of(recording: Recording, test: Recording | None, options: Options) -> str:
    """A digest that is another one when anything about a replay differs."""
    digest = hashlib.sha256(orjson.dumps(asdict(options)))
    for part in (recording, test):
        if part is not None:
            digest.update(
                orjson.dumps([[row.external_id, row.text, row.data, row.gold, row.votes] for row in part.rows])
            )
            digest.update(b"" if part.vectors is None else part.vectors.tobytes())
    return digest.hexdigest()


class Replay:
    """`tell` hears of every batch of every seed."""

    def __init__(self, recording: Recording, test: Recording | None, options: Options, path: Path, tell: Tell) -> None:
        self.recording, self.test, self.options, self.path, self.tell = recording, test, options, path, tell
        self.labels = (recording if test is None else Recording(recording.rows + test.rows, None)).labels()
        _check(recording, self.labels, options)
        self.state = read_state(path, key_of(recording, test, options))

    def run(self) -> dict[str, Any]:
        """Play both sides to their ends; returns the figures."""
        state, options = self.state, self.options
        for seed in range(len(state.targets), options.seeds):
            train, test = self._split(seed)
            state.targets.append(options.target * full_score(train, test, self.labels, options.metric))
        state.write(self.path)
        for side in SIDES:
            self._play(side)
        tried, random = (state.sides[side] for side in SIDES)
        return {
            "curve": tried.curve(),
            "random": random.curve(),
            **figures.outcome(tried, random, state.targets),
            **self._clicks("curve", ""),
            **self._clicks("random", "random_"),
            "never_below_random": figures.never_below(tried, random),
            "options": asdict(options),
        }

    def _clicks(self, side: str, prefix: str) -> dict[str, float | None]:
        """What people did on this side, and how right they were together; means over the seeds."""
        players = list(self._players(side))
        agreed = [accuracy for player in players if (accuracy := player.consensus_accuracy()) is not None]
        return {
            f"{prefix}clicks": round(float(np.mean([player.clicks for player in players])), 1),
            f"{prefix}consensus_accuracy": round(float(np.mean(agreed)), 5) if agreed else None,
        }

    def clean_up(self) -> None:
        """Delete the projects and the state."""
        for ids in self.state.projects.values():
            for project_id in ids:
                remove(project_id)
        self.path.unlink(missing_ok=True)

    def _play(self, name: str) -> None:
        """All seeds side by side, a batch at a time, since it is their mean that has to reach the target."""
        side = self.state.sides[name]
        players = list(self._players(name))
        most = min(len(player.train) for player in players)
        most = min(most, self.options.most or most)
        while (wanted := self._next(side, most)) is not None:
            if len(side.labels) == min(map(len, side.scores)):
                side.labels.append(wanted)
            for seed, player in enumerate(players):
                if len(side.scores[seed]) < len(side.labels):
                    side.scores[seed].append(player.step(wanted))
                    self.state.write(self.path)
                    self.tell(name, seed, wanted, side.scores[seed][-1])

    def _next(self, side: Side, most: int) -> int | None:
        """How many labels the next batch ends at; None at the end of the curve."""
        if any(len(scores) < len(side.labels) for scores in side.scores):
            return side.labels[-1]
        last = side.labels[-1] if side.labels else 0
        reached = figures.labels_of(side, self.state.targets)
        if last >= most or (reached is not None and last >= BEYOND * reached):
            return None
        return min(last + self.options.batch, most)

    def _players(self, name: str) -> Iterator[Player]:
        options = self.options
        most = max(len(row.votes) for row in self.recording.rows) if options.adaptive else 0
        plan = Plan(options.strategy, options.estimator, options.batch, options.votes, options.metric, most)
        if name == "random":
            votes = VOTES_BESIDE_ADAPTIVE if options.adaptive else options.votes
            plan = Plan("random", PLAIN, options.batch, votes, options.metric)
        ids, side = self.state.projects[name], self.state.sides[name]
        for seed in range(options.seeds):
            train, test = self._split(seed)
            if seed < len(ids):
                yield Player(Project.objects.get(pk=ids[seed]), train, test, plan)
                continue
            project = set_up(train, self.labels, plan, f"Replay: {name}, seed {seed}")
            ids.append(project.pk)
            side.scores.append([])
            self.state.write(self.path)
            player = Player(project, train, test, plan)
            player.start()
            yield player

    def _split(self, seed: int) -> tuple[Recording, Recording]:
        """The items to label, and those to test on: the test file, or a share drawn by this seed."""
        order = np.random.default_rng(seed).permutation(len(self.recording))
        if self.test is not None:
            return self.recording.part(order), self.test
        n_test = max(1, round(self.options.test_share * len(order)))
        return self.recording.part(order[n_test:]), self.recording.part(order[:n_test])


def _check(recording: Recording, labels: list[str], options: Options) -> None:
    if len(labels) < 2:
        raise Unusable("all items have the same gold answer; a model needs two labels to learn from")
    if (options.votes > 1 or options.adaptive) and not recording.has_votes:
        votes = "adaptive" if options.adaptive else options.votes
        raise Unusable(f"--votes {votes} needs annotations in the rows, and there are none")
