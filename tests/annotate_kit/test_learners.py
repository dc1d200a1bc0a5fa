"""Learners learn values from values."""

import random
import re
import sys
from itertools import pairwise

import numpy as np
import orjson
import pytest
from scipy import sparse
from scipy.optimize import approx_fprime
from sklearn.linear_model import LogisticRegression

from annotate_kit import merging
from annotate_kit.learners import numbers, out_of_fold, preference, questions, registry, sequence
from annotate_kit.learners._ngrams import vectors
from annotate_kit.learners._radial import Radial
from annotate_kit.learners._tokens import LONGEST, labelled, runs, sentences

FIRST = ["Anna", "Bo", "Chidi", "Dora", "Émile", "Farida", "Gao", "Hana"]
PLACES = ["Paris", "Lagos", "Kyoto", "Quito", "Oslo", "Accra"]


def introduction(rng: random.Random) -> tuple[str, list[dict]]:
    """A sentence about somebody somewhere, and its names."""
    person, place = rng.choice(FIRST), rng.choice(PLACES)
    form = rng.choice(["{} went to {} 🚂 today.", "Yesterday {} came from {}!", "{}, who lives in {}, is well."])
    text = form.format(person, place)
    start, at = text.index(person), text.index(place)
    spans = [(start, start + len(person), "PER"), (at, at + len(place), "LOC")]
    return text, [{"start": start, "end": end, "label": label} for start, end, label in sorted(spans)]


def measurement(rng: np.random.Generator) -> tuple[tuple[float, ...], float]:
    """Five figures, and a number that follows from three of them."""
    vector = rng.normal(size=5)
    return tuple(vector.tolist()), round(float(vector[:3] @ [1.0, -2.0, 0.5]), 4)


def parcel(rng: np.random.Generator) -> tuple[tuple[float, ...], dict]:
    """Five figures of a parcel, its size, and what is true of it."""
    vector = rng.choice([-1.0, 1.0], size=5) + rng.normal(0, 0.2, size=5)
    traits = [name for name, figure in zip(("fragile", "heavy"), vector[3:], strict=True) if figure > 0]
    return tuple(vector.tolist()), {"size": "large" if vector[0] > 0 else "small", "traits": traits}


WORDS = ["tea", "boat", "lamp", "river", "stone", "cloud", "chair", "apple", "paper", "horse"]


def replies(rng: np.random.Generator, n: int = 2) -> tuple[tuple[str, ...], list[int]]:
    """So many replies, each of five words and more or less polite; people prefer the politer ones."""
    n_thanks = rng.permutation(5)[:n].tolist()
    texts = [" ".join(rng.permutation([*rng.choice(WORDS, 5), *["thanks"] * k])) for k in n_thanks]
    return tuple(texts), np.argsort(-np.array(n_thanks)).tolist()


@pytest.fixture
def examples():
    """Contents and values that the entry can learn."""
    drawn = {
        sequence: lambda n: introduction(random.Random(n)),
        numbers: lambda n: measurement(np.random.default_rng(n)),
        questions: lambda n: parcel(np.random.default_rng(n)),
        preference: lambda n: replies(np.random.default_rng(n)),
    }

    def of(entry):
        return [list(column) for column in zip(*(drawn[entry](n) for n in range(60)), strict=True)]

    return of


STRANGE = {
    "sequence": "Zzyzx Blorb tea Quux?",
    "numbers": (30.0,) * 5,
    "questions": (0.0,) * 5,
    "preference": ("boat", "boat"),
}


DISTANCES = {
    "sequence": lambda value, true: merging.registry.load("spans").distance(value, true, merging.Content()),
    "numbers": lambda value, true: merging.registry.load("rating").distance(value, true, merging.Content(scale=10)),
    "questions": lambda value, true: 1 - questions.score([value], [true], [])["right"],
    "preference": lambda value, true: 1 - preference.score([value], [true], [])["ordered"],
}


