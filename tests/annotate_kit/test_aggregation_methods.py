"""What each way from votes to truth promises by itself."""

import csv
import time

import numpy as np
import pytest

from annotate_kit.aggregation import Votes, _hierarchy, aggregate, likelihood, revise, update
from annotate_kit.aggregation._votes import Ints


def votes_of(rows, n_labels=2):
    """Votes from rows of what everybody said of one item; a dot is no vote."""
    triples = [(i, a, int(label)) for i, row in enumerate(rows) for a, label in enumerate(row) if label != "."]
    item, annotator, label = (np.array(axis) for axis in zip(*triples, strict=True))
    return Votes(item, annotator, label, len(rows), len(rows[0]), n_labels)


def simulated(
    seed, *, n_items, n_people, per_item, n_labels, accuracy, shares=None, spammers=0.0
) -> tuple[Votes, Ints]:
    """People with an accuracy each, and a share of spammers, who say the first label whatever they see."""
    rng = np.random.default_rng(seed)
    truth = rng.choice(n_labels, n_items, p=shares)
    item = np.repeat(np.arange(n_items), per_item)
    annotator = np.concatenate([rng.choice(n_people, per_item, replace=False) for _ in range(n_items)])
    right = rng.random(len(item)) < accuracy(rng, n_people)[annotator]
    label = np.where(right, truth[item], (truth[item] + rng.integers(1, n_labels, len(item))) % n_labels)
    label[(rng.random(n_people) < spammers)[annotator]] = 0
    return Votes(item, annotator, label, n_items, n_people, n_labels), truth


def accuracy_of(votes, truth, name):
    return (aggregate(votes, name).labels() == truth).mean()


def confusion_of(result):
    assert result.confusion is not None
    return result.confusion


class TestWeightedVotes:
    votes = votes_of(["001", "001", "110", "111", "000"])

    def test_majority_counts_weights_when_it_is_given_some(self):
        assert list(aggregate(self.votes, "majority_vote").labels()) == [0, 0, 1, 1, 0]
        assert list(aggregate(self.votes, "majority_vote", weights=[1, 1, 3]).labels()) == [1, 1, 0, 1, 0]
        with pytest.raises(ValueError, match="weights must be 3 numbers from 0 on"):
            aggregate(self.votes, "majority_vote", weights=[1, -1, 0])

    def test_wawa_weighs_by_agreement_with_the_majority(self):
        result = aggregate(self.votes, "wawa")
        assert result.skill == pytest.approx([1, 1, 0.4])
        assert result.beliefs[0] == pytest.approx([2 / 2.4, 0.4 / 2.4])

    def test_gold_weighs_by_agreement_with_what_is_known(self):
        gold = np.array([1, 1, -1, -1, -1])
        result = aggregate(self.votes, "gold_majority_vote", gold=gold, smoothing=0.0)
        assert result.skill == pytest.approx([0, 0, 1])
        assert result.labels()[2] == 0
        with pytest.raises(ValueError, match="there are none"):
            aggregate(self.votes, "gold_majority_vote", gold=np.full(5, -1))

    def test_two_thirds_must_agree_and_two_must_have_voted(self):
        votes = votes_of(["00.", "001", "01.", "1..", "111"])
        assert list(aggregate(votes, "TwoThird").labels()) == [0, 0, -1, -1, 1]
        assert list(aggregate(votes, "TwoThird[share=0.9]").labels()) == [0, -1, -1, -1, 1]

    @pytest.mark.parametrize("seed", [None, 0, 2, 6])
    @pytest.mark.parametrize("iterations", [98, 99, 100])
    def test_kos_sides_with_the_crowd_where_its_messages_never_rest(self, iterations, seed):
        votes = votes_of(["1011", "1.00", ".1.1"])
        assert list(aggregate(votes, "kos", max_iterations=iterations, seed=seed).labels()) == [1, 0, 1]

    def test_kos_is_for_two_labels(self):
        with pytest.raises(ValueError, match="two labels; there are 3"):
            aggregate(votes_of(["012"], 3), "kos")


