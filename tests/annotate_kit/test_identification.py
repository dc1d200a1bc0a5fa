import numpy as np
import pytest

from annotate_kit import identification
from annotate_kit.aggregation import Votes
from annotate_kit.identification import consensus_agreement, entropy_threshold, identify, resolve, suspects
from annotate_kit.identification._margins import Above, margin, weighted
from annotate_kit.simulation import simulate


@pytest.fixture(params=identification.votes_only())
def method(request):
    return request.param


@pytest.fixture
def crowd():
    """Eight good people, the last two of ten guess; three labels."""
    return simulate("hammer-spammer", n_annotators=10, n_items=200, n_labels=3, ratio=0.2, feedback=6).votes


def votes_from(*arrays_and_sizes):
    return Votes(*arrays_and_sizes)


def with_more(votes, items=0, annotators=0):
    """The same votes, and items and people without any."""
    arrays = (votes.item, votes.annotator, votes.label)
    return Votes(*arrays, votes.n_items + items, votes.n_annotators + annotators, votes.n_labels)


# What every method promises


def test_there_is_a_number_for_each_of_what_it_is_about(method, crowd):
    shape = {"items": (200,), "annotators": (10,), "crowd": ()}[identification.registry.load(method).ABOUT]
    scores = identify(crowd, method)
    assert scores.shape == shape
    assert np.isfinite(scores).all()


def test_who_has_no_votes_has_no_number(method, crowd):
    scores = identify(with_more(crowd, items=1, annotators=1), method)
    if scores.ndim:
        assert np.isnan(scores[-1])
        np.testing.assert_allclose(scores[:-1], identify(crowd, method), atol=1e-6)


def test_numbers_follow_items_and_people_that_change_places(method, crowd):
    rng = np.random.default_rng(0)
    item, who, label = (rng.permutation(size) for size in (200, 10, 3))
    moved = votes_from(item[crowd.item], who[crowd.annotator], label[crowd.label], 200, 10, 3)
    places: dict = {"items": item, "annotators": who, "crowd": ...}
    place = places[identification.registry.load(method).ABOUT]
    np.testing.assert_allclose(identify(moved, method)[place], identify(crowd, method), atol=1e-6)


def test_no_votes_at_all_do_no_harm(method):
    nothing = np.zeros(0, dtype=np.int32)
    assert np.isnan(identify(Votes(nothing, nothing, nothing, 4, 3, 2), method)).all()


def test_one_label_and_one_person_do_no_harm(method):
    nought = np.zeros(2, dtype=np.int32)
    assert identify(votes_from(np.arange(2), nought, nought, 2, 1, 1), method).shape in {(2,), (1,), ()}


def test_an_option_that_is_not_there_names_those_that_are(method, crowd):
    with pytest.raises(TypeError, match=f"{method} has no option 'alhpa'; it has"):
        identify(crowd, method, alhpa=1)


@pytest.mark.parametrize("method", ["trace_confusion", "spam_score", "consensus_agreement"])
def test_those_who_guess_are_the_most_suspect(method, crowd):
    assert set(suspects(method, identify(crowd, method), limit=2)) == {8, 9}


def test_a_million_votes_take_seconds(method):
    import time

    votes = simulate("hammer-spammer", n_annotators=100, n_items=100_000, n_labels=4, ratio=0.2, feedback=10).votes
    started = time.process_time()
    identify(votes, method)
    assert time.process_time() - started < 20


# The methods


def test_entropy_is_of_the_shares_of_the_labels():
    votes = votes_from([0, 0, 0, 0, 1, 1, 2, 2], [0, 1, 2, 3] * 2, [0, 0, 0, 1, 0, 1, 1, 1], 4, 4, 2)
    expected = [-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)), np.log(2), 0, np.nan]
    np.testing.assert_allclose(identify(votes, "entropy"), expected)
    assert suspects("entropy", identify(votes, "entropy")).tolist() == [1, 0, 2]


def test_trace_and_spam_score_of_known_matrices(crowd):
    swap, blind, half = np.eye(3)[[1, 0, 2]], np.full((3, 3), 1 / 3), (np.eye(3) + 1 / 3) / 2
    matrices = np.stack([np.eye(3), swap, blind, half] + [np.eye(3)] * 6)
    assert identify(crowd, "trace_confusion", confusion=matrices)[:4] == pytest.approx([3, 1, 1, 2])
    spam = identify(crowd, "spam_score", confusion=matrices)
    assert spam[:4] == pytest.approx([1, 1, 0, 0.25])
    pairs = [(matrices[3][k] - matrices[3][j]) ** 2 for k in range(3) for j in range(k)]
    assert spam[3] == pytest.approx(np.sum(pairs) / 6)
    with pytest.raises(ValueError, match=r"must be \(10, 3, 3\)"):
        identify(crowd, "spam_score", confusion=matrices[:2])


def test_agreement_is_with_the_majority_of_the_others(crowd):
    expected = np.zeros(10)
    for who in range(10):
        credit = []
        for vote in np.flatnonzero(crowd.annotator == who):
            others = crowd.label[(crowd.item == crowd.item[vote]) & (crowd.annotator != who)]
            counts = np.bincount(others, minlength=3)
            leaders = np.flatnonzero(counts == counts.max())
            credit.append((crowd.label[vote] in leaders) / len(leaders))
        expected[who] = np.mean(credit)
    np.testing.assert_allclose(identify(crowd, "consensus_agreement"), expected)


