"""Commands that train networks on pictures: `train`, `aggregate-deep`, and `modelinfo`, which names the networks."""

import importlib.util
from argparse import ArgumentParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotate_kit import aggregation, networks
from annotate_kit.cli import folders, printing
from annotate_kit.cli.printing import Rows
from annotate_kit.deep.settings import NAMES, OPTIMIZERS, SCHEDULERS, Settings
from annotate_kit.formats.datasets import peerannot

if TYPE_CHECKING:
    from annotate_kit.deep.folders import Run

STRATEGIES = ("conal", "crowdlayer")
NEEDED = {"torch": "PyTorch", "PIL": "Pillow"}


def train(options: dict[str, Any]) -> Rows:
    """Train a network on a folder's pictures and labels; begun again after a stop, it goes on."""
    settings, run = _prepared(options, "train")
    from annotate_kit.deep import folders as deep

    with printing.bar("batch") as watch:
        return [deep.train(run, options["labels"], settings, watch)]


def train_options(parser: ArgumentParser) -> None:
    means = ".npy of labels (-1: none) or probabilities, as `aggregate` writes it; default: the class folders' labels"
    parser.add_argument("--labels", type=Path, help=means)
    _training_options(parser)


def aggregate_deep(options: dict[str, Any]) -> Rows:
    """Train a network on a folder's pictures and votes at once, by CoNAL or CrowdLayer; goes on after a stop."""
    strategy, extras = aggregation.name_and_options(options["strategy"])
    if strategy not in STRATEGIES:
        raise KeyError(f"annotate_kit.aggregation has no {options['strategy']!r}; it has {', '.join(STRATEGIES)}")
    if unknown := set(extras) - {"scale"}:
        raise TypeError(f"{strategy} has no option {unknown.pop()!r}; it has scale")
    if not isinstance(extras.get("scale", 0.0), int | float) or isinstance(extras.get("scale"), bool):
        raise ValueError(f"{strategy}: scale is {extras['scale']!r}; it should be a number, as in conal[scale=1e-4]")
    settings, run = _prepared(options, "aggregate-deep")
    from annotate_kit.deep import folders as deep

    path = options["answers"] or run.path / "answers.json"
    answers = peerannot.read_answers(path, run.metadata.n_annotators, run.metadata.n_labels)
    with printing.bar("batch") as watch:
        return [deep.aggregate(run, strategy, answers, settings, watch, **extras)]


def aggregate_deep_options(parser: ArgumentParser) -> None:
    means = "conal or crowdlayer; conal[scale=1e-5] rewards people's matrices less for being apart from the crowd's"
    parser.add_argument("-s", "--strategy", default="conal", help=means)
    parser.add_argument("--answers", type=Path, help="another file of answers")
    _training_options(parser)


def modelinfo(options: dict[str, Any]) -> Rows:
    """Name the networks that `train`, `aggregate-deep` and their --model know."""
    registry = networks.registry
    return [{"model": name, "is": registry.title(name), "about": registry.about(name)} for name in registry.names]


def modelinfo_options(parser: ArgumentParser) -> None:
    """It has none of its own."""


def _prepared(options: dict[str, Any], command: str) -> tuple[Settings, "Run"]:
    """The settings and what they are for, checked before any work."""
    networks.registry.title(options["model"])
    path = (options["path"] or Path()).resolve()
    options["small"] = options["small"] or "cifar" in str(path).lower()
    options["milestones"] = tuple(options["milestones"] or Settings.milestones)
    settings = Settings(**{name: options[name] for name in NAMES})
    name = options["output_name"]
    if not name or Path(name).name != name:
        raise ValueError(f"--output-name is {name!r}; it names files, so it must be without folders")
    metadata = peerannot.read_metadata(options["metadata_path"] or path / "metadata.json")
    if options["n_classes"] not in (None, metadata.n_labels):
        raise ValueError(f"-K is {options['n_classes']}, but n_classes is {metadata.n_labels} in the metadata")
    folders.check_writable(path)
    _check_installed(command)
    from annotate_kit.deep.folders import Run

    return settings, Run(path, name, metadata, options["path_remove"], options["restart"])


def _check_installed(command: str) -> None:
    if missing := [name for module, name in NEEDED.items() if importlib.util.find_spec(module) is None]:
        raise ImportError(
            f"{command} trains networks, for which {' and '.join(missing)} must be installed: "
            "pip install 'annotate-kit[deep]', or pip install -r requirements-deep.txt beside the platform"
        )


def _training_options(parser: ArgumentParser) -> None:
    """peerannot's, with its names and defaults."""
    parser.add_argument("path", type=Path, nargs="?", help="the dataset's folder")
    parser.add_argument("-o", "--output-name", required=True, help="what the files of the results are called")
    parser.add_argument("-K", "--n-classes", type=int, help="checked against the metadata")
    parser.add_argument("--metadata-path", "--metadata_path", type=Path, help="default: metadata.json in the folder")
    parser.add_argument("--path-remove", type=Path, help="file of tasks not to learn from, as a too_hard.txt")
    parser.add_argument("--restart", action="store_true", help="begin anew where an earlier training was stopped")
    _network_options(parser.add_argument_group("the network"))
    _descent_options(parser.add_argument_group("its training"))


def _network_options(group: Any) -> None:
    group.add_argument("--model", type=str.lower, default=Settings.model, help="a name of modelinfo; default resnet18")
    group.add_argument("--img-size", type=int, default=Settings.img_size, help="side in pixels; default 224")
    means = "weights to begin with, as torch.save or `train` wrote them; nothing is downloaded"
    group.add_argument("--pretrained", type=Path, metavar="FILE", help=means)
    group.add_argument("--freeze", action="store_true", help="train the last layer alone")
    means = "resnet18 without the early loss of resolution; on where the path has cifar in it"
    group.add_argument("--small-pictures", dest="small", action="store_true", help=means)
    group.add_argument("--n-params", type=int, help="accepted, as peerannot has it; --img-size says it")


def _descent_options(group: Any) -> None:
    group.add_argument("--n-epochs", type=int, default=Settings.n_epochs)
    group.add_argument("--batch-size", type=int, default=Settings.batch_size)
    group.add_argument(
        "-optim", "--optimizer", type=str.lower, choices=OPTIMIZERS, default=Settings.optimizer, help="default sgd"
    )
    group.add_argument("--lr", type=float, default=Settings.lr, help="learning rate; default 0.1")
    group.add_argument("--momentum", type=float, default=Settings.momentum, help="of sgd; default 0.9")
    group.add_argument("--decay", type=float, default=Settings.decay, help="weight decay of sgd; default 5e-4")
    means = "multistep: --lr-decay at the milestones; cosine: annealed, begun again after as many epochs as the first"
    group.add_argument("--scheduler", type=str.lower, choices=SCHEDULERS, default=Settings.scheduler, help=means)
    group.add_argument("-m", "--milestones", type=int, action="append", help="an epoch; repeatable; default 50")
    group.add_argument("--lr-decay", type=float, default=Settings.lr_decay, help="default 0.1")
    means = "of each picture one of: sheared by up to 15°, mirrored, cropped"
    group.add_argument("--data-augmentation", action="store_true", help=means)
    group.add_argument("--num-workers", type=int, default=Settings.num_workers, help="threads that read pictures")
    group.add_argument("--seed", type=int, default=Settings.seed, help="the first weights, and the order of pictures")
