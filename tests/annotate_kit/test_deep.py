"""Networks from the command line: trained on a folder's pictures, labels and votes, stopped and continued."""

import json
import os
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotate_kit import cli, networks
from annotate_kit.cli import CommandFailed, printing
from annotate_kit.deep.measuring import calibration_error, measure
from annotate_kit.deep.settings import Settings
from annotate_kit.formats.datasets import peerannot

INSTALLED = find_spec("torch") is not None
deep = [pytest.mark.deep, pytest.mark.skipif(not INSTALLED, reason="PyTorch is not installed: make test-deep")]
KIT = Path(__file__).parents[2]
SMALL = ["--model", "small_cnn", "--img-size", "8", "--batch-size", "16", "--lr", "0.05"]
K, PEOPLE = 3, 9


@pytest.fixture
def pictures(tmp_path):
    """Sixty pictures of bars in three places, most of them to learn from, with three votes each."""
    rng = np.random.default_rng(0)
    truth = np.arange(60) % K
    for key, label in enumerate(truth):
        pixels = rng.integers(0, 90, (8, 8, 3), dtype=np.uint8)
        pixels[:, 3 * label : 3 * label + 2] = 230
        part = "train" if key < 36 else "val" if key < 48 else "test"
        place = tmp_path / "bars" / part / "abc"[label]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place / f"bar-{key}.png")
    item = np.repeat(np.arange(48), 3)
    annotator = np.concatenate([rng.choice(PEOPLE, 3, replace=False) for _ in range(48)])
    label = np.where(rng.random(len(item)) < 0.8, truth[item], rng.integers(0, K, len(item)))
    folder = tmp_path / "bars"
    peerannot.write_answers(folder / "answers.json", item, annotator, label, range(48))
    peerannot.save_json(folder / "metadata.json", {"name": "bars", "n_classes": K, "n_workers": PEOPLE})
    return folder


def crowd(*arguments):
    out = cli.run([str(argument) for argument in arguments])
    return json.loads(out) if "--json" in arguments else out


def results(folder, name):
    return json.loads((folder / f"results/{name}.json").read_text())


