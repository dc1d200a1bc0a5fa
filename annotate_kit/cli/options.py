"""The commands and their options, as argparse wants them. Read without NumPy, so that --help is there at once."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from pathlib import Path
from typing import Any

from annotate_kit.deep.settings import OPTIMIZERS, SCHEDULERS, Settings
from annotate_kit.registry import Registry

PATHS = [
    ("--metadata", "a metadata.json to begin with"),
    ("--label-names", "file with the classes' names, one a line, in the labels' order"),
    ("--files-path", "file with the pictures' names, one a line, in the tasks' order"),
    ("--train-path", "folder of class folders of pictures"),
    ("--test-ground-truth", "labels of the test pictures"),
    ("--test-path", "folder of class folders of test pictures"),
    ("--val-path", "the same for validation; without it a fifth of the train pictures is taken"),
]

ROW = '{"task": "t1", "worker": "w1", "label": "cat"}'
"""A line of a file that is followed."""


def install_options(parser: ArgumentParser) -> None:
    """Make a dataset's folder from answers, pictures and names."""
    parser.add_argument("path", type=Path, help="the folder to make; a customDataset.py stands for the folder it is in")
    parser.add_argument("--answers", type=Path, required=True, help="the votes")
    formats = "0: matrix of tasks x workers, -1 for none; 1: JSON task, worker, label; 2: JSON worker, task, label"
    parser.add_argument("--answers-format", type=int, default=0, choices=[0, 1, 2], help=formats)
    parser.add_argument("--test-ground-truth-format", type=int, default=-1, choices=[-1, 0, 1, 2])
    for option, means in PATHS:
        parser.add_argument(option, type=Path, help=means)
    parser.add_argument("--no-task", action="store_true", help="the votes only, no pictures")
    parser.add_argument("--copy", action="store_true", help="copy the pictures instead of linking to them")


def aggregate_options(parser: ArgumentParser) -> None:
    """Find what is behind the answers: labels of a folder's, values of a file's (--type), labels as they come."""
    folder_options(parser)
    means = "MV, dawid_skene, 'plantnet[alpha=0.6]', …; may be given several times; all = every one; default auto"
    parser.add_argument("-s", "--strategy", action="append", help=means)
    parser.add_argument("--hard", action="store_true", help="write labels instead of beliefs")
    parser.add_argument("--gold", type=Path, help=".npy of known labels, -1 where unknown")
    parser.add_argument("--probabilities", type=Path, help=".npy of a classifier's probabilities, tasks x classes")
    _seed_option(parser, "decides ties, and what is random in a strategy")
    growing = parser.add_argument_group("for a file of votes that grows, beside a folder's or alone")
    means = f"a file of one vote a line, or - for a pipe: {ROW}; prints each task whose label changes"
    growing.add_argument("--follow", type=Path, help=means)
    growing.add_argument("--idle", type=seconds, metavar="SECONDS", help="end when nobody has voted for so long")
    of_file = parser.add_argument_group("for a file of spans, shapes, texts … (.ndjson) instead of a folder")
    of_file.add_argument("--type", choices=Registry("annotate_kit.merging").names, help="what the file's values are")
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


def compare_options(parser: ArgumentParser) -> None:
    """Run all strategies side by side; writes nothing but the picture."""
    folder_options(parser)
    means = "a strategy to compare; may be given several times; default every one that needs votes alone"
    parser.add_argument("-s", "--strategy", action="append", help=means)
    parser.add_argument("--picture", type=Path, help="an .svg to write: the crowd's confusions and people's skill")
    _seed_option(parser, "decides ties, and what is random in a strategy")


def report_options(parser: ArgumentParser) -> None:
    """Write one HTML file about a folder: strategies, confusions, workers and the least certain tasks."""
    folder_options(parser)
    means = "a strategy to show; may be given several times; all = every one; default auto, majority_vote, dawid_skene"
    parser.add_argument("-s", "--strategy", action="append", help=means)
    parser.add_argument("--out", type=Path, help="the .html to write; default report.html in the folder")
    _seed_option(parser, "decides ties, and what is random in a strategy")


