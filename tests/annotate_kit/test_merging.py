"""Several people's values of an item become one."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import orjson
import pytest

from annotate_kit import merging
from annotate_kit.aggregation import aggregate
from annotate_kit.merging import Answers, Content, merge, registry

EXAMPLES = {
    "spans": [
        [{"start": 0, "end": 4, "label": "PER"}, {"start": 10, "end": 16, "label": "LOC"}],
        [{"start": 0, "end": 4, "label": "PER"}, {"start": 10, "end": 13, "label": "LOC"}],
        [{"start": 20, "end": 24, "label": "ORG"}],
        [],
    ],
    "boxes": [
        [{"box": [10, 10, 50, 40], "label": "car"}, {"box": [60.5, 10, 90, 40], "label": "bus"}],
        [{"box": [12, 9, 52, 41], "label": "car"}],
        [{"box": [0, 80, 10, 95], "label": "bus"}],
        [],
    ],
    "polygons": [
        [{"polygon": [[10, 10], [50, 10], [50, 40], [10, 40]], "label": "car"}],
        [{"polygon": [[12, 10], [50, 12], [48, 40]], "label": "car"}],
        [{"polygon": [[0, 80], [10, 80], [5, 95]], "label": "bus"}],
        [],
    ],
    "points": [
        [{"point": [10, 10], "label": "eye"}, {"point": [50, 50], "label": "nose"}],
        [{"point": [11, 10.5], "label": "eye"}],
        [{"point": [90, 5], "label": "eye"}],
        [],
    ],
    "lines": [
        [{"line": [[0, 0], [50, 50], [90, 50]], "label": "road"}],
        [{"line": [[90, 51], [51, 50], [1, 0]], "label": "road"}],
        [{"line": [[0, 90], [90, 95]], "label": "road"}],
        [],
    ],
    "keypoints": [
        [
            {"keypoints": {"head": [20, 10, 2], "tail": [60, 40, 1]}, "label": "cat"},
            {"keypoints": {"head": [80, 60, 2]}, "label": "dog"},
        ],
        [{"keypoints": {"head": [21, 10, 2], "tail": [60, 42, 2]}, "label": "cat"}],
        [{"keypoints": {"head": [5, 90, 2], "tail": [30, 95, 2]}, "label": "dog"}],
        [],
    ],
    "text": ["the cat sat on the mat", "the cat sat on a mat", "dogs", ""],
    "rating": [3, 3.5, 9, 0],
}
CONTENT = Content(length=30, width=100, height=100, scale=10)

BAD = {
    "spans": [
        "ORG",
        [{"start": 3, "end": 3, "label": "ORG"}],
        [{"start": 3, "end": 31, "label": "ORG"}],
        [{"start": 1}],
    ],
    "boxes": [{}, [{"box": [1, 2, 3]}], [{"box": [5, 5, 5, 9]}], [{"point": [1, 2]}], [{"box": [0, 0, 9, "a"]}]],
    "polygons": [[{"polygon": [[1, 1], [2, 2]]}], [{"polygon": [[1, 1], [2, 2], [3, 3]]}], [[1, 2]]],
    "points": [[{"point": [1]}], [{"point": [1, float("nan")]}], 3],
    "lines": [[{"line": [[1, 1]]}], [{"line": [[1, 1], [1, 1]]}]],
    "keypoints": [
        [{"keypoints": [[1, 2, 2]]}],
        [{"keypoints": {}}],
        [{"keypoints": {"head": [1, 2, 0]}}],
        [{"keypoints": {"head": [1, 2, 3]}}],
        [{"keypoints": {"head": [1]}}],
        [{"keypoints": {" ": [1, 2, 2]}}],
    ],
    "text": [3, None, ["a"]],
    "rating": ["3", None, True, float("inf")],
}


def answers(*of_items, content=CONTENT):
    """One list of values an item; the first value is of the first person, and so on."""
    triples = [(item, person, value) for item, values in enumerate(of_items) for person, value in enumerate(values)]
    item, annotator, values = zip(*triples, strict=True) if triples else ((), (), ())
    n_annotators = max((len(values) for values in of_items), default=0)
    return Answers(item, annotator, values, [content] * len(of_items), n_annotators)


def box(*corners, label="car"):
    return {"box": list(corners), "label": label}


def span(start, end, label="PER"):
    return {"start": start, "end": end, "label": label}


@pytest.mark.parametrize("kind", registry.names)
class TestEveryKind:
    def test_what_all_say_is_what_is_merged(self, kind):
        for value in EXAMPLES[kind]:
            value = registry.load(kind).clean(value, CONTENT)
            (merged,) = merge(kind, answers([value] * 5))
            assert merged.value == value
            assert merged.disagreement == 0
            assert merged.confidence > 0.5

    def test_every_part_of_the_value_is_among_the_parts_with_probability_and_votes(self, kind):
        for merged in merge(kind, answers(EXAMPLES[kind], EXAMPLES[kind][:2])):
            for part in merged.parts:
                assert 0 <= part["probability"] <= 1
                assert isinstance(part["votes"], int)
            bare = [{name: part[name] for name in part.keys() - {"probability", "votes"}} for part in merged.parts]
            assert all(part in bare for part in merged.value) if isinstance(merged.value, list) else len(bare) > 0
            assert 0 <= merged.confidence <= 1
            assert 0 <= merged.disagreement <= 1

    def test_the_order_of_people_and_answers_does_not_matter(self, kind):
        first = merge(kind, answers(EXAMPLES[kind][:3], EXAMPLES[kind][:2]))
        plain = answers(EXAMPLES[kind][:3], EXAMPLES[kind][:2])
        order = [4, 2, 0, 3, 1]
        people = np.array([2, 0, 1])
        shuffled = Answers(
            plain.item[order], people[plain.annotator[order]], [plain.values[k] for k in order], plain.contents, 3
        )
        for expected, merged in zip(first, merge(kind, shuffled), strict=True):
            assert expected.value == merged.value
            assert expected.confidence == pytest.approx(merged.confidence, abs=1e-6)

    def test_an_item_without_answers_has_no_value(self, kind):
        nobody, somebody = merge(kind, answers([], EXAMPLES[kind][:2]))
        assert nobody.value is None
        assert nobody.parts == []
        assert somebody.value is not None

    def test_no_answers_at_all_are_no_error(self, kind):
        assert merge(kind, answers()) == []
        assert [merged.value for merged in merge(kind, answers([], []))] == [None, None]

    def test_distance_is_one(self, kind):
        """It is 0 to itself, the same both ways, and between 0 and 1."""
        entry = registry.load(kind)
        for a, b in combinations(EXAMPLES[kind], 2):
            assert entry.distance(a, a, CONTENT) == pytest.approx(0, abs=1e-9)
            assert 0 < entry.distance(a, b, CONTENT) <= 1
            assert entry.distance(a, b, CONTENT) == pytest.approx(entry.distance(b, a, CONTENT))
        near, far = entry.distance(*EXAMPLES[kind][:2], CONTENT), entry.distance(*EXAMPLES[kind][::2][:2], CONTENT)
        assert near < far

    def test_cleaning_twice_changes_nothing(self, kind):
        entry = registry.load(kind)
        for value in EXAMPLES[kind]:
            once = entry.clean(value, CONTENT)
            assert orjson.dumps(entry.clean(once, CONTENT)) == orjson.dumps(once)
            if isinstance(value, list):
                assert entry.clean(value[::-1], CONTENT) == once

    def test_the_values_of_ipyannotations_are_read(self, kind):
        ipyannotations = {
            "spans": [(0, 4, "PER")],
            "boxes": [{"type": "box", "label": "car", "xyxy": (50, 40, 10, 20)}],
            "polygons": [{"type": "polygon", "label": "car", "points": [(1, 1), (9, 1), (9, 9), (1, 1)]}],
            "points": [{"type": "point", "label": "eye", "coordinates": (3, 4)}],
            "text": "as it is",
        }
        cleaned = {
            "spans": [span(0, 4)],
            "boxes": [box(10.0, 20.0, 50.0, 40.0)],
            "polygons": [{"polygon": [[1.0, 1.0], [9.0, 1.0], [9.0, 9.0]], "label": "car"}],
            "points": [{"point": [3.0, 4.0], "label": "eye"}],
            "text": "as it is",
        }
        if kind in ipyannotations:
            assert registry.load(kind).clean(ipyannotations[kind], CONTENT) == cleaned[kind]

    def test_what_is_no_value_is_refused_in_words(self, kind):
        for value in BAD[kind]:
            with pytest.raises(ValueError, match=r"\w+ \w+"):
                registry.load(kind).clean(value, CONTENT)

    def test_the_known_values_score_best(self, kind):
        entry, values = registry.load(kind), EXAMPLES[kind][:3]
        right = next(iter(entry.score(values, values, [CONTENT] * 3).values()))
        wrong = next(iter(entry.score(values[::-1], values, [CONTENT] * 3).values()))
        assert right == pytest.approx(1)
        assert wrong < right

    def test_an_unknown_option_is_answered_with_the_known_ones(self, kind):
        with pytest.raises(TypeError, match="has no option 'quorums'; it has"):
            merge(kind, answers(), quorums=1)


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


class TestObjects:
    def test_an_object_stands_with_a_third_of_the_people(self):
        seen, unseen = [box(0, 0, 10, 10)], []
        values = [
            item.value for item in merge("boxes", answers([seen, unseen, unseen], [seen, unseen, unseen, unseen]))
        ]
        assert values == [seen, []]

    def test_the_quorum_is_a_setting(self):
        seen, unseen = [box(0, 0, 10, 10)], []
        assert merge("boxes", answers([seen, seen, unseen]), quorum=1.0)[0].value == []
        with pytest.raises(ValueError, match="quorum must be more than 0 and at most 1; it is 2"):
            merge("boxes", answers([seen]), quorum=2.0)

    def test_a_near_miss_is_shown(self):
        (item,) = merge("boxes", answers([[box(0, 0, 10, 10)], [], [], [], []]))
        assert item.value == []
        assert [(part["box"], part["votes"]) for part in item.parts] == [([0.0, 0.0, 10.0, 10.0], 1)]
        assert 0.1 <= item.parts[0]["probability"] < 0.5

    def test_nobodys_two_boxes_become_one(self):
        close = [box(0, 0, 10, 10), box(1, 0, 11, 10)]
        assert len(merge("boxes", answers([close, close]))[0].value) == 2

    def test_the_label_is_voted_on_apart_from_the_place(self):
        people = [[box(0, 0, 10, 10)], [box(0, 0, 10, 10)], [box(0, 0, 10, 10, label="bus")]]
        assert merge("boxes", answers(people), "majority_vote")[0].value == [box(0, 0, 10, 10)]

    def test_one_who_draws_badly_moves_the_box_little(self):
        rng = np.random.default_rng(0)
        good, bad = [], []
        for _ in range(40):
            corner = rng.uniform(0, 60, 2)
            true = [*corner, *(corner + rng.uniform(20, 40, 2))]
            near = [[box(*(true + rng.normal(0, 0.3, 4)))] for _ in range(2)]
            good.append([box(*true)])
            bad.append([*near, [box(*np.add(true, 5))]])
        merged = merge("boxes", answers(*bad, content=Content()))
        apart = [
            np.abs(np.subtract(item.value[0]["box"], true[0]["box"])).max()
            for item, true in zip(merged, good, strict=True)
        ]
        assert np.mean(apart) < 1

    def test_boxes_are_kept_in_the_picture_and_their_corners_in_order(self):
        clean = registry.load("boxes").clean
        assert clean([{"box": [50, 40, -3, 10.04]}], CONTENT) == [{"box": [0.0, 10.0, 50.0, 40.0]}]

    def test_people_are_told_apart_by_what_they_found(self):
        plan = registry.load("boxes").plan(
            answers([[box(0, 0, 9, 9)], []], [[box(0, 0, 9, 9)], []]), merging.options("boxes")
        )
        there = plan.questions[0]
        assert (there.name, there.aggregated) == ("there", False)
        assert sorted(zip(there.votes.annotator.tolist(), there.votes.label.tolist(), strict=True)) == [
            (0, 1), (0, 1), (1, 0), (1, 0),
        ]  # fmt: skip

    def test_the_medoid_polygon_is_somebodys(self):
        square, like, odd = (
            [[0, 0], [20, 0], [20, 20], [0, 20]],
            [[0, 0], [20, 1], [20, 20], [0, 20]],
            [[0, 0], [12, 0], [12, 20]],
        )
        people = [[{"polygon": ring, "label": "a"}] for ring in (odd, square, like)]
        value = merge("polygons", answers(people))[0].value
        assert value[0]["polygon"] in (square, like)

    def test_the_majority_outline_covers_what_most_cover(self):
        people = [[{"polygon": [[x, 0], [x + 40, 0], [x + 40, 40], [x, 40]], "label": "a"}] for x in (0, 10, 20)]
        (part,) = merge("polygons", answers(people), outline="majority")[0].value
        ring = np.array(part["polygon"])
        assert ring.min(axis=0) == pytest.approx([10, 0], abs=1)
        assert ring.max(axis=0) == pytest.approx([50, 40], abs=1)

    @pytest.mark.parametrize("shift", [0, 5, 10, 19])
    def test_the_overlap_of_polygons_is_right(self, shift):
        from annotate_kit.merging._raster import iou

        square = np.array([[0, 0], [20, 0], [20, 20], [0, 20]], dtype=float)
        assert iou(square, np.add(square, [shift, 0])) == pytest.approx((20 - shift) / (20 + shift), abs=0.01)

    def test_points_are_the_median(self):
        people = [[{"point": [x, 20], "label": "eye"}] for x in (10, 11, 13)]
        assert merge("points", answers(people))[0].value == [{"point": [11.0, 20.0], "label": "eye"}]

    def test_a_line_drawn_from_the_other_end_is_the_same(self):
        distance = registry.load("lines").distance
        line = [{"line": [[0, 0], [50, 50], [90, 50]]}]
        assert distance(line, [{"line": line[0]["line"][::-1]}], CONTENT) == pytest.approx(0)


def cat(label="cat", **joints):
    return {"keypoints": {name: list(joint) for name, joint in joints.items()}, "label": label}


class TestKeypoints:
    def test_each_joint_is_the_median_and_seen_or_hidden_by_vote(self):
        people = [
            [cat(head=(20, 10, 2), tail=(60, 40, 1))],
            [cat(head=(21, 12, 2), tail=(61, 41, 2))],
            [cat(head=(24, 13, 1), tail=(63, 44, 1))],
        ]
        (merged,) = merge("keypoints", answers(people))
        assert merged.value == [cat(head=(21.0, 12.0, 2), tail=(61.0, 41.0, 1))]

    def test_a_joint_that_most_leave_out_is_absent(self):
        people = [[cat(head=(20, 10, 2), tail=(60, 40, 2))], [cat(head=(20, 10, 2))], [cat(head=(20, 10, 2))]]
        assert merge("keypoints", answers(people))[0].value == [cat(head=(20.0, 10.0, 2))]
        assert merge("keypoints", answers(people[:2]))[0].value == people[0]

    def test_an_object_whose_joints_nobody_shares_keeps_them(self):
        """They are objects of their own, each with what its annotator placed."""
        people = [[cat(head=(20, 10, 2))], [cat(tail=(60, 40, 2))]]
        assert len(merge("keypoints", answers(people))[0].value) == 2

    def test_two_animals_side_by_side_are_not_mixed(self):
        left, right = cat(head=(10, 10, 2), tail=(30, 40, 2)), cat(head=(60, 10, 2), tail=(80, 40, 2))
        turned = [cat(head=(61, 11, 2), tail=(79, 41, 2)), cat(head=(11, 9, 2), tail=(31, 39, 2))]
        (merged,) = merge("keypoints", answers([[left, right], turned, [left]]))
        assert [part["keypoints"]["head"][0] for part in merged.value] == [10, 60.5]
        assert [part["votes"] for part in merged.parts] == [3, 2]

    def test_the_similarity_is_that_of_coco(self):
        """exp(−d² ÷ 2 s² k²) of each joint, with k = 2 σ and s² the area, here the box's by 0.53."""
        a, b = cat(head=(10, 10, 2), tail=(50, 50, 2)), cat(head=(13, 14, 2), tail=(50, 50, 2))
        area = 0.53 * 40 * 40
        wanted = (np.exp(-25 / (2 * area * 0.14**2)) + 1) / 2
        assert registry.load("keypoints").distance([a], [b], CONTENT) == pytest.approx(1 - wanted)

    def test_another_visibility_is_a_small_distance_and_a_missing_joint_a_large_one(self):
        distance = registry.load("keypoints").distance
        whole = [cat(head=(10, 10, 2), tail=(50, 50, 2))]
        hidden = distance(whole, [cat(head=(10, 10, 2), tail=(50, 50, 1))], CONTENT)
        missing = distance(whole, [cat(head=(10, 10, 2))], CONTENT)
        assert 0 < hidden < 0.1 < missing == pytest.approx(0.5)

    def test_joints_are_moved_into_the_picture_and_absent_ones_left_out(self):
        value = [cat(tail=(120, -3), head=(9.96, 5, 1), ear=(0, 0, 0))]
        assert registry.load("keypoints").clean(value, CONTENT) == [cat(head=(10.0, 5.0, 1), tail=(100.0, 0.0, 2))]


