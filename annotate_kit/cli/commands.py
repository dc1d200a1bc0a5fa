"""The commands for a folder of answers: what `peerannot` does, and more. None needs a database."""

from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from typing import Any

from annotate_kit import aggregation, identification, merging
from annotate_kit.cli import comparing, deep_learning, folders, following, printing, reporting, training, values
from annotate_kit.cli.folders import Knowledge
from annotate_kit.cli.printing import Rows
from annotate_kit.cli.training import Training
from annotate_kit.formats.datasets import peerannot
from annotate_kit.formats.datasets.peerannot import Folder, Installation

REPORTED = ("auto", "majority_vote", "dawid_skene")
"""The strategies that a report shows unless others are named."""


OF_A_FILE = ("type", "out", "quorum", "overlap", "set", "model", "agreement")
OF_VOTES = ("idle", "out")
OF_LABELS = ("hard", "gold", "probabilities")
OF_A_FOLDER = ("answers_file", "metadata_path", "path_remove")
"""Options of `aggregate` for values, for votes that come, for labels alone, and for folders alone."""
OF_A_CLASSIFIER = ("features", "hard_labels", "pleiss", "model")
OF_A_NETWORK = ("pretrained", "freeze", "small", "data_augmentation")
"""Options of `identify` for the methods that train a classifier, and for those of them that train a network."""
USUAL = {"answers_file": "answers.json"}
"""What an option is when it is not given, where that is something."""


def install(options: dict[str, Any]) -> Rows:
    """Make a dataset's folder from answers, pictures and names."""
    folder = options["path"].parent if options["path"].suffix == ".py" else options["path"]
    plan = Installation(**{name: options[name] for name in Installation.__dataclass_fields__})
    metadata = peerannot.install(folder, plan, lambda pictures: printing.progress(pictures, "picture"))
    return [{"folder": str(folder), **metadata}]


def aggregate(options: dict[str, Any]) -> Rows:
    """Find what is behind the answers: labels of a folder's, values of a file's (--type), labels as they come."""
    if options["follow"]:
        return follow(options)
    if options["type"] or (options["path"] and options["path"].is_file()):
        return [merge_values(options)]
    check_alone("a folder", options, {*OF_A_FILE, *OF_VOTES})
    folder = read(options, writable=True)
    knowledge = Knowledge(options["gold"], options["probabilities"])
    strategies = with_all(options["strategy"] or ["auto"], partial(folders.strategies_for_all, knowledge))
    _check_strategies(strategies, knowledge)
    knowledge.arrays(folder)
    arguments = {"hard": options["hard"], "seed": options["seed"], "knowledge": knowledge}
    run = folders.try_to_aggregate if "all" in (options["strategy"] or []) else folders.aggregate
    return [run(folder, strategy, **arguments) for strategy in printing.progress(strategies, "strategy")]


def _check_strategies(strategies: list[str], knowledge: Knowledge | None = None) -> None:
    """Errors of names and options now rather than after the strategies before; only options load their strategy."""
    resolved = [aggregation.resolve(strategy) for strategy in strategies]
    folders.check_knowledge([name for name, _ in resolved], knowledge or Knowledge())
    for strategy, (_, options) in zip(strategies, resolved, strict=True):
        if options:
            aggregation.checked(strategy)


def check_alone(what: str, options: dict[str, Any], others: Collection[str]) -> None:
    """ValueError for options that do nothing here, rather than nothing done in silence."""
    refused = [name for name in options if name in others and options[name] not in (USUAL.get(name), None, False, [])]
    if refused:
        raise ValueError(f"{what} goes without {' and '.join(map(folders.as_option, refused))}")


def follow(options: dict[str, Any]) -> Rows:
    """What `aggregate` does with a file that grows; the summary is told on stderr."""
    check_alone("--follow", options, {*OF_A_FILE, *OF_LABELS} - {"out"})
    if not options["path"]:
        check_alone("--follow without a folder", options, OF_A_FOLDER)
    strategies = options["strategy"] or ["auto"]
    if len(strategies) > 1 or strategies == ["all"]:
        raise ValueError("a file is followed with one strategy at a time")
    _check_strategies(strategies)
    if options["out"]:
        peerannot.check_writable(options["out"], options["follow"])
    summary = following.follow(
        options["follow"],
        strategies[0],
        options["seed"],
        folder=read(options) if options["path"] else None,
        out=options["out"],
        idle=options["idle"],
    )
    printing.write(printing.table([summary]) + "\n")
    return []