@pytest.mark.parametrize("name", registry.names)
class TestEveryLearner:
    def test_it_learns_what_it_was_shown(self, name, examples):
        entry = registry.load(name)
        contents, values = examples(entry)
        predictions = entry.predict(entry.fit(contents[:40], values[:40]), contents[40:])
        apart = [DISTANCES[name](row.value, value) for row, value in zip(predictions, values[40:], strict=True)]
        assert sum(np.array(apart) < 0.02) >= 18

    def test_a_model_is_bytes_and_says_the_same_again(self, name, examples):
        entry = registry.load(name)
        contents, values = examples(entry)
        model = entry.fit(contents, values)
        assert isinstance(model, bytes)
        assert entry.predict(model, contents) == entry.predict(bytes(model), contents)
        assert entry.fit(contents, values) == model

    def test_parts_have_probabilities_and_unsure_items_the_higher_score(self, name, examples):
        entry = registry.load(name)
        contents, values = examples(entry)
        seen, strange = entry.predict(entry.fit(contents, values), [contents[0], STRANGE[name]])
        assert all(0 <= part["probability"] <= 1 for part in seen.parts)
        assert strange.score > seen.score >= 0

    def test_items_without_weight_or_value_are_not_learned_from(self, name, examples):
        entry = registry.load(name)
        contents, values = examples(entry)
        half = entry.fit(contents[:30], values[:30])
        assert entry.fit(contents, values, [1.0] * 30 + [0.0] * 30) == half
        assert entry.fit(contents, [*values[:30], *[None] * 30]) == half

    def test_nothing_to_learn_from_is_said(self, name):
        assert registry.load(name).lacking([])
        with pytest.raises(ValueError, match="nothing to learn from"):
            registry.load(name).fit([], [])

    def test_out_of_fold_nobody_has_seen_the_item(self, name, examples):
        entry = registry.load(name)
        contents, values = examples(entry)
        seen = []

        class Watched:
            lacking = entry.lacking

            @staticmethod
            def fit(contents, values, weights=None):
                seen.append(set(contents))
                return entry.fit(contents, values, weights)

            @staticmethod
            def predict(model, contents):
                assert not seen[-1] & set(contents)
                return entry.predict(model, contents)

        distinct = dict(zip(contents, values, strict=True))
        predictions = out_of_fold(Watched, list(distinct), list(distinct.values()), folds=3)
        assert len(predictions) == len(distinct)
        assert None not in predictions

    def test_what_nobody_answered_is_predicted_too(self, name, examples):
        entry = registry.load(name)
        contents, values = examples(entry)
        predictions = out_of_fold(entry, [*contents, contents[0]], [*values, None])
        assert predictions[-1] is not None
        assert out_of_fold(entry, contents[:3], [None] * 3) == [None] * 3


class TestNumbers:
    def test_an_item_without_which_all_numbers_are_equal_is_not_predicted(self):
        contents, values = np.eye(6), [4, 4, 4, 4, 4, 5]
        predictions = out_of_fold(numbers, contents, values, folds=6)
        assert [row is None for row in predictions] == [False] * 5 + [True]

    def test_rows_of_sparse_matrices_are_learned_from_as_dense_ones_are(self):
        rng = np.random.default_rng(0)
        dense = rng.random((80, 12)) * (rng.random((80, 12)) < 0.4)
        dense -= dense.mean(axis=0)  # which is what is taken off dense vectors
        values = (dense @ rng.normal(size=12)).round(3).tolist()
        rows = sparse.csr_array(dense)
        of_dense = numbers.predict(numbers.fit(dense[:60], values[:60]), dense[60:])
        of_sparse = numbers.predict(
            numbers.fit([rows[[n]] for n in range(60)], values[:60]), [rows[[n]] for n in range(60, 80)]
        )
        assert [row.value for row in of_sparse] == pytest.approx([row.value for row in of_dense], abs=0.1)

    def test_the_interval_holds_95_of_100_numbers(self):
        rng = np.random.default_rng(1)
        X = rng.normal(size=(700, 8))
        y = X @ rng.normal(size=8) + rng.normal(size=700)
        predictions = numbers.predict(numbers.fit(X[:200], y[:200].tolist()), X[200:])
        inside = [
            row.parts[0]["low"] <= true <= row.parts[0]["high"] for row, true in zip(predictions, y[200:], strict=True)
        ]
        assert 0.92 < np.mean(inside) < 0.98

    def test_the_penalty_is_that_of_the_least_errors_on_items_left_out(self):
        """Against leaving out each item in turn."""
        rng = np.random.default_rng(3)
        X, y = rng.normal(size=(30, 20)), rng.normal(size=30)
        chosen = numbers._chosen(X, y)
        errors = []
        for row in range(30):
            rest = np.arange(30) != row
            products = X[rest] @ X[rest].T + chosen.penalty * np.eye(29)
            errors.append(y[row] - X[row] @ X[rest].T @ np.linalg.solve(products, y[rest]))
        assert chosen.noise == pytest.approx(np.mean(np.square(errors)))

    def test_one_number_alone_is_not_enough(self):
        with pytest.raises(ValueError, match="it takes at least two different numbers"):
            numbers.fit([np.ones(2)] * 3, [4, 4, None])


