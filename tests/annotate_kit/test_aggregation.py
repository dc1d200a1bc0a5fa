"""What every way from votes to truth keeps: one crowd, all methods."""

import inspect
from dataclasses import dataclass

import numpy as np
import pytest

from annotate_kit.aggregation import Votes, aggregate, registry, resolve
from annotate_kit.aggregation._votes import Ints

CAREFUL, CARELESS = 6, 3


@dataclass
class Crowd:
    """Votes, the truth, and which items have a known label, for the methods that want more than votes."""

    votes: Votes
    truth: Ints
    is_gold: Ints

    def aggregate(self, name, **options):
        wanted = inspect.signature(registry.load(name).aggregate).parameters
        K = self.votes.n_labels
        if "probabilities" in wanted:
            options["probabilities"] = (np.eye(K)[self.truth] + 1) / (K + 1)
        if name == "gold_majority_vote":
            options["gold"] = np.where(self.is_gold, self.truth, -1)
        return aggregate(self.votes, name, **options)


def crowd(n_labels=3, n_items=80, seed=4, per_item=CAREFUL + CARELESS):
    """Six careful people, right nine times in ten, and three careless ones, right by chance; no item is tied."""
    rng = np.random.default_rng(seed)
    people = CAREFUL + CARELESS
    truth = np.tile(np.arange(n_labels), n_items // n_labels + 1)[:n_items]
    item, annotator = (axis.ravel() for axis in np.mgrid[:n_items, :people])
    accuracy = np.where(np.arange(people) < CAREFUL, 0.9 - 0.02 * np.arange(people), 0.0)
    label = np.where(rng.random(len(item)) < accuracy[annotator], truth[item], rng.integers(0, n_labels, len(item)))
    has_vote = rng.random(len(item)) < 0.9
    votes = Votes(item[has_vote], annotator[has_vote], label[has_vote], n_items, people, n_labels)
    return Crowd(votes, truth, rng.random(n_items) < 0.5)


def labels_for(name):
    return 2 if name == "kos" else 3


def tiny(item, annotator, label, n_items, n_annotators, n_labels):
    votes = Votes(np.array(item, int), np.array(annotator, int), np.array(label, int), n_items, n_annotators, n_labels)
    return Crowd(votes, np.zeros(n_items, dtype=int), np.ones(n_items, dtype=bool))


def assert_sound(result, votes):
    N, A, K = votes.n_items, votes.n_annotators, votes.n_labels
    assert result.beliefs.shape == (N, K)
    assert result.beliefs.dtype == np.float64
    assert (result.beliefs >= 0).all()
    assert result.beliefs.sum(axis=1) == pytest.approx(np.ones(N))
    assert result.skill.shape == (A,)
    assert ((result.skill >= 0) & (result.skill <= 1)).all()
    assert result.labels().shape == (N,)
    if result.confusion is not None:
        assert result.confusion.shape == (A, K, K)
        assert result.confusion.sum(axis=2) == pytest.approx(np.ones((A, K)))
    if result.difficulty is not None:
        assert result.difficulty.shape == (N,)
        assert ((result.difficulty >= 0) & (result.difficulty <= 1)).all()


@pytest.mark.parametrize("name", registry.names)
class TestEveryMethod:
    def test_finds_the_truth_of_a_good_crowd_and_keeps_its_shapes(self, name):
        people = crowd(labels_for(name))
        result = people.aggregate(name)
        assert_sound(result, people.votes)
        named = result.labels() >= 0
        assert named.mean() > 0.5
        assert (result.labels()[named] == people.truth[named]).mean() > 0.9

    def test_gives_careless_people_less_weight(self, name):
        skill = crowd(labels_for(name)).aggregate(name).skill
        assert skill[CAREFUL:].max() < skill[:CAREFUL].min()

    def test_does_not_care_in_what_order_items_people_and_labels_are_numbered(self, name):
        people = crowd(labels_for(name))
        votes, rng = people.votes, np.random.default_rng(1)
        items, annotators, labels = (
            rng.permutation(size) for size in (votes.n_items, votes.n_annotators, votes.n_labels)
        )
        order = rng.permutation(len(votes))
        renumbered = Votes(
            items[votes.item][order],
            annotators[votes.annotator][order],
            labels[votes.label][order],
            votes.n_items,
            votes.n_annotators,
            votes.n_labels,
        )
        truth, is_gold = np.empty_like(people.truth), np.empty_like(people.is_gold)
        truth[items], is_gold[items] = labels[people.truth], people.is_gold
        expected = people.aggregate(name)
        renumbered_result = Crowd(renumbered, truth, is_gold).aggregate(name)
        assert renumbered_result.beliefs[np.ix_(items, labels)] == pytest.approx(expected.beliefs, abs=1e-6)
        assert renumbered_result.skill[annotators] == pytest.approx(expected.skill, abs=1e-6)
        if expected.confusion is not None:
            assert renumbered_result.confusion[np.ix_(annotators, labels, labels)] == pytest.approx(
                expected.confusion, abs=1e-5
            )

    def test_says_the_same_again_with_the_same_seed(self, name):
        people = crowd(labels_for(name), n_items=40)
        first, again = people.aggregate(name, seed=7), people.aggregate(name, seed=7)
        assert np.array_equal(first.beliefs, again.beliefs)
        assert np.array_equal(first.labels(), again.labels())

    def test_never_loses_likelihood(self, name):
        trace = crowd(labels_for(name)).aggregate(name).log_likelihood
        assert (np.diff(trace) >= -1e-7).all()

    @pytest.mark.parametrize(
        ("item", "annotator", "label", "n_items", "n_annotators"),
        [
            ([], [], [], 0, 0),
            ([], [], [], 3, 2),
            ([0], [0], [1], 1, 1),
            ([0, 0, 0], [0, 1, 2], [1, 1, 0], 1, 3),
            ([0, 1, 2], [0, 0, 0], [1, 0, 1], 3, 1),
            ([0, 0, 0, 4], [0, 0, 0, 2], [1, 1, 0, 1], 5, 4),
        ],
        ids=["nothing", "no votes", "one vote", "one item", "one person", "repeated votes and gaps"],
    )
    def test_takes_odd_crowds(self, name, item, annotator, label, n_items, n_annotators):
        people = tiny(item, annotator, label, n_items, n_annotators, 2)
        with np.errstate(all="raise", under="ignore"):
            assert_sound(people.aggregate(name), people.votes)

    def test_takes_one_label_or_says_why_not(self, name):
        people = tiny([0, 0, 1], [0, 1, 1], [0, 0, 0], 2, 2, 1)
        if name == "kos":
            with pytest.raises(ValueError, match="two labels; there are 1"):
                people.aggregate(name)
            return
        result = people.aggregate(name)
        assert_sound(result, people.votes)
        assert (result.beliefs == 1).all()

    def test_survives_a_thousand_votes_on_an_item(self, name):
        rng = np.random.default_rng(0)
        item, annotator = np.repeat([0, 1, 2, 3], 1000), np.tile(np.arange(400), 10)
        label = np.where(rng.random(4000) < 0.8, item % 2, 1 - item % 2)
        people = Crowd(Votes(item, annotator, label, 4, 400, 2), np.array([0, 1, 0, 1]), np.ones(4, dtype=bool))
        result = people.aggregate(name)
        assert_sound(result, people.votes)
        assert list(result.labels()) == [0, 1, 0, 1]

    def test_leaves_the_votes_as_they_were(self, name):
        people = crowd(labels_for(name), n_items=40)
        before = [axis.copy() for axis in (people.votes.item, people.votes.annotator, people.votes.label)]
        people.aggregate(name)
        after = (people.votes.item, people.votes.annotator, people.votes.label)
        assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))


