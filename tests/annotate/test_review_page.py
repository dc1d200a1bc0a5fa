"""Rita reviews: accepts, corrects, sends back; by act, by form, and as the item's page tells it."""

import contextlib
import re
import threading

import pytest
from django.db import connection

from accounts.models import User
from annotate import consensus, reviews
from annotate.models import Annotation, AnnotationChange, Assignment, Consensus, Flag, Item, QueueEntry, Review
from annotate.queue import leasing
from annotate.queue.submitting import submit
from projects import setup
from projects.labels.rows import LabelRow
from projects.models import Project
from tests.conftest import add_texts
from tests.pages import markup_of


@pytest.fixture
def three_texts(make_project, ann, abe) -> Project:
    """Three texts, two votes wanted: on the first they differ, on the second they agree, on the third ann is alone."""
    project = make_project(votes_wanted=2, guidelines="Be fair.")
    add_texts(project, ["first", "second", "third"])
    for person, values in [(ann, ["positive", "positive", "negative"]), (abe, ["negative", "positive"])]:
        for value in values:
            submit(leasing.lease_next(project, person), value)
    consensus.fresh(project)
    return project


def item(name: str) -> Item:
    return Item.objects.get(text=name)


def answer(name: str, person: User) -> Annotation:
    return Annotation.objects.get(item__text=name, annotator=person)


def agreed(project: Project, name: str) -> Consensus:
    consensus.fresh(project)
    return Consensus.objects.get(item__text=name)


# The decisions


def test_what_is_accepted_is_the_consensus(three_texts, abe, rita):
    reviews.accept([answer("first", abe)], rita, "she is right")
    row = agreed(three_texts, "first")
    assert (row.value, row.certainty, row.settled) == ("negative", 1.0, True)
    review = Review.objects.get()
    assert (review.verdict, review.reviewer, review.comment) == ("accepted", rita, "she is right")


def test_a_correction_keeps_the_former_value_in_the_history(three_texts, ann, rita):
    reviews.correct([answer("second", ann)], rita, "negative")
    assert answer("second", ann).value == "negative"
    change = AnnotationChange.objects.get()
    assert (change.act, change.value, change.by, change.annotator) == ("corrected", "positive", rita, ann)
    assert agreed(three_texts, "second").value == "negative"


def test_a_correction_must_be_a_label(three_texts, ann, rita):
    with pytest.raises(ValueError, match="no label of this project"):
        reviews.correct([answer("second", ann)], rita, "so-so")
    assert answer("second", ann).value == "positive"
    assert not Review.objects.exists()


def test_what_is_sent_back_comes_first_to_the_same_person_and_to_nobody_else(three_texts, ann, mona, rita):
    QueueEntry.objects.filter(item__text="third").update(wanted=1)
    reviews.send_back([answer("third", ann)], rita, "look again")
    assert not Annotation.objects.filter(item__text="third").exists()
    assert [lease.item.text for lease in leasing.held(three_texts, ann)] == ["third"]
    assert leasing.lease_next(three_texts, mona) is None
    lease = Assignment.objects.get(item__text="third", annotator=ann)
    assert (lease.expires_at - lease.leased_at).days == 1
    assert [(comment.author, comment.text) for comment in item("third").comments.all()] == [(rita, "look again")]


def test_places_are_counted_right_after_a_sending_back(three_texts, ann, rita):
    before = QueueEntry.objects.get(item__text="first").taken
    reviews.send_back([answer("first", ann)], rita)
    entry = QueueEntry.objects.get(item__text="first")
    assert (entry.taken, entry.taken <= entry.wanted) == (before, True)
    submit(leasing.held(three_texts, ann)[0], "negative")
    assert QueueEntry.objects.get(item__text="first").taken == before
    assert agreed(three_texts, "first").value == "negative"


def test_nobody_reviews_what_was_taken_back(three_texts, ann, rita):
    withdrawn = answer("first", ann)
    reviews.send_back([withdrawn], rita)
    with pytest.raises(reviews.AnswerWithdrawn):
        reviews.accept([withdrawn], rita)


