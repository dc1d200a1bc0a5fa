"""Answers: never lost, never twice."""

from uuid import uuid4

import pytest

from annotate.consensus.refresh import refresh
from annotate.models import Annotation, AnnotationChange, Assignment, Consensus, QueueEntry
from annotate.queue.leasing import lease_next, skip
from annotate.queue.submitting import NotYours, submit, undo
from annotate.signals import annotation_submitted
from tests.annotate.test_leasing import expire
from tests.conftest import add_texts


def test_an_answer_is_kept(reviews, ann):
    leased = lease_next(reviews, ann)
    submit(leased, "positive", seconds=1.5)
    annotation = Annotation.objects.get()
    assert (annotation.value, annotation.annotator, annotation.item, annotation.seconds) == (
        "positive",
        ann,
        leased.item,
        1.5,
    )


def test_an_answer_that_is_no_label_is_refused_with_the_labels_named(reviews, ann):
    with pytest.raises(ValueError, match="'great' is no label of this project; it has positive, negative"):
        submit(lease_next(reviews, ann), "great")


def test_the_same_client_key_twice_is_one_annotation(reviews, ann):
    leased, key = lease_next(reviews, ann), uuid4()
    first, second = submit(leased, "positive", key), submit(leased, "positive", key)
    assert (first.outcome, second.outcome) == ("created", "repeated")
    assert first.annotation == second.annotation
    assert Annotation.objects.count() == 1


def test_a_changed_answer_replaces_the_former_which_stays_in_the_history(reviews, ann):
    leased = lease_next(reviews, ann)
    submit(leased, "positive", uuid4())
    assert submit(leased, "negative", uuid4()).outcome == "changed"
    assert Annotation.objects.get().value == "negative"
    assert AnnotationChange.objects.get().value == "positive"


def test_a_late_retry_of_a_replaced_answer_does_not_bring_it_back(reviews, ann):
    leased, key = lease_next(reviews, ann), uuid4()
    submit(leased, "positive", key)
    submit(leased, "negative", uuid4())
    assert submit(leased, "positive", key).outcome == "repeated"
    assert Annotation.objects.get().value == "negative"


def test_a_late_answer_takes_its_own_place_again(reviews, ann):
    leased = lease_next(reviews, ann)
    expire(leased)
    submit(leased, "positive")
    entry = QueueEntry.objects.get(item=leased.item)
    assert (entry.taken, entry.wanted) == (1, 1)


def test_a_late_answer_whose_place_was_given_away_is_kept_and_one_more_is_wanted(make_project, ann, abe):
    project = make_project()
    add_texts(project, ["one"])
    late = lease_next(project, ann)
    expire(late)
    submit(lease_next(project, abe), "negative")
    submit(late, "positive")
    entry = QueueEntry.objects.get()
    assert (entry.taken, entry.wanted, Annotation.objects.count()) == (2, 2, 2)


def test_undo_leases_the_item_again_and_keeps_the_answer_in_the_history(reviews, ann):
    leased = lease_next(reviews, ann)
    submit(leased, "positive")
    assert undo(leased).status == Assignment.Status.LEASED
    assert not Annotation.objects.exists()
    assert AnnotationChange.objects.get().act == AnnotationChange.Action.UNDONE


def test_an_answer_after_undo_counts(reviews, ann):
    leased = lease_next(reviews, ann)
    submit(leased, "positive", uuid4())
    undo(leased)
    submit(leased, "negative", uuid4())
    assert Annotation.objects.get().value == "negative"


def test_a_skip_can_be_taken_back(reviews, ann):
    leased = lease_next(reviews, ann)
    skip(leased)
    assert undo(leased).status == Assignment.Status.LEASED
    assert QueueEntry.objects.get(item=leased.item).taken == 1


def test_nobody_answers_for_somebody_else(reviews, ann, abe):
    leased = lease_next(reviews, ann)
    leased.annotator = abe
    with pytest.raises(NotYours):
        submit(leased, "positive")


def test_an_answer_is_announced_once(reviews, ann):
    announced = []
    annotation_submitted.connect(listener := lambda **arguments: announced.append(arguments["item_id"]), weak=False)
    leased, key = lease_next(reviews, ann), uuid4()
    submit(leased, "positive", key)
    submit(leased, "positive", key)
    annotation_submitted.disconnect(listener)
    assert announced == [leased.item_id]


def test_consensus_is_what_most_people_said(make_project, ann, abe, rita):
    project = make_project(votes_wanted=3)
    add_texts(project, ["one"])
    for person, value in [(ann, "positive"), (abe, "negative"), (rita, "negative")]:
        submit(lease_next(project, person), value)
    refresh(project)
    consensus = Consensus.objects.get()
    assert (consensus.value, consensus.votes) == ("negative", 3)
    assert sum(consensus.belief.values()) == pytest.approx(1)


def test_consensus_goes_when_the_only_answer_is_taken_back(reviews, ann):
    leased = lease_next(reviews, ann)
    submit(leased, "positive")
    refresh(reviews)
    undo(leased)
    refresh(reviews)
    assert not Consensus.objects.exists()


def test_several_labels_can_be_agreed_on(make_project, ann, abe):
    project = make_project(labels=("cheap", "good", "slow"), task_type="multiple_choice", votes_wanted=2)
    add_texts(project, ["one"])
    submit(lease_next(project, ann), ["good", "cheap"])
    submit(lease_next(project, abe), ["cheap"])
    refresh(project)
    assert Consensus.objects.get().value == ["cheap"]
