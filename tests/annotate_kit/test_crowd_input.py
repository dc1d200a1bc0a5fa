"""Input of the command line that is not as it should be, or that Windows wrote."""

import codecs
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from annotate_kit import __version__, cli
from annotate_kit.cli import CommandFailed
from tests.annotate_kit.conftest import files

VOTE = '{"task": "t1", "worker": "ann", "label": "cat"}\n'
SPANS = '{"external_id": "n1", "text": "Bo", "annotations": []}\n'


@pytest.fixture
def votes(tmp_path):
    """A file of votes to follow."""
    (tmp_path / "votes.ndjson").write_text(VOTE)
    return tmp_path / "votes.ndjson"


# Options that do nothing where they are given are errors


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["{toy}", "--quorum", "3", "--out", "x"], "a folder goes without --out and --quorum"),
        (["{toy}", "--idle", "3"], "a folder goes without --idle"),
        (["--follow", "{votes}", "--model"], "--follow goes without --model"),
        (["--follow", "{votes}", "--path-remove", "x"], "--follow without a folder goes without --path-remove"),
        (["{votes}", "--type", "spans", "--hard", "--gold", "x"], "--type spans goes without --hard and --gold"),
        (["{votes}", "--type", "spans", "--idle", "1"], "--type spans goes without --idle"),
    ],
)
def test_options_that_would_do_nothing_are_named(toy, votes, crowd, arguments, says):
    with pytest.raises(CommandFailed, match=says):
        crowd("aggregate", *(argument.format(toy=toy, votes=votes) for argument in arguments))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["simulate", "new", "--seed", "-1"], "argument --seed: it is -1, and must be 0 or more"),
        (["identify", "--maxiter-dawid-skene", "0"], "--maxiter-DS: it is 0, and must be 1 or more"),
        (["identify", "--n-epochs", "0"], "argument --n-epochs: it is 0, and must be 1 or more"),
        (["identify", "--alpha", "1.5"], "argument --alpha: it is 1.5, and must be from 0 to 1"),
        (["identify", "--alpha", "x"], "argument --alpha: invalid float value: 'x'"),
        (["aggregate", "--follow", "x", "--idle", "nan"], "argument --idle: it is nan, and must be 0 or more"),
    ],
)
def test_numbers_out_of_range_are_named_by_their_option(arguments, says, capsys):
    with pytest.raises(SystemExit):
        cli.main(arguments)
    assert says in capsys.readouterr().err


def test_a_strategy_that_needs_known_labels_is_refused_for_values(tmp_path, crowd):
    (tmp_path / "spans.ndjson").write_text(SPANS)
    with pytest.raises(CommandFailed, match="gold_majority_vote needs --gold besides the votes"):
        crowd("aggregate", tmp_path / "spans.ndjson", "--type", "spans", "-s", "gold_majority_vote")


# What is written never takes the place of what is read, and where it cannot be written is known before the work


def test_a_file_of_votes_is_not_overwritten_by_what_follows_from_it(votes, crowd):
    with pytest.raises(CommandFailed, match=r"votes.ndjson is what is read; name another file"):
        crowd("aggregate", "--follow", votes, "--out", votes, "--idle", "0")
    assert votes.read_text() == VOTE


def test_a_file_of_values_is_not_overwritten_by_its_merged_values(tmp_path, crowd):
    (tmp_path / "spans.ndjson").write_text(SPANS)
    with pytest.raises(CommandFailed, match=r"spans.ndjson is what is read; name another file"):
        crowd("aggregate", tmp_path / "spans.ndjson", "--type", "spans", "--out", tmp_path / "spans.ndjson")
    assert (tmp_path / "spans.ndjson").read_text() == SPANS


@pytest.mark.parametrize("command", [["report", "--out"], ["compare", "--picture"]])
def test_a_folder_in_place_of_a_file_is_named_before_the_work(toy, crowd, capsys, command):
    before = files(toy)
    with pytest.raises(CommandFailed, match="toy is a folder; name a file in it"):
        crowd(command[0], toy, command[1], toy)
    assert "auto" not in capsys.readouterr().err
    with pytest.raises(CommandFailed, match=r"cannot be written: .*answers.json is no folder"):
        crowd(command[0], toy, command[1], toy / "answers.json" / "x.html")
    assert files(toy) == before