class TestWithoutPyTorch:
    def test_modelinfo_names_every_network(self):
        assert [row["model"] for row in crowd("modelinfo", "--json")] == networks.registry.names

    @pytest.mark.parametrize(
        "command",
        [("train", "-o", "x"), ("aggregate-deep", "-o", "x"), ("identify", "-s", "AUM", "--model", "small_cnn")],
        ids=lambda command: command[0],
    )
    def test_a_command_that_needs_it_tells_how_to_install_it(self, pictures, monkeypatch, command):
        monkeypatch.setattr("annotate_kit.cli.deep_learning.NEEDED", {"torch_that_is_not_there": "PyTorch"})
        with pytest.raises(CommandFailed, match=r"PyTorch must be installed: pip install 'annotate-kit\[deep\]'"):
            crowd(*command, pictures)
        assert not (pictures / "results").exists()

    def test_the_other_commands_do_not_import_it(self):
        program = "import sys; sys.modules['torch'] = None; from annotate_kit.cli import main; sys.exit(main(['info']))"
        assert (
            subprocess.run([sys.executable, "-c", program], cwd=KIT, capture_output=True, check=False).returncode == 0
        )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--model", "resnet19"], "there is no model 'resnet19'; there are resnet18, small_cnn"),
            (["--lr", "0"], "--lr is 0.0; it must be above 0"),
            (["--batch-size", "1"], "--batch-size is 1; networks normalise"),
            (["-m", "0"], "--milestones are numbers of epochs from 1 on"),
            (["--freeze"], "--freeze trains the last layer alone; give the others' weights by --pretrained"),
            (["-o", "a/b"], "--output-name is 'a/b'; it names files"),
            (["-K", "7"], "-K is 7, but n_classes is 3"),
        ],
    )
    def test_wrong_options_are_refused_before_the_work(self, pictures, options, message):
        with pytest.raises(CommandFailed) as refused:
            crowd("train", pictures, "-o", "x", *options)
        assert message in str(refused.value)

    def test_the_settings_are_peerannots(self):
        settings = Settings()
        assert (settings.model, settings.lr, settings.momentum, settings.decay) == ("resnet18", 0.1, 0.9, 5e-4)
        assert (settings.n_epochs, settings.batch_size, settings.img_size, settings.milestones) == (100, 64, 224, (50,))

    def test_figures_are_those_of_the_logits(self):
        logits = np.log(np.array([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7], [0.9, 0.1]]))
        figures = measure(logits, np.array([0, 1, 1, 0]))
        assert figures["accuracy"] == 75
        assert figures["loss"] == pytest.approx(-np.log([0.8, 0.4, 0.7, 0.9]).mean())
        assert figures["ece"] == pytest.approx((0.2 + 0.6 + 0.3 + 0.1) / 4)
        assert calibration_error(np.array([0.5, 0.5]), np.array([True, False])) == 0

    def test_with_many_labels_the_right_one_may_be_among_the_first(self):
        logits = np.tile(np.arange(8.0), (2, 1))
        figures = measure(logits, np.array([6, 2]))
        assert (figures["micro_top2"], figures["micro_top5"], figures["macro_top5"]) == (50, 50, 50)

    def test_the_bar_tells_the_loss_and_the_time_that_remains(self, monkeypatch, capsys):
        clock = iter([0.0, 10.0, 20.0, 30.0])
        monkeypatch.setattr(printing.time, "monotonic", lambda: next(clock))
        with printing.bar("batch") as show:
            for done in (6, 7, 8):  # five were done before it was stopped
                show(done, 10, "epoch 1 of 2, loss 0.5")
        assert capsys.readouterr().err.splitlines() == [
            "6/10 batch, epoch 1 of 2, loss 0.5, 40 s left",
            "7/10 batch, epoch 1 of 2, loss 0.5, 30 s left",
            "8/10 batch, epoch 1 of 2, loss 0.5, 20 s left",
        ]


class TestNetworks:
    pytestmark = deep

    @pytest.mark.parametrize("name", networks.registry.names)
    @pytest.mark.parametrize("small", [False, True])
    def test_every_network_gives_logits_and_has_a_head(self, name, small):
        import torch

        entry = networks.registry.load(name)
        network = entry.make(5, 16, small)
        assert network(torch.zeros(2, 3, 16, 16)).shape == (2, 5)
        head = [parameter for key, parameter in network.named_parameters() if key.startswith(f"{entry.HEAD}.")]
        assert [parameter.shape[0] for parameter in head] == [5, 5]

    def test_the_weights_of_resnet18_are_named_as_torchvision_names_them(self):
        names = networks.registry.load("resnet18").make(1000, 224, False).state_dict()
        assert len(names) == 122
        assert sum(value.numel() for name, value in names.items() if "num_batches" not in name) == 11_699_112
        assert {"conv1.weight", "layer2.0.downsample.1.running_var", "layer4.1.bn2.bias", "fc.weight"} <= set(names)

    def test_gradients_of_the_layers_agree_with_every_vote_by_itself(self):
        import torch
        from torch import nn

        from annotate_kit.aggregation import Votes
        from annotate_kit.deep.objectives import FROM_VOTES

        votes = Votes(np.array([2, 0, 0, 1, 2]), np.array([0, 1, 0, 1, 1]), np.array([1, 0, 2, 1, 2]), 3, 2, 3)
        classifier = nn.Sequential(nn.Flatten(), nn.Linear(12, 3))
        objective = FROM_VOTES["crowdlayer"](classifier, votes, 12, 0.0)
        with torch.no_grad():
            objective.confusion += torch.randn_like(objective.confusion)
        pictures = torch.randn(3, 3, 2, 2)
        rows = torch.tensor([2, 0])
        z = classifier(pictures).softmax(dim=1)
        own = [
            -(z[item] @ objective.confusion[who]).log_softmax(dim=0)[label]
            for item, who, label in zip(votes.item, votes.annotator, votes.label, strict=True)
            if item in (0, 2)
        ]
        assert float(objective.loss(pictures[rows], rows).detach()) == pytest.approx(
            float(torch.stack(own).mean().detach())
        )