def identify_options(parser: ArgumentParser) -> None:
    """Find tasks that are ambiguous and workers who tell little."""
    folder_options(parser)
    means = "entropy, trace_confusion, spam_score, krippendorffAlpha, …; may be given several times; all = every one"
    parser.add_argument("-s", "--method", action="append", help=means)
    parser.add_argument("-K", "--n-classes", type=int, help="checked against the metadata")
    parser.add_argument("--labels", type=Path, help="another file of answers")
    parser.add_argument("--matrix-file", type=Path, help=".npy of confusion matrices, instead of Dawid–Skene's")
    _seed_option(parser, "the order in which a classifier sees the tasks")
    parser.add_argument(
        "--maxiter-dawid-skene", "--maxiter-DS", dest="max_iterations", type=whole_number(1), default=50
    )
    trained = parser.add_argument_group("for AUM, WAUM and WAUM_perworker, which train a classifier")
    trained.add_argument(
        "--features", type=Path, help=".npy of the tasks' features, tasks x numbers, in the answers' order"
    )
    trained.add_argument(
        "--hard-labels", type=Path, help="AUM: .npy of labels, -1 where unknown; default the majority's"
    )
    trained.add_argument("--n-epochs", type=whole_number(1), default=50)
    trained.add_argument("--alpha", type=share, default=0.01, help="share of the tasks to call too hard")
    trained.add_argument(
        "--use-pleiss", dest="pleiss", action="store_true", help="margin above the largest other label"
    )
    means = "without --use-pleiss: margin above the label after so many; 0, as peerannot has it, is 1"
    trained.add_argument("--topk", type=whole_number(0), default=0, help=means)
    network = parser.add_argument_group("for these with a network on the folder's pictures in place of --features")
    _network_options(network, model=None)
    _descent_options(network)


def simulate_options(parser: ArgumentParser) -> None:
    """Make up workers and their answers."""
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
    parser.add_argument("--seed", type=whole_number(0), default=0)
    parser.add_argument("--verbose", action="store_true", help="accepted, as peerannot has it")


def info_options(parser: ArgumentParser) -> None:
    """Tell what a folder holds; without one, which strategies and methods there are."""
    folder_options(parser)


def train_options(parser: ArgumentParser) -> None:
    """Train a network on a folder's pictures and labels; begun again after a stop, it goes on."""
    means = ".npy of labels (-1: none) or probabilities, as `aggregate` writes it; default: the class folders' labels"
    parser.add_argument("--labels", type=Path, help=means)
    _training_options(parser)


def aggregate_deep_options(parser: ArgumentParser) -> None:
    """Train a network on a folder's pictures and votes at once, by CoNAL or CrowdLayer; goes on after a stop."""
    means = "conal or crowdlayer; conal[scale=1e-5] rewards people's matrices less for being apart from the crowd's"
    parser.add_argument("-s", "--strategy", default="conal", help=means)
    parser.add_argument("--answers", type=Path, help="another file of answers")
    _training_options(parser)


def agginfo_options(parser: ArgumentParser) -> None:
    """Name the strategies of `aggregate`, and what else they are called."""


def identificationinfo_options(parser: ArgumentParser) -> None:
    """Name the methods of `identify`, and what else they are called."""


def modelinfo_options(parser: ArgumentParser) -> None:
    """Name the networks that `train`, `aggregate-deep` and their --model know."""


COMMANDS: dict[str, tuple[str, Callable[[ArgumentParser], None]]] = {
    "install": ("commands", install_options),
    "aggregate": ("commands", aggregate_options),
    "compare": ("commands", compare_options),
    "report": ("commands", report_options),
    "identify": ("commands", identify_options),
    "simulate": ("commands", simulate_options),
    "info": ("listing", info_options),
    "train": ("deep_learning", train_options),
    "aggregate-deep": ("deep_learning", aggregate_deep_options),
    "agginfo": ("listing", agginfo_options),
    "identificationinfo": ("listing", identificationinfo_options),
    "modelinfo": ("listing", modelinfo_options),
}
"""The module of each command, with a function of its name; and what adds its options, whose docstring is its help."""


def whole_number(least: int) -> Callable[[str], int]:
    """A type of argparse's; what is below is refused in a line that names the option."""

    def parsed(text: str) -> int:
        if not text.strip().removeprefix("-").isdecimal():
            raise ArgumentTypeError(f"invalid int value: {text!r}")
        if int(text) < least:
            raise ArgumentTypeError(f"it is {text}, and must be {least} or more")
        return int(text)

    return parsed