def test_a_simulation_does_not_overwrite_votes_of_people(toy, crowd):
    answers = (toy / "answers.json").read_text()
    with pytest.raises(CommandFailed, match="has answers that no simulation has made; name a new folder"):
        crowd("simulate", toy)
    assert (toy / "answers.json").read_text() == answers


def test_an_error_of_writing_names_the_file_and_not_the_one_beside_it(toy, crowd):
    (toy / "labels" / "labels_toy-data_mv.npy").mkdir(parents=True)
    with pytest.raises(CommandFailed) as failure:
        crowd("aggregate", toy, "-s", "MV")
    assert "labels/labels_toy-data_mv.npy" in str(failure.value)
    assert ".part" not in str(failure.value)
    assert files(toy / "labels") == []


# Files of Windows, and files of numbers


def test_files_that_begin_with_a_byte_order_mark_are_read(toy, votes, tmp_path, crowd, capsys):
    for file in (toy / "answers.json", toy / "metadata.json", votes):
        file.write_bytes(codecs.BOM_UTF8 + file.read_bytes().replace(b"\n", b"\r\n"))
    assert crowd("aggregate", toy, "-s", "MV", "--json")[0]["shape"] == [3]
    crowd("aggregate", "--follow", votes, "--idle", "0")
    assert json.loads(capsys.readouterr().out)["label"] == "cat"
    (tmp_path / "spans.ndjson").write_bytes(codecs.BOM_UTF8 + SPANS.encode())
    assert crowd("aggregate", tmp_path / "spans.ndjson", "--type", "spans", "--json")[0]["items"] == 1


def test_a_file_of_objects_is_refused_without_advice_to_load_it(toy, tmp_path, crowd):
    np.save(tmp_path / "objects.npy", np.array([None] * 3), allow_pickle=True)
    with pytest.raises(CommandFailed, match=r"is not a .npy file of numbers, as numpy.save writes it$"):
        crowd("aggregate", toy, "--gold", tmp_path / "objects.npy")


@pytest.mark.parametrize(
    ("option", "array", "says"),
    [
        ("--features", [[0.0], [np.nan], [1.0]], "must hold finite numbers; row 1 has others"),
        ("--features", [["a"], ["b"], ["c"]], "must hold numbers; it holds <U1"),
        ("--hard-labels", [-1, -1, -1], "has no label; some must be from 0 on"),
        ("--matrix-file", -np.ones((4, 2, 2)), "confusion must be from 0 on and sum to one in each row"),
    ],
)
def test_arrays_that_cannot_be_learned_from_are_named_and_nothing_is_written(toy, tmp_path, crowd, option, array, says):
    np.save(tmp_path / "X.npy", np.eye(3))
    np.save(tmp_path / "array.npy", np.array(array))
    method = "WAUM" if option == "--matrix-file" else "AUM"
    with pytest.raises(CommandFailed, match=says):
        crowd("identify", toy, "-s", method, "--features", tmp_path / "X.npy", option, tmp_path / "array.npy")
    assert files(toy) == ["answers.json", "metadata.json"]


# Commands of peerannot, and how a command ends


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"annotate-kit {__version__}\n")


def test_strategies_and_methods_are_listed_by_the_commands_of_peerannot(crowd):
    strategies = {row["strategy"]: row for row in crowd("agginfo", "--json")}
    assert {"mv", "majority_voting"} <= {*strategies["majority_vote"]["also called"]}
    assert strategies["auto"]["about"].startswith("No single model is safe")
    methods = {row["method"]: row for row in crowd("identificationinfo", "--json")}
    assert methods["krippendorff_alpha"]["also called"] == ["krippendorffalpha"]


@pytest.mark.processes
def test_a_reader_that_has_seen_enough_ends_it_without_a_word(tmp_path):
    (tmp_path / "votes.ndjson").write_text(VOTE)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "annotate_kit", "aggregate", "--follow", "votes.ndjson", "--out", "truth.ndjson"]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, stdout=writer, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")
    assert json.loads((tmp_path / "truth.ndjson").read_text())["label"] == "cat"