class TestDawidSkene:
    @pytest.mark.realdata
    def test_repeats_the_paper(self, anaesthetists):
        """Table 2 and 3 of Dawid & Skene (1979): how common the classes are, and the first observer's errors."""
        result = aggregate(anaesthetists, "dawid_skene", max_iterations=500, tolerance=1e-10)
        assert result.prior == pytest.approx([0.40, 0.42, 0.11, 0.07], abs=0.005)
        first = [[0.89, 0.11, 0, 0], [0.07, 0.88, 0.05, 0], [0, 0.34, 0.66, 0], [0, 0, 0.56, 0.44]]
        assert confusion_of(result)[0] == pytest.approx(np.array(first), abs=0.006)
        assert result.converged
        assert (np.diff(result.log_likelihood) >= -1e-9).all()

    def test_smoothing_leaves_nothing_impossible(self):
        votes = votes_of(["000", "000", "111", "110"])
        assert confusion_of(aggregate(votes, "DS")).min() < 1e-6
        assert confusion_of(aggregate(votes, "DS[smoothing=0.1]")).min() > 0.01

    def test_people_may_be_known_beforehand(self):
        contrary = np.array([[0.1, 0.9], [0.9, 0.1]])
        votes = votes_of(["0", "0", "1"])
        result = aggregate(votes, "DS", prior_confusion=contrary, prior_strength=1000.0, gold=np.array([1, -1, -1]))
        assert list(result.labels()) == [1, 1, 0]
        with pytest.raises(ValueError, match="its rows sum to one"):
            aggregate(votes, "DS", prior_confusion=np.ones((2, 2)))

    def test_too_many_labels_for_matrices_is_said_beforehand(self):
        votes = Votes(np.array([0]), np.array([0]), np.array([0]), 1, 1000, 1000)
        with pytest.raises(ValueError, match="use one_coin_dawid_skene or auto"):
            aggregate(votes, "DS")
        assert aggregate(votes, "auto").labels()[0] == 0


class TestModels:
    def test_glad_finds_who_is_able_and_what_is_difficult(self):
        rng = np.random.default_rng(0)
        hard = np.arange(200) < 60
        chance = np.where(hard, 0.55, 0.95)
        right = rng.random((200, 15)) < chance[:, None]
        truth = np.arange(200) % 2
        rows = ["".join(map(str, np.where(line, t, 1 - t))) for line, t in zip(right, truth, strict=True)]
        difficulty = aggregate(votes_of(rows), "glad").difficulty
        assert difficulty is not None
        assert difficulty[hard].mean() > difficulty[~hard].mean() + 0.1

    def test_clusters_find_the_two_kinds_of_people(self):
        votes, truth = simulated(
            1,
            n_items=200,
            n_people=10,
            per_item=8,
            n_labels=2,
            accuracy=lambda rng, n: np.where(np.arange(n) < 7, 0.9, 0.1),
        )
        result = aggregate(votes, "DSWC[L=2]")
        assert (result.labels() == truth).mean() > 0.98
        assert confusion_of(result)[7:, 0, 0].max() < 0.3 < 0.7 < confusion_of(result)[:7, 0, 0].min()

    def test_mace_starts_several_times_when_told_to(self):
        votes, truth = simulated(
            2,
            n_items=150,
            n_people=9,
            per_item=5,
            n_labels=3,
            accuracy=lambda rng, n: np.where(np.arange(n) < 5, 0.9, 0.3),
        )
        once, often = aggregate(votes, "mace"), aggregate(votes, "mace[restarts=4]", seed=1)
        assert often.log_likelihood[-1] >= once.log_likelihood[-1]
        assert (often.labels() == truth).mean() > 0.9
        with pytest.raises(ValueError, match="'vb' or 'em'"):
            aggregate(votes, "mace[method=mcmc]")

    def test_mmsr_sees_through_people_who_always_contradict(self):
        votes, truth = simulated(
            3,
            n_items=300,
            n_people=12,
            per_item=8,
            n_labels=2,
            accuracy=lambda rng, n: np.where(np.arange(n) < 8, 0.8, 0.1),
        )
        assert accuracy_of(votes, truth, "mmsr") > accuracy_of(votes, truth, "majority_vote") + 0.05

    def test_crowdlab_lets_the_classifier_decide_where_people_do_not(self):
        votes = votes_of(["01", "00", "11", "00", "11", "..", "01"])
        p = np.array([[0.2, 0.8], [0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.1, 0.9], [0.7, 0.3], [0.9, 0.1]])
        result = aggregate(votes, "crowdlab", probabilities=p)
        assert list(result.labels()) == [1, 0, 1, 0, 1, 0, 0]
        assert result.beliefs[5] == pytest.approx(p[5])
        with pytest.raises(ValueError, match=r"must be \(7, 2\)"):
            aggregate(votes, "crowdlab", probabilities=p[:3])


