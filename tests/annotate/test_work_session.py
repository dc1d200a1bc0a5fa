"""The end of a session: how much, how long, how well, and what waits next; never a ranking."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.models import Annotation, Skill
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate.statistics import work_session
from tests.conftest import add_texts
from tests.pages import markup_of


def work(project, person, *minutes_ago: float, seconds: float = 6.0) -> None:
    """An answer so many minutes ago, for each."""
    for minutes in minutes_ago:
        assignment = lease_next(project, person)
        submit(assignment, "positive", seconds=seconds)
        at = timezone.now() - timedelta(minutes=minutes)
        Annotation.objects.filter(assignment=assignment).update(created_at=at)


@pytest.fixture
def summed_up(client, reviews, ann):
    client.force_login(ann)
    return lambda query="": markup_of(client.get(f"/projects/{reviews.pk}/label/summary/{query}"))


def test_a_session_ends_with_a_pause_of_half_an_hour(reviews, ann, abe):
    work(reviews, ann, 95, 90, 20, 12, 10)
    work(reviews, abe, 11)
    session = work_session.latest(reviews, ann)
    assert session.answers == 3
    assert session.minutes == pytest.approx(10.1, abs=0.01)  # to the last answer, with the first one's seconds
    assert session.median_seconds == 6.0
    assert not session.is_long


def test_who_has_not_labelled_has_no_session(reviews, ann, summed_up):
    assert work_session.latest(reviews, ann) == work_session.WorkSession()
    assert "Nothing labelled yet" in summed_up()


def test_the_page_sums_up_and_tells_what_waits_next(make_project, reviews, ann, summed_up):
    other = make_project(name="Kettles")
    add_texts(other, ["It boils.", "It leaks."])
    work(reviews, ann, 70, 50, 30, 8)
    text = summed_up()
    assert "That was 4 answers" in text
    assert "<strong>6</strong> items in Reviews" in text
    assert "<strong>2</strong> items in Kettles" in text and f'href="/projects/{other.pk}/label/"' in text
    assert "That was 62 minutes without a longer pause" in text


def test_agreement_is_told_with_its_interval_once_there_is_enough_of_it(reviews, ann, summed_up):
    skill = Skill.objects.create(
        project=reviews, annotator=ann, skill=0.9, votes=9, agreement=0.8, compared=9, computed_at=timezone.now()
    )
    assert work_session.agreement(reviews, ann) is None
    Skill.objects.filter(pk=skill.pk).update(compared=100)
    agreement, compared = work_session.agreement(reviews, ann)
    assert (agreement.value, compared) == (0.8, 100)
    assert 0.7 < agreement.low < 0.8 < agreement.high < 0.9


def test_others_are_not_named(reviews, ann, abe, summed_up):
    work(reviews, ann, 3)
    work(reviews, abe, 2)
    assert not re.search(r"\babe\b", summed_up())


def test_the_labelling_screen_takes_the_card_alone(reviews, ann, summed_up):
    work(reviews, ann, 3)
    assert summed_up("?card").startswith('<div class="session-card">')
