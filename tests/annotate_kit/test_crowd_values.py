"""The command line for files of values: spans, boxes, keypoints."""

import itertools
import json
import re

import pytest

from annotate_kit import cli
from annotate_kit.cli import CommandFailed

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
        (changed(external_id=NAMES[0]["external_id"]), [], "was given in line 1 already; a row is an item"),
        (
            changed(annotations=[{"annotator": "ann", "value": []}, {"annotator": "ann", "value": []}]),
            [],
            "line 2: annotations has two answers of 'ann'; an item takes one of each",
        ),
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
