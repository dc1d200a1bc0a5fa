"""The commands for a folder of answers: what `peerannot` does, and more. None needs a database."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from annotate_kit import aggregation, agreement, identification, merging, simulation
from annotate_kit.cli import comparing, deep_learning, folders, following, printing, reporting, training, values
from annotate_kit.cli.printing import Rows
from annotate_kit.formats.datasets import peerannot
from annotate_kit.formats.datasets.peerannot import Folder, Installation

Command = tuple[Callable[[dict[str, Any]], Rows], Callable[[ArgumentParser], None]]
"""What a command does with its options, and what adds these to its parser."""

PATHS = [
    ("--metadata", "a metadata.json to begin with"),
    ("--label-names", "file with the classes' names, one a line, in the labels' order"),
    ("--files-path", "file with the pictures' names, one a line, in the tasks' order"),
    ("--train-path", "folder of class folders of pictures"),
    ("--test-ground-truth", "labels of the test pictures"),
    ("--test-path", "folder of class folders of test pictures"),
    ("--val-path", "the same for validation; without it a fifth of the train pictures is taken"),
]

REPORTED = ("auto", "majority_vote", "dawid_skene")
"""The strategies that a report shows unless others are named."""


def install(options: dict[str, Any]) -> Rows:
    """Make a dataset's folder from answers, pictures and names."""
    folder = options["path"].parent if options["path"].suffix == ".py" else options["path"]
    plan = Installation(**{name: options[name] for name in Installation.__dataclass_fields__})
    metadata = peerannot.install(folder, plan, lambda pictures: printing.progress(pictures, "picture"))
    return [{"folder": str(folder), **metadata}]


def install_options(parser: ArgumentParser) -> None:
    parser.add_argument("path", type=Path, help="the folder to make; a customDataset.py stands for the folder it is in")
    parser.add_argument("--answers", type=Path, required=True, help="the votes")
    formats = "0: matrix of tasks x workers, -1 for none; 1: JSON task, worker, label; 2: JSON worker, task, label"
    parser.add_argument("--answers-format", type=int, default=0, choices=[0, 1, 2], help=formats)
    parser.add_argument("--test-ground-truth-format", type=int, default=-1, choices=[-1, 0, 1, 2])
    for option, means in PATHS:
        parser.add_argument(option, type=Path, help=means)
    parser.add_argument("--no-task", action="store_true", help="the votes only, no pictures")
    parser.add_argument("--copy", action="store_true", help="copy the pictures instead of linking to them")


def aggregate(options: dict[str, Any]) -> Rows:
    """Find what is behind the answers: labels of a folder's, values of a file's (--type), labels as they come."""
    if options["follow"]:
        return follow(options)
    if options["type"] or (options["path"] and options["path"].is_file()):
        return [merge_values(options)]
    folder = read(options, writable=True)
    knowledge = folders.Knowledge(options["gold"], options["probabilities"])
    strategies = with_all(options["strategy"] or ["auto"], folders.strategies_for_all(knowledge))
    for strategy in strategies:
        aggregation.resolve(strategy)
    arguments = {"hard": options["hard"], "seed": options["seed"], "knowledge": knowledge}
    run = folders.try_to_aggregate if "all" in (options["strategy"] or []) else folders.aggregate
    return [run(folder, strategy, **arguments) for strategy in printing.progress(strategies, "strategy")]


def aggregate_options(parser: ArgumentParser) -> None:
    folder_options(parser)
    means = "MV, dawid_skene, 'plantnet[alpha=0.6]', …; may be given several times; all = every one; default auto"
    parser.add_argument("-s", "--strategy", action="append", help=means)
    parser.add_argument("--hard", action="store_true", help="write labels instead of beliefs")
    parser.add_argument("--gold", type=Path, help=".npy of known labels, -1 where unknown")
    parser.add_argument("--probabilities", type=Path, help=".npy of a classifier's probabilities, tasks x classes")
    parser.add_argument("--seed", type=int, default=0, help="decides ties, and what is random in a strategy")
    growing = parser.add_argument_group("for a file of votes that grows, beside a folder's or alone")
    means = f"a file of one vote a line, or - for a pipe: {following.ROW}; prints each task whose label changes"
    growing.add_argument("--follow", type=Path, help=means)
    growing.add_argument("--idle", type=float, metavar="SECONDS", help="end when nobody has voted for so long")
    of_file = parser.add_argument_group("for a file of spans, shapes, texts or ratings (.ndjson) instead of a folder")
    of_file.add_argument("--type", choices=merging.registry.names, help="what the file's values are")
    of_file.add_argument(
        "--out", type=Path, help="the .ndjson to write: external_id, value, parts, confidence; also for --follow"
    )
    of_file.add_argument("--quorum", help="shapes: the share of the people who must have drawn one; default 1/3")
    of_file.add_argument("--overlap", help="spans: none, labels or free; shapes: least overlap of the same one, 0 to 1")
    of_file.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="any other option of the type"
    )
    of_file.add_argument("--model", action="store_true", help="spans: a model that learns from all is one more voter")
    of_file.add_argument("--agreement", action="store_true", help="tell how far people agree, each with its interval")