def test_agreement_is_with_the_given_consensus():
    votes = votes_from([0, 0, 1, 1, 2], [0, 1, 0, 1, 0], [1, 0, 1, 1, 0], 3, 2, 2)
    assert identify(votes, "consensus_agreement", consensus=[1, 0, -1]).tolist() == [0.5, 0.0]
    with pytest.raises(ValueError, match="3 whole numbers"):
        identify(votes, "consensus_agreement", consensus=[1])


def test_the_interval_of_the_agreement_is_wilsons():
    votes = votes_from(np.arange(10), np.zeros(10, dtype=int), [1] * 8 + [0] * 2, 10, 2, 2)
    low, high = consensus_agreement.interval(votes, consensus=np.ones(10, dtype=int))[0]
    assert (low, high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert np.isnan(consensus_agreement.interval(votes, consensus=np.ones(10, dtype=int))[1]).all()


def test_the_most_monotonous_people_are_dropped():
    item = np.tile(np.arange(10), 5)
    label = np.concatenate([[0] * 10, *[np.arange(10) % 2] * 4])
    votes = votes_from(item, np.repeat(np.arange(5), 10), label, 10, 5, 2)
    assert entropy_threshold.kept(votes).tolist() == [False, True, True, True, True]
    assert entropy_threshold.kept(votes, min_answers=11).all()


@pytest.mark.parametrize("spelled", ["krippendorffAlpha", "krippendorff_alpha", "Krippendorff-Alpha"])
def test_names_of_peerannot_are_understood(spelled):
    assert resolve(spelled) == "krippendorff_alpha"


def test_an_unknown_method_names_the_known_ones(crowd):
    with pytest.raises(KeyError, match="consensus_agreement, entropy"):
        identify(crowd, "waumm")


# Those that train a classifier


TRAINED = [name for name in identification.registry.names if name not in identification.votes_only()]


@pytest.fixture
def learnable():
    """Ninety items in three groups; of the first nine people say another group's label, all of them."""
    rng = np.random.default_rng(0)
    truth = np.arange(90) % 3
    X = 3 * np.eye(3)[truth] + rng.normal(0, 0.7, (90, 3))
    item, annotator = (axis.ravel() for axis in np.mgrid[:90, :5])
    shown = np.where(np.arange(90) < 9, (truth + 1) % 3, truth)
    label = np.where(rng.random(len(item)) < 0.9, shown[item], rng.integers(0, 3, len(item)))
    return X, votes_from(item, annotator, label, 90, 5, 3)


@pytest.mark.parametrize("name", TRAINED)
@pytest.mark.parametrize("pleiss", [False, True])
class TestThoseThatTrain:
    def test_items_with_a_wrong_label_are_the_most_suspect(self, name, pleiss, learnable):
        X, votes = learnable
        scores = identify(votes, name, X=X, pleiss=pleiss, epochs=20)
        assert scores.shape == (90,)
        assert len(set(suspects(name, scores, limit=9)) & set(range(9))) >= 8

    def test_items_without_votes_have_no_number(self, name, pleiss, learnable):
        X, votes = learnable
        scores = identify(votes.where(votes.item < 80), name, X=X, pleiss=pleiss, epochs=2)
        assert np.isnan(scores[80:]).all()
        assert np.isfinite(scores[:80]).all()

    def test_no_votes_at_all_do_no_harm_when_there_are_features(self, name, pleiss):
        nothing = np.zeros(0, dtype=np.int32)
        votes = Votes(nothing, nothing, nothing, 4, 3, 2)
        assert np.isnan(identify(votes, name, X=np.ones((4, 2)), pleiss=pleiss)).all()


@pytest.mark.parametrize("name", TRAINED)
def test_features_are_asked_for(name, learnable):
    X, votes = learnable
    with pytest.raises(TypeError, match=f"{name} needs X besides the votes"):
        identify(votes, name)
    with pytest.raises(ValueError, match=r"X must be \(90, F\)"):
        identify(votes, name, X=X[1:])


def test_any_estimator_that_learns_by_epochs_will_do(learnable):
    from sklearn.linear_model import SGDClassifier

    X, votes = learnable
    scores = identify(
        votes, "waum", X=X, estimator=SGDClassifier(loss="log_loss", alpha=0.01, random_state=0), epochs=10
    )
    assert len(set(suspects("waum", scores, limit=9)) & set(range(9))) >= 7


def test_the_margin_is_above_the_second_or_above_the_largest_other():
    scores, y = np.array([[3.0, 1.0, 0.0], [3.0, 1.0, 0.0]]), np.array([0, 2])
    assert margin(scores, y, Above(pleiss=True)).tolist() == [2.0, -3.0]
    assert margin(scores, y, Above()).tolist() == [2.0, -1.0]
    assert margin(scores, y, Above(topk=2)).tolist() == [3.0, 0.0]
    with pytest.raises(ValueError, match="topk is 3; with 3 labels it must be from 1 to 2"):
        margin(scores, y, Above(topk=3))


def test_what_people_are_trusted_with_weighs_their_margins():
    two = votes_from([0, 0], [0, 1], [0, 1], 1, 2, 2)
    margins = weighted(two, np.array([1.0, -1.0]), np.array([0.75, 0.25]))
    assert margins.items == pytest.approx([0.5])
