"""What can be done for a folder of answers: aggregate, identify, simulate, tell about it. No database is needed."""

import inspect
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from annotate_kit import aggregation, agreement, identification, simulation
from annotate_kit.aggregation import Result, Votes
from annotate_kit.formats.datasets import peerannot
from annotate_kit.formats.datasets.peerannot import Folder, FolderError

HARD_ONLY = {"majority_vote", "twothird", "plantnet", "wawa", "iwmv"}
"""Methods whose labels peerannot always writes hard."""

FILE_NAMES = {
    "entropy": "entropies.npy",
    "trace_confusion": "traces_confusion.npy",
    "spam_score": "spam_score.npy",
    "krippendorff_alpha": "krippendorff_alpha.npy",
}
"""What peerannot calls the results of identifications; others have their own key for a name."""

NEEDED = {"crowdlab": {"probabilities"}, "gold_majority_vote": {"gold"}}
"""What aggregations must be given besides the votes; here, so that no module is loaded before the work is announced."""

FROM_CONFUSION = {"trace_confusion", "spam_score"}

SIMULATION = {
    "n_worker": "n_annotators",
    "n_task": "n_items",
    "n_classes": "n_labels",
    "ratio": "ratio",
    "ratio_diff": "ratio_diff",
    "random": "random",
    "workerload": "workload",
    "feedback": "feedback",
    "imbalance_votes": "imbalance_votes",
}
"""peerannot's options of a simulation, and ours."""


def votes_of(folder: Folder) -> Votes:
    answers, metadata = folder.answers, folder.metadata
    sizes = (answers.n_items, metadata.n_annotators, metadata.n_labels)
    return Votes(answers.item, answers.annotator, answers.label, *sizes)


@dataclass(frozen=True)
class Knowledge:
    """Files with what some strategies know besides the votes."""

    gold: Path | None = None  # .npy (N,), -1 where unknown
    probabilities: Path | None = None  # .npy (N, K), of a classifier that has not learned from these items

    @property
    def names(self) -> set[str]:
        return {name for name, path in vars(self).items() if path}

    def usable_by(self, name: str) -> "Knowledge":
        """What of it an aggregation can use."""
        usable = self.names & set(_options_of(name))
        return Knowledge(**{file: getattr(self, file) for file in usable})

    def arrays(self, folder: Folder) -> dict[str, np.ndarray]:
        shapes = {
            "gold": (folder.answers.n_items,),
            "probabilities": (folder.answers.n_items, folder.metadata.n_labels),
        }
        return {name: peerannot.load_array(getattr(self, name), shapes[name]) for name in self.names}


def aggregate(folder: Folder, strategy: str, *, hard: bool, seed: int, knowledge: Knowledge) -> dict[str, Any]:
    """Run a strategy, spelled as peerannot does or as we do; write its labels, and what else it has found.

    Of the knowledge it gets what it can use. KeyError for an unknown strategy, TypeError and ValueError for options or
    votes that it cannot take.
    """
    name, options = aggregation.resolve(strategy)
    votes, files = _for_plantnet(folder, options) if name == "plantnet" else (votes_of(folder), {})
    started = time.perf_counter()
    result = aggregation.aggregate(votes, strategy, seed=seed, **knowledge.usable_by(name).arrays(folder), **files)
    seconds = time.perf_counter() - started
    labels = result.labels()
    written = labels if hard or name in HARD_ONLY else result.beliefs
    path = peerannot.write_labels(folder.path, folder.metadata.name, strategy, written, hard)
    _write_beside(folder, name, result)
    return {
        "strategy": strategy,
        "seconds": round(seconds, 4),
        "iterations": int(result.iterations),
        "converged": bool(result.converged),
        "undecided": int((labels < 0).sum()),
        "accuracy": _accuracy(folder, labels),
        **({"make the same errors": _same_errors(result)} if result.together else {}),
        "shape": list(written.shape),
        "labels": str(path),
    }


def check_knowledge(names: list[str], knowledge: Knowledge) -> None:
    """ValueError where an aggregation needs more than is given, or what is given is used by none."""
    for name in names:
        if missing := NEEDED.get(name, set()) - knowledge.names:
            raise ValueError(f"{name} needs {' and '.join(map(as_option, sorted(missing)))} besides the votes")
    for option in sorted(knowledge.names):
        if not any(option in _options_of(name) for name in names):
            users = [name for name in aggregation.registry.names if option in _options_of(name)]
            raise ValueError(f"{as_option(option)} is of no use to {' and '.join(names)}; it is to {', '.join(users)}")


def as_option(name: str) -> str:
    """The name of an option as people type it."""
    return "--" + name.replace("_", "-")