def test_a_decision_is_about_one_item(three_texts, ann, rita):
    with pytest.raises(ValueError, match="one item"):
        reviews.accept([answer("first", ann), answer("second", ann)], rita)


def test_the_newest_decision_counts(three_texts, ann, abe, rita):
    reviews.accept([answer("first", ann)], rita)
    reviews.accept([answer("first", abe)], rita)
    assert agreed(three_texts, "first").value == "negative"
    reviews.send_back([answer("first", abe)], rita)
    assert not agreed(three_texts, "first").settled


def test_disputed_items_come_first_and_leave_when_settled(three_texts, ann, rita):
    assert [row.text for row in reviews.waiting(three_texts, "disputed", 5)] == ["first"]
    assert reviews.counts(three_texts)["disputed"] == 1
    reviews.accept([answer("first", ann)], rita)
    consensus.fresh(three_texts)
    assert reviews.waiting(three_texts, "disputed", 5) == []


def test_flagged_and_unsure_items_wait_and_a_sample_is_drawn_without_doubles(three_texts, ann):
    Flag.objects.create(item=item("second"), raised_by=ann)
    assert [row.text for row in reviews.waiting(three_texts, "flagged", 5)] == ["second"]
    assert reviews.waiting(three_texts, "unsure", 5)[0].text == "first"
    sample = [row.text for row in reviews.waiting(three_texts, "random", 3)]
    assert len(sample) == len(set(sample)) > 0


@pytest.mark.django_db(transaction=True)
def test_reviewing_and_answering_at_once_neither_hangs_nor_loses_count(three_texts, ann, rita):
    failures = []

    def often(action):
        try:
            for _ in range(15):
                action()
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    def back() -> None:
        for annotation in Annotation.objects.filter(item__text="first", annotator=ann).select_related("project"):
            with contextlib.suppress(reviews.AnswerWithdrawn):
                reviews.send_back([annotation], rita)

    def again() -> None:
        submit(Assignment.objects.select_related("project").get(item__text="first", annotator=ann), "positive")

    acting = [threading.Thread(target=often, args=[action]) for action in (back, again, back, again)]
    for thread in acting:
        thread.start()
    for thread in acting:
        thread.join(60)
    assert not failures
    entry = QueueEntry.objects.get(item__text="first")
    annotations = Annotation.objects.filter(item__text="first").count()
    assert entry.taken == annotations + Assignment.objects.live().filter(item__text="first").count()


def test_what_was_sent_back_stands_first_on_the_screen_with_its_reason(client, three_texts, ann, rita):
    reviews.send_back([answer("third", ann)], rita, "mind the irony")
    client.force_login(ann)
    first, *others = client.get(f"/api/projects/{three_texts.pk}/assignments/").json()
    sentence = "rita sent this back to you: “mind the irony”"
    assert first["sent_back"] == {"by": "rita", "reason": "mind the irony", "sentence": sentence}
    assert [other["sent_back"] for other in others] == [None] * len(others)
    assert sentence in markup_of(client.get(f"/projects/{three_texts.pk}/label/"))
    assert "1 sent back to you" in markup_of(client.get("/"))
    submit(leasing.held(three_texts, ann)[0], "positive")
    assert "sent back to you" not in markup_of(client.get("/"))


# Undoing


def test_an_acceptance_is_undone(three_texts, abe, rita):
    reviews.undo(reviews.accept([answer("first", abe)], rita))
    assert not agreed(three_texts, "first").settled
    assert not Review.objects.exists()


def test_a_correction_is_undone_and_the_former_answers_stand_again(three_texts, ann, abe, rita):
    reviews.undo(reviews.correct([answer("first", ann), answer("first", abe)], rita, "negative"))
    assert (answer("first", ann).value, answer("first", abe).value) == ("positive", "negative")
    assert not AnnotationChange.objects.exists()