class TestTraining:
    pytestmark = deep

    def test_a_network_learns_the_folder_and_tells_how_well(self, pictures):
        (row,) = crowd("train", pictures, "-o", "bars", "--n-epochs", "8", *SMALL, "--json")
        assert row["test accuracy (%)"] > 90
        figures = results(pictures, "bars")
        assert len(figures["train_loss"]) == len(figures["val_loss"]) == len(figures["val_accuracy"]) == 8
        assert figures["test_accuracy"] == row["test accuracy (%)"]
        assert {"test_loss", "test_ece"} <= set(figures)
        assert (pictures / "best_models/small_cnn/bars.pth").is_file()
        assert not list(pictures.rglob("*.checkpoint"))

    def test_labels_of_a_strategy_soft_or_hard_are_learned(self, pictures):
        crowd("aggregate", pictures, "-s", "MV", "-s", "naive_soft")
        for name, file in (("hard", "labels_bars_mv.npy"), ("soft", "labels_bars_naive_soft.npy")):
            labels = ["--labels", pictures / "labels" / file]
            (row,) = crowd("train", pictures, "-o", name, *labels, "--n-epochs", "8", *SMALL, "--json")
            assert row["pictures"] == 36
            assert row["test accuracy (%)"] > 80

    def test_tasks_without_a_label_and_removed_ones_are_left_out(self, pictures):
        np.save(pictures / "some.npy", np.where(np.arange(48) < 30, np.arange(48) % K, -1))
        (pictures / "hard.txt").write_text("-1 0\n-1 5\n")
        options = ["--labels", pictures / "some.npy", "--path-remove", pictures / "hard.txt"]
        (row,) = crowd("train", pictures, "-o", "x", *options, "--n-epochs", "1", *SMALL, "--json")
        assert row["pictures"] == 28

    def test_labels_that_were_written_without_the_removed_tasks_still_belong_to_theirs(self, pictures):
        (pictures / "hard.txt").write_text("-1 0\n-1 5\n")
        np.save(pictures / "moved.npy", np.delete(np.arange(48) % K, [0, 5]))
        options = ["--labels", pictures / "moved.npy", "--path-remove", pictures / "hard.txt"]
        (row,) = crowd("train", pictures, "-o", "x", *options, "--n-epochs", "8", *SMALL, "--json")
        assert row["pictures"] == 34
        assert row["test accuracy (%)"] > 90

    @pytest.mark.parametrize(
        ("array", "message"),
        [
            (np.zeros(7, int), "has 7 rows; the answers have 48 tasks"),
            (np.full(48, K), "whole numbers from 0 to 2"),
            (np.full((48, K), 0.9), "must hold probabilities"),
            (np.zeros((48, 5)), "must have the shape"),
        ],
    )
    def test_labels_that_do_not_fit_are_refused(self, pictures, array, message):
        np.save(pictures / "wrong.npy", array)
        with pytest.raises(CommandFailed, match=message):
            crowd("train", pictures, "-o", "x", "--labels", pictures / "wrong.npy", *SMALL)

    def test_a_file_that_is_no_picture_is_named(self, pictures):
        (pictures / "train/a/bar-99.png").write_bytes(b"no picture")
        with pytest.raises(CommandFailed, match=r"bar-99.png is no picture that can be read"):
            crowd("train", pictures, "-o", "x", "--n-epochs", "1", *SMALL)

    def test_a_loss_without_end_is_told_with_what_helps(self, pictures):
        with pytest.raises(CommandFailed, match="lower --lr"):
            crowd("train", pictures, "-o", "x", "--n-epochs", "9", *SMALL, "--lr", "1e30")

    def test_the_same_seed_gives_the_same_network_and_another_another(self, pictures):
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            crowd("train", pictures, "-o", name, "--seed", seed, "--n-epochs", "2", "--data-augmentation", *SMALL)
        assert results(pictures, "a") == results(pictures, "b") != results(pictures, "c")

    @pytest.mark.parametrize(
        "schedule", [["--scheduler", "cosine", "-m", "2"], ["-m", "1", "-m", "2", "-optim", "Adam"]]
    )
    def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(self, pictures, monkeypatch, schedule):
        from annotate_kit.deep import training

        options = ["--n-epochs", "5", *SMALL, "--lr", "0.01", "--data-augmentation", *schedule]
        crowd("train", pictures, "-o", "whole", *options)
        monkeypatch.setattr(training, "predict", _interrupted_after(3, training.predict))
        with pytest.raises(KeyboardInterrupt):
            crowd("train", pictures, "-o", "stopped", *options)
        monkeypatch.undo()
        assert (pictures / "best_models/small_cnn/stopped.checkpoint").exists()
        crowd("train", pictures, "-o", "stopped", *options)
        assert results(pictures, "stopped") == results(pictures, "whole")

    def test_a_checkpoint_of_other_options_is_only_continued_by_the_same(self, pictures, monkeypatch):
        from annotate_kit.deep import training

        monkeypatch.setattr(training, "predict", _interrupted_after(2, training.predict))
        with pytest.raises(KeyboardInterrupt):
            crowd("train", pictures, "-o", "x", "--n-epochs", "3", *SMALL)
        monkeypatch.undo()
        with pytest.raises(CommandFailed, match="other options or labels; give these to continue it, or --restart"):
            crowd("train", pictures, "-o", "x", "--n-epochs", "3", *SMALL, "--seed", "5")
        crowd("train", pictures, "-o", "x", "--n-epochs", "3", *SMALL, "--seed", "5", "--restart")

    @pytest.mark.processes
    def test_a_killed_process_is_continued(self, pictures):
        options = ["--n-epochs", "40", *SMALL]
        crowd("train", pictures, "-o", "whole", *options)
        command = [sys.executable, "-m", "annotate_kit", "train", pictures, "-o", "killed", *options]
        process = subprocess.Popen(list(map(str, command)), cwd=KIT, stderr=subprocess.DEVNULL)
        checkpoint = pictures / "best_models/small_cnn/killed.checkpoint"
        while not checkpoint.exists() and process.poll() is None:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert checkpoint.exists()
        crowd("train", pictures, "-o", "killed", *options)
        assert results(pictures, "killed") == results(pictures, "whole")

    def test_weights_of_a_file_are_where_it_begins_and_the_frozen_ones_stay(self, pictures):
        import torch

        crowd("train", pictures, "-o", "first", "--n-epochs", "8", *SMALL)
        weights = pictures / "best_models/small_cnn/first.pth"
        crowd("train", pictures, "-o", "next", "--n-epochs", "1", *SMALL, "--pretrained", weights, "--freeze")
        before, after = (torch.load(weights.with_stem(name)) for name in ("first", "next"))
        assert torch.equal(before["conv1.weight"], after["conv1.weight"])
        assert not torch.equal(before["fc.weight"], after["fc.weight"])

    def test_weights_of_another_network_are_refused(self, pictures):
        crowd("train", pictures, "-o", "first", "--n-epochs", "1", "--img-size", "8", "--model", "softmax_regression")
        weights = pictures / "best_models/softmax_regression/first.pth"
        with pytest.raises(CommandFailed, match=r"no weights that fit conv1\.weight"):
            crowd("train", pictures, "-o", "x", *SMALL, "--pretrained", weights)
        with pytest.raises(CommandFailed, match="no file of weights"):
            crowd("train", pictures, "-o", "x", *SMALL, "--pretrained", pictures / "answers.json")


