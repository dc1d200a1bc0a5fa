"""Spans of several people become one value, with their relations."""

import re

import numpy as np
import pytest

from annotate_kit import merging
from annotate_kit.aggregation import aggregate
from annotate_kit.merging import Answers, merge, registry
from tests.annotate_kit.merged_values import CONTENT, EXAMPLES, answers, span


class TestSpans:
    def test_people_who_cut_a_name_short_are_outvoted_atom_by_atom(self):
        texts = [[[span(3, 9)], [span(3, 9)], [span(5, 9)]]] * 6
        assert [item.value for item in merge("spans", answers(*texts))] == [[span(3, 9)]] * 6

    def test_two_spans_side_by_side_stay_two(self):
        texts = [[[span(0, 5), span(5, 9)]] * 3] * 3
        assert merge("spans", answers(*texts))[0].value == [span(0, 5), span(5, 9)]

    def test_a_near_miss_is_shown_and_not_taken(self):
        texts = [[[span(0, 4), span(6, 9)], [span(0, 4)], [span(0, 4)], [span(0, 4)]]] * 5
        item = merge("spans", answers(*texts), "majority_vote")[0]
        assert item.value == [span(0, 4)]
        assert [(part["start"], part["votes"]) for part in item.parts] == [(0, 4), (6, 1)]
        assert item.parts[1]["probability"] == pytest.approx(0.25)

    def test_one_voter_is_never_certain(self):
        (item,) = merge("spans", answers([[span(0, 4)]]))
        assert item.parts[0]["probability"] < 1

    def test_spans_of_different_labels_overlap_where_that_is_allowed(self):
        value = [span(0, 9, "ORG"), span(0, 4, "PER")]
        with pytest.raises(ValueError, match="0 to 9 and 0 to 4 of one answer overlap; allow it with overlap labels"):
            merge("spans", answers([value] * 3))
        (item,) = merge("spans", answers([value] * 3), overlap="labels")
        assert sorted(map(str, item.value)) == sorted(map(str, value))

    def test_spans_of_one_label_overlap_where_all_may(self):
        value = [span(0, 9), span(2, 4)]
        with pytest.raises(ValueError, match="overlap; allow it with overlap free"):
            merge("spans", answers([value] * 3), overlap="labels")
        (item,) = merge("spans", answers([value] * 3), overlap="free")
        assert item.value == value

    def test_the_questions_can_be_answered_by_any_method(self):
        plan = registry.load("spans").plan(answers(*[EXAMPLES["spans"]] * 2), merging.options("spans"))
        (question,) = plan.questions
        assert list(question.labels) == ["O", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-PER", "I-PER"]
        assert len(question.item) == question.votes.n_items
        probabilities = np.zeros((question.votes.n_items, 7))
        probabilities[:, 0] = 1
        assert [item.value for item in plan.compose([probabilities])] == [[], []]

    def test_atoms_of_a_text_are_said_to_hang_together(self):
        """Two people who make one mistake over many atoms are not taken for copies of each other."""
        plan = registry.load("spans").plan(answers(*[EXAMPLES["spans"]] * 3), merging.options("spans"))
        (question,) = plan.questions
        assert not question.independent
        assert (merging.believed(question) == aggregate(question.votes, independent=False).beliefs).all()
        assert (merging.believed(question, "MV") == aggregate(question.votes, "MV").beliefs).all()

    def test_no_label_goes_on_before_it_begins(self):
        """Probabilities may say "I" first; the most probable sequence says "B" then."""
        plan = registry.load("spans").plan(answers([[span(0, 4), span(4, 8)], [span(0, 8)]]), merging.options("spans"))
        probabilities = np.tile([0.01, 0.09, 0.9], (plan.questions[0].votes.n_items, 1))
        assert plan.compose([probabilities])[0].value == [span(0, 30)]


ANN, ACME = {"start": 0, "end": 4, "label": "PER"}, {"start": 10, "end": 16, "label": "ORG"}
RELATED = {
    "spans": [{"id": 0, **ANN}, {"id": 1, **ACME}],
    "relations": [{"from": 0, "to": 1, "label": "works for"}],
}


def test_a_value_with_relations_is_the_same_whatever_its_ids_and_order():
    clean = registry.load("spans").clean
    spans = [{"id": "b", **ACME}, {"id": "a", **ANN}]
    relations = [{"from": "a", "to": "b", "label": "works for"}] * 2
    assert clean({"spans": spans, "relations": relations}, CONTENT) == RELATED == clean(RELATED, CONTENT)
    assert clean({"spans": spans, "relations": []}, CONTENT) == [ANN, ACME]


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"spans": "none"}, '{"spans": […], "relations"'),
        ({"spans": [ANN], "relations": [{"from": 0, "to": 5, "label": "x"}]}, "none with the id 5, ids are 0"),
        ({"spans": [ANN], "relations": [{"from": 0, "to": 0, "label": "x"}]}, "from a span to itself"),
        ({"spans": [ANN], "relations": [{"from": 0, "to": [], "label": "x"}]}, "none with the id"),
        ({"spans": [ANN, ACME], "relations": [{"from": 0, "to": 1, "label": ""}]}, "label must be a name"),
        ({"spans": [ANN, ACME], "relations": ["works for"]}, 'a relation is {"from": 0'),
        ({"spans": [{"id": 1, **ANN}, {"id": 1, **ACME}], "relations": []}, "two spans have the id 1"),
        ({"spans": [{"id": [1], **ANN}], "relations": []}, "a span's id is a whole number or a string; it is"),
    ],
)
def test_a_wrong_relation_is_told(value, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        registry.load("spans").clean(value, CONTENT)


def merged_relations(*values):
    n = len(values)
    answers = Answers([0] * n, range(n), list(values), [CONTENT], n)
    return merge("spans", answers, "majority_vote")[0].value


def test_a_relation_is_what_most_of_those_who_marked_both_ends_drew():
    assert merged_relations(RELATED, RELATED, [ANN, ACME]) == RELATED
    assert merged_relations(RELATED, [ANN, ACME], [ANN, ACME]) == [ANN, ACME]
    assert merged_relations(RELATED, [ANN, ACME]) == [ANN, ACME]
    assert merged_relations(RELATED, RELATED, [ACME], [ACME]) == RELATED  # who overlooked Ann has no say
    assert merged_relations(RELATED, [ACME], [ACME], [ACME], [ACME]) == [ACME]  # an end is lost, and it with it


def test_relations_are_parts_with_their_probability_and_those_left_out_too():
    lives = {**RELATED, "relations": [{"from": 0, "to": 1, "label": "lives in"}]}
    answers = Answers([0] * 4, range(4), [RELATED, RELATED, lives, [ACME]], [CONTENT], 4)
    (merged,) = merge("spans", answers, "majority_vote")
    assert merged.value == RELATED
    ends = {"from": ANN, "to": ACME}
    assert [part for part in merged.parts if "from" in part] == [
        {**ends, "label": "lives in", "probability": 1.5 / 4, "votes": 1},
        {**ends, "label": "works for", "probability": 2.5 / 4, "votes": 2},
    ]
    assert [part["label"] for part in merged.parts[:2]] == ["PER", "ORG"], "spans come first"


@pytest.mark.parametrize(
    ("values", "confidence"),
    [
        ([RELATED, RELATED, [ANN, ACME]], 2.5 / 4),  # two of three drew it
        ([RELATED, [ANN, ACME], [ANN, ACME]], 2.5 / 4),  # it is left out, as surely
        ([RELATED, RELATED, RELATED], 3.5 / 4),
        ([[ANN, ACME]] * 3, 1),
    ],
)
def test_a_value_is_as_sure_as_its_least_sure_relation(values, confidence):
    (merged,) = merge("spans", Answers([0] * 3, range(3), values, [CONTENT], 3), "majority_vote")
    assert merged.confidence == confidence


def test_a_relation_whose_end_was_lost_makes_nothing_less_sure():
    values = [RELATED, [ACME], [ACME], [ACME], [ACME]]
    (merged,) = merge("spans", Answers([0] * 5, range(5), values, [CONTENT], 5), "majority_vote")
    assert merged.value == [ACME]
    assert merged.confidence == 0.8


def test_a_relation_that_hardly_anybody_drew_is_no_part():
    others = [[ANN, ACME]] * 18
    answers = Answers([0] * 19, range(19), [RELATED, *others], [CONTENT], 19)
    (merged,) = merge("spans", answers, "majority_vote")
    assert not [part for part in merged.parts if "from" in part]


def test_values_that_differ_in_a_relation_are_apart():
    distance = registry.load("spans").distance
    assert distance(RELATED, RELATED, CONTENT) == 0
    assert distance(RELATED, [ANN, ACME], CONTENT) == pytest.approx(0.2)
    assert distance(RELATED, [], CONTENT) == 1
