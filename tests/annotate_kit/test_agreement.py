import json

import numpy as np
import pytest

from annotate_kit import agreement
from annotate_kit.aggregation import Votes
from annotate_kit.agreement import cohen, krippendorff, measure, most_disputed


def votes_of(table, n_labels=None):
    """Votes from rows of items and columns of people; -1 = no vote."""
    table = np.asarray(table)
    item, annotator = np.nonzero(table >= 0)
    return votes_from(item, annotator, table[item, annotator], *table.shape, n_labels or int(table.max()) + 1)


def votes_from(*arrays_and_sizes):
    return Votes(*arrays_and_sizes)


def two_people(seed=0, n=200):
    rng = np.random.default_rng(seed)
    truth = rng.integers(3, size=n)
    guesses = rng.integers(3, size=(n, 2))
    return votes_of(np.where(rng.random((n, 2)) < 0.7, truth[:, None], guesses), 3)


@pytest.fixture
def crowd():
    rng = np.random.default_rng(5)
    truth = rng.integers(4, size=(300, 1))
    table = np.where(rng.random((300, 8)) < 0.6, truth, rng.integers(4, size=(300, 8)))
    return votes_of(np.where(rng.random((300, 8)) < 0.5, table, -1), 4)


KRIPPENDORFF_2011 = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
    [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
]


# What every coefficient promises


@pytest.fixture(params=agreement.registry.names)
def coefficient(request):
    return request.param


def test_people_who_always_agree_have_one(coefficient):
    assert measure(votes_of([[0, 0], [1, 1], [2, 2]] * 5), coefficient).value == pytest.approx(1)


def test_people_who_guess_have_about_zero(coefficient):
    guesses = np.random.default_rng(1).integers(3, size=(20_000, 2))
    assert measure(votes_of(guesses), coefficient, replicates=0).value == pytest.approx(0, abs=0.02)


def test_the_interval_holds_the_value_and_narrows_with_more_items(coefficient):
    few, many = measure(two_people(n=50), coefficient), measure(two_people(n=5000), coefficient)
    for result in (few, many):
        assert result.low < result.value < result.high
    assert many.high - many.low < (few.high - few.low) / 5


def test_the_interval_covers_the_truth_about_as_often_as_it_says(coefficient):
    truth = measure(two_people(seed=999, n=200_000), coefficient, replicates=0).value
    intervals = [measure(two_people(seed), coefficient, replicates=300, confidence=0.9) for seed in range(100)]
    assert 0.8 <= np.mean([interval.low <= truth <= interval.high for interval in intervals]) <= 0.98


def test_the_same_seed_gives_the_same_interval(coefficient):
    votes = two_people()
    assert measure(votes, coefficient, seed=3) == measure(votes, coefficient, seed=3)
    assert measure(votes, coefficient, seed=3) != measure(votes, coefficient, seed=4)


def test_the_order_of_votes_and_the_names_of_people_do_not_matter(coefficient):
    votes = two_people()
    order = np.random.default_rng(0).permutation(len(votes))
    swapped = Votes(votes.item[order], 1 - votes.annotator[order], votes.label[order], votes.n_items, 2, 3)
    assert measure(swapped, coefficient, replicates=0).value == pytest.approx(
        measure(votes, coefficient, replicates=0).value
    )


def test_only_the_last_vote_of_a_person_on_an_item_counts(coefficient):
    votes = two_people(n=30)
    first = np.zeros_like(votes.label)
    twice = [np.concatenate(two) for two in ((votes.item,) * 2, (votes.annotator,) * 2, (first, votes.label))]
    again = votes_from(*twice, votes.n_items, votes.n_annotators, votes.n_labels)
    assert measure(again, coefficient).value == measure(votes, coefficient).value


def test_without_two_votes_on_an_item_there_is_nothing_to_say(coefficient):
    lonely = measure(votes_of([[0, -1], [-1, 1]]), coefficient)
    assert np.isnan([lonely.value, lonely.low, lonely.high]).all()
    assert lonely.n_items == 0


def test_a_single_item_has_a_value_and_no_interval(coefficient):
    result = measure(votes_of([[0, 1]]), coefficient)
    assert result.n_items == 1
    assert np.isnan(result.low)


def test_an_unknown_coefficient_names_the_known_ones():
    with pytest.raises(KeyError, match="cohen, fleiss, krippendorff"):
        measure(two_people(), "kripendorf")


# Krippendorff


@pytest.mark.realdata
def test_alpha_of_the_folder_that_peerannot_bundles(shared_data):
    answers = json.loads((shared_data / "peerannot_krippendorff/answers.json").read_text())
    triples = [(int(item), int(who), label) for item, labels in answers.items() for who, label in labels.items()]
    votes = votes_from(*np.array(triples).T, 15, 3, 5)
    assert measure(votes).value == pytest.approx(0.691358024691358, abs=1e-15)


