"""Commands that train networks on pictures: `train`, `aggregate-deep`, and `modelinfo`, which names the networks."""

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotate_kit import aggregation, networks
from annotate_kit.cli import folders, printing
from annotate_kit.cli.printing import Rows
from annotate_kit.deep.settings import NAMES, Settings
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


def _prepared(options: dict[str, Any], command: str) -> tuple[Settings, "Run"]:
    """The settings and what they are for, checked before any work."""
    path = (options["path"] or Path()).resolve()
    options["milestones"] = tuple(options["milestones"] or Settings.milestones)
    settings = settings_of(options, path)
    name = options["output_name"]
    if not name or Path(name).name != name:
        raise ValueError(f"--output-name is {name!r}; it names files, so it must be without folders")
    metadata = peerannot.read_metadata(options["metadata_path"] or path / "metadata.json")
    if options["n_classes"] not in (None, metadata.n_labels):
        raise ValueError(f"-K is {options['n_classes']}, but n_classes is {metadata.n_labels} in the metadata")
    folders.check_writable(path)
    check_installed(command)
    from annotate_kit.deep.folders import Run

    return settings, Run(path, name, metadata, options["path_remove"], options["restart"])


def settings_of(options: dict[str, Any], path: Path) -> Settings:
    """How a network is trained on the pictures of that folder; what the command has no option for is as usual."""
    networks.registry.title(options["model"])
    settings = {name: options[name] for name in NAMES if name in options}
    return Settings(**{**settings, "small": options["small"] or "cifar" in str(path).lower()})


def check_installed(command: str) -> None:
    if missing := [name for module, name in NEEDED.items() if importlib.util.find_spec(module) is None]:
        raise ImportError(
            f"{command} trains networks, for which {' and '.join(missing)} must be installed: "
            "pip install 'annotate-kit[deep]', or pip install -r requirements-deep.txt beside the platform"
        )