def _same_errors(result: Result) -> list[str]:
    """Pairs of workers who err together, and the share of votes that one has from the other."""
    return [f"{first} and {second} ({share:.0%})" for first, second, share in result.together]


def try_to_aggregate(folder: Folder, strategy: str, **options: Any) -> dict[str, Any]:
    """The same, but a strategy that cannot take these votes is reported and no error."""
    try:
        return aggregate(folder, strategy, **options)
    except ValueError as error:
        return {"strategy": strategy, "labels": f"none: {error}"}


def strategies_for_all(knowledge: Knowledge | None = None) -> list[str]:
    """Every aggregation of votes that needs no more than what is known."""
    names = knowledge.names if knowledge else set()
    return [
        name for name in aggregation.registry.names if "votes" in _options_of(name) and NEEDED.get(name, set()) <= names
    ]


def identify(folder: Folder, method: str, *, matrix_file: Path | None, max_iterations: int) -> dict[str, Any]:
    """Run an identification and write its numbers where peerannot does.

    `suspects` are the keys of the tasks, or the numbers of the workers, that deserve a look most.
    """
    name = identification.resolve(method)
    about = identification.registry.load(name).ABOUT
    arguments: dict[str, Any] = {}
    if name in FROM_CONFUSION:
        confusion = peerannot.load_array(matrix_file, (None, None, None)) if matrix_file else None
        arguments = {"confusion": confusion, "max_iterations": max_iterations}
    scores = identification.identify(votes_of(folder), name, **arguments)
    path = folder.path / "identification" / FILE_NAMES.get(name, f"{name}.npy")
    peerannot.save_array(path, scores)
    values = np.atleast_1d(scores)[~np.isnan(np.atleast_1d(scores))]
    suspects = identification.suspects(name, scores, 10) if about != "crowd" else np.zeros(0, dtype=np.int64)
    return {
        "method": method,
        "about": {"items": "tasks", "annotators": "workers", "crowd": "crowd"}[about],
        "lowest": float(values.min()) if values.size else None,
        "median": float(np.median(values)) if values.size else None,
        "highest": float(values.max()) if values.size else None,
        "suspects": (folder.answers.keys[suspects] if about == "items" else suspects).tolist(),
        "file": str(path),
    }


def simulate(path: Path, options: dict[str, Any]) -> dict[str, Any]:
    """Make up a crowd by the options of `peerannot simulate` and write its folder; the metadata as written."""
    matrix_file = options["matrix_file"]
    plan = {our_name: options[their_name] for their_name, our_name in SIMULATION.items()}
    matrices = peerannot.load_array(matrix_file, (None, None, None)) if matrix_file else None
    try:
        simulated = simulation.simulate(options["strategy"], seed=options["seed"], matrices=matrices, **plan)
    except ValueError as error:
        raise ValueError(_in_options(str(error))) from error
    metadata = {
        "name": options["strategy"],
        "n_workers": simulated.votes.n_annotators,
        "n_classes": simulated.votes.n_labels,
        "n_task": simulated.votes.n_items,
        "folder": str(path),
        "matrix_file": str(matrix_file) if matrix_file else None,
        **{name: options[name] for name in ("strategy", "ratio", "ratio_diff", "random", "workerload", "feedback")},
        **{name: options[name] for name in ("imbalance_votes", "seed", "verbose")},
    }
    metadata = {name: value for name, value in metadata.items() if value is not None}
    _write_simulation(path, simulated, metadata)
    return metadata


def _in_options(message: str) -> str:
    """A message of a simulation with the names of the command's options for its own."""
    for their_name, our_name in SIMULATION.items():
        message = re.sub(rf"\b{our_name}\b", f"--{their_name.replace('_', '-')}", message)
    return message


def describe(folder: Folder) -> dict[str, Any]:
    """What a folder holds, in words and numbers."""
    votes = votes_of(folder)
    alpha = agreement.measure(votes)
    per_item, per_annotator = votes.per_item, votes.per_annotator
    return {
        "name": folder.metadata.name,
        "tasks": votes.n_items,
        "workers": votes.n_annotators,
        "classes": votes.n_labels,
        "class names": folder.label_names,
        "answers": len(votes),
        "answers per task": _spread(per_item),
        "answers per worker": _spread(per_annotator),
        "tasks without answers": int((per_item == 0).sum()),
        "workers without answers": int((per_annotator == 0).sum()),
        "answers of the AI": int((folder.answers.ai >= 0).sum()),
        "truth known": 0 if folder.truth is None else int((folder.truth >= 0).sum()),
        "Krippendorff's α": _rounded(alpha.value),
        "its 95 % interval": [_rounded(alpha.low), _rounded(alpha.high)],
        "labels": sorted(path.name for path in (folder.path / "labels").glob("*.npy")),
    }


