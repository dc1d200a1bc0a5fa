"""What is done before consensus is read: a decision on numbers alone."""

import itertools

import pytest

from annotate.consensus.plan import MUCH, QUICK, SMALL, Plan, State, plan

LARGE, HUGE = 2 * SMALL, 10 * QUICK


@pytest.mark.parametrize("votes", [0, 10, LARGE, HUGE])
@pytest.mark.parametrize("waits", [True, False])
def test_without_a_change_nothing_is_done(votes, waits):
    assert plan(State(votes=votes, waits=waits)) is Plan.SKIP
    assert plan(State(votes=votes, waits=waits, whole=True)) is Plan.SKIP
    assert plan(State(votes=votes, updated=int(votes * MUCH), waits=waits)) is Plan.SKIP


def test_few_votes_are_aggregated_together_at_any_change():
    assert plan(State(votes=SMALL - 1, due=1)) is Plan.FULL
    assert plan(State(votes=0, due=1, waits=False)) is Plan.FULL


def test_of_many_votes_few_changes_are_taken_in_alone():
    assert plan(State(votes=LARGE, due=1)) is Plan.INCREMENT
    assert plan(State(votes=LARGE, due=10, updated=100)) is Plan.INCREMENT


def test_when_one_in_twenty_has_changed_all_are_aggregated():
    last = int(LARGE * MUCH)
    assert plan(State(votes=LARGE, due=last)) is Plan.INCREMENT
    assert plan(State(votes=LARGE, due=last + 1)) is Plan.FULL
    assert plan(State(votes=LARGE, due=1, updated=last)) is Plan.FULL


@pytest.mark.parametrize("votes", [10, LARGE])
def test_another_method_or_other_labels_make_all_anew(votes):
    assert plan(State(votes=votes, is_current=False)) is Plan.FULL


def test_who_wants_all_votes_together_gets_them_once():
    assert plan(State(votes=LARGE, due=1, whole=True)) is Plan.FULL
    assert plan(State(votes=LARGE, updated=1, whole=True)) is Plan.FULL
    assert plan(State(votes=LARGE, whole=True)) is Plan.SKIP


def test_known_answers_may_have_changed_so_all_are_aggregated_when_asked_for():
    assert plan(State(votes=LARGE, has_gold=True, whole=True)) is Plan.FULL
    assert plan(State(votes=LARGE, has_gold=True)) is Plan.SKIP


def test_a_page_leaves_what_takes_long_to_the_worker():
    assert plan(State(votes=HUGE, is_current=False, waits=False)) is Plan.DELEGATE
    assert plan(State(votes=HUGE, due=SMALL + 1, updated=HUGE, waits=False)) is Plan.DELEGATE
    assert plan(State(votes=HUGE, is_current=False, waits=True)) is Plan.FULL


def test_a_page_takes_in_what_is_quick_meanwhile():
    assert plan(State(votes=HUGE, due=5, updated=HUGE, waits=False)) == Plan.DELEGATE | Plan.INCREMENT
    assert plan(State(votes=HUGE, due=5, waits=False)) is Plan.INCREMENT


def test_many_changes_that_no_page_takes_in_are_left_to_the_worker():
    assert plan(State(votes=HUGE, due=SMALL + 1, waits=False)) is Plan.DELEGATE


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("is_current", [True, False])
def test_who_waits_reads_what_is_fresh(whole, is_current):
    for votes, updated, due in itertools.product([0, LARGE, HUGE], [0, 1, HUGE], [0, 1, SMALL + 1, HUGE]):
        planned = plan(State(votes=votes, updated=updated, due=due, is_current=is_current, whole=whole))
        assert Plan.DELEGATE not in planned
        assert bool(planned) or (is_current and not due)


def test_nothing_is_updated_by_what_no_run_has_seen():
    for due, waits, whole in itertools.product([1, SMALL, SMALL + 1, HUGE], [True, False], [True, False]):
        assert Plan.INCREMENT not in plan(State(votes=0, due=due, waits=waits, whole=whole))
