"""`manage.py replay`: recorded answers through the real queue, and the figures that come of it."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from annotate.models import Annotation
from learner.replay import figures, playing, running
from learner.replay.figures import Side
from projects.models import Project

pytestmark = pytest.mark.django_db
REPLAYS = pytest.mark.slow(reason="trains a model for each batch of answers")

KEYS = {
    "curve",
    "random",
    "labels_to_target",
    "random_labels_to_target",
    "saving",
    "saving_low",
    "saving_high",
    "clicks",
    "consensus_accuracy",
}


@pytest.fixture
def islands(tmp_path):
    """120 records of three labels, told apart by their vectors; five people have answered each, one of them badly."""
    rng = np.random.default_rng(0)
    label = np.arange(120) % 3
    vectors = (rng.normal(size=(120, 6)) + 4 * np.eye(3, 6)[label]).astype(np.float32)
    np.save(tmp_path / "vectors.npy", vectors)

    def votes(row: int) -> list[dict]:
        return [
            {"annotator": f"person {who}", "value": "abc"[label[row] if who else (label[row] + 1) % 3]}
            for who in range(5)
        ]

    rows = [
        {"external_id": f"i{row}", "data": {"row": row}, "gold": "abc"[label[row]], "annotations": votes(row)[::-1]}
        for row in range(120)
    ]
    write(tmp_path / "with_votes.ndjson", rows)
    write(tmp_path / "gold.ndjson", [{name: row[name] for name in ("external_id", "data", "gold")} for row in rows])
    return tmp_path


def write(path, rows) -> None:
    path.write_text("\n".join(json.dumps(row) for row in rows))


def replay(folder, data="gold.ndjson", **options):
    """Each batch costs a round: few and large ones, where nobody looks at them."""
    out = folder / "out.json"
    call_command(
        "replay", folder / data, **{"vectors": folder / "vectors.npy", "batch": 20, "seeds": 2, "json": out} | options
    )
    return json.loads(out.read_text())


@REPLAYS
def test_a_replay_writes_its_figures_and_draws_its_curves(islands):
    result = replay(islands)
    assert result.keys() >= KEYS
    assert [row[0] for row in result["curve"]][:2] == [20, 40]
    assert all(low <= mean <= high for _, mean, low, high in result["curve"] + result["random"])
    assert result["labels_to_target"] <= result["random_labels_to_target"]
    assert result["saving_low"] <= result["saving"] <= result["saving_high"]
    assert result["clicks"] == result["curve"][-1][0]
    assert result["consensus_accuracy"] == 1
    assert (islands / "out.svg").read_text().startswith("<svg")


@REPLAYS
def test_nothing_is_left_of_a_replay_unless_its_projects_are_kept(islands):
    people = User.objects.count()
    replay(islands, most=40, batch=40)
    assert not Project.objects.exists()
    assert User.objects.count() == people
    assert [path.name for path in islands.glob("*.part.json")] == []
    replay(islands, most=40, batch=40, keep=True, seeds=1)
    assert Project.objects.filter(name__startswith="Replay: ").count() == 2


@REPLAYS
def test_people_answer_by_their_own_names_and_three_votes_are_three_clicks(islands):
    result = replay(islands, "with_votes.ndjson", votes="3", most=40, seeds=1, keep=True)
    project = Project.objects.get(name__startswith="Replay: curve")
    assert result["clicks"] == 3 * result["curve"][-1][0]
    names = set(Annotation.objects.filter(project=project).values_list("annotator__last_name", flat=True))
    assert names == {"person 4", "person 3", "person 2"}
    assert not project.assignments.filter(status="leased").exists()


@REPLAYS
def test_a_replay_that_was_stopped_goes_on_where_it_was(islands, monkeypatch):
    step, steps = playing.Player.step, []

    def counted(self, wanted):
        steps.append(wanted)
        if len(steps) == 4:
            raise KeyboardInterrupt
        return step(self, wanted)

    monkeypatch.setattr(playing.Player, "step", counted)
    with pytest.raises(CommandError, match="the same command goes on from here"):
        replay(islands)
    assert Project.objects.count() == 2
    again = replay(islands)
    assert [row[0] for row in again["curve"]] == [20 * (place + 1) for place in range(len(again["curve"]))]
    assert len(steps) - 1 == 2 * (len(again["curve"]) + len(again["random"]))
    assert not Project.objects.exists()


@REPLAYS
def test_texts_are_replayed_by_their_words_and_measured_on_a_file_of_their_own(tmp_path):
    words = {"fruit": ["apple", "pear", "plum"], "tools": ["saw", "drill", "hammer"]}
    rows = [{"text": f"number {n} is a {words[label][n % 3]}", "gold": label} for n in range(40) for label in words]
    write(tmp_path / "texts.ndjson", rows)
    write(tmp_path / "test.ndjson", rows[:20])
    result = replay(tmp_path, "texts.ndjson", vectors=None, test=tmp_path / "test.ndjson", metric="auc", seeds=1)
    assert result["curve"][-1][1] > 0.95


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"text": "a"}, "line 2 must be an object with a gold answer"),
        ({"gold": "a"}, "line 2 must have either text or data"),
        ({"text": "a", "gold": "b", "lable": "c"}, "line 2: unknown field 'lable'; known are annotations"),
        ({"data": {}, "gold": "b"}, "has texts and records"),
        ({"text": "b", "gold": "a"}, "all items have the same gold answer"),
    ],
)
def test_what_cannot_be_replayed_is_said(tmp_path, row, problem):
    write(tmp_path / "bad.ndjson", [{"text": "a", "gold": "a"}, row])
    with pytest.raises(CommandError, match=problem):
        call_command("replay", tmp_path / "bad.ndjson")


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"votes": "3"}, "--votes 3 needs annotations in the rows"),
        ({"batch": 0}, "must be at least 1"),
        ({"target": 1.5}, "--target is a share"),
        ({"test_share": 1.0}, "--test-share must lie between 0 and 1"),
    ],
)
def test_options_that_make_no_sense_are_refused(islands, options, problem):
    with pytest.raises(CommandError, match=problem):
        replay(islands, **options)


def test_vectors_must_fit_the_items(islands):
    np.save(islands / "vectors.npy", np.ones((3, 2)))
    with pytest.raises(CommandError, match="a row for each of the 120 items"):
        replay(islands)


def test_a_state_of_another_replay_is_not_continued(islands):
    (islands / "out.part.json").write_text('{"key": "another"}')
    with pytest.raises(running.Unusable, match="belongs to a replay with other options"):
        running.read_state(islands / "out.part.json", "ours")


class TestFigures:
    TRIED = Side([10, 20, 30], [[0.7, 0.9, 0.9], [0.7, 0.9, 0.92]])
    RANDOM = Side([10, 20, 30, 40], [[0.5, 0.6, 0.7, 0.9], [0.5, 0.6, 0.8, 0.92]])

    def test_the_mean_curve_has_to_reach_the_mean_target(self):
        result = figures.outcome(self.TRIED, self.RANDOM, [0.9, 0.9])
        assert (result["labels_to_target"], result["random_labels_to_target"], result["saving"]) == (20, 40, 0.5)
        assert (result["saving_low"], result["saving_high"]) == (0.5, 0.5)

    def test_a_target_that_random_order_never_reaches_counts_all_its_labels(self):
        result = figures.outcome(self.TRIED, Side([10, 20, 30, 40], [[0.5] * 4] * 2), [0.9, 0.9])
        assert (result["random_labels_to_target"], result["saving"]) == (None, 0.5)

    def test_a_strategy_that_fails_saves_nothing_known(self):
        result = figures.outcome(self.RANDOM, self.TRIED, [0.99, 0.99])
        assert (result["labels_to_target"], result["saving"]) == (None, None)

    def test_a_curve_says_what_holds_nine_tenths_of_the_seeds(self):
        assert Side([10], [[0.0], [1.0]]).curve() == [[10, 0.5, 0.05, 0.95]]

    def test_below_random_order_is_seen(self):
        assert figures.never_below(self.TRIED, self.RANDOM)
        assert not figures.never_below(self.RANDOM, self.TRIED)


@REPLAYS
def test_adaptive_votes_cost_fewer_clicks_than_three_of_each(islands):
    result = replay(islands, "with_votes.ndjson", votes="adaptive", batch=40, seeds=1, target=1.0)
    answered = result["curve"][-1][0]
    assert answered < result["clicks"] < 2 * answered
    assert result["random_clicks"] == 3 * result["random"][-1][0]
    assert result["consensus_accuracy"] > 0.9
