"""Accepting all that a search finds, after a sample of it was looked at."""

import re

import pytest

from annotate import acceptance, consensus, reviews
from annotate.acceptance import WrongInSample
from annotate.items.search import Conditions
from annotate.models import Annotation, Consensus, Review
from annotate.queue.leasing import lease
from annotate.queue.submitting import submit
from projects.models import Project
from tests import lasting
from tests.conftest import add_texts
from tests.pages import markup_of

pytestmark = pytest.mark.django_db
mona, rita, ann, abe, make_project = lasting.CAST


@pytest.fixture(scope="module")
def labelled(make_project, ann) -> Project:
    """Forty texts: ann says of the even ones positive, of the odd ones negative."""
    project = make_project(learning=False)
    add_texts(project, [f"text {number}" for number in range(40)])
    for number, assignment in enumerate(lease(project, ann, 40)):
        submit(assignment, ["positive", "negative"][number % 2])
    consensus.fresh(project)
    return project


def settled(project) -> int:
    consensus.fresh(project)
    return Consensus.objects.filter(project=project, settled=True).count()


def test_the_same_seed_draws_the_same_sample(labelled):
    items = acceptance.waiting(labelled, Conditions())
    first, again = (acceptance.sample(items, 10, 7) for _ in range(2))
    assert first == again != acceptance.sample(items, 10, 8)
    assert len(set(first)) == 10


def test_when_all_of_the_sample_are_right_all_that_match_are_accepted(labelled, rita):
    items = acceptance.waiting(labelled, Conditions(label="positive"))
    assert len(items) == 20
    sample = acceptance.sample(items, 10, 1)
    assert acceptance.accept(labelled, rita, items, dict.fromkeys(sample, True)).reviews.count() == 20
    assert settled(labelled) == 20
    rows = Review.objects.all()
    assert {(row.verdict, row.value, row.reviewer) for row in rows} == {("accepted", "positive", rita)}
    assert Review.objects.filter(comment="Accepted after a sample of 10 was right.").count() == 10
    assert acceptance.waiting(labelled, Conditions(label="positive")) == []


def test_one_wrong_answer_leaves_the_others_as_they_are(labelled, rita):
    items = acceptance.waiting(labelled, Conditions())
    sample = acceptance.sample(items, 10, 1)
    with pytest.raises(WrongInSample, match="1 of 10 are wrong, so between 1 and 38 % of the others may be"):
        acceptance.accept(labelled, rita, items, dict.fromkeys(sample, True) | {sample[3]: False})
    assert settled(labelled) == 9
    assert not Review.objects.filter(item=sample[3]).exists()


def test_what_was_decided_or_changed_meanwhile_is_passed_over(labelled, rita, mona):
    items = acceptance.waiting(labelled, Conditions())
    reviews.correct([Annotation.objects.get(item=items[0])], mona, "negative")
    consensus.fresh(labelled)
    assert acceptance.accept(labelled, rita, items, {items[1]: True}).reviews.count() == 39
    assert Review.objects.get(item=items[0]).reviewer == mona


def test_only_answers_that_are_the_consensus_are_accepted(make_project, ann, abe, rita, mona):
    project = make_project(votes_wanted=3, learning=False, aggregation="majority_vote")
    add_texts(project, ["one"])
    for person, value in ((ann, "positive"), (abe, "negative"), (mona, "positive")):
        submit(lease(project, person)[0], value)
    items = acceptance.waiting(project, Conditions())
    assert acceptance.accept(project, rita, items, {items[0]: True}).reviews.count() == 2
    assert set(Review.objects.values_list("annotator__username", flat=True)) == {"ann", "mona"}


def test_an_acceptance_can_be_undone_item_by_item(labelled, rita):
    items = acceptance.waiting(labelled, Conditions())
    acceptance.accept(labelled, rita, items, dict.fromkeys(acceptance.sample(items, 10, 1), True))
    reviews.undo([Review.objects.get(item=items[5])])
    assert settled(labelled) == 39


