"""What is known of people, of their agreement and of the pace: each number with its uncertainty."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.core.cache import cache

from annotate import consensus
from annotate.consensus.annotator_model import difference, interval
from annotate.models import Annotation, ConsensusDue, Item
from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from annotate.statistics import agreement, annotators, cached, comparison, progress, summary
from annotate.statistics.agreement import meaning
from annotate.statistics.progress import Effort, Pace, Progress
from annotate_kit.agreement import Agreement
from core import charts
from projects.models import Project
from tests import lasting
from tests.annotate.test_consensus import fill
from tests.conftest import add_texts

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


@pytest.fixture(scope="module")
def five_votes_each(make_project) -> Project:
    """200 texts, five votes each; `guess` says anything."""
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False))
    consensus.fresh(project)
    return project


@pytest.fixture
def crowd(five_votes_each) -> Project:
    """The project, read for this test."""
    return Project.objects.get(pk=five_votes_each.pk)


def by_name(project):
    cache.clear()  # on a busy machine the figures before are cached
    return {row.user.username: row for row in annotators.annotators(project)}


# People


def test_each_person_has_votes_skill_agreement_and_gold(crowd):
    good = by_name(crowd)["good-1"]
    assert (good.annotations, good.gold_seen, good.compared) == (200, 200, 200)
    for estimate in (good.skill, good.agreement, good.gold):
        assert estimate.low < estimate.value < estimate.high
    assert good.gold.value == good.gold_right / 200 > 0.85


def test_one_who_guesses_gets_a_hint_and_the_others_none(crowd):
    rows = by_name(crowd)
    assert "answers nearly regardless of the item" in rows["guess"].quality_flags
    assert all(not rows[f"good-{number}"].quality_flags for number in range(4))


def test_who_says_always_the_same_gets_a_hint(crowd):
    Annotation.objects.filter(annotator__username="good-0").update(value="a")
    ConsensusDue.objects.bulk_create(ConsensusDue(item=item, project=crowd) for item in Item.objects.all())
    assert "gives nearly always the same label" in by_name(crowd)["good-0"].quality_flags


def test_who_is_far_quicker_than_the_others_gets_a_hint(crowd):
    Annotation.objects.update(seconds=8)
    Annotation.objects.filter(annotator__username="good-2").update(seconds=0.4)
    assert by_name(crowd)["good-2"].quality_flags == ["takes 0.4 s an item, the others 8.0 s (medians)"]


def test_who_answers_long_texts_sooner_than_they_can_be_read_gets_a_hint(crowd):
    Item.objects.update(text="word " * 60)  # five seconds at sixty characters each
    Annotation.objects.update(seconds=8)
    assert not by_name(crowd)["good-2"].quality_flags
    hasty = Annotation.objects.filter(annotator__username="good-2").order_by("created_at").values("pk")[:80]
    Annotation.objects.filter(pk__in=hasty).update(seconds=4)
    (flag,) = by_name(crowd)["good-2"].quality_flags
    assert "40\u202f% of the last 200 texts in less time than reading takes, the others 0\u202f%" in flag
    Item.objects.update(text="short")
    assert not by_name(crowd)["good-2"].quality_flags


def test_where_everybody_skims_nobody_stands_out(crowd):
    Item.objects.update(text="word " * 60)
    Annotation.objects.update(seconds=4)
    assert not by_name(crowd)["good-2"].quality_flags


def test_chance_on_gold_is_that_of_the_labels_in_use(crowd):
    assert by_name(crowd)["guess"].gold_chance == pytest.approx(1 / 3, abs=0.02)
    Annotation.objects.filter(annotator__username="guess").update(value="a")
    share = Item.objects.filter(gold="a").count() / 200
    assert by_name(crowd)["guess"].gold_chance == pytest.approx(share)


def test_the_difference_of_two_shares_has_an_interval():
    gap = difference(interval(1.0, 54), interval(14 / 18, 18))
    assert gap.value == pytest.approx(4 / 18)
    assert 0 < gap.low < gap.value < gap.high < 0.5
    assert difference(interval(1.0, 4), interval(0.75, 4)).low < 0


def test_few_votes_that_differ_little_give_no_hint(make_project):
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5), items=3)
    assert not any(row.quality_flags for row in annotators.annotators(project))


@pytest.fixture
def known(make_project, ann, abe, rita):
    """Texts whose right answer is known, and everybody gets each of them."""
    project = make_project(votes_wanted=3, learning=False)
    add_texts(project, [f"text {number}" for number in range(30)], gold="positive")
    return project


def answer(project, person, right: int, wrong: int) -> None:
    for value in ["positive"] * right + ["negative"] * wrong:
        submit(lease_next(project, person), value, seconds=5)


def test_ten_wrong_of_eleven_are_enough(known, ann, abe, rita):
    answer(known, ann, 1, 10)
    answer(known, abe, 30, 0)
    answer(known, rita, 19, 1)
    rows = by_name(known)
    (on_gold, *_) = rows["ann"].quality_flags
    assert on_gold.startswith("is right on 9\u202f% of 11 known answers, the others on 98\u202f%: ")
    assert "somebody like them would do as badly less than once in a million times" in on_gold
    assert not any("known answers" in flag for name in ("abe", "rita") for flag in rows[name].quality_flags)


def test_who_is_alone_is_held_against_chance(known, ann):
    answer(known, ann, 1, 10)
    assert by_name(known)["ann"].quality_flags == [
        "is right on 9\u202f% of 11 known answers; guessing gets 9\u202f%, and somebody right on 60\u202f% would do "
        "as badly once in 1,400 times"
    ]


def test_one_wrong_of_two_says_nothing(known, ann, abe):
    answer(known, ann, 1, 1)
    answer(known, abe, 30, 0)
    assert not by_name(known)["ann"].quality_flags


def test_how_rarely_others_would_do_as_badly_is_that_of_random_people():
    rng = np.random.default_rng(7)
    skill = rng.beta(45.5, 5.5, 200_000)
    simulated = np.mean(rng.binomial(12, skill) <= 8)
    assert comparison.as_badly(8, 12, 45, 50) == pytest.approx(simulated, abs=0.003)
    assert comparison.as_badly(12, 12, 45, 50) == pytest.approx(1.0)


def test_of_many_who_guess_alike_hardly_anybody_stands_out():
    rng = np.random.default_rng(3)
    alarms = 0
    for _ in range(200):
        right = rng.binomial(25, 0.8, size=20)
        people = [annotators.Annotator(None, 25, gold_right=int(n), gold_seen=25, gold_chance=0.5) for n in right]
        alarms += any(comparison.quality_flags(person, people) for person in people)
    assert alarms <= 20  # one team in ten; it is about one in twenty


def test_confusion_counts_what_was_said_where_something_else_is_agreed(make_project, ann, abe, rita):
    project = make_project(votes_wanted=3, aggregation="majority_vote")
    add_texts(project, ["one", "two"])
    for person, values in [(ann, ["positive", "negative"]), (abe, ["positive"] * 2), (rita, ["positive"] * 2)]:
        for value in values:
            submit(lease_next(project, person), value)
    consensus.fresh(project)
    matrix = annotators.confusion(project, ann)
    assert matrix.counts.tolist() == [[1, 1], [0, 0]]
    assert matrix.mistakes() == [("positive", "negative", 1)]


def test_intervals_hold_the_share_and_narrow_with_votes():
    few, many = interval(0.8, 10), interval(0.8, 1000)
    assert few.low < many.low < 0.8 < many.high < few.high
    assert (interval(1.0, 5).high, interval(0.0, 5).low, interval(0.5, 0).high) == (1.0, 0.0, 1.0)


def test_rest_tells_the_same(crowd):
    rows = {row["username"]: row for row in summary.annotator_rows(crowd)}
    assert rows["guess"]["skill"]["value"] < 0.5 < rows["good-0"]["agreed"]
    assert len(rows["good-0"]["confusion"]) == 3
    assert summary.progress_counts(crowd)["annotations"] == 1000


# Agreement


def test_agreement_has_alpha_pairs_disputed_items_and_what_is_mixed_up(crowd):
    report = agreement.report(crowd)
    assert 0.3 < report.alpha.low < report.alpha.value < report.alpha.high < 0.6
    assert len(report.pairs) == 10
    worst = min(report.pairs, key=lambda pair: pair.agreement)
    assert "guess" in {worst.a.username, worst.b.username}
    assert worst.overlap == 200
    assert sum(times for *_, times in report.mixed_up) > 0
    item = report.disputed[0]
    assert sum(len(who) for _, who in item.answers) == 5
    assert any("guess" in {a.username, b.username} for a, b, *_ in report.quarrels)


def test_without_two_votes_on_an_item_there_is_nothing_to_compare(reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    report = agreement.report(reviews)
    assert report.observed is None
    assert "nothing to compare" in meaning(report.alpha)


def test_several_labels_have_an_alpha_each(make_project, ann, abe):
    project = make_project(labels=("cheap", "good"), task_type="multiple_choice", votes_wanted=2)
    add_texts(project, ["one", "two", "three"])
    for person, values in [(ann, [["cheap"], ["good"], []]), (abe, [["cheap"], ["good"], ["good"]])]:
        for value in values:
            submit(lease_next(project, person), value)
    alphas = dict(agreement.report(project).labels)
    assert alphas["cheap"].value == 1.0
    assert alphas["good"].value < 1.0


@pytest.mark.parametrize(
    ("alpha", "words"),
    [
        (Agreement(0.9, 0.85, 0.95, 100), "agree well"),
        (Agreement(0.82, 0.6, 0.95, 9), "seem to"),
        (Agreement(0.7, 0.65, 0.75, 100), "mostly"),
        (Agreement(0.5, 0.45, 0.55, 100), "in part"),
        (Agreement(0.3, 0.2, 0.4, 100), "often disagree"),
        (Agreement(0.05, -0.1, 0.15, 100), "guessed"),
    ],
)
def test_alpha_is_told_in_words(alpha, words):
    assert words in meaning(alpha)


# Pace


def hours(*days_ago_and_counts):
    return [(NOW - timedelta(days=days), count) for days, count in days_ago_and_counts]


def test_a_steady_pace_gives_a_day():
    pace = progress.estimate(hours(*[(day + 0.5, 100) for day in range(7)]), 300, NOW)
    assert pace.per_day == pytest.approx(700 / 6.5)
    assert progress.forecast(some(remaining=300), pace, NOW) == "At this pace it is done on Thursday."
    assert pace.soonest < pace.finish < pace.latest


def test_days_that_differ_widen_the_forecast():
    steady = progress.estimate(hours(*[(day + 0.5, 100) for day in range(7)]), 300, NOW)
    uneven = progress.estimate(hours((0.5, 400), (3.5, 290), (6.5, 10)), 300, NOW)
    assert uneven.latest is None or uneven.latest - uneven.soonest > steady.latest - steady.soonest


def test_on_the_first_day_the_pace_is_told_in_hours():
    pace = progress.estimate(hours((0.1, 60), (0.05, 60)), 180, NOW)
    assert (
        progress.forecast(some(remaining=180), pace, NOW) == "At this pace it is done after 3 more hours of labelling."
    )


def test_below_half_an_hour_of_work_the_time_of_an_item_counts():
    five_minutes = Effort(votes=30, people=2, timed=30, mean=10.0, off=3.0, minutes=4)
    pace = progress.estimate(hours((0.01, 30)), 4320, NOW, five_minutes)
    sentence = "About 6 more hours of labelling for each of 2 people: done on Thursday, at 2 hours a day."
    assert progress.forecast(some(remaining=4320), pace, NOW) == sentence
    assert progress.doubt(pace, NOW) == (
        "By the 10 seconds that each of 30 votes took: between Wednesday and Friday. "
        "The pace counts from 30 minutes of work on."
    )


def test_quick_answers_are_told_with_tenths_of_seconds():
    pace = progress.estimate(hours((0.01, 30)), 300, NOW, Effort(30, 1, 30, 0.44, 0.1, 1))
    assert "By the 0.4 seconds that each of 30 votes took" in progress.doubt(pace, NOW)


def test_what_is_done_within_one_day_needs_no_date():
    pace = progress.estimate(hours((0.01, 30)), 300, NOW, Effort(30, 1, 30, 1.0, 0.1, 1))
    assert progress.forecast(some(remaining=300), pace, NOW) == "About 5 more minutes of labelling."


def test_three_quick_answers_give_no_date():
    pace = progress.estimate(hours((0.01, 3)), 4320, NOW, Effort(3, 1, 3, 1.0, 0.1, 1))
    assert progress.forecast(some(remaining=4320), pace, NOW) == "It is too early to say when it is done."


def test_from_half_an_hour_of_work_on_the_pace_counts():
    enough = Effort(votes=180, people=1, timed=180, mean=10.0, off=1.0, minutes=30)
    pace = progress.estimate(hours((0.1, 180)), 180, NOW, enough)
    assert (
        progress.forecast(some(remaining=180), pace, NOW) == "At this pace it is done after one more hour of labelling."
    )


def test_effort_is_read_from_the_votes_of_people(reviews, ann, abe):
    for person, seconds in [(ann, 4.0), (ann, 6.0), (abe, 5.0), (abe, 7000.0), (ann, None)]:
        submit(lease_next(reviews, person), "positive", seconds=seconds)
    pace = progress.pace(reviews, 5)
    assert (pace.effort.votes, pace.effort.people, pace.effort.timed) == (5, 2, 4)
    assert pace.effort.mean == (4 + 6 + 5 + 600) / 4
    assert pace.per_hour is None


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Progress(0, 0, 0, 0, 0, 0), "nothing to label"),
        (Progress(5, 5, 0, 0, 5, 0), "Everything"),
        (Progress(5, 0, 0, 5, 0, 5), "Nobody has labelled yet"),
        (Progress(5, 1, 0, 4, 1, 4), "in the last 7 days"),
    ],
)
def test_where_there_is_no_pace_it_says_why(now, words):
    assert words in progress.forecast(now, Pace(None, None), NOW)


def some(remaining: int) -> Progress:
    return Progress(items=1000, done=0, under_way=0, waiting=1000, votes=1000 - remaining, votes_left=remaining)


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "today"), (1, "tomorrow"), (3, "on Thursday"), (20, "on 22 March"), (320, "on 16 January 2027")],
)
def test_days_are_named_as_people_name_them(days, words):
    assert progress.on_day(NOW + timedelta(days=days), NOW) == words


def test_an_import_is_no_pace(crowd):
    counted = dict(progress.per_day(crowd, 2))
    assert sum(counted.values()) <= 5  # the votes came in one piece
    assert progress.progress(crowd).votes == 1000


def test_progress_counts_what_is_done_waiting_and_under_way(reviews, ann):
    submit(lease_next(reviews, ann), "positive")
    lease_next(reviews, ann)
    assert progress.progress(reviews) == Progress(items=10, done=1, under_way=1, waiting=8, votes=1, votes_left=9)


# Charts


def test_every_shade_is_readable():
    for share in np.linspace(0, 1, 101):
        fill_color, ink = charts.shade(float(share))
        light = charts.luminance([int(fill_color[place : place + 2], 16) for place in (1, 3, 5)])
        assert charts.contrast(light, 0.0 if ink == "#000000" else 1.0) >= 4.5


def test_columns_stand_on_the_ground_and_stay_in_the_drawing():
    drawn = charts.days([(date(2026, 3, day), count) for day, count in [(1, 0), (2, 7), (3, 100)]])
    assert [column.y + column.height for column in drawn.columns] == pytest.approx([drawn.ground] * 3)
    assert all(column.y >= 0 and column.x + column.width <= drawn.width for column in drawn.columns)
    assert drawn.along[-1].text == "today"


def test_the_probabilities_fill_their_bar():
    parts = charts.probabilities({"a": 0.7, "b": 0.299, "c": 0.001})
    assert [part.name for part in parts] == ["a", "b"]
    assert parts[0].width + parts[1].width == pytest.approx(100, abs=0.1)


def test_a_time_to_come_stands_between_its_soonest_and_latest_day():
    drawn = charts.timeline(date(2026, 3, 1), date(2026, 3, 4), date(2026, 3, 7), date(2026, 3, 10))
    assert [mark.text for mark in drawn.marks] == ["today", "4 Mar", "7 Mar", "10 Mar"]
    assert drawn.low == drawn.marks[1].place
    assert drawn.value == drawn.marks[2].place
    assert drawn.low + drawn.width == pytest.approx(drawn.marks[3].place, abs=0.1)
    today = charts.timeline(*[date(2026, 3, 1)] * 4)
    assert (today.low, today.value) == (0.0, 0.0)
    assert [mark.text for mark in today.marks] == ["today", "2 Mar", "3 Mar", "4 Mar"]
    with pytest.raises(ValueError, match="must follow each other"):
        charts.timeline(date(2026, 3, 2), date(2026, 3, 1), date(2026, 3, 7), date(2026, 3, 10))


def test_an_interval_that_reaches_below_0_begins_at_0():
    drawn = charts.whisker(-0.1, -0.3, 0.2, target=0.8)
    assert (drawn.low, drawn.width, drawn.value, drawn.target) == (0.0, 20.0, 0.0, 80.0)


def test_a_confusion_matrix_has_a_field_for_every_two_labels():
    drawn = charts.confusion(np.array([[8, 2], [0, 0]]), ["yes", "no"])
    assert [cell.text for cell in drawn.cells] == ["8", "2", "", ""]
    assert [cell.fill is None for cell in drawn.cells] == [False, False, True, True]
    assert drawn.cells[1].about == "no where yes is agreed: 2 of 10"


def test_pairs_that_cannot_be_compared_are_left_pale():
    kappa, overlap = np.array([[1, np.nan, 0.5], [np.nan, 1, -0.2], [0.5, -0.2, 1]]), np.full((3, 3), 12)
    overlap[0, 1] = overlap[1, 0] = 1
    drawn = charts.pairs(kappa, overlap, ["ann", "abe", "rita"])
    assert [(cell.text, cell.fill is None) for cell in drawn.cells] == [("·", True), (".50", False), ("-.20", False)]


# Dear figures


def test_only_what_takes_long_is_cached(db, monkeypatch):
    calls = []
    cached.cached("cheap", lambda: calls.append(1))
    cached.cached("cheap", lambda: calls.append(1))
    assert len(calls) == 2
    monkeypatch.setattr(cached, "EXPENSIVE", -1.0)
    monkeypatch.setattr(cached, "TIMES", 1e9)
    cached.cached("dear", lambda: calls.append(1))
    cached.cached("dear", lambda: calls.append(1))
    assert len(calls) == 3


def test_gold_is_only_counted_where_it_is_known(crowd):
    Item.objects.filter(pk__in=Item.objects.values("pk")[:150]).update(gold=None)
    assert by_name(crowd)["good-0"].gold_seen == 50
