"""Several people's values of an item become one: what holds for every kind, texts, ratings, rankings, real people."""

from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import orjson
import pytest

from annotate_kit.merging import Answers, Content, merge, registry
from tests.annotate_kit.merged_values import CONTENT, EXAMPLES, answers, box, span

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
    "ranking": ["0", None, [0], [0, 2], [1, 1], [True, False], [0, 1.0], list(range(11))],
}


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
            assert all(part in bare for part in merged.value) if is_of_parts(merged.value) else len(bare) > 0
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
            if is_of_parts(value):
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


def is_of_parts(value) -> bool:
    """Whether it is a list of parts, whose order says nothing."""
    return isinstance(value, list) and all(isinstance(part, dict) for part in value)


class TestRankings:
    def test_the_ranking_agrees_with_most_of_what_is_said_of_pairs(self):
        """Against all orders that there are."""
        rng = np.random.default_rng(2)
        people = [[rng.permutation(5).tolist() for _ in range(4)] for _ in range(30)]
        merged = merge("ranking", answers(*people), "majority_vote")
        for rankings, (value, disagreement) in zip(people, [(m.value, m.disagreement) for m in merged], strict=True):
            of = registry.load("ranking").distance
            away = {
                order: sum(of(list(order), person, CONTENT) for person in rankings) for order in permutations(range(5))
            }
            assert away[tuple(value)] == pytest.approx(min(away.values()))
            assert 0 < disagreement < 1

    def test_whose_rankings_are_random_counts_little(self):
        rng = np.random.default_rng(0)
        known = [rng.permutation(6).tolist() for _ in range(40)]
        random = [[rng.permutation(6).tolist() for _ in range(2)] for _ in known]
        near = [[true[:4] + true[:3:-1], [true[1], true[0], *true[2:]]] for true in known]
        people = answers(*([*two, *noise] for two, noise in zip(near, random, strict=True)))
        weighed, counted = (
            registry.load("ranking").score([m.value for m in merge("ranking", people, method)], known, [])["tau"]
            for method in ("dawid_skene", "majority_vote")
        )
        assert weighed > counted + 0.1

    def test_a_ranking_of_another_list_is_left_out(self):
        (merged,) = merge("ranking", answers([[1, 0, 2], [1, 2, 0], [0, 1]]))
        assert merged.value == [1, 0, 2]
        assert [part["votes"] for part in merged.parts] == [2, 1, 1]


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
        assert figures["f1"] > 0.745
        assert figures["mean_iou"] > 0.803

    def test_translations(self, shared_data):
        people_answers, gold = real(shared_data / "translations" / "jp_en.ndjson", "text")
        assert self.score("text", people_answers, gold)["similarity"] > 0.505