@pytest.mark.parametrize(("metric", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_the_papers_example(metric, expected):
    votes = votes_of(np.array(KRIPPENDORFF_2011).T - 1)
    assert measure(votes, metric=metric).value == pytest.approx(expected, abs=5e-4)


@pytest.mark.parametrize("metric", krippendorff.METRICS)
def test_alpha_is_what_its_definition_says(metric, crowd):
    assert measure(crowd, metric=metric, replicates=0).value == pytest.approx(alpha_by_the_book(crowd, metric))


def alpha_by_the_book(votes, metric):
    """Over pairs of votes, one by one."""
    units = [votes.label[votes.item == item] for item in range(votes.n_items)]
    units = [unit for unit in units if len(unit) > 1]
    n_c = np.bincount(np.concatenate(units), minlength=votes.n_labels)
    n = n_c.sum()

    def distance(c, k):
        between = n_c[min(c, k) : max(c, k) + 1].sum() - (n_c[c] + n_c[k]) / 2
        return {"nominal": c != k, "interval": (c - k) ** 2, "ordinal": between**2 if c != k else 0}[metric]

    observed = sum(distance(a, b) / (len(unit) - 1) for unit in units for a in unit for b in unit) / n
    labels = range(votes.n_labels)
    expected = sum(n_c[c] * n_c[k] * distance(c, k) for c in labels for k in labels) / (n * (n - 1))
    return 1 - observed / expected


def test_alpha_is_one_when_only_one_label_is_ever_used():
    assert measure(votes_of([[1, 1], [1, 1]])).value == 1


def test_an_unknown_metric_names_the_known_ones():
    with pytest.raises(ValueError, match="nominal, ordinal, interval"):
        measure(two_people(), metric="ratio")


# Fleiss and Cohen


def test_kappa_of_fleiss_own_example():
    counts = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1]]
    counts += [[7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]]
    table = [np.repeat(np.arange(5), row) for row in counts]
    assert measure(votes_of(table), "fleiss").value == pytest.approx(0.20993, abs=5e-6)


@pytest.mark.parametrize("weights", [None, "linear", "quadratic"])
def test_cohen_is_what_scikit_learn_says(weights):
    from sklearn.metrics import cohen_kappa_score

    votes = two_people()
    a, b = (votes.label[votes.annotator == who] for who in (0, 1))
    assert measure(votes, "cohen", weights=weights).value == pytest.approx(cohen_kappa_score(a, b, weights=weights))


def test_cohen_asks_which_two_of_many(crowd):
    with pytest.raises(ValueError, match="8 voted; name them"):
        measure(crowd, "cohen")
    with pytest.raises(ValueError, match="two different annotators of 0 to 7"):
        measure(crowd, "cohen", pair=(3, 3))


def test_the_matrix_has_the_kappa_of_every_pair(crowd):
    kappas, shared = cohen.matrix(crowd)
    for a, b in [(0, 1), (2, 7), (5, 3)]:
        alone = measure(crowd, "cohen", pair=(a, b))
        assert kappas[a, b] == pytest.approx(alone.value)
        assert shared[a, b] == alone.n_items
    assert (kappas.diagonal() == 1).all()
    np.testing.assert_array_equal(kappas, kappas.T)


def test_the_matrix_is_silent_about_people_who_share_too_little():
    kappas, shared = cohen.matrix(votes_of([[0, 0, -1], [1, 1, -1], [-1, 0, 1]]))
    assert np.isnan(kappas[0, 2]) and np.isnan(kappas[1, 2])
    assert kappas[0, 1] == 1
    assert shared.tolist() == [[2, 2, 0], [2, 3, 1], [0, 1, 1]]


# Disputed items


def test_the_most_disputed_items_come_first_with_their_votes():
    votes = votes_of([[0, 0, 0, 0], [0, 1, -1, -1], [0, 0, 1, 1], [0, 0, 0, 1], [1, -1, -1, -1]])
    result = most_disputed(votes)
    assert result.item.tolist() == [2, 1, 3]
    assert result.dispute.tolist() == [0.5, 0.5, 0.375]
    assert result.counts.tolist() == [[2, 2], [1, 1], [3, 1]]
    assert most_disputed(votes, limit=1).item.tolist() == [2]


def test_a_million_votes_take_seconds_not_minutes():
    import time

    rng = np.random.default_rng(0)
    truth = rng.integers(10, size=100_000)
    item = np.repeat(np.arange(100_000), 10)
    label = np.where(rng.random(1_000_000) < 0.7, truth[item], rng.integers(10, size=1_000_000))
    votes = votes_from(item, rng.integers(500, size=1_000_000), label, 100_000, 500, 10)
    started = time.process_time()
    assert measure(votes, replicates=200).value > 0.3
    assert time.process_time() - started < 20
