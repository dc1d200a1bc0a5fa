"""The command line for folders. No test here may touch a database: none asks for one."""

import inspect
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from annotate_kit import aggregation, cli
from annotate_kit.cli import CommandFailed, folders
from tests.annotate_kit.conftest import files

PEER = Path(__file__).parents[2] / "var/peers/peerannot/bin/peerannot"

SMALL = ["--n-worker", "6", "--n-task", "15", "-K", "3", "-r", "0.5", "-wl", "10"]

GLAD = {"abilities": [0.32899, 0.21858, 1.20711, 1.22327], "difficulties": [1.05719, 0.79837, 1.26937]}
"""What peerannot 0.0.1.post33 writes for this folder."""


# aggregate


def test_several_strategies_at_once_write_their_labels_and_end_in_a_table(toy, crowd):
    printed = crowd("aggregate", toy, "-s", "MV", "-s", "dawid_skene", "-s", "DS")
    assert files(toy / "labels") == [
        "labels_toy-data_dawid_skene.npy",
        "labels_toy-data_ds.npy",
        "labels_toy-data_mv.npy",
    ]
    assert [line.split()[0] for line in printed.splitlines()] == ["strategy", "MV", "dawid_skene", "DS"]
    assert np.load(toy / "labels/labels_toy-data_mv.npy").tolist() == [1, 0, 1]
    probabilities = np.load(toy / "labels/labels_toy-data_ds.npy")
    assert probabilities.shape == (3, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)


def test_hard_labels_have_their_own_file(toy, crowd):
    crowd("aggregate", toy, "-s", "DS", "--hard")
    assert np.load(toy / "labels/labels_toy-data_ds_hard.npy").tolist() == [1, 0, 1]


def test_every_strategy_that_needs_votes_alone_is_run_by_all(crowd_folder, crowd):
    rows = crowd("aggregate", crowd_folder, "-s", "all", "--json")
    assert {row["strategy"] for row in rows} == set(folders.strategies_for_all())
    assert {"majority_vote", "dawid_skene"} <= {row["strategy"] for row in rows} <= set(aggregation.registry.names)
    for row in rows:
        assert row["labels"].startswith("none: ") or Path(row["labels"]).exists()


def test_the_table_has_the_accuracy_where_the_truth_is_known(crowd_folder, crowd):
    (row,) = crowd("aggregate", crowd_folder, "-s", "MV", "--json")
    truth, labels = np.load(crowd_folder / "ground_truth.npy"), np.load(row["labels"])
    assert row["accuracy"] == pytest.approx((truth == labels).mean(), abs=1e-4)
    assert row["shape"] == [60]


def test_abilities_and_difficulties_of_glad_are_those_that_peerannot_finds(toy, crowd):
    crowd("aggregate", toy, "-s", "GLAD")
    abilities, difficulties = (np.load(toy / f"identification/glad/{name}.npy") for name in GLAD)
    np.testing.assert_allclose(abilities, list(enumerate(GLAD["abilities"])), atol=0.015)
    np.testing.assert_allclose(difficulties, list(enumerate(GLAD["difficulties"])), atol=0.015)


def test_tasks_that_twothird_does_not_decide_are_named_and_can_be_left_out(toy, crowd):
    (toy / "answers.json").write_text('{"5": {"0": 1, "1": 0}, "6": {"0": 1, "1": 1}, "7": {"0": 1}}')
    crowd("aggregate", toy, "-s", "TwoThird")
    assert np.load(toy / "labels/labels_toy-data_twothird.npy").tolist() == [-1, 1, -1]
    too_hard = toy / "identification/twothird/too_hard.txt"
    assert too_hard.read_text() == "-1 5\n-1 7\n"
    crowd("aggregate", toy, "-s", "TwoThird", "--path-remove", too_hard)
    assert np.load(toy / "labels/labels_toy-data_twothird.npy").tolist() == [1]