class TestPlantNet:
    votes = votes_of(["0001", "0111", "2222", "0...", "1001"], 3)

    def test_a_label_needs_weight_and_agreement(self):
        assert list(aggregate(self.votes, "plantnet").labels()) == [0, 1, 2, -1, -1]
        assert list(aggregate(self.votes, "plantnet[output_unvalidated=true]").labels()) == [0, 1, 2, 0, 0]
        assert list(aggregate(self.votes, "plantnet[theta_conf=2.5]").labels()) == [-1, -1, 2, -1, -1]

    def test_authors_of_valid_items_gain_weight(self):
        votes = votes_of(["0000", "1111", "2222", "01.."], 3)
        authors = np.array([1, 1, 1, -1])
        assert list(aggregate(votes, "plantnet", authors=authors, output_unvalidated=True).labels()) == [0, 1, 2, 1]

    @pytest.mark.parametrize(
        ("part", "labels"),
        [
            ("ignored", [0, -1]),
            ("worker", [0, 1]),
            ("fixed", [-1, 1]),
            ("invalidating", [-1, -1]),
            ("confident", [0, 1]),
        ],
    )
    def test_the_machine_has_the_part_it_is_given(self, part, labels):
        votes = votes_of(["0001", "0.11"])
        result = aggregate(
            votes,
            "plantnet",
            AI=part,
            ai_annotator=3,
            AIweight=1.5,
            scores=[0.1, 0.9],
            threshold_scores=0.5,
            theta_acc=0.65,
            theta_conf=1.0,
        )
        assert list(result.labels()) == labels

    def test_what_is_missing_is_said(self):
        with pytest.raises(ValueError, match="needs scores"):
            aggregate(self.votes, "plantnet[AI=confident]")
        with pytest.raises(ValueError, match="it may be ignored, worker"):
            aggregate(self.votes, "plantnet[AI=oracle]")


SETS = ["bluebirds", "weather_amt", "labelme", "music", "snow_rte", "sentiment_polarity_mturk"]
BEST_KNOWN = dict(zip(SETS, [0.898, 0.860, 0.799, 0.800, 0.9275, 0.9166], strict=True))


@pytest.mark.realdata
class TestAutoOnRealCrowds:
    def test_it_is_near_the_best_everywhere_and_above_it_on_average(self, shared_data):
        accuracy = {name: accuracy_of(*real_crowd(shared_data / name), "auto") for name in SETS}
        assert np.mean(list(accuracy.values())) >= 0.865
        assert {name: share for name, share in accuracy.items() if share < BEST_KNOWN[name] - 0.015} == {}

    def test_its_probabilities_are_as_sure_as_they_are_right(self, shared_data):
        for name in SETS:
            votes, truth = real_crowd(shared_data / name)
            result = aggregate(votes, "auto")
            right, sure = result.labels() == truth, result.beliefs.max(axis=1)
            assert abs(sure.mean() - right.mean()) < 0.12

    def test_thin_crowds_of_real_people_do_not_mislead_it(self, shared_data):
        for name in ("labelme", "music", "weather_amt"):
            votes, truth = real_crowd(shared_data / name)
            thin = few_votes_a_person(votes, 4, seed=1)
            assert accuracy_of(thin, truth, "auto") >= accuracy_of(thin, truth, "majority_vote") - 0.01


CROWDS = {
    "hundreds of people with a vote or two": {
        "n_items": 400,
        "n_people": 700,
        "per_item": 3,
        "n_labels": 2,
        "accuracy": lambda rng, n: rng.beta(6, 2, n),
    },
    "spammers": {
        "n_items": 400,
        "n_people": 60,
        "per_item": 5,
        "n_labels": 4,
        "accuracy": lambda rng, n: np.where(rng.random(n) < 0.4, 0.25, 0.8),
    },
    "adversaries": {
        "n_items": 400,
        "n_people": 50,
        "per_item": 7,
        "n_labels": 3,
        "accuracy": lambda rng, n: np.where(rng.random(n) < 0.2, 0.1, 0.85),
    },
    "many labels": {
        "n_items": 300,
        "n_people": 40,
        "per_item": 3,
        "n_labels": 30,
        "accuracy": lambda rng, n: rng.beta(5, 3, n),
    },
    "a rare label": {
        "n_items": 1000,
        "n_people": 100,
        "per_item": 3,
        "n_labels": 2,
        "shares": [0.92, 0.08],
        "accuracy": lambda rng, n: rng.beta(12, 2, n),
    },
    "half of the people always say the first label": {
        "n_items": 400,
        "n_people": 60,
        "per_item": 5,
        "n_labels": 5,
        "spammers": 0.5,
        "accuracy": lambda rng, n: rng.beta(7, 3, n),
    },
    "two in five do so, with two labels": {
        "n_items": 400,
        "n_people": 60,
        "per_item": 5,
        "n_labels": 2,
        "spammers": 0.4,
        "accuracy": lambda rng, n: rng.beta(8, 2, n),
    },
    "many people with four votes": {
        "n_items": 1000,
        "n_people": 1500,
        "per_item": 6,
        "n_labels": 5,
        "shares": [0.3, 0.25, 0.2, 0.2, 0.05],
        "accuracy": lambda rng, n: rng.beta(6, 3, n),
    },
}


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("crowd", CROWDS)
def test_auto_is_never_worse_than_the_majority(crowd, seed):
    votes, truth = simulated(seed, **CROWDS[crowd])
    assert accuracy_of(votes, truth, "auto") >= accuracy_of(votes, truth, "majority_vote") - 0.01


