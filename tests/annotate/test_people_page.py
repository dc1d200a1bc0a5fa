"""The people of a project: their work for reviewers, their part for managers."""

import pytest

from annotate.queue.leasing import lease_next
from annotate.queue.submitting import submit
from projects.models import Membership, Role
from tests.annotate.test_consensus import fill


@pytest.fixture
def crowd(make_project):
    return fill(make_project(labels=("a", "b", "c"), votes_wanted=5, learning=False), items=60)


def test_a_reviewer_sees_everybodys_work_and_changes_nothing(client, crowd, rita, otto):
    client.force_login(rita)
    page = client.get(f"/projects/{crowd.pk}/people/").content.decode()
    assert "good-0" in page
    assert "nearly regardless of the item" in page
    assert "Add somebody" not in page
    assert client.post(f"/projects/{crowd.pk}/people/", {"act": "add", "username": "otto"}).status_code == 404
    assert not Membership.objects.filter(user=otto).exists()


def test_a_manager_adds_changes_and_removes(client, crowd, mona, otto):
    client.force_login(mona)
    address = f"/projects/{crowd.pk}/people/"
    client.post(address, {"act": "add", "username": "otto", "role": "reviewer"})
    assert Membership.objects.get(user=otto).role == Role.REVIEWER
    client.post(address, {"act": "role", "username": "otto", "role": "annotator"})
    assert Membership.objects.get(user=otto).role == Role.ANNOTATOR
    client.post(address, {"act": "remove", "username": "otto"})
    assert not Membership.objects.filter(user=otto).exists()


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"act": "add", "username": "nobody"}, "Nobody has an account called “nobody”."),
        ({"act": "add", "username": "ann"}, "is a member already"),
        ({"act": "add", "username": "otto", "role": "king"}, "There is no such role"),
        ({"act": "role", "username": "mona", "role": "annotator"}, "is the only manager"),
        ({"act": "remove", "username": "mona"}, "is the only manager"),
        ({"act": "remove", "username": "otto"}, "takes no part in the project any more"),
        ({"act": "dance"}, "There is no such act"),
    ],
)
def test_what_cannot_be_done_is_said(client, crowd, mona, otto, form, words):
    client.force_login(mona)
    page = client.post(f"/projects/{crowd.pk}/people/", form, follow=True).content.decode()
    assert words in page
    assert Membership.objects.get(project=crowd, user=mona).role == Role.MANAGER


def test_each_person_has_a_page_with_a_confusion_matrix(client, crowd, rita):
    client.force_login(rita)
    page = client.get(f"/projects/{crowd.pk}/people/guess/").content.decode()
    assert 'class="matrix"' in page
    assert "What is taken for what" in page
    assert "Lately not as agreed" in page


def test_who_left_is_still_shown_with_what_he_did(client, reviews, mona, ann):
    submit(lease_next(reviews, ann), "positive")
    client.force_login(mona)
    client.post(f"/projects/{reviews.pk}/people/", {"act": "remove", "username": "ann"})
    assert "left" in client.get(f"/projects/{reviews.pk}/people/").content.decode()
    assert "Takes no part any more" in client.get(f"/projects/{reviews.pk}/people/ann/").content.decode()


def test_a_member_without_answers_has_a_page_that_says_so(client, reviews, rita):
    client.force_login(rita)
    assert "No answers yet" in client.get(f"/projects/{reviews.pk}/people/abe/").content.decode()


def test_strangers_have_no_page(client, reviews, rita, otto):
    client.force_login(rita)
    assert client.get(f"/projects/{reviews.pk}/people/otto/").status_code == 404
    assert client.get(f"/projects/{reviews.pk}/people/nobody/").status_code == 404


def test_annotators_and_outsiders_see_nobodys_work(client, reviews, ann, otto):
    for person in (ann, otto):
        client.force_login(person)
        assert client.get(f"/projects/{reviews.pk}/people/").status_code == 404
        assert client.get(f"/projects/{reviews.pk}/people/ann/").status_code == 404