def follow(options: dict[str, Any]) -> Rows:
    """What `aggregate` does with a file that grows; the summary is told on stderr."""
    refused = [f"--{name}" for name in ("type", "gold", "probabilities", "hard") if options[name]]
    if refused:
        raise ValueError(f"--follow goes without {' and '.join(refused)}")
    strategies = options["strategy"] or ["auto"]
    if len(strategies) > 1 or strategies == ["all"]:
        raise ValueError("a file is followed with one strategy at a time")
    aggregation.resolve(strategies[0])
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
    settings = dict(name_and_value(pair) for pair in options["set"])
    settings |= {name: options[name] for name in ("quorum", "overlap") if options[name] is not None}
    how = values.How(strategies[0], options["seed"], settings, options["model"], options["agreement"])
    return values.merge(path, kind, how, options["out"])


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
    methods = with_all(options["method"] or ["entropy"], identification.votes_only())
    for method in methods:
        identification.resolve(method)
    return [run_identification(folder, method, options) for method in printing.progress(methods, "method")]


def run_identification(folder: Folder, method: str, options: dict[str, Any]) -> dict[str, Any]:
    """By a classifier's training, or by the votes alone."""
    if identification.resolve(method) in training.METHODS:
        plan = training.Training(**{name: options[name] for name in training.Training.__dataclass_fields__})
        return training.identify(folder, method, plan)
    return folders.identify(
        folder, method, matrix_file=options["matrix_file"], max_iterations=options["max_iterations"]
    )


def identify_options(parser: ArgumentParser) -> None:
    folder_options(parser)
    means = "entropy, trace_confusion, spam_score, krippendorffAlpha, …; may be given several times; all = every one"
    parser.add_argument("-s", "--method", action="append", help=means)
    parser.add_argument("-K", "--n-classes", type=int, help="checked against the metadata")
    parser.add_argument("--labels", type=Path, help="another file of answers")
    parser.add_argument("--matrix-file", type=Path, help=".npy of confusion matrices, instead of Dawid–Skene's")
    parser.add_argument("--seed", type=int, default=0, help="the order in which a classifier sees the tasks")
    parser.add_argument("--maxiter-dawid-skene", "--maxiter-DS", dest="max_iterations", type=int, default=50)
    trained = parser.add_argument_group("for AUM, WAUM and WAUM_perworker, which train a classifier")
    trained.add_argument(
        "--features", type=Path, help=".npy of the tasks' features, tasks x numbers, in the answers' order"
    )
    trained.add_argument(
        "--hard-labels", type=Path, help="AUM: .npy of labels, -1 where unknown; default the majority's"
    )
    trained.add_argument("--n-epochs", dest="epochs", type=int, default=50)
    trained.add_argument("--alpha", type=float, default=0.01, help="share of the tasks to call too hard")
    trained.add_argument(
        "--use-pleiss", dest="pleiss", action="store_true", help="margin above the largest other label"
    )


def compare(options: dict[str, Any]) -> Rows:
    """Run all strategies side by side; writes nothing but the picture."""
    folder = read(options)
    strategies = with_all(options["strategy"] or [], folders.strategies_for_all())
    for strategy in strategies:
        aggregation.resolve(strategy)
    return comparing.compare(folder, strategies, options["seed"], options["picture"])


def compare_options(parser: ArgumentParser) -> None:
    folder_options(parser)
    means = "a strategy to compare; may be given several times; default every one that needs votes alone"
    parser.add_argument("-s", "--strategy", action="append", help=means)
    parser.add_argument("--picture", type=Path, help="an .svg to write: the crowd's confusions and people's skill")
    parser.add_argument("--seed", type=int, default=0, help="decides ties, and what is random in a strategy")