def check_writable(path: Path) -> None:
    """FolderError now rather than after long work; also for a folder that is read-only to all but root."""
    if not (os.access(path, os.W_OK) and path.stat().st_mode & 0o222):
        raise FolderError(f"{path} cannot be written to; the results are kept in it, so copy it first")


def _for_plantnet(folder: Folder, options: dict[str, Any]) -> tuple[Votes, dict[str, Any]]:
    """The votes with the AI's as those of one more annotator, and the files that its options name, read."""
    answers, metadata = folder.answers, folder.metadata
    rows = np.flatnonzero(answers.ai >= 0)
    machine = metadata.n_annotators
    item, label = np.append(answers.item, rows), np.append(answers.label, answers.ai[rows])
    annotator = np.append(answers.annotator, np.full(len(rows), machine))
    votes = Votes(item, annotator, label, answers.n_items, machine + 1, metadata.n_labels)
    read: dict[str, Any] = {"ai_annotator": machine}
    if options.get("authors") is not None:
        read["authors"] = peerannot.read_authors(Path(str(options["authors"])), answers.n_items)
    if options.get("scores") is not None:
        read["scores"] = peerannot.read_scores(Path(str(options["scores"])), answers.keys)
    return votes, read


def _options_of(name: str) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(aggregation.registry.load(name).aggregate).parameters


def _accuracy(folder: Folder, labels: np.ndarray) -> float | None:
    """Share of the items of known truth whose label is right; None when no truth is known."""
    if folder.truth is None or not (folder.truth >= 0).any():
        return None
    known = folder.truth >= 0
    return round(float((labels[known] == folder.truth[known]).mean()), 4)


def _write_beside(folder: Folder, name: str, result: Result) -> None:
    """Files that peerannot's GLAD and TwoThird write beside the labels."""
    place = folder.path / "identification" / name
    if result.abstained is not None:
        undecided = folder.answers.keys[result.abstained].tolist()
        peerannot.save_text(place / "too_hard.txt", "".join(f"-1 {key}\n" for key in undecided))
    if name == "glad" and result.difficulty is not None:
        alpha, log_beta = _glad_parameters(result.skill, result.difficulty)
        peerannot.save_array(place / "abilities.npy", _numbered(alpha))
        peerannot.save_array(place / "difficulties.npy", _numbered(log_beta))


def _glad_parameters(skill: np.ndarray, difficulty: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """α and log β as GLAD's paper and peerannot have them, of the skills σ(α β̃) and the difficulties 1 / (1 + β)."""
    log_beta = -_logit(difficulty)
    return _logit(skill.clip(1e-15, 1 - 1e-15)) / np.exp(np.median(log_beta)), log_beta


def _logit(p: np.ndarray) -> np.ndarray:
    """log(p / (1 - p)). SciPy has it too, but a fifth of the time until a command begins would go by loading that."""
    return np.asarray(np.log(p) - np.log1p(-p))


def _numbered(values: np.ndarray) -> np.ndarray:
    """Rows of a number and a value, as peerannot keeps them."""
    return np.stack([np.arange(len(values)), values], axis=1)


def _write_simulation(path: Path, simulated: simulation.Simulation, metadata: dict[str, Any]) -> None:
    if path.exists() and not path.is_dir():
        raise FolderError(f"{path} is a file; a simulation needs a folder")
    if (path / "answers.json").exists() and not _is_simulated(path):
        raise FolderError(f"{path} has answers that no simulation has made; name a new folder")
    votes, crowd = simulated.votes, simulated.crowd
    arrays = {
        "ground_truth.npy": simulated.truth,
        "matrices.npy": crowd.matrices,
        "difficulties.npy": crowd.difficulties,
        "student_teacher_association.npy": crowd.following,
    }
    peerannot.write_answers(path / "answers.json", votes.item, votes.annotator, votes.label, range(votes.n_items))
    for name, array in arrays.items():
        if array is None:
            (path / name).unlink(missing_ok=True)
        else:
            peerannot.save_array(path / name, array)
    peerannot.save_json(path / "metadata.json", metadata)


def _is_simulated(path: Path) -> bool:
    metadata = path / "metadata.json"
    return metadata.exists() and {"strategy", "ratio", "seed"} <= set(peerannot.read_metadata(metadata).more)


def _spread(counts: np.ndarray) -> list[float]:
    """Fewest, median, most."""
    return [float(counts.min()), float(np.median(counts)), float(counts.max())]


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 4)