def test_plantnet_hears_the_ai_and_reads_the_files_that_its_options_name(toy, crowd, monkeypatch):
    monkeypatch.chdir(toy)
    Path("answers.json").write_text(json.dumps({"0": {"0": 1, "AI": 0}, "1": {"1": 1, "AI": 0}, "2": {"2": 1}}))
    Path("authors.txt").write_text("0\n1\n-1\n")
    Path("scores.json").write_text('{"0": 0.9, "1": 0.2}')

    def labels(options):
        (row,) = crowd("aggregate", toy, "-s", f"plantnet[output_unvalidated=True,{options}]", "--json")
        return np.load(row["labels"]).tolist()

    assert labels("AI=ignored") == [1, 1, 1]
    assert labels("AI=fixed,AIweight=5") == [0, 0, 1]
    assert labels("AI=confident,AIweight=5,scores=scores.json,threshold_scores=0.5,authors=authors.txt") == [0, 1, 1]


def test_wrong_files_of_plantnet_are_named(toy, crowd):
    (toy / "authors.txt").write_text("0\n1\n")
    with pytest.raises(CommandFailed, match=r"authors.txt has 2 lines; there are 3 tasks"):
        crowd("aggregate", toy, "-s", f"plantnet[authors={toy}/authors.txt]")
    (toy / "scores.json").write_text('{"0": "high"}')
    with pytest.raises(CommandFailed, match=r"scores.json: task '0' has the score 'high'; it should be a number"):
        crowd("aggregate", toy, "-s", f"plantnet[AI=confident,threshold_scores=0.5,scores={toy}/scores.json]")
    assert files(toy) == ["answers.json", "authors.txt", "metadata.json", "scores.json"]


def test_gold_is_used_by_those_that_can(crowd_folder, crowd):
    gold = np.where(np.arange(60) < 30, np.load(crowd_folder / "ground_truth.npy"), -1)
    np.save(crowd_folder / "gold.npy", gold)
    rows = crowd("aggregate", crowd_folder, "-s", "all", "--gold", crowd_folder / "gold.npy", "--json")
    assert "gold_majority_vote" in {row["strategy"] for row in rows}
    labels = np.load(crowd_folder / "labels/labels_hammer-spammer_dawid_skene.npy").argmax(axis=1)
    assert (labels[:30] == gold[:30]).all()
    crowd("aggregate", crowd_folder, "-s", "MV", "-s", "DS", "--gold", crowd_folder / "gold.npy")
    with pytest.raises(CommandFailed, match="--gold is of no use to majority_vote; it is to auto, "):
        crowd("aggregate", crowd_folder, "-s", "majority_vote", "--gold", crowd_folder / "gold.npy")
    for command in (["compare"], ["report"], ["aggregate", "--follow", crowd_folder / "answers.json"]):
        with pytest.raises(CommandFailed, match="gold_majority_vote needs --gold besides the votes"):
            crowd(*command, crowd_folder, "-s", "gold_majority_vote")


def test_probabilities_of_a_classifier_are_used_by_crowdlab(crowd_folder, crowd):
    np.save(crowd_folder / "p.npy", np.eye(3)[np.load(crowd_folder / "ground_truth.npy")] * 0.7 + 0.1)
    (row,) = crowd("aggregate", crowd_folder, "-s", "crowdlab", "--probabilities", crowd_folder / "p.npy", "--json")
    (alone,) = crowd("aggregate", crowd_folder, "-s", "MV", "--json")
    assert row["accuracy"] > alone["accuracy"]


def test_ties_are_repeated_by_the_seed(crowd_folder, crowd):
    def labels(seed):
        (row,) = crowd("aggregate", crowd_folder, "-s", "MV", "--seed", seed, "--json")
        return np.load(row["labels"]).tolist()

    assert labels(1) == labels(1)
    assert len({tuple(labels(seed)) for seed in range(5)}) > 1


def test_answers_and_metadata_may_be_elsewhere_and_tasks_left_out(toy, crowd):
    (toy / "answers.json").rename(toy / "votes.json")
    (toy / "metadata.json").rename(toy.parent / "given.json")
    (toy / "too_hard.txt").write_text("-1 1\n")
    options = ["--answers-file", "votes.json", "--metadata_path", toy.parent / "given.json"]
    crowd("aggregate", toy, "-s", "MV", *options, "--path-remove", toy / "too_hard.txt")
    assert np.load(toy / "labels/labels_toy-data_mv.npy").tolist() == [1, 1]


