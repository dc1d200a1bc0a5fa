"""`crowd train` and `crowd aggregate-deep` beside peerannot's, on one folder of pictures with simulated people.

    .venv/bin/python benchmarks/networks.py [--seeds 3] [--epochs 6] [--pictures 2100] [--only NAME] [--python PYTHON]

The pictures are scikit-learn's digits, shifted by up to a pixel, 32 × 32; three of thirty people vote on each.
Both train a ResNet-18 without pretrained weights on the same labels (Dawid–Skene's, soft) and from the same votes. Each
run has a process of its own, one thread of computation, in an environment with PyTorch, made under var/peers/ (or that
`--python` names). peerannot asks the Internet for its networks, and torchvision has no build for processors alone:
stand-ins for what it uses of both are below, its ResNet-18 being ours, which has the same layers.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import types
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PEOPLE, VOTES = 30, 3
DEEP = ["torch==2.13.0", "torchmetrics", "numpy", "scipy", "orjson", "pillow", "pandas", "scikit-learn"]
PEER = ["click", "tqdm", "loguru", "pydantic", "sparse==0.15.5"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument(
        "--pictures", type=int, default=2100, help="to learn from; a seventh for validation, 600 to test"
    )
    parser.add_argument("--only", default="", help="commands with this in their name, such as train")
    parser.add_argument("--python", help="of an environment that has PyTorch and peerannot")
    parser.add_argument("--contestant", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contestant:
        compete(*options.contestant)
        return
    python = options.python or peer_python()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "labelme_digits"
        make_folder(place, options.pictures)  # peerannot trains where the path has one of three names
        print("| | | test accuracy (%), seed by seed | mean | CPU s | peak MB |\n|---|---|---|---|---|---|")
        for title, command in ((title, command) for title, command in COMMANDS.items() if options.only in title):
            for contestant in ("annotate_kit", "peerannot"):
                print(row(title, contestant, python, place, command, options), flush=True)


COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "`train`, soft labels": lambda folder: [
        "train",
        str(folder),
        "--labels",
        str(folder / "labels/labels_digits_ds.npy"),
    ],
    "`aggregate-deep -s crowdlayer`": lambda folder: [
        "aggregate-deep",
        str(folder),
        "-s",
        "crowdlayer",
        *votes(folder),
    ],
    "`aggregate-deep -s conal`": lambda folder: ["aggregate-deep", str(folder), "-s", "conal", *votes(folder)],
}


def votes(folder: Path) -> list[str]:
    return ["--answers", str(folder / "answers.json")]


def row(
    title: str, contestant: str, python: str, folder: Path, command: Callable[[Path], list[str]], options: Any
) -> str:
    """A row of the table: all seeds of one command by one of both."""
    accuracies, seconds, megabytes = [], [], []
    for seed in range(options.seeds):
        name = f"{contestant}-{seed}"
        arguments = [*command(folder), "-o", name, "-K", "10", "--seed", str(seed), "--n-epochs", str(options.epochs)]
        arguments += ["--img-size", "32", "--lr", "0.01", "--model", "resnet18", "--batch-size", "64"]
        run = [python, __file__, "--contestant", contestant, *arguments]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        done = subprocess.run(run, capture_output=True, text=True, check=False, cwd=folder, env=environment)
        if done.returncode:
            return f"| {title} | {contestant} | left out: {done.stderr.strip().splitlines()[-1]} | | | |"
        figures = json.loads(done.stdout.strip().splitlines()[-1])
        accuracies.append(json.loads((folder / f"results/{name}.json").read_text())["test_accuracy"])
        seconds.append(figures["seconds"])
        megabytes.append(figures["megabytes"])
    each = " ".join(f"{accuracy:.1f}" for accuracy in accuracies)
    figures = f"{np.mean(accuracies):.1f} | {np.mean(seconds):.0f} | {max(megabytes):.0f}"
    return f"| {title} | {contestant} | {each} | {figures} |"


def make_folder(folder: Path, pictures: int) -> None:
    """Pictures in their class folders, votes, and Dawid–Skene's labels; so many to learn from."""
    sys.path[0] = str(ROOT)
    from PIL import Image
    from sklearn.datasets import load_digits

    from annotate_kit import cli
    from annotate_kit.formats.datasets import peerannot as format_of_peerannot

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(y))
    pools = {"test": order[:350], "val": order[350:550], "train": order[550:]}  # none is in two parts, shifted or not
    key, truth = 0, []
    for part, n in {"train": pictures, "val": pictures // 7, "test": 600}.items():
        for original in np.resize(pools[part], n):
            pixels = np.roll(X[original].reshape(8, 8) * 255 / 16, rng.integers(-1, 2, 2), axis=(0, 1)).astype(np.uint8)
            place = folder / part / str(y[original])
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels).resize((32, 32)).save(place / f"digit-{key}.png")
            truth.append(int(y[original]))
            key += 1
    item, annotator, label = simulated_votes(np.array(truth[:pictures]), rng)
    format_of_peerannot.write_answers(folder / "answers.json", item, annotator, label, range(pictures))
    format_of_peerannot.save_json(
        folder / "metadata.json", {"name": "digits", "n_classes": 10, "n_workers": PEOPLE, "n_task": pictures}
    )
    cli.run(["aggregate", str(folder), "-s", "DS"])


