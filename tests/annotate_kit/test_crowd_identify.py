"""The command line for folders: who and what is suspect, simulations, and what a folder holds."""

import json

import numpy as np
import pytest

from annotate_kit import aggregation, identification, simulation
from annotate_kit.cli import CommandFailed
from tests.annotate_kit.conftest import files

SMALL = ["--n-worker", "6", "--n-task", "15", "-K", "3", "-r", "0.5", "-wl", "10"]


# identify


@pytest.mark.parametrize(
    ("method", "file", "shape"),
    [
        ("entropy", "entropies.npy", (3,)),
        ("trace_confusion", "traces_confusion.npy", (4,)),
        ("spam_score", "spam_score.npy", (4,)),
        ("krippendorffAlpha", "krippendorff_alpha.npy", ()),
    ],
)
def test_identifications_are_written_where_peerannot_writes_them(toy, crowd, method, file, shape):
    crowd("identify", toy, "-s", method, "-K", 2)
    assert np.load(toy / "identification" / file).shape == shape


def test_every_identification_is_run_by_all_and_names_suspects(crowd_folder, crowd):
    rows = {row["method"]: row for row in crowd("identify", crowd_folder, "-s", "all", "--json")}
    assert set(rows) == set(identification.votes_only())
    assert set(rows["consensus_agreement"]["suspects"][:3]) == {6, 7, 8}
    assert rows["krippendorff_alpha"]["median"] == pytest.approx(float(np.load(rows["krippendorff_alpha"]["file"])))


def test_matrices_of_a_file_are_used(crowd_folder, crowd):
    crowd("identify", crowd_folder, "-s", "trace_confusion", "--matrix-file", crowd_folder / "matrices.npy")
    assert np.load(crowd_folder / "identification/traces_confusion.npy") == pytest.approx([3] * 6 + [1] * 3)


def test_suspect_tasks_are_named_by_their_keys(toy, crowd):
    (toy / "answers.json").write_text('{"10": {"0": 1, "1": 1}, "11": {"0": 1, "1": 0}}')
    (row,) = crowd("identify", toy, "-s", "entropy", "--json")
    assert row["suspects"][0] == 11


# simulate, install, info


@pytest.mark.parametrize("strategy", simulation.registry.names)
def test_a_simulation_is_a_folder_that_can_be_aggregated(tmp_path, crowd, strategy):
    folder = tmp_path / "made"
    spelled = strategy.replace("_", "-")
    crowd(
        "simulate",
        "--folder",
        folder,
        "-s",
        spelled,
        *SMALL,
    )
    extra = {"discrete_difficulty": ["difficulties.npy"], "student_teacher": ["student_teacher_association.npy"]}
    always = ["answers.json", "ground_truth.npy", "matrices.npy", "metadata.json"]
    assert files(folder) == sorted(always + extra.get(strategy, []))
    assert np.load(folder / "matrices.npy").shape == (6, 3, 3)
    metadata = json.loads((folder / "metadata.json").read_text())
    assert {"name": spelled, "n_workers": 6, "n_classes": 3, "n_task": 15, "workerload": 10}.items() <= metadata.items()
    crowd("aggregate", folder, "-s", "MV")


def test_another_simulation_in_the_same_folder_leaves_nothing_of_the_first(tmp_path, crowd):
    for strategy in ("discrete-difficulty", "hammer-spammer"):
        crowd("simulate", tmp_path / "made", "-s", strategy)
    assert not (tmp_path / "made/difficulties.npy").exists()


def test_votes_are_installed(tmp_path, crowd):
    (tmp_path / "answers.txt").write_text("1 0 1\n0 -1 0\n")
    crowd("install", tmp_path / "new/customDataset.py", "--answers", tmp_path / "answers.txt", "--no-task")
    assert files(tmp_path / "new") == ["answers.json", "metadata.json"]
    assert json.loads((tmp_path / "new/answers.json").read_text()) == {
        "0": {"0": 1, "1": 0, "2": 1},
        "1": {"0": 0, "2": 0},
    }


def test_info_tells_what_a_folder_holds(toy, crowd):
    figures = {row["what"]: row["value"] for row in crowd("info", toy, "--json")}
    assert (figures["tasks"], figures["workers"], figures["classes"], figures["answers"]) == (3, 4, 2, 9)
    assert figures["Krippendorff's α"] == pytest.approx(0.1111, abs=1e-4)