def test_auto_keeps_its_head_on_a_thin_crowd_where_bare_matrices_lose_it():
    votes, truth = simulated(0, **CROWDS["many people with four votes"])
    majority = accuracy_of(votes, truth, "majority_vote")
    assert accuracy_of(votes, truth, "dawid_skene") < majority - 0.05
    assert accuracy_of(votes, truth, "auto") >= majority - 0.01


def test_people_who_say_the_same_whatever_they_see_do_not_hide_each_other():
    votes, truth = simulated(0, **CROWDS["half of the people always say the first label"])
    constant = np.array([len(set(votes.label[votes.annotator == person])) == 1 for person in range(60)])
    result = aggregate(votes, "auto")
    assert result.skill[constant].max() < np.median(result.skill[~constant])
    assert accuracy_of(votes, truth, "auto") > accuracy_of(votes, truth, "majority_vote") + 0.1


class TestLiveUpdates:
    def test_one_more_vote_is_bayes_rule(self):
        result = aggregate(votes_of(["00", "11", "01", "10", "00", "11"]), "one_coin_dawid_skene[smoothing=2]")
        before = result.beliefs[2].copy()
        skill = result.skill[0]
        after = update(result, 2, 0, 1)
        expected = before * [1 - skill, skill]
        assert after == pytest.approx(expected / expected.sum())
        assert result.beliefs[2] == pytest.approx(after)
        assert update(result, 2, 0, 1, withdrawn=True) == pytest.approx(before)

    def test_a_stranger_counts_as_the_average_person(self):
        result = aggregate(votes_of(["000", "111", "001", "110"]), "auto")
        assert likelihood(result, None, 1) == pytest.approx(confusion_of(result)[:, :, 1].mean(axis=0))
        with pytest.raises(IndexError, match="label 2 is not one of the 2"):
            update(result, 0, None, 2)

    def test_no_single_vote_makes_a_label_impossible(self):
        assert revise(np.array([1.0, 0.0]), np.array([0.0, 1.0]))[1] > 0

    def test_it_takes_microseconds(self):
        result = aggregate(votes_of(["000", "111", "001", "110"]), "auto")
        started = time.process_time()
        for _ in range(1000):
            update(result, 1, 2, 1)
        assert time.process_time() - started < 0.2


@pytest.fixture
def anaesthetists(shared_data) -> Votes:
    with (shared_data / "dawid_skene_1979" / "answers_rep.csv").open() as file:
        rows = list(csv.DictReader(file))
    return Votes.from_ids(*([row[column] for row in rows] for column in ("task", "worker", "label")))[0]


def real_crowd(folder) -> tuple[Votes, Ints]:
    with (folder / "answers.csv").open() as answers, (folder / "gold.csv").open() as gold:
        rows, known = list(csv.DictReader(answers)), {row["task"]: row["label"] for row in csv.DictReader(gold)}
    columns = ([row[column] for row in rows] for column in ("task", "worker", "label"))
    votes, (items, _, labels) = Votes.from_ids(*columns)
    return votes, np.array([labels.index(known[item]) for item in items])


def few_votes_a_person(votes, most, seed):
    """The same votes, as if everybody had given `most` of them and left."""
    order = np.random.default_rng(seed).permutation(len(votes))
    votes_so_far: dict[int, int] = {}
    person = np.empty(len(votes), dtype=int)
    for vote in order:
        number = votes_so_far[votes.annotator[vote]] = votes_so_far.get(votes.annotator[vote], -1) + 1
        person[vote] = votes.annotator[vote] * len(votes) + number // most
    people, annotator = np.unique(person, return_inverse=True)
    return Votes(votes.item, annotator, votes.label, votes.n_items, len(people), votes.n_labels)


def test_items_of_the_same_votes_are_computed_once_and_believed_the_same(monkeypatch):
    """A few kinds of items, each many times: probabilities and skills are those of every item by itself."""
    kinds = [row.split() for row in ("0 0 1 .", "1 1 1 0", ". 2 2 2", "0 . 2 0", "2 1 . 1")]
    rows = [kinds[n] for n in np.random.default_rng(0).integers(0, len(kinds), 200)]
    votes = votes_of(rows, n_labels=3)
    gold = np.full(200, -1)
    gold[:7] = 1
    quick = aggregate(votes, "auto", gold=gold)
    first, alike, times = _hierarchy.same_rows(votes, gold)
    assert len(first) <= 10
    assert (np.bincount(alike) == times).all()
    every = np.arange(200)
    monkeypatch.setattr(_hierarchy, "same_rows", lambda votes, known: (every, every, np.ones(200)))
    slow = aggregate(votes, "auto", gold=gold)
    assert quick.beliefs == pytest.approx(slow.beliefs, abs=1e-9)
    assert quick.skill == pytest.approx(slow.skill, abs=1e-9)
