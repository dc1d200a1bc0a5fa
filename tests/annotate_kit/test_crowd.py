"""The command line for folders. No test here may touch a database: none asks for one."""

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from annotate_kit import aggregation, cli, identification, simulation
from annotate_kit.cli import CommandFailed, folders, printing

PEER = Path(__file__).parents[2] / "var/peers/peerannot/bin/peerannot"

SIMULATE_OPTIONS = ["--n-worker=9", "--n-task=60", "--n-classes=3", "--feedback=4", "--ratio=0.34", "--seed=5"]
SMALL = ["--n-worker", "6", "--n-task", "15", "-K", "3", "-r", "0.5", "-wl", "10"]

TOY = {"0": {"0": 1, "1": 0, "2": 1, "3": 1}, "1": {"0": 1, "2": 0, "3": 0}, "2": {"1": 1, "3": 1}}

GLAD = {"abilities": [0.32899, 0.21858, 1.20711, 1.22327], "difficulties": [1.05719, 0.79837, 1.26937]}
"""What peerannot 0.0.1.post33 writes for this folder."""


@pytest.fixture
def toy(tmp_path):
    folder = tmp_path / "toy"
    folder.mkdir()
    (folder / "answers.json").write_text(json.dumps(TOY))
    (folder / "metadata.json").write_text('{"name": "toy-data", "n_classes": 2, "n_workers": 4}')
    return folder


@pytest.fixture
def crowd():
    """Run the command; its JSON when that was asked for, else what it printed."""

    def run(*arguments):
        out = cli.run([str(argument) for argument in arguments])
        return json.loads(out) if "--json" in arguments else out

    return run


@pytest.fixture
def crowd_folder(tmp_path, crowd):
    """A folder of nine people who label 60 tasks, four answers each; a third of the people guess."""
    crowd(
        "simulate",
        tmp_path / "made",
        *SIMULATE_OPTIONS,
    )
    return tmp_path / "made"


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


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
    with pytest.raises(CommandFailed, match="majority_vote has no option 'gold'"):
        crowd("aggregate", crowd_folder, "-s", "majority_vote", "--gold", crowd_folder / "gold.npy")
    with pytest.raises(CommandFailed, match="gold_majority_vote needs gold besides the votes"):
        crowd("aggregate", crowd_folder, "-s", "gold_majority_vote")


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


# What is wrong is one line, and nothing is written


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["aggregate", "toy", "-s", "waaa"], "^there is no strategy 'waaa'; there are auto, "),
        (["aggregate", "toy", "-s", "MV", "-s", "waaa"], "no strategy 'waaa'"),
        (["aggregate", "toy", "-s", "dawid_skene[smooth=1]"], "dawid_skene has no option 'smooth'"),
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
        (["aggregate", "toy", "-s", "DS[max_iterations=true]"], "max_iterations is True; it should be a number"),
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


# a file of values


NAMES = [
    {
        "external_id": f"n{n}",
        "text": "Anna met Bo 👋🏽.",
        "annotations": [
            {
                "annotator": "ann",
                "value": [{"start": 0, "end": 4, "label": "PER"}, {"start": 9, "end": 11, "label": "PER"}],
            },
            {"annotator": "abe", "value": [{"start": 0, "end": 4, "label": "PER"}]},
            {
                "annotator": "ada",
                "value": [{"start": 9, "end": 11, "label": "PER"}, {"start": 0, "end": 4, "label": "PER"}],
            },
        ],
        "gold": [{"start": 0, "end": 4, "label": "PER"}, {"start": 9, "end": 11, "label": "PER"}],
    }
    for n in range(4)
]


@pytest.fixture
def names(tmp_path):
    """A file of people's name spans."""

    def write(rows=NAMES):
        path = tmp_path / "names.ndjson"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return path

    return write


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_file_of_spans_is_merged_and_measured(names, tmp_path, crowd):
    out = tmp_path / "merged" / "names.ndjson"
    (summary,) = crowd("aggregate", names(), "--type", "spans", "--out", out, "--json")
    assert (summary["items"], summary["answers"], summary["people"], summary["F1 (%)"]) == (4, 12, 3, 100)
    first = lines(out)[0]
    assert list(first) == ["external_id", "value", "parts", "confidence", "disagreement"]
    assert (first["external_id"], first["value"]) == ("n0", NAMES[0]["gold"])
    assert [part["votes"] for part in first["parts"]] == [3, 2]


def test_merging_a_file_tells_how_far_it_is(names, capsys, monkeypatch):
    clock = itertools.count(0.0, 6.0)
    monkeypatch.setattr("annotate_kit.cli.printing.time.monotonic", lambda: next(clock))
    cli.main(["aggregate", str(names()), "--type", "spans", "-s", "dawid_skene", "--json"])
    printed = capsys.readouterr().err.splitlines()
    assert printed[:2] == ["1/1 spans by dawid_skene", "1/1 spans by dawid_skene, iteration 1 of at most 100"]