def test_tasks_without_an_entry_are_told_of(toy, crowd, capsys):
    (toy / "answers.json").write_text('{"3": {"0": 1}, "6": {"0": 0}}')
    cli.main(["aggregate", str(toy), "-s", "NaiveSoft" if "naive_soft" in aggregation.registry else "DS"])
    assert "2 tasks have no entry" in capsys.readouterr().err


def test_progress_is_told_on_stderr(toy, crowd, capsys):
    cli.main(["aggregate", str(toy), "-s", "MV", "-s", "DS", "--json"])
    printed = capsys.readouterr()
    assert printed.err == "1/2 MV\n2/2 DS\n"
    json.loads(printed.out)


# What is wrong is one line, and nothing is written


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["aggregate", "toy", "-s", "waaa"], "^there is no strategy 'waaa'; there are auto, "),
        (["aggregate", "toy", "-s", "MV", "-s", "waaa"], "no strategy 'waaa'"),
        (["aggregate", "toy", "-s", "dawid_skene[smooth=1]"], "dawid_skene has no option 'smooth'"),
        (["aggregate", "toy", "-s", "MV", "-s", "DS[smooth=1]"], "dawid_skene has no option 'smooth'"),
        (["aggregate", "toy", "-s", "DS[max_iterations=0]"], "dawid_skene: max_iterations is 0; it must be 1 or more"),
        (["aggregate", "toy", "-s", "DSWC[L=1.5]"], "L is 1.5; it should be a whole number, as 2 is"),
        (["aggregate", "toy", "-s", "DS[smoothing=-1]"], "smoothing is -1; it must be 0 or more"),
        (["aggregate", "toy", "-s", "MACE[habit=0]"], "mace: habit is 0; it must be above 0"),
        (["aggregate", "toy", "-s", "glad[ability=1e999]"], "glad: ability is inf; it must be a finite number"),
        (["compare", "toy", "-s", "MV", "-s", "DS[max_iterations=0]"], "max_iterations is 0; it must be 1 or more"),
        (["aggregate", "toy", "-s", "all", "--gold", "nothing.npy"], "nothing.npy is missing"),
        (["aggregate", "nowhere", "-s", "MV"], "nowhere is not a folder"),
        (["aggregate", "toy", "--answers-file", "b.json", "-s", "MV"], "b.json is missing"),
        (["identify", "toy", "-s", "WAOM"], "^there is no method 'waom'; there are aum, "),
        (["identify", "toy", "-s", "WAUM"], "WAUM trains a classifier; give the tasks' features by --features"),
        (["identify", "toy", "-s", "entropy", "-K", "3"], "-K is 3, but n_classes is 2"),
        (["identify", "toy", "-s", "spam_score", "--matrix-file", "toy/metadata.json"], "is not a .npy file"),
        (["simulate", "toy/new", "-s", "hammer"], "^there is no strategy 'hammer'; there are "),
        (["simulate", "toy/new", "--n-worker", "2", "-wl", "3"], "--workerload must be at least 10"),
        (["simulate", "toy/new", "--n-worker", "0"], "^--n-worker is 0; it must be a whole number from 1 on"),
        (["aggregate", "toy", "-s", "plantnet[alpha=x]"], "plantnet: alpha is 'x'; it should be a number, as 0.5 is"),
        (["aggregate", "toy", "-s", "DS[max_iterations=true]"], "max_iterations is True; it should be a whole number"),
        (["install", "toy/new", "--answers", "toy/nothing.txt", "--no-task"], "nothing.txt is missing"),
        (["info", "nowhere"], "nowhere is not a folder"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_and_nothing_is_written(toy, crowd, monkeypatch, arguments, says):
    monkeypatch.chdir(toy.parent)
    before = files(toy)
    with pytest.raises(CommandFailed, match=says) as raised:
        crowd(*arguments)
    assert "\n" not in str(raised.value)
    assert files(toy) == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "annotate-kit: the following arguments are required: COMMAND; "),
        (["agregate"], "annotate-kit: argument COMMAND: invalid choice: 'agregate' (choose from "),
        (["install", "new"], "annotate-kit install: the following arguments are required: --answers; "),
        (["aggregate", "--seed", "x"], "annotate-kit aggregate: argument --seed: invalid int value: 'x'; "),
    ],
)
def test_what_is_wrong_with_the_options_is_said_in_a_line(arguments, says, capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    printed = capsys.readouterr().err
    assert ended.value.code == 2
    assert printed.startswith(says) and printed.endswith(" --help has all of it\n") and printed.count("\n") == 1


def test_a_read_only_folder_is_refused_before_the_work(toy, crowd):
    toy.chmod(0o555)
    with pytest.raises(CommandFailed, match="cannot be written to; the results are kept in it, so copy it first"):
        crowd("aggregate", toy, "-s", "MV")
    toy.chmod(0o755)


@pytest.mark.processes
def test_the_command_exits_non_zero_and_needs_no_database(toy):
    manage = Path(__file__).parents[2] / "manage.py"
    environment: dict[str, str] = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "PATH": "/usr/bin:/bin"}

    def run(strategy):
        command = [sys.executable, manage, "crowd", "aggregate", toy, "-s", strategy]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert run("MV").returncode == 0
    failed = run("waaa")
    assert failed.returncode == 1
    assert failed.stderr.startswith("manage.py crowd: there is no strategy 'waaa'; there are auto, ")