class TestQuestions:
    def test_its_probabilities_are_those_of_logistic_regression(self):
        """Of one question of three labels, and of each label of another, as scikit-learn learns them."""
        rng = np.random.default_rng(0)
        X = rng.normal(size=(200, 6))
        size = (X @ rng.normal(size=(6, 3)) + rng.gumbel(size=(200, 3))).argmax(axis=1)
        heavy = X[:, 0] + rng.logistic(size=200) > 0
        values = [{"size": "SML"[n], "traits": ["heavy"] * yes} for n, yes in zip(size, heavy.tolist(), strict=True)]
        rows = [sparse.csr_array(row[None]) for row in X]
        predictions = questions.predict(questions.fit(rows, values), rows)
        ready = X / np.sqrt((X**2).sum(axis=1).mean())
        p_size = LogisticRegression(C=questions.C, tol=1e-8).fit(ready, size).predict_proba(ready)
        two = LogisticRegression(C=2 * questions.C, tol=1e-8)  # whose one vector is the difference of two
        p_heavy = two.fit(ready, heavy).predict_proba(ready)[:, 1]
        assert [row.value for row in predictions] == [
            {"size": "SML"[best], "traits": ["heavy"] * (p > 0.5)}
            for best, p in zip(p_size.argmax(axis=1), p_heavy.tolist(), strict=True)
        ]
        assert [row.parts[0]["probability"] for row in predictions] == pytest.approx(p_size.max(axis=1), abs=1e-3)
        first, second = np.sort(p_size, axis=1)[:, ::-1].T[:2]
        unsure = (1 - (first - second) + 1 - abs(2 * p_heavy - 1)) / 2
        assert [row.score for row in predictions] == pytest.approx(unsure, abs=2e-3)

    def test_of_dense_vectors_it_learns_what_no_straight_line_parts(self):
        X = np.random.default_rng(0).uniform(-1, 1, size=(400, 2))
        values = [{"signs": "alike" if a * b > 0 else "unlike"} for a, b in X.tolist()]
        predictions = questions.predict(questions.fit(X[:200], values[:200]), X[200:])
        assert questions.score([row.value for row in predictions], values[200:], [])["right"] > 0.9

    def test_the_products_of_radial_columns_are_the_likeness_of_vectors(self):
        X = np.random.default_rng(0).normal(size=(50, 3))
        radial = Radial.of(X)
        columns = radial.apply(X) + radial.mean
        squares = ((X[:, None] - X) ** 2).sum(axis=2)
        products = columns @ columns.T
        assert products / products[0, 0] == pytest.approx(np.exp(-squares / 2 / X.var(axis=0).sum()), abs=1e-4)
        assert (radial.apply(X) ** 2).sum(axis=1).mean() == pytest.approx(1)

    def test_rows_of_sparse_matrices_are_learned_from_by_the_columns_that_hold_something(self):
        rng = np.random.default_rng(1)
        rows = sparse.random_array((120, 2**18), density=5e-5, format="csr", rng=rng)
        marked = np.arange(120) % 2
        rows = sparse.csr_array(sparse.hstack([rows, sparse.csr_array(marked[:, None] * 5.0)], format="csr"))
        contents = [rows[[n]] for n in range(120)]
        values = [{"parity": "odd" if odd else "even"} for odd in marked]
        model = questions.fit(contents[:60], values[:60])
        predictions = questions.predict(model, contents[60:])
        assert questions.score([row.value for row in predictions], values[60:], []) == {"right": 1.0}
        assert len(model) < 100_000

    def test_each_question_is_learned_from_the_items_that_answer_it(self):
        X = np.array([[0.0], [1.0]] * 10)
        values = [{"lit": "no"}, {"lit": "yes", "colours": ["red"]}, {"lit": "no"}, {"lit": "yes", "colours": []}] * 5
        dark, light = questions.predict(questions.fit(X, values), X[:2])
        assert (dark.value["lit"], light.value["lit"]) == ("no", "yes")
        colour = questions.fit(X[1::2], [{"colours": value["colours"]} for value in values[1::2]])
        assert questions.predict(colour, X[:1])[0].score == pytest.approx(1.0), "half of those with colours are red"

    def test_what_all_answers_have_alike_is_predicted_without_a_say_in_the_score(self):
        X = np.array([[0.0], [1.0]] * 4)
        varying = [{"lit": "no"}, {"lit": "yes"}] * 4
        both = [{**value, "kind": "lamp", "traits": ["old"]} for value in varying]
        for alone, row in zip(
            questions.predict(questions.fit(X, varying), X), questions.predict(questions.fit(X, both), X), strict=True
        ):
            assert row.value == {**alone.value, "kind": "lamp", "traits": ["old"]}
            assert [part["probability"] for part in row.parts[1:]] == pytest.approx([9 / 10] * 2)
            assert row.score == pytest.approx(alone.score, abs=1e-6)

    def test_numbers_and_parts_at_places_are_not_learned(self):
        X = np.array([[0.0], [1.0]] * 4)
        values = [{"lit": "no", "watts": 3, "spans": [{"start": 0}]}, {"lit": "yes", "watts": 5, "spans": []}] * 4
        assert "watts" not in questions.predict(questions.fit(X, values), X)[0].value
        assert questions.lacking([{"watts": 3}, {"watts": 4}]) == "two different answers to one question"

    def test_what_is_lacking_are_two_answers_to_one_question(self):
        assert questions.lacking([{"a": "yes", "b": ["x", "y"]}, {"a": "yes", "b": ["y", "x"]}, {"c": "no"}, None])
        assert not questions.lacking([{"b": ["x"]}, {"b": ["x", "y"]}])
        with pytest.raises(ValueError, match="it takes two different answers to one question"):
            questions.fit(np.eye(2), [{"a": "yes"}, {"b": "no"}])

    def test_the_share_of_right_answers_counts_what_both_answer(self):
        predicted = [{"a": "x", "b": ["p", "q"], "c": "z"}, {"a": "x"}]
        known = [{"a": "x", "b": ["q", "p"]}, {"a": "y", "b": []}]
        assert questions.score(predicted, known, []) == {"right": pytest.approx(2 / 3)}
        assert np.isnan(questions.score([{"a": "x"}], [{"b": "x"}], [])["right"])


