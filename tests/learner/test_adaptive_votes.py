"""Votes where they pay: `wanted` follows how certain the answers are."""

import numpy as np
import pytest

from annotate.models import QueueEntry
from annotate.queue.leasing import lease
from annotate.queue.ordering import want_at_least
from annotate.queue.submitting import submit
from learner.exploration import hash_shares
from learner.pipeline import adaptive_votes
from projects.models import Project
from tests.learner.conftest import add_records, finished_round, topics

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(make_project) -> Project:
    """150 texts about fruit and tools, one vote each and up to three of uncertain ones."""
    project = make_project(
        labels=("fruit", "tools"), retrain_every=50, learning=False, votes_most=3, explore=0.0, gold_in_consensus=False
    )
    add_records(project, topics(150))
    return project


def wanted(project: Project) -> dict[int, int]:
    return dict(QueueEntry.objects.filter(project=project).values_list("item", "wanted"))


def calibration(project: Project) -> set[int]:
    items = np.array(sorted(project.items.values_list("pk", flat=True)))
    return set(
        items[hash_shares(project.pk ^ adaptive_votes._APART, items) < adaptive_votes.CALIBRATION_SHARE].tolist()
    )


def test_a_random_share_gets_three_votes_first_and_all_others_one(project):
    finished_round(project)
    assert {item for item, votes in wanted(project).items() if votes == 3} == calibration(project)
    assert set(wanted(project).values()) <= {1, 3}


def test_a_project_without_a_most_wants_of_all_items_the_same(project, ann, answer):
    project.votes_most = 0
    project.save()
    answer(project, ann, 40)
    finished_round(project)
    assert set(wanted(project).values()) == {1}


def test_the_budget_is_kept_and_what_is_uncertain_comes_next(project, ann, abe, answer):
    answered = {item.pk for item in answer(project, ann, 60)}
    finished_round(project)
    promised = wanted(project)
    assert sum(promised[item] for item in answered) <= 1.5 * len(answered) + 2 * len(calibration(project))
    raised = {item for item in answered if promised[item] > 1}
    assert raised
    next_ones = [assignment.item_id for assignment in lease(project, abe, len(raised))]
    assert set(next_ones) == raised


def test_the_target_raises_what_is_below_it_and_settles_what_is_above(project, ann, answer):
    project.votes_target = 0.999
    project.save()
    guessed = answer(project, ann, 60, value=lambda item: ["fruit", "tools"][item.pk // 2 % 2])
    answered = {item.pk for item in guessed}
    finished_round(project)
    assert all(wanted(project)[item] > 1 for item in answered)
    project.votes_target = 0.5
    project.save()
    finished_round(project)
    settled = answered - calibration(project)
    assert {wanted(project)[item] for item in settled} == {1}


def test_never_more_are_wanted_than_the_project_allows(project, ann, abe, rita, answer):
    project.votes_target = 0.999
    project.save()
    for person in (ann, abe, rita):
        for assignment in lease(project, person, 60):
            submit(assignment, ["fruit", "tools"][person == abe])
        finished_round(project)
    finished_round(project)
    assert max(wanted(project).values()) <= 3


def test_what_a_model_believes_has_its_say_once_calibration_can_judge_it(project):
    answered = adaptive_votes.Answered(
        np.arange(60), np.full(60, 3), np.full(60, 3), np.full(60, 0.8), np.zeros(60, dtype=bool)
    )
    truth = np.arange(60) % 2
    agreed = adaptive_votes.dataset.Labelled(np.arange(60), truth, np.ones(60))
    right = np.eye(2)[truth] * 0.8 + 0.1
    right[0] = right[0, ::-1]
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(adaptive_votes.dataset, "labelled", lambda project: agreed)
        confidence = adaptive_votes._with_model(project, answered, adaptive_votes.ModelVotes(np.arange(60), right))
    assert confidence[0] < 0.8 < confidence[1:].min()


# Routing


@pytest.fixture
def compared(project, ann, abe, rita, answer) -> Project:
    """Ann and rita are right on the same 50 items, abe answers at random; mona's twenty are the next ones."""
    Project.objects.filter(pk=project.pk).update(votes_most=4, votes_target=0.999, route_by_skill=True, finish_begun=0)
    project.refresh_from_db()
    items = np.array(sorted(project.items.values_list("pk", flat=True)))
    want_at_least(project, items[:50], 3)
    for person in (ann, rita, abe):
        value = (lambda item: ["fruit", "tools"][item.pk % 3 % 2]) if person == abe else (lambda item: item.gold)
        answer(project, person, 50, value=value)
    return project


def test_uncertain_items_prefer_the_people_whose_answer_says_most(compared, mona, ann, abe, rita, answer):
    answer(compared, mona, 20, value=lambda item: ["fruit", "tools"][item.pk // 2 % 2])
    finished_round(compared)
    begun = QueueEntry.objects.filter(project=compared, begun=True, taken=1).exclude(item__in=calibration(compared))
    preferred = {entry.item_id: entry.preferred for entry in begun}
    assert preferred
    assert all(people == sorted([ann.pk, rita.pk]) for people in preferred.values())
    assert not {assignment.item_id for assignment in lease(compared, abe, 5)} & preferred.keys()
    assert {assignment.item_id for assignment in lease(compared, ann, 5)} <= preferred.keys() | calibration(compared)


def test_routing_is_off_by_default(project, mona, answer):
    answer(project, mona, 30)
    finished_round(project)
    assert not QueueEntry.objects.filter(project=project, preferred__isnull=False).exists()