# With peerannot itself, where its environment is


@pytest.mark.processes
@pytest.mark.skipif(not PEER.exists(), reason="no var/peers/peerannot; benchmarks/aggregation.py makes it")
def test_peerannot_reads_a_folder_of_ours_and_finds_the_same(crowd_folder, crowd):
    crowd("identify", crowd_folder, "-s", "krippendorffAlpha")
    alpha = np.load(crowd_folder / "identification/krippendorff_alpha.npy")
    options = ["-s", "krippendorffAlpha", "-K", "3", "--labels", crowd_folder / "answers.json"]
    subprocess.run([PEER, "identify", crowd_folder, *options], check=True, capture_output=True)
    assert np.load(crowd_folder / "identification/krippendorff_alpha.npy") == pytest.approx(float(alpha), abs=1e-12)


@pytest.mark.processes
@pytest.mark.parametrize("command", ["aggregate", "compare", "report"])
def test_a_strategy_is_loaded_after_it_is_announced(toy, command):
    program = (
        "import sys; from annotate_kit.cli import main, printing\n"
        "def announced(*_): raise SystemExit('annotate_kit.aggregation.auto' in sys.modules)\n"
        f"printing.progress = announced; main(['{command}', {str(toy)!r}])"
    )
    subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)


def test_what_strategies_need_besides_votes_is_what_their_signatures_say():
    entries = {name: aggregation.registry.load(name).aggregate for name in aggregation.registry.names}
    empty = inspect.Parameter.empty
    needed = {
        name: {option.name for option in inspect.signature(entry).parameters.values() if option.default is empty}
        for name, entry in entries.items()
    }
    assert {name: rest for name, options in needed.items() if (rest := options - {"votes"})} == folders.NEEDED


HEAVY = {"numpy", "scipy.sparse", "scipy.special", "scipy.cluster", "torch"}


@pytest.mark.parametrize(
    ("arguments", "loads"),
    [
        (["aggregate", "--help"], set()),
        (["agregate"], set()),
        (["info"], set()),
        (["modelinfo"], set()),
        (["aggregate", "nowhere"], {"numpy"}),
        (["identify", "nowhere"], {"numpy"}),
        (["train", "nowhere", "-o", "run"], {"numpy"}),
    ],
)
def test_the_command_loads_what_it_needs_when_it_needs_it(arguments, loads):
    program = (
        "import sys; from annotate_kit.cli import main\n"
        "try: main(sys.argv[1:])\n"
        f"except SystemExit: pass\nprint(*({HEAVY!r} & {{*sys.modules}}), file=sys.stderr)"
    )
    command = [sys.executable, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(done.stderr.splitlines()[-1].split()) == loads