def share(text: str) -> float:
    number = _number(text)
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f"it is {text}, and must be from 0 to 1")
    return number


def seconds(text: str) -> float:
    number = _number(text)
    if not number >= 0:
        raise ArgumentTypeError(f"it is {text}, and must be 0 or more")
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"invalid float value: {text!r}") from None


def _seed_option(parser: Any, means: str) -> None:
    parser.add_argument("--seed", type=whole_number(0), default=0, help=means)


def folder_options(parser: ArgumentParser) -> None:
    parser.add_argument("path", type=Path, nargs="?", help="the dataset's folder")
    parser.add_argument("--answers-file", default="answers.json", help="name of the answers in the folder")
    parser.add_argument("--metadata-path", "--metadata_path", type=Path, help="default: metadata.json in the folder")
    parser.add_argument("--path-remove", type=Path, help="file of tasks to leave out, as a too_hard.txt")


def _training_options(parser: ArgumentParser) -> None:
    """peerannot's, with its names and defaults."""
    parser.add_argument("path", type=Path, nargs="?", help="the dataset's folder")
    parser.add_argument("-o", "--output-name", required=True, help="what the files of the results are called")
    parser.add_argument("-K", "--n-classes", type=int, help="checked against the metadata")
    parser.add_argument("--metadata-path", "--metadata_path", type=Path, help="default: metadata.json in the folder")
    parser.add_argument("--path-remove", type=Path, help="file of tasks not to learn from, as a too_hard.txt")
    parser.add_argument("--restart", action="store_true", help="begin anew where an earlier training was stopped")
    _network_options(parser.add_argument_group("the network"))
    training = parser.add_argument_group("its training")
    training.add_argument("--n-epochs", type=int, default=Settings.n_epochs)
    _descent_options(training)
    _schedule_options(training)
    _seed_option(training, "the first weights, and the order of pictures")


def _network_options(group: Any, model: str | None = Settings.model) -> None:
    means = f"a name of modelinfo; default {model}" if model else "a name of modelinfo"
    group.add_argument("--model", type=str.lower, default=model, help=means)
    group.add_argument("--img-size", type=int, default=Settings.img_size, help="side in pixels; default 224")
    means = "weights to begin with, as torch.save or `train` wrote them; nothing is downloaded"
    group.add_argument("--pretrained", type=Path, metavar="FILE", help=means)
    group.add_argument("--freeze", action="store_true", help="train the last layer alone")
    means = "resnet18 without the early loss of resolution; on where the path has cifar in it"
    group.add_argument("--small-pictures", dest="small", action="store_true", help=means)
    group.add_argument("--n-params", type=int, help="accepted, as peerannot has it; --img-size says it")


def _descent_options(group: Any) -> None:
    group.add_argument("--batch-size", type=int, default=Settings.batch_size)
    group.add_argument(
        "-optim", "--optimizer", type=str.lower, choices=OPTIMIZERS, default=Settings.optimizer, help="default sgd"
    )
    group.add_argument("--lr", type=float, default=Settings.lr, help="learning rate; default 0.1")
    group.add_argument("--momentum", type=float, default=Settings.momentum, help="of sgd; default 0.9")
    group.add_argument("--decay", type=float, default=Settings.decay, help="weight decay of sgd; default 5e-4")
    means = "of each picture one of: sheared by up to 15°, mirrored, cropped"
    group.add_argument("--data-augmentation", action="store_true", help=means)
    group.add_argument("--num-workers", type=int, default=Settings.num_workers, help="threads that read pictures")


def _schedule_options(group: Any) -> None:
    means = "multistep: --lr-decay at the milestones; cosine: annealed, begun again after as many epochs as the first"
    group.add_argument("--scheduler", type=str.lower, choices=SCHEDULERS, default=Settings.scheduler, help=means)
    group.add_argument("-m", "--milestones", type=int, action="append", help="an epoch; repeatable; default 50")
    group.add_argument("--lr-decay", type=float, default=Settings.lr_decay, help="default 0.1")