WITH_GOLD = [
    name
    for name in registry.names
    if "gold" in inspect.signature(registry.load(name).aggregate).parameters and name != "gold_majority_vote"
]


@pytest.mark.parametrize("name", WITH_GOLD)
def test_known_labels_are_believed_against_all_votes(name):
    people = crowd()
    gold = np.full(people.votes.n_items, -1)
    gold[:5] = (people.truth[:5] + 1) % 3
    result = people.aggregate(name, gold=gold)
    assert result.beliefs[np.arange(5), gold[:5]] == pytest.approx(np.ones(5))
    assert (np.diff(result.log_likelihood) >= -1e-7).all()


class TestNames:
    @pytest.mark.parametrize(
        ("spelled", "key"),
        [
            ("MV", "majority_vote"),
            ("majority_voting", "majority_vote"),
            ("NaiveSoft", "naive_soft"),
            ("DS", "dawid_skene"),
            ("dawid_skene", "dawid_skene"),
            ("DSWC", "dawid_skene_clust"),
            ("GLAD", "glad"),
            ("WDS", "wds"),
            ("Wawa", "wawa"),
            ("IWMV", "iwmv"),
            ("TwoThird", "twothird"),
            ("PlantNet", "plantnet"),
            ("auto", "auto"),
        ],
    )
    def test_peerannots_names_are_known(self, spelled, key):
        assert resolve(spelled) == (key, {})

    def test_options_stand_in_brackets(self):
        assert resolve("plantnet[alpha=0.6,AI=ignored]") == ("plantnet", {"alpha": 0.6, "AI": "ignored"})
        assert resolve("DSWC[L=3]") == ("dawid_skene_clust", {"L": 3})
        assert resolve("plantnet[output_unvalidated=True, beta=1e-2]")[1] == {"output_unvalidated": True, "beta": 0.01}

    def test_an_unknown_name_names_the_known(self):
        with pytest.raises(KeyError, match=r"no 'dawid'; it has .*dawid_skene"):
            resolve("dawid")

    def test_an_unknown_option_names_the_known(self):
        with pytest.raises(TypeError, match="twothird has no option 'alpha'; it has share, least"):
            aggregate(crowd().votes, "twothird[alpha=1]")

    def test_brackets_must_hold_options(self):
        with pytest.raises(ValueError, match="option=value"):
            resolve("glad[0.6]")