class TestSequence:
    def test_offsets_are_code_points(self):
        text = "👨‍👩‍👧 Anna\nmet 🇫🇷 Émile’s U.S. dog 3.5 km."
        tokens = [token for sentence in sentences(text) for token in sentence]
        assert all(text[token.start : token.end] == token.text for token in tokens)
        assert [token.text for token in tokens if token.text[0].isalnum()] == [
            "Anna", "met", "Émile’s", "U.S.", "dog", "3.5", "km",
        ]  # fmt: skip

    def test_spans_survive_being_labels_of_tokens(self):
        for n in range(60):
            text, spans = introduction(random.Random(n))
            (sentence,) = sentences(text)
            reread = [
                {"start": sentence[first].start, "end": sentence[behind - 1].end, "label": label}
                for first, behind, label in runs(labelled(sentence, spans))
            ]
            assert reread == spans

    def test_a_span_over_two_lines_begins_once(self):
        first, second = sentences("New\nYork")
        span = [{"start": 0, "end": 8, "label": "LOC"}]
        assert (labelled(first, span), labelled(second, span)) == (["B-LOC"], ["I-LOC"])

    def test_a_word_is_known_by_what_stands_beside_it_elsewhere_in_the_text(self):
        """ "Zork" is a person where a "Mr." is before it; where it stands alone, only the rest of the text tells."""
        names = ["Brown", "Green", "Walsh", "Young", "Frost", "Quark"]
        places = ["Paris", "Lagos", "Kyoto", "Quito", "Accra", "Turin"]
        contents, values = [], []
        for name, place in zip(names, places, strict=True):
            text = f"Mr. {name} came.\nTo {place} he went.\n{name} slept.\n{place} slept."
            marked = [(name, "PER"), (place, "LOC")]
            matches = [
                (match.start(), match.end(), label) for word, label in marked for match in re.finditer(word, text)
            ]
            contents.append(text)
            values.append([{"start": start, "end": end, "label": label} for start, end, label in sorted(matches)])
        text = "Zorks slept.\nMr. Zorks came.\nTo Blimp he went.\nBlimp slept."
        (prediction,) = sequence.predict(sequence.fit(contents * 3, values * 3), [text])
        assert [(text[part["start"] : part["end"]], part["label"]) for part in prediction.value] == [
            ("Zorks", "PER"), ("Zorks", "PER"), ("Blimp", "LOC"), ("Blimp", "LOC"),
        ]  # fmt: skip

    def test_of_overlapping_spans_the_longer_one_is_learned(self):
        (sentence,) = sentences("Bank of Oslo")
        spans = [{"start": 8, "end": 12, "label": "LOC"}, {"start": 0, "end": 12, "label": "ORG"}]
        assert labelled(sentence, spans) == ["B-ORG", "I-ORG", "I-ORG"]

    def test_a_long_line_is_read_in_pieces(self):
        assert [len(piece) for piece in sentences("word " * (2 * LONGEST + 1))] == [LONGEST, LONGEST, 1]
        contents, values = zip(*(introduction(random.Random(n)) for n in range(60)), strict=True)
        model = sequence.fit(contents, values)
        (prediction,) = sequence.predict(model, ["tea and " * 2000])
        assert 0 <= prediction.score < 5

    def test_without_crfsuite_it_is_said_how_to_get_it(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "pycrfsuite", None)
        with pytest.raises(ImportError, match=r"pip install 'annotate-kit\[sequence\]'"):
            sequence.fit(["Anna"], [[]])