def test_what_was_sent_back_is_answered_again_as_before(three_texts, ann, rita):
    Annotation.objects.filter(item__text="third").update(seconds=2.5, client_key="12345678-1234-5678-1234-567812345678")
    columns = ("value", "client_key", "seconds", "created_at", "assignment")
    before = Annotation.objects.filter(item__text="third").values(*columns).get()
    reviews.undo(reviews.send_back([answer("third", ann)], rita, "look again"))
    assert Annotation.objects.filter(item__text="third").values(*columns).get() == before
    assert leasing.held(three_texts, ann) == []
    entry = QueueEntry.objects.get(item__text="third")
    assert (entry.taken, item("third").comments.count(), AnnotationChange.objects.count()) == (1, 0, 0)


def test_an_undone_answer_follows_labels_renamed_since(three_texts, mona, ann, rita):
    decision = reviews.send_back([answer("third", ann)], rita)
    rows = [LabelRow(id=label.pk, name=label.name.replace("negative", "bad")) for label in three_texts.labels.all()]
    setup.set_labels(three_texts, mona, rows)
    reviews.undo(list(Review.objects.filter(pk__in=[review.pk for review in decision]).select_related("project")))
    assert answer("third", ann).value == "bad"


def test_a_decision_stands_once_the_annotator_has_answered_again(three_texts, ann, rita):
    decision = reviews.send_back([answer("third", ann)], rita)
    submit(leasing.held(three_texts, ann)[0], "positive")
    with pytest.raises(reviews.AnswerWithdrawn, match="this decision stands"):
        reviews.undo(decision)
    assert answer("third", ann).value == "positive"


def test_only_the_newest_decision_on_an_answer_is_undone(three_texts, ann, rita):
    older = reviews.correct([answer("third", ann)], rita, "positive")
    reviews.accept([answer("third", ann)], rita)
    with pytest.raises(reviews.AnswerWithdrawn):
        reviews.undo(older)
    assert answer("third", ann).value == "positive"


# The page


def test_the_page_shows_both_answers_side_by_side(client, three_texts, rita):
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{three_texts.pk}/review/"))
    assert page.count("data-group") == 2
    assert all(name in page for name in ("first", "ann", "abe", "Be fair."))


def press(client, project: Project, action: str, annotation: Annotation, **more):
    form = {"act": action, "item": annotation.item_id, "annotation": annotation.pk, **more}
    return client.post(f"/projects/{project.pk}/review/?order=disputed", form, follow=True)


def test_a_decision_by_form_goes_on_to_the_next_item(client, three_texts, abe, rita):
    client.force_login(rita)
    page = press(client, three_texts, "accept", answer("first", abe))
    assert "Accepted for item-1" in markup_of(page)
    assert "Nothing disputed" in markup_of(page)
    assert agreed(three_texts, "first").settled


def test_decisions_are_undone_on_the_page_one_after_the_other(client, three_texts, ann, abe, rita):
    client.force_login(rita)
    press(client, three_texts, "accept", answer("first", abe))
    press(client, three_texts, "send_back", answer("third", ann), comment="look again")
    undo = {"act": "undo"}
    page = markup_of(client.post(f"/projects/{three_texts.pk}/review/", undo, follow=True))
    assert "Undone for item-3: sent back." in page
    assert "third" in page
    page = markup_of(client.post(f"/projects/{three_texts.pk}/review/", undo, follow=True))
    assert "Undone for item-1: accepted." in page
    assert 'value="undo"' not in page
    assert not Review.objects.exists()
    assert "There is no decision to undo." in markup_of(
        client.post(f"/projects/{three_texts.pk}/review/", undo, follow=True)
    )


def test_nobody_undoes_the_decision_of_another_reviewer(client, three_texts, abe, rita, mona):
    client.force_login(mona)
    session = client.session
    session[f"decisions-{three_texts.pk}"] = [[review.pk for review in reviews.accept([answer("first", abe)], rita)]]
    session.save()
    page = markup_of(client.post(f"/projects/{three_texts.pk}/review/", {"act": "undo"}, follow=True))
    assert "There is no decision to undo." in page
    assert Review.objects.exists()


def test_correcting_without_a_label_says_so_and_stays(client, three_texts, abe, rita):
    client.force_login(rita)
    page = markup_of(press(client, three_texts, "correct", answer("first", abe)))
    assert "Choose the right label first." in page
    assert "data-group" in page
    page = markup_of(press(client, three_texts, "correct", answer("first", abe), choice="positive"))
    assert agreed(three_texts, "first").value == "positive"