class TestVotes:
    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"label": [0, 3]}, "label of vote 1 is 3, but n_labels is 3: 0 to 2 are allowed"),
            ({"item": [-1, 0]}, "item of vote 0 is -1"),
            ({"annotator": [0, 10**12]}, "annotator of vote 1 is 1000000000000"),
            ({"annotator": [0.5, 1.0]}, "whole numbers, not float64; Votes.from_ids takes ids of any kind"),
            ({"label": [0]}, "of one length"),
            ({"item": [[0, 1]]}, "one row of numbers"),
            ({"n_labels": 0, "item": [], "annotator": [], "label": []}, "n_labels is 0"),
            ({"n_items": 1.5}, "n_items must be a whole number"),
        ],
    )
    def test_what_is_wrong_is_named(self, change, message):
        right = {"item": [0, 1], "annotator": [0, 1], "label": [0, 1], "n_items": 2, "n_annotators": 2, "n_labels": 3}
        with pytest.raises(ValueError, match=message):
            Votes(**{**right, **change})

    def test_some_items_in_another_order_keep_their_votes(self):
        votes = Votes([2, 0, 2, 1], [0, 1, 2, 0], [1, 0, 1, 0], 4, 3, 2)
        some = votes.of_items(np.array([3, 2, 0, 2]))
        assert sorted(zip(some.item, some.annotator, some.label, strict=True)) == [
            (1, 0, 1), (1, 2, 1), (2, 1, 0), (3, 0, 1), (3, 2, 1),
        ]  # fmt: skip
        assert (some.n_items, some.n_annotators, some.n_labels) == (4, 3, 2)

    def test_ids_of_any_kind_become_numbers(self):
        votes, (items, people, labels) = Votes.from_ids([10**15, 7, 10**15], ["zoe", "ann", "ann"], "yny")
        assert (items, people, labels) == ([7, 10**15], ["ann", "zoe"], ["n", "y"])
        assert list(votes.item) == [1, 0, 1]
        assert list(votes.annotator) == [1, 0, 0]
        assert aggregate(votes).labels()[1] == labels.index("y")


class TestLabels:
    tied = tiny([0, 0, 1, 1], [0, 1, 0, 1], [1, 2, 0, 2], 2, 2, 3).votes

    def test_a_tie_goes_to_the_lowest_label(self):
        assert list(aggregate(self.tied, "majority_vote").labels()) == [1, 0]

    def test_a_seed_draws_at_random_among_the_tied_alone(self):
        drawn = np.array([aggregate(self.tied, "majority_vote", seed=seed).labels() for seed in range(40)])
        assert set(drawn[:, 0]) == {1, 2}
        assert set(drawn[:, 1]) == {0, 2}