class TestFromVotes:
    pytestmark = deep

    @pytest.mark.parametrize("strategy", ["crowdlayer", "conal", "conal[scale=1e-5]"])
    def test_a_network_learns_from_the_votes_themselves(self, pictures, strategy):
        options = ["-s", strategy, "-o", "votes", "--n-epochs", "15", *SMALL, "--json"]
        (row,) = crowd("aggregate-deep", pictures, *options)
        assert row["test accuracy (%)"] > 80
        probabilities = np.load(row["labels"])
        assert probabilities.shape == (48, K)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1)
        assert (probabilities.argmax(axis=1) == np.arange(48) % K).mean() > 0.8
        assert (pictures / "best_models/votes.pth").is_file()

    def test_an_unknown_strategy_is_told_which_there_are(self, pictures):
        with pytest.raises(CommandFailed, match="there is no strategy 'deep'; there are conal, crowdlayer"):
            crowd("aggregate-deep", pictures, "-o", "x", "-s", "deep")
        with pytest.raises(CommandFailed, match="conal has no option 'speed'; it has scale"):
            crowd("aggregate-deep", pictures, "-o", "x", "-s", "conal[speed=1]")


def _interrupted_after(calls, function):
    """The function, which from that call on is interrupted as by Ctrl+C."""
    done = 0

    def call(*arguments):
        nonlocal done
        done += 1
        if done >= calls:
            raise KeyboardInterrupt
        return function(*arguments)

    return call