@pytest.mark.realdata
def test_asking_by_mnlp_beats_asking_at_random(shared_data):
    """On sentences of real news, two runs, at five hundred, one and two thousand tokens read."""
    contents, values = real_sentences(shared_data / "crowd_ner" / "val.ndjson")
    gains = []
    for seed in range(2):
        order = random.Random(seed).sample(range(len(contents)), len(contents))
        test, pool = order[:300], order[300:1200]
        at_random, by_mnlp = (learn(contents, values, test, pool, by_score) for by_score in (False, True))
        gains.append([mnlp - chance for mnlp, chance in zip(by_mnlp, at_random, strict=True)])
    mean = [sum(of_budget) / len(gains) for of_budget in zip(*gains, strict=True)]
    assert min(mean) > 0
    assert mean[-1] >= 0.05


def learn(contents, values, test, pool, by_score):
    """Strict F1 on the test items at five hundred, one and two thousand tokens read."""
    rest, seen, read, scores = list(pool), [], 0, []
    tokens = [sum(map(len, sentences(content))) for content in contents]
    model = None
    for budget in (250, 500, 1000, 1500, 2000):
        if model and by_score:
            unsure = [prediction.score for prediction in sequence.predict(model, [contents[n] for n in rest])]
            rest = [n for _, n in sorted(zip(unsure, rest, strict=True), key=lambda pair: -pair[0])]
        while read < budget:
            seen.append(rest.pop(0))
            read += tokens[seen[-1]]
        model = sequence.fit([contents[n] for n in seen], [values[n] for n in seen])
        if budget in (500, 1000, 2000):
            predictions = sequence.predict(model, [contents[n] for n in test])
            true = [values[n] for n in test]
            figures = merging.registry.load("spans").score([row.value for row in predictions], true, [])
            scores.append(figures["f1"])
    return scores


def real_sentences(path):
    contents, values = [], []
    for row in map(orjson.loads, path.read_bytes().splitlines()):
        lines = row["text"].splitlines(keepends=True)
        starts = [sum(map(len, lines[:n])) for n in range(len(lines) + 1)]
        for start, end in pairwise(starts):
            inside = [span for span in row["gold"] if start <= span["start"] < end]
            contents.append(row["text"][start:end])
            values.append([{**span, "start": span["start"] - start, "end": span["end"] - start} for span in inside])
    return contents, values