class TestTexts:
    def test_the_answer_most_like_the_others_wins(self):
        people = ["the cat sat on the mat", "a cat sat on the mat", "the cat sat at the mat", "buy cheap watches now"]
        (merged,) = merge("text", answers(people))
        assert merged.value == people[0]
        assert merged.parts[0]["probability"] > merged.parts[-1]["probability"]

    def test_who_usually_agrees_decides_between_two(self):
        texts = [[f"word {n} is right", f"word {n} is right", f"spam {n} spam"] for n in range(8)]
        last = ["north by northwest", "", "south of the border"]
        people_answers = answers(*texts, last)
        without_second = [k for k in range(len(people_answers.values)) if k != len(people_answers.values) - 2]
        pair = Answers(people_answers.item[without_second], people_answers.annotator[without_second],
                       [people_answers.values[k] for k in without_second], people_answers.contents, 3)  # fmt: skip
        assert merge("text", pair)[-1].value == "north by northwest"

    @pytest.mark.parametrize(("a", "b", "edits"), [
        ("kitten", "sitting", 3), ("", "abc", 3), ("flaw", "lawn", 2), ("abc" * 40, "abd" * 40, 40), ("a", "a", 0),
    ])  # fmt: skip
    def test_edits_are_counted_right(self, a, b, edits):
        from annotate_kit.merging._text import edit_distance

        assert edit_distance(a, b) == edit_distance(b, a) == edits


