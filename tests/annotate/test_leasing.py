"""The queue: who gets what next."""

import threading
from datetime import timedelta

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotate.models import Assignment, QueueEntry, QueueState
from annotate.queue.checks import CHECKS, exceptions
from annotate.queue.leasing import GivenAway, held, lease, lease_next, lease_rows, release, renew, skip
from annotate.queue.ordering import Priority, prefer, publish, set_urgent
from annotate.queue.submitting import submit, undo
from annotate.reviews import send_back
from projects.models import Project
from tests.conftest import add_texts


def ids(assignments):
    return [assignment.item.external_id for assignment in assignments]


def expire(assignment):
    Assignment.objects.filter(pk=assignment.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    QueueState.objects.update(swept_at=None)


def test_an_item_is_leased_once_when_one_vote_is_wanted(reviews, ann, abe):
    assert lease_next(reviews, ann).item != lease_next(reviews, abe).item


def test_items_come_in_the_order_of_the_import(reviews, ann):
    assert ids(lease(reviews, ann, 3)) == ["item-1", "item-2", "item-3"]


def test_a_person_gets_an_item_once(reviews, ann):
    assert len(lease(reviews, ann, 7) + lease(reviews, ann, 7) + lease(reviews, ann, 7)) == 10


def test_two_people_get_an_item_that_wants_two_votes(make_project, ann, abe, rita):
    project = make_project(votes_wanted=2)
    add_texts(project, ["one"])
    assert lease_next(project, ann) and lease_next(project, abe)
    assert lease_next(project, rita) is None


def test_the_database_itself_refuses_one_person_too_many(reviews):
    with pytest.raises(IntegrityError), transaction.atomic():
        QueueEntry.objects.filter(project=reviews).update(taken=2)


def test_a_released_item_is_open_again_for_everybody(make_project, ann, abe):
    project = make_project()
    add_texts(project, ["one"])
    leased = lease_next(project, ann)
    assert lease_next(project, abe) is None
    release(leased)
    assert lease_next(project, abe).item == leased.item


def test_a_skipped_item_goes_to_somebody_else(make_project, ann, abe):
    project = make_project()
    add_texts(project, ["one"])
    skip(lease_next(project, ann), "I can't read this")
    assert lease_next(project, ann) is None
    assert lease_next(project, abe)


def test_an_expired_lease_is_swept_by_whoever_asks_next(make_project, ann, abe):
    project = make_project()
    add_texts(project, ["one"])
    expire(lease_next(project, ann))
    assert lease_next(project, abe)


def test_who_let_a_lease_expire_may_get_the_item_again(make_project, ann):
    project = make_project()
    add_texts(project, ["one"])
    first = lease_next(project, ann)
    expire(first)
    assert lease_next(project, ann).pk == first.pk


def test_a_renewed_lease_lives_on(reviews, ann):
    leased = lease_next(reviews, ann)
    Assignment.objects.update(expires_at=timezone.now() + timedelta(seconds=1))
    assert renew(leased).expires_at > timezone.now() + timedelta(minutes=29)


def test_a_lease_that_went_to_somebody_else_can_not_be_renewed(make_project, ann, abe):
    project = make_project()
    add_texts(project, ["one"])
    leased = lease_next(project, ann)
    expire(leased)
    lease_next(project, abe)
    with pytest.raises(GivenAway):
        renew(leased)


def test_what_is_held_can_be_asked_for_again(reviews, ann):
    leased = lease(reviews, ann, 3)
    assert held(reviews, ann) == leased


def test_urgent_items_come_before_the_published_order_and_that_before_the_rest(reviews, ann):
    items = {item.external_id: item.pk for item in reviews.items.all()}
    publish(reviews, [items["item-5"], items["item-4"]])
    set_urgent(reviews, [Priority(items["item-9"], 2), Priority(items["item-8"], 1)])
    assert ids(lease(reviews, ann, 6)) == ["item-8", "item-9", "item-5", "item-4", "item-1", "item-2"]


def test_an_item_of_the_published_order_that_wants_two_votes_comes_once_in_a_batch(make_project, ann):
    project = make_project(votes_wanted=2)
    add_texts(project, ["one", "two"])
    publish(project, list(project.items.values_list("pk", flat=True)))
    assert len(lease(project, ann, 5)) == 2


def test_a_new_order_counts_for_the_next_lease(reviews, ann):
    items = list(reviews.items.order_by("pk"))
    publish(reviews, [items[3].pk])
    assert lease_next(reviews, ann).item == items[3]
    publish(reviews, [items[7].pk])
    assert lease_next(reviews, ann).item == items[7]


def test_new_items_are_found_by_who_had_finished(reviews, ann):
    lease(reviews, ann, 10)
    assert lease_next(reviews, ann) is None
    add_texts(reviews, [f"text {number}" for number in range(11)])
    assert lease_next(reviews, ann).item.external_id == "item-11"


def test_nothing_is_left_in_a_project_without_items(make_project, ann):
    assert lease(make_project(), ann, 5) == []


def test_taken_is_live_leases_plus_annotations(make_project, ann, abe, rita):
    project = make_project(votes_wanted=3)
    add_texts(project, ["one", "two"])
    first, second = lease(project, ann, 2)
    submit(first, "positive")
    skip(second)
    undo(submit_next(project, abe))
    release(lease_next(project, rita))
    for entry in QueueEntry.objects.all():
        live = entry.item.assignments.live().count()
        assert entry.taken == live + entry.item.annotations.count()


def submit_next(project, annotator):
    assignment = lease_next(project, annotator)
    submit(assignment, "negative")
    return assignment


def test_nobody_holds_more_than_a_hundred_items_of_a_project(make_project, ann, abe):
    project = make_project()
    add_texts(project, [f"text {number}" for number in range(230)])
    assert [len(lease(project, ann, 60)) for _ in range(3)] == [60, 40, 0]
    assert len(lease(project, abe, 100)) == 100
    submit(held(project, ann)[0], "positive")
    assert len(lease(project, ann, 60)) == 1


def test_the_limit_of_leases_counts_those_that_live(make_project, ann):
    project = make_project()
    add_texts(project, [f"text {number}" for number in range(230)])
    for assignment in lease(project, ann, 100):
        Assignment.objects.filter(pk=assignment.pk).update(expires_at=timezone.now() - timedelta(hours=1))
    assert len(lease(project, ann, 100)) == 100


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_do_not_get_past_the_limit_of_leases(make_project, ann):
    project = make_project()
    add_texts(project, [f"text {number}" for number in range(400)])
    requests = [threading.Thread(target=lease_and_close, args=(project, ann, 30)) for _ in range(8)]
    for request in requests:
        request.start()
    for request in requests:
        request.join(60)
    assert len(held(project, ann)) == 100


def lease_and_close(project, person, count):
    lease(project, person, count)
    connection.close()


def test_what_a_reviewer_sent_back_comes_before_what_was_held_already(reviews, ann, rita):
    first, second, third = lease(reviews, ann, 3)
    submit(second, "positive")
    send_back([second.annotation], rita)
    assert ids(held(reviews, ann)) == ids([second, first, third])


def test_one_lease_goes_through_urgent_items_the_published_order_and_the_rest(make_project, ann, abe):
    """An item that is in two of them is leased once, and the next lease goes on from there."""
    project = make_project()
    add_texts(project, [f"text {number}" for number in range(12)])
    items = list(project.items.order_by("pk").values_list("pk", flat=True))
    publish(project, [items[9], items[11], items[10], items[8]])
    set_urgent(project, [Priority(items[11], 1), Priority(items[5], 2)])
    expected = [items[at] for at in (11, 5, 9, 10, 8, 0, 1, 2, 3, 4, 6, 7)]
    counts, leased = (1, 2, 1, 3, 4, 9), []
    for count in counts:
        leased += [assignment.item_id for assignment in lease(project, ann, count)]
    assert leased == expected
    assert not lease(project, abe, 20)


# Finishing what others began


@pytest.fixture
def twice(make_project):
    """Six texts that want two votes each; of the members mona, rita, ann and abe, rita and abe finish what is begun."""
    project = make_project(votes_wanted=2)
    add_texts(project, [f"text {number}" for number in range(6)])
    return project


def test_who_finishes_gets_first_what_others_began(twice, ann, abe, rita):
    publish(twice, list(twice.items.order_by("-pk").values_list("pk", flat=True)))
    for _ in range(2):
        submit(lease_next(twice, ann), "positive")  # items 6 and 5
    publish(twice, list(twice.items.order_by("pk").values_list("pk", flat=True)))
    assert ids(lease(twice, abe, 3)) == ["item-5", "item-6", "item-1"]
    assert ids(lease(twice, rita, 1)) == ["item-1"]  # begun by abe; what ann began is taken
    assert ids(lease(twice, ann, 2)) == ["item-2", "item-3"]  # ann begins new items


def test_nobody_finishes_where_the_share_is_none(twice, ann, abe):
    twice.finish_begun = 0.0
    publish(twice, list(twice.items.order_by("-pk").values_list("pk", flat=True)))
    submit(lease_next(twice, ann), "positive")
    publish(twice, list(twice.items.order_by("pk").values_list("pk", flat=True)))
    assert ids(lease(twice, abe, 1)) == ["item-1"]


def test_urgent_items_come_before_what_others_began(twice, ann, abe):
    publish(twice, list(twice.items.order_by("-pk").values_list("pk", flat=True)))
    submit(lease_next(twice, ann), "positive")
    set_urgent(twice, [Priority(twice.items.get(external_id="item-3").pk, 1.0)])
    assert ids(lease(twice, abe, 2)) == ["item-3", "item-6"]


# Routing to the most skilled


@pytest.fixture
def routed(twice, ann, abe):
    """Rita has begun all six items; the first four prefer ann's vote to abe's."""
    Project.objects.filter(pk=twice.pk).update(votes_most=3, route_by_skill=True)
    twice.refresh_from_db()
    for _ in range(6):
        submit(lease_next(twice, rita_of(twice)), "positive")
    items = np.array(sorted(twice.items.values_list("pk", flat=True)))
    prefer(twice, items, [[ann.pk]] * 4 + [None, [abe.pk, ann.pk]])
    return twice


def rita_of(project):
    return project.memberships.get(user__username="rita").user


def test_people_get_first_what_does_not_prefer_others(routed, ann, abe):
    assert ids(lease(routed, abe, 6)) == ["item-5", "item-6"]
    assert ids(lease(routed, ann, 1)) == ["item-1"]


def test_nobody_is_left_without_items_because_these_prefer_others(routed, abe):
    lease(routed, abe, 2)
    assert ids(lease(routed, abe, 1)) == ["item-1"]
    assert ids(lease(routed, abe, 6)) == ["item-2", "item-3", "item-4"]
    assert lease(routed, abe, 1) == []


def test_a_new_order_has_people_look_again_for_what_does_not_prefer_others(routed, abe, rita):
    submit(lease(routed, abe, 2)[0], "positive")
    lease_next(routed, abe)  # item 1: there is nothing else
    release(routed.assignments.get(annotator=abe, item__external_id="item-6"))
    publish(routed, list(routed.items.order_by("pk").values_list("pk", flat=True)))
    assert ids(lease(routed, abe, 1)) == ["item-6"]


def test_what_is_urgent_goes_to_anybody(routed, abe):
    set_urgent(routed, [Priority(routed.items.get(external_id="item-3").pk, 1.0)])
    assert ids(lease(routed, abe, 2)) == ["item-3", "item-5"]


def test_preferences_mean_nothing_where_routing_is_off(routed, abe):
    routed.route_by_skill = False
    assert ids(lease(routed, abe, 6)) == [f"item-{number}" for number in range(1, 7)]


def test_routed_items_are_never_with_more_people_than_they_want(routed, ann, abe, mona):
    for person in (abe, mona, ann):
        while assignment := lease_next(routed, person):
            submit(assignment, "negative")
    assert not [row for check in CHECKS for row in exceptions(check, routed)]


def test_one_who_began_much_still_finds_what_others_began(make_project, ann, abe):
    """Far more of the begun items are abe's own than are looked at in one go."""
    project = make_project(votes_wanted=2)
    add_texts(project, [f"text {number}" for number in range(120)])
    publish(project, list(project.items.order_by("pk").values_list("pk", flat=True)))
    for assignment in lease(project, abe, 99):
        submit(assignment, "positive")
    publish(project, list(project.items.order_by("-pk").values_list("pk", flat=True)[:5]))
    submit(lease_next(project, ann), "positive")
    met = []
    while "item-120" not in met and len(met) < 6:
        met += ids(lease(project, abe, 1))
    assert "item-120" in met
    assert not QueueEntry.objects.filter(taken__gt=2).exists()


def test_everybody_together_gives_all_votes_and_no_more(twice, mona, rita, ann, abe):
    people, votes = [mona, rita, ann, abe], 0
    for turn in range(20):
        if assignment := lease_next(twice, people[turn % 4]):
            submit(assignment, "positive")
            votes += 1
    assert votes == 12
    assert set(QueueEntry.objects.values_list("taken", "wanted")) == {(2, 2)}


# A fair share of few


def test_one_person_leaves_half_of_what_is_open_to_whoever_comes(reviews, ann, abe):
    assert len(lease_rows(reviews, ann, 50, share=True)) == 5
    assert lease_rows(reviews, ann, 50, share=True) == []
    assert len(lease_rows(reviews, abe, 50, share=True)) == 3
    assert len(lease_rows(reviews, abe, 50)) == 2  # whoever asks for a number gets it


def test_the_fair_share_of_the_last_item_is_that_item(make_project, ann, abe):
    project = make_project()
    add_texts(project, ["one", "two"])
    assert len(lease_rows(project, ann, 50, share=True)) == 1
    assert len(lease_rows(project, abe, 50, share=True)) == 1


def test_where_there_is_plenty_everybody_gets_all_they_ask_for(make_project, ann, abe, rita):
    project = make_project()
    add_texts(project, [f"text {number}" for number in range(400)])
    assert [len(lease_rows(project, person, 65, share=True)) for person in (ann, abe, rita)] == [65, 65, 65]


def test_two_people_share_ten_items_to_the_end(reviews, ann, abe):
    """Each holds what the screen would; both always find something while anything is open."""
    holding = {person: lease(reviews, person, 1) for person in (ann, abe)}
    answers = dict.fromkeys(holding, 0)
    while any(holding.values()):
        for person, held_items in holding.items():
            if held_items:
                submitted = submit(held_items.pop(0), "positive", then_lease=65 - len(held_items), share=True)
                held_items += [Assignment.objects.get(pk=row.id) for row in submitted.next]
                answers[person] += 1
    assert answers == {ann: 5, abe: 5}
