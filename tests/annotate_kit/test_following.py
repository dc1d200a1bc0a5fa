"""`aggregate --follow`: the truth of a file of votes while people still vote."""

import json
import os
import random
import threading
import time
from contextlib import contextmanager

import numpy as np
import pytest

from annotate_kit import aggregation, cli
from annotate_kit.aggregation import Votes
from annotate_kit.cli import CommandFailed

IDLE = "--idle=0.3"


def vote(task, worker, label):
    return json.dumps({"task": task, "worker": worker, "label": label}) + "\n"


def crowd(n_tasks=80, seed=0):
    """Votes of three good people and one who guesses, in a random order."""
    rng = random.Random(seed)
    truth = [rng.choice(["cat", "dog", "hen"]) for _ in range(n_tasks)]
    votes = [
        (f"t{n}", worker, label if rng.random() < skill else rng.choice(["cat", "dog", "hen"]))
        for n, label in enumerate(truth)
        for worker, skill in (("ann", 0.9), ("abe", 0.85), ("rita", 0.8), ("otto", 0.0))
    ]
    rng.shuffle(votes)
    return votes


@contextmanager
def piped(text, monkeypatch, *, stays_open=False):
    """That text comes through a pipe, which then ends, unless somebody still holds it."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "w") as end:
        monkeypatch.setattr("sys.stdin", stdin)
        end.write(text)
        end.flush()
        if not stays_open:
            end.close()
        yield


def printed(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_in_the_end_it_knows_what_all_votes_together_say(tmp_path, capsys):
    votes, file, out = crowd(), tmp_path / "votes.ndjson", tmp_path / "truth.ndjson"
    file.write_text("".join(vote(*row) for row in votes))
    cli.run(["aggregate", "--follow", str(file), "--out", str(out), IDLE])
    rows = {row["task"]: row for row in map(json.loads, out.read_text().splitlines())}
    arrays, (tasks, _, labels) = Votes.from_ids(*zip(*votes, strict=True))
    result = aggregation.aggregate(arrays, "auto", seed=0)
    assert {task: rows[task]["label"] for task in tasks} == {
        task: labels[label] for task, label in zip(tasks, result.labels(), strict=True)
    }
    assert [rows[task]["confidence"] for task in tasks] == pytest.approx(result.beliefs.max(axis=1), abs=1e-4)
    assert {row["votes"] for row in rows.values()} == {4}
    assert {row["task"]: row["label"] for row in printed(capsys)} == {task: rows[task]["label"] for task in tasks}


def test_votes_that_come_later_change_it_at_once(tmp_path, capsys):
    file, out = tmp_path / "votes.ndjson", tmp_path / "truth.ndjson"
    file.write_text("".join(vote(*row) for row in crowd()))
    following = threading.Thread(
        target=cli.run, args=[["aggregate", "--follow", str(file), "--out", str(out), "--idle=1.5"]]
    )
    following.start()
    wait_for(lambda: out.exists())
    with file.open("a") as more:
        for worker in ("ann", "abe", "rita"):
            more.write(vote("new", worker, "dog"))
        more.write('{"task": "half a li')
        more.flush()
        wait_for(lambda: '"new"' in out.read_text())
        more.write('ne", "worker": "ann", "label": "hen"}')
    following.join()
    rows = {row["task"]: row for row in map(json.loads, out.read_text().splitlines())}
    assert (rows["new"]["label"], rows["new"]["votes"]) == ("dog", 3)
    assert rows["half a line"]["label"] == "hen"
    assert {"new", "half a line"} <= {row["task"] for row in printed(capsys)}


def test_the_newest_vote_of_a_worker_counts_and_null_takes_it_back(tmp_path, capsys, monkeypatch):
    lines = [("a", "ann", "yes"), ("b", "ann", "no"), ("a", "ann", "no"), ("b", "ann", None)]
    with piped("".join(vote(*row) for row in lines), monkeypatch):
        cli.run(["aggregate", "--follow", "-", "-s", "MV"])
    rows = printed(capsys)
    assert [(row["task"], row["label"], row["votes"]) for row in rows] == [
        ("a", "yes", 1), ("b", "no", 1), ("a", "no", 1), ("b", None, 0),
    ]  # fmt: skip


def test_a_pipe_that_stays_open_ends_when_nobody_votes(tmp_path, monkeypatch, capsys):
    out = tmp_path / "truth.ndjson"
    with piped(vote("a", "ann", "yes") + '{"task": "b", "worker": "ann", "label": "no"}', monkeypatch, stays_open=True):
        cli.run(["aggregate", "--follow", "-", "--out", str(out), IDLE])
    assert {row["task"]: row["label"] for row in map(json.loads, out.read_text().splitlines())} == {
        "a": "yes",
        "b": "no",
    }


def test_what_a_pipe_costs_goes_by_what_changes_and_not_by_the_tasks(tmp_path, monkeypatch, capsys):
    from annotate_kit.cli import following

    computed, written = [], []
    rows, save = following.Truth._rows, following.save_text
    monkeypatch.setattr(
        following.Truth, "_rows", lambda truth, numbers: (computed.append(len(numbers)), rows(truth, numbers))[1]
    )
    monkeypatch.setattr(following, "save_text", lambda path, text: (written.append(path), save(path, text)))
    started = time.monotonic()
    with piped("".join(vote(*row) for row in crowd(300)), monkeypatch):
        cli.run(["aggregate", "--follow", "-", "-s", "MV", "--out", str(tmp_path / "truth.ndjson")])
    assert len(computed) >= 1200  # one a vote
    assert sum(computed) < 30 * 1200  # rows of all tasks at each vote would be 200 a vote
    assert len(written) <= 3 + (time.monotonic() - started)


def test_the_file_holds_what_nobody_has_voted_since(tmp_path):
    """It is not written at every vote, but it is soon, and not only when the next vote comes."""
    file, out = tmp_path / "votes.ndjson", tmp_path / "truth.ndjson"
    file.write_text(vote("a", "ann", "yes"))
    following = threading.Thread(
        target=cli.run, args=[["aggregate", "--follow", str(file), "--out", str(out), "--idle=2.5"]], daemon=True
    )
    following.start()
    wait_for(lambda: out.exists())
    with file.open("a") as more:
        more.write(vote("b", "ann", "no"))
    wait_for(lambda: '"b"' in out.read_text())
    assert following.is_alive()
    following.join()


@pytest.mark.parametrize("method", ["auto", "DS", "TwoThird", "GLAD"])
def test_between_full_runs_it_is_near_what_all_votes_say(tmp_path, method):
    from annotate_kit.cli.following import Truth

    votes = crowd(200)
    truth = Truth(method, 0)
    for row in votes[:780]:
        truth.add(*row)
    truth.refresh(whole=True)
    for row in votes[780:]:
        truth.add(*row)
    assert truth.new == 20
    streamed = {task: row["label"] for task, row in truth.rows().items()}
    assert truth.new == 20  # they were too few for a full run
    truth.refresh(whole=True)
    whole = {task: row["label"] for task, row in truth.rows().items()}
    assert np.mean([streamed[task] == whole[task] for task in whole]) >= 0.97


def test_votes_of_a_folder_come_first(tmp_path, capsys):
    (tmp_path / "metadata.json").write_text('{"name": "toy", "n_classes": 2, "n_workers": 2}')
    (tmp_path / "answers.json").write_text('{"0": {"0": 1, "1": 1}, "1": {"0": 0}}')
    (tmp_path / "more.ndjson").write_text(vote(1, 1, 0) + vote("2", 5, 1))
    before = sorted(tmp_path.iterdir())
    cli.run(["aggregate", str(tmp_path), "--follow", str(tmp_path / "more.ndjson"), IDLE])
    assert {row["task"]: (row["label"], row["votes"]) for row in printed(capsys)} == {0: (1, 2), 1: (0, 2), 2: (1, 1)}
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 2 is broken JSON"),
        ('{"task": "b"}', 'line 2 is {\'task\': \'b\'}; a vote is {"task": "t1", "worker": "w1", "label": "cat"}'),
        (vote("b", "ann", 0.5).strip(), "line 2: label must be a string or a whole number; it is 0.5"),
    ],
)
def test_a_wrong_line_is_named_and_what_came_before_stands(tmp_path, line, message):
    file, out = tmp_path / "votes.ndjson", tmp_path / "truth.ndjson"
    file.write_text(f"{vote('a', 'ann', 'yes')}{line}\n")
    with pytest.raises(CommandFailed) as failure:
        cli.run(["aggregate", "--follow", str(file), "--out", str(out), IDLE])
    assert message in str(failure.value)
    assert json.loads(out.read_text())["label"] == "yes"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--type", "spans"], "--follow goes without --type"),
        (["-s", "all"], "one strategy at a time"),
        (["-s", "hammer"], "there is no strategy 'hammer'"),
    ],
)
def test_options_that_do_not_go_together_are_named(tmp_path, options, message):
    (tmp_path / "votes.ndjson").touch()
    with pytest.raises(CommandFailed, match=message):
        cli.run(["aggregate", "--follow", str(tmp_path / "votes.ndjson"), *options])


def test_a_label_that_a_folder_does_not_have_is_an_error(tmp_path):
    (tmp_path / "metadata.json").write_text('{"name": "toy", "n_classes": 2, "n_workers": 2}')
    (tmp_path / "answers.json").write_text('{"0": {"0": 1}}')
    (tmp_path / "more.ndjson").write_text(vote(1, 1, 2))
    with pytest.raises(CommandFailed, match="label is a whole number below 2 in a folder; it is 2"):
        cli.run(["aggregate", str(tmp_path), "--follow", str(tmp_path / "more.ndjson")])


def wait_for(condition, seconds=10):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