def test_a_rating_is_the_mean_and_surer_with_more_people():
    few, many = merge("rating", answers([2, 4], [2, 4, 2, 4, 2, 4, 2, 4]))
    assert few.value == many.value == 3
    assert few.confidence < many.confidence
    assert many.parts[0]["low"] < 3 < many.parts[0]["high"]


def drawn_by_three(rng, jitter, n_items=30):
    """Pictures with two objects each; three people draw both, more or less exactly."""
    items = []
    for _ in range(n_items):
        corners = [rng.uniform(0, 70, 2) for _ in range(2)]
        boxes = [(box(*c, *(c + 20)), label) for c, label in zip(corners, ("car", "bus"), strict=True)]
        items.append(
            [
                [box(*(np.array(shape["box"]) + rng.normal(0, jitter, 4)), label=label) for shape, label in boxes]
                for _ in range(3)
            ]
        )
    return answers(*items, content=Content())


class TestAgreement:
    @pytest.mark.slow(reason="draws the items of six kinds fifty times, for six coefficients")
    def test_people_who_say_the_same_agree_in_everything(self):
        for kind in ("spans", "boxes", "polygons", "points", "lines", "keypoints"):
            values = [[EXAMPLES[kind][n]] * 3 for n in (0, 2)]
            agreement = merging.agreement(kind, answers(*values), replicates=50)
            assert list(agreement) == ["sigma", "ks", "found", "called", "drawn", "drawn_ks"]
            assert [coefficient.value for coefficient in agreement.values()] == pytest.approx([1] * 6)

    def test_texts_and_ratings_agree_as_wholes(self):
        for kind in ("text", "rating"):
            values = [[EXAMPLES[kind][n]] * 3 for n in (0, 2)]
            agreement = merging.agreement(kind, answers(*values), replicates=50)
            assert {name: coefficient.value for name, coefficient in agreement.items()} == pytest.approx(
                {"sigma": 1, "ks": 1}
            )

    def test_who_answers_the_same_whatever_is_there_does_not_agree(self):
        """A box in the middle of every picture overlaps everybody's; it tells nothing of the picture."""
        rng = np.random.default_rng(0)
        lazy = [[[box(*(np.array([20, 20, 80, 80]) + rng.normal(0, 2, 4)))] for _ in range(3)] for _ in range(30)]
        agreement = merging.agreement("boxes", answers(*lazy, content=Content()), replicates=200)
        assert abs(agreement["sigma"].value) < 0.1
        assert agreement["sigma"].low < 0 < agreement["sigma"].high
        assert agreement["ks"].value < 0.2

    def test_drawing_worse_is_seen_where_it_is_and_nowhere_else(self):
        rng = np.random.default_rng(1)
        exact, rough = (merging.agreement("boxes", drawn_by_three(rng, jitter), replicates=200) for jitter in (0.2, 3))
        assert rough["drawn"].value < exact["drawn"].value - 0.1
        assert exact["found"].value == exact["called"].value == rough["called"].value == 1

    def test_calling_it_otherwise_is_seen_where_it_is(self):
        drawn = drawn_by_three(np.random.default_rng(1), 0.2)
        values = [
            [{**part, "label": "van"} for part in value] if person == 2 else value
            for person, value in zip(drawn.annotator, drawn.values, strict=True)
        ]
        mixed = Answers(drawn.item, drawn.annotator, values, drawn.contents, 3)
        agreement = merging.agreement("boxes", mixed, replicates=200)
        assert agreement["called"].value < 0.5
        assert agreement["found"].value == 1

    def test_overlooking_is_seen_where_it_is(self):
        drawn = drawn_by_three(np.random.default_rng(1), 0.2)
        values = [
            value[:1] if person == 2 else value for person, value in zip(drawn.annotator, drawn.values, strict=True)
        ]
        agreement = merging.agreement(
            "boxes", Answers(drawn.item, drawn.annotator, values, drawn.contents, 3), replicates=200
        )
        assert agreement["found"].value < 0.5
        assert agreement["called"].value == 1

    @pytest.mark.slow(reason="a thousand replicates of 128 items")
    def test_the_interval_holds_the_value_and_narrows_with_more_items(self):
        rng = np.random.default_rng(2)
        few, many = (merging.agreement("boxes", drawn_by_three(rng, 2, n))["drawn"] for n in (8, 120))
        for coefficient in (few, many):
            assert coefficient.low <= coefficient.value <= coefficient.high
        assert many.high - many.low < few.high - few.low
        assert (few.n_items, many.n_items) == (8, 120)

    def test_the_same_seed_gives_the_same_interval(self):
        drawn = drawn_by_three(np.random.default_rng(3), 2)
        assert merging.agreement("boxes", drawn, replicates=50) == merging.agreement("boxes", drawn, replicates=50)

    def test_who_draws_like_whom_is_told_pair_by_pair(self):
        drawn = drawn_by_three(np.random.default_rng(1), 0.2)
        values = [
            [box(20, 20, 80, 80)] if person == 2 else value
            for person, value in zip(drawn.annotator, drawn.values, strict=True)
        ]
        lazy = Answers(drawn.item, drawn.annotator, values, drawn.contents, 3)
        sigma, shared = merging.agreement_of_pairs("boxes", lazy)
        assert (sigma == sigma.T).all()
        assert sigma[0, 1] > 0.9 > 0.3 > sigma[0, 2]
        assert (shared == drawn.n_items).all()

    def test_pairs_with_too_little_in_common_are_nan(self):
        sigma, shared = merging.agreement_of_pairs("boxes", answers([[box(0, 0, 9, 9)], [box(0, 0, 9, 9)]]), least=2)
        assert np.isnan(sigma[0, 1])
        assert shared[0, 1] == 1

    def test_nothing_to_compare_is_nan(self):
        agreement = merging.agreement("boxes", answers([[box(0, 0, 9, 9)]]))
        assert np.isnan([coefficient.value for coefficient in agreement.values()]).all()
        assert np.isnan(merging.agreement("spans", answers())["sigma"].value)

    def test_sigma_is_one_minus_the_ratio_of_means(self):
        from annotate_kit.agreement import Distances, sigma_and_ks

        distances = Distances(
            np.array([0, 0, 1]), np.array([0.1, 0.3, 0.2]), np.array([0, 0]), np.array([1, 1]), np.array([0.8, 0.15]), 2
        )
        sigma, ks = sigma_and_ks(distances, replicates=0)
        assert sigma.value == pytest.approx(1 - 0.2 / 0.475)
        assert ks.value == pytest.approx(0.5)
        assert np.isnan(sigma.low)


