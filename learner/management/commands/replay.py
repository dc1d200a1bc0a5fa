"""Replay recorded answers through the real queue: how many labels does active learning save on this data?"""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.core.management import BaseCommand, CommandError

from annotate_kit.acquisition import registry as acquisitions
from annotate_kit.estimators import registry as estimators
from learner.replay import drawing
from learner.replay.recording import Recording, Unusable, read
from learner.replay.running import Options, Replay, key_of

BAR = 24


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("data", type=Path, help="NDJSON rows {external_id, text? | data?, gold, annotations?}.")
        parser.add_argument("--vectors", type=Path, help="A .npy file; row i belongs to item i.")
        parser.add_argument("--test", type=Path, help="NDJSON rows to test on, which are not labelled.")
        parser.add_argument("--test-vectors", type=Path)
        parser.add_argument("--test-share", type=float, default=0.1, help="Without --test: what is held out (0.1).")
        parser.add_argument("--strategy", default="auto", choices=acquisitions.names, metavar="NAME")
        parser.add_argument("--estimator", default="auto", choices=estimators.names, metavar="NAME")
        parser.add_argument("--batch", type=int, default=100, help="Labels between two rounds (100).")
        parser.add_argument("--seeds", type=int, default=10)
        parser.add_argument("--target", type=float, default=0.99, help="Of plain logistic regression on everything.")
        parser.add_argument("--votes", default="1", choices=["1", "3", "adaptive"], help="An item.")
        parser.add_argument("--metric", default="accuracy", choices=["accuracy", "auc"])
        parser.add_argument("--most", type=int, help="End curves at so many labels.")
        parser.add_argument("--json", type=Path, help="Where to write the figures.")
        parser.add_argument("--svg", type=Path, help="Where to draw the curves; beside the figures if left out.")
        parser.add_argument("--keep", action="store_true", help="Leave the projects for a look at them.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._replay(options)
        except (Unusable, OSError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError("stopped; the same command goes on from here") from None

    def _replay(self, options: dict[str, Any]) -> None:
        _check(options)
        recording = read(options["data"], options["vectors"])
        test = read(options["test"], options["test_vectors"]) if options["test"] else None
        _check_test(recording, test)
        names = ("strategy", "estimator", "batch", "seeds", "target", "metric", "test_share", "most")
        adaptive = options["votes"] == "adaptive"
        votes = 1 if adaptive else int(options["votes"])
        settings = Options(votes=votes, adaptive=adaptive, **{name: options[name] for name in names})
        path = _state_path(options["json"], key_of(recording, test, settings))
        replay = Replay(recording, test, settings, path, self._progress)
        if replay.state.targets:
            self.stderr.write(f"Going on from {path}.")
        result = replay.run()
        self._report(result, options, settings)
        if options["keep"]:
            self.stdout.write(f"Kept the projects {', '.join(str(ids) for ids in replay.state.projects.values())}.")
        else:
            replay.clean_up()

    def _progress(self, side: str, seed: int, labels: int, score: float) -> None:
        name = "strategy" if side == "curve" else "random"
        done = "█" * min(BAR, round(BAR * score))
        end = "\r" if sys.stderr.isatty() else "\n"
        self.stderr.write(f"{name:8} seed {seed:2} {labels:6} labels {done:{BAR}} {score:.4f}", ending=end)
        self.stderr.flush()

    def _report(self, result: dict[str, Any], options: dict[str, Any], settings: Options) -> None:
        if options["json"]:
            options["json"].write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2))
        svg = options["svg"] or (options["json"].with_suffix(".svg") if options["json"] else None)
        if svg:
            curves = {"curve": result["curve"], "random": result["random"]}
            names = settings.metric, settings.strategy, settings.estimator
            svg.write_text(drawing.draw(curves, result["target"], *names))
        self.stdout.write(f"Target: {result['target']:.4f} {settings.metric}")
        self.stdout.write(f"{settings.strategy}, {settings.estimator}: {_labels(result['labels_to_target'])}")
        self.stdout.write(f"random order, plain: {_labels(result['random_labels_to_target'])}")
        if result["saving"] is not None:
            low, high = result["saving_low"], result["saving_high"]
            self.stdout.write(f"Saved: {result['saving']:.0%} (90 % interval {low:.0%} to {high:.0%})")
        for name, prefix in ((settings.strategy, ""), ("random order", "random_")):
            right = result[f"{prefix}consensus_accuracy"]
            accuracy = "" if right is None else f", consensus right on {right:.1%} of the items"
            self.stdout.write(f"{name}: {result[f'{prefix}clicks']:,.0f} clicks{accuracy}")


def _labels(number: int | None) -> str:
    return "never reached it" if number is None else f"{number:,} labels"


def _state_path(json: Path | None, key: str) -> Path:
    """Beside the figures, or with the other data of this installation."""
    if json:
        return json.with_suffix(".part.json")
    folder = Path(settings.MEDIA_ROOT).parent / "replays"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{key[:16]}.json"


def _check(options: dict[str, Any]) -> None:
    if options["batch"] < 1 or options["seeds"] < 1:
        raise CommandError("--batch and --seeds must be at least 1")
    if not 0 < options["target"] <= 1:
        raise CommandError("--target is a share of the full score, above 0 and at most 1")
    if not 0 < options["test_share"] < 1:
        raise CommandError("--test-share must lie between 0 and 1")
    if options["test_vectors"] and not options["test"]:
        raise CommandError("--test-vectors belongs to --test")


def _check_test(recording: Recording, test: Recording | None) -> None:
    if test is None:
        return
    if (recording.vectors is None) != (test.vectors is None):
        raise CommandError("with --vectors and --test, --test-vectors is needed too, and the other way round")
    if recording.kind != test.kind:
        raise CommandError("the items to label and those to test on must be of one kind, texts or records")
    if (
        recording.vectors is not None
        and test.vectors is not None
        and recording.vectors.shape[1] != test.vectors.shape[1]
    ):
        raise CommandError("the vectors to label and those to test on must have as many numbers")
