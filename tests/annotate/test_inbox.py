"""The inbox: what came back, and what others say about items that concern me. And the history of an item."""

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotate import inbox
from annotate.items import history
from annotate.models import Annotation, Flag, Item
from annotate.queue.leasing import held, lease_next, skip
from annotate.queue.submitting import submit
from annotate.reviews import accept, send_back
from projects.models import Membership, Project
from tests.pages import markup_of


@pytest.fixture
def labelled(reviews, ann) -> Annotation:
    """ann's answer to the first text."""
    submit(lease_next(reviews, ann), "positive")
    return Annotation.objects.get()


def page_for(client, person) -> str:
    client.force_login(person)
    return markup_of(client.get("/inbox/"))


def test_what_was_sent_back_stands_first_with_its_reason_once(client, labelled, ann, rita):
    send_back([labelled], rita, "read to the end")
    assert inbox.count(ann) == 1
    page = page_for(client, ann)
    assert page.count("read to the end") == 1
    assert "Sent back to you" in page
    submit(held(labelled.project, ann)[0], "negative")
    assert inbox.count(ann) == 0


def test_a_comment_reaches_who_labelled_the_item_and_who_reviews(client, labelled, ann, abe, rita, otto):
    labelled.item.comments.create(author=rita, text="is this irony?")
    assert (inbox.count(ann), inbox.count(abe), inbox.count(rita), inbox.count(otto)) == (1, 0, 0, 0)
    labelled.item.comments.create(author=ann, text="I think so")
    assert (inbox.count(ann), inbox.count(rita)) == (1, 1)
    assert "is this irony?" in page_for(client, ann)
    assert "is this irony?" not in page_for(client, abe)


def test_who_left_the_project_hears_no_more(labelled, ann, rita):
    labelled.item.comments.create(author=rita, text="is this irony?")
    Membership.objects.filter(user=ann).delete()
    assert inbox.count(ann) == 0


def test_the_bar_counts_until_all_is_marked_as_read(client, labelled, ann, rita):
    for text in ("one", "two"):
        labelled.item.comments.create(author=rita, text=text)
    client.force_login(ann)
    assert '<span class="badge accent num">2</span>' in markup_of(client.get("/"))
    client.post("/inbox/")
    assert "badge accent num" not in markup_of(client.get("/"))
    assert "two" in markup_of(client.get("/inbox/"))
    labelled.item.comments.create(author=rita, text="three")
    assert '<span class="badge accent num">1</span>' in markup_of(client.get("/"))


def test_an_annotator_reads_no_names_that_the_project_hides(client, labelled, ann, rita):
    Project.objects.update(hide_external_ids=True)
    labelled.item.comments.create(author=rita, text="is this irony?")
    assert labelled.item.external_id not in page_for(client, ann)


def test_rest_tells_the_same(labelled, ann, rita):
    send_back([labelled], rita, "read to the end")
    labelled.item.comments.create(author=rita, text="thank you")
    api = APIClient()
    api.force_authenticate(ann)
    row = api.get("/api/inbox/").json()
    assert [(entry["by"], entry["reason"]) for entry in row["returned"]] == [("rita", "read to the end")]
    assert row["comments"] == []  # ann has no answer there any more, and said nothing about it
    submit(held(labelled.project, ann)[0], "positive")
    row = api.get("/api/inbox/").json()
    assert (row["new"], [comment["text"] for comment in row["comments"]]) == (1, ["thank you"])
    assert api.put("/api/inbox/").status_code == 204
    assert api.get("/api/inbox/").json()["new"] == 0


def test_the_history_says_who_did_what_and_when(client, labelled, ann, abe, rita):
    item = labelled.item
    submit(labelled.assignment, "negative")
    item.comments.create(author=ann, text="a hard one")
    Flag.objects.create(item=item, raised_by=ann)
    labelled.refresh_from_db()
    send_back([labelled], rita, "read to the end")
    submit(held(item.project, ann)[0], "positive")
    accept([Annotation.objects.get()], rita)
    happened = [(entry.by.username, entry.action, entry.value, entry.text) for entry in history.of(item)]
    assert happened == [
        ("rita", "accepted", "positive", ""),
        ("ann", "answered", "positive", ""),
        ("rita", "sent back", "negative", "read to the end"),
        ("rita", "commented", None, "read to the end"),
        ("ann", "flagged it", None, ""),
        ("ann", "commented", None, "a hard one"),
        ("ann", "changed their answer, which was", "positive", ""),
    ]
    client.force_login(rita)
    page = markup_of(client.get(f"/items/{item.pk}/"))
    assert "<strong>ann</strong> changed their answer" in page


def test_the_history_of_a_changed_answer_begins_with_the_first_value(labelled, ann):
    for value in ("negative", "positive", "negative"):
        submit(labelled.assignment, value)
    entries = [entry for entry in history.of(labelled.item) if entry.action == "answered"]
    assert [(entry.value, entry.by) for entry in entries] == [("positive", ann)]
    assert entries[0].at <= timezone.now()


def test_the_history_names_who_skipped_and_why(reviews, abe):
    assignment = lease_next(reviews, abe)
    skip(assignment, "unreadable")
    (entry,) = history.of(Item.objects.get(pk=assignment.item_id))
    assert (entry.by, entry.action, entry.text) == (abe, "skipped it", "unreadable")