class TestIdentification:
    pytestmark = deep
    WRONG = (1, 5, 12)

    @pytest.fixture
    def mislabelled(self, pictures):
        """All answers to three tasks are the same wrong one."""
        answers = json.loads((pictures / "answers.json").read_text())
        for task in self.WRONG:
            answers[str(task)] = dict.fromkeys(answers[str(task)], (task + 1) % K)
        (pictures / "answers.json").write_text(json.dumps(answers))
        return pictures

    @pytest.mark.parametrize(
        ("method", "place"),
        [("AUM", "aum"), ("WAUM", "waum_0.05_yang"), ("WAUM_perworker", "waum_perworker_0.05_yang")],
    )
    def test_a_network_finds_what_is_labelled_wrong(self, mislabelled, method, place):
        options = ["--n-epochs", "8", "--alpha", "0.05"]
        (row,) = crowd("identify", mislabelled, "-s", method, *SMALL, *options, "--json")
        assert row["file"] == str(mislabelled / "identification" / "small_cnn" / place)
        assert (mislabelled / "identification" / "small_cnn" / place / "too_hard_0.05.txt").exists()
        if method != "WAUM_perworker":  # each of nine networks sees sixteen pictures
            assert set(self.WRONG) <= set(row["suspects"][:6])

    def test_the_same_seed_gives_the_same_areas(self, mislabelled):
        areas = []
        for seed in (3, 3, 4):
            crowd("identify", mislabelled, "-s", "AUM", *SMALL, "--n-epochs", "2", "--seed", str(seed))
            areas.append((mislabelled / "identification/small_cnn/aum/aum_values.csv").read_text())
        assert areas[0] == areas[1] != areas[2]

    def test_a_task_without_a_picture_is_named(self, mislabelled):
        (mislabelled / "train/a/bar-0.png").unlink()
        with pytest.raises(CommandFailed, match="has no picture of task 0 and 0 more"):
            crowd("identify", mislabelled, "-s", "WAUM", *SMALL)
        (mislabelled / "removed.txt").write_text("0\n")
        crowd(
            "identify",
            mislabelled,
            "-s",
            "WAUM",
            *SMALL,
            "--n-epochs",
            "1",
            "--path-remove",
            mislabelled / "removed.txt",
        )

    def test_a_single_vote_is_learned(self, mislabelled):
        answers = {key: {"0": 1} if key == "0" else {"1": int(key) % K} for key in map(str, range(48))}
        (mislabelled / "answers.json").write_text(json.dumps(answers))
        crowd("identify", mislabelled, "-s", "WAUM_perworker", "--model", "resnet18", *SMALL[2:], "--n-epochs", "1")
