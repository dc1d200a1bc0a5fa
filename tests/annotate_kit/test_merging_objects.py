"""Shapes and keypoints of several people become one value."""

import numpy as np
import pytest

from annotate_kit import merging
from annotate_kit.merging import Content, merge, registry
from tests.annotate_kit.merged_values import CONTENT, answers, box


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

    @pytest.mark.parametrize("content", [Content(), Content(width=4000, height=3000)], ids=["unknown", "large"])
    def test_what_somebody_adds_to_every_box_is_taken_off(self, content):
        rng = np.random.default_rng(0)
        unit = 4 if content.width else 1
        true = [np.array([x, y, x + 90, y + 60]) * unit for x, y in rng.uniform(50, 500, (60, 2))]
        wide = np.array([-6, -6, 6, 6]) * unit
        people = [
            [[box(*(place + margin + rng.normal(0, 0.5 * unit, 4)))] for margin in (0, 0, wide)] for place in true
        ]
        merged = [item.value[0]["box"] for item in merge("boxes", answers(*people, content=content))]
        assert np.abs(np.subtract(merged, true)).mean() / unit < 0.6
        alone = [[[], [], people[0][2]]]
        *_, item = merge("boxes", answers(*people, *alone, content=content))
        assert item.value[0]["box"] == pytest.approx(people[0][2][0]["box"], abs=0.05), (
            "what one person alone drew stays as it is"
        )

    def test_a_small_box_stays_a_box_within_the_picture(self):
        people = []
        for n in range(40):
            true = np.array([n, n, n + 60, n + 60])
            people.append([[box(*true)], [box(*np.add(true, [9, 9, 0, 0]))]])
        tiny = [[box(0, 0, 3, 3)], [box(1, 1, 3, 3)]]
        corner = [[box(98, 98, 100, 100)], [box(99, 99, 100, 100)]]
        *_, small, last = merge("boxes", answers(*people, tiny, corner, content=CONTENT))
        for item in (small, last):
            x0, y0, x1, y1 = item.value[0]["box"]
            assert 0 <= x0 < x1 <= 100 and 0 <= y0 < y1 <= 100

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