def simulated_votes(truth: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """People who are right four to nine times in ten, and otherwise mostly confuse a digit with its neighbour."""
    item = np.repeat(np.arange(len(truth)), VOTES)
    annotator = np.concatenate([rng.choice(PEOPLE, VOTES, replace=False) for _ in truth])
    right = rng.random(len(item)) < rng.uniform(0.4, 0.9, PEOPLE)[annotator]
    neighbour = rng.random(len(item)) < 0.6
    wrong = np.where(neighbour, (truth[item] + 1) % 10, rng.integers(0, 10, len(item)))
    return item, annotator, np.where(right, truth[item], wrong)


def peer_python() -> str:
    """The Python of an environment with PyTorch and peerannot, made where it is missing."""
    folder = ROOT / "var" / "peers" / "networks"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        for needs in ([*DEEP, *PEER], ["--no-deps", "peerannot==0.0.1.post43"]):
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *needs], check=True)
        (folder / "complete").touch()
    return str(python)


def compete(contestant: str, *arguments: str) -> None:
    """Run in the contestant's own process; what it took is the last line."""
    started = time.process_time()
    sys.path[0] = str(ROOT)
    {"annotate_kit": run_annotate_kit, "peerannot": run_peerannot}[contestant](list(arguments))
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = time.process_time() - started + usage[1].ru_utime + usage[1].ru_stime
    print("\n" + json.dumps({"seconds": seconds, "megabytes": max(used.ru_maxrss for used in usage) / 1024}))


def run_annotate_kit(arguments: list[str]) -> None:
    from annotate_kit import cli

    cli.run(arguments)


def run_peerannot(arguments: list[str]) -> None:
    stand_in_for_torchvision()
    from peerannot.runners.run import run
    from peerannot.runners.train import trainmod

    command, *rest = arguments
    (trainmod if command == "train" else run).main([command, *rest], standalone_mode=False)


def stand_in_for_torchvision() -> None:
    """What peerannot uses of torchvision and of PyTorch's hub, without the Internet."""
    import torch
    import torchmetrics  # noqa: F401  before the stand-in: it does without torchvision, but not with half of it

    from annotate_kit.networks import resnet18

    torch.hub.list = lambda *_, **__: ["resnet18"]
    torch.hub.load = lambda *_, **__: resnet18.make(1000, 224)
    modules = {
        name: types.ModuleType(name) for name in ("torchvision", "torchvision.datasets", "torchvision.transforms")
    }
    for name, module in modules.items():
        module.__spec__ = ModuleSpec(name, None)
    top, datasets, transforms = modules.values()
    vars(top).update(datasets=datasets, transforms=transforms)
    vars(datasets).update(ImageFolder=ImageFolder)
    vars(transforms).update(Resize=Resize, ToTensor=ToTensor, Normalize=Normalize, Compose=Compose)
    sys.modules.update(modules)


class ImageFolder:
    """Pictures of class folders, opened each time that one is asked for."""

    def __init__(self, root: Path, transform: Callable[[Any], Any]) -> None:
        classes = sorted(path.name for path in Path(root).iterdir())
        self.class_to_idx = {name: number for number, name in enumerate(classes)}
        files = [(file, name) for name in classes for file in sorted((Path(root) / name).iterdir())]
        self.samples = [(str(file), self.class_to_idx[name]) for file, name in files]
        self.targets = [target for _, target in self.samples]
        self.transform = transform

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, row: int) -> tuple[Any, Any]:
        from PIL import Image

        path, target = self.samples[row]
        with Image.open(path) as picture:
            return self.transform(picture.convert("RGB")), target


class Resize:
    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size

    def __call__(self, picture: Any) -> Any:
        return picture.resize(self.size, 2)  # bilinear


class ToTensor:
    def __call__(self, picture: Any) -> Any:
        import torch

        return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255


class Normalize:
    def __init__(self, mean: list[float], deviation: list[float]) -> None:
        import torch

        self.mean, self.deviation = (torch.tensor(values).reshape(3, 1, 1) for values in (mean, deviation))

    def __call__(self, tensor: Any) -> Any:
        return (tensor - self.mean) / self.deviation


class Compose:
    def __init__(self, transforms: list[Callable[[Any], Any]]) -> None:
        self.transforms = transforms

    def __call__(self, value: Any) -> Any:
        for transform in self.transforms:
            value = transform(value)
        return value


if __name__ == "__main__":
    main()