class TestPreference:
    def test_the_gradient_is_that_of_differences(self):
        rng = np.random.default_rng(0)
        D = sparse.csr_array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]])
        rows = (rng.normal(size=(3, 4)), D, np.array([0.5, 2.0]))
        at = rng.normal(size=4)
        differences = approx_fprime(at, lambda w: preference.loss(w, *rows)[0])
        assert preference.loss(at, *rows)[1] == pytest.approx(differences, abs=1e-5)

    def test_swapped_candidates_have_swapped_chances(self, examples):
        contents, values = examples(preference)
        model = preference.fit(contents, values)
        swapped = [texts[::-1] for texts in contents]
        for row, other in zip(preference.predict(model, contents), preference.predict(model, swapped), strict=True):
            assert other.value == [1 - number for number in row.value]
            assert other.parts[0]["probability"] == pytest.approx(row.parts[0]["probability"])

    def test_that_people_prefer_the_first_candidate_is_not_learned(self):
        rng = np.random.default_rng(0)
        contents = [texts for texts, _ in (replies(rng) for _ in range(200))]
        predictions = preference.predict(preference.fit(contents[:150], [[0, 1]] * 150), contents[150:])
        n_first = sum(row.value == [0, 1] for row in predictions)
        assert 12 <= n_first <= 38

    def test_longer_replies_are_preferred_in_words_that_were_never_seen(self):
        rng = np.random.default_rng(0)
        contents = [tuple(" ".join(rng.choice(WORDS, n)) for n in rng.permutation([2, 9])) for _ in range(60)]
        values = [[0, 1] if len(a) > len(b) else [1, 0] for a, b in contents]
        (prediction,) = preference.predict(preference.fit(contents, values), [("sun moon", "dusk " * 30)])
        assert prediction.value == [1, 0]

    def test_rankings_of_several_are_learned_pair_by_pair(self):
        rng = np.random.default_rng(0)
        contents, values = zip(*(replies(rng, 4) for _ in range(60)), strict=True)
        predictions = preference.predict(preference.fit(contents[:40], values[:40]), contents[40:])
        assert preference.score([row.value for row in predictions], values[40:], [])["ordered"] > 0.95
        first = predictions[0]
        assert [part["candidate"] for part in first.parts] == first.value
        assert all(part["probability"] >= 0.5 for part in first.parts)
        sure = np.array([part["probability"] for part in first.parts[:-1]])
        assert first.score == pytest.approx(np.mean(1 - abs(2 * sure - 1)))

    def test_the_score_counts_pairs_and_leaves_out_ties(self):
        assert preference.score([[0, 1, 2], [1, 0]], [[0, 2, 1], None], [])["ordered"] == pytest.approx(2 / 3)
        assert np.isnan(preference.score([], [], [])["ordered"])

    def test_orders_of_other_candidates_are_left_out(self):
        contents, values = [("a b", "c"), ("d", "e f"), ("g", "h")], [[0, 1], [1, 0], [2, 1, 0]]
        with_it, without_it = preference.fit(contents, values), preference.fit(contents[:2], values[:2])
        assert preference.predict(with_it, contents) == preference.predict(without_it, contents)

    def test_an_item_without_two_candidates_is_named(self):
        model = preference.fit([("a b", "c"), ("d", "e f")], [[0, 1], [1, 0]])
        assert preference.predict(model, []) == []
        with pytest.raises(ValueError, match="two candidates or more; item 1 has 1"):
            preference.predict(model, [("a", "b"), ("c",)])


class TestHashedNgrams:
    def test_texts_differ_by_their_words_whatever_stands_before(self):
        both = vectors(["Tea, please", "more  tea, please"])
        alone = vectors(["more  tea, please"])
        assert (both[[1]] != alone).nnz == 0
        counts = (both > 0).astype(float)
        assert (counts[[0]] @ counts[[1]].T).toarray().item() == 2 + 1 + len("tea, please") - 2 + 1 + 1

    def test_a_column_has_what_is_counted_more_than_once(self):
        once, twice = (vectors([text])[:, : 2**18].toarray().ravel() for text in ("tea boat", "tea tea tea boat"))
        assert np.sort(once[once > 0]) == pytest.approx([np.sqrt(0.5)] * 2)
        weights = np.array([1, 1 + np.log(3)])
        assert np.sort(twice[twice > 0]) == pytest.approx(weights / np.linalg.norm(weights))

    def test_nothing_and_lone_halves_of_characters_are_texts_too(self):
        assert vectors([]).shape == vectors(["", "\ud83d", "  "])[:0].shape
        assert vectors(["", "\ud83d"]).toarray()[:, -1] == pytest.approx([0, np.log(2)])
