"""The overview: how far, how good, who needs help, what next; and for annotators their own part alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from annotate import consensus, reviews
from annotate.models import Annotation, Flag, Item
from annotate.queue.leasing import lease_next
from annotate.queue.remaining import midnight
from annotate.queue.submitting import submit
from annotate.statistics import activity, annotators, cached, progress
from annotate.statistics.annotator import Annotator
from annotate.statistics.comparison import need_help, quality_flags
from tests.annotate.test_consensus import fill
from tests.conftest import add_texts
from tests.pages import markup_of


def page_for(client, person, project) -> str:
    client.force_login(person)
    return markup_of(client.get(f"/projects/{project.pk}/"))


def test_a_manager_sees_all_four_answers(client, make_project, mona):
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False), items=60)
    page = page_for(client, mona, project)
    for words in ("Everything is labelled", "Is it good?", "Krippendorff", "Who needs help?", "What to do next"):
        assert words in page
    assert "answers nearly regardless of the item" in page


def test_the_first_thing_to_do_is_said(client, make_project, mona, rita):
    empty = make_project()
    assert "Import items" in page_for(client, mona, empty)
    assert "Import items" not in page_for(client, rita, empty)
    add_texts(empty, ["one"])
    assert "Label the first item" in page_for(client, mona, empty)


def test_flags_and_disagreements_are_things_to_do(client, make_project, rita, ann, abe):
    project = make_project(votes_wanted=2, learning=False)
    add_texts(project, ["one", "two"])
    submit(lease_next(project, ann), "positive")
    submit(lease_next(project, abe), "negative")
    Flag.objects.create(item=Item.objects.first(), raised_by=ann)
    page = page_for(client, rita, project)
    assert "Look at 1 flagged item" in page
    assert "Review 1 disagreement" in page


def test_the_votes_of_each_day_of_a_week_are_counted(make_project, ann):
    project = make_project()
    add_texts(project, [f"text {n}" for n in range(4)])
    for ago in (0, 0, 6, 7):
        submit(lease_next(project, ann), "positive")
        newest = Annotation.objects.order_by("-id")[:1]
        Annotation.objects.filter(pk__in=newest).update(created_at=midnight() - timedelta(days=ago))
    cached.expire_all()
    [row] = annotators.annotators(project)
    assert (row.annotations, row.week) == (4, [1, 0, 0, 0, 0, 0, 2])
    assert (row.last_week, row.today) == (3, 2)


def test_a_method_that_gave_way_is_said(client, make_project, mona):
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5, aggregation="kos"), items=10)
    assert "kos is for two labels" in page_for(client, mona, project)


def test_an_annotator_sees_their_own_figures_alone(client, make_project, ann, abe):
    project = make_project(votes_wanted=2)
    add_texts(project, ["one", "two", "three"])
    for _ in range(3):
        submit(lease_next(project, ann), "positive", seconds=4.0)
    page = page_for(client, abe, project)
    assert "You have not labelled here yet." in page
    assert ">ann<" not in page
    page = page_for(client, ann, project)
    assert "Your part" in page
    assert "4.0" in page
    assert "Krippendorff" not in page


def test_an_outsider_does_not_learn_that_the_project_exists(client, reviews, otto):
    client.force_login(otto)
    assert client.get(f"/projects/{reviews.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["mona", "ann"])
def test_the_number_of_queries_does_not_grow_with_the_project(
    client, make_project, request, django_assert_max_num_queries, monkeypatch, who
):
    monkeypatch.setattr(cached, "EXPENSIVE", float("inf"))  # on a slow machine, storing a figure costs queries too
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False), items=120)
    consensus.fresh(project)
    client.force_login(request.getfixturevalue(who))
    with django_assert_max_num_queries(60):
        client.get(f"/projects/{project.pk}/")


def test_who_is_surely_below_the_others_needs_help(make_project):
    project = fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False), items=100)
    (needy,) = need_help(annotators.annotators(project))
    assert needy.user.username == "guess"
    assert any("agrees with the others on" in reason and "points below" in reason for reason in needy.quality_flags)
    assert any("guessing gets 3" in reason for reason in needy.quality_flags)


def test_of_two_people_the_one_who_is_often_wrong_on_gold_stands_out():
    careful = Annotator(User(username="ann"), annotations=40, gold_seen=18, gold_right=18)
    careless = Annotator(User(username="abe"), annotations=40, gold_seen=18, gold_right=14)
    far_more = Annotator(User(username="eve"), annotations=40, gold_seen=36, gold_right=36)
    assert quality_flags(careless, [careful, careless, far_more]) == [
        "is right on 78\u202f% of 18 known answers, the others on 100\u202f%: 7 to 45 points below; "
        "somebody like them would do as badly once in 1,100 times"
    ]
    assert quality_flags(careful, [careful, careless, far_more]) == []
    careless.gold_right = 17
    assert quality_flags(careless, [careful, careless, far_more]) == []


def test_one_who_guesses_alone_is_compared_with_chance():
    alone = Annotator(User(username="ann"), annotations=40, gold_seen=80, gold_right=42, gold_chance=0.5)
    assert quality_flags(alone, [alone]) == [
        "is right on 52\u202f% of 80 known answers; guessing gets 50\u202f%, and somebody right on 67\u202f% would do "
        "as badly once in 170 times"
    ]


def test_items_are_counted_as_done_begun_and_not_started(make_project, ann, abe):
    project = make_project(votes_wanted=2)
    add_texts(project, ["one", "two", "three", "four"])
    for person in (ann, abe):
        submit(lease_next(project, person), "positive")
    submit(lease_next(project, ann), "positive")
    counts = progress.progress(project)
    assert (counts.done, counts.begun, counts.not_started) == (1, 1, 2)
    assert (counts.done_percent, counts.begun_percent) == (25.0, 50.0)


def test_the_newest_activity_comes_first_summed_up_by_person(client, make_project, mona, rita, ann):
    project = make_project(learning=False)
    add_texts(project, ["one", "two", "three"])
    for _ in range(2):
        submit(lease_next(project, ann), "positive")
    reviews.accept(list(Annotation.objects.filter(project=project)[:1]), rita)
    Flag.objects.create(item=Item.objects.get(text="three"), raised_by=ann)
    happened = [(row.actor, row.action) for row in activity.recent(project)]
    labelled = ("ann", "labelled 2 items today")
    assert happened == [("ann", "flagged item-3"), ("rita", "accepted 1 today"), labelled]
    page = page_for(client, mona, project)
    assert "<strong>rita</strong> accepted 1 today" in page


def test_activity_counts_all_of_the_day_as_the_card_beside_it_does(make_project, ann, abe, rita, monkeypatch):
    monkeypatch.setattr(activity, "NEWEST", 5)
    project = make_project(learning=False, votes_wanted=2)
    add_texts(project, [f"text {number}" for number in range(6)])
    for person, votes in ((ann, 6), (abe, 4)):
        for _ in range(votes):
            submit(lease_next(project, person), "positive")
    before = Annotation.objects.filter(annotator=ann, pk__in=list(project.annotations.values_list("pk", flat=True)[:2]))
    before.update(created_at=timezone.now() - timedelta(days=1))
    for item in project.items.all():
        reviews.accept(list(item.annotations.all()), rita)
    happened = {row.actor: row.action for row in activity.recent(project)}
    assert happened == {"ann": "labelled 4 items today", "abe": "labelled 4 items today", "rita": "accepted 10 today"}
    assert progress.per_day(project, 2)[-1][1] == 8


def test_activity_names_the_day_and_leaves_out_who_only_had_votes_imported(make_project, ann, abe):
    project = make_project(learning=False, votes_wanted=2)
    add_texts(project, ["one", "two", "three"])
    for person in (ann, abe):
        for _ in range(3):
            submit(lease_next(project, person), "positive")
    moment = timezone.localtime().replace(hour=12) - timedelta(days=3)
    project.annotations.filter(annotator=abe).update(created_at=moment)
    for minute, annotation in enumerate(project.annotations.filter(annotator=ann)):
        Annotation.objects.filter(pk=annotation.pk).update(created_at=moment + timedelta(minutes=minute))
    [row] = activity.recent(project)
    assert (row.actor, row.action) == ("ann", f"labelled 3 items on {moment.day} {moment:%b}")