def test_without_known_values_nothing_is_measured(names, crowd):
    rows = [{name: row[name] for name in ("external_id", "annotations")} for row in NAMES]
    assert "F1" not in crowd("aggregate", names(rows), "--type", "spans")


def test_the_quorum_of_boxes_is_an_option(names, tmp_path, crowd):
    drawn = [{"box": [1, 1, 9, 9], "label": "car"}]
    people = [{"annotator": "ann", "value": drawn}, {"annotator": "abe", "value": []}]
    path, out = names([{"external_id": 7, "width": 20, "height": 20, "annotations": people}]), tmp_path / "out.ndjson"
    crowd("aggregate", path, "--type", "boxes", "--out", out)
    assert lines(out)[0]["value"] == drawn
    crowd("aggregate", path, "--type", "boxes", "--out", out, "--quorum", "0.6")
    assert lines(out)[0]["value"] == []
    assert lines(out)[0]["external_id"] == "7"


def test_keypoints_are_merged_joint_by_joint(names, tmp_path, crowd):
    def person(nose):
        return [{"keypoints": {"nose": nose, "knee": [40, 90, 1]}, "label": "person"}]

    people = [{"annotator": who, "value": person([x, 10, 2])} for who, x in [("ann", 20), ("abe", 21), ("otto", 25)]]
    row = {"external_id": 7, "width": 100, "height": 100, "annotations": people, "gold": person([21, 10, 2])}
    out = tmp_path / "out.ndjson"
    (summary,) = crowd("aggregate", names([row]), "--type", "keypoints", "--out", out, "--json")
    assert (summary["F1 (%)"], summary["mean similarity"]) == (100, 1)
    assert lines(out)[0]["value"] == person([21.0, 10.0, 2])