def test_all_of_it_is_undone_in_one_step(labelled, rita):
    items = acceptance.waiting(labelled, Conditions())
    accepted = acceptance.accept(labelled, rita, items, dict.fromkeys(items[:10], True))
    assert settled(labelled) == 40
    assert acceptance.undo(accepted) == 40
    assert (settled(labelled), Review.objects.count()) == (0, 0)
    assert acceptance.waiting(labelled, Conditions()) == items
    assert acceptance.undo(accepted) == 0
    assert acceptance.undoable(labelled, rita, accepted.pk) is None


def test_what_was_decided_on_again_stands(labelled, rita, mona):
    items = acceptance.waiting(labelled, Conditions())
    accepted = acceptance.accept(labelled, rita, items, {items[0]: True})
    reviews.correct([Annotation.objects.get(item=items[0])], mona, "negative")
    Annotation.objects.filter(item=items[1]).update(value="positive")  # by the annotator, who said negative
    assert acceptance.undo(accepted) == 38
    assert set(accepted.reviews.values_list("item", flat=True)) == {items[0], items[1]}
    assert Review.objects.filter(item=items[0], reviewer=mona).exists()


def test_a_later_acceptance_is_another_one(labelled, rita):
    some, others = (acceptance.waiting(labelled, Conditions(label=label)) for label in ("positive", "negative"))
    first, second = (acceptance.accept(labelled, rita, items, {items[0]: True}) for items in (some, others))
    assert acceptance.undo(first) == 20
    assert second.reviews.count() == 20


def test_the_undo_stands_above_the_items_for_the_reviewer_alone(client, labelled, rita, mona):
    client.force_login(rita)
    start = client.get(f"/projects/{labelled.pk}/review/sample/?label=negative").url
    names = set(re.findall(r'name="(right-\d+)"', markup_of(client.get(start))))
    page = client.post(start, dict.fromkeys(names, "yes"), follow=True)
    (address,) = re.findall(r'action="(/projects/\d+/review/acceptances/\d+/undo/)"', markup_of(page))
    client.force_login(mona)
    assert "nothing to undo" in markup_of(client.post(address, follow=True))
    client.force_login(rita)
    done = client.post(address, {"query": "?label=negative"}, follow=True)
    assert "Undone: 20 answers wait for a review again." in markup_of(done)
    assert done.request["QUERY_STRING"] == "label=negative"
    assert settled(labelled) == 0


def test_a_reviewer_looks_at_the_sample_and_accepts(client, labelled, rita):
    client.force_login(rita)
    start = client.get(f"/projects/{labelled.pk}/review/sample/?label=negative")
    assert re.search(r"label=negative&seed=\d+", start.url)
    page = markup_of(client.get(start.url))
    names = sorted(set(re.findall(r'name="(right-\d+)"', page)))
    assert len(names) == 10
    assert "the other 10 are accepted" in page
    unfinished = client.post(start.url, dict.fromkeys(names[1:], "yes"), follow=True)
    assert "Say of each whether it is right" in markup_of(unfinished)
    assert not Review.objects.exists()
    done = client.post(start.url, dict.fromkeys(names, "yes"), follow=True)
    assert "20 answers accepted" in markup_of(done)
    assert settled(labelled) == 20
    assert "Nothing to accept" in markup_of(client.get(start.url))


def test_a_reviewer_who_finds_one_wrong_is_told_what_that_means(client, labelled, rita):
    client.force_login(rita)
    url = client.get(f"/projects/{labelled.pk}/review/sample/?size=30").url
    names = sorted(set(re.findall(r'name="(right-\d+)"', markup_of(client.get(url)))))
    answer = client.post(url, {**dict.fromkeys(names, "yes"), names[0]: "no"}, follow=True)
    assert "1 of 30 are wrong" in markup_of(answer)
    assert settled(labelled) == 29


def test_the_page_items_leads_to_it_with_its_filters(client, labelled, rita):
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{labelled.pk}/items/?label=negative&state=done"))
    assert f'href="/projects/{labelled.pk}/review/sample/?state=done&amp;label=negative"' in page