def real(path: Path, kind, *, keep=lambda annotations: annotations):
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    clean, people, item, annotator, values = registry.load(kind).clean, {}, [], [], []
    contents = [Content(length=len(row["text"]) if "text" in row else None) for row in rows]
    for number, row in enumerate(rows):
        for annotation in keep(row["annotations"]):
            item.append(number)
            annotator.append(people.setdefault(annotation["annotator"], len(people)))
            values.append(clean(annotation["value"], contents[number]))
    gold = [clean(row["gold"], contents[number]) for number, row in enumerate(rows)]
    return Answers(item, annotator, values, contents, len(people)), gold


@pytest.mark.realdata
class TestOnRealPeople:
    def score(self, kind, people_answers, gold):
        values = [merged.value for merged in merge(kind, people_answers)]
        return registry.load(kind).score(values, gold, people_answers.contents)

    def test_spans(self, shared_data):
        unmasked = lambda annotations: [row for row in annotations if not row.get("masked_gold")]  # noqa: E731
        people_answers, gold = real(shared_data / "crowd_ner" / "val.ndjson", "spans", keep=unmasked)
        assert self.score("spans", people_answers, gold)["f1"] > 0.75

    def test_boxes_of_five_people(self, shared_data):
        people_answers, gold = real(
            shared_data / "crowd_boxes" / "images.ndjson", "boxes", keep=lambda annotations: annotations[:5]
        )
        figures = self.score("boxes", people_answers, gold)
        assert figures["f1"] > 0.735
        assert figures["mean_iou"] > 0.798

    def test_translations(self, shared_data):
        people_answers, gold = real(shared_data / "translations" / "jp_en.ndjson", "text")
        assert self.score("text", people_answers, gold)["similarity"] > 0.505


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


def test_values_that_differ_in_a_relation_are_apart():
    distance = registry.load("spans").distance
    assert distance(RELATED, RELATED, CONTENT) == 0
    assert distance(RELATED, [ANN, ACME], CONTENT) == pytest.approx(0.2)
    assert distance(RELATED, [], CONTENT) == 1