def merge_values(options: dict[str, Any]) -> dict[str, Any]:
    """What `aggregate` does with a file of values."""
    path, kind, strategies = options["path"], options["type"], options["strategy"] or ["auto"]
    if not kind:
        raise ValueError(f"{path} is a file; name its type, as in --type spans ({', '.join(merging.registry.names)})")
    if not path or path.is_dir():
        raise ValueError(f"--type {kind} wants a file of one JSON row a line; {path or 'the folder we are in'} is none")
    if len(strategies) > 1 or strategies == ["all"]:
        raise ValueError("a file of values is merged by one strategy at a time")
    _check_strategies(strategies)
    check_alone(f"--type {kind}", options, {*OF_LABELS, *OF_A_FOLDER, *OF_VOTES} - {"out"})
    if options["out"]:
        peerannot.check_writable(options["out"], path)
    settings = dict(name_and_value(pair) for pair in options["set"])
    settings |= {name: options[name] for name in ("quorum", "overlap") if options[name] is not None}
    how = values.How(strategies[0], options["seed"], settings, options["model"], options["agreement"])
    (merged,) = [
        values.merge(path, kind, how, options["out"]) for _ in printing.progress([f"{kind} by {strategies[0]}"], "type")
    ]
    return merged


def name_and_value(pair: str) -> tuple[str, str]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise ValueError(f"--set {pair}: write it as --set NAME=VALUE")
    return name, value


def identify(options: dict[str, Any]) -> Rows:
    """Find tasks that are ambiguous and workers who tell little."""
    folder = read(options, writable=True)
    if options["n_classes"] not in (None, folder.metadata.n_labels):
        raise ValueError(f"-K is {options['n_classes']}, but n_classes is {folder.metadata.n_labels} in the metadata")
    methods = with_all(options["method"] or ["entropy"], identification.votes_only)
    names = [identification.resolve(method) for method in methods]
    if not set(names) & set(training.METHODS):
        check_alone(f"identify by {' and '.join(methods)}", options, {*OF_A_CLASSIFIER, *OF_A_NETWORK})
    plan = _training(options, folder)
    return [run_identification(folder, method, plan, options) for method in printing.progress(methods, "method")]


def _training(options: dict[str, Any], folder: Folder) -> Training:
    """What the options say of a classifier. ValueError where they name two, or a network that can't be trained."""
    if options["model"] is None:
        check_alone("identify without --model", options, OF_A_NETWORK)
    else:
        check_alone("--model", options, ["features"])
        deep_learning.check_installed("identify --model")
    network = deep_learning.settings_of(options, folder.path) if options["model"] else None
    fields = Training.__dataclass_fields__.keys() - {"network"}
    return Training(network=network, **{name: options[name] for name in fields})


def run_identification(folder: Folder, method: str, plan: Training, options: dict[str, Any]) -> dict[str, Any]:
    """By a classifier's training, or by the votes alone."""
    if identification.resolve(method) in training.METHODS:
        return training.identify(folder, method, plan)
    return folders.identify(
        folder, method, matrix_file=options["matrix_file"], max_iterations=options["max_iterations"]
    )


def compare(options: dict[str, Any]) -> Rows:
    """Run all strategies side by side; writes nothing but the picture."""
    folder = read(options)
    strategies = with_all(options["strategy"] or [], folders.strategies_for_all)
    _check_strategies(strategies)
    if options["picture"]:
        peerannot.check_writable(options["picture"])
    return comparing.compare(folder, strategies, options["seed"], options["picture"])


def report(options: dict[str, Any]) -> Rows:
    """Write one HTML file about a folder: strategies, confusions, workers and the least certain tasks."""
    folder = read(options)
    strategies = with_all(options["strategy"] or list(REPORTED), folders.strategies_for_all)
    _check_strategies(strategies)
    out = options["out"] or folder.path / "report.html"
    peerannot.check_writable(out)
    return reporting.report(folder, strategies, options["seed"], out)


def simulate(options: dict[str, Any]) -> Rows:
    """Make up workers and their answers."""
    return [folders.simulate(options["path"] or options["folder"], options)]


def read(options: dict[str, Any], *, writable: bool = False) -> Folder:
    """The folder that the options name, the one we are in by default."""
    path = options["path"] or Path()
    printing.status(f"reading {path}")
    answers = options.get("labels")
    folder = peerannot.read_folder(
        path,
        answers_file=str(answers.resolve()) if answers else options["answers_file"],
        metadata_path=options["metadata_path"],
        remove=options["path_remove"],
    )
    if writable:
        folders.check_writable(folder.path)
    if folder.answers.missing:
        printing.write(f"{folder.answers.missing} tasks have no entry in the answers; they are items without votes.\n")
    return folder


def with_all(wanted: list[str], everything: Callable[[], list[str]]) -> list[str]:
    """The wanted names, and every one where `all` is among them; to know these, all of them are loaded."""
    named = [name for name in wanted if name != "all"]
    return list(dict.fromkeys(named + everything())) if "all" in wanted else named