def test_info_without_a_folder_names_every_strategy_and_method(crowd):
    named = {(row["for"], row["name"]) for row in crowd("info", "--json")}
    for command, kind in (("aggregate", aggregation), ("identify", identification), ("simulate", simulation)):
        assert {(command, name) for name in kind.registry.names} <= named


@pytest.mark.parametrize(
    ("method", "place"), [("WAUM", "waum_0.05_yang"), ("WAUM_perworker", "waum_perworker_0.05_yang")]
)
def test_weighted_areas_are_written_where_peerannot_writes_them(crowd_folder, crowd, tmp_path, method, place):
    truth = np.load(crowd_folder / "ground_truth.npy")
    np.save(tmp_path / "X.npy", np.eye(truth.max() + 1)[truth])
    options = ("--features", tmp_path / "X.npy", "--n-epochs", 3, "--alpha", 0.05)
    (row,) = crowd("identify", crowd_folder, "-s", method, *options, "--json")
    folder = crowd_folder / "identification" / "logistic" / place
    assert row["file"] == str(folder)
    table = (folder / "waum.csv").read_text().splitlines()
    assert table[0] == "index,task,waum"
    assert len(table) == len(truth) + 1
    hard = np.loadtxt(folder / "too_hard_0.05.txt", dtype=int, ndmin=2)
    assert hard.shape[1] == 2
    assert set(json.loads((folder / "score_per_worker.json").read_text())) == set(map(str, range(len(truth))))
    labels = np.load(crowd_folder / "labels" / f"labels_{method.lower()}_0.05.npy")
    assert (labels[hard[:, 0]] == 0).all()
    assert (labels.argmax(axis=1) == truth)[labels.any(axis=1)].mean() > 0.8


def test_areas_under_the_margin_are_written_and_want_features(crowd_folder, crowd, tmp_path):
    truth = np.load(crowd_folder / "ground_truth.npy")
    np.save(tmp_path / "X.npy", np.eye(truth.max() + 1)[truth])
    crowd("identify", crowd_folder, "-s", "AUM", "--features", tmp_path / "X.npy", "--n-epochs", 2, "--use-pleiss")
    lines = (crowd_folder / "identification/logistic/aum/aum_values.csv").read_text().splitlines()
    assert lines[0] == "sample_id,filename,AUM_pleiss"
    assert (crowd_folder / "identification/logistic/aum/too_hard_0.01.txt").exists()
    with pytest.raises(CommandFailed, match="give the tasks' features by --features"):
        crowd("identify", crowd_folder, "-s", "AUM")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["-s", "entropy", "--features", "X.npy"], "identify by entropy goes without --features"),
        (["-s", "AUM", "--features", "X.npy", "--freeze"], "identify without --model goes without --freeze"),
        (["-s", "AUM", "--features", "X.npy", "--model", "small_cnn"], "--model goes without --features"),
    ],
)
def test_options_that_would_do_nothing_are_refused(crowd_folder, crowd, options, message):
    with pytest.raises(CommandFailed, match=message):
        crowd("identify", crowd_folder, *options)


def test_workers_who_make_the_same_errors_are_named(tmp_path, crowd):
    rng = np.random.default_rng(0)
    truth = np.arange(200) % 3
    votes = np.where(rng.random((200, 8)) < 0.65, truth[:, None], rng.integers(0, 3, (200, 8)))
    votes[:, 1] = np.where(rng.random(200) < 0.9, votes[:, 0], votes[:, 1])
    folder = tmp_path / "copied"
    folder.mkdir()
    answers = {str(i): {str(a): int(label) for a, label in enumerate(row)} for i, row in enumerate(votes)}
    (folder / "answers.json").write_text(json.dumps(answers))
    (folder / "metadata.json").write_text('{"name": "copied", "n_classes": 3, "n_workers": 8}')
    (row,) = crowd("aggregate", folder, "--json")
    assert [pair.split(" (")[0] for pair in row["make the same errors"]] == ["0 and 1"]
    (row,) = crowd("aggregate", folder, "-s", "MV", "--json")
    assert "make the same errors" not in row