def report(options: dict[str, Any]) -> Rows:
    """Write one HTML file about a folder: strategies, confusions, workers and the least certain tasks."""
    folder = read(options)
    strategies = with_all(options["strategy"] or list(REPORTED), folders.strategies_for_all())
    for strategy in strategies:
        aggregation.resolve(strategy)
    return reporting.report(folder, strategies, options["seed"], options["out"] or folder.path / "report.html")


def report_options(parser: ArgumentParser) -> None:
    folder_options(parser)
    means = "a strategy to show; may be given several times; all = every one; default auto, majority_vote, dawid_skene"
    parser.add_argument("-s", "--strategy", action="append", help=means)
    parser.add_argument("--out", type=Path, help="the .html to write; default report.html in the folder")
    parser.add_argument("--seed", type=int, default=0, help="decides ties, and what is random in a strategy")


def simulate(options: dict[str, Any]) -> Rows:
    """Make up workers and their answers."""
    return [folders.simulate(options["path"] or options["folder"], options)]


def simulate_options(parser: ArgumentParser) -> None:
    parser.add_argument("path", type=Path, nargs="?", help="the folder to make")
    parser.add_argument("--folder", type=Path, default=Path("simulation"), help="the same, as peerannot has it")
    parser.add_argument("-s", "--strategy", default="hammer-spammer", help="or student-teacher, …; see info")
    parser.add_argument("--n-worker", type=int, default=1)
    parser.add_argument("--n-task", type=int, default=20)
    parser.add_argument("-K", "--n-classes", type=int, default=2)
    parser.add_argument("-r", "--ratio", type=float, default=0.1, help="share of spammers, students or good workers")
    parser.add_argument("--ratio-diff", type=float, default=1.0, help="easy tasks for every hard one")
    parser.add_argument("--random", type=float, default=0.0, help="share of tasks that nobody can know")
    parser.add_argument("--matrix-file", type=Path, help=".npy of confusion matrices (workers, K, K)")
    parser.add_argument("-wl", "--workerload", type=int, help="most tasks that one worker answers")
    parser.add_argument("-fb", "--feedback", type=int, help="most answers that one task gets")
    parser.add_argument("--imbalance-votes", action="store_true", help="a random number of answers, 1 to feedback")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true", help="accepted, as peerannot has it")


def info(options: dict[str, Any]) -> Rows:
    """Tell what a folder holds; without one, which strategies and methods there are."""
    if options["path"]:
        return [{"what": name, "value": value} for name, value in folders.describe(read(options)).items()]
    kinds = {
        "aggregate": aggregation,
        "aggregate --type": merging,
        "identify": identification,
        "simulate": simulation,
        "agreement": agreement,
    }
    return [
        {"for": command, "name": name, "is": kind.registry.title(name)}
        for command, kind in kinds.items()
        for name in kind.registry.names
    ]


def info_options(parser: ArgumentParser) -> None:
    folder_options(parser)


COMMANDS: dict[str, Command] = {
    "install": (install, install_options),
    "aggregate": (aggregate, aggregate_options),
    "compare": (compare, compare_options),
    "report": (report, report_options),
    "identify": (identify, identify_options),
    "simulate": (simulate, simulate_options),
    "info": (info, info_options),
    "train": (deep_learning.train, deep_learning.train_options),
    "aggregate-deep": (deep_learning.aggregate_deep, deep_learning.aggregate_deep_options),
    "modelinfo": (deep_learning.modelinfo, deep_learning.modelinfo_options),
}


def folder_options(parser: ArgumentParser) -> None:
    parser.add_argument("path", type=Path, nargs="?", help="the dataset's folder")
    parser.add_argument("--answers-file", default="answers.json", help="name of the answers in the folder")
    parser.add_argument("--metadata-path", "--metadata_path", type=Path, help="default: metadata.json in the folder")
    parser.add_argument("--path-remove", type=Path, help="file of tasks to leave out, as a too_hard.txt")


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


def with_all(wanted: list[str], everything: list[str]) -> list[str]:
    """The wanted names, and every one where `all` is among them."""
    named = [name for name in wanted if name != "all"]
    return list(dict.fromkeys(named + everything)) if "all" in wanted else named