def changed(**fields):
    return [NAMES[0], {**NAMES[1], **fields}]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (changed(annotations=[{"annotator": "ann"}]), [], "line 2: annotations must be a list of"),
        (changed(text="Anna"), [], "line 2: the span 9 to 11 ends behind the text, which has 4 code points"),
        (changed(external_id=None), [], "line 2: external_id must be a string or a whole number"),
        (changed(gold="PER"), [], "line 2: spans are a list of"),
        (changed(width=-3), [], "line 2: width must be a number of pixels above 0"),
        ([[]], [], "line 1 is []; a row is an object"),
        ([], [], "has no rows"),
        (NAMES, ["--quorum", "0.5"], "spans has no option 'quorum'; it has overlap, threshold"),
        (NAMES, ["--overlap", "some"], "overlap must be one of none, labels, free; it is 'some'"),
        (NAMES, ["--set", "threshold"], "write it as --set NAME=VALUE"),
        (NAMES, ["--set", "threshold=much"], "threshold must be a number; it is 'much'"),
        (NAMES, ["-s", "entrophy"], "entrophy"),
        (NAMES, ["-s", "MV", "-s", "DS"], "one strategy at a time"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_its_line_and_nothing_is_written(
    names, tmp_path, crowd, rows, options, message
):
    out = tmp_path / "out.ndjson"
    with pytest.raises(CommandFailed, match=re.escape(message)):
        crowd("aggregate", names(rows), "--type", "spans", "--out", out, *options)
    assert not out.exists()


def test_overlapping_spans_are_named_by_their_item(names, crowd):
    value = [{"start": 0, "end": 4, "label": "PER"}, {"start": 2, "end": 8, "label": "ORG"}]
    rows = changed(annotations=[{"annotator": "ann", "value": value}])
    with pytest.raises(CommandFailed, match="external_id 'n1': the spans 0 to 4 and 2 to 8 of one answer overlap"):
        crowd("aggregate", names(rows), "--type", "spans")
    assert "F1" in crowd("aggregate", names(rows), "--type", "spans", "--overlap", "labels")


def test_a_file_wants_a_type_and_a_folder_none(names, toy, crowd):
    with pytest.raises(CommandFailed, match="name its type, as in --type spans"):
        crowd("aggregate", names())
    with pytest.raises(CommandFailed, match="wants a file of one JSON row a line"):
        crowd("aggregate", toy, "--type", "spans")


def test_a_model_may_be_one_more_voter(names, tmp_path, crowd):
    """Two of three overlook Bo in one text; the model has read of Bo in all the others."""
    both = NAMES[0]["gold"]
    rows = [
        {
            **row,
            "external_id": f"n{n}",
            "annotations": [{"annotator": who, "value": both} for who in ("ann", "abe", "ada")],
        }
        for n, row in enumerate(NAMES * 5)
    ]
    for who in rows[3]["annotations"][1:]:
        who["value"] = both[:1]
    out = tmp_path / "out.ndjson"

    def probability_of_bo(*options):
        crowd("aggregate", names(rows), "--type", "spans", "--out", out, *options)
        return next((part["probability"] for part in lines(out)[3]["parts"] if part["start"] == 9), 0.0)

    assert probability_of_bo("--model") > probability_of_bo() + 0.1


def test_a_model_needs_texts_and_a_kind_that_it_can_learn(names, crowd):
    with pytest.raises(CommandFailed, match="every row must have its text"):
        crowd("aggregate", names(changed(text=None)), "--type", "spans", "--model")
    boxes = [{"external_id": "p", "annotations": [{"annotator": "ann", "value": [{"box": [0, 0, 9, 9]}]}]}]
    with pytest.raises(CommandFailed, match="there is no model for boxes"):
        crowd("aggregate", names(boxes), "--type", "boxes", "--model")


def test_agreement_is_told_with_its_interval(names, crowd):
    (summary,) = crowd("aggregate", names(), "--type", "spans", "--agreement", "--json")
    value, low, high = summary["agreement: found"]
    assert low <= value <= high < 1
    assert summary["agreement: called"][0] == 1


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


# compare


def test_all_strategies_stand_side_by_side_and_nothing_is_written(crowd_folder, crowd):
    before = files(crowd_folder)
    rows = {row["strategy"]: row for row in crowd("compare", crowd_folder, "--json")}
    assert set(rows) == set(folders.strategies_for_all())
    assert rows["auto"]["as auto"] == 1.0
    assert rows["auto"]["accuracy"] >= rows["twothird"]["accuracy"]
    assert "two labels" in rows["kos"]["note"]
    assert files(crowd_folder) == before


@pytest.mark.parametrize("command", ["compare", "report"])
def test_auto_is_told_of_before_it_is_begun(toy, crowd, monkeypatch, capsys, command):
    def begin(*_, **__):
        raise ValueError(capsys.readouterr().err)

    monkeypatch.setattr("annotate_kit.aggregation.aggregate", begin)
    with pytest.raises(CommandFailed, match=r"^1/1 auto$"):
        crowd(command, toy)


def test_the_picture_shows_confusions_and_skill(crowd_folder, crowd, tmp_path):
    picture = tmp_path / "crowd.svg"
    crowd("compare", crowd_folder, "-s", "MV", "-s", "DS", "--picture", picture)
    root = ElementTree.fromstring(picture.read_text())  # noqa: S314  our own file
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert [word for word in words if word.startswith("worker ")] != []
    assert len(list(root.iter("{http://www.w3.org/2000/svg}rect"))) == 9 + 9  # a 3 × 3 matrix, nine people


def test_long_work_tells_how_long_it_still_takes(capsys, monkeypatch):
    clock = iter([0.0, 0.0, 10.0, 20.0])
    monkeypatch.setattr("annotate_kit.cli.printing.time.monotonic", lambda: next(clock))
    assert list(printing.progress(["a", "b", "c"], "strategy")) == ["a", "b", "c"]
    assert capsys.readouterr().err == "1/3 a\n2/3 b, 20 s left\n3/3 c, 10 s left\n"


def test_within_a_strategy_it_is_told_how_far_the_work_is(toy, capsys, monkeypatch):
    clock = itertools.count(0.0, 6.0)
    monkeypatch.setattr("annotate_kit.cli.printing.time.monotonic", lambda: next(clock))
    cli.main(["aggregate", str(toy), "-s", "GLAD", "-s", "auto", "--json"])
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == [
        "1/2 GLAD",
        "1/2 GLAD, iteration 1 of at most 100",
        "1/2 GLAD, iteration 2 of at most 100, at most 1188 s left",
    ]
    assert any(
        line.startswith("2/2 auto, reading 2 of at most 3, iteration 2 of at most 40, at most ") for line in lines
    )


def test_a_report_is_one_file_about_strategies_workers_and_tasks(crowd_folder, crowd):
    before = files(crowd_folder)
    (row,) = crowd("report", crowd_folder, "--json")
    assert set(files(crowd_folder)) - set(before) == {"report.html"}
    page = Path(row["out"]).read_text()
    assert "src=" not in page and "href=" not in page
    (auto,) = (line for line in crowd("compare", crowd_folder, "-s", "auto", "--json"))
    assert f'<td>auto</td><td class="number">{auto["accuracy"]:.4g}</td>' in page
    assert page.count('<tr><td class="number">') == 9 + 50  # nine workers, and fifty of sixty tasks
    assert "50 of 60, the least certain first" in page


def test_a_report_is_read_in_the_dark_and_on_a_phone(toy, crowd, tmp_path):
    crowd("report", toy, "-s", "MV", "--out", tmp_path / "out.html", "--json")
    page = (tmp_path / "out.html").read_text()
    style, body = page.split("</style>")
    assert "color-scheme: light dark" in style and "figure, .table { overflow-x: auto; }" in style
    assert body.count("<table>") == body.count('<div class="table" tabindex="0"><table>') == 4
    assert "background" not in style and 'fill="#222"' not in body  # the picture has the page's colours


def test_a_report_takes_names_as_text(toy, crowd, tmp_path):
    (toy / "metadata.json").write_text('{"name": "<b>toy</b>", "n_classes": 2, "n_workers": 4}')
    crowd("report", toy, "-s", "MV", "--out", tmp_path / "out.html")
    page = (tmp_path / "out.html").read_text()
    assert "<h1>&lt;b&gt;toy&lt;/b&gt;</h1>" in page and "<b>toy" not in page


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