def test_passing_over_and_back(client, three_texts, rita):
    client.force_login(rita)
    page = markup_of(client.get(f"/projects/{three_texts.pk}/review/?order=unsure"))
    onwards = re.search(r'href="([^"]+)" data-hotkey="ArrowRight"', page)[1].replace("&amp;", "&")
    page = markup_of(client.get(onwards))
    back = re.search(r'href="([^"]+)" data-hotkey="ArrowLeft"', page)[1].replace("&amp;", "&")
    assert str(item("first").pk) in re.search(r"item=(\d+)", back)[0]
    assert client.get(back).status_code == 200


def test_nonsense_in_the_address_is_passed_over(client, three_texts, rita):
    client.force_login(rita)
    for address in ("?order=x", "?item=abc", "?passed=1,x,,99999999999999999999999", "?item=99999999999999999999"):
        assert client.get(f"/projects/{three_texts.pk}/review/{address}").status_code == 200


def test_an_empty_page_says_what_to_do(client, reviews, rita):
    client.force_login(rita)
    assert "Nothing disputed" in markup_of(client.get(f"/projects/{reviews.pk}/review/?order=disputed"))
    assert "Nothing flagged" in markup_of(client.get(f"/projects/{reviews.pk}/review/?order=flagged"))


def test_annotators_do_not_review(client, three_texts, ann, otto):
    for person, status in ((ann, 403), (otto, 404)):
        client.force_login(person)
        assert client.get(f"/projects/{three_texts.pk}/review/").status_code == status
        assert press(client, three_texts, "accept", answer("first", ann)).status_code == status
    assert not Review.objects.exists()


# The item's page


def test_a_reviewer_sees_votes_probabilities_gold_and_history(client, three_texts, ann, rita):
    Item.objects.filter(text="first").update(gold="positive")
    reviews.correct([answer("first", ann)], rita, "negative", "the tone")
    client.force_login(rita)
    page = markup_of(client.get(f"/items/{item('first').pk}/"))
    for words in ("Known right value", "<strong>rita</strong> corrected", "the tone", "abe", "Settled by a reviewer"):
        assert words in page


def test_an_annotator_sees_the_item_and_what_they_said_alone(client, three_texts, ann, abe, rita):
    Item.objects.filter(text="first").update(gold="positive", meta={"source": "secret"})
    client.force_login(abe)
    page = markup_of(client.get(f"/items/{item('first').pk}/"))
    assert "first" in page
    assert "Your answer" in page
    for words in ("Known right value", "Consensus", "secret", ">ann<", "History", "Accept"):
        assert words not in page
    refused = client.post(f"/items/{item('first').pk}/", {"act": "accept", "annotation": answer("first", ann).pk})
    assert refused.status_code == 404
    assert not Review.objects.exists()


def test_an_outsider_does_not_learn_of_an_item(client, three_texts, otto):
    client.force_login(otto)
    assert client.get(f"/items/{item('first').pk}/").status_code == 404
    assert client.post(f"/items/{item('first').pk}/", {"act": "flag"}).status_code == 404


def test_everybody_may_comment_and_flag(client, three_texts, ann):
    client.force_login(ann)
    address = f"/items/{item('first').pk}/"
    client.post(address, {"act": "comment", "text": "<b>unclear</b>"})
    client.post(address, {"act": "flag"})
    page = markup_of(client.get(address))
    assert "&lt;b&gt;unclear&lt;/b&gt;" in page
    assert "Take my flag back" in page
    client.post(address, {"act": "flag"})
    assert not Flag.objects.exists()


def test_a_reviewer_corrects_on_the_items_page(client, three_texts, abe, rita):
    client.force_login(rita)
    form = {"act": "correct", "annotation": answer("first", abe).pk, "choice": "positive", "comment": "see G"}
    page = markup_of(client.post(f"/items/{item('first').pk}/", form, follow=True))
    assert "Corrected for item-1" in page
    assert answer("first", abe).value == "positive"
